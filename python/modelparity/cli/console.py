"""Where a command writes: results to standard output, everything else to standard error."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console

# A log, which has no width of its own, is not wrapped.
_LOG_WIDTH = 100

# Names and messages hold brackets, which are no markup, and colons, which are no emoji.
_AS_IT_IS = {"highlight": False, "markup": False, "emoji": False}


def stdout() -> Console:
    console = Console(**_AS_IT_IS)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    return console


@contextlib.contextmanager
def spinner() -> Iterator[Callable[[str], None]]:
    """Yields a function that says what is being done: on a terminal in place, else line by line."""
    console = Console(stderr=True, **_AS_IT_IS)
    if console.is_terminal:
        with console.status("") as status:
            yield lambda text: status.update(text)
    else:
        yield lambda text: print(text, file=sys.stderr)
