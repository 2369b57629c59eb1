"""A report as text, for terminals, for pytest and for notebooks without HTML.

Its lines fit the terminal. A mark and a word always say what a colour says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.render import words
from cnnlab.gradcheck.wording import write_error, write_number
from cnnlab.terminal import count_columns, paint, wrap

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Arrays, GradientResult, Report
    from cnnlab.gradcheck.runner.answer import Failure

#: Tenths of the largest error, rounded up: a dot is no error, 1 up to a tenth, # above nine tenths.
_SHADES = "·123456789#"
_KEY = "in tenths of the largest"
_MARKS = "(· is right, # above nine tenths)"

#: verdict -> the kind of its colour
KINDS = {"pass": "right", "core": "part", "fail": "wrong", "not judged": "quiet"}


@dataclass(frozen=True)
class Sheet:
    """What a report is written on. width: characters in a line.   colour: whether the terminal has it."""

    width: int
    colour: bool = False

    def narrow_by_indent(self) -> Sheet:
        """Return the sheet of a part that is indented by two."""
        return Sheet(self.width - 2, self.colour)


def to_text(report: Report, colour: bool = False) -> str:
    """Return the whole report, in lines that fit the terminal."""
    return "\n".join(_lines(report, Sheet(count_columns(), colour)))


def _lines(report: Report, sheet: Sheet) -> Iterator[str]:
    verdict = words.verdict(report)
    quiet = verdict == "fail" and report.diagnosis_code == Code.UNWRITTEN
    kind = "quiet" if quiet else KINDS[verdict]
    mark = " ".join(words.VERDICTS[verdict])
    yield _paint_beginning(
        wrap(f"{report.name}: {words.headline(report)}", sheet.width, f"{mark}  ", "  "), mark, kind, sheet
    )
    if report.parts:
        for part in report.parts:
            yield from (f"  {line}" for text in _lines(part, sheet.narrow_by_indent()) for line in text.splitlines())
    else:
        for text in _body(report, sheet.narrow_by_indent()):
            yield from (f"  {line}" for line in text.splitlines())
    yield wrap(f"({words.judged_by(report)})", sheet.width, "" if report.parts else "  ", "  ")


def _body(report: Report, sheet: Sheet) -> Iterator[str]:
    yield from _table(report, sheet)
    yield from _sentence(report.pattern, sheet)
    for g in report.gradients.values():
        yield from _gradient(g, sheet)
    if report.diagnosis:
        title = f"Why ({words.code(report)}):"
        yield _paint_beginning(wrap(f"{title} {report.diagnosis}", sheet.width), "Why", "right", sheet)
    if report.failure:
        yield from _frames(report.failure, sheet)
    for sentence in (words.cases(report), words.left_out(report), words.not_asked(report)):
        yield from _sentence(sentence, sheet)
    if not report.passed:
        yield from _sentence(f"In the course: {report.where}" if report.where else None, sheet)
    yield from _sentence(words.hint_command(report), sheet)


def _paint_beginning(text: str, first: str, kind: str, sheet: Sheet) -> str:
    """Return text with its beginning in colour."""
    return paint(first, kind, sheet.colour) + text.removeprefix(first) if text.startswith(first) else text


def _sentence(text: str | None, sheet: Sheet) -> Iterator[str]:
    if text:
        yield wrap(text, sheet.width, "", "  ")


def _table(report: Report, sheet: Sheet) -> Iterator[str]:
    """Return one line for each gradient."""
    titles = words.columns(report)
    rows, kinds = [titles], [""]
    for g in report.gradients.values():
        if g.shape is not None or g.verdict != "not judged":
            shape = "" if g.shape is None else str(g.shape)
            errors = (write_error(g.max_abs_error), write_error(g.relative_error))
            rows.append((g.name, " ".join(words.describe_verdict(report, g.verdict)), shape, *errors)[: len(titles)])
            kinds.append(KINDS[g.verdict])
    if len(rows) == 1:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row, kind in zip(rows, kinds, strict=True):
        name, verdict, *rest = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        if kind:
            verdict = paint(verdict, kind, sheet.colour and not verdict.isspace())
        yield "  ".join([name, verdict, *rest]).rstrip()


def _gradient(g: GradientResult, sheet: Sheet) -> Iterator[str]:
    """Return where a wrong gradient is wrong: worst entry, map, and both arrays of a small case."""
    yield from _sentence(words.worst(g), sheet)
    if g.error_map is not None and g.error_map.size > 1:
        columns = min(g.error_map.shape[-1], 40, (sheet.width - 2) // 2)
        cut = g.error_map.shape[-1] > columns or len(g.error_map) > 40
        part = f", its first {min(len(g.error_map), 40)} rows and {columns} columns" if cut else ""
        yield from _sentence(f"{words.map_caption(g, _KEY)} {_MARKS}{part}:", sheet)
        yield from _shade_errors(g.error_map, columns)
    if g.smallest:
        yield from _side_by_side(g.name, g.smallest, sheet)


def _shade_errors(errors: np.ndarray, columns: int) -> Iterator[str]:
    """Return an error map in characters."""
    finite = errors[np.isfinite(errors)]
    largest = float(finite.max(initial=0.0)) or 1.0
    tenths = np.where(np.isfinite(errors), np.ceil(10 * errors / largest - 1e-9), 10).clip(0, 10).astype(int)
    for row in tenths[:40, :columns]:
        yield "  " + " ".join(_SHADES[t] for t in row)


def _side_by_side(name: str, arrays: Arrays, sheet: Sheet) -> Iterator[str]:
    """Return both arrays of the smallest failing case, side by side or, in a narrow terminal, one below the other."""
    got, expected = [f"{name} got", *_rows(arrays.got)], ["expected", *_rows(arrays.expected)]
    yield from _sentence(f"Smallest failing case, “{arrays.case}”:", sheet)
    width = max(map(len, got))
    if width + 5 + max(map(len, expected)) <= sheet.width:
        yield from (f"  {a.ljust(width)}   {b}".rstrip() for a, b in zip(got, expected, strict=True))
    else:
        for title, *rows in (got, expected):
            yield from (f"  {title}", *(wrap(row, sheet.width, "    ", "        ") for row in rows))


def _rows(array: np.ndarray) -> list[str]:
    """Return a small array, one line per row, columns aligned."""
    grid = [[write_number(float(v)) for v in row] for row in array.reshape(-1, array.shape[-1] if array.ndim else 1)]
    width = max((len(v) for row in grid for v in row), default=0)
    return ["  ".join(v.rjust(width) for v in row) for row in grid]


def _frames(failure: Failure, sheet: Sheet) -> Iterator[str]:
    """Return the learner's own frames of a traceback, oldest first."""
    for f in failure.frames[-6:]:
        yield wrap(f"{f.file}, line {f.line}, in {f.function}", sheet.width, "", "  ")
        yield wrap(f.text, sheet.width, "    ", "        ")
