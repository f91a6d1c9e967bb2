"""What the options of a command allow a runner."""

from modelparity.harness.options import Limits, half_of_memory
from modelparity.harness.sandbox import Sandbox


def limits_of(timeout: float, memory_limit: int | None, sandbox: bool) -> Limits:
    """Returns the limits of `--timeout` seconds, `--memory-limit` MiB and `--sandbox`.

    Raises:
        RuntimeUnavailableError: There is no sandbox here.
    """
    memory = memory_limit << 20 if memory_limit else half_of_memory()
    return Limits(timeout, memory, Sandbox.make() if sandbox else None)
