"""Where a command writes: results to standard output, everything else to standard error.

Like plain.py, for what is more than text.
"""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from modelparity.cli.plain import tell
from modelparity.errors import printable_lines

# A log, which has no width of its own, is not wrapped.
_LOG_WIDTH = 100

# Names and messages hold brackets, which are no markup, and colons, which are no emoji.
_AS_IT_IS = {"highlight": False, "markup": False, "emoji": False}


class _Console(Console):
    """Shows what anybody may have written."""

    def render(self, renderable, options=None):
        for segment in super().render(renderable, options):
            yield (
                segment
                if segment.control
                else Segment(printable_lines(segment.text), segment.style)
            )


def stderr() -> Console:
    return _Console(stderr=True, **_AS_IT_IS)


def stdout() -> Console:
    console = _Console(**_AS_IT_IS)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    return console


@contextlib.contextmanager
def spinner() -> Iterator[Callable[[str], None]]:
    """Yields a function that says what is being done: on a terminal in place, else line by line."""
    console = stderr()
    if console.is_terminal:
        with console.status("") as status:
            # A string would be markup there.
            yield lambda text: status.update(Text(text))
    else:
        yield tell
