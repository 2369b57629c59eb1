"""The picture of chapter 13: one sample of a batch moves, and all outputs and gradients with it."""

import numpy as np
from matplotlib.figure import Figure

from authoring.figures.style import GRADIENT, INK, INPUT, OUTPUT, canvas, plot, words

X = (-3, 1, 2, 3.5, 5, 8)
DY = (4, -2, 6, 0, -3, -6)
MOVED = 10


def normalise(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return y = x_hat and dx of one feature, for gamma 1 and eps 0."""
    dy, std = np.array(DY, float), x.std()
    x_hat = (x - x.mean()) / std
    return x_hat, (dy - dy.mean() - x_hat * np.mean(dy * x_hat)) / std


def one_sample() -> Figure:
    """Draw x, y and dx before and after the last sample has moved."""
    figure, axes = canvas(24, 11.8)
    before, after = np.array(X, float), np.array([*X[:-1], MOVED], float)
    words(axes, 0.6, 0.9, f"the last sample moves from {X[-1]} to {MOVED}; the others stay, and dy stays", size=10)
    for row, x in enumerate((before, after)):
        y, dx = normalise(x)
        parts = (("x", x, INPUT, 10.5), ("y", y, OUTPUT, 2.3), ("dx", dx, GRADIENT, 2.3))
        for column, (name, values, colour, most) in enumerate(parts):
            part = plot(figure, axes, 1.6 + 7.7 * column, 2.2 + 5.0 * row, 6.0, 3.6)
            widths = [2.4 if i == len(values) - 1 else 0.7 for i in range(len(values))]
            part.bar(range(len(values)), values, color=colour, edgecolor=INK, linewidth=widths)
            for i, v in enumerate(values):
                number = f"{v:.2f}".rstrip("0").rstrip(".").replace("-", "−")
                part.text(i, v, number, ha="center", va="bottom" if v >= 0 else "top", fontsize=7, color=INK)
            part.axhline(0, color=INK, linewidth=0.6)
            part.set(ylim=(-most * 1.15, most * 1.15), xticks=range(len(values)), yticks=[])
            words(axes, 1.6 + 7.7 * column, 1.8 + 5.0 * row, f"${name}$", size=10)
    return figure


FOLDER = "ch13_regularisation_and_normalisation"
FIGURES = {"one_sample": one_sample}
