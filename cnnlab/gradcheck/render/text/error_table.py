"""The map of errors in a terminal: numbers, with a mark behind what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.error_map import MOST_COLUMNS, ErrorMap, draw_error_map, list_error_maps
from cnnlab.gradcheck.render.legend import WRONG_CELLS
from cnnlab.gradcheck.render.text.sheet import Sheet
from cnnlab.terminal import paint

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report

#: Characters of a cell with its mark, and of the numbers at the left.
CELL, EDGE = 7, 6


def write_error_maps(report: Report, sheet: Sheet) -> Iterator[str]:
    """Yield the map of the first wrong gradient, and in a sentence how wrong the others are."""
    maps = list_error_maps(report)
    if not maps:
        return
    first, *others = maps
    columns = max(1, min(MOST_COLUMNS, (sheet.width - EDGE) // CELL))
    drawing = draw_error_map(first, columns)
    yield from sheet.write_sentence(f"Where {drawing.gradient} is wrong: {drawing.heading}")
    yield ""
    yield from _write_table(drawing, sheet)
    legend = [] if report.example else [WRONG_CELLS]  # a case in full has it
    yield from sheet.write_sentence(" ".join([f"{drawing.title}.", *drawing.sentences, *legend]))
    for g in others:
        drawing = draw_error_map(g, columns)
        yield from sheet.write_sentence(f"{g.name}: {drawing.title[0].lower()}{drawing.title[1:]}.")


def _write_table(drawing: ErrorMap, sheet: Sheet) -> Iterator[str]:
    across = "column" if drawing.rows else "entry"
    yield f"{'':{EDGE}}{across.center(CELL * len(drawing.columns)).rstrip()}"
    yield (
        f"{'row' if drawing.rows else '':>{EDGE - 1}} " + "".join(f"{j:>{CELL - 1}} " for j in drawing.columns).rstrip()
    )
    for i, cells in enumerate(drawing.cells):
        line = f"{drawing.rows[i] if drawing.rows else '':>{EDGE - 1}} "
        for j, text in enumerate(cells):
            wrong = drawing.shares[i][j] > 0
            cell = f"{text:>{CELL - 1}}{'✗' if wrong else ' '}"
            line += paint(cell, "wrong", sheet.colour) if wrong else cell
        yield line.rstrip()
