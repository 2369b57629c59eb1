"""Chapter 8: which cells of x an output uses, which outputs use a cell of x, and the products that add up.

The numbers are whole, so that every shown sum is exact: x is a digit's pixels from 0 to 9, w a kernel of a trained
LeNet in hundredths, and dy a gradient of the same network in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, ClassVar, NamedTuple, Self

from cnnlab.widgets import lenet_numbers, paper
from cnnlab.widgets.ledger import digit
from cnnlab.widgets.scene import Choice, Scene, Slider, clip, decimals, whole
from cnnlab.widgets.show_scene import show_scene

LARGEST_INPUT, LARGEST_KERNEL = 9, 5


@cache
def pixels() -> list[list[int]]:
    """Return the part of the digit that is shown, 9×9 pixels from 0 to 9."""
    row, column = lenet_numbers.patch_corner()
    return [line[column : column + LARGEST_INPUT] for line in digit()[row : row + LARGEST_INPUT]]


class Term(NamedTuple):
    """One product: the cell of x, the weight and the output that meet in it, and what is multiplied.

    unit: 1, or 100 where the product is in hundredths.   words: the two factors.   lost: whether the cell is padding.
    """

    cell: tuple[int, int]
    tap: tuple[int, int]
    output: tuple[int, int]
    product: int
    unit: int
    words: str
    lost: bool


@dataclass(frozen=True)
class ConvExplorer(Scene):
    """row, column: of the cell that is chosen; in x they count from the image's corner, so that padding is below 0.

    grid: the grid that it is in, "x", "w" or "y".   shows: the values, or how often each cell is used.
    """

    input: int = 6
    kernel: int = 3
    stride: int = 2
    padding: int = 1
    dilation: int = 1
    direction: str = "forward"
    grid: str = "x"
    row: int = 3
    column: int = 3
    shows: str = "values"

    MODULE: ClassVar = "explorer.js"
    LABEL: ClassVar = "Convolution explorer: which cells and weights meet, and which products add up?"
    KEYS: ClassVar = (
        "Click a cell of x, w or y, or move with the arrow keys; Space goes from x to y to w. x is part of a digit, "
        "w a kernel of a trained LeNet, dy one of its gradients in whole numbers; dashed cells are padding."
    )
    CONTROLS: ClassVar = (
        Choice("direction", ("forward", "backward")),
        *(Slider("input", 1, LARGEST_INPUT), Slider("kernel", 1, LARGEST_KERNEL), Slider("stride", 1, 3)),
        *(Slider("padding", 0, 3), Slider("dilation", 1, 3), Choice("shows", ("values", "counts"))),
    )
    SIZE: ClassVar = (9.5, 4.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.grid not in ("x", "w", "y"):
            raise ValueError(f"grid is {self.grid!r}; 'x', 'w' or 'y' is needed")

    @property
    def outputs(self) -> int:
        """Return rows of y, and columns."""
        span = self.dilation * (self.kernel - 1) + 1
        return max(0, (self.input + 2 * self.padding - span) // self.stride + 1)

    @property
    def backward(self) -> bool:
        """Return whether gradients are shown."""
        return self.direction == "backward"

    def data(self) -> dict[str, Any]:
        """Return the numbers of x, w and dy."""
        return {"x": pixels(), "w": lenet_numbers.kernel(), "dy": lenet_numbers.gradient()}

    def settle(self) -> Self:
        """Return the state with the chosen cell inside its grid."""
        grid = self.grid if self.outputs else "x"
        ranges = {"x": (-self.padding, self.input + self.padding - 1), "w": (0, self.kernel - 1)}
        least, most = ranges.get(grid, (0, self.outputs - 1))
        return replace(self, grid=grid, row=clip(self.row, least, most), column=clip(self.column, least, most))

    def find_input(self, output: int, tap: int) -> int:
        """Return the row of x that meets row `tap` of the kernel in row `output` of y; columns go by the same rule."""
        return self.stride * output + self.dilation * tap - self.padding

    def uses(self, row: int) -> list[tuple[int, int]]:
        """Return (output, tap) of every use of a row of x."""
        found = product(range(self.outputs), range(self.kernel))
        return [(i, u) for i, u in found if self.find_input(i, u) == row]

    def outside(self, row: int, column: int) -> bool:
        """Return whether a cell is padding."""
        return not (0 <= row < self.input and 0 <= column < self.input)

    def pixel(self, row: int, column: int) -> int:
        """Return one cell of x, with the padding around it."""
        return 0 if self.outside(row, column) else pixels()[row][column]

    def weight(self, u: int, v: int) -> int:
        """Return one weight, in hundredths: a smaller kernel is the middle of the largest."""
        start = (LARGEST_KERNEL - self.kernel) // 2
        return lenet_numbers.kernel()[u + start][v + start]

    def upstream(self, i: int, j: int) -> int:
        """Return one cell of dy; beyond the stored ones it begins again."""
        stored = lenet_numbers.gradient()
        return stored[i % len(stored)][j % len(stored)]

    def terms(self, grid: str, row: int, column: int) -> list[Term]:
        """Return every product that a cell of a grid has part in."""
        taps, outputs = range(self.kernel), range(self.outputs)
        if grid == "x":
            found = product(self.uses(row), self.uses(column))
        elif grid == "y":
            found = (((row, u), (column, v)) for u, v in product(taps, taps))
        else:
            found = (((i, row), (j, column)) for i, j in product(outputs, outputs))
        return [self._multiply(*use, grid) for use in found]

    def _multiply(self, rows: tuple[int, int], columns: tuple[int, int], grid: str) -> Term:
        (i, u), (j, v) = rows, columns
        cell = self.find_input(i, u), self.find_input(j, v)
        first, second, unit = self.pixel(*cell), self.weight(u, v), 100
        if self.backward and grid == "w":
            second, unit = self.upstream(i, j), 1
        elif self.backward:
            first = self.upstream(i, j)
        words = "·".join(_bracket(n, w) for n, w in ((first, whole(first)), (second, write(second, unit))))
        return Term(cell, (u, v), (i, j), first * second, unit, words, self.outside(*cell))

    def total(self, grid: str, row: int, column: int) -> int:
        """Return what the products of a cell add up to."""
        return sum(term.product for term in self.terms(grid, row, column))

    def value(self, grid: str, row: int, column: int) -> str:
        """Return what a cell of a grid holds, in words: going backward, x and w hold gradients."""
        if self.shows == "counts":
            return str(self.count(grid, row, column))
        if grid == "x" and (not self.backward or self.grid == "w"):
            return whole(self.pixel(row, column))
        if grid == "w" and not (self.backward and self.grid == "w"):
            return write(self.weight(row, column), 100)
        if grid == "y" and self.backward:
            return whole(self.upstream(row, column))
        return write(self.total(grid, row, column), 1 if grid == "w" else 100)

    def count(self, grid: str, row: int, column: int) -> int:
        """Return how often a cell of x is used, or how many of a weight's or an output's cells are no padding."""
        return sum(grid == "x" or not term.lost for term in self.terms(grid, row, column))

    def caption(self) -> str:
        """Return the output size, and the products of the chosen cell."""
        n, k, s, p, d = self.input, self.kernel, self.stride, self.padding, self.dilation
        if not self.outputs:
            return (
                f"The kernel spans {d * (k - 1) + 1} rows and the padded image has {n + 2 * p}: "
                "no window fits, and there is no output."
            )
        size = f"Output rows: ⌊({n} + 2·{p} − {d}·({k} − 1) − 1)/{s}⌋ + 1 = {self.outputs}. "
        describe = {"x": self._describe_input, "w": self._describe_weight, "y": self._describe_output}[self.grid]
        return size + (self._describe_count() if self.shows == "counts" else describe())

    def _describe_output(self) -> str:
        found, name = self.terms("y", self.row, self.column), f"y{_place((self.row, self.column))}"
        where = f"{_span('row', (t.cell[0] for t in found))} and {_span('column', (t.cell[1] for t in found))}"
        lost, total = sum(t.lost for t in found), sum(t.product for t in found)
        cells = _count(len(found), "cell")
        if not self.backward:
            return (
                f"{name} = {_add(found, lambda t: t.words)} = {write(total, 100)}: {_count(len(found), 'product')} of "
                f"a cell of x and a weight. It uses {cells}, in {where}."
                f"{_say_lost(lost, len(found), 'with the value 0')}"
            )
        return (
            f"d{name} = {whole(self.upstream(self.row, self.column))} times a weight is added to {cells} of dx, "
            f"in {where}.{_say_lost(lost, len(found), 'and cropped away')}"
        )

    def _describe_input(self) -> str:
        found, name = self.terms("x", self.row, self.column), f"x{_place((self.row, self.column))}"
        end = ", and what arrives there is cropped away" if self.backward else ", with the value 0"
        start = f"{name} is padding{end}. " if self.outside(self.row, self.column) else ""
        if not found:
            return f"{start}No output uses {name}{f': d{name} = 0' if self.backward else ''}."
        if self.backward:
            return (
                f"{start}d{name} = {_add(found, lambda t: t.words)} = {write(sum(t.product for t in found), 100)}: "
                f"{_count(len(found), 'product')}, one for every output that used {name}."
            )
        more = f" and {len(found) - 9} more" if len(found) > 9 else ""
        used = ", ".join(f"{t.words} in y{_place(t.output)}" for t in found[:9])
        return f"{start}{name} = {self.pixel(self.row, self.column)} is used {_times(len(found))}: {used}{more}."

    def _describe_weight(self) -> str:
        found, name = self.terms("w", self.row, self.column), f"w{_place((self.row, self.column))}"
        rows, columns = _span("row", (t.cell[0] for t in found)), _span("column", (t.cell[1] for t in found))
        met = f"{_count(len(found), 'cell')} of x, in {rows} and {columns}"
        holes = f" Between them are holes, since the stride is {self.stride}."
        end = (holes if self.stride > 1 and len(found) > 1 else "") + _say_lost(
            sum(t.lost for t in found), len(found), "with the value 0"
        )
        if not self.backward:
            return f"{name} = {write(self.weight(self.row, self.column), 100)} meets {met}: one in every window.{end}"
        return (
            f"d{name} = {_add(found, lambda t: t.words)} = {whole(sum(t.product for t in found))}: "
            f"{_count(len(found), 'product')} of a cell that {name} met and the gradient of that output. "
            f"It met {met}.{end}"
        )

    def _describe_count(self) -> str:
        found, name = self.terms(self.grid, self.row, self.column), f"{self.grid}{_place((self.row, self.column))}"
        n = self.count(self.grid, self.row, self.column)
        if self.grid == "x":
            padding = f"{name} is padding. " if self.outside(self.row, self.column) else ""
            more = f" and {len(found) - 9} more" if len(found) > 9 else ""
            used = ", ".join(f"y{_place(t.output)} with w{_place(t.tap)}" for t in found[:9])
            return padding + (f"{name} is used {_times(n)}, by {used}{more}." if found else f"No output uses {name}.")
        cells = f"{_count(n, 'cell')} of x" + (f", and {len(found) - n} of padding" if len(found) > n else "")
        if self.grid == "w":
            return f"{name} meets {cells}: one cell in each of the {self.outputs**2} windows."
        return f"{name} uses {cells}: one for each of the {self.kernel**2} weights."

    def draw(self, figure: Any) -> None:
        """Draw x, w and y beside each other, with the cells that meet the chosen one."""
        wide, high, of_weight = self.input + 2 * self.padding, self.outputs, self.backward and self.grid == "w"
        found = self.terms(self.grid, self.row, self.column)
        partners = {"x": {t.cell for t in found}, "w": {t.tap for t in found}, "y": {t.output for t in found}}
        partners[self.grid] = {(self.row, self.column)}
        back = self.backward and self.shows == "values"
        gradients = {"x": back and not of_weight, "w": back and of_weight, "y": back}
        plane = paper.axes(figure, 5 + wide + self.kernel + high, max(wide, high, self.kernel) + 1.6)
        left = 1.0
        for grid, rows, first in (("x", wide, -self.padding), ("w", self.kernel, 0), ("y", high, 0)):
            name, n = ("d" if gradients[grid] else "") + grid, self.input if grid == "x" else rows
            padded = f", padded {wide}×{wide}" if grid == "x" and self.padding else ""
            paper.words(plane, left, 0.4, f"{name} {n}×{n}{padded}" if rows else "no window fits")
            paper.numbers(plane, left, 1.5, range(first, first + rows))
            for r, c in product(range(first, first + rows), repeat=2):
                used, padding = (r, c) in partners[grid], grid == "x" and self.outside(r, c)
                text = self.value(grid, r, c)
                signed = paper.PURPLE if text.startswith("−") else paper.PINK
                fill = signed if gradients[grid] else {"x": paper.SKY, "w": paper.ORANGE, "y": paper.GREEN}[grid]
                frame = (paper.INK if grid == self.grid else fill) if used else None
                paper.cell(
                    plane,
                    left + c - first,
                    r - first + 1.5,
                    text if len(text) < 4 or wide + high < 13 else "",
                    None if padding else fill,
                    "--" if padding else "-",
                    bold=used,
                    frame=frame,
                    alpha=0.5 if used else 0.2,
                )
            left += rows + 1.7


def write(value: int, unit: int) -> str:
    """Return a number that is whole or in hundredths, in words."""
    return whole(value) if unit == 1 else decimals(value / 100)


def _bracket(value: int, words: str) -> str:
    return f"({words})" if value < 0 else words


def _span(word: str, numbers: Iterable[int]) -> str:
    """Return "row 2", "rows 1, 3" or, of neighbours, "rows −1 to 4"."""
    found = sorted(set(numbers))
    if len(found) == 1:
        return f"{word} {whole(found[0])}"
    if len(found) > 3 and found[-1] - found[0] == len(found) - 1:
        return f"{word}s {whole(found[0])} to {whole(found[-1])}"
    return f"{word}s {', '.join(map(whole, found))}"


def _place(cell: tuple[int, int]) -> str:
    return f"[{whole(cell[0])}, {whole(cell[1])}]"


def _count(n: int, what: str) -> str:
    return f"one {what}" if n == 1 else f"{n} {what}s"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"


def _add(found: list[Term], word: Callable[[Term], str]) -> str:
    more = f" + {len(found) - 9} more" if len(found) > 9 else ""
    return " + ".join(word(term) for term in found[:9]) + more


def _say_lost(lost: int, cells: int, what: str) -> str:
    if not lost:
        return ""
    if lost == cells:
        return f" {'The cell is' if cells == 1 else 'All of the cells are'} padding, {what}."
    return f" {lost} of the cells {'is' if lost == 1 else 'are'} padding, {what}."


def conv_explorer(**state: Any) -> Any:
    """Show which products add up in a convolution: to an output, and to the gradients of x and w (chapter 8).

    Args:
        **state: input (1 to 9), kernel (1 to 5), stride (1 to 3), padding (0 to 3), dilation (1 to 3), in cells;
            direction, "forward" or "backward"; grid, "x", "w" or "y", with the row and column of the chosen cell in
            it; shows, "values" or "counts".

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import conv_explorer
        >>> print(conv_explorer(input=4, kernel=2, stride=1, padding=0, grid="y", row=0, column=0))
        Convolution explorer: which cells and weights meet, and which products add up? ...
    """
    return show_scene(ConvExplorer(**state))
