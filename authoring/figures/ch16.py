"""The picture of chapter 16: two trainings of a GAN, with the arrows that their fakes follow."""

import numpy as np
from matplotlib.figure import Figure

from authoring.figures.style import GRADIENT, INK, INPUT, OUTPUT, canvas, plot, words
from cnnlab.widgets.ganfield import EDGE, find_arrow, find_usual_length, list_places, load_trainings, measure_place

#: Training -> the moment that is shown, and what is written above.
SHOWN = {"one to one": (12, "one step each"), "one to ten": (10, "one step of D, then ten of G")}

#: An arrow is rounded to these: the digits behind them differ between processors, and a pixel of the picture with them.
DECIMALS = 9


def two_trainings() -> Figure:
    """Draw the end of a good training beside a moment of one that has collapsed."""
    figure, axes = canvas(24, 13)
    stored = load_trainings()
    real = np.array(stored["real"]) / 100
    for column, (name, (moment, what)) in enumerate(SHOWN.items()):
        training = stored[name]
        d, fakes = training["d"][moment], np.array(training["fakes"][moment]) / 100
        left = 0.9 + 11.5 * column
        words(axes, left, 0.9, f"{what}, after {training['rounds'][moment]} rounds", size=10)
        part = plot(figure, axes, left, 1.5, 10.8, 10.8)
        usual = find_usual_length(d)
        for x, y in list_places():
            right, up = np.round(find_arrow(measure_place(d, x, y), "gradient of D", usual), DECIMALS)
            look = {"arrowstyle": "-|>", "color": GRADIENT, "linewidth": 0.9, "mutation_scale": 5}
            if np.hypot(right, up) > 0.03:
                part.annotate("", (x + right, y + up), (x, y), arrowprops=look)
        part.plot(*real.T, "o", color=INPUT, markersize=3.5, markeredgecolor=INK, markeredgewidth=0.3)
        part.plot(*fakes.T, "s", color=OUTPUT, markersize=3.5, markeredgecolor=INK, markeredgewidth=0.5)
        part.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    return figure


FOLDER = "ch16_gans"
FIGURES = {"two_trainings": two_trainings}
