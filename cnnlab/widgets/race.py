"""Chapter 12: five update rules race downhill on three surfaces, from a start that the learner drags."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any, ClassVar, Self

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Play, Scene, Slider, clip, number
from cnnlab.widgets.show_scene import show_scene

RULES = ("gradient descent", "momentum", "AdaGrad", "RMSProp", "Adam")
RATES = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0)
MOST_STEPS = 300
FAR = 1e4  # a path that gets as far away as this has left for good

#: name -> formula, the plane's least x, most x, least y, most y, the height of the lowest points, contour lines, and
#: these points.
SURFACES = {
    "valley": ("f = (x² + 25 y²)/2", (-3.0, 3.0, -2.5, 2.5), 0.0, (0.1, 0.5, 1.5, 4, 10, 20, 40, 70), ((0, 0),)),
    "saddle": (
        "f = (x² − y²)/2 + y⁴/4",
        (-3.0, 3.0, -2.5, 2.5),
        -0.25,
        (-0.2, -0.1, 0, 0.2, 0.6, 1.5, 3, 5, 8),
        ((0, 1), (0, -1)),
    ),
    "Rosenbrock": (
        "f = ((1 − x)² + 100 (y − x²)²)/20",
        (-2.0, 2.0, -1.0, 3.0),
        0.0,
        (0.3, 1, 3, 8, 20, 50),
        ((1, 1),),
    ),
}

Point = tuple[float, float]


def height(surface: str, x: float, y: float) -> float:
    """Return f(x, y); x and y may be arrays."""
    if surface == "valley":
        return (x * x + 25 * y * y) / 2
    if surface == "saddle":
        return (x * x - y * y) / 2 + y * y * y * y / 4
    return ((1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)) / 20


def slope(surface: str, x: float, y: float) -> Point:
    """Return the gradient of f at (x, y)."""
    if surface == "valley":
        return x, 25 * y
    if surface == "saddle":
        return x, y * y * y - y
    return (x - 1 - 200 * x * (y - x * x)) / 10, 10 * (y - x * x)


@cache
def follow(rule: str, surface: str, x: float, y: float, rate: float, momentum: float, steps: int) -> tuple[Point, ...]:
    """Return the start and the point after each step; the path ends early where it leaves for good.

    The operations are those of race.js in the same order, so that both give the same bits.
    """
    mean, square, fade1, fade2, path = [0.0, 0.0], [0.0, 0.0], 1.0, 1.0, [(x, y)]
    for _ in range(steps):
        at, grads = list(path[-1]), slope(surface, *path[-1])
        fade1, fade2 = fade1 * 0.9, fade2 * 0.999
        for k, g in enumerate(grads):
            step = g
            if rule == "momentum":
                step = mean[k] = momentum * mean[k] + g
            elif rule == "AdaGrad":
                square[k] = square[k] + g * g
                step = g / (sqrt(square[k]) + 1e-10)
            elif rule == "RMSProp":
                square[k] = 0.99 * square[k] + (1 - 0.99) * g * g
                step = g / (sqrt(square[k]) + 1e-8)
            elif rule == "Adam":
                mean[k] = 0.9 * mean[k] + (1 - 0.9) * g
                square[k] = 0.999 * square[k] + (1 - 0.999) * g * g
                step = mean[k] / (1 - fade1) / (sqrt(square[k] / (1 - fade2)) + 1e-8)
            at[k] = at[k] - rate * step
        path.append((at[0], at[1]))
        if not (abs(at[0]) < FAR and abs(at[1]) < FAR):
            break
    return tuple(path)


@dataclass(frozen=True)
class Race(Scene):
    """x, y: the start, in hundredths.   rate: the position of the learning rate in RATES.   momentum: in hundredths."""

    surface: str = "valley"
    x: int = -260
    y: int = 120
    rate: int = 8
    momentum: int = 90
    steps: int = 60

    MODULE: ClassVar = "race.js"
    LABEL: ClassVar = "A race downhill: which of five rules arrives first, and what do rate and momentum change?"
    KEYS: ClassVar = (
        "Drag the start, or use the arrow keys; Space makes ten steps more. Every rule has the same learning rate."
    )
    SIZE: ClassVar = (7.5, 4.0)
    CONTROLS: ClassVar = (
        *(Choice("surface", tuple(SURFACES)), Slider("rate", 0, len(RATES) - 1, "learning rate")),
        *(Slider("momentum", 0, 99), Slider("steps", 0, MOST_STEPS), Play()),
    )

    def settle(self) -> Self:
        """Return the state with the start on the plane."""
        least_x, most_x, least_y, most_y = (int(100 * edge) for edge in SURFACES[self.surface][1])
        where = {"x": clip(self.x, least_x, most_x), "y": clip(self.y, least_y, most_y)}
        return type(self)(**{**self.state(), **where})

    def data(self) -> dict[str, Any]:
        """Return the names, the rates, and what is known of each surface."""
        return {"rules": RULES, "rates": RATES, "most": MOST_STEPS, "far": FAR, "surfaces": SURFACES}

    def paths(self) -> dict[str, tuple[Point, ...]]:
        """Return each rule's path."""
        start = self.x / 100, self.y / 100
        how = (RATES[self.rate], self.momentum / 100, self.steps)
        return {rule: follow(rule, self.surface, *start, *how) for rule in RULES}

    def left(self) -> dict[str, float]:
        """Return how far above the lowest point each rule has arrived; infinity where it has left for good."""
        lowest, found = SURFACES[self.surface][2], {}
        for rule, path in self.paths().items():
            away = not (abs(path[-1][0]) < FAR and abs(path[-1][1]) < FAR)
            found[rule] = float("inf") if away else height(self.surface, *path[-1]) - lowest
        return found

    def caption(self) -> str:
        """Return where each rule has arrived, and what is special about this state."""
        left, rate = self.left(), RATES[self.rate]
        said = ", ".join(f"{rule} {_describe_height(value)}" for rule, value in left.items())
        first = min(RULES, key=lambda rule: left[rule])
        text = (
            f"{SURFACES[self.surface][0]}, from ({number(self.x / 100)}, {number(self.y / 100)}), learning rate "
            f"{number(rate)}, momentum {number(self.momentum / 100)}. Height above the lowest point after "
            f"{self.steps} steps: {said}. Lowest: {first}."
        )
        if self.surface == "valley" and rate > 0.08:
            return f"{text} The rate is above 2/25 = 0.08, so plain gradient descent climbs out of the valley."
        if self.surface == "saddle" and self.y == 0:
            return f"{text} With y = 0 exactly the gradient has no part along y, and no rule ever leaves the saddle."
        return text

    def draw(self, figure: Any) -> None:
        """Draw the contour lines and the five paths, and each rule's height against its steps."""
        plane, curve = figure.subplots(1, 2, width_ratios=(3, 2))
        _, (least_x, most_x, least_y, most_y), lowest, lines, bottoms = SURFACES[self.surface]
        x, y = np.meshgrid(np.linspace(least_x, most_x, 121), np.linspace(least_y, most_y, 121))
        plane.contour(x, y, height(self.surface, x, y), lines, colors=paper.INK, linewidths=0.5, alpha=0.4)
        for (rule, path), (colour, style) in zip(self.paths().items(), LOOKS, strict=True):
            plane.plot(*zip(*path, strict=True), linestyle=style, color=colour, linewidth=1.5)
            plane.plot(*path[-1], "o", color=colour, markersize=4)
            heights = [max(height(self.surface, *point) - lowest, 1e-12) for point in path]
            curve.semilogy(heights, linestyle=style, color=colour, linewidth=1.5, label=rule)
        plane.plot(*zip(*bottoms, strict=True), "x", color=paper.INK)
        plane.plot([self.x / 100], [self.y / 100], "s", color=paper.INK)
        plane.set(xlim=(least_x, most_x), ylim=(least_y, most_y), xlabel="x", ylabel="y")
        curve.set(xlabel="steps", ylabel="height above the lowest point", ylim=(1e-9, 1e3))
        curve.legend(fontsize=7, loc="lower left")


#: Colour and line of each rule, as in race.js.
LOOKS = ((paper.BLUE, "-"), (paper.PURPLE, "--"), (paper.GREEN, ":"), (paper.PINK, "-."), (paper.ORANGE, (0, (9, 2))))


def _describe_height(value: float) -> str:
    """Return the height with two digits; a tie is rounded up, as on the page."""
    return "gone for good" if value == float("inf") else number(value * (1 + 1e-9), 2)


def optimizer_race(**state: Any) -> Any:
    """Show five update rules on their way down a surface, from a start that can be dragged (chapter 12).

    Args:
        **state: surface, "valley", "saddle" or "Rosenbrock"; x and y of the start, and momentum, in hundredths; rate,
            the position of the learning rate on its slider, from 0; steps, from 0 to 300.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import optimizer_race
        >>> print(optimizer_race(surface="saddle", y=0, steps=5))
        A race downhill: ... With y = 0 exactly the gradient has no part along y, and no rule ever leaves the saddle.
    """
    return show_scene(Race(**state))
