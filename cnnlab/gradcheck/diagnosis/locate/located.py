"""What was located: the line, and the change that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind, apply_edits
from cnnlab.gradcheck.diagnosis.locate.search import Found, Step
from cnnlab.gradcheck.diagnosis.locate.unit import Unit
from cnnlab.gradcheck.render import location


@dataclass(frozen=True)
class Located:
    """The line of a mistake, and what was proved of it by changing it and running the cases.

    Attributes:
        file: The file as Python names it.
        line: The number of the line in that file.
        text: The line as it stands.
        span: Where in the line the change begins and ends, counted in characters from 0.
        before: The changed lines as they stand.
        after: The same lines with the change.
        cases: How many cases pass with it.
        of: How many cases there are.
        all: Whether every case passes, with this change alone or with those before it.
        then: The next place, where a second change is needed, or None.
        tried: How many changes were tried.
        seconds: The processor time that this took.
        kind: What the change does, such as "operator".

    Example:
        >>> import numpy as np
        >>> from cnnlab.gradcheck import locate
        >>> found = locate(np.sin, lambda dy, x: dy * np.sin(x), np.array([0.5, 2.0]))
        >>> found.all, found.cases == found.of
        (True, True)"""

    file: str
    line: int
    text: str
    span: tuple[int, int]
    before: str
    after: str
    cases: int
    of: int
    all: bool
    then: Located | None
    tried: int
    seconds: float
    kind: str

    def to_text(self, show: bool = False) -> str:
        """Return the place and what was proved, as lines of text.

        Args:
            show: Whether to show the change too, which is most of the solution.

        Returns:
            Some lines."""
        return location.write_location(self, show)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from cnnlab.gradcheck.render.html.location import draw_location

        return {"text/plain": self.to_text(), "text/html": draw_location(self)}


def make_located(found: Found, units: Sequence[Unit], gradients: Sequence[str]) -> Located | None:
    """Return the places of a search's steps, the first with the next in its `then`; None where there is none."""
    then: Located | None = None
    for step in reversed(found.steps):
        then = _locate_step(step, units[step.change.unit], gradients, found, then)
    return then


def _locate_step(step: Step, unit: Unit, gradients: Sequence[str], found: Found, then: Located | None) -> Located:
    text = unit.head + step.before.get(step.change.unit, unit.text) + unit.tail
    moved = len(unit.head)
    edits = sorted(Edit(e.start + moved, e.end + moved, e.text) for e in step.change.edits)
    place = _shown_edit(step.change.kind, text, edits)
    start = text.rfind("\n", 0, place.start) + 1
    line = text[start:].partition("\n")[0]
    column, number = place.start - start, text.count("\n", 0, place.start)
    end = min(max(place.end - start, column + 1), len(line))
    before, after = changed_lines(text, tuple(edits))
    right = sum(p == frozenset(gradients) for p in step.passing)
    return Located(
        file=unit.file,
        line=unit.first_line + number,
        text=line,
        span=_trim_span(line, column, end),
        before=before,
        after=after,
        cases=right,
        of=found.of,
        all=found.complete,
        then=then,
        tried=found.tried,
        seconds=found.seconds,
        kind=str(step.change.kind),
    )


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


def changed_lines(text: str, edits: tuple[Edit, ...]) -> tuple[str, str]:
    """Return the lines that edits touch, whole, as they are before and after."""
    changed = apply_edits(text, edits)
    old, new = text.splitlines(), changed.splitlines()
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return "\n".join(old[head : len(old) - tail]), "\n".join(new[head : len(new) - tail])
