"""The verdict of a report: what kind it is, and the words of its first line."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.wording import count, count_part, name_all

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report


class Kind(StrEnum):
    """How a check went. CORE: right for what the chapter derived, not in general or not asked for more."""

    RIGHT = "right"
    CORE = "core"
    WRONG = "wrong"
    UNWRITTEN = "to write"


#: The mark says what the colour says.
MARKS = {Kind.RIGHT: "✓", Kind.CORE: "◐", Kind.WRONG: "✗", Kind.UNWRITTEN: "○"}

#: What is said of an exercise that gave no numbers, in place of "is wrong".
_EVENTS = {Code.LOAD: "could not be loaded", Code.RAISES: "raises an exception", Code.TIMEOUT: "does not end in time"}


def find_kind(report: Report) -> Kind:
    """Return how a check went; of several exercises, the worst that came of any."""
    if report.parts:
        kinds = {find_kind(part) for part in report.parts}
        return next(kind for kind in (Kind.WRONG, Kind.UNWRITTEN, Kind.CORE, Kind.RIGHT) if kind in kinds)
    if report.diagnosis_code == Code.UNWRITTEN:
        return Kind.UNWRITTEN
    if report.passed:
        return Kind.CORE if report.stage else Kind.RIGHT
    return Kind.CORE if report.core else Kind.WRONG


def name_event(report: Report) -> str:
    """Return what follows the name: "is wrong", "raises an exception", or "" of what is right or not yet written."""
    kind = find_kind(report)
    if report.parts or kind in (Kind.RIGHT, Kind.UNWRITTEN):
        return ""
    if kind == Kind.CORE and report.of == "layer":
        return "is right, but not every wrong version counts yet"
    if kind == Kind.CORE:
        return f"is {name_core(report)}" + ("" if report.passed else ", not yet in general")
    # of a layer of one's own without a case, the forward or the cases are at fault
    wrong = "cannot be judged" if report.of == "layer" and not report.cases else "is wrong"
    return _EVENTS.get(report.diagnosis_code, wrong) if report.diagnosis_code else wrong


def name_core(report: Report) -> str:
    """Return for what a report is right whose core alone is: an op that is nobody's exercise has no chapter."""
    return "right for this chapter" if report.where else "right for inputs like yours"


def list_facts(report: Report) -> list[str]:
    """Return the counts of the first line, each a phrase: cases, then points."""
    if report.parts:
        return [*_count_parts(report), *_count_points(report)]
    if find_kind(report) == Kind.UNWRITTEN:
        place = report.where or ""
        return [*filter(None, [place]), *([_write_points(report.worth)] if place and report.worth else [])]
    return [*_count_cases(report), *_count_points(report)]


def _count_parts(report: Report) -> list[str]:
    kinds = [find_kind(part) for part in report.parts]
    right, unwritten = sum(part.passed for part in report.parts), kinds.count(Kind.UNWRITTEN)
    said = [f"{count_part(right, len(kinds), 'exercise')} right"]
    return [*said, f"{unwritten} to write"] if unwritten else said


def _count_cases(report: Report) -> list[str]:
    judged = [c for c in report.cases if c.verdict != "left out"]
    right, left = sum(c.verdict == "pass" for c in judged), len(report.cases) - len(judged)
    if not judged:
        return [] if report.of == "layer" else ["nothing could be judged"]
    if report.of == "mistake":
        exposed = sum(g.passed for g in report.gradients.values())
        return [f"{count_part(exposed, len(report.gradients), 'mistake')} exposed"]
    if report.core and report.of == "layer":
        versions = [g for g in report.gradients.values() if g.version]
        rejected = f"{sum(g.passed for g in versions)} of {len(versions)} wrong versions rejected"
        return [f"right in {name_all(len(judged), 'case')}", rejected]
    if report.passed:
        said = f"right in {name_all(len(judged), 'core case' if report.stage == 'core' else 'case')}"
    elif len(judged) == 1:
        said = "wrong in its one case"
    else:
        said = f"right in {count_part(right, len(judged), 'case')}"
    return [said, f"{count(left, 'case')} left out"] if left else [said]


def _count_points(report: Report) -> list[str]:
    """Return the points of an exercise of a course; what has no place in one gives none."""
    placed = report.where or any(part.where for part in report.parts)
    if not placed or not report.worth:
        return []
    return [f"{_write(report.score * report.worth)} of {_write_points(report.worth)}"]


def _write(points: float) -> str:
    return f"{round(points, 2):g}"


def _write_points(points: float) -> str:
    return f"{_write(points)} point{'' if points == 1 else 's'}"


def name_cases_left(report: Report, most: int = 5) -> str | None:
    """Return which general cases are left, where the core is right."""
    if find_kind(report) != Kind.CORE or report.parts:
        return None
    if report.passed:
        return "The general cases were not asked for."
    wrong = [c.name for c in report.cases if c.verdict == "fail"]
    rest = f"; and {len(wrong) - most} more" if len(wrong) > most else ""
    return f"Still wrong: {'; '.join(wrong[:most])}{rest}." if wrong else None
