"""Keep the history of a training run: its losses, its accuracies, and why it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from cnnlab.colours import INK
from cnnlab.picture import GREY, Picture, make_figure


@dataclass(frozen=True)
class Epoch:
    """One pass through the training images. loss: the mean of its steps.   accuracies: from 0 to 1, or None."""

    loss: float
    train_accuracy: float | None
    test_accuracy: float | None
    seconds: float


@dataclass
class History:
    """What a training has recorded.

    losses: of every step, before its update.   rates: the learning rates.   epochs: the passes that are over.
    stopped: why it ended early, or None.   interrupted: whether that was Ctrl-C, or Interrupt in a notebook.

    A training that ended early may have no epoch and no step. What was not measured then is NaN in first_loss,
    mean_loss and test_accuracy, so that it can be printed like a number.
    """

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    stopped: str | None = None
    interrupted: bool = False

    @property
    def first_loss(self) -> float:
        """Return the loss before the first update, NaN if no step was made."""
        return self.losses[0] if self.losses else np.nan

    def mean_loss(self, last: int) -> float:
        """Return the mean loss of the last steps, of all if there are not so many, and NaN if there is none.

        Args:
            last: How many steps, from 1 up.
        """
        return float(np.mean(self.losses[-last:])) if self.losses else np.nan

    @property
    def test_accuracy(self) -> float | None:
        """Return the test accuracy after the last epoch: NaN if none is over, None if there were no test images."""
        return self.epochs[-1].test_accuracy if self.epochs else np.nan

    @property
    def seconds(self) -> float:
        """Return the seconds that all epochs took together."""
        return sum(epoch.seconds for epoch in self.epochs)

    def __str__(self) -> str:
        lines = ["epoch      loss     train      test   seconds"]
        for number, e in enumerate(self.epochs, start=1):
            lines.append(
                f"{number:5d}  {e.loss:8.4f}  {_share(e.train_accuracy)}  {_share(e.test_accuracy)}  {e.seconds:8.1f}"
            )
        return "\n".join([*lines, *([self.stopped] if self.stopped else [])])

    __repr__ = __str__

    def plot(self) -> Picture:
        """Return the losses of all steps and the accuracies of all epochs."""
        with make_figure(7.5, 2.6) as figure:
            left, right = figure.subplots(1, 2)
            steps = np.arange(1, len(self.losses) + 1)
            left.plot(steps, self.losses, color=GREY, linewidth=0.8, alpha=0.6)
            left.plot(steps, _smooth(self.losses), color=INK, linewidth=1.5)
            left.set(xlabel="step", ylabel="loss", yscale="log")
            numbers = np.arange(1, len(self.epochs) + 1)
            for name, style, colour in (("train", "--o", GREY), ("test", "-s", INK)):
                values = [getattr(e, f"{name}_accuracy") for e in self.epochs]
                if any(v is not None for v in values):
                    known = [np.nan if v is None else v for v in values]
                    right.plot(numbers, known, style, color=colour, label=name, markersize=3, linewidth=1)
                    above = name == "test" if self._is_test_higher() else name == "train"
                    right.annotate(f" {name} {known[-1]:.1%}", (len(known), known[-1]), va="bottom" if above else "top")
            right.set(xlabel="epoch", ylabel="accuracy", xticks=numbers[:: max(1, len(numbers) // 8)])
            if right.lines:
                right.legend(loc="best" if len(numbers) == 1 else "lower right")
                right.set(xlim=(0.5, len(numbers) * 1.3 + 0.4), ylim=(self._lowest_shown(), 1.02))
        return Picture(figure, self._describe())

    def _is_test_higher(self) -> bool:
        last = self.epochs[-1]
        return (last.test_accuracy or 0) > (last.train_accuracy or 0)

    def _lowest_shown(self) -> float:
        """Return where the axis of the accuracies begins: at 0 after one epoch, later below all of them."""
        known = [a for e in self.epochs for a in (e.train_accuracy, e.test_accuracy) if a is not None]
        return 0.0 if len(self.epochs) == 1 else max(0.0, np.floor(10 * min(known)) / 10 - 0.1)

    def _describe(self) -> str:
        if not self.losses:
            return "No steps yet."
        text = f"The loss falls from {self.losses[0]:.3f} to {self.losses[-1]:.3f} in {len(self.losses)} steps"
        text = text if self.losses[-1] < self.losses[0] else text.replace("falls", "goes")
        known = self.test_accuracy is not None and self.epochs
        return text + (f"; test accuracy {self.test_accuracy:.1%}." if known else ".")

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": str(self)}
        if self.losses:
            bundle["text/html"] = f"{self.plot().html()}<pre>{escape(str(self))}</pre>"
        return bundle


def _smooth(losses: list[float]) -> np.ndarray:
    """Return a running mean over about 20 steps: one batch's loss says little."""
    means = np.array(losses)
    for i in range(1, len(means)):
        means[i] = 0.95 * means[i - 1] + 0.05 * means[i]
    return means


def _share(accuracy: float | None) -> str:
    return f"{accuracy:8.2%}" if accuracy is not None else "       –"
