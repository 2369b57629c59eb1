"""The place of a change: its line, the part of the line, and the changed lines as they are before and after."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.gradcheck.diagnosis.locate.change import Change, Edit, Kind, apply_edits
from cnnlab.gradcheck.diagnosis.locate.unit import Unit


@dataclass(frozen=True)
class Place:
    """Where a change is made.

    line: its number in the file.   text: the line.   span: where in it the change begins and ends, in characters.
    first: the number of the first line that differs.   before, after: the lines that differ, whole.
    """

    line: int
    text: str
    span: tuple[int, int]
    first: int
    before: str
    after: str


def find_place(unit: Unit, text: str, change: Change) -> Place:
    """Return where a change is made in a function. text: the function's, with the changes before this one made."""
    whole = unit.head + text + unit.tail
    moved = len(unit.head)
    edits = sorted(Edit(e.start + moved, e.end + moved, e.text) for e in change.edits)
    shown = _shown_edit(change.kind, whole, edits)
    start = whole.rfind("\n", 0, shown.start) + 1
    line = whole[start:].partition("\n")[0]
    column, number = shown.start - start, whole.count("\n", 0, shown.start)
    end = min(max(shown.end - start, column + 1), len(line))
    first, before, after = find_changed_lines(whole, tuple(edits))
    return Place(unit.first_line + number, line, _trim_span(line, column, end), unit.first_line + first, before, after)


def _shown_edit(kind: Kind, text: str, edits: list[Edit]) -> Edit:
    """Return the edit that says where: of a statement that was moved, where it stands now."""
    if kind == Kind.STATEMENT:
        return next((e for e in edits if e.end > e.start), edits[0])
    first = edits[0]
    same = len(_common_start(text[first.start : first.end], first.text))
    return Edit(first.start + same, first.end, first.text[same:]) if first.start + same < first.end else first


def _common_start(a: str, b: str) -> str:
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return a[:n]


def _trim_span(line: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without the spaces at its ends; the whole line where nothing is left."""
    while start < end and line[start].isspace():
        start += 1
    while end > start and line[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else (len(line) - len(line.lstrip()), len(line.rstrip()))


def find_changed_lines(text: str, edits: tuple[Edit, ...]) -> tuple[int, str, str]:
    """Return the number, from 0, of the first line that edits touch, and these lines, whole, before and after."""
    changed = apply_edits(text, edits)
    old, new = text.splitlines(), changed.splitlines()
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, "\n".join(old[head : len(old) - tail]), "\n".join(new[head : len(new) - tail])
