"""The pictures of chapter 3: chords beside a tangent, and the V of the error, by its formula."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from authoring.figures.style import CARD, EDGE, INK, QUIET, canvas, words

BLUE, ORANGE, GREEN, PINK = "#0072b2", "#d55e00", "#00785a", "#a0386f"


def plane(figure: Figure, place: tuple[float, float, float, float]) -> Axes:
    """Return axes on the card, with a frame on two sides only."""
    axes = figure.add_axes(place)
    axes.set_facecolor(CARD)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(EDGE)
    axes.tick_params(colors=QUIET, labelsize=8.5)
    return axes


def quotients() -> Figure:
    """Step 1 on the left, step 6 on the right."""
    figure, _ = canvas(30, 11.6, cell=0.31)
    smooth = plane(figure, (0.05, 0.1, 0.42, 0.8))
    x = np.linspace(-0.2, 2.2, 100)

    def f(x):
        return 0.25 * np.exp(1.1 * x)

    at, h = 1.0, 0.8
    slope = 1.1 * f(at)
    smooth.plot(x, f(x), color=INK, linewidth=1.6)
    smooth.plot(x[20:88], f(at) + slope * (x[20:88] - at), ":", color=QUIET, linewidth=1.6, label="tangent at x")
    smooth.plot([at, at + h], f(np.array([at, at + h])), "--", color=ORANGE, linewidth=1.8, label="one-sided")
    smooth.plot([at - h, at + h], f(np.array([at - h, at + h])), color=BLUE, linewidth=1.8, label="centred")
    smooth.plot([at - h, at, at + h], f(np.array([at - h, at, at + h])), "o", color=INK, markersize=5)
    smooth.set_xticks([at - h, at, at + h], ["x − h", "x", "x + h"])
    smooth.set_yticks([])
    smooth.legend(frameon=False, fontsize=9, loc="upper left")

    kink = plane(figure, (0.55, 0.1, 0.42, 0.8))
    kink.plot([-2, 0, 2], [0, 0, 2], color=INK, linewidth=1.6)
    at, h = 0.4, 1.2
    kink.plot([at - h, at + h], [0, at + h], color=BLUE, linewidth=1.8, label="centred, slope (x + h)/2h")
    kink.plot([at - h, at, at + h], [0, at, at + h], "o", color=INK, markersize=5)
    kink.set_xticks([at - h, 0, at, at + h], ["x − h", "0", "x", "x + h"])
    kink.set_yticks([])
    kink.legend(frameon=False, fontsize=9, loc="upper left")
    return figure


def ucurve() -> Figure:
    """Step 2: both terms of the error for a function whose derivatives are all as large as itself."""
    figure, card = canvas(30, 15, cell=0.31)
    axes = plane(figure, (0.09, 0.13, 0.62, 0.8))
    h = np.logspace(-16, 0, 200)
    for name, constant, power, style, colour in (
        ("one-sided", 1 / 2, 1, "--", ORANGE),
        ("centred", 1 / 6, 2, "-", BLUE),
        ("Richardson", 1 / 480, 4, "-.", GREEN),
    ):
        axes.loglog(h, constant * h**power + 2.0**-52 / h, style, color=colour, linewidth=1.8, label=name)
    axes.loglog(h, h**2 / 6 + 2.0**-23 / h, linestyle=(0, (1, 1)), color=PINK, linewidth=1.8, label="centred, float32")
    axes.set_ylim(1e-14, 10)
    axes.set_xlabel("step h", fontsize=9, color=QUIET)
    axes.set_ylabel("relative error", fontsize=9, color=QUIET)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.02, 1.0))
    words(card, 22.2, 8.6, "on the left: rounding,", size=9)
    words(card, 22.2, 9.5, "ε/h, slope −1", size=9)
    words(card, 22.2, 11.0, "on the right: the step,", size=9)
    words(card, 22.2, 11.9, "slope 1, 2 and 4", size=9)
    return figure


FOLDER = "ch03_build_the_judge"
FIGURES = {"quotients": quotients, "ucurve": ucurve}
