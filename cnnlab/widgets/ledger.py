"""Chapter 1: LeNet's shapes and parameters, line by line, and the part of the image that a cell depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np

from cnnlab import data
from cnnlab.widgets import lenet_numbers, paper
from cnnlab.widgets.scene import Scene, Slider, clip
from cnnlab.widgets.show_scene import show_scene

IMAGE = 32


@cache
def ledger() -> list[dict[str, Any]]:
    """Return one line per layer: name, shape, how the shape is computed, parameters; rows of its map, receptive field.

    Cell i of a map depends on rows start + jump·i to start + jump·i + field − 1 of the image.
    """
    lines = [_line("image", 1, IMAGE, "Each pixel is a cell of its own", "", 0, (1, 1, 0))]
    channels, rows, (field, jump, start) = 1, IMAGE, (1, 1, 0)
    for name, kernel, stride, filters in (
        ("conv1", 5, 1, 6),
        ("pool1", 2, 2, 0),
        ("conv2", 5, 1, 16),
        ("pool2", 2, 2, 0),
    ):
        after = (rows - kernel) // stride + 1
        field, jump = field + (kernel - 1) * jump, jump * stride
        how = f"Rows: ({rows} − {kernel})/{stride} + 1 = {after}"
        parameters = filters * channels * kernel**2 + filters
        account = f"{filters}·{channels}·{kernel}·{kernel} weights and {filters} biases" if filters else ""
        channels, rows = filters or channels, after
        lines.append(_line(name, channels, rows, how, account, parameters, (field, jump, start)))
    units = channels * rows**2
    lines.append(_line("flatten", units, 0, f"The same numbers in a row: {channels}·{rows}·{rows} = {units}", "", 0))
    for name, after in (("fc1", 120), ("fc2", 84), ("fc3", 10)):
        account = f"{after}·{units} weights and {after} biases"
        lines.append(_line(name, after, 0, f"{after} sums over all {units} numbers", account, units * after + after))
        units = after
    return lines


def _line(name, channels, rows, how, account, parameters, field=(IMAGE, 0, 0)) -> dict[str, Any]:
    shape = f"{channels}×{rows}×{rows}" if rows else str(channels)
    found = {"name": name, "shape": shape, "rows": rows, "how": how, "account": account, "parameters": parameters}
    return {**found, **dict(zip(("field", "jump", "start"), field, strict=True))}


@cache
def digit() -> list[list[int]]:
    """Return an image to look at, pixels from 0 to 9."""
    pixels = data.digits().test.x[lenet_numbers.image_number(), 0]
    low, high = float(pixels.min()), float(pixels.max())
    return [[round(9 * (float(p) - low) / (high - low)) for p in row] for row in pixels]


def read_class() -> int:
    """Return the class that the network reads in the image."""
    return lenet_numbers.logits().index(max(lenet_numbers.logits()))


@dataclass(frozen=True)
class ShapeLedger(Scene):
    """layer: line of the ledger, from 0, the image.   row, column: of the cell that is chosen in the layer's map."""

    layer: int = 3
    row: int = 4
    column: int = 5

    MODULE: ClassVar = "ledger.js"
    LABEL: ClassVar = "Shape ledger of LeNet: where do a shape and its parameters come from, and what does a cell see?"
    KEYS: ClassVar = (
        "Click a line, or a cell of a map or of the image. The arrow keys move the cell; "
        "Space goes on to the next layer."
    )
    CONTROLS: ClassVar = (Slider("layer", 0, 8),)
    SIZE: ClassVar = (9.5, 3.2)

    def settle(self) -> Self:
        """Return the state with the chosen cell inside its map."""
        most = max(0, ledger()[self.layer]["rows"] - 1)
        return replace(self, row=clip(self.row, 0, most), column=clip(self.column, 0, most))

    def data(self) -> dict[str, Any]:
        """Return the ledger, an image, what each layer makes of it, and the class that the network reads in it."""
        names = [line["name"] for line in ledger()[1:-1]]
        maps = {name: lenet_numbers.levels(name)[0] for name in names}
        return {
            "lines": ledger(),
            "image": digit(),
            "maps": {**maps, "fc3": []},
            "logits": lenet_numbers.logits(),
            "read": read_class(),
        }

    def find_receptive_field(self) -> tuple[int, int, int]:
        """Return first row, first column and size of the part of the image that the chosen cell depends on."""
        line = ledger()[self.layer]
        top, left = (line["start"] + line["jump"] * i for i in (self.row, self.column))
        return top, left, line["field"]

    def caption(self) -> str:
        """Return the line in words, and the cell's receptive field."""
        line, (top, left, size) = ledger()[self.layer], self.find_receptive_field()
        parameters = f"{line['account']}, {line['parameters']:,} parameters" if line["parameters"] else "no parameters"
        said = f"{line['name']} gives {line['shape']}, with {parameters}. {line['how']}. "
        if line["name"] == "fc3":
            read = read_class()
            return said + f"The largest of the ten numbers belongs to class {read}: the network reads a {read}."
        if not line["rows"]:
            return said + "Each of its numbers depends on the whole image."
        if not self.layer:
            return said + f"Pixel [{self.row}, {self.column}] is chosen."
        rows, columns = f"rows {top} to {top + size - 1}", f"columns {left} to {left + size - 1}"
        return said + (
            f"Cell [{self.row}, {self.column}] of each map depends on {rows} and {columns} of the image, "
            f"{size}×{size} pixels; its neighbour's field begins {line['jump']} further."
        )

    def draw(self, figure: Any) -> None:
        """Draw the ledger, and the image with the receptive field of the chosen cell."""
        lines, (top, left, size) = ledger(), self.find_receptive_field()
        table, image, maps = figure.subplots(1, 3, width_ratios=(1.5, 1, 1))
        table.set(xlim=(0, 10), ylim=(len(lines) + 1.2, 0))
        table.set_axis_off()
        for k, line in enumerate(lines):
            weight: dict[str, Any] = {"fontweight": "bold"} if k == self.layer else {}
            paper.words(table, 0.2, k + 0.6, ("▸ " if k == self.layer else "   ") + line["name"], **weight)
            paper.words(table, 3.6, k + 0.6, line["shape"], **weight)
            paper.words(table, 9.6, k + 0.6, f"{line['parameters']:,}", align="right", **weight)
        total = f"together {sum(line['parameters'] for line in lines):,}"
        paper.words(table, 9.6, len(lines) + 0.6, total, align="right")
        image.imshow(digit(), cmap=paper.fade(paper.SKY), vmin=0, vmax=9)
        paper.frame(image, left - 0.5, top - 0.5, size, size)
        image.set(xlabel="the image, 32×32", xticks=(0, 31), yticks=(0, 31))
        maps.set_axis_off()
        if lines[self.layer]["rows"] and self.layer:
            shown = np.array(lenet_numbers.levels(lines[self.layer]["name"])[0])[0]
            maps.imshow(shown, cmap=paper.fade(paper.GREEN), vmin=0, vmax=99)
            paper.frame(maps, -0.5, -0.5, len(shown), len(shown))
            paper.frame(maps, self.column - 0.5, self.row - 0.5, 1, 1)
            maps.set_title(f"the first map of {lines[self.layer]['name']}", fontsize=9)


def shape_ledger(**state: Any) -> Any:
    """Show LeNet's shapes and parameters layer by layer, and the part of the image that a cell depends on (chapter 1).

    Args:
        **state: layer, from 0, the image, to 8, fc3; row and column of the chosen cell in the layer's map.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import shape_ledger
        >>> print(shape_ledger(layer=1))
        Shape ledger of LeNet: ... conv1 gives 6×28×28, ...
    """
    return show_scene(ShapeLedger(**state))
