"""Find out the terminal's width and whether it has colour, and wrap lines between words."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from importlib import import_module
from typing import Any

#: The width where it is not known, and the smallest that lines are fitted to.
USUAL_COLUMNS, FEWEST_COLUMNS = 80, 40

#: What a thing is -> its colour, as a parameter of the terminal's. Blue, orange and grey near Okabe and Ito's, which
#: colour-blind readers tell apart, and of which each has a contrast of 3.8 or more on black and on white.
COLOURS = {
    "right": "38;5;32",
    "part": "38;5;32",
    "wrong": "38;5;166",
    "quiet": "38;5;244",
    "input": "38;5;31",
    "weight": "38;5;130",
    "output": "38;5;29",
    "above": "38;5;132",
    "below": "38;5;97",
}


def count_columns() -> int:
    """Return the number of characters in a line: from COLUMNS, else from the terminal, else 80."""
    return max(FEWEST_COLUMNS, shutil.get_terminal_size((USUAL_COLUMNS, 24)).columns)


def has_colour(stream: Any) -> bool:
    """Return whether to write colour to a stream: a terminal with colours, whose user has not turned them off."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not _is_terminal(stream):
        return False
    return sys.platform != "win32" or _enable_windows_colour()


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # no stream, or a closed one
        return False


def _enable_windows_colour() -> bool:
    """Make the Windows console interpret colours, and return whether it does."""
    try:
        import_module("colorama").just_fix_windows_console()
    except ImportError:
        return False
    return True


def paint(text: str, kind: str, colour: bool) -> str:
    """Return text in bold and in the colour of a kind (a key of COLOURS), or unchanged without colour."""
    return f"\033[1;{COLOURS[kind]}m{text}\033[0m" if colour and text else text


def wrap(text: str, width: int, first: str = "", rest: str | None = None) -> str:
    """Return text in lines of at most `width` characters, broken between words; a longer word has a line of its own.

    first, rest: what the first and the other lines begin with; rest is `first` unless it is given.
    """
    if len(first) + len(text) <= width and "\n" not in text:
        return first + text
    return textwrap.fill(
        " ".join(text.split()),
        max(width, FEWEST_COLUMNS // 2),
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
