"""Chapter 19: ten trainings with a wrong gear each, beside the right one: loss, gradients' lengths and filters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Play, Scene, Slider, clip, number
from cnnlab.widgets.show_scene import show_scene

FILE = Path(__file__).parents[1] / "data" / "embedded" / "hunt_runs.npz"

LETTERS = tuple("ABCDEFGHIJ")

#: How many of the stored steps there are; the slider counts them.
SHOWN = 16

#: Filters of the first convolution, and the weights that are drawn in white and, below 0, in black.
FILTERS, WHITE = 6, 0.5

#: The lengths that the axis of the picture reaches, as powers of ten, and the largest loss.
LEAST, MOST, HIGHEST_LOSS = -5, 2, 3.5

#: Where the ratios of the still picture end on the right, in widths of the plot of the lengths.
RATIO_EDGE = 1.2


class StoredRun(NamedTuple):
    """A training: the loss of each step, the accuracy after each pass, and by parameter its gradients' lengths."""

    losses: list[float]
    accuracies: list[float]
    norms: dict[str, list[float]]


@cache
def load_runs() -> tuple[dict[str, StoredRun], list[int]]:
    """Return the runs by letter, the right one as "right", and the steps whose gradients are stored."""
    with np.load(FILE) as file:
        stored = {name: file[name] for name in file.files}
    parameters = [str(name) for name in stored["parameters"]]
    runs = {
        letter: StoredRun(
            _shorten(stored[f"{letter}.losses"]),
            [float(f"{a:.6f}") for a in stored[f"{letter}.accuracies"]],
            dict(zip(parameters, map(_shorten, stored[f"{letter}.norms"]), strict=True)),
        )
        for letter in ("right", *LETTERS)
    }
    return runs, [int(step) for step in stored["steps"]]


@cache
def load_filters() -> dict[str, np.ndarray]:
    """Return the filters of the first convolution after the last step of each run, (6, 5, 5), by its letter.

    "first" are the weights that all of them began with, "right" is the right run, and "reordered" another right one,
    from the same weights with the images in another order.
    """
    with np.load(FILE) as file:
        return {run: file[f"{run}.filters"] for run in ("first", "right", "reordered", *LETTERS)}


def compare_moves(run: str) -> list[tuple[float, float | None]]:
    """Return for each filter how far a run has moved it, and the cosine between that and the right run's move.

    The cosine is None where one of the two has not moved.
    """
    filters = load_filters()
    own, right = ((filters[name] - filters["first"]).reshape(FILTERS, -1) for name in (run, "right"))
    lengths, others = np.linalg.norm(own, axis=1), np.linalg.norm(right, axis=1)
    products = np.sum(own * right, axis=1)
    return [
        (float(f"{length:.5g}"), float(f"{product / (length * other):.5g}") if length * other else None)
        for length, other, product in zip(lengths, others, products, strict=True)
    ]


def _shorten(values: np.ndarray) -> list[float]:
    """Return numbers with five digits, for the page."""
    return [float(f"{value:.5g}") for value in values]


@dataclass(frozen=True)
class HuntBoard(Scene):
    """run: its letter.   step: the place of one among those stored.   parameter, filter: the numbers of the chosen."""

    run: str = "A"
    step: int = 0
    parameter: int = 0
    filter: int = 0

    MODULE: ClassVar = "symptoms.js"
    LABEL: ClassVar = "Ten runs with a wrong gear each: where do the gradients part from the right ones, and when?"
    KEYS: ClassVar = (
        "Left and right arrow keys choose the step, up and down the parameter; Space shows the next run. Or click a "
        "step, a row or a filter."
    )
    SIZE: ClassVar = (7.5, 6.2)
    CONTROLS: ClassVar = (
        Choice("run", LETTERS),
        Slider("step", 0, SHOWN - 1),
        Play(),
        Slider("filter", 0, FILTERS - 1),
    )

    def settle(self) -> Self:
        """Return the state with a parameter that exists."""
        return replace(self, parameter=clip(self.parameter, 0, len(self.names()) - 1))

    def names(self) -> list[str]:
        """Return the parameters, from the first layer to the last."""
        return list(load_runs()[0]["right"].norms)

    def data(self) -> dict[str, Any]:
        """Return the runs, the steps and the parameters."""
        runs, steps = load_runs()
        packed = {
            letter: {
                "losses": run.losses,
                "passes": [f"{100 * a:.1f} %" for a in run.accuracies],
                "norms": list(run.norms.values()),
            }
            for letter, run in runs.items()
        }
        moves = {run: compare_moves(run) for run in ("right", *LETTERS)}
        return {
            "runs": packed,
            "steps": steps,
            "parameters": self.names(),
            "filters": {
                run: [_shorten(f.ravel()) for f in filters]
                for run, filters in load_filters().items()
                if run != "reordered"
            },
            "moves": {run: [length for length, _ in pairs] for run, pairs in moves.items()},
            "cosines": {run: [cosine for _, cosine in pairs] for run, pairs in moves.items()},
        }

    def lengths(self) -> tuple[float, float]:
        """Return the length of the chosen parameter's gradient in the run and in the right one."""
        runs, name = load_runs()[0], self.names()[self.parameter]
        return runs[self.run].norms[name][self.step], runs["right"].norms[name][self.step]

    def caption(self) -> str:
        """Return the step's losses, the last accuracies, the chosen gradient's two lengths, and the chosen filter."""
        runs, steps = load_runs()
        step, own, true = steps[self.step], runs[self.run], runs["right"]
        length, right = self.lengths()
        ratio = f"{number(length / right)} times the right one" if right else "where the right gradient is 0"
        return (
            f"Run {self.run} at step {step}: loss {number(own.losses[step])}, right run {number(true.losses[step])}. "
            f"Test images read after three passes: {100 * own.accuracies[-1]:.1f} %, right run "
            f"{100 * true.accuracies[-1]:.1f} %. Gradient of {self.names()[self.parameter]}: length {number(length)}, "
            f"right run {number(right)}; {ratio if length or right else 'it is 0 in both'}. {self.describe_filter()}"
        )

    def describe_filter(self) -> str:
        """Return how far the chosen filter has moved from its first weights, and where to, beside the right run."""
        (length, cosine), (right, _) = (compare_moves(run)[self.filter] for run in (self.run, "right"))
        if not length and not right:
            return f"Filter {self.filter} of conv1 has not moved in either."
        both = "" if cosine is None else f"; cosine of the two moves {number(cosine)}"
        return f"Filter {self.filter} of conv1 has moved by {number(length)}, right run {number(right)}{both}."

    def draw(self, figure: Any) -> None:
        """Draw the two loss curves, for each parameter the two lengths, and the filters."""
        upper, lower = figure.subfigures(2, 1, height_ratios=(3.6, 2.6))
        for part in (upper, lower):
            part.set_facecolor(paper.CARD)
        self._draw_steps(upper)
        self._draw_filters(lower)

    def _draw_filters(self, figure: Any) -> None:
        """Draw the first weights, and below them the filters of the right run and of this one."""
        figure.suptitle("Filters of conv1 after the last step; below: how far each has moved", fontsize=paper.SMALLEST)
        grid = figure.subplots(3, FILTERS)
        for line, (run, name) in zip(
            grid, (("first", "first weights"), ("right", "right run"), (self.run, f"run {self.run}")), strict=True
        ):
            for k, (plane, weights) in enumerate(zip(line, load_filters()[run], strict=True)):
                plane.imshow(weights, cmap="gray", vmin=-WHITE, vmax=WHITE)
                plane.set(xticks=[], yticks=[])
                if run == "first":
                    plane.set_title(str(k), fontsize=paper.SMALLEST)
                else:
                    plane.set_xlabel(number(compare_moves(run)[k][0]), fontsize=paper.SMALLEST, labelpad=3)
                plane.spines[:].set(visible=True, linewidth=2.5 if k == self.filter else 0.6)
            line[0].set_ylabel(name, fontsize=paper.SMALLEST, rotation=0, ha="right", va="center")

    def _draw_steps(self, figure: Any) -> None:
        runs, steps = load_runs()
        curve, rows = figure.subplots(1, 2)
        looks = (("right", paper.shade(paper.BLUE), "-", "o"), (self.run, paper.shade(paper.RED), "--", "x"))
        for name, colour, line, mark in looks:
            losses = np.minimum(runs[name].losses, HIGHEST_LOSS)
            label = "right run" if name == "right" else f"run {name}"
            curve.plot(losses, color=colour, linestyle=line, linewidth=1.2, label=label)
            lengths = [norms[self.step] for norms in runs[name].norms.values()]
            places = [k for k, length in enumerate(lengths) if length]
            rows.plot(
                [max(lengths[k], 10.0**LEAST) for k in places], places, mark, color=colour, markersize=6, label=label
            )
        curve.axvline(steps[self.step], color=paper.INK, linewidth=0.6)
        curve.set(xlabel="step", ylabel="loss", ylim=(0, HIGHEST_LOSS))
        curve.legend(fontsize=paper.SMALLEST)
        rows.set(xscale="log", xlim=(10.0**LEAST, 10.0**MOST), ylim=(len(self.names()) - 0.5, -0.5))
        rows.set_xlabel(f"length of the gradient at step {steps[self.step]}")
        rows.set_yticks(range(len(self.names())), self.names(), fontsize=paper.SMALLEST)
        self._write_ratios(rows)
        rows.axhline(self.parameter, color=paper.INK, linewidth=6, alpha=0.12)

    def _write_ratios(self, rows: Any) -> None:
        """Write beside each row its length divided by the right one, where that is not 0."""
        look = {"ha": "right", "va": "center_baseline", "fontsize": paper.SMALLEST}
        rows.text(RATIO_EDGE, -0.9, "ratio", transform=rows.get_yaxis_transform(), **look)
        runs = load_runs()[0]
        for k, name in enumerate(self.names()):
            own, right = (runs[run].norms[name][self.step] for run in (self.run, "right"))
            if right:
                rows.text(RATIO_EDGE, k, number(own / right), transform=rows.get_yaxis_transform(), **look)


def hunt_board(**state: Any) -> Any:
    """Show ten trainings with a wrong gear each, beside the right one: loss, gradients' lengths, filters (chapter 19).

    Args:
        **state: run, a letter from "A" to "J"; step, the place of a step on its slider, from 0 to 15; parameter, the
            number of the chosen one, from 0 up; filter, that of a filter of the first convolution, from 0 to 5.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import hunt_board
        >>> print(hunt_board(run="A", step=0, parameter=11))
        Ten runs ... Gradient of fc3.bias: length 0.187, right run 0.187; 1 times the right one. Filter 0 ...
    """
    return show_scene(HuntBoard(**state))
