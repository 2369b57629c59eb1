"""Chapter 4: an activation, its slope, and what is left of a gradient after ten layers of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, tanh
from typing import Any, ClassVar

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, Slider, number
from cnnlab.widgets.show_scene import show_scene

LAYERS = 10

#: What the still picture shows of the axis of the values, as the page does.
RANGES = {"relu": (-0.5, 3), "leaky relu": (-0.5, 3), "sigmoid": (-0.1, 1.1), "tanh": (-1.1, 1.1)}


def sigmoid(x: float) -> float:
    """Return 1/(1 + exp(−x))."""
    return 1 / (1 + exp(-x))


#: name -> (the function, its slope).
FUNCTIONS = {
    "relu": (lambda x: max(x, 0.0), lambda x: 1.0 if x > 0 else 0.0),
    "leaky relu": (lambda x: x if x > 0 else 0.01 * x, lambda x: 1.0 if x > 0 else 0.01),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "tanh": (tanh, lambda x: 1 - tanh(x) ** 2),
}


@dataclass(frozen=True)
class ActivationCurves(Scene):
    """tenths: the first z, in tenths.   weight: the weight of every layer, in tenths."""

    function: str = "sigmoid"
    tenths: int = 10
    weight: int = 10

    MODULE: ClassVar = "slopes.js"
    LABEL: ClassVar = "Activations: how steep is the curve here, and what is left of a gradient after ten layers?"
    KEYS: ClassVar = "Drag in the left picture, or use the arrow keys: right and left change z, up and down the weight."
    CONTROLS: ClassVar = (
        *(Choice("function", tuple(FUNCTIONS)), Slider("tenths", -60, 60, "z"), Slider("weight", -40, 40, "weight")),
    )

    def chain(self) -> tuple[list[float], list[float]]:
        """Return z of every layer of a chain z → weight·f(z) → …, and the gradient before each layer, for dy = 1."""
        f, slope = FUNCTIONS[self.function]
        w, zs = self.weight / 10, [self.tenths / 10]
        for _ in range(LAYERS - 1):
            zs.append(w * f(zs[-1]))
        gradients = [1.0]
        for z in reversed(zs):
            gradients.append(gradients[-1] * slope(z) * w)
        return zs, gradients

    def caption(self) -> str:
        """Return value and slope at z, and the gradient after ten layers."""
        (f, slope), z = FUNCTIONS[self.function], self.tenths / 10
        _, gradients = self.chain()
        last = abs(gradients[-1])
        said = (
            f"{self.function}: at z = {number(z)} the value is {number(f(z))} and the slope {number(slope(z))}. "
            f"In a chain of ten such layers with the weight {number(self.weight / 10)} a gradient of 1 arrives as "
            f"{number(gradients[-1], 2)}. "
        )
        if last == 0:
            return said + "One slope is 0, and nothing passes."
        if last < 0.01:
            return said + "It has all but vanished: ten slopes are multiplied, and each is small."
        if last > 100:
            return said + "It has exploded: weight times slope is larger than 1."
        return said + "It passes: weight times slope is near 1."

    def draw(self, figure: Any) -> None:
        """Draw the curve and its slope with the chosen point, and the gradients of the chain."""
        f, slope = FUNCTIONS[self.function]
        left, right = figure.subplots(1, 2)
        points = np.linspace(-6, 6, 241)
        left.plot(points, [f(z) for z in points], color=paper.shade(paper.GREEN), label=self.function)
        left.plot(points, [slope(z) for z in points], "--", color=paper.shade(paper.PINK), label="slope")
        left.plot([self.tenths / 10] * 2, [f(self.tenths / 10), slope(self.tenths / 10)], "o", color=paper.INK)
        low, high = RANGES[self.function]
        left.set(xlabel="z", xlim=(-6, 6), ylim=(low, high))
        left.legend()
        gradients = [max(abs(g), 1e-12) for g in self.chain()[1]]
        colours = [paper.shade(paper.PURPLE if g < 0 else paper.PINK) for g in self.chain()[1]]
        right.bar(range(LAYERS + 1), np.log10(gradients), color=colours)
        right.axhline(0, color=paper.INK, linewidth=0.6)
        right.set(xlabel="layers passed", ylabel="power of ten of the gradient")


def activation_curves(**state: Any) -> Any:
    """Show an activation, its slope, and what is left of a gradient after ten layers (chapter 4).

    Args:
        **state: function, such as "relu"; tenths, the first z (−60 to 60), and weight, that of every layer (−40 to 40),
            both in tenths.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import activation_curves
        >>> print(activation_curves(function="sigmoid", tenths=10))
        Activations: ... sigmoid: at z = 1 the value is 0.731 and the slope 0.197. ...
    """
    return show_scene(ActivationCurves(**state))
