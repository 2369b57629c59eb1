"""Chapter 19: ten trainings with a wrong gear each, beside the right one: loss, accuracy and the gradients' lengths."""

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

#: The lengths that the axis of the picture reaches, as powers of ten, and the largest loss.
LEAST, MOST, HIGHEST_LOSS = -5, 2, 3.5


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


def _shorten(values: np.ndarray) -> list[float]:
    """Return numbers with five digits, for the page."""
    return [float(f"{value:.5g}") for value in values]


@dataclass(frozen=True)
class HuntBoard(Scene):
    """run: its letter.   step: the place of a step among those stored.   parameter: the number of the chosen one."""

    run: str = "A"
    step: int = 0
    parameter: int = 0

    MODULE: ClassVar = "symptoms.js"
    LABEL: ClassVar = "Ten runs with a wrong gear each: where do the gradients part from the right ones, and when?"
    KEYS: ClassVar = (
        "Left and right arrow keys choose the step, up and down the parameter; Space shows the next run. Or click a "
        "step or a row."
    )
    SIZE: ClassVar = (7.5, 4.0)
    CONTROLS: ClassVar = (Choice("run", LETTERS), Slider("step", 0, SHOWN - 1), Play())

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
        return {"runs": packed, "steps": steps, "parameters": self.names()}

    def lengths(self) -> tuple[float, float]:
        """Return the length of the chosen parameter's gradient in the run and in the right one."""
        runs, name = load_runs()[0], self.names()[self.parameter]
        return runs[self.run].norms[name][self.step], runs["right"].norms[name][self.step]

    def caption(self) -> str:
        """Return the step's losses, the last accuracies, and the chosen parameter's two lengths and their ratio."""
        runs, steps = load_runs()
        step, own, true = steps[self.step], runs[self.run], runs["right"]
        length, right = self.lengths()
        ratio = f"{number(length / right)} times the right one" if right else "where the right gradient is 0"
        return (
            f"Run {self.run} at step {step}: loss {number(own.losses[step])}, right run {number(true.losses[step])}. "
            f"Test images read after three passes: {100 * own.accuracies[-1]:.1f} %, right run "
            f"{100 * true.accuracies[-1]:.1f} %. Gradient of {self.names()[self.parameter]}: length {number(length)}, "
            f"right run {number(right)}; {ratio if length or right else 'it is 0 in both'}."
        )

    def draw(self, figure: Any) -> None:
        """Draw the two loss curves, and for each parameter the two lengths."""
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
        rows.axhline(self.parameter, color=paper.INK, linewidth=6, alpha=0.12)


def hunt_board(**state: Any) -> Any:
    """Show ten trainings with a wrong gear each, beside the right one: loss and the gradients' lengths (chapter 19).

    Args:
        **state: run, a letter from "A" to "J"; step, the place of a step on its slider, from 0 to 15; parameter, the
            number of the chosen one, from 0 up.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import hunt_board
        >>> print(hunt_board(run="A", step=0, parameter=11))
        Ten runs ... Gradient of fc3.bias: length 0.187, right run 0.187; 1 times the right one.
    """
    return show_scene(HuntBoard(**state))
