"""What the library says of long work, for whoever waits for a command."""

import contextlib
import logging
from collections.abc import Iterator

from modelparity.cli.plain import tell


@contextlib.contextmanager
def told_on_stderr() -> Iterator[None]:
    """Prints on standard error what the library logs, such as that it makes an environment."""
    logger = logging.getLogger("modelparity")
    handler = _StderrHandler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class _StderrHandler(logging.Handler):
    """Writes to what standard error is at that moment, which a progress bar replaces by itself."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(self.format(record))
