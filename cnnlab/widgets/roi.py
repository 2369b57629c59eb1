"""Chapter 15: a box over a feature map; which cells it reads, by rounding or between cells, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import floor
from typing import Any, ClassVar, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, Slider, clip, decimals, number
from cnnlab.widgets.show_scene import show_scene

X = (
    (1, 5, 2, 0, 3, 1, 4),
    (4, 2, 8, 6, 1, 3, 0),
    (0, 7, 3, 9, 2, 5, 1),
    (6, 1, 4, 2, 5, 0, 2),
    (3, 0, 6, 1, 7, 4, 8),
    (2, 5, 1, 3, 0, 6, 2),
)
ROWS, COLUMNS = len(X), len(X[0])
DY = ((1, 2), (3, 4))
BINS = len(DY)

#: Places are counted in eighths of a cell, widths and heights in halves; a weight is then a whole number of 64ths.
PART, WHOLE = 8, 64

Cell = tuple[int, int]


def write_cell(value: int) -> str:
    """Return a number of 64ths with two decimals, or as a whole number; write() in roi.js."""
    return str(value // WHOLE) if value % WHOLE == 0 else decimals(floor(value * 100 / WHOLE + 0.5) / 100)


@dataclass(frozen=True)
class RoiExplorer(Scene):
    """left, top: of the box, in eighths of a cell; cell 0 has its middle at 0.   wide, high: in halves of a cell.

    row, column: of the chosen bin.
    """

    kind: str = "max pooling"
    left: int = 6
    top: int = 6
    wide: int = 4
    high: int = 4
    row: int = 0
    column: int = 0

    MODULE: ClassVar = "roi.js"
    LABEL: ClassVar = "A box over a feature map: which cells does it read, and what comes back to them?"
    SIZE: ClassVar = (9.5, 3.4)
    KEYS: ClassVar = (
        "Drag the box, or move it with the arrow keys, an eighth of a cell at a time; Space goes to the next bin, and "
        "a click on y or dy chooses one."
    )
    CONTROLS: ClassVar = (
        *(Choice("kind", ("max pooling", "align")), Slider("wide", 2, 8, "width"), Slider("high", 2, 8, "height")),
    )

    def settle(self) -> Self:
        """Return the state with the box on the map and the bin among the bins."""
        return replace(
            self,
            left=clip(self.left, 0, PART * (COLUMNS - 1) - 4 * self.wide),
            top=clip(self.top, 0, PART * (ROWS - 1) - 4 * self.high),
            row=clip(self.row, 0, BINS - 1),
            column=clip(self.column, 0, BINS - 1),
        )

    def data(self) -> dict[str, Any]:
        """Return the numbers of x and of dy."""
        return {"x": X, "dy": DY}

    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the first and the last row and column of the rounded box; halves are rounded up."""
        return (
            ((self.top + 4) // PART, (self.top + 4 * self.high + 4) // PART),
            ((self.left + 4) // PART, (self.left + 4 * self.wide + 4) // PART),
        )

    def bin_edges(self, i: int, j: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the first and the last row and column of a bin of the rounded box."""
        (top, bottom), (left, right) = self.ends()
        rows, columns = bottom - top + 1, right - left + 1
        return (
            (top + i * rows // BINS, top - (-(i + 1) * rows // BINS) - 1),
            (left + j * columns // BINS, left - (-(j + 1) * columns // BINS) - 1),
        )

    def winner(self, i: int, j: int) -> Cell:
        """Return the first cell in reading order that is the largest of its bin."""
        (top, bottom), (left, right) = self.bin_edges(i, j)
        cells = product(range(top, bottom + 1), range(left, right + 1))
        return max(cells, key=lambda cell: X[cell[0]][cell[1]])

    def point(self, i: int, j: int) -> tuple[int, int]:
        """Return the row and the column of a bin's point, in eighths of a cell."""
        return self.top + (2 * i + 1) * self.high, self.left + (2 * j + 1) * self.wide

    def weights(self, i: int, j: int) -> dict[Cell, int]:
        """Return the cells that a bin reads, in reading order, each with its weight in 64ths."""
        if self.kind == "max pooling":
            return {self.winner(i, j): WHOLE}
        (row, down), (column, right) = (divmod(place, PART) for place in self.point(i, j))
        return {
            (row + u, column + v): (down if u else PART - down) * (right if v else PART - right)
            for u, v in product((0, 1), repeat=2)
        }

    def value(self, i: int, j: int) -> int:
        """Return an entry of y, in 64ths."""
        return sum(weight * X[a][e] for (a, e), weight in self.weights(i, j).items())

    def gradient(self) -> dict[Cell, int]:
        """Return dx where it is not 0, in 64ths."""
        found: dict[Cell, int] = {}
        for i, j in product(range(BINS), repeat=2):
            for cell, weight in self.weights(i, j).items():
                found[cell] = found.get(cell, 0) + weight * DY[i][j]
        return {cell: value for cell, value in found.items() if value}

    def caption(self) -> str:
        """Return what becomes of the box, what the chosen bin reads and gives back, and what arrives in all."""
        (i, j), dx = (self.row, self.column), self.gradient()
        name, dy = f"[{i}, {j}]", DY[i][j]
        start = ", ".join(number(v / PART, 4) for v in (self.left, self.top))
        end = ", ".join(number(v / PART, 4) for v in (self.left + 4 * self.wide, self.top + 4 * self.high))
        cells = "one cell that is" if len(dx) == 1 else f"{len(dx)} cells that are"
        total = f"dx has {cells} not 0, and adds up to {number(sum(dx.values()) / WHOLE, 7)}."
        if self.kind == "max pooling":
            (top, bottom), (left, right) = self.ends()
            (first, last), (west, east) = self.bin_edges(i, j)
            a, e = self.winner(i, j)
            return (
                f"The box from ({start}) to ({end}) becomes the columns {left} to {right} and the rows {top} to "
                f"{bottom}. Bin {name} has the columns {west} to {east} and the rows {first} to {last}; its largest "
                f"cell, x[{a}, {e}] = {X[a][e]}, gets all of dy{name} = {dy}. {total}"
            )
        row, column = (number(v / PART, 4) for v in self.point(i, j))
        terms = " + ".join(f"{weight}·{X[a][e]}" for (a, e), weight in self.weights(i, j).items())
        return (
            f"The box from ({start}) to ({end}) stays as it is. Bin {name} reads the map at column {column}, row "
            f"{row}: ({terms})/64 = {number(self.value(i, j) / WHOLE, 7)}. The four cells get the same shares of "
            f"dy{name} = {dy}. {total}"
        )

    def draw(self, figure: Any) -> None:
        """Draw x with the box, y, dy and dx in a row."""
        plane, chosen, dx = paper.axes(figure, 24, ROWS + 1.6), (self.row, self.column), self.gradient()
        read = {cell for i, j in product(range(BINS), repeat=2) for cell in self.weights(i, j)}
        grids = (
            ("x", 1, ROWS, COLUMNS, paper.SKY, lambda a, e: str(X[a][e])),
            ("y", 9.6, BINS, BINS, paper.GREEN, lambda i, j: write_cell(self.value(i, j))),
            ("dy", 13, BINS, BINS, paper.PINK, lambda i, j: str(DY[i][j])),
            ("dx", 16.4, ROWS, COLUMNS, paper.PINK, lambda a, e: write_cell(dx.get((a, e), 0))),
        )
        for name, left, rows, columns, fill, text in grids:
            paper.words(plane, left, 0.5, name)
            for r, c in product(range(rows), range(columns)):
                own = (r, c) in self.weights(*chosen) if columns == COLUMNS else (r, c) == chosen
                bold = name == "x" and (r, c) in read
                faint = 0.08 if name == "dx" and (r, c) not in dx else 0.3
                frame = paper.INK if own else None
                paper.cell(plane, left + c, 1.2 + r, text(r, c), fill, bold=bold, frame=frame, alpha=faint)
        for left in (1, 16.4):
            place = left + self.left / PART + 0.5, 1.2 + self.top / PART + 0.5
            paper.frame(plane, *place, self.wide / 2, self.high / 2, paper.ORANGE)
        if self.kind == "align":
            for i, j in product(range(BINS), repeat=2):
                down, across = (v / PART + 0.5 for v in self.point(i, j))
                plane.plot([1 + across], [1.2 + down], "o", color=paper.INK, markersize=4)


def roi_explorer(**state: Any) -> Any:
    """Show a box over a feature map, under RoI max pooling or RoI align, with what comes back to the map (chapter 15).

    Args:
        **state: kind, "max pooling" or "align"; left and top of the box, in eighths of a cell; wide and high, from 2 to
            8, in halves of a cell; row and column, 0 or 1, of the chosen bin.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import roi_explorer
        >>> print(roi_explorer(kind="align"))
        A box over a feature map: ... (36·2 + 12·8 + 12·7 + 4·3)/64 = 4.125. ... adds up to 10.
    """
    return show_scene(RoiExplorer(**state))
