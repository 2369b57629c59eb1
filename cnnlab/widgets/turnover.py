"""Chapter 8: the matrix of a convolution turns over about its diagonal, and its columns are the turned kernel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Play, Scene, Slider, clip, whole
from cnnlab.widgets.show_scene import show_scene

#: dy, of which the upper left part is used; small whole numbers, so that sums can be followed.
UPSTREAM = ((2, -1, 0, 1, -2), (1, 3, -2, 0, 1), (0, 1, -1, 2, -1), (-1, 2, 1, -3, 0), (1, 0, -2, 1, 2))

Uses = list[tuple[int, int, int]]


@dataclass(frozen=True)
class ConvolutionTurnsOver(Scene):
    """turn: from 0, A, to 100, Aᵀ.   along, place: the chosen row or column of A.   input, kernel: sides of x and w."""

    turn: int = 0
    along: str = "column"
    place: int = 12
    input: int = 5
    kernel: int = 3

    MODULE: ClassVar = "turnover.js"
    LABEL: ClassVar = "The matrix of a convolution turns over: where does the 180° turn come from?"
    KEYS: ClassVar = (
        "The arrow keys left and right turn the matrix over, up and down choose a row or a column, and Space goes from "
        "rows to columns. Drag the corner of the sheet, or click a cell of x, y or the matrix."
    )
    CONTROLS: ClassVar = (
        Slider("turn", 0, 100, "turn over"),
        Play("Turn"),
        Choice("along", ("column", "row"), "read a"),
        Slider("input", 3, 6, "side of x"),
        Slider("kernel", 2, 3, "side of w"),
    )
    SIZE: ClassVar = (7.5, 4.2)

    @property
    def output(self) -> int:
        """Return the side of y."""
        return self.input - self.kernel + 1

    def settle(self) -> Self:
        """Return the state with a row or column that exists."""
        side = self.output if self.along == "row" else self.input
        return replace(self, place=clip(self.place, 0, side**2 - 1))

    def data(self) -> dict[str, Any]:
        """Return dy."""
        return {"upstream": UPSTREAM}

    def matrix(self) -> list[list[int]]:
        """Return A: one row for each cell of y, one column for each cell of x; the weights are 1, 2, 3 and so on."""
        n, k, m = self.input, self.kernel, self.output
        a = [[0] * n**2 for _ in range(m**2)]
        for i in range(m):
            for j in range(m):
                for u in range(k):
                    for v in range(k):
                        a[m * i + j][n * (i + u) + j + v] = k * u + v + 1
        return a

    def uses(self) -> Uses:
        """Return (row of y, column of y, weight) for every window that the chosen column's cell of x is in."""
        column = [row[self.place] for row in self.matrix()]
        return [(r // self.output, r % self.output, w) for r, w in enumerate(column) if w]

    def gradient(self) -> int:
        """Return dx at the chosen column's cell of x."""
        return sum(w * UPSTREAM[i][j] for i, j, w in self.uses())

    def caption(self) -> str:
        """Describe the chosen row as a window, or the chosen column as one cell's uses."""
        n, m, k = self.input, self.output, self.place
        turned = self.turn > 50
        name = ("Column" if turned else "Row") if self.along == "row" else ("Row" if turned else "Column")
        sheet = "Aᵀ" if turned else "A"
        if self.along == "row":
            weights = " ".join(str(w) for w in self.matrix()[k] if w)
            return (
                f"{name} {k} of {sheet} is the window of y[{k // m}, {k % m}]: it lays the kernel on {self.kernel**2} "
                f"cells of x, in the kernel's own order, {weights}."
            )
        met, cell = self.uses(), f"[{k // n}, {k % n}]"
        terms = " + ".join(f"{w}·{_bracket(UPSTREAM[i][j])}" for i, j, w in met)
        windows = "window uses" if len(met) == 1 else "windows use"
        rest = "" if len(met) == m**2 else f", with {m**2 - len(met)} zeros,"
        return (
            f"{name} {k} of {sheet} is the cell x{cell}: {len(met)} {windows} it, and in their order it met "
            f"{' '.join(str(w) for *_, w in met)}. Folded into {m} lines{rest} this is the kernel turned by 180°; "
            f"laid on dy it gives dx{cell} = {terms} = {whole(self.gradient())}."
        )

    def draw(self, figure: Any) -> None:
        """Draw A, and beside it the column folded, and dy."""
        m, a = self.output, self.matrix()
        turned = self.turn > 50
        rows = [list(column) for column in zip(*a, strict=True)] if turned else a
        high, wide = len(rows), len(rows[0])
        plane = paper.axes(figure, max(wide, high) + 2 + 2.6 * m, max(high, 3 * m + 4) + 2)
        paper.words(plane, 0, 0.4, f"{'Aᵀ' if turned else 'A'}, {high} × {wide}")
        for i, row in enumerate(rows):
            for j, weight in enumerate(row):
                chosen = self.place == (j if (self.along == "column") != turned else i)
                if weight or chosen:
                    fill = paper.ORANGE if weight else None
                    paper.cell(
                        plane, j, 1 + i, str(weight or ""), fill, alpha=0.9 if chosen else 0.3, bold=chosen, size=6
                    )
        paper.frame(plane, 0, 1, wide, high)
        if self.along == "row":
            return
        left, met = wide + 2, {(i, j): w for i, j, w in self.uses()}
        for top, name, fill in ((1, "folded", paper.ORANGE), (2 * m + 3, "dy", paper.PINK)):
            paper.words(plane, left, top, name)
            for i in range(m):
                for j in range(m):
                    value = met.get((i, j), 0) if name == "folded" else UPSTREAM[i][j]
                    look = paper.PURPLE if value < 0 else fill
                    paper.cell(plane, left + 1.6 * j, top + 0.6 + 1.2 * i, whole(value), look, width=1.5, size=8)


def _bracket(number: int) -> str:
    return f"({whole(number)})" if number < 0 else str(number)


def c_turns_over(**state: Any) -> Any:
    """Show how the matrix of a convolution turns over, and why its columns are the turned kernel (chapter 8).

    Args:
        **state: turn, from 0, the matrix, to 100, its transpose; along, "row" or "column", and place, the number of the
            chosen one in the matrix; input (3 to 6) and kernel (2 to 3), the sides of x and w in cells.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import c_turns_over
        >>> print(c_turns_over(along="column", place=12))
        The matrix of a convolution turns over: ... in their order it met 9 8 7 6 5 4 3 2 1. ...
    """
    return show_scene(ConvolutionTurnsOver(**state))
