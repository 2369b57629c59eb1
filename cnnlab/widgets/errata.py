"""Chapter 6: the errors of a two-layer network's gradients, as the shorthand is repaired piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, ClassVar

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, number

NAMES = ("dw1", "db1", "dw2", "db2")
#: field -> (as it stands in the shorthand, repaired).
PIECES = {
    "slope": ("δ² = da²", "δ² = da² ⊙ σ′(z²)"),
    "rule": ("δ¹ = δ² W²", "δ¹ = δ² W² ⊙ σ′(z¹)"),
    "batch": ("one sample", "sum over the batch"),
}


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1/(1 + exp(−z))."""
    return 1 / (1 + np.exp(-z))


@cache
def errors() -> dict[str, list[float]]:
    """The errors of the four gradients for every choice of repairs, such as "101", against centred differences."""
    draw = np.random.default_rng(770)  # the chapter's own network
    x, classes = draw.normal(size=(8, 5)), draw.integers(0, 3, 8)
    parameters = [draw.normal(size=shape) for shape in ((4, 5), (4,), (3, 4), (3,))]
    target = np.eye(3)[classes]

    def forward(w1, b1, w2, b2):
        a1 = sigmoid(x @ w1.T + b1)
        return a1, sigmoid(a1 @ w2.T + b2)

    def nudged(which: int) -> np.ndarray:
        gradient = np.zeros_like(parameters[which])
        for index in np.ndindex(gradient.shape):
            for h in (1e-5, -1e-5):
                moved = [p.copy() for p in parameters]
                moved[which][index] += h
                gradient[index] += np.sum((forward(*moved)[1] - target) ** 2) / (4 * h)
        return gradient

    true = [nudged(k) for k in range(4)]
    (a1, a2), w2, found = forward(*parameters), parameters[2], {}
    for slope, rule, batch in product((0, 1), repeat=3):
        d2 = (a2 - target) * (a2 * (1 - a2) if slope else 1)
        d1 = d2 @ w2 * (a1 * (1 - a1) if rule else 1)
        some = slice(None) if batch else slice(1)
        gradients = d1[some].T @ x[some], d1[some].sum(axis=0), d2[some].T @ a1[some], d2[some].sum(axis=0)
        pairs = zip(gradients, true, strict=True)
        norm = np.linalg.norm
        found[f"{slope}{rule}{batch}"] = [float(f"{norm(g - h) / (norm(g) + norm(h)):.3g}") for g, h in pairs]
    return found


@dataclass(frozen=True)
class FormulaRepairs(Scene):
    """slope, rule, batch: each piece as the shorthand has it, or repaired.   piece: the one that Space changes."""

    slope: str = PIECES["slope"][0]
    rule: str = PIECES["rule"][0]
    batch: str = PIECES["batch"][0]
    piece: int = 0

    MODULE: ClassVar = "errata.js"
    LABEL: ClassVar = "The errata clinic: which repair mends which gradient, and when is the error really gone?"
    KEYS: ClassVar = (
        "The arrow keys choose a piece of the formulas, Space repairs it or takes the repair back; or click it."
    )
    CONTROLS: ClassVar = tuple(Choice(name, options) for name, options in PIECES.items())

    def settled(self) -> FormulaRepairs:
        """With a piece that exists."""
        return FormulaRepairs(self.slope, self.rule, self.batch, self.piece % 3)

    def data(self) -> dict[str, Any]:
        """Every choice's errors, and the words."""
        return {"errors": errors(), "names": NAMES, "pieces": PIECES}

    def now(self) -> tuple[list[float], int]:
        """The four errors, and how many pieces are repaired."""
        repaired = [PIECES[name].index(getattr(self, name)) for name in PIECES]
        return errors()["".join(map(str, repaired))], sum(repaired)

    def caption(self) -> str:
        """The errors, and how many gradients are right."""
        found, repaired = self.now()
        right = [name for name, e in zip(NAMES, found, strict=True) if e < 1e-8]
        said = ", ".join(f"{name} {number(e, 2)}" for name, e in zip(NAMES, found, strict=True))
        end = f"Right: {', '.join(right)}." if right else "None is right."
        chosen = list(PIECES)[self.piece]
        return f"{repaired} of 3 pieces repaired. Errors: {said}. {end} Chosen: {getattr(self, chosen)}."

    def draw(self, figure: Any) -> None:
        """The four errors as bars."""
        plane = figure.subplots()
        found, _ = self.now()
        plane.barh(
            NAMES, [np.log10(max(e, 1e-11)) + 11 for e in found], left=-11, color=paper.PINK, edgecolor=paper.INK
        )
        plane.axvline(-8, color=paper.BLUE, linestyle="--")
        plane.set(
            xlim=(-11, 0.2), xlabel="power of ten of the error", title=f"{self.slope};  {self.rule};  {self.batch}"
        )
        plane.invert_yaxis()
