"""Chapter 14: which cells of x made a cell of y, which cells of y one of x reached, and what comes back from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from math import floor
from typing import Any, ClassVar, NamedTuple, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, clip, decimals, whole
from cnnlab.widgets.show_scene import show_scene

X = ((2, 6, 4, 1), (0, 5, 9, 3), (7, 1, 3, 8), (4, 2, 0, 6))
OLD, NEW = len(X), 2 * len(X)
NEAREST, BILINEAR, TRANSPOSED = MODES = ("nearest", "bilinear", "transposed convolution")

Cell = tuple[int, int]


class Axis(NamedTuple):
    """The weights of the four old cells in the eight new ones along one axis: whole numbers, over `below`."""

    weights: tuple[tuple[int, ...], ...]
    below: int


def upstream(i: int, j: int) -> int:
    """Return a fixed dy, small and without pattern to the eye."""
    return (5 * i + 3 * j) % 7 - 2


def weigh(mode: str, aligned: bool) -> Axis:
    """Return the weights of a mode."""
    rules: dict[str, tuple[Callable[[int, int], int], int]] = {
        NEAREST: (lambda i, a: int(i // 2 == a), 1),
        BILINEAR: (lambda i, a: max(0, 4 - abs(clip(2 * i - 1, 0, 4 * (OLD - 1)) - 4 * a)), 4),
        TRANSPOSED: (lambda i, a: (1, 3, 3, 1)[i + 1 - 2 * a] if 0 <= i + 1 - 2 * a < 4 else 0, 4),
    }
    rule, below = (lambda i, a: max(0, 7 - abs(3 * i - 7 * a)), 7) if aligned else rules[mode]
    return Axis(tuple(tuple(rule(i, a) for a in range(OLD)) for i in range(NEW)), below)


def two(v: float) -> str:
    """Return two decimals, or none for a whole number; two() in upsampling.js."""
    return whole(int(v)) if v == int(v) else decimals(floor(v * 100 + 0.5) / 100)


@dataclass(frozen=True)
class UpsamplingExplorer(Scene):
    """mode: how y is made.   align_corners: of mode bilinear.   row, column: of the chosen cell of the grid x or y."""

    mode: str = BILINEAR
    align_corners: str = "False"
    grid: str = "x"
    row: int = 1
    column: int = 1

    MODULE: ClassVar = "upsampling.js"
    LABEL: ClassVar = "Upsampling: which cells made this one, which cells did it reach, and what comes back from them?"
    SIZE: ClassVar = (9.5, 3.9)
    KEYS: ClassVar = (
        "Click a cell, or move with the arrow keys; Space changes between x and y. Framed cells belong to the chosen "
        "one, and the small bold number in each is its weight: the same going forwards and coming back."
    )
    CONTROLS: ClassVar = (Choice("mode", MODES), Choice("align_corners", ("False", "True")))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.grid not in ("x", "y"):
            raise ValueError(f"grid is {self.grid!r}; 'x' or 'y' is needed")

    def settle(self) -> Self:
        """Return the state with the chosen cell inside its grid; only bilinear has corners to align."""
        most = (OLD if self.grid == "x" else NEW) - 1
        aligned = self.align_corners if self.mode == BILINEAR else "False"
        return replace(self, align_corners=aligned, row=clip(self.row, 0, most), column=clip(self.column, 0, most))

    def data(self) -> dict[str, Any]:
        """Return the numbers of x and of dy."""
        return {"x": X, "dy": [[upstream(i, j) for j in range(NEW)] for i in range(NEW)]}

    def axis(self) -> Axis:
        """Return the weights along one axis; rows and columns have the same."""
        return weigh(self.mode, self.align_corners == "True")

    def weight(self, y: Cell, x: Cell) -> int:
        """Return the weight of a cell of x in a cell of y, before it is divided."""
        weights = self.axis().weights
        return weights[y[0]][x[0]] * weights[y[1]][x[1]]

    def partners(self, grid: str, cell: Cell) -> dict[Cell, int]:
        """Return the cells of the other grid that have to do with this one, with their weights."""
        if grid == "y":
            found = {x: self.weight(cell, x) for x in product(range(OLD), range(OLD))}
        else:
            found = {y: self.weight(y, cell) for y in product(range(NEW), range(NEW))}
        return {other: weight for other, weight in found.items() if weight}

    def total(self, grid: str, cell: Cell) -> int:
        """Return y or dx of a cell, before it is divided."""
        values = (lambda a, e: X[a][e]) if grid == "y" else upstream
        return sum(weight * values(*other) for other, weight in self.partners(grid, cell).items())

    def caption(self) -> str:
        """Return what made the chosen cell of y, or what comes back to the chosen cell of x."""
        cell, below = (self.row, self.column), self.axis().below ** 2
        partners, total = self.partners(self.grid, cell), self.total(self.grid, cell)
        whole_sum, spot = sum(partners.values()), f"[{self.row}, {self.column}]"
        if self.grid == "x":
            return (
                f"x{spot} = {X[self.row][self.column]} reaches {len(partners)} cells of y, with weights that add up to "
                f"{write_share(whole_sum, below)}. Each sends back its dy times the same weight: "
                f"dx{spot} = {write_share(total, below)}."
            )
        terms = " + ".join(f"{w}·{X[a][e]}" if below > 1 else f"{X[a][e]}" for (a, e), w in partners.items())
        made = f"({terms})/{below} = {write_share(total, below)}" if below > 1 else terms
        cells = "One cell" if len(partners) == 1 else f"{len(partners)} cells"
        return (
            f"y{spot} = {made}. {cells} of x made it, with weights that add up to {write_share(whole_sum, below)}. "
            f"dy{spot} = {whole(upstream(*cell))} goes back to the same cells with the same weights."
        )

    def draw(self, figure: Any) -> None:
        """Draw x and y, dy and dx in a row, a cell of x twice as large as one of y."""
        plane, below = paper.axes(figure, 4 * NEW + 6, NEW + 1.6), self.axis().below ** 2
        chosen, partners = (self.row, self.column), self.partners(self.grid, (self.row, self.column))
        rows: tuple[tuple[str, str, str, Callable[[Cell], float]], ...] = (
            ("x", "x", paper.SKY, lambda cell: X[cell[0]][cell[1]]),
            ("y", "y", paper.GREEN, lambda cell: self.total("y", cell) / below),
            ("dy", "y", paper.PINK, lambda cell: upstream(*cell)),
            ("dx", "x", paper.PINK, lambda cell: self.total("x", cell) / below),
        )
        left = 0.8
        for name, grid, fill, value in rows:
            count, side = (OLD, 2) if grid == "x" else (NEW, 1)
            parts = {16: ": weights in sixteenths", 49: ": weights in 49ths"}.get(below, "")
            paper.words(plane, left, 0.3, name + (parts if grid == "y" and self.grid == "x" else ""))
            for cell in product(range(count), range(count)):
                own, other = grid == self.grid and cell == chosen, grid != self.grid and cell in partners
                text = str(partners[cell]) if other and side == 1 else ""
                text = text or (two(value(cell)) if side == 2 or own else "")
                text += f"\n{write_weight(partners[cell], below)}" if other and side == 2 else ""
                paper.cell(
                    plane, left + side * cell[1], 1 + side * cell[0], "", fill, alpha=0.45 if own or other else 0.12,
                    frame=paper.INK if own else fill if other else None, width=side, height=side,
                )  # fmt: skip
                middle = left + side * (cell[1] + 0.5), 1 + side * (cell[0] + 0.5)
                size = paper.SMALLEST if side == 2 else 6
                plane.text(*middle, text, ha="center", va="center", fontsize=size)
            left += NEW + 1.4


def write_weight(weight: int, below: int) -> str:
    """Return a weight for a cell."""
    return f"{weight}/{below}" if below > 1 else f"·{weight}"


def write_share(total: int, below: int) -> str:
    """Return a fraction and what it is in decimals."""
    value = total / below
    if value == int(value):
        return whole(int(value))
    return f"{whole(total)}/{below} = {two(value)}"


def upsampling_explorer(**state: Any) -> Any:
    """Show an image of 4×4 cells that becomes one of 8×8, and how its gradient comes back (chapter 14).

    Args:
        **state: mode, "nearest", "bilinear" or "transposed convolution"; align_corners, "False" or "True", of mode
            "bilinear"; grid, "x" or "y", with row and column of the chosen cell.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import upsampling_explorer
        >>> print(upsampling_explorer(mode="bilinear", grid="y", row=1, column=2))
        Upsampling: ... y[1, 2] = (3·2 + 9·6 + 1·0 + 3·5)/16 = 75/16 = 4.69. 4 cells of x made it, ...
    """
    return show_scene(UpsamplingExplorer(**state))
