"""Where a command writes: results to standard output, everything else to standard error."""

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator

from rich.console import Console

# A log, which has no width of its own, is not wrapped.
_LOG_WIDTH = 100


def stdout() -> Console:
    # Names and messages hold brackets, which are no markup.
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    return console


@contextlib.contextmanager
def spinner() -> Iterator[Callable[[str], None]]:
    """Yields a function that says what is being done: on a terminal in place, else line by line."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status("") as status:
            yield lambda text: status.update(text)
    else:
        yield lambda text: print(text, file=sys.stderr)


@contextlib.contextmanager
def told_on_stderr() -> Iterator[None]:
    """Prints what the library says of long work, such as the making of an environment."""
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
        print(self.format(record), file=sys.stderr)
