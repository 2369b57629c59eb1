"""A report as text, for terminals, for pytest and for notebooks without HTML."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from cnnlab.gradcheck.render import words

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Arrays, GradientResult, Report
    from cnnlab.gradcheck.runner.answer import Failure

#: Tenths of the largest error; a dot is right, a star is half of the largest or more.
_SHADES = "·123456789#"


def to_text(report: Report) -> str:
    """The whole report."""
    mark, word = words.VERDICTS[words.verdict(report)]
    lines = [f"{mark} {word}  {report.name}: {words.headline(report)}"]
    if report.parts:
        return "\n".join([*lines, *(indent(to_text(part)) for part in report.parts), f"({words.judged_by(report)})"])
    body = [
        table(report),
        report.pattern,
        *(gradient(g) for g in report.gradients.values()),
        f"Why ({words.code(report)}): {report.diagnosis}" if report.diagnosis else None,
        frames(report.failure) if report.failure else None,
        wrapped(words.cases(report)),
        wrapped(words.left_out(report)),
        wrapped(words.not_asked(report)),
        f"In the course: {report.where}" if report.where and not report.passed else None,
        words.hint_command(report),
        f"({words.judged_by(report)})",
    ]
    return "\n".join([*lines, *(indent(part) for part in body if part)])


def table(report: Report) -> str | None:
    """One line a gradient."""
    titles = words.columns(report)
    rows = [titles]
    for g in report.gradients.values():
        if g.shape is not None or g.verdict != "not judged":
            mark, word = words.VERDICTS[g.verdict]
            shape = "" if g.shape is None else str(g.shape)
            row = (g.name, f"{mark} {word}", shape, words.error(g.max_abs_error), words.error(g.relative_error))
            rows.append(row[: len(titles)])
    if len(rows) == 1:
        return None
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def gradient(g: GradientResult) -> str | None:
    """Where a wrong gradient is wrong: worst entry, map, and both arrays of a small case."""
    parts = [words.worst(g)]
    if g.error_map is not None and g.error_map.size > 1:
        parts += [f"{words.map_caption(g)} (here in tenths of it):", shaded(g.error_map)]
    if g.smallest:
        parts.append(side_by_side(g.name, g.smallest))
    return "\n".join(p for p in parts if p) or None


def shaded(errors: np.ndarray) -> str:
    """An error map in characters."""
    finite = errors[np.isfinite(errors)]
    largest = float(finite.max(initial=0.0)) or 1.0
    tenths = np.where(np.isfinite(errors), np.ceil(10 * errors / largest - 1e-9), 10).clip(0, 10).astype(int)
    return "\n".join("  " + " ".join(_SHADES[t] for t in row) for row in tenths[:40, :40])


def side_by_side(name: str, arrays: Arrays) -> str:
    """got and expected of the smallest failing case."""
    left, right = rows(arrays.got), rows(arrays.expected)
    width = max(len(line) for line in (*left, f"{name} got"))
    lines = [f"Smallest failing case, “{arrays.case}”:", f"  {f'{name} got'.ljust(width)}   expected"]
    return "\n".join([*lines, *(f"  {a.ljust(width)}   {b}" for a, b in zip(left, right, strict=True))])


def rows(array: np.ndarray) -> list[str]:
    """A small array, one line a row, columns aligned."""
    grid = [[words.number(float(v)) for v in row] for row in array.reshape(-1, array.shape[-1] if array.ndim else 1)]
    width = max((len(v) for row in grid for v in row), default=0)
    return ["  ".join(v.rjust(width) for v in row) for row in grid]


def frames(failure: Failure) -> str | None:
    """The learner's own frames of a traceback, oldest first."""
    shown = [f"{f.file}, line {f.line}, in {f.function}\n    {f.text}" for f in failure.frames[-6:]]
    return "\n".join(shown) or None


def wrapped(text: str | None) -> str | None:
    """A long list of names, in lines that a terminal shows."""
    return textwrap.fill(text, 110, subsequent_indent="  ", break_on_hyphens=False) if text else None


def indent(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
