"""Chapter 16: three trainings of a GAN on a ring of eight heaps, and the field of arrows that its fakes follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Play, Scene, Slider, clip, number
from cnnlab.widgets.show_scene import show_scene

#: Written by authoring/train_gan.py.
FILE = Path(__file__).parents[1] / "data" / "embedded" / "gan.npz"

TRAININGS = ("one to one", "one to ten", "D alone")
ARROWS = ("gradient of D", "push of G's loss", "push, saturating")
LAST_MOMENT, EDGE, UNITS = 12, 3.0, 64

#: The field has an arrow at every multiple of this from −2.8 to 2.8 along both axes.
APART, ARROWS_A_SIDE = 0.4, 15


class Place(NamedTuple):
    """D's score at a place, the probability that it stands for, and its gradient."""

    score: float
    probability: float
    slope: tuple[float, float]

    def length(self) -> float:
        """Return how long the gradient is."""
        return float(np.hypot(*self.slope))


@cache
def load_trainings() -> dict[str, Any]:
    """Return the real samples, and by training the moments: rounds, heaps, near (in per cent), fakes, d (all ints)."""
    with np.load(FILE) as file:
        stored = {name: file[name].tolist() for name in file.files}
    found: dict[str, Any] = {"real": stored["real"]}
    for name in TRAININGS:
        found[name] = {part: stored[f"{name}.{part}"] for part in ("rounds", "heaps", "near", "fakes", "d")}
    return found


def measure_place(d: list[int], x: float, y: float) -> Place:
    """Return what D says of a place. d: its parameters in thousandths, w1, b1, w2 and b2 one after the other."""
    params = np.array(d) / 1000
    w1, b1 = params[: 2 * UNITS].reshape(UNITS, 2), params[2 * UNITS : 3 * UNITS]
    w2, b2 = params[3 * UNITS : 4 * UNITS], params[4 * UNITS]
    h = np.tanh(w1 @ (x, y) + b1)
    score = float(h @ w2 + b2)
    slope = (w2 * (1 - h * h)) @ w1
    return Place(score, float(1 / (1 + np.exp(-score))), (float(slope[0]), float(slope[1])))


@dataclass(frozen=True)
class GanField(Scene):
    """moment: from 0, the beginning.   x, y: the chosen place, in hundredths."""

    training: str = "one to one"
    moment: int = 4
    arrows: str = "gradient of D"
    x: int = 0
    y: int = 0

    MODULE: ClassVar = "ganfield.js"
    LABEL: ClassVar = "A GAN on a ring: which way are the fakes sent, and do they find all eight heaps?"
    KEYS: ClassVar = "Click a place, or move it with the arrow keys; Space goes to the next moment of the training."
    SIZE: ClassVar = (7.5, 4.6)
    CONTROLS: ClassVar = (
        *(Choice("training", TRAININGS), Slider("moment", 0, LAST_MOMENT), Play(), Choice("arrows", ARROWS)),
    )

    def settle(self) -> Self:
        """Return the state with the place inside the plane."""
        edge = int(100 * EDGE)
        where = {"x": clip(self.x, -edge, edge), "y": clip(self.y, -edge, edge)}
        return type(self)(**{**self.state(), **where})

    def data(self) -> dict[str, Any]:
        """Return the stored trainings."""
        return load_trainings()

    def read_moment(self, part: str) -> Any:
        """Return a part of the training at the moment."""
        return load_trainings()[self.training][part][self.moment]

    def measure(self) -> Place:
        """Return what D says of the chosen place."""
        return measure_place(self.read_moment("d"), self.x / 100, self.y / 100)

    def caption(self) -> str:
        """Say how the training stands, what D says of the place, and how hard a fake there would be pushed."""
        place, heaps, near = self.measure(), self.read_moment("heaps"), self.read_moment("near")
        name, rounds = self.training[0].upper() + self.training[1:], self.read_moment("rounds")
        return (
            f"{name}, after {rounds} rounds: {heaps} of 8 heaps covered, {near} % of the fakes near one. "
            f"At ({number(self.x / 100)}, {number(self.y / 100)}) the score is {number(place.score)}: real with "
            f"probability {number(place.probability)}. Its gradient is "
            f"({number(place.slope[0])}, {number(place.slope[1])}), of length {number(place.length())}. A fake here is "
            f"pushed along it, with the length {number((1 - place.probability) * place.length())} by G's loss and "
            f"{number(place.probability * place.length())} by the saturating one."
        )

    def draw(self, figure: Any) -> None:
        """Draw samples, arrows and the line of score 0."""
        plane, d = figure.subplots(), self.read_moment("d")
        usual = find_usual_length(d)
        grid = np.linspace(-EDGE, EDGE, 61)
        scores = [[measure_place(d, x, y).score for x in grid] for y in grid]
        plane.contour(grid, grid, scores, [0], colors=paper.INK, linestyles="--", linewidths=1)
        for x, y in list_places():
            right, up = find_arrow(measure_place(d, x, y), self.arrows, usual)
            look = {"arrowstyle": "-|>", "color": paper.shade(paper.PINK), "linewidth": 0.8, "mutation_scale": 5}
            if np.hypot(right, up) > 0.03:
                plane.annotate("", (x + right, y + up), (x, y), arrowprops=look)
        real, fakes = (np.array(samples) / 100 for samples in (load_trainings()["real"], self.read_moment("fakes")))
        plane.plot(*real.T, "o", color=paper.shade(paper.SKY), markersize=3, label="real")
        plane.plot(*fakes.T, "s", color=paper.shade(paper.GREEN), markersize=3, label="fakes")
        plane.plot([self.x / 100], [self.y / 100], "s", color=paper.INK, fillstyle="none", markersize=10)
        plane.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), aspect="equal")
        plane.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))


def list_places() -> list[tuple[float, float]]:
    """Return the places of the field's arrows."""
    return [(i * APART - 2.8, j * APART - 2.8) for i in range(ARROWS_A_SIDE) for j in range(ARROWS_A_SIDE)]


def find_usual_length(d: list[int]) -> float:
    """Return the median length of the gradients in the field."""
    return float(np.median([measure_place(d, x, y).length() for x, y in list_places()]))


def find_arrow(place: Place, kind: str, usual: float) -> tuple[float, float]:
    """Return the arrow at a place: longer for what is steeper, half of APART for a gradient of the usual length."""
    factor = {ARROWS[0]: 1.0, ARROWS[1]: 1 - place.probability, ARROWS[2]: place.probability}[kind]
    share = APART * factor / (factor * place.length() + usual)
    return share * place.slope[0], share * place.slope[1]


def gan_field(**state: Any) -> Any:
    """Show three trainings of a GAN on a ring, with the arrows that its fakes follow (chapter 16).

    Args:
        **state: training, "one to one", "one to ten", the steps of D and of G in a round, or "D alone"; moment, from 0,
            the beginning, to 12; arrows, "gradient of D", "push of G's loss" or "push, saturating"; x and y, the chosen
            place in hundredths, from −300 to 300.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import gan_field
        >>> print(gan_field(training="one to ten", moment=12))
        A GAN on a ring: ... One to ten, after 285 rounds: 1 of 8 heaps covered, 52 % of the fakes near one. ...
    """
    return show_scene(GanField(**state))
