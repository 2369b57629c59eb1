"""Chapter 13: one feature of a batch is normalised; drag a sample or its dy, and look at all the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor, sqrt
from typing import Any, ClassVar, NamedTuple, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, Slider, clip, decimals
from cnnlab.widgets.show_scene import show_scene

HIGHEST, STEP = 10, 0.5
EPS = {"0": 0.0, "1": 1.0, "10": 10.0}


class Numbers(NamedTuple):
    """What is computed from the batch: its mean and std, x_hat, y = gamma · x_hat and dx."""

    mean: float
    std: float
    x_hat: list[float]
    y: list[float]
    dx: list[float]


def add(values: Iterable[float]) -> float:
    """Return the sum, added one by one from the left as in JavaScript; Python's own sum rounds less."""
    total = 0.0
    for value in values:
        total += value
    return total


def mean(values: list[float]) -> float:
    """Return the mean, added as in JavaScript."""
    return add(values) / len(values)


def two(v: float) -> str:
    """Return two decimals; two() in batchnorm.js."""
    return decimals(floor(v * 100 + 0.5) / 100)


def write_list(values: list[float]) -> str:
    """Return the numbers in parentheses."""
    return f"({', '.join(map(two, values))})"


@dataclass(frozen=True)
class BatchNormExplorer(Scene):
    """x, dy: of each sample, from −10 to 10.   sample: the chosen one.   hand: which of x and dy the keys change.

    gamma: the scale, a whole number.   eps: added to the variance, in the words of the picture.
    """

    x: tuple[float, ...] = (-3, 1, 2, 3.5, 5, 8)
    dy: tuple[float, ...] = (4, -2, 6, 0, -3, -6)
    sample: int = 5
    hand: str = "x"
    gamma: int = 1
    eps: str = "0"

    MODULE: ClassVar = "batchnorm.js"
    LABEL: ClassVar = "Batch normalisation: what happens to the others when one sample of a batch moves?"
    KEYS: ClassVar = (
        "Drag a bar of x or of dy. The arrow keys right and left choose a sample, up and down move its x; Space "
        "changes to dy and back."
    )
    CONTROLS: ClassVar = (
        *(Choice("hand", ("x", "dy"), "keys move"), Slider("gamma", -3, 3, "γ"), Choice("eps", tuple(EPS), "eps")),
    )
    SIZE: ClassVar = (7.5, 4.8)

    def settle(self) -> Self:
        """Return the state with numbers in range, and with a variance: std may not be 0."""
        x = [max(-HIGHEST, min(HIGHEST, v)) for v in self.x]
        dy = [max(-HIGHEST, min(HIGHEST, v)) for v in (*self.dy, *[0] * len(x))][: len(x)]
        if self.eps == "0" and all(v == x[0] for v in x):
            x[0] += STEP if x[0] < HIGHEST else -STEP
        return replace(self, x=tuple(x), dy=tuple(dy), sample=clip(self.sample, 0, len(x) - 1))

    def data(self) -> dict[str, Any]:
        """Return the batch as it is at first: the page marks where its bars were."""
        return {"x": list(self.x), "dy": list(self.dy)}

    def numbers(self) -> Numbers:
        """Return what the steps of the chapter compute from this batch."""
        middle = mean(list(self.x))
        centred = [v - middle for v in self.x]
        std = sqrt(mean([c * c for c in centred]) + EPS[self.eps])
        x_hat = [c / std for c in centred]
        d = [self.gamma * v for v in self.dy]
        first, second = mean(d), mean([v * h for v, h in zip(d, x_hat, strict=True)])
        dx = [(v - first - h * second) / std for v, h in zip(d, x_hat, strict=True)]
        return Numbers(middle, std, x_hat, [self.gamma * h for h in x_hat], dx)

    def caption(self) -> str:
        """Return the chosen sample, mean and std, and all outputs and gradients."""
        middle, std, x_hat, y, dx = self.numbers()
        along = add(v * h for v, h in zip(dx, x_hat, strict=True))
        return (
            f"Sample {self.sample} has x = {two(self.x[self.sample])} and dy = {two(self.dy[self.sample])}. "
            f"The batch has mean {two(middle)} and standard deviation {two(std)}. y = {write_list(y)}. "
            f"dx = {write_list(dx)}; its entries add up to {two(add(dx))}, and times x̂ to {two(along)}."
        )

    def draw(self, figure: Any) -> None:
        """Draw four panels of bars: x and y above, dy and dx below."""
        middle, std, _, y, dx = self.numbers()
        panels = figure.subplots(2, 2)
        lot = (
            ("x", self.x, HIGHEST),
            ("y = γ x̂", y, 2.4 * max(1, abs(self.gamma))),
            ("dy", self.dy, HIGHEST),
            ("dx", dx, 3),
        )
        for axes, (name, values, most) in zip(panels.flat, lot, strict=True):
            fills = {"x": paper.SKY, "y": paper.GREEN}
            colours = [fills.get(name[0], paper.PURPLE if v < 0 else paper.PINK) for v in values]
            edges = [2.5 if i == self.sample else 0.8 for i in range(len(values))]
            axes.bar(range(len(values)), values, color=colours, edgecolor=paper.INK, linewidth=edges)
            for i, v in enumerate(values):
                shown, side = max(-most, min(most, v)), "bottom" if v >= 0 else "top"
                axes.text(i, shown, two(v), ha="center", va=side, fontsize=paper.SMALLEST)
            axes.axhline(0, color=paper.INK, linewidth=0.6)
            axes.set_title(name, fontsize=10, loc="left")
            axes.set(ylim=(-1.35 * most, 1.35 * most), xticks=range(len(values)))
            axes.tick_params(labelsize=paper.SMALLEST)
        panels[0, 0].axhspan(middle - std, middle + std, color=paper.SKY, alpha=0.15)
        panels[0, 0].axhline(middle, color=paper.INK, linewidth=1, linestyle="--")


def batch_explorer(**state: Any) -> Any:
    """Show one feature of a batch under batch normalisation: one sample moves, and all others follow (chapter 13).

    Args:
        **state: x and dy, each a list of 2 to 6 numbers from −10 to 10; sample, from 0, the chosen one; hand, "x" or
            "dy", which of the two the keys move; gamma, from −3 to 3; eps, "0", "1" or "10".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import batch_explorer
        >>> print(batch_explorer(x=[1, 3, 3, 9], dy=[-1, 0, 2, 7], sample=1, gamma=3, eps="0"))
        Batch normalisation: ... dx = (0.00, −1.00, 1.00, 0.00); its entries add up to 0.00, and times x̂ to 0.00.
    """
    return show_scene(BatchNormExplorer(**state))
