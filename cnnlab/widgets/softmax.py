"""Chapter 5: softmax's full Jacobian, and how it collapses with the cross-entropy to (p − t)/N."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import exp, log
from typing import Any, ClassVar, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Scene, Slider, clip, decimals, number
from cnnlab.widgets.show_scene import show_scene

CLASSES = 4


def pretty(x: float) -> str:
    """Return three decimals, as in the picture; fixed() in softmax.js."""
    return decimals(x, 3)


def write_product(a: float, b: float, result: float) -> str:
    """Return a product in words, with as many digits as it takes for the shown factors to give the shown result."""
    digits = next((d for d in range(3, 8) if number(_read(a, d) * _read(b, d)) == number(result)), 8)
    return f"{number(a, digits)}·({number(b, digits)}) = {number(result)}"


def _read(value: float, digits: int) -> float:
    return float(number(value, digits).replace("−", "-"))


@dataclass(frozen=True)
class SoftmaxJacobian(Scene):
    """z0 to z3: the logits, in tenths.   target: the right class.   row: of the gradient that is worked out."""

    z0: int = 10
    z1: int = 20
    z2: int = -5
    z3: int = 0
    target: int = 1
    row: int = 0

    MODULE: ClassVar = "softmax.js"
    SIZE: ClassVar = (9.5, 2.8)
    LABEL: ClassVar = "Softmax and cross-entropy: how does a full Jacobian collapse to (p − t)/N?"
    KEYS: ClassVar = (
        "The arrow keys up and down choose a row of the product, right and left raise and lower its logit; Space makes "
        "its class the right one. Click a row."
    )
    CONTROLS: ClassVar = (
        *(Slider(f"z{k}", -60, 60, f"logit {k}") for k in range(CLASSES)),
        Slider("target", 0, CLASSES - 1, "right class"),
    )

    def settle(self) -> Self:
        """Return the state with a row that exists."""
        return replace(self, row=clip(self.row, 0, CLASSES - 1))

    @property
    def logits(self) -> list[float]:
        """Return the logits themselves."""
        return [z / 10 for z in (self.z0, self.z1, self.z2, self.z3)]

    def probabilities(self) -> list[float]:
        """Return p = softmax(z)."""
        raised = [exp(z - max(self.logits)) for z in self.logits]
        return [r / sum(raised) for r in raised]

    def jacobian(self) -> list[list[float]]:
        """Return ∂p_j/∂z_k in row j, column k; the matrix is symmetric."""
        p = self.probabilities()
        return [[p[j] * ((j == k) - p[k]) for k in range(CLASSES)] for j in range(CLASSES)]

    def upstream(self) -> list[float]:
        """Return ∂L/∂p for L = −ln p of the right class: one entry is not 0."""
        return [-1 / p if k == self.target else 0.0 for k, p in enumerate(self.probabilities())]

    def gradient(self) -> list[float]:
        """Return p − t."""
        return [p - (k == self.target) for k, p in enumerate(self.probabilities())]

    def caption(self) -> str:
        """Return the loss, and one row of the product."""
        p, j, t = self.probabilities(), self.row, self.target
        entry, factor = self.jacobian()[j][t], self.upstream()[t]
        written = f"p{j}(1 − p{j})·(−1/p{j}) = p{j} − 1" if j == t else f"−p{j}·p{t}·(−1/p{t}) = p{j}"
        return (
            f"L = −ln p{t} = {number(-log(p[t]))}. Row {j} of the Jacobian times dp: only dp{t} is not 0, so it is "
            f"{write_product(entry, factor, self.gradient()[j])}. In letters {written}: "
            f"p{t} has cancelled, and what remains is p − t. The mean over N samples divides it by N."
        )

    def draw(self, figure: Any) -> None:
        """Draw z, p, the Jacobian times dp, and p − t."""
        plane = paper.axes(figure, 22, CLASSES + 2)
        columns = ((1, "z", self.logits), (3.4, "p", self.probabilities()))
        for (left, name, values), fill in zip(columns, (paper.SKY, paper.GREEN), strict=True):
            paper.words(plane, left, 0.5, name)
            for k, value in enumerate(values):
                paper.cell(plane, left, 1 + k, pretty(value), fill, width=2.2)
        paper.words(plane, 6.5, 0.5, "Jacobian of p with respect to z")
        for j, k in product(range(CLASSES), repeat=2):
            entry, used = self.jacobian()[j][k], j == self.row and k == self.target
            frame = _fill(entry) if used else None
            look: Any = {"bold": used, "frame": frame, "alpha": 0.4 if used else 0.1}
            paper.cell(plane, 6.5 + 2.2 * k, 1 + j, pretty(entry), _fill(entry), width=2.2, **look)
        for left, name, values, own in (
            (16, "dp", self.upstream(), self.target),
            (19, "dz", self.gradient(), self.row),
        ):
            paper.words(plane, left, 0.5, name)
            for k, value in enumerate(values):
                frame = None if k != own else paper.INK if name == "dz" else _fill(value)
                text = pretty(value) if abs(value) < 1000 else number(value, 4)
                paper.cell(plane, left, 1 + k, text, _fill(value), width=2.4, bold=k == own, frame=frame)


def _fill(value: float) -> str:
    """Return the colour of a gradient."""
    return paper.PURPLE if value < 0 else paper.PINK


def softmax_jacobian(**state: Any) -> Any:
    """Show softmax's full Jacobian, and how it collapses with the cross-entropy to (p − t)/N (chapter 5).

    Args:
        **state: z0 to z3, the logits, in tenths (−60 to 60); target, the right class (0 to 3); row, of the gradient
            that is worked out.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import softmax_jacobian
        >>> print(softmax_jacobian(target=1))
        Softmax and cross-entropy: ... L = −ln p1 = 0.461. ...
    """
    return show_scene(SoftmaxJacobian(**state))
