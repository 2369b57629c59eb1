"""Chapter 9: which cell of a window wins, what overlapping windows add up, and how a mean is shared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, Slider, clip, decimals, number, whole
from cnnlab.widgets.show_scene import show_scene

X = (
    (3, 1, 4, 4, 0, 2),
    (5, 5, 1, 2, 6, 1),
    (0, 2, 7, 3, 3, 0),
    (1, 8, 2, 7, 7, 2),
    (4, 0, 9, 2, 1, 5),
    (4, 4, 1, 3, 5, 5),
)
ROWS = len(X)


def upstream(i: int, j: int) -> int:
    """Return a fixed dy, small and without pattern to the eye."""
    return 1 + (5 * i + 3 * j) % 4


@dataclass(frozen=True)
class PoolExplorer(Scene):
    """row, column: of the cell that is chosen in the grid x or y."""

    kind: str = "max"
    kernel: int = 3
    stride: int = 2
    padding: int = 1
    grid: str = "x"
    row: int = 2
    column: int = 2

    MODULE: ClassVar = "pooling.js"
    LABEL: ClassVar = "Pooling: which cell of a window wins, and what arrives where windows overlap?"
    SIZE: ClassVar = (9.5, 3.4)
    KEYS: ClassVar = (
        "Click a cell, or move with the arrow keys; Space changes between x and y. Arcs lead from dy to the cells "
        "of dx that it goes to, and dx adds up what arrives; in max pooling a bold cell of x wins a window."
    )
    CONTROLS: ClassVar = (
        *(Choice("kind", ("max", "average")), Slider("kernel", 2, 3), Slider("stride", 1, 3), Slider("padding", 0, 1)),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.grid not in ("x", "y"):
            raise ValueError(f"grid is {self.grid!r}; 'x' or 'y' is needed")

    @property
    def outputs(self) -> int:
        """Return rows of y, and columns."""
        return (ROWS + 2 * self.padding - self.kernel) // self.stride + 1

    def settle(self) -> Self:
        """Return the state with the chosen cell inside its grid."""
        most = (ROWS if self.grid == "x" else self.outputs) - 1
        return replace(self, row=clip(self.row, 0, most), column=clip(self.column, 0, most))

    def data(self) -> dict[str, Any]:
        """Return the numbers of x and of dy."""
        return {"x": X, "dy": [[upstream(i, j) for j in range(ROWS + 2)] for i in range(ROWS + 2)]}

    def window(self, i: int, j: int) -> list[tuple[int, int]]:
        """Return the cells of x in a window, in reading order, without the padding."""
        rows, columns = (
            range(self.stride * o - self.padding, self.stride * o - self.padding + self.kernel) for o in (i, j)
        )
        return [(a, e) for a, e in product(rows, columns) if 0 <= a < ROWS and 0 <= e < ROWS]

    def winner(self, i: int, j: int) -> tuple[int, int]:
        """Return the first cell in reading order that is the largest of its window."""
        return max(self.window(i, j), key=lambda cell: X[cell[0]][cell[1]])

    def value(self, i: int, j: int) -> Fraction:
        """Return one cell of y; a mean counts the padding as zeros."""
        values = [X[a][e] for a, e in self.window(i, j)]
        return Fraction(max(values)) if self.kind == "max" else Fraction(sum(values), self.kernel**2)

    def windows(self, a: int, e: int) -> list[tuple[int, int]]:
        """Return every window that a cell of x lies in."""
        return [(i, j) for i, j in product(range(self.outputs), repeat=2) if (a, e) in self.window(i, j)]

    def share(self, a: int, e: int, i: int, j: int) -> Fraction:
        """Return what a cell of x gets from a window that it lies in."""
        if self.kind == "average":
            return Fraction(upstream(i, j), self.kernel**2)
        return Fraction(upstream(i, j) if self.winner(i, j) == (a, e) else 0)

    def gradient(self, a: int, e: int) -> Fraction:
        """Return one cell of dx."""
        return sum((self.share(a, e, i, j) for i, j in self.windows(a, e)), Fraction(0))

    def caption(self) -> str:
        """Return what the chosen window does, or what arrives at the chosen cell."""
        return self._describe_window() if self.grid == "y" else self._describe_cell()

    def _describe_window(self) -> str:
        i, j = self.row, self.column
        inside, dy = self.window(i, j), upstream(i, j)
        if self.kind == "average":
            lost = self.kernel**2 - len(inside)
            padding = f", of which {lost} {'is' if lost == 1 else 'are'} padding and 0" if lost else ""
            share = f"{dy}/{self.kernel**2} = {number(dy / self.kernel**2)}"
            return (
                f"y[{i}, {j}] = ({' + '.join(str(X[a][e]) for a, e in inside)})/{self.kernel**2} = "
                f"{number(float(self.value(i, j)))} is the mean of {self.kernel**2} cells{padding}. "
                f"Each gets the same share of dy[{i}, {j}] = {dy}: {share}."
            )
        a, e = self.winner(i, j)
        ties = sum(X[b][f] == X[a][e] for b, f in inside)
        tied = "it is the only one" if ties == 1 else f"{ties} cells have it, and the first in reading order wins"
        return (
            f"y[{i}, {j}] = {X[a][e]} is the largest of its window; {tied}. "
            f"All of dy[{i}, {j}] = {dy} goes to x[{a}, {e}], and nothing to the others."
        )

    def _describe_cell(self) -> str:
        a, e = self.row, self.column
        found = self.windows(a, e)
        if not found:
            return f"x[{a}, {e}] lies in no window: dx[{a}, {e}] = 0."
        lies = "one window" if len(found) == 1 else f"{len(found)} windows"
        total = number(float(self.gradient(a, e)))
        if self.kind == "average":
            terms = " + ".join(str(upstream(i, j)) for i, j in found)
            return (
                f"x[{a}, {e}] lies in {lies}, and each sends its dy divided by {self.kernel**2}: "
                f"dx[{a}, {e}] = ({terms})/{self.kernel**2} = {total}."
            )
        won = [(i, j) for i, j in found if self.winner(i, j) == (a, e)]
        if not won:
            return f"x[{a}, {e}] = {X[a][e]} lies in {lies} and wins none of them: dx[{a}, {e}] = 0."
        terms = " + ".join(f"dy[{i}, {j}]" for i, j in won)
        return f"x[{a}, {e}] = {X[a][e]} lies in {lies} and wins {len(won)}: dx[{a}, {e}] = {terms} = {total}."

    def draw(self, figure: Any) -> None:
        """Draw x and y above, dx and dy below."""
        out, chosen = self.outputs, (self.row, self.column)
        plane = paper.axes(figure, 2 * ROWS + 2 * out + 8, max(ROWS, out) + 1.6)
        marked = set(self.window(*chosen)) if self.grid == "y" else {chosen}
        users = {chosen} if self.grid == "y" else set(self.windows(*chosen))
        winners = {self.winner(i, j) for i, j in product(range(out), repeat=2)} if self.kind == "max" else set()
        grids = (
            ("x", ROWS, paper.SKY, marked, lambda a, e: whole(X[a][e])),
            ("y", out, paper.GREEN, users, lambda i, j: self._write(self.value(i, j))),
            ("dy", out, paper.PINK, users, lambda i, j: whole(upstream(i, j))),
            ("dx", ROWS, paper.PINK, marked, lambda a, e: self._write(self.gradient(a, e))),
        )
        left, starts = 1, {}
        for name, rows, fill, framed, text in grids:
            starts[name] = left
            paper.words(plane, left, 0.4, name)
            paper.numbers(plane, left, 1.5, range(rows))
            for r, c in product(range(rows), repeat=2):
                bold = name == "x" and (r, c) in winners
                own = (r, c) == chosen and (name in ("y", "dy")) == (self.grid == "y")
                frame = (paper.INK if own else fill) if (r, c) in framed else None
                paper.cell(plane, left + c, r + 1.5, text(r, c), fill, bold=bold, frame=frame, alpha=0.3)
            left += rows + 2
        for i, j in sorted(users) if self.kind == "max" else ():
            a, e = self.winner(i, j)
            if self.grid == "y" or (a, e) == chosen:
                start, end = (starts["dy"] + j + 0.9, i + 2), (starts["dx"] + e + 0.1, a + 2)
                paper.arrow(plane, start, end, paper.PINK)

    def _write(self, value: Fraction) -> str:
        """Return a number for a cell: whole, or with two decimals in average pooling where windows are few."""
        if self.kind == "max" or not value:
            return whole(int(value))
        return decimals(float(value), 2 if self.outputs < 5 else 1)


def pool_explorer(**state: Any) -> Any:
    """Show which cell of a pooling window wins, what overlapping windows add up, and how a mean is shared (chapter 9).

    Args:
        **state: kind, "max" or "average"; kernel (2 to 3), stride (1 to 3), padding (0 to 1), in cells; grid, "x" or
            "y", with the row and column of the chosen cell in it.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import pool_explorer
        >>> print(pool_explorer(kind="max", row=2, column=2))
        Pooling: ... x[2, 2] = 7 lies in one window and wins none of them: dx[2, 2] = 0.
    """
    return show_scene(PoolExplorer(**state))
