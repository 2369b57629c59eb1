"""The end of a report in a terminal: the place in the course, the hint, cases, numbers and what was judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render import facts
from cnnlab.gradcheck.render.text.sheet import Sheet

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report


def write_help(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield where to read on, and how to ask for a hint."""
    yield from sheet.write_sentence(facts.name_place(report))
    yield from sheet.write_sentence(facts.name_hint_command(report))


def write_ending(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield the cases, each gradient in numbers, and seed, hash, judge and score."""
    sentences = (
        report.pattern,
        facts.name_cases(report),
        facts.count_left_out(report),
        facts.name_unasked_cases(report),
    )
    for sentence in sentences:
        yield from sheet.write_sentence(sentence)
    yield from _write_gradients(report, sheet)
    yield from write_provenance(report, sheet)


def write_provenance(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield which file was judged, by what, and the score."""
    found = "; ".join(f"{name} {value}" for name, value in facts.list_provenance(report))
    yield from sheet.write_sentence(f"({found})", "quiet")


def _write_gradients(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield the table of gradients; a cell that does not fit stands on the next line."""
    rows = facts.list_gradient_rows(report)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = ""
        for cell, width in zip(row, widths, strict=True):
            if line and len(line) + len(cell) > sheet.width:
                yield line.rstrip()
                line = "  "
            line += f"{cell:{width}}  "
        yield line.rstrip()
