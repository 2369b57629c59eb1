"""Chapter 8: which cells of x an output uses, which outputs use a cell of x, and with which weight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, Slider, clip, whole


@dataclass(frozen=True)
class ConvExplorer(Scene):
    """row, column: of the cell that is chosen; in x they count from the image's corner, so that padding is below 0."""

    input: int = 6
    kernel: int = 3
    stride: int = 2
    padding: int = 1
    dilation: int = 1
    direction: str = "forward"
    grid: str = "x"
    row: int = 3
    column: int = 3

    MODULE: ClassVar = "explorer.js"
    LABEL: ClassVar = "Convolution explorer: which outputs use a cell of x, and with which weight?"
    KEYS: ClassVar = (
        "Click a cell, or move with the arrow keys; Space changes between x and y. A number in x counts the uses of "
        "a cell; two bold digits are the row and column of the weight that is used; dashed cells are padding."
    )
    CONTROLS: ClassVar = (
        *(Slider("input", 1, 9), Slider("kernel", 1, 5), Slider("stride", 1, 3)),
        *(Slider("padding", 0, 3), Slider("dilation", 1, 3), Choice("direction", ("forward", "backward"))),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.grid not in ("x", "y"):
            raise ValueError(f"grid is {self.grid!r}; 'x' or 'y' is needed")

    @property
    def outputs(self) -> int:
        """Return rows of y, and columns."""
        span = self.dilation * (self.kernel - 1) + 1
        return max(0, (self.input + 2 * self.padding - span) // self.stride + 1)

    def settle(self) -> Self:
        """Return the state with the chosen cell inside its grid."""
        grid = self.grid if self.outputs else "x"
        least, most = (0, self.outputs - 1) if grid == "y" else (-self.padding, self.input + self.padding - 1)
        return replace(self, grid=grid, row=clip(self.row, least, most), column=clip(self.column, least, most))

    def find_input(self, output: int, tap: int) -> int:
        """Return the row of x that meets row `tap` of the kernel in row `output` of y; columns go by the same rule."""
        return self.stride * output + self.dilation * tap - self.padding

    def uses(self, row: int) -> list[tuple[int, int]]:
        """Return (output, tap) of every use of a row of x."""
        found = product(range(self.outputs), range(self.kernel))
        return [(i, u) for i, u in found if self.find_input(i, u) == row]

    def list_chosen_uses(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Return every use that the chosen cell has part in: (i, u) and (j, v)."""
        if self.grid == "x":
            return list(product(self.uses(self.row), self.uses(self.column)))
        taps = range(self.kernel)
        return [((self.row, u), (self.column, v)) for u, v in product(taps, taps)]

    def outside(self, row: int, column: int) -> bool:
        """Return whether a cell is padding."""
        return not (0 <= row < self.input and 0 <= column < self.input)

    def caption(self) -> str:
        """Return the output size, and the uses of the chosen cell."""
        n, k, s, p, d = self.input, self.kernel, self.stride, self.padding, self.dilation
        if not self.outputs:
            return (
                f"The kernel spans {d * (k - 1) + 1} rows and the padded image has {n + 2 * p}: "
                "no window fits, and there is no output."
            )
        size = f"Output rows: ⌊({n} + 2·{p} − {d}·({k} − 1) − 1)/{s}⌋ + 1 = {self.outputs}. "
        return size + (self._describe_output() if self.grid == "y" else self._describe_input())

    def _describe_output(self) -> str:
        name = f"y[{self.row}, {self.column}]"
        rows, columns = ([self.find_input(i, u) for u in range(self.kernel)] for i in (self.row, self.column))
        lost = sum(self.outside(a, e) for a, e in product(rows, columns))
        where = f"rows {', '.join(map(whole, rows))} and columns {', '.join(map(whole, columns))}"
        if self.direction == "forward":
            return (
                f"{name} is the sum of {self.kernel**2} products of a weight and a cell of x, from {where}. "
                f"{lost} of these cells are padding, with the value 0."
            )
        return (
            f"d{name} times the weight is added to {self.kernel**2} cells of the padded dx, in {where}. "
            f"{lost} of these cells are padding, and are cropped away."
        )

    def _describe_input(self) -> str:
        name, found, back = (
            f"x[{whole(self.row)}, {whole(self.column)}]",
            self.list_chosen_uses(),
            self.direction == "backward",
        )
        end = ", cropped away in the end" if back else ", with the value 0"
        place = f"{name} is padding{end}. " if self.outside(self.row, self.column) else ""
        if not found:
            return f"{place}No output uses {name}: d{name} = 0."
        if back:
            terms = [f"dy[{i}, {j}]·w[{u}, {v}]" for (i, u), (j, v) in found[:9]]
            more = f" + … ({len(found)} products)" if len(found) > 9 else ""
            return f"{place}d{name} = {' + '.join(terms)}{more}: one product for every output that used {name}."
        terms = [f"y[{i}, {j}] with w[{u}, {v}]" for (i, u), (j, v) in found[:9]]
        more = f" and {len(found) - 9} more" if len(found) > 9 else ""
        times = "once" if len(found) == 1 else f"{len(found)} times"
        return f"{place}{name} is used {times}, by {', '.join(terms)}{more}."

    def draw(self, figure: Any) -> None:
        """Draw x, w and y beside each other, with the uses of the chosen cell."""
        back, wide, high = self.direction == "backward", self.input + 2 * self.padding, self.outputs
        label = {"x": {}, "y": {}, "w": {}}
        for (i, u), (j, v) in self.list_chosen_uses():
            label["w"][u, v] = label["x" if self.grid == "y" else "y"][
                (self.find_input(i, u), self.find_input(j, v)) if self.grid == "y" else (i, j)
            ] = f"{u}{v}"
        count = [len(self.uses(a - self.padding)) for a in range(wide)]
        axes = paper.axes(figure, 1 + wide + self.kernel + high + 4.5, max(wide, high, self.kernel) + 1.6)
        name = "d" if back else ""
        padded = f", padded {wide}×{wide}" if self.padding else ""
        paper.words(axes, 1, 0.5, f"{name}x {self.input}×{self.input}{padded}")
        paper.numbers(axes, 1, 1.5, range(-self.padding, self.input + self.padding))
        for r, c in product(range(wide), range(wide)):
            cell = r - self.padding, c - self.padding
            used, own = cell in label["x"], self.grid == "x" and cell == (self.row, self.column)
            fill, dash = (None, "--") if self.outside(*cell) else (paper.PINK if back else paper.SKY, "-")
            text = label["x"].get(cell, str(count[r] * count[c]))
            frame = paper.INK if own else paper.ORANGE if used else None
            paper.cell(axes, 1 + c, r + 1.5, text, fill, dash, bold=used, frame=frame)
        left = wide + 2.5
        paper.words(axes, left, 0.5, f"w {self.kernel}×{self.kernel}")
        for u, v in product(range(self.kernel), range(self.kernel)):
            used = (u, v) in label["w"]
            paper.cell(
                axes, left + v, u + 1.5, f"{u}{v}", paper.ORANGE, bold=used, frame=paper.ORANGE if used else None
            )
        left += self.kernel + 2
        paper.words(axes, left, 0.5, f"{name}y {high}×{high}" if high else "no window fits")
        paper.numbers(axes, left, 1.5, range(high))
        for cell in product(range(high), range(high)):
            own, used = self.grid == "y" and cell == (self.row, self.column), cell in label["y"]
            frame = paper.INK if own else paper.BLUE if used else None
            paper.cell(
                axes, left + cell[1], cell[0] + 1.5, label["y"].get(cell, ""), paper.GREEN, bold=used, frame=frame
            )
