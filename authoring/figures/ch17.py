"""The picture of chapter 17: the loss on a plane through a trained network, with and without shortcuts."""

import numpy as np
from matplotlib.figure import Figure

from authoring.figures.style import INK, canvas, plot, words
from cnnlab.widgets.landscape import LEVELS, NETWORKS, read_plane


def two_slices() -> Figure:
    """Draw the contour lines of both planes, at the same levels."""
    figure, axes = canvas(24, 12.2)
    for k, (name, sentence) in enumerate(NETWORKS.items()):
        plane = read_plane(name)
        along = np.linspace(-plane.reach, plane.reach, len(plane.loss))
        left = 2.2 + 11.3 * k
        part = plot(figure, axes, left, 1.9, 9.2, 8.6)
        lines = part.contour(along, along, np.transpose(plane.loss), LEVELS, colors=INK, linewidths=0.7)
        part.clabel(lines, fontsize=6.5, fmt=lambda level: f"{level:g}")
        part.plot([0], [0], "x", color=INK)
        part.set(xticks=(-0.5, 0, 0.5), yticks=(-0.5, 0, 0.5))
        words(axes, left, 1.2, sentence, size=10)
        words(axes, left, 11.6, f"in the middle {plane.loss[len(along) // 2][len(along) // 2]:.2f}", size=9)
    return figure


FOLDER = "ch17_limits"
FIGURES = {"two_slices": two_slices}
