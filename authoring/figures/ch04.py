"""The pictures of chapter 4: activations with their slopes, and what is left of a gradient after ten layers."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from authoring.figures.style import EDGE, INK, QUIET, canvas, plot, words

BLUE, ORANGE = "#0072b2", "#d55e00"


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(x / 2))


#: name: (function, slope)
ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "ReLU": (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
    "leaky ReLU": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1.0, 0.1)),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
}


def slopes() -> Figure:
    """Draw steps 3 to 6: each activation above its slope."""
    figure, axes = canvas(24, 12)
    for column, (name, (f, slope)) in enumerate(ACTIVATIONS.items()):
        left = 1.6 + 5.7 * column
        words(axes, left + 2.3, 0.8, name, ha="center", weight="bold")
        above = plot(figure, axes, left, 1.5, 4.7, 4.2)
        below = plot(figure, axes, left, 6.7, 4.7, 3.4)
        for x in np.split(np.linspace(-5, 5, 402), 2):  # two halves: a jump at 0 stays a jump
            above.plot(x, f(x), color=BLUE, linewidth=2)
            below.plot(x, slope(x), color=ORANGE, linewidth=2, linestyle="--")
        above.set(ylim=(-1.25, 2.2), yticks=(-1, 0, 1, 2), xticks=(-4, 0, 4), xticklabels=())
        below.set(ylim=(-0.12, 1.25), yticks=(0, 0.25, 1), yticklabels=("0", "¼", "1"), xticks=(-4, 0, 4))
        for part in (above, below):
            cross(part)
    words(axes, 0.5, 3.5, "y", size=10)
    words(axes, 0.5, 8.3, "slope", size=8.5)
    words(axes, 1.6, 11.4, "x from −5 to 5; the leak is drawn with slope 0.1, to be seen", size=8.5, colour=QUIET)
    return figure


def cross(part: Axes) -> None:
    part.axvline(0, color=EDGE, linewidth=0.8, zorder=0)
    part.axhline(0, color=EDGE, linewidth=0.8, zorder=0)


def gradient_norms(name: str, gain: float = 1.0, layers: int = 10, width: int = 100) -> np.ndarray:
    """Return the part of a gradient's norm left below each layer, with rotations as weights, as in the chapter."""
    f, slope = ACTIVATIONS[name]
    rng = np.random.default_rng(4)
    x, kept = rng.normal(size=(32, width)), []
    for _ in range(layers):
        w = gain * np.linalg.qr(rng.normal(size=(width, width)))[0]
        kept.append((z := x @ w.T, w))
        x = f(z)
    dy = rng.normal(size=x.shape)
    norms = [np.linalg.norm(dy)]
    for z, w in reversed(kept):
        dy = (dy * slope(z)) @ w
        norms.append(np.linalg.norm(dy))
    return np.array(norms) / norms[0]


def ten_layers() -> Figure:
    """Step 8: the gradient's norm against the number of layers it has passed, on a logarithmic scale."""
    figure, axes = canvas(20, 11)
    part = plot(figure, axes, 2.6, 1.4, 11.6, 7.6)
    lines = {
        "ReLU, w·√2": ("ReLU", np.sqrt(2.0), "s", BLUE, "-"),
        "tanh": ("tanh", 1.0, "^", ORANGE, "--"),
        "ReLU, leaky ReLU": ("ReLU", 1.0, "o", BLUE, "-"),
        "sigmoid": ("sigmoid", 1.0, "D", INK, ":"),
    }
    for label, (name, gain, marker, colour, style) in lines.items():
        norms = gradient_norms(name, gain)
        part.plot(norms, color=colour, linestyle=style, marker=marker, markersize=4, linewidth=1.6)
        part.annotate(
            label, (10, norms[-1]), xytext=(8, 0), textcoords="offset points", va="center", fontsize=9, color=INK
        )
    part.set(yscale="log", xticks=range(0, 11, 2), ylim=(1e-8, 4), yticks=(1, 1e-2, 1e-4, 1e-6, 1e-8))
    part.minorticks_off()
    words(axes, 8.4, 10.2, "layers passed, from the loss down", ha="center", size=9)
    words(axes, 0.6, 0.8, "norm of the gradient, as a share of the first", size=9)
    return figure


FOLDER = "ch04_activations"
FIGURES = {"slopes": slopes, "ten_layers": ten_layers}
