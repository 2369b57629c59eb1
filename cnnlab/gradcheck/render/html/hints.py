"""The hints on a page, each a button under the one before: whoever opens the first does not see the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.html.tags import fold_away, write_line

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report


def write_hints(report: Report) -> str:
    """Return the buttons, or "" for a pass."""
    if report.passed:
        return ""
    inside, count = "", len(report.hints)
    for level, hint in reversed(list(enumerate(report.hints, start=1))):
        name = f"Hint {level} of {count}" + {1: ": a nudge", count: ": nearly the answer"}.get(level, "")
        inside = fold_away(name, write_line(hint) + inside, "cr-hint")
    return inside
