"""What was located: the line, and the change that proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.gradcheck.diagnosis.locate.candidates import join_changes
from cnnlab.gradcheck.diagnosis.locate.place import find_place
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
        then = _locate_step(step, units, gradients, found, then)
    return then


def _locate_step(
    step: Step, units: Sequence[Unit], gradients: Sequence[str], found: Found, then: Located | None
) -> Located:
    change = join_changes(step.changes)
    unit = units[change.unit]
    place = find_place(unit, step.before.get(change.unit, unit.text), change)
    right = sum(p == frozenset(gradients) for p in step.passing)
    return Located(
        file=unit.file,
        line=place.line,
        text=place.text,
        span=place.span,
        before=place.before,
        after=place.after,
        cases=right,
        of=found.of,
        all=found.complete,
        then=then,
        tried=found.tried,
        seconds=found.seconds,
        kind=str(change.kind),
    )
