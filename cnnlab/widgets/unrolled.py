"""Chapter 18: a recurrent network of one unit, unrolled; drag an input, turn the weight, see what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log10, tanh
from typing import Any, ClassVar, NamedTuple, Self

from cnnlab.widgets import paper
from cnnlab.widgets.scene import Choice, Scene, Slider, clip, number
from cnnlab.widgets.show_scene import show_scene

MOST_TIMES, MOST_WEIGHT_TENTHS, MOST_INPUT_HUNDREDTHS = 20, 30, 100
INPUTS = (50, -30, 20, 10, -40, 30, -10, 40, -20, 30, -50, 20, 10, -30, 40, -20, 30, -10, 20, -40)
DECADES = 6  # the picture of sizes goes from 10^-6 to 10^6


class Numbers(NamedTuple):
    """What a state computes, for every time.

    before: the state of the time before.   g: the gradient of y, dy and what came back.   back: what the time after
    sent.   sent: what goes on to the time before.   share: of the weight's gradient.
    """

    x: list[float]
    before: list[float]
    y: list[float]
    slope: list[float]
    dy: list[float]
    back: list[float]
    g: list[float]
    sent: list[float]
    share: list[float]


def short(v: float) -> str:
    """Return three digits; what lies exactly between two numbers is rounded up, as on the page."""
    return number(v * (1 + 1e-12))


@dataclass(frozen=True)
class UnrolledNetwork(Scene):
    """times: how often the layer is used.   weight: of the state, in tenths.   time: the chosen one, from 0.

    loss: which times have an upstream gradient, 1 each.   inputs: "drawn", or "zero" for inputs that are all 0.
    x: the inputs, in hundredths.
    """

    times: int = 10
    weight: int = 10
    time: int = 9
    loss: str = "last time"
    inputs: str = "drawn"
    x: tuple[int, ...] = INPUTS

    MODULE: ClassVar = "unrolled.js"
    LABEL: ClassVar = "A recurrent network, unrolled: how much of the last time's gradient comes back to the first?"
    KEYS: ClassVar = (
        "Drag a bar of x. The arrow keys right and left choose a time, up and down turn the weight; Space puts the "
        "loss on the last time or on every time."
    )
    CONTROLS: ClassVar = (
        Slider("times", 1, MOST_TIMES, "T"),
        Slider("weight", -MOST_WEIGHT_TENTHS, MOST_WEIGHT_TENTHS, "weight"),
        Choice("inputs", ("drawn", "zero"), "inputs"),
        Choice("loss", ("last time", "every time"), "loss on"),
    )
    SIZE: ClassVar = (7.5, 4.8)

    def settle(self) -> Self:
        """Return the state with as many inputs as there can be times, and a time that exists."""
        x = [max(-MOST_INPUT_HUNDREDTHS, min(MOST_INPUT_HUNDREDTHS, v)) for v in self.x]
        x = (*x, *INPUTS[len(x) :])[:MOST_TIMES]
        return replace(self, x=x, time=clip(self.time, 0, self.times - 1))

    def numbers(self) -> Numbers:
        """Return what the steps of the chapter compute, from the first time to the last and back."""
        w, h, before, y = self.weight / 10, 0.0, [], []
        x = [0.0 if self.inputs == "zero" else v / 100 for v in self.x[: self.times]]
        for v in x:
            before.append(h)
            h = tanh(v + w * h)
            y.append(h)
        slope = [1 - v * v for v in y]
        dy = [1.0 if self.loss == "every time" or t == self.times - 1 else 0.0 for t in range(self.times)]
        back, g, sent, share = ([0.0] * self.times for _ in range(4))
        r = 0.0
        for t in reversed(range(self.times)):
            back[t] = r
            g[t] = dy[t] + r
            dz = g[t] * slope[t]
            share[t] = dz * before[t]
            r = w * dz
            sent[t] = r
        return Numbers(x, before, y, slope, dy, back, g, sent, share)

    def caption(self) -> str:
        """Return the chosen time forwards and backwards, the weight's gradient, and first against last."""
        n, t, w, last = self.numbers(), self.time, short(self.weight / 10), self.times - 1
        total = 0.0
        for part in reversed(n.share):
            total += part
        came = f"and {short(n.back[t])} from time {t + 1}" if t < last else "and nothing comes back"
        earlier = f"time {t - 1}" if t else "the state before time 0"
        return (
            f"Time {t}: y = tanh({short(n.x[t])} + {w} · {short(n.before[t])}) = {short(n.y[t])}, with slope "
            f"{short(n.slope[t])}. Its gradient is {short(n.g[t])}: dy = {short(n.dy[t])} {came}. It sends "
            f"{w} · {short(n.slope[t])} · {short(n.g[t])} = {short(n.sent[t])} to {earlier}. dw = {short(total)}, of "
            f"which time {t} gives {short(n.share[t])}. The gradient is {short(n.g[last])} at time {last} and "
            f"{short(n.g[0])} at time 0."
        )

    def draw(self, figure: Any) -> None:
        """Draw inputs, states and gradients as bars, and the sizes of the gradients on a logarithmic scale."""
        n, places = self.numbers(), range(self.times)
        edges = [2.5 if t == self.time else 0.8 for t in places]
        panels = figure.subplots(2, 2)
        signed = [paper.PURPLE if v < 0 else paper.PINK for v in n.g]
        sizes = [max(-DECADES, min(DECADES, log10(abs(v)))) if v else -DECADES for v in n.g]
        lot = (
            ("x", n.x, paper.SKY, 1.1),
            (f"y = tanh(x + {short(self.weight / 10)} · the y before)", n.y, paper.GREEN, 1.1),
            ("gradient of y", n.g, signed, 1.1 * max(map(abs, n.g))),
            ("its size, in powers of ten", sizes, signed, DECADES),
        )
        for axes, (name, values, colour, most) in zip(panels.flat, lot, strict=True):
            axes.bar(places, values, color=colour, edgecolor=paper.INK, linewidth=edges)
            axes.axhline(0, color=paper.INK, linewidth=0.6)
            axes.set_title(name, fontsize=10, loc="left")
            axes.set(ylim=(-most, most), xticks=places)
            axes.tick_params(labelsize=paper.SMALLEST)


def unrolled_network(**state: Any) -> Any:
    """Show a recurrent network of one unit, unrolled, and the gradient that comes back through its times (chapter 18).

    Args:
        **state: times, how often the layer is used (1 to 20); weight, that of the state, in tenths (−30 to 30); time,
            from 0, the chosen one; loss, "last time" or "every time"; inputs, "drawn" or "zero"; x, the inputs in
            hundredths, a list.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Raises:
        ValueError: A value is outside its range.

    Example:
        >>> from cnnlab.widgets import unrolled_network
        >>> print(unrolled_network(times=3, weight=5, x=[69, 80, 29], time=0))
        A recurrent network, unrolled: ... The gradient is 1 at time 2 and 0.0578 at time 0.
    """
    return show_scene(UnrolledNetwork(**state))
