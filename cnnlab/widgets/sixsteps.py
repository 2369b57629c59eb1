"""Chapter 10: the six steps on a network of 18 parameters, one at a time or at a run, with its loss and its weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Play, Scene, Slider, number
from cnnlab.widgets.show_scene import show_scene

STEPS, UNITS, SAMPLES = 120, 6, 24
RATES = ("0.02", "0.1", "0.3", "0.5")
NAMES = ("parameters", "forward pass", "loss", "backward pass", "update", "repeat")


def samples() -> tuple[np.ndarray, np.ndarray]:
    """Return x and target, a sine with a little noise."""
    x = np.linspace(-3, 3, SAMPLES)
    return x, np.sin(x) + 0.1 * np.random.default_rng(4).normal(size=SAMPLES)


@cache
def course(rate: str) -> list[dict[str, Any]]:
    """Return the loss, the parameters (w, b, v) and their gradients of every step, before the update."""
    (x, target), rng, k = samples(), np.random.default_rng(10), 1 / np.sqrt(UNITS)
    w, b, v = rng.uniform(-1, 1, UNITS), rng.uniform(-1, 1, UNITS), rng.uniform(-k, k, UNITS)
    found = []
    for _ in range(STEPS + 1):
        a = np.tanh(x[:, None] * w + b)
        error = a @ v - target
        loss, dy = float(np.mean(error**2)), 2 * error / SAMPLES
        dz = dy[:, None] * v * (1 - a**2)
        gradients = np.concatenate([x @ dz, dz.sum(axis=0), dy @ a])
        found.append(
            {"loss": _short(loss), "parameters": _list(np.concatenate([w, b, v])), "gradients": _list(gradients)}
        )
        w, b, v = np.concatenate([w, b, v]).reshape(3, UNITS) - float(rate) * gradients.reshape(3, UNITS)
    return found


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _list(values: np.ndarray) -> list[float]:
    return [_short(float(value)) for value in values]


@dataclass(frozen=True)
class SixSteps(Scene):
    """step: how many updates were made.   phase: which of the six steps is being taken, from 1."""

    step: int = 0
    phase: int = 1
    rate: str = "0.1"

    MODULE: ClassVar = "sixsteps.js"
    LABEL: ClassVar = "The six steps: what changes in which step, and what does the learning rate do to the loss?"
    KEYS: ClassVar = (
        "The arrow keys right and left go through the six steps, up and down through whole rounds; Space is one round. "
        "Click a step, or drag along the loss."
    )
    CONTROLS: ClassVar = (
        Choice("rate", RATES, "learning rate"),
        Play(),
    )
    SIZE: ClassVar = (9.5, 3)

    def __post_init__(self) -> None:
        super().__post_init__()
        for control in (Slider("step", 0, STEPS), Slider("phase", 1, 6)):
            if needed := control.refuses(value := getattr(self, control.name)):
                raise ValueError(f"{control.name} is {value!r}; {needed}")

    def data(self) -> dict[str, Any]:
        """Return the samples, and the training at each rate."""
        x, target = samples()
        return {
            "x": _list(x),
            "target": _list(target),
            "names": NAMES,
            "courses": {rate: course(rate) for rate in RATES},
        }

    def caption(self) -> str:
        """Return what the step does, in numbers."""
        now = course(self.rate)[self.step]
        count, loss = 3 * UNITS, number(now["loss"])
        said = f"Step {self.phase}, {NAMES[self.phase - 1]}: "
        largest = number(max(abs(g) for g in now["gradients"]))
        after = course(self.rate)[min(self.step + 1, STEPS)]["loss"]
        compared = f"becomes {number(after)}, {'less' if after < now['loss'] else 'not less'}"
        return (
            said
            + (
                f"{count} numbers, drawn at random once; {self.step} updates were made since.",
                f"the curve is y, from the parameters after {self.step} updates.",
                f"the mean of the squared distances between curve and samples is {loss}.",
                f"{count} gradients, one for each bar, the largest {largest}. No parameter has moved.",
                f"each parameter moves by −{self.rate} times its gradient. The loss was {loss} and {compared}.",
                f"on with the forward pass, after {self.step + 1} updates.",
            )[self.phase - 1]
        )

    def draw(self, figure: Any) -> None:
        """Draw the curve, the loss so far, and the parameters with their gradients."""
        (x, target), all_steps = samples(), course(self.rate)
        now, points = all_steps[self.step], np.linspace(-3, 3, 61)
        w, b, v = np.array(now["parameters"]).reshape(3, UNITS)
        curve, loss, bars = figure.subplots(1, 3)
        curve.plot(x, target, ".", color=paper.INK)
        curve.plot(points, np.tanh(points[:, None] * w + b) @ v, color=paper.shade(paper.GREEN))
        curve.set(title="y and the samples", ylim=(-2, 2))
        loss.semilogy([max(s["loss"], 1e-4) for s in all_steps], color=paper.INK)
        loss.plot([self.step], [now["loss"]], "o", color=paper.INK)
        loss.set(title=f"loss, rate {self.rate}", xlabel="updates")
        bars.bar(range(3 * UNITS), now["parameters"], color=paper.ORANGE, edgecolor=paper.shade(paper.ORANGE))
        if self.phase in (4, 5):
            moves = -float(self.rate) * np.array(now["gradients"])
            colours = [paper.shade(paper.PURPLE if g < 0 else paper.PINK) for g in now["gradients"]]
            bars.bar(range(3 * UNITS), moves, bottom=now["parameters"], color=colours, width=0.4)
        bars.set(title="w, b, v", xticks=[], ylim=(-2.5, 2.5))


def six_steps(**state: Any) -> Any:
    """Show the six steps of training, one at a time or at a run, with the loss and the parameters (chapter 10).

    Args:
        **state: step, how many updates were made, from 0; phase, which of the six steps is taken, from 1; rate, the
            learning rate as a string, such as "0.1".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import six_steps
        >>> print(six_steps(step=0, phase=1))
        The six steps: ... Step 1, parameters: 18 numbers, drawn at random once; 0 updates were made since.
    """
    return show_scene(SixSteps(**state))
