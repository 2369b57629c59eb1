"""Chapter 7: one window after the other, as a loop takes them, and all of them as the columns of a matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Play, Scene, Slider, clip, whole
from cnnlab.widgets.show_scene import show_scene

X = ((3, 1, 0, 2, 1), (0, 2, 1, 1, 3), (1, 0, 3, 2, 0), (2, 1, 1, 0, 2), (0, 3, 2, 1, 1))
W = ((1, 2, 0), (0, -1, 1), (1, 0, 1))


@dataclass(frozen=True)
class WindowStepper(Scene):
    """step: the output that is being computed, in reading order."""

    input: int = 4
    kernel: int = 2
    stride: int = 1
    padding: int = 0
    step: int = 4

    MODULE: ClassVar = "windows.js"
    LABEL: ClassVar = "Window stepper: how do loops over windows become one matrix product?"
    KEYS: ClassVar = "The arrow keys move the window; Space goes to the next one. Click a cell of x or y, or a column."
    CONTROLS: ClassVar = (
        *(Slider("input", 3, 5), Slider("kernel", 1, 3), Slider("stride", 1, 2), Slider("padding", 0, 1)),
        Play(),
    )

    @property
    def outputs(self) -> int:
        """Return rows of y, and columns."""
        return (self.input + 2 * self.padding - self.kernel) // self.stride + 1

    def settle(self) -> Self:
        """Return the state with a step that exists."""
        return replace(self, step=clip(self.step, 0, self.outputs**2 - 1))

    def data(self) -> dict[str, Any]:
        """Return the numbers of x and w."""
        return {"x": X, "w": W}

    def cell(self, step: int, tap: int) -> tuple[int, int]:
        """Return row and column of x that a tap meets in a step; outside it is padding."""
        (i, j), (u, v) = divmod(step, self.outputs), divmod(tap, self.kernel)
        return self.stride * i + u - self.padding, self.stride * j + v - self.padding

    def number(self, step: int, tap: int) -> int:
        """Return the entry of the matrix of windows: row `tap`, column `step`."""
        a, e = self.cell(step, tap)
        return X[a][e] if 0 <= a < self.input and 0 <= e < self.input else 0

    def weights(self) -> list[int]:
        """Return the kernel laid flat."""
        return [W[u][v] for u, v in product(range(self.kernel), repeat=2)]

    def result(self, step: int) -> int:
        """Return one output."""
        return sum(w * self.number(step, k) for k, w in enumerate(self.weights()))

    def caption(self) -> str:
        """Return the window, its column, and the sum."""
        i, j = divmod(self.step, self.outputs)
        (top, left), (bottom, right) = self.cell(self.step, 0), self.cell(self.step, self.kernel**2 - 1)
        terms = " + ".join(
            f"{whole(w) if w >= 0 else f'({whole(w)})'}·{self.number(self.step, k)}"
            for k, w in enumerate(self.weights())
        )
        return (
            f"Output y[{i}, {j}] looks at rows {whole(top)} to {bottom} and columns {whole(left)} to {right}. "
            f"Its window is column {self.step} of the matrix, and the flat kernel times this column is {terms} = "
            f"{whole(self.result(self.step))}. All {self.outputs**2} outputs are one product, "
            f"(1×{self.kernel**2}) times ({self.kernel**2}×{self.outputs**2})."
        )

    def draw(self, figure: Any) -> None:
        """Draw x, w and y above; the flat kernel times the matrix of windows below."""
        taps, steps, n = self.kernel**2, self.outputs**2, self.input + 2 * self.padding
        high = max(n, self.kernel, self.outputs)
        plane = paper.axes(figure, max(n + self.kernel + self.outputs + 4, taps + steps + 3), high + taps + 3.4)
        now = {self.cell(self.step, k) for k in range(taps)}
        paper.words(plane, 0, 0.5, "x" + (", padded" if self.padding else ""))
        for r, c in product(range(n), repeat=2):
            cell = r - self.padding, c - self.padding
            inside = all(0 <= a < self.input for a in cell)
            frame = paper.SKY if cell in now else None
            text = str(X[cell[0]][cell[1]]) if inside else "0"
            paper.cell(plane, c, r + 1, text, paper.SKY if inside else None, "-" if inside else "--", frame=frame)
        left = n + 2
        paper.words(plane, left, 0.5, "w")
        for k, w in enumerate(self.weights()):
            paper.cell(plane, left + k % self.kernel, 1 + k // self.kernel, whole(w), paper.ORANGE)
        left += self.kernel + 2
        paper.words(plane, left, 0.5, "y")
        for k in range(steps):
            text, frame = whole(self.result(k)) if k <= self.step else "", paper.INK if k == self.step else None
            paper.cell(plane, left + k % self.outputs, 1 + k // self.outputs, text, paper.GREEN, frame=frame)
        top = high + 2.4
        paper.words(plane, 0, top - 0.5, "w, flat")
        paper.words(plane, taps + 2, top - 0.5, "windows as columns")
        for k, w in enumerate(self.weights()):
            paper.cell(plane, k, top, whole(w), paper.ORANGE)
            for s in range(steps):
                paper.cell(
                    plane,
                    taps + 2 + s,
                    top + k,
                    str(self.number(s, k)),
                    paper.SKY,
                    alpha=0.6 if s == self.step else 0.2,
                )
        paper.frame(plane, taps + 2 + self.step, top, 1, taps)


def window_stepper(**state: Any) -> Any:
    """Show one window after the other, and all of them as the columns of a matrix (chapter 7).

    Args:
        **state: input (3 to 5), kernel (1 to 3), stride (1 to 2), padding (0 to 1), in cells; step, the output that is
            computed, from 0 in reading order.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import window_stepper
        >>> print(window_stepper(step=0))
        Window stepper: ... Output y[0, 0] looks at rows 0 to 1 and columns 0 to 1. ...
    """
    return show_scene(WindowStepper(**state))
