"""Chapter 6: the errors of a two-layer network's gradients, as the shorthand is repaired piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, number
from cnnlab.widgets.show_scene import show_scene

NAMES = ("dw1", "db1", "dw2", "db2")
#: field -> (as it stands in the shorthand, repaired).
PIECES = {
    "slope": ("δ² = da²", "δ² = da² ⊙ σ′(z²)"),
    "rule": ("δ¹ = δ² W²", "δ¹ = δ² W² ⊙ σ′(z¹)"),
    "batch": ("one sample", "sum over the batch"),
}


#: The errors of dw1, db1, dw2, db2 on the chapter's network for every choice of repairs, "101" for the first and third;
#: against centred differences. tests/widgets/test_errata.py computes them.
ERRORS = {
    "000": [0.87081, 0.93029, 0.665, 0.66403],
    "001": [0.94428, 0.95096, 0.72051, 0.70588],
    "010": [0.51135, 0.59408, 0.665, 0.66403],
    "011": [0.72783, 0.7673, 0.72051, 0.70588],
    "100": [0.54134, 0.69986, 0.4552, 0.44499],
    "101": [0.71926, 0.69949, 1.28e-10, 4.99e-11],
    "110": [0.70265, 0.44654, 0.4552, 0.44499],
    "111": [1.43e-10, 1.87e-10, 1.28e-10, 4.99e-11],
}


#: A gradient whose error is smaller is right.
RIGHT = 1e-8


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

    def settle(self) -> FormulaRepairs:
        """Return the state with a piece that exists."""
        return FormulaRepairs(self.slope, self.rule, self.batch, self.piece % 3)

    def data(self) -> dict[str, Any]:
        """Return every choice's errors, and the words."""
        return {"errors": ERRORS, "names": NAMES, "pieces": PIECES}

    def now(self) -> tuple[list[float], int]:
        """Return the four errors, and how many pieces are repaired."""
        repaired = [PIECES[name].index(getattr(self, name)) for name in PIECES]
        return ERRORS["".join(map(str, repaired))], sum(repaired)

    def caption(self) -> str:
        """Return how many gradients are right, and the errors."""
        found, repaired = self.now()
        right = [name for name, e in zip(NAMES, found, strict=True) if e < RIGHT]
        said = ", ".join(f"{name} {number(e, 2)}" for name, e in zip(NAMES, found, strict=True))
        verdict = f"Right: {', '.join(right)}." if right else "No gradient is right."
        chosen = list(PIECES)[self.piece]
        return f"{repaired} of 3 pieces repaired. {verdict} Errors: {said}. Chosen: {getattr(self, chosen)}."

    def draw(self, figure: Any) -> None:
        """Draw the four errors as bars, each with its verdict."""
        plane = figure.subplots()
        found, _ = self.now()
        for k, (name, error) in enumerate(zip(NAMES, found, strict=True)):
            right = error < RIGHT
            colour = paper.shade(paper.BLUE if right else paper.RED)
            look: Any = {"color": colour, "alpha": 0.6} if right else {"facecolor": "none", "hatch": "///"}
            plane.barh(k, np.log10(max(error, 1e-11)) + 11, left=-11, edgecolor=colour, **look)
            plane.text(np.log10(error) + 0.1, k, f"{number(error, 2)}", va="center")
            plane.text(
                -11.2, k, f"{'✓' if right else '✗'} {name} {'right' if right else 'wrong'}", va="center", ha="right"
            )
        plane.axvline(-8, color=paper.INK, linestyle="--")
        plane.set(xlim=(-11, 1), yticks=(), xlabel="power of ten of the error; right is less than −8")
        plane.set_title(f"{self.slope};  {self.rule};  {self.batch}", fontsize=10)
        plane.invert_yaxis()


def formula_repairs(**state: Any) -> Any:
    """Show the errors of the article's formulas, as they are repaired piece by piece (chapter 6).

    Args:
        **state: slope, rule and batch, each by the words of the picture; piece, from 0 to 2, the one that Space
            changes.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import formula_repairs
        >>> print(formula_repairs())
        The errata clinic: ... 0 of 3 pieces repaired. No gradient is right. Errors: dw1 0.87, db1 0.93, ...
    """
    return show_scene(FormulaRepairs(**state))
