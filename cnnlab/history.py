"""What a training run was: its losses, its accuracies, and why it ended."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: Readable on a light page and on a dark one.
GREY, BLUE, ORANGE = "#888888", "#0072b2", "#d55e00"


@dataclass(frozen=True)
class Epoch:
    """One pass through the training images. loss: the mean of its steps.   accuracies: from 0 to 1, or None."""

    loss: float
    train_accuracy: float | None
    test_accuracy: float | None
    seconds: float


@dataclass
class History:
    """losses: of every step, before its update.   rates: the learning rates.   stopped: why it ended early, or None."""

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    stopped: str | None = None

    @property
    def test_accuracy(self) -> float | None:
        """After the last epoch."""
        return self.epochs[-1].test_accuracy if self.epochs else None

    @property
    def seconds(self) -> float:
        """Of all epochs together."""
        return sum(epoch.seconds for epoch in self.epochs)

    def __str__(self) -> str:
        lines = ["epoch      loss     train      test   seconds"]
        for number, e in enumerate(self.epochs, start=1):
            lines.append(
                f"{number:5d}  {e.loss:8.4f}  {_share(e.train_accuracy)}  {_share(e.test_accuracy)}  {e.seconds:8.1f}"
            )
        return "\n".join([*lines, *([self.stopped] if self.stopped else [])])

    __repr__ = __str__

    def plot(self) -> Any:
        """The losses of all steps and the accuracies of all epochs, as a matplotlib Figure."""
        import matplotlib
        from matplotlib.figure import Figure

        names = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
        grey: Any = {**dict.fromkeys(names, GREY), "font.size": 9}
        with matplotlib.rc_context(grey):
            figure = Figure(figsize=(7.5, 2.6), layout="constrained", facecolor="none")
            left, right = figure.subplots(1, 2)
            left.plot(np.arange(1, len(self.losses) + 1), self.losses, color=BLUE, linewidth=1)
            left.set(xlabel="step", ylabel="loss", yscale="log")
            numbers = np.arange(1, len(self.epochs) + 1)
            for name, style, colour in (("train", "--o", ORANGE), ("test", "-s", BLUE)):
                values = [getattr(e, f"{name}_accuracy") for e in self.epochs]
                if any(v is not None for v in values):
                    known = [np.nan if v is None else v for v in values]
                    right.plot(numbers, known, style, color=colour, label=name, markersize=3, linewidth=1)
            right.set(xlabel="epoch", ylabel="accuracy")
            if right.lines:
                right.legend(frameon=False)
            for axes in (left, right):
                axes.set_facecolor("none")
                axes.spines[["top", "right"]].set_visible(False)
        return figure

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": str(self)}
        if self.losses:
            file = io.StringIO()
            self.plot().savefig(file, format="svg")
            svg = file.getvalue()
            bundle["text/html"] = (
                f'<div role="img" aria-label="Loss by step and accuracy by epoch">{svg[svg.index("<svg") :]}</div>'
                f"<pre>{self}</pre>"
            )
        return bundle


def _share(accuracy: float | None) -> str:
    return f"{accuracy:8.2%}" if accuracy is not None else "       –"
