"""Draw the parts of still pictures: cells, words and arrows on a light card, which suits every page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cnnlab.colours import CARD, INK, TABLE

#: The colours of fields, as on the page; lines and frames are drawn in the shade that a light card needs.
SKY, ORANGE, GREEN, PINK, PURPLE, BLUE, RED, GREY = (colour.fill for colour in TABLE.values())
_SHADES = {colour.fill: colour.light for colour in TABLE.values()}

#: The smallest letters, in points.
SMALLEST = 9

#: matplotlib's settings for still pictures.
LOOK: Any = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "figure.facecolor": CARD,
}


def shade(colour: str) -> str:
    """Return the shade of a colour in which lines and frames are drawn."""
    return _SHADES.get(colour, colour)


def fade(colour: str) -> Any:
    """Return a colour map from the card to a colour, for the values of a map."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(colour, [CARD, colour])


def axes(figure: Any, columns: float, rows: float) -> Any:
    """Return an empty plane of columns × rows cells; (0, 0) is its upper left corner, and y grows downwards."""
    plane = figure.add_subplot()
    plane.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.1), aspect="equal", anchor="W")
    plane.set_axis_off()
    return plane


def numbers(plane: Any, left: float, top: float, names: Iterable[int]) -> None:
    """Write the numbers of rows and columns beside and above a square grid."""
    for place, name in enumerate(names):
        plane.text(
            left - 0.15,
            top + place + 0.54,
            str(name).replace("-", "−"),
            ha="right",
            va="center",
            fontsize=SMALLEST,
            alpha=0.8,
        )
        plane.text(
            left + place + 0.5,
            top - 0.1,
            str(name).replace("-", "−"),
            ha="center",
            va="bottom",
            fontsize=SMALLEST,
            alpha=0.8,
        )


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
    size: float = SMALLEST,
    width: float = 1,
    height: float = 1,
) -> None:
    """Draw one cell with its upper left corner at (left, top). frame: the colour of an outline that marks it."""
    from matplotlib.patches import Rectangle

    if fill:
        plane.add_patch(Rectangle((left, top), width, height, facecolor=fill, alpha=alpha, edgecolor="none"))
    plane.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=INK, linewidth=0.6, linestyle=dash))
    if frame:
        plane.add_patch(
            Rectangle((left, top), width, height, fill=False, edgecolor=shade(frame), linewidth=2, zorder=5)
        )
    weight = "bold" if bold else "normal"
    plane.text(
        left + width / 2, top + 0.54, text, ha="center", va="center", fontsize=max(size, SMALLEST), fontweight=weight
    )


def words(
    plane: Any, left: float, top: float, text: str, *, size: float = SMALLEST, align: str = "left", **look: Any
) -> None:
    """Write a line of text whose middle is at the height `top`."""
    plane.text(left, top, text, ha=align, va="center", fontsize=max(size, SMALLEST), **look)


def arrow(plane: Any, start: tuple[float, float], end: tuple[float, float], colour: str = INK) -> None:
    """Draw an arrow from start to end."""
    plane.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": shade(colour), "linewidth": 1.5})


def frame(plane: Any, left: float, top: float, columns: float, rows: float, colour: str = INK) -> None:
    """Draw an outline around cells."""
    from matplotlib.patches import Rectangle

    plane.add_patch(Rectangle((left, top), columns, rows, fill=False, edgecolor=shade(colour), linewidth=2, zorder=5))
