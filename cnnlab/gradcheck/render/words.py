"""The sentences that all faces share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import GradientResult, Report

#: verdict -> (mark, word); the mark and the word carry the meaning, the colour only repeats it.
VERDICTS = {"pass": ("✓", "pass"), "core": ("◐", "core"), "fail": ("✗", "FAIL"), "not judged": ("–", "not judged")}


def verdict(report: Report) -> str:
    """The report's verdict: pass, core or fail."""
    return "pass" if report.passed else "core" if report.core else "fail"


def headline(report: Report) -> str:
    """What the verdict line says after the name."""
    if report.parts:
        right = sum(part.passed for part in report.parts)
        return f"{right} of {len(report.parts)} exercises pass"
    if report.diagnosis_code == "unwritten":
        return "not written yet"
    if not report.cases:
        return "nothing could be judged"
    judged = [c for c in report.cases if c.verdict != "left out"]
    right = sum(c.verdict == "pass" for c in judged)
    if report.passed:
        asked = " core" if report.stage == "core" else ""
        return f"right in all {len(judged)}{asked} cases"
    if report.core:
        return f"right for this chapter, not yet in general: {right} of {len(judged)} cases"
    return f"right in {right} of {len(judged)} cases"


def worst(g: GradientResult) -> str | None:
    """The worst entry in one sentence."""
    if g.worst_index is None or g.got is None or g.expected is None:
        return None
    if not g.worst_index:  # a single number
        return f"In the case “{g.case}”: {g.name} is {number(g.got)}, expected {number(g.expected)}."
    index = ", ".join(map(str, g.worst_index))
    return f"Worst entry, in the case “{g.case}”: {g.name}[{index}] is {number(g.got)}, expected {number(g.expected)}."


def columns(report: Report) -> tuple[str, ...]:
    """The titles of the table of gradients; a report without numbers has no columns for errors."""
    errors = any(g.max_abs_error is not None for g in report.gradients.values())
    return (report.of, "result", "shape", *(("max abs err", "rel err") if errors else ()))


def map_caption(g: GradientResult) -> str:
    """What the error map shows."""
    assert g.error_map is not None and g.shape is not None
    over = "largest over the other axes; " if len(g.shape) > 2 else ""
    return f"|{g.name} error| in “{g.case}”, {over}dot: above half of the largest, {error(g.max_abs_error)}"


def left_out(report: Report) -> str | None:
    """What was skipped, counted."""
    if not report.skipped:
        return None
    return "Set aside: " + ", ".join(f"{count} {what}" for what, count in report.skipped.items()) + "."


def code(report: Report) -> str:
    """The diagnosis in short: its code, and its detail where no other sentence says it."""
    said = f"{report.diagnosis} {report.pattern}"
    detail = report.diagnosis_detail
    return f"{report.diagnosis_code}: {detail}" if detail and detail not in said else report.diagnosis_code or ""


def cases(report: Report) -> str | None:
    """Which cases are right and which are wrong, the fewer of them by name."""
    wrong = [c for c in report.cases if c.verdict == "fail"]
    right = [c for c in report.cases if c.verdict == "pass"]
    if not wrong:
        return None
    named, others, words = (wrong, right, "Wrong") if len(wrong) <= len(right) else (right, wrong, "Right")
    if not named:
        return None
    names = ", ".join(f"{c.name} ({c.note})" if c.note and c.note not in report.gradients else c.name for c in named)
    rest = "the only other" if len(others) == 1 else f"the {len(others)} others"
    return f"{words} in: {names}. {'Right' if words == 'Wrong' else 'Wrong'} in {rest}."


def not_asked(report: Report) -> str | None:
    """The cases that were left out, each reason once."""
    left: dict[str, list[str]] = {}
    for case in report.cases:
        if case.verdict == "left out":
            left.setdefault(case.note, []).append(case.name)
    return " ".join(f"Left out, since {note}: {'; '.join(names)}." for note, names in left.items()) or None


def hint_command(report: Report) -> str | None:
    """How to ask for a hint in a terminal."""
    return f"Hints: cnnlab hint {report.name}" if report.hints and not report.passed else None


def judged_by(report: Report) -> str:
    """Which file was judged, by what, and the numbers that are left."""
    parts = []
    if report.source:
        parts.append(f"{report.source.file}, saved {report.source.saved}, sha256 {report.source.sha256[:8]}")
    if report.judge:
        parts.append(f"held against {report.judge} in float64")
    if report.stage:
        parts.append(f"{report.stage} cases alone")
    if report.seed is not None:
        parts.append(f"seed {report.seed}")
    parts += [f"score {report.score:.4g}", f"{round(report.seconds, 4):.2f} s"]
    return "; ".join(parts)


def number(value: float) -> str:
    """A value of an array, short and exact where it is a small whole number."""
    return f"{value:.0f}" if abs(value) < 1e6 and value == round(value) else f"{value:.6g}"


def error(value: float | None) -> str:
    """An error, in the scientific notation that errors are read in."""
    return "" if value is None else f"{value:.2e}"
