"""Chapter 3: the error of a difference quotient against its step: three quotients, four functions, two precisions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, Slider, number
from cnnlab.widgets.show_scene import show_scene

#: name -> (function, where, its derivative there).
FUNCTIONS = {
    "exp at 1": (np.exp, 1.0, np.e),
    "sin at 1": (np.sin, 1.0, np.cos(1.0)),
    "x² at 3": (lambda x: x * x, 3.0, 6.0),
    "relu at 0.001": (lambda x: np.maximum(x, x - x), 0.001, 1.0),
}

METHODS = ("one-sided", "centred", "Richardson")
PRECISIONS = ("float64", "float32")
STEPS = 65  # h from 1e-16 to 1, four to a power of ten


def width(position: int) -> float:
    """Return the step h at a position of the slider."""
    return 10.0 ** (position / 4 - 16)


def quotient(f: Any, x: Any, h: Any, method: str) -> Any:
    """Return an estimate of f'(x), in the precision of x and h."""
    if method == "one-sided":
        return (f(x + h) - f(x)) / h
    if method == "centred":
        return (f(x + h) - f(x - h)) / (h + h)
    half = h / x.dtype.type(2)
    return (4 * quotient(f, x, half, "centred") - quotient(f, x, h, "centred")) / 3


@cache
def curve(function: str, method: str, precision: str) -> dict[str, Any]:
    """Return each step's estimate and relative error, the position of the best, and the errors near the minimum."""
    f, x, exact = FUNCTIONS[function]
    real = np.dtype(precision).type
    estimates = [float(quotient(f, real(x), real(width(k)), method)) for k in range(STEPS)]
    errors = [float(f"{abs(e - exact) / exact:.6g}") for e in estimates]
    around = [max(errors[max(0, k - 1) : k + 2]) for k in range(STEPS)]  # a lucky step between two bad ones is not best
    best, bottom = int(np.argmin(around)), max(10 * min(around), 100 * float(np.finfo(real).eps))
    return {"estimates": estimates, "errors": errors, "exact": float(exact), "best": best, "bottom": bottom}


@dataclass(frozen=True)
class UCurve(Scene):
    """position: of the step h = 10^(position/4 − 16)."""

    position: int = 40
    function: str = "exp at 1"
    method: str = "centred"
    precision: str = "float64"

    MODULE: ClassVar = "ucurve.js"
    LABEL: ClassVar = "The U-curve: which step h makes a difference quotient most exact, and why is smaller not better?"
    KEYS: ClassVar = "Drag in the picture, or use the arrow keys: right and left change h, up and down the quotient."
    CONTROLS: ClassVar = (
        *(Slider("position", 0, STEPS - 1, "h"), Choice("method", METHODS)),
        *(Choice("function", tuple(FUNCTIONS)), Choice("precision", PRECISIONS)),
    )

    def data(self) -> dict[str, Any]:
        """Return every curve, by function, method and precision."""
        names = [(f, m, p) for f in FUNCTIONS for m in METHODS for p in PRECISIONS]
        return {"methods": METHODS, "curves": {"|".join(name): curve(*name) for name in names}}

    def caption(self) -> str:
        """Return the estimate, its error, and which side of the bottom it is on."""
        found = curve(self.function, self.method, self.precision)
        error, best = found["errors"][self.position], found["best"]
        h, estimate = number(width(self.position)), number(found["estimates"][self.position], 8)
        said = (
            f"The {self.method} quotient of {self.function} with h = {h} in {self.precision} "
            f"is {estimate}; exact is {number(found['exact'], 8)}, the relative error "
            f"{number(error)}. The best h is {number(width(best))}, with {number(found['errors'][best])}. "
        )
        if error <= found["bottom"]:
            return said + "This is near the bottom."
        if self.position < best:
            return said + "Here h is too small: rounding, which is divided by h, outweighs the rest."
        return said + "Here h is too large: the function bends between the points, or has a kink there."

    def draw(self, figure: Any) -> None:
        """Draw the errors of all three quotients, with the chosen step."""
        plane = figure.subplots()
        steps = [width(k) for k in range(STEPS)]
        for method, style in zip(METHODS, (":", "-", "--"), strict=True):
            errors = np.maximum(curve(self.function, method, self.precision)["errors"], 1e-17)
            chosen = method == self.method
            look = {"color": paper.INK if chosen else paper.shade(paper.GREY), "linewidth": 2.5 if chosen else 1}
            plane.loglog(steps, errors, style, label=method, **look)
        found = curve(self.function, self.method, self.precision)
        plane.plot([width(self.position)], [max(found["errors"][self.position], 1e-17)], "o", color=paper.INK)
        plane.axvline(width(self.position), color=paper.INK, linestyle=":", linewidth=1)
        plane.plot([width(found["best"])] * 2, [1e-18, 1e-17], color=paper.INK, linewidth=3)
        plane.annotate("best h", (width(found["best"]), 3e-18), (5, 0), textcoords="offset points", va="center")
        plane.set(xlabel="h", ylabel="relative error", ylim=(1e-18, 1e2))
        plane.legend()


def u_curve(**state: Any) -> Any:
    """Show the error of a difference quotient against its step h (chapter 3).

    Args:
        **state: position, from 0 to 64, of the step h = 10^(position/4 − 16); function, such as "exp at 1"; method,
            such as "centred"; precision, "float64" or "float32".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import u_curve
        >>> print(u_curve(position=40))
        The U-curve: ... The centred quotient of exp at 1 with h = 1e−6 in float64 is 2.7182818; ...
    """
    return show_scene(UCurve(**state))
