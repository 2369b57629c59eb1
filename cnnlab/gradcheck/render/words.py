"""Write the sentences that all renderers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnlab.command_line import command_for
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.wording import count_part, count_plural, name_all, write_apart, write_error

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import GradientResult, Report

#: verdict -> (mark, word); the mark and the word carry the meaning, the colour only repeats it.
VERDICTS = {"pass": ("✓", "pass"), "core": ("◐", "core"), "fail": ("✗", "FAIL"), "not judged": ("–", "not judged")}


#: The same for what a hunt exposes.
EXPOSED = {**VERDICTS, "pass": ("✓", "exposed"), "fail": ("✗", "not exposed")}


def describe_verdict(report: Report, verdict: str) -> tuple[str, str]:
    """Return the mark and the word for one gradient, value or mistake of a report."""
    return (EXPOSED if report.of == "mistake" else VERDICTS)[verdict]


def verdict(report: Report) -> str:
    """Return the report's verdict: pass, core or fail."""
    return "pass" if report.passed else "core" if report.core else "fail"


def headline(report: Report) -> str:
    """Return what the verdict line says after the name."""
    if report.parts:
        right = sum(part.passed for part in report.parts)
        return f"{count_part(right, len(report.parts), 'exercise')} passed"
    if report.diagnosis_code == Code.UNWRITTEN:
        return "not written yet"
    if not report.cases:
        return "nothing could be judged"
    if report.of == "mistake":
        exposed = sum(g.passed for g in report.gradients.values())
        return f"{count_part(exposed, len(report.gradients), 'mistake')} exposed"
    judged = [c for c in report.cases if c.verdict != "left out"]
    right = sum(c.verdict == "pass" for c in judged)
    if report.passed:
        return f"right in {name_all(len(judged), 'core case' if report.stage == 'core' else 'case')}"
    if report.core:
        return f"right for this chapter, not yet in general: {count_part(right, len(judged), 'case')}"
    if len(judged) == 1:
        return "wrong in its one case"
    return f"right in {count_part(right, len(judged), 'case')}"


def worst(g: GradientResult) -> str | None:
    """Return the worst entry in one sentence."""
    if g.worst_index is None or g.got is None or g.expected is None:
        return None
    got, expected = write_apart(g.got, g.expected)
    if not g.worst_index:  # a single number
        return f"In the case “{g.case}”: {g.name} is {got}, expected {expected}."
    index = ", ".join(map(str, g.worst_index))
    found = f"{g.name}[{index}] is {got}, expected {expected}"
    return f"Worst entry, in the case “{g.case}”: {found}."


def columns(report: Report) -> tuple[str, ...]:
    """Return the titles of the table of gradients; a report without numbers has no columns for errors."""
    if report.of == "mistake":
        return report.of, "result"
    errors = any(g.max_abs_error is not None for g in report.gradients.values())
    return (report.of, "result", "shape", *(("max abs err", "rel err") if errors else ()))


def map_caption(g: GradientResult, key: str) -> str:
    """Return what the error map shows. key: what the marks of this map mean, ending with "of the largest"."""
    assert g.error_map is not None and g.shape is not None
    over = "the largest over the other axes; " if len(g.shape) > 2 else ""
    return f"|{g.name} error| in “{g.case}”, {over}{key}, {write_error(g.max_abs_error)}"


def left_out(report: Report) -> str | None:
    """Return what was skipped, counted."""
    if not report.skipped:
        return None
    return "Not compared: " + ", ".join(count_plural(number, what) for what, number in report.skipped.items()) + "."


def code(report: Report) -> str:
    """Return the diagnosis in short: its code, and its detail, a phrase, where no other sentence has it."""
    said = f"{report.diagnosis} {report.pattern}"
    detail = report.diagnosis_detail
    return f"{report.diagnosis_code}, {detail}" if detail and detail not in said else report.diagnosis_code or ""


def cases(report: Report) -> str | None:
    """Return which cases are right and which are wrong, the fewer of them by name."""
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
    """Return the cases that were left out, each reason once."""
    left: dict[str, list[str]] = {}
    for case in report.cases:
        if case.verdict == "left out":
            left.setdefault(case.note, []).append(case.name)
    return " ".join(f"Left out, since {note}: {'; '.join(names)}." for note, names in left.items()) or None


def hint_command(report: Report) -> str | None:
    """Return how to ask for a hint in a terminal."""
    return f"Hints: {command_for('hint', report.name)}" if report.hints and not report.passed else None


def judged_by(report: Report) -> str:
    """Return which file was judged, by what, and the numbers that are left."""
    parts = []
    if report.source:
        parts.append(f"{report.source.file}, saved {report.source.saved}, sha256 {report.source.sha256[:8]}")
    if report.judge:
        parts.append(f"compared with {report.judge} (float64)")
    if report.stage:
        parts.append(f"{report.stage} cases alone")
    if report.seed is not None:
        parts.append(f"seed {report.seed}")
    parts += [f"score {report.score:.4g}", f"{round(report.seconds, 4):.2f} s"]
    return "; ".join(parts)
