"""The pictures of chapter 6: columns and rows, and what each repair does to the error."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from authoring.figures.style import (
    EDGE,
    GRADIENT,
    INK,
    INPUT,
    OUTPUT,
    PALE,
    QUIET,
    WEIGHT,
    canvas,
    grid,
    outline,
    words,
)

BLUE, ORANGE = "#0072b2", "#d55e00"


def block(axes: Axes, left: float, top: float, rows: int, columns: int, colour: str, name: str) -> None:
    """Draw a grid of empty cells with its name and shape above it."""
    grid(axes, left, top, rows, columns, lambda i, j: {"fill": PALE[colour]})
    words(axes, left + columns / 2, top - 0.95, name, ha="center", size=10)
    words(axes, left + columns / 2, top - 0.35, f"{rows}×{columns}", ha="center", size=7, colour=QUIET)


def sign(axes: Axes, left: float, top: float, text: str) -> None:
    words(axes, left, top, text, ha="center", size=12)


def rows_and_columns() -> Figure:
    """Step 3: one sample as a column, many as rows, and the outer product."""
    figure, axes = canvas(38.4, 21.5, cell=0.255)
    words(axes, 1.0, 1.0, "text: one sample, a column", weight="bold")
    block(axes, 2.0, 4.2, 4, 5, WEIGHT, "$W$")
    block(axes, 8.6, 3.7, 5, 1, INPUT, "$a$")
    sign(axes, 11.2, 6.2, "=")
    block(axes, 12.8, 4.2, 4, 1, OUTPUT, "$W a$")

    words(axes, 18.6, 1.0, "code: N samples, rows", weight="bold")
    block(axes, 18.6, 3.7, 6, 5, INPUT, "a")
    outline(axes, 18.6, 5.7, 1, 5)
    words(axes, 18.3, 6.25, "$a_n^\\top$", ha="right", size=9)
    block(axes, 25.2, 4.2, 5, 4, WEIGHT, "w.T")
    sign(axes, 30.4, 6.7, "=")
    block(axes, 31.6, 3.7, 6, 4, OUTPUT, "a @ w.T")
    outline(axes, 31.6, 5.7, 1, 4)

    words(axes, 1.0, 11.6, "the gradient of W: an outer product", weight="bold")
    block(axes, 2.4, 14.6, 4, 1, GRADIENT, "$\\delta$")
    block(axes, 5.2, 16.1, 1, 5, INPUT, "$a^\\top$")
    sign(axes, 11.2, 16.6, "=")
    block(axes, 12.2, 14.6, 4, 5, WEIGHT, "$\\delta\\,a^\\top$")

    words(axes, 18.6, 11.6, "the sum over n is inside the product", weight="bold")
    block(axes, 18.6, 14.6, 4, 6, GRADIENT, "delta.T")
    block(axes, 25.2, 13.6, 6, 5, INPUT, "a")
    sign(axes, 31.0, 16.6, "=")
    block(axes, 31.8, 14.6, 4, 5, WEIGHT, "delta.T @ a")
    outline(axes, 20.6, 14.6, 4, 1)
    outline(axes, 25.2, 15.6, 1, 5)
    words(axes, 1.0, 20.6, "framed: one and the same sample n", size=8.5, colour=QUIET)
    return figure


#: What is measured in the chapter, for the draw that it states; None where there is no formula.
FINDINGS = (
    ("E1", "F1 taken as ∂L/∂Y; it is δ", 0.70),
    ("E2", "weights: σ' is missing", 0.72),
    ("E3", "weights: one sample for all", 0.46),
    ("E4", "bias: σ' is missing", 0.71),
    ("E5", "no rule from layer to layer", None),
    ("E6", "softmax: σ' entry by entry", 0.36),
)


def repairs() -> Figure:
    """Draw steps 1 to 7: each formula's error as written and after the repair, on a logarithmic scale."""
    figure, axes = canvas(25, 11.6)
    left, right, decades = 11.6, 23.2, 10

    def place(exponent: float) -> float:
        return left + (right - left) * (exponent + decades) / decades

    for exponent in range(-decades, 1, 2):
        axes.plot([place(exponent)] * 2, [2.2, 9.6], color=EDGE, linewidth=0.8, zorder=0)
        words(axes, place(exponent), 10.2, f"$10^{{{exponent}}}$" if exponent else "1", ha="center", size=8.5)
    words(axes, 1.0, 1.1, "finding", size=9, colour=QUIET)
    words(axes, left, 1.1, "error against centred differences", size=9, colour=QUIET)
    for row, (code, text, error) in enumerate(FINDINGS):
        top = 2.8 + 1.2 * row
        words(axes, 1.0, top, code, weight="bold")
        words(axes, 2.6, top, text, size=9)
        axes.plot([place(-9.2)], [top], marker="o", color=BLUE, markersize=7)
        if error is None:
            words(axes, place(-0.5), top, "none", ha="center", size=8.5)
            start = place(-1.2)
        else:
            axes.plot([place(-0.15)], [top], marker="X", color=ORANGE, markersize=8)
            words(axes, place(0) + 0.3, top, f"{error:.2f}", size=8.5)
            start = place(-0.5)
        axes.annotate("", (place(-8.9), top), (start, top), arrowprops={"arrowstyle": "-|>", "color": INK})
    words(axes, 1.0, 11.0, "cross: as written;  dot: repaired, a billionth or less", size=8.5, colour=QUIET)
    return figure


FOLDER = "ch06_errata_clinic"
FIGURES = {"rows_and_columns": rows_and_columns, "repairs": repairs}
