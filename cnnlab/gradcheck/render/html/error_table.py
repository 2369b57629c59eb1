"""The map of errors on a page: a table of numbers, hatched the wider the larger the error."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from cnnlab.gradcheck.render.error_map import ErrorMap, describe_wrong_area, draw_error_map, list_error_maps
from cnnlab.gradcheck.render.html.matrix import size_cells, write_number_field
from cnnlab.gradcheck.render.html.tags import fold_away, write_heading, write_line, write_tag, write_text
from cnnlab.gradcheck.render.legend import HATCHING, WRONG_CELLS

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import Report

#: The hatching around the smallest and the largest error, in pixels.
LEAST_FRAME, WIDEST_FRAME = 3, 10


def write_error_maps(report: Report) -> str:
    """Return the map of the first wrong gradient, and those of others folded away."""
    maps = [draw_error_map(g) for g in list_error_maps(report)]
    if not maps:
        return ""
    first, *others = maps
    legend = [] if report.example else [WRONG_CELLS]  # a case in full has it
    name = write_tag("code", write_text(first.gradient), "cr-mono")
    title = f"Where {name} is wrong " + write_tag("span", "· " + write_text(first.heading), "cr-soft")
    folded = (fold_away(f"Where {m.gradient} is wrong", write_line(m.heading) + _write_map(m, legend)) for m in others)
    return write_heading(title) + _write_map(first, legend) + "".join(folded)


def _write_map(drawing: ErrorMap, legend: list[str]) -> str:
    sentences = [*drawing.sentences, *legend, HATCHING]
    beside = write_tag("b", write_text(f"{drawing.title}.")) + "".join(write_line(s) for s in sentences)
    table = write_tag("div", _write_table(drawing), "cr-block")
    return write_tag("div", table + write_tag("div", beside, "cr-beside"), "cr-row")


def _write_table(drawing: ErrorMap) -> str:
    """Return the table; what it shows is in its label, for who does not see it."""
    across = "column" if drawing.rows else "entry"
    corner = "<td></td>" if drawing.rows else ""
    axis = corner + write_tag("td", across, "cr-axis", colspan=str(len(drawing.columns)))
    first = '<td class="cr-axis">row</td>' if drawing.rows else ""
    head = first + "".join(write_tag("th", str(j), scope="col") for j in drawing.columns)
    rows = "".join(_write_row(drawing, i) for i in range(len(drawing.cells)))
    table = write_tag("thead", write_tag("tr", axis) + write_tag("tr", head)) + write_tag("tbody", rows)
    label = f"Error map of {drawing.gradient}: {describe_wrong_area(drawing)}"
    return write_tag("table", table, "cr-grid cr-map", aria_label=label, style=size_cells(drawing.cells))


def _write_row(drawing: ErrorMap, i: int) -> str:
    cells = write_tag("th", str(drawing.rows[i]), scope="row") if drawing.rows else ""
    for j, (text, share) in enumerate(zip(drawing.cells[i], drawing.shares[i], strict=True)):
        frame = ceil(LEAST_FRAME + (WIDEST_FRAME - LEAST_FRAME) * share) if share else 0
        classes = " ".join([*(["cr-first"] if j == 0 else []), *(["cr-chosen"] if drawing.worst == (i, j) else [])])
        cells += write_tag("td", write_number_field(text, frame), classes)
    return write_tag("tr", cells)
