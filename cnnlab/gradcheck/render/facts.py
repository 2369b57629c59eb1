"""The facts at the end of a report: cases, each gradient in numbers, and what was judged by what."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from cnnlab.command_line import command_for
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.render.verdict import name_core
from cnnlab.gradcheck.wording import count_plural, typeset_minus, write_apart, write_error, write_number
from cnnlab.left_out import has_locate

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import GradientResult, Report

#: The verdict of a case -> its mark and word; a gradient's may also be "core", see `name_core`.
VERDICTS = {
    "pass": ("✓", "right"),
    "fail": ("✗", "wrong"),
    "not judged": ("–", "not judged"),
    "left out": ("–", "left out"),
}

#: The same for a mistake that a hunt exposes or does not, and for a wrong version of a layer of one's own.
EXPOSED = {**VERDICTS, "pass": ("✓", "exposed"), "fail": ("✗", "not exposed")}
REJECTED = {**VERDICTS, "pass": ("✓", "rejected"), "fail": ("✗", "not rejected")}


def describe_worst(g: GradientResult) -> str | None:
    """Return the worst entry in one sentence."""
    if g.worst_index is None or g.got is None or g.expected is None:
        return None
    index = f"[{', '.join(map(str, g.worst_index))}]" if g.worst_index else ""
    got, expected = (typeset_minus(text) for text in write_apart(g.got, g.expected))
    off = abs(g.got - g.expected)
    return f"{g.name}{index}: got {got}, expected {expected}{f', off by {write_number(off)}' if isfinite(off) else ''}."


def list_gradient_rows(report: Report) -> list[tuple[str, ...]]:
    """Return the table of gradients, its titles first; nothing where there are no numbers."""
    judged = [g for g in report.gradients.values() if g.shape is not None or g.verdict != "not judged"]
    if not judged:
        return []
    errors = any(g.max_abs_error is not None for g in judged)
    titles = ("shape", *(("largest error", "relative error") if errors else ())) if report.of != "mistake" else ()
    rows: list[tuple[str, ...]] = [("gradient" if report.of == "layer" else report.of, "result", *titles)]
    words = {**(EXPOSED if report.of == "mistake" else VERDICTS), "core": ("◐", name_core(report))}
    for g in judged:
        shape = "" if g.shape is None else str(g.shape)
        row = (
            g.name,
            " ".join((REJECTED if g.version else words)[g.verdict]),
            shape,
            write_error(g.max_abs_error),
            write_error(g.relative_error),
        )
        rows.append(row[: len(rows[0])])
    return rows


def count_left_out(report: Report) -> str | None:
    """Return what was not compared, counted."""
    if not report.skipped:
        return None
    return "Not compared: " + ", ".join(count_plural(number, what) for what, number in report.skipped.items()) + "."


def list_limits(report: Report) -> list[str]:
    """Return what a pass does not cover, of an op that is nobody's exercise; the cases of an exercise are chosen.

    Of a layer of one's own, whose cases the learner chose, they say what the cases reject, and what was not compared.
    """
    if report.of == "layer":
        return [*report.notes, *filter(None, [count_left_out(report) if report.passed else None])]
    if not report.passed or report.where or report.parts:
        return []
    tried = f"Tried only with {report.tried}." if report.tried else None
    return [sentence for sentence in (count_left_out(report), name_unasked_cases(report), tried) if sentence]


def name_cases(report: Report) -> str | None:
    """Return which cases are right and which are wrong, the fewer of them by name."""
    wrong = [c for c in report.cases if c.verdict == "fail"]
    right = [c for c in report.cases if c.verdict == "pass"]
    if not wrong:
        return None
    named, others, word = (wrong, right, "Wrong") if len(wrong) <= len(right) else (right, wrong, "Right")
    if not named:
        return None
    names = "; ".join(f"{c.name} ({c.note})" if c.note and c.note not in report.gradients else c.name for c in named)
    rest = "the only other" if len(others) == 1 else f"the {len(others)} others"
    return f"{word} in: {names}. {'Right' if word == 'Wrong' else 'Wrong'} in {rest}."


def name_unasked_cases(report: Report) -> str | None:
    """Return the cases that were left out, each reason once."""
    left: dict[str, list[str]] = {}
    for case in report.cases:
        if case.verdict == "left out":
            left.setdefault(case.note, []).append(case.name)
    return " ".join(f"Left out, since {note}: {'; '.join(names)}." for note, names in left.items()) or None


def name_place(report: Report) -> str | None:
    """Return the place in the course."""
    return f"In the course: {report.where}" if report.where and not report.passed else None


def name_hint_command(report: Report) -> str | None:
    """Return how to ask for a hint in a terminal."""
    return f"Hints: {command_for('hint', report.name)}" if report.hints and not report.passed else None


def can_be_located(report: Report) -> bool:
    """Return whether there is a line to look for: in a learner's own file, whose numbers are wrong."""
    judged = (
        has_locate() and report.source is not None and report.failure is None and report.of not in ("mistake", "layer")
    )
    return bool(judged and report.hints and report.diagnosis_code != Code.UNWRITTEN and not report.passed)


def list_provenance(report: Report) -> list[tuple[str, str]]:
    """Return which file was judged, by what, and the numbers that are left, each with its name."""
    found = []
    if report.source:
        found += [("file", report.source.file), ("saved", report.source.saved)]
        found += [("sha256", report.source.sha256[:8])]
    if report.judge:
        found.append(("compared with", f"{report.judge} (float64)"))
    if report.stage:
        found.append(("cases", f"{report.stage} cases alone"))
    if report.seed is not None:
        found.append(("seed", str(report.seed)))
    if report.tried:
        found.append(("tried only with", report.tried))
    if report.diagnosis_detail and report.diagnosis_detail not in f"{report.diagnosis} {report.pattern}":
        found.append(("cause in short", report.diagnosis_detail))
    found.append(("score", f"{report.score:.4g}"))
    return [*found, ("seconds", f"{round(report.seconds, 4):.2f}")] if report.seconds else found
