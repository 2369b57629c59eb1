"""Chapter 17: a plane through a trained network, a point under the learner's hand, and steps down the slope."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.landscape import LEVELS, NETWORKS, Spot, read_plane
from cnnlab.widgets.scene import Choice, Play, Scene, Slider, clip, decimals, number
from cnnlab.widgets.show_scene import show_scene

#: Learning rates on the slider.
RATES = (0.001, 0.002, 0.004, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
MOST_STEPS = 60

#: Half the distance of the two points whose slopes are compared for the bend along the arrow.
NEAR = 0.005

#: The cut reaches so many steps beyond the point, and goes on to the border, if that is further.
CUT_STEPS = 1.2

Point = tuple[float, float]


class Step(NamedTuple):
    """One step of descent: where it ends, the length of the slope, and how the loss bends along the arrow."""

    here: Spot
    to: Point
    slope: float
    bend: float


def _name_of(words: str) -> str:
    return next(name for name, called in NETWORKS.items() if called == words)


@cache
def measure_step(network: str, x: float, y: float, rate: float) -> Step:
    """Return the first step from (x, y), with the operations of lossslice.js in the same order."""
    plane = read_plane(network)
    here = plane.read(x, y)
    slope = sqrt(here.along_x * here.along_x + here.along_y * here.along_y)
    unit = (here.along_x / slope, here.along_y / slope)
    up = plane.read(x + NEAR * unit[0], y + NEAR * unit[1])
    down = plane.read(x - NEAR * unit[0], y - NEAR * unit[1])
    change = (up.along_x - down.along_x) * unit[0] + (up.along_y - down.along_y) * unit[1]
    return Step(here, (x - rate * here.along_x, y - rate * here.along_y), slope, change / (2 * NEAR))


def is_inside(network: str, point: Point) -> bool:
    """Return whether the point is on the plane."""
    reach = read_plane(network).reach
    return abs(point[0]) <= reach and abs(point[1]) <= reach


@cache
def follow_steps(network: str, x: float, y: float, rate: float, steps: int) -> tuple[Point, ...]:
    """Return the start and the point after each step; the last one may lie outside of the plane."""
    path, plane = [(x, y)], read_plane(network)
    for _ in range(steps):
        if not is_inside(network, path[-1]):
            break
        spot = plane.read(*path[-1])
        path.append((path[-1][0] - rate * spot.along_x, path[-1][1] - rate * spot.along_y))
    return tuple(path)


@dataclass(frozen=True)
class LossSlice(Scene):
    """x, y: the point, in hundredths.   rate: the position in RATES.   steps: how many are shown."""

    network: str = "with shortcuts"
    x: int = -30
    y: int = 24
    rate: int = 12
    steps: int = 1

    MODULE: ClassVar = "lossslice.js"
    LABEL: ClassVar = "The loss around a trained network: does a step down the slope end lower than it began?"
    KEYS: ClassVar = (
        "Drag the point, or use the arrow keys; Space doubles the steps, and after the last begins with one."
    )
    SIZE: ClassVar = (7.5, 3.8)
    CONTROLS: ClassVar = (
        *(Choice("network", tuple(NETWORKS.values())), Slider("rate", 0, len(RATES) - 1, "learning rate")),
        *(Slider("steps", 1, MOST_STEPS), Play()),
    )

    def settle(self) -> Self:
        """Return the state with the point on the plane."""
        reach = round(100 * read_plane(_name_of(self.network)).reach)
        where = {"x": clip(self.x, -reach, reach), "y": clip(self.y, -reach, reach)}
        return type(self)(**{**self.state(), **where})

    def data(self) -> dict[str, Any]:
        """Return the rates, the levels of the contour lines, and both planes."""
        planes = {}
        for name, words in NETWORKS.items():
            plane = read_plane(name)
            planes[words] = [plane.loss, plane.along_x, plane.along_y, plane.mixed]
        numbers = {"rates": RATES, "levels": LEVELS, "most": MOST_STEPS, "near": NEAR, "cut": CUT_STEPS}
        return {**numbers, "reach": read_plane("plain").reach, "planes": planes}

    def step(self) -> Step:
        """Return the first step."""
        return measure_step(_name_of(self.network), self.x / 100, self.y / 100, RATES[self.rate])

    def path(self) -> tuple[Point, ...]:
        """Return the points of all steps."""
        return follow_steps(_name_of(self.network), self.x / 100, self.y / 100, RATES[self.rate], self.steps)

    def caption(self) -> str:
        """Return the loss and the slope, where one step leads, and where the border of the rate would be."""
        name, step, rate = _name_of(self.network), self.step(), RATES[self.rate]
        text = (
            f"{self.network.capitalize()}, at ({decimals(self.x / 100)}, {decimals(self.y / 100)}): loss "
            f"{_say(step.here.loss)}, slope {_say(step.slope)}. Along the arrow the slope changes by {_say(step.bend)} "
            f"for each unit of length"
        )
        if step.bend > 0:
            text += f"; if the cut were a parabola, a step would end higher at every rate above {_say(2 / step.bend)}"
        text += ". "
        promised = step.here.loss - rate * step.slope * step.slope
        text += f"With the rate {number(rate)} the straight line promises {_say(promised)}; "
        if not is_inside(name, step.to):
            return text + "the step leads out of the picture."
        after = read_plane(name).read(*step.to).loss
        text += f"the step ends at {_say(after)}, which is {'lower' if after < step.here.loss else 'higher'}."
        path = self.path()
        if len(path) <= 2:
            return text
        if not is_inside(name, path[-1]):
            return text + f" Step {len(path) - 1} leads out of the picture."
        return text + f" After {self.steps} steps: {_say(read_plane(name).read(*path[-1]).loss)}."

    def draw(self, figure: Any) -> None:
        """Draw the contour lines with the steps, and the cut along the first arrow."""
        plane, name, step = read_plane(_name_of(self.network)), _name_of(self.network), self.step()
        ground, cut = figure.subplots(1, 2, width_ratios=(3, 2))
        along = np.linspace(-plane.reach, plane.reach, len(plane.loss))
        ground.contour(along, along, np.transpose(plane.loss), LEVELS, colors=paper.INK, linewidths=0.5, alpha=0.5)
        path = [point for point in self.path() if is_inside(name, point)]
        ground.plot(*zip(*path, strict=True), "-o", color=paper.BLUE, markersize=3, linewidth=1.2)
        ground.plot([self.x / 100], [self.y / 100], "s", color=paper.INK)
        ground.plot([0], [0], "x", color=paper.INK)
        ground.set(xlabel="along the first direction", ylabel="along the second")
        lengths, heights, line = zip(*self.cut_heights(), strict=True)
        cut.plot(lengths, heights, color=paper.BLUE, label="the loss")
        cut.plot(lengths, line, "--", color=paper.ORANGE, label="the straight line")
        cut.axvline(RATES[self.rate] * step.slope, color=paper.INK, linewidth=0.8)
        top = max(heights)
        cut.set(xlabel="distance along the arrow", ylim=(-0.1 * top, 1.1 * top))
        cut.legend(fontsize=7)

    def cut_heights(self, parts: int = 60) -> list[tuple[float, float, float]]:
        """Return distance, loss and straight line at points along the arrow, as far as the plane goes."""
        name, step, rate = _name_of(self.network), self.step(), RATES[self.rate]
        plane, far = read_plane(name), CUT_STEPS * rate * step.slope
        if step.bend > 0:
            far = max(far, 2.2 / step.bend * step.slope)
        unit, start = (step.here.along_x / step.slope, step.here.along_y / step.slope), (self.x / 100, self.y / 100)
        ends = (at + (plane.reach if u > 0 else -plane.reach) for at, u in zip(start, unit, strict=True))
        far = min(far, *(end / u for end, u in zip(ends, unit, strict=True)))
        lengths = [far * k / parts for k in range(parts + 1)]
        heights = [plane.read(start[0] - length * unit[0], start[1] - length * unit[1]).loss for length in lengths]
        return [(t, height, step.here.loss - t * step.slope) for t, height in zip(lengths, heights, strict=True)]


def _say(value: float) -> str:
    """Return three digits; a tie is rounded up, as on the page."""
    return number(value * (1 + 1e-9))


def loss_slice(**state: Any) -> Any:
    """Show the loss around a trained network, and steps down its slope from a point that can be dragged (chapter 17).

    Args:
        **state: network, "with shortcuts" or "without shortcuts"; x and y of the point, in hundredths, from −50 to 50;
            rate, the position of the learning rate on its slider, from 0; steps, from 1 to 60.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import loss_slice
        >>> print(loss_slice(x=0, y=0, rate=0))
        The loss around a trained network: ... With the rate 0.001 the straight line promises ...
    """
    return show_scene(LossSlice(**state))
