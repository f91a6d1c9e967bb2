"""Prints text without rich, which takes longer to import than some commands to run.

Names and messages may be a hostile model's. Whatever of them would move a terminal's cursor, colour its text, or
turn that around, is written as an escape: what is printed in other ways than here and in console.py is not safe.
"""

import sys

from modelparity.errors import printable_lines


def say(text: str, end: str = "\n") -> None:
    """Prints a result."""
    print(printable_lines(text), end=end)


def tell(text: str) -> None:
    """Prints what is no result."""
    print(printable_lines(text), file=sys.stderr)
