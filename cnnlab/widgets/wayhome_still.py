"""Draw the still picture of the way home: a row of values above, the gradients with respect to them below."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab.widgets import paper

#: layer of the values, layer of the gradients, what it is called, maps side by side, left end and width in the figure
COLUMNS = (
    ("x", "x", "x", 1, 0.035, 0.16),
    ("relu1", "conv1", "relu1", 2, 0.215, 0.1),
    ("pool1", "pool1", "pool1", 2, 0.335, 0.1),
    ("relu2", "conv2", "relu2", 4, 0.455, 0.155),
    ("pool2", "pool2", "pool2", 4, 0.63, 0.125),
    ("relu3", "fc1", "relu3", 5, 0.775, 0.04),
    ("relu4", "fc2", "relu4", 4, 0.825, 0.034),
)
UP, DOWN = paper.PINK, paper.PURPLE


def draw_rows(
    figure: Any,
    values: dict,
    gradients: dict,
    wrong: dict,
    cell: tuple[int, int],
    followed: int,
    cone: dict[str, tuple[slice, slice]],
) -> None:
    """Draw every layer's maps twice. cell: of x.   followed: a map of conv1.   cone: what the cell reaches."""
    from matplotlib.colors import LinearSegmentedColormap as Map

    greens = Map.from_list("values", [paper.CARD, paper.GREEN, "#00382a"])
    blues = Map.from_list("x", [paper.CARD, paper.SKY, "#10507e"])
    figure.set_layout_engine("none")
    both = Map.from_list("gradients", ["#33205c", DOWN, paper.CARD, UP, "#7d2c59"])
    cone = {**cone, "x": (slice(cell[0], cell[0] + 1), slice(cell[1], cell[1] + 1))}
    for top, row, mark in ((0.53, values, 0), (0.05, gradients, 1)):
        for column in COLUMNS:
            name, across, left, width = column[mark], column[3], column[4], column[5]
            maps = np.asarray(row[name]).reshape(-1, 1, 1) if row[name].ndim == 1 else row[name]
            plane = figure.add_axes((left, top, width, 0.4))
            most = np.abs(maps).max() or 1.0
            look: dict[str, Any] = {"cmap": blues if name == "x" else greens, "vmin": 0, "vmax": most}
            if mark:
                look = {"cmap": both, "norm": _steeper(most)}
            plane.imshow(_tile(maps, across), interpolation="nearest", **look)
            plane.set_title(name if mark else column[2], fontsize=8)
            plane.set_axis_off()
            high, wide = _tile(maps, across).shape
            plane.set(xlim=(-0.02 * wide - 0.5, 1.02 * wide - 0.5), ylim=(1.02 * high - 0.5, -0.02 * high - 0.5))
            _mark(plane, maps, across, cone.get(column[1]), followed if maps.shape[0] == 6 else None)
            if mark and wrong[name].any():
                hatched = _tile(wrong[name].reshape(maps.shape).astype(float), across)
                marks = plane.contourf(np.nan_to_num(hatched), [0.5, 2], colors="none", hatches=["////"])
                marks.set(edgecolor=paper.RED, linewidth=0)
        _draw_bars(figure, (0.885, top, 0.1, 0.4), values["p"] if not mark else gradients["logits"], mark)
    figure.text(0.035, 0.485, "values, left to right, above; gradients, right to left, below", fontsize=7.5)


def _steeper(most: float) -> Any:
    """Return a scale on which small gradients are seen as well: the root of their share of the largest."""
    from matplotlib.colors import FuncNorm

    return FuncNorm((lambda v: np.sign(v) * np.sqrt(np.abs(v)), lambda v: v * np.abs(v)), -most, most)


def _tile(maps: np.ndarray, across: int) -> np.ndarray:
    """Return maps side by side, with a row and a column of nothing between them."""
    count, high, wide = maps.shape
    sheet = np.full((-(-count // across) * (high + 1) - 1, across * (wide + 1) - 1), np.nan)
    for k, values in enumerate(maps):
        top, left = k // across * (high + 1), k % across * (wide + 1)
        sheet[top : top + high, left : left + wide] = values
    return sheet


def _mark(plane: Any, maps: np.ndarray, across: int, cone: Any, followed: int | None) -> None:
    """Frame every map, and what the chosen cell reaches in it; the followed map has a thick frame."""
    from matplotlib.patches import Rectangle

    count, high, wide = maps.shape
    if high == 1:  # single units need no frame
        return
    for k in range(count):
        left, top = k % across * (wide + 1) - 0.5, k // across * (high + 1) - 0.5
        thick = 1.6 if k == followed else 0.3
        plane.add_patch(Rectangle((left, top), wide, high, fill=False, edgecolor=paper.INK, linewidth=thick))
        if cone is not None:
            rows, columns = cone
            size = (columns.stop - columns.start, rows.stop - rows.start)
            where = (left + columns.start, top + rows.start)
            plane.add_patch(Rectangle(where, *size, fill=False, edgecolor=paper.INK, linewidth=0.9))


def _draw_bars(figure: Any, place: tuple, values: np.ndarray, gradients: int) -> None:
    """Draw the ten probabilities, or p − t."""
    plane = figure.add_axes(place)
    colours = [UP if v > 0 else DOWN for v in values] if gradients else paper.GREEN
    plane.barh(range(10), values, color=colours)
    plane.invert_yaxis()
    plane.set_title("p − t" if gradients else "p", fontsize=8)
    plane.set_yticks(range(10), [str(k) for k in range(10)], fontsize=6)
    plane.set_xticks([])
    for side in ("top", "right", "bottom"):
        plane.spines[side].set_visible(False)
