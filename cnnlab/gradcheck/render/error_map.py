"""The map of errors: how far off a gradient is in each row and column, cropped around the worst cell."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import TYPE_CHECKING

import numpy as np

from cnnlab.gradcheck.render.facts import describe_worst
from cnnlab.gradcheck.render.matrices import crop_axis
from cnnlab.gradcheck.wording import name_range

if TYPE_CHECKING:
    from cnnlab.gradcheck.report import GradientResult, Report

#: The largest part of a map that is shown; its numbers are readable in a column of 600 pixels.
MOST_ROWS, MOST_COLUMNS = 12, 10


@dataclass(frozen=True)
class ErrorMap:
    """rows, columns: the numbers at the edge; rows is empty for one axis.   cells: each error as text, "0" where right.

    shares: of the largest error, 0 to 1, 0 where right.   worst: by position in `cells`, or None.
    """

    gradient: str
    heading: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    shares: tuple[tuple[float, ...], ...]
    worst: tuple[int, int] | None
    title: str
    sentences: tuple[str, ...]


def list_error_maps(report: Report) -> list[GradientResult]:
    """Return the gradients that have a map: those that are wrong, and have more than one entry."""
    wrong = [g for g in report.gradients.values() if g.error_map is not None and g.error_map.size > 1]
    first = report.example.gradient if report.example else None
    return sorted(wrong, key=lambda g: g.name != first)


def draw_error_map(g: GradientResult, most_columns: int = MOST_COLUMNS) -> ErrorMap:
    """Return the map of a gradient. most_columns: how many fit."""
    assert g.error_map is not None and g.shape is not None
    errors = np.where(np.isfinite(g.error_map), g.error_map, np.inf)
    finite = errors[np.isfinite(errors)]
    largest = float(finite.max(initial=0.0)) or 1.0
    shares = np.where(np.isfinite(errors), errors / largest, 1.0)
    wrong = errors > 0
    worst = np.unravel_index(int(np.argmax(errors)), errors.shape)
    rows = crop_axis(errors.shape[0], MOST_ROWS, int(worst[0]))
    columns = crop_axis(errors.shape[1], most_columns, int(worst[1]))
    part = np.ix_(rows, columns)
    unit = _find_unit(largest)
    return ErrorMap(
        g.name,
        f"largest error of the case “{g.case}”, {g.name} of shape {g.shape}",
        () if len(g.shape) < 2 else tuple(rows),
        tuple(columns),
        _write_errors(errors[part], wrong[part], unit),
        tuple(map(tuple, np.where(wrong, shares, 0.0)[part].tolist())),
        (int(worst[0]) - rows.start, int(worst[1]) - columns.start),
        _count_wrong(int(wrong.sum()), wrong.size),
        tuple(_describe_map(g, rows, columns, unit)),
    )


def _count_wrong(wrong: int, size: int) -> str:
    if wrong == size:
        return f"{'Both' if size == 2 else f'All {size}'} cells are wrong"
    return f"{wrong} of {size} cells {'is' if wrong == 1 else 'are'} wrong"


def _describe_map(g: GradientResult, rows: range, columns: range, unit: int):
    """Yield what a map shows, sentence by sentence."""
    assert g.error_map is not None and g.shape is not None
    over = "the error of this entry"
    if len(g.shape) > 2:
        axes = "the first axis" if len(g.shape) == 3 else f"the first {len(g.shape) - 2} axes"
        over = f"the largest error at this row and column, over {axes}"
    yield f"Each number is {over}{f', in units of 1e{unit}' if unit else ''}."
    worst = describe_worst(g)
    if worst:
        yield f"The worst cell is framed: {worst}"
    if not np.all(np.isfinite(g.error_map)):
        yield "Where it says inf, one of the two numbers is NaN or infinite."
    if (len(rows), len(columns)) != g.error_map.shape:
        shown = name_range(columns[0], columns[-1], "column" if len(g.shape) > 1 else "entry").replace(
            "entrys", "entries"
        )
        if len(g.shape) > 1:
            shown = f"{name_range(rows[0], rows[-1], 'row')} and {shown}"
        whole = " × ".join(map(str, g.error_map.shape if len(g.shape) > 1 else g.shape))
        yield f"This is the part around the worst cell: {shown} of {whole}."


def _find_unit(largest: float) -> int:
    """Return the power of ten in which errors have few digits; 0 for errors of a usual size."""
    power = floor(log10(largest))
    return 0 if -2 <= power <= 3 else power


def _write_errors(errors: np.ndarray, wrong: np.ndarray, unit: int) -> tuple[tuple[str, ...], ...]:
    """Return errors in few characters, all with the same digits; one that is not 0 never reads as 0."""
    values = np.where(wrong, errors / 10.0**unit, 0.0)
    finite = values[np.isfinite(values)]
    largest = float(finite.max(initial=0.0))
    digits = 0 if largest >= 100 or bool(np.all(finite == np.round(finite))) else 1 if largest >= 10 else 2
    return tuple(
        tuple(_write_error(v, digits) if w else "0" for v, w in zip(*row, strict=True))
        for row in zip(values.tolist(), wrong.tolist(), strict=True)
    )


def _write_error(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text if not isfinite(value) or float(text) else f"<{10.0**-digits:.{digits}f}".replace("<0", "<")


def describe_wrong_area(drawing: ErrorMap) -> str:
    """Return what the map shows, for readers who cannot see it."""
    shares = np.array(drawing.shares)
    wrong = np.argwhere(shares > 0)
    if not len(wrong):
        return f"{drawing.title}; none of them is in the part shown."
    (top, left), (bottom, right) = wrong.min(axis=0), wrong.max(axis=0)
    across = name_range(drawing.columns[left], drawing.columns[right], "column")
    down = f"{name_range(drawing.rows[top], drawing.rows[bottom], 'row')}, " if drawing.rows else ""
    return f"{drawing.title}; in {down}{across}."
