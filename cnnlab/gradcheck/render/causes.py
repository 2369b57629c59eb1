"""What the box of a report says: the cause, what happened, or that no cause was found and what the cases share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.wording import count_part, join_words

if TYPE_CHECKING:
    from cnnlab.gradcheck.example import Cause
    from cnnlab.gradcheck.report import Report

NO_CAUSE = "These are not the numbers of any mistake that the checker knows."


@dataclass(frozen=True)
class CauseBox:
    """title: "Cause", "What happened", "What is missing" or "No cause was found".   sentences: each a line.

    code: in one word, or "".
    """

    title: str
    sentences: tuple[str, ...]
    code: str = ""


def find_cause(report: Report) -> CauseBox | None:
    """Return the box of a report, or None where nothing is wrong."""
    if report.diagnosis:
        title = "Cause" if report.cases and report.failure is None else "What happened"
        title = "What is missing" if report.diagnosis_code == Code.NOT_REJECTED else title
        return CauseBox(title, (report.diagnosis,), report.diagnosis_code or "")
    if report.passed:
        return None
    said = _describe_stop(report) if report.search_stopped else NO_CAUSE
    return CauseBox("No cause was found", (said, *([report.pattern] if report.pattern else [])))


def list_other_causes(report: Report) -> list[str]:
    """Return one line for each further cause, in the order of the report, and where the search for one was stopped."""
    others = [_write_cause(number, cause) for number, cause in enumerate(report.causes[1:], start=2)]
    return [*others, _describe_stop(report)] if report.diagnosis and report.search_stopped else others


def _describe_stop(report: Report) -> str:
    return (
        f"The search for the cause of {join_words(report.search_stopped)} was stopped before its end, since it took "
        "too long: smaller arrays or a faster forward leave it more time."
    )


def _write_cause(number: int, cause: Cause) -> str:
    if cause.code == Code.NOT_REJECTED:  # nothing that fails in cases, but what none of them shows
        return cause.sentence
    ordinal = {2: "A second cause", 3: "A third cause"}.get(number, "Another cause")
    return f"{ordinal}, in {count_part(cause.cases, cause.of, 'case')}: {cause.sentence}"
