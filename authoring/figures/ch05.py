"""The pictures of chapter 5: two products by their shapes, the collapse, and who learns from being sure and wrong."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

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
    cell,
    grid,
    indices,
    outline,
    plot,
    words,
)

BLUE, ORANGE = "#0072b2", "#d55e00"
SIZES = {"N": 4.0, "in": 3.0, "out": 2.0}


def matrix(axes: Axes, left: float, middle: float, rows: str, columns: str, colour: str, name: str) -> float:
    """Draw a rectangle of this many rows and columns, centred on a line; return its right edge."""
    height, width = SIZES[rows], SIZES[columns]
    top = middle - height / 2
    axes.add_patch(Rectangle((left, top), width, height, facecolor=PALE[colour], edgecolor=QUIET, linewidth=1.2))
    words(axes, left + width / 2, middle, name, ha="center", size=11)
    words(axes, left + width / 2, top - 0.4, columns, ha="center", size=8.5, colour=QUIET)
    words(axes, left - 0.2, middle, rows, ha="right", size=8.5, colour=QUIET)
    return left + width


def shapes() -> Figure:
    """Step 3: dw and dx as products of rectangles, with the size that the sum runs over."""
    figure, axes = canvas(23.5, 12.6)
    rows = (
        (3.0, ("out", "in", GRADIENT, "$dw$"), ("out", "N", OUTPUT, "$dy^\\top$"), ("N", "in", INPUT, "$x$"), "N"),
        (9.0, ("N", "in", GRADIENT, "$dx$"), ("N", "out", OUTPUT, "$dy$"), ("out", "in", WEIGHT, "$w$"), "out"),
    )
    for middle, result, first, second, summed in rows:
        right = matrix(axes, 1.6, middle, *result)
        words(axes, right + 0.6, middle, "=", size=13)
        right = matrix(axes, right + 2.4, middle, *first)
        right = matrix(axes, right + 1.6, middle, *second)
        words(axes, 16.4, middle - 0.4, f"the size that meets, {summed},", size=9)
        words(axes, 16.4, middle + 0.4, "is summed over and is gone", size=9)
    words(axes, 1.6, 12.0, "a gradient has the shape of what it is the gradient of", size=8.5, colour=QUIET)
    return figure


def collapse() -> Figure:
    """Step 8: the Jacobian of softmax times the slope with respect to p is p minus the one-hot target."""
    p, right = np.array([0.1, 0.2, 0.4, 0.3]), 2
    jacobian, slope = np.diag(p) - np.outer(p, p), np.zeros(4)
    slope[right] = -1 / p[right]
    figure, axes = canvas(22, 9.6, cell=0.4)

    def number(value: float) -> str:
        return f"{value:.2f}".replace("-", "−") if value else "0"

    def entry(i, j):
        used = j == right
        return {"fill": PALE[GRADIENT] if used else "white", "text": number(jacobian[i, j]), "size": 7.2}

    top = 3.0
    words(axes, 1.2, 0.9, "Jacobian of softmax,")
    words(axes, 1.2, 1.7, "$\\mathrm{diag}(p) - p\\,p^\\top$")
    grid(axes, 1.6, top, 4, 4, entry)
    indices(axes, 1.6, top, range(4), range(4))
    outline(axes, 1.6 + right, top, 4, 1)
    words(axes, 6.6, top + 2, "×", size=13, ha="center")
    words(axes, 7.3, 0.9, "$\\partial L/\\partial p$,")
    words(axes, 7.3, 1.7, "$-t/p$")
    grid(axes, 7.8, top, 4, 1, lambda i, j: {"fill": PALE[OUTPUT], "text": number(slope[i]), "size": 7.5})
    outline(axes, 7.8, top + right, 1, 1)
    words(axes, 9.8, top + 2, "=", size=13, ha="center")
    words(axes, 10.6, 0.9, "gradient of")
    words(axes, 10.6, 1.7, "the logits")
    result = jacobian @ slope
    grid(axes, 11.2, top, 4, 1, lambda i, j: {"fill": GRADIENT, "text": number(result[i]), "size": 7.5})
    words(axes, 13.2, top + 2, "=", size=13, ha="center")
    words(axes, 14.5, 1.7, "$p$", ha="center")
    grid(axes, 14.0, top, 4, 1, lambda i, j: {"fill": PALE[INPUT], "text": number(p[i]), "size": 7.5})
    words(axes, 15.9, top + 2, "−", size=13, ha="center")
    words(axes, 16.8, 1.7, "$t$, one-hot")
    for i in range(4):
        cell(axes, 16.8, top + i, fill=PALE[WEIGHT], text="1" if i == right else "0", size=8)
    words(axes, 1.6, 8.0, "The slope is 0 but for the right class, so only the framed column counts:", size=9)
    words(axes, 1.6, 8.7, "−2.5 times it is the gradient, and no entry of that is beyond ±1.", size=9)
    return figure


def sure_and_wrong() -> Figure:
    """Step 11: the slope of cross-entropy and of squared error with respect to the logit, for the target 1."""
    figure, axes = canvas(18, 10.4)
    part = plot(figure, axes, 2.2, 1.5, 14.6, 6.8)
    x = np.linspace(-8, 8, 400)
    p = 0.5 * (1 + np.tanh(x / 2))
    part.axhline(0, color=EDGE, linewidth=0.8, zorder=0)
    part.plot(x, p - 1, color=BLUE, linewidth=2)
    part.plot(x, 2 * (p - 1) * p * (1 - p), color=ORANGE, linewidth=2, linestyle="--")
    part.set(ylim=(-1.12, 0.12), yticks=(-1, -0.5, 0), xticks=range(-8, 9, 4))
    part.text(-7.6, -0.93, "cross-entropy: $p - 1$", fontsize=9, color=INK)
    part.text(-7.6, -0.36, "squared error: $2(p-1)\\,p(1-p)$", fontsize=9, color=INK)
    words(axes, 0.8, 0.8, "slope of the loss with respect to the logit, target 1", size=9)
    words(axes, 2.4, 9.7, "sure and wrong", size=9, colour=QUIET)
    words(axes, 9.5, 9.7, "logit", ha="center", size=9)
    words(axes, 16.6, 9.7, "sure and right", ha="right", size=9, colour=QUIET)
    return figure


FOLDER = "ch05_linear_and_losses"
FIGURES = {"shapes": shapes, "collapse": collapse, "sure_and_wrong": sure_and_wrong}
