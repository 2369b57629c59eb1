"""Draw the parts of still pictures: cells, words and arrows on a light card, which suits every page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

INK, CARD = "#26241f", "#fbfaf6"
BLUE, ORANGE, GREEN, SKY, PINK, RED = "#0072b2", "#e69f00", "#009e73", "#56b4e9", "#cc79a7", "#d55e00"


#: matplotlib's settings for still pictures.
LOOK: Any = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "figure.facecolor": CARD,
}


def axes(figure: Any, columns: float, rows: float) -> Any:
    """Return an empty plane of columns × rows cells; (0, 0) is its upper left corner, and y grows downwards."""
    plane = figure.add_subplot()
    plane.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.1), aspect="equal", anchor="W")
    plane.set_axis_off()
    return plane


def numbers(plane: Any, left: float, top: float, names: Iterable[int]) -> None:
    """Write the numbers of rows and columns beside and above a square grid."""
    for place, name in enumerate(names):
        plane.text(left - 0.15, top + place + 0.54, str(name), ha="right", va="center", fontsize=6, alpha=0.7)
        plane.text(left + place + 0.5, top - 0.1, str(name), ha="center", va="bottom", fontsize=6, alpha=0.7)


def cell(
    plane: Any,
    left: float,
    top: float,
    text: str = "",
    fill: str | None = None,
    dash: str = "-",
    *,
    bold: bool = False,
    frame: str | None = None,
    alpha: float = 0.4,
    size: float = 7,
    width: float = 1,
) -> None:
    """Draw one cell with its upper left corner at (left, top). frame: the colour of an outline that marks it."""
    from matplotlib.patches import Rectangle

    if fill:
        plane.add_patch(Rectangle((left, top), width, 1, facecolor=fill, alpha=alpha, edgecolor="none"))
    plane.add_patch(Rectangle((left, top), width, 1, fill=False, edgecolor=INK, linewidth=0.6, linestyle=dash))
    if frame:
        plane.add_patch(Rectangle((left, top), width, 1, fill=False, edgecolor=frame, linewidth=2, zorder=5))
    weight = "bold" if bold else "normal"
    plane.text(left + width / 2, top + 0.54, text, ha="center", va="center", fontsize=size, fontweight=weight)


def words(plane: Any, left: float, top: float, text: str, *, size: float = 8, align: str = "left", **look: Any) -> None:
    """Write a line of text whose middle is at the height `top`."""
    plane.text(left, top, text, ha=align, va="center", fontsize=size, **look)


def arrow(plane: Any, start: tuple[float, float], end: tuple[float, float], colour: str = INK) -> None:
    """Draw an arrow from start to end."""
    plane.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.5})


def frame(plane: Any, left: float, top: float, columns: float, rows: float, colour: str = INK) -> None:
    """Draw an outline around cells."""
    from matplotlib.patches import Rectangle

    plane.add_patch(Rectangle((left, top), columns, rows, fill=False, edgecolor=colour, linewidth=2, zorder=5))
