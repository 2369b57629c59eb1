"""Chapters 0, 10 and 11: one digit through a trained LeNet, and the gradient of one cell of x on its way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from cnnlab.widgets import trained_lenet
from cnnlab.widgets.scene import Choice, Scene, Slider, number
from cnnlab.widgets.show_scene import show_scene
from cnnlab.widgets.trained_lenet import GEARS
from cnnlab.widgets.wayhome_still import draw_rows

BRIGHTER = 0.01

#: The columns of the picture from the loss back to x: the number of the step, and the gradient that it gives.
WAY = ("logits", "fc2", "fc1", "pool2", "conv2", "pool1", "conv1", "x")

#: step -> why nothing comes further back, for the cells that x reaches
DEAD_ENDS = {
    3: "step 3, pool2: no cell that it reaches won its window",
    4: "step 4, relu2 and conv2: every unit that it reaches is shut",
    5: "step 5, pool1: no cell that it reaches won its window",
    6: "step 6, relu1 and conv1: every unit that it reaches is shut",
}


def write_change(before: float, after: float) -> tuple[str, str, str]:
    """Return a number, a later one and their difference, with 5 decimals or as many as make the difference right."""
    digits, shown = 4, ("", "", "")
    while digits < 12:
        digits += 1
        shown = tuple(f"{x:.{digits}f}" for x in (before, after, after - before))
        first, last, change = (int(text.replace(".", "")) for text in shown)
        if last - first == change and abs(change) >= 10:
            break
    first, last, change = (text.replace("-", "−") for text in shown)
    return first, last, change.removeprefix("−")


def reach(row: int, column: int) -> dict[str, tuple[slice, slice]]:
    """Return the rows and columns of each layer's maps that depend on x[row, column]."""
    ways = []
    for k in (row, column):
        conv1 = (max(0, k - 4), min(27, k))
        pool1 = (conv1[0] // 2, conv1[1] // 2)
        conv2 = (max(0, pool1[0] - 4), min(9, pool1[1]))
        pool2 = (conv2[0] // 2, conv2[1] // 2)
        ways.append({"conv1": conv1, "pool1": pool1, "conv2": conv2, "pool2": pool2})
    down, right = ways
    return {n: (slice(down[n][0], down[n][1] + 1), slice(right[n][0], right[n][1] + 1)) for n in down}


@dataclass(frozen=True)
class WayHome(Scene):
    """digit: which image.   row, column: the chosen cell of x.   map: that of conv1 which is followed.

    gear, layer: what is spoiled and where, if spoiled is 1.   step: of the panel that is lit, from 1; 0 for none.
    """

    digit: int = 0
    row: int = 17
    column: int = 9
    map: int = 4
    gear: str = "= for +="
    layer: str = "conv1"
    spoiled: int = 0
    step: int = 0

    MODULE: ClassVar = "wayhome.js"
    STYLE: ClassVar = "wayhome.css"
    LABEL: ClassVar = "The way home: which way does the loss come back to one cell of x?"
    KEYS: ClassVar = (
        "The arrow keys move the cell, Page Up and Page Down choose the map that is followed, 1 to 7 the step, and "
        "Space spoils and repairs the gear. Drag over x, or click a map."
    )
    CONTROLS: ClassVar = (
        Slider("digit", 0, 13, "image"),
        Slider("row", 0, 31),
        Slider("column", 0, 31),
        Slider("map", 0, 5),
        Choice("gear", tuple(GEARS), "spoil a gear"),
        Choice("layer", ("conv1", "conv2", "relu1", "relu2", "relu3", "relu4"), "in"),
        Slider("spoiled", 0, 1),
        Slider("step", 0, 7),
    )
    SIZE: ClassVar = (8.6, 4.4)

    def settle(self) -> Self:
        """Return the state with a layer that has the gear."""
        layers = GEARS[self.gear]
        return self if self.layer in layers else replace(self, layer=layers["2" in self.layer])

    def data(self) -> dict[str, Any]:
        """Return weights and images."""
        return trained_lenet.load().pack_for_page()

    def runs(self) -> tuple[dict, dict, dict]:
        """Return the values, the right gradients, and those with the spoiled gear, each by the layer's name."""
        stored = trained_lenet.load()
        w, label = stored.weights(), int(stored.labels[self.digit])
        values = trained_lenet.run_forward(stored.image(self.digit), w)
        right = trained_lenet.run_backward(values, label, w)
        if not self.spoiled:
            return values, right, right
        return values, right, trained_lenet.run_backward(values, label, w, self.gear, self.layer)

    def try_brighter(self) -> tuple[float, float]:
        """Return the loss, and the loss with the chosen cell brighter by BRIGHTER."""
        stored = trained_lenet.load()
        w, label, x = stored.weights(), int(stored.labels[self.digit]), stored.image(self.digit)
        brighter = x.copy()
        brighter[self.row, self.column] += BRIGHTER
        return trained_lenet.find_loss(x, label, w), trained_lenet.find_loss(brighter, label, w)

    def caption(self) -> str:
        """Return what the network reads, the gradient of the cell and what comes of it, and what is spoiled."""
        values, right, shown = self.runs()
        label, answer = int(trained_lenet.load().labels[self.digit]), int(values["p"].argmax())
        cell, dx = f"[{self.row}, {self.column}]", float(right["x"][0, self.row, self.column])
        said = f"A handwritten {label}, and the network says {answer} (p = {values['p'][answer]:.2f}). "
        said += f"x{cell} = {values['x'][0, self.row, self.column]:.2f}; dx{cell} = {number(dx)}: "
        said += self._consequence(right, dx)
        if not self.spoiled:
            return said
        said += f" Spoiled, {self.gear} in {self.layer}: "
        if self.gear == "mean for sum":
            return said + "its db is wrong, and no map is; mistakes in db and dw do not travel."
        wrong = trained_lenet.find_wrong(shown["x"], right["x"]).sum()
        return (
            said
            + f"dx is wrong in {wrong:,} of 1,024 cells; here it says {number(shown['x'][0, self.row, self.column])}."
        )

    def _consequence(self, right: dict, dx: float) -> str:
        if dx == 0:
            return f"it has no way home. The gradient ends at {DEAD_ENDS[self.find_dead_end(right)]}."
        before, after, change = write_change(*self.try_brighter())
        verb = "raises" if dx > 0 else "lowers"
        return (
            f"brighter by 0.01, it {verb} the loss by {number(abs(dx) * BRIGHTER)}. "
            f"Tried: from {before} to {after}, by {change}."
        )

    def find_dead_end(self, right: dict) -> int:
        """Return the step after which no gradient is left in the cells that x reaches."""
        cone = reach(self.row, self.column)
        steps: Iterable = ((3, "relu2", "conv2"), (4, "pool1", "pool1"), (5, "relu1", "conv1"))
        return next((step for step, name, of in steps if not right[name][:, *cone[of]].any()), 6)

    def draw(self, figure: Any) -> None:
        """Draw the row of values and the row of gradients."""
        values, right, shown = self.runs()
        wrong = {n: trained_lenet.find_wrong(np.asarray(shown[n]), np.asarray(right[n])) for n in WAY}
        draw_rows(figure, values, shown, wrong, (self.row, self.column), self.map, reach(self.row, self.column))


def way_home(**state: Any) -> Any:
    """Show how a gradient comes back through a trained LeNet to one cell of x (chapters 0, 10 and 11).

    Args:
        **state: digit, which image (0 to 13; the first four are misread); row and column of the cell (0 to 31); map,
            of conv1, which is followed (0 to 5); gear and layer, what is spoiled and where, such as "= for +=" and
            "conv1", with spoiled=1; step, of the seven, which is lit, or 0.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import way_home
        >>> print(way_home(digit=2, row=16, column=14))
        The way home: ... A handwritten 8, and the network says 6 ...
    """
    return show_scene(WayHome(**state))
