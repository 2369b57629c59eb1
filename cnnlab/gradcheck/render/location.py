"""Render where a mistake is: the line with the place underlined, what was proved, and the change on request."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cnnlab.gradcheck.render.palette import RIGHT, UNWRITTEN, WRONG

if TYPE_CHECKING:
    from cnnlab.gradcheck.diagnosis.locate.located import Located

NOT_FOUND = "No line was found: no change that was tried makes the failing cases pass."

#: The changes in the order in which they are made.
CHANGES = ("one change", "a second change", "a third change")

_CODE = "font-family:var(--jp-code-font-family,monospace);font-size:90%;white-space:pre"
_LINE = "margin:6px 0;max-width:48em"
_WRONG, _RIGHT, _GREY = WRONG, RIGHT, UNWRITTEN
_UNDERLINE = f"text-decoration:underline {_WRONG} 3px;text-underline-offset:3px"
_BUTTON = f"display:inline-block;cursor:pointer;padding:1px 10px;border-radius:3px;border:1px solid {_GREY}"


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
        many = f"all {located.of} cases pass" if located.of > 1 else "the one case passes"
        return f"Proved: with {change} {many}."
    return f"Proved: with {change} {located.cases} of the {located.of} cases pass, and none fails that passed before."


def draw_location(located: Located, number: int = 0) -> str:
    """Return the place as HTML, with the change folded away."""
    text, (start, end) = located.text, located.span
    code = f'{escape(text[:start])}<span style="{_UNDERLINE}">{escape(text[start:end])}</span>{escape(text[end:])}'
    frame = f"border:1px solid {_GREY};border-radius:4px;padding:4px 10px;margin:4px 0;overflow-x:auto;color:inherit"
    row = f'<div style="{frame};{_CODE}"><b>{located.line}</b>&#8195;{code}</div>'
    proof = f'<span style="color:{_RIGHT}" aria-hidden="true">✓</span> {escape(describe_proof(located, number))}'
    title = "And" if number else "Where"
    body = f'<div style="{_LINE}"><b>{title}:</b> {_link_place(located)}</div>{row}<div style="{_LINE}">{proof}</div>'
    body += _fold_change(located)
    return body + (draw_location(located.then, number + 1) if located.then else "")


def _link_place(located: Located) -> str:
    """Return the place, as a link to the file where there is one that a page can reach."""
    place, path = escape(name_place(located)), Path(located.file)
    if not path.is_file():
        return place
    try:
        address = quote(Path(os.path.relpath(path)).as_posix())
    except ValueError:  # on Windows, another drive
        return place
    return f'<a href="{escape(address)}" style="color:inherit">{place}</a>'


def _fold_change(located: Located) -> str:
    rows = [
        *(f"- {line}" for line in located.before.splitlines()),
        *(f"+ {line}" for line in located.after.splitlines()),
    ]
    summary = f'<summary style="{_BUTTON}">Show the change</summary>'
    change = escape("\n".join(rows))
    style = f"{_CODE};color:inherit;background:transparent"
    return f'<details style="{_LINE}">{summary}<pre style="{style}">{change}</pre></details>'
