"""Where a mistake is, in words: the line with the place underlined, what was proved, and the change on request."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.gradcheck.wording import name_all

if TYPE_CHECKING:
    from cnnlab.gradcheck.diagnosis.locate.located import Located

NOT_FOUND = "No line was found: no change that was tried makes the failing cases pass."

#: The changes in the order in which they are made.
CHANGES = ("one change", "a second change", "a third change")


def write_location(located: Located, show: bool = False) -> str:
    """Return the place as text; show: with the change."""
    return "\n".join(_write_places(located, show))


def _write_places(located: Located, show: bool, number: int = 0) -> list[str]:
    text, (start, end) = located.text, located.span
    margin = f"{located.line:>6}  "
    lines = [
        f"{'And' if number else 'Where'}: {name_place(located)}",
        margin + text,
        " " * (len(margin) + start) + "~" * (end - start),
        describe_proof(located, number),
    ]
    if show:
        lines += [*(f"     -  {line}" for line in located.before.splitlines())]
        lines += [*(f"     +  {line}" for line in located.after.splitlines())]
    return lines + (_write_places(located.then, show, number + 1) if located.then else [])


def name_place(located: Located) -> str:
    """Return "conv.py, line 153"."""
    return f"{name_file(located.file)}, line {located.line}"


def name_file(file: str) -> str:
    """Return a file's name; a notebook's cell has none that anybody knows."""
    inside_notebook = file.startswith("<") or f"{os.sep}ipykernel_" in file
    return "the notebook's cell" if inside_notebook else Path(file).name


def describe_proof(located: Located, number: int = 0) -> str:
    """Return in a sentence what was proved by running the cases. number: of changes before this one."""
    change = f"{CHANGES[min(number, 2)]} here"
    if located.cases == located.of:
        many = f"{name_all(located.of, 'case')} pass" if located.of > 1 else "the one case passes"
        return f"Proved: with {change} {many}."
    return f"Proved: with {change} {located.cases} of the {located.of} cases pass, and none fails that passed before."
