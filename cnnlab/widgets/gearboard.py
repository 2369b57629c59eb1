"""The gear board as a picture: each gear turns from PyTorch's to the learner's while the files are saved."""

from __future__ import annotations

import asyncio
import contextlib
import io
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from cnnlab import loader
from cnnlab.nn import gears
from cnnlab.widgets import paper
from cnnlab.widgets.scene import Ask, Scene, clip

#: How often the files are looked at, in seconds.
EVERY = 1.0


@dataclass(frozen=True)
class GearBoard(Scene):
    """gear: the one that is chosen.   rows: exercise, state, layers and place of each, as in nn's Board."""

    gear: int = 0
    rows: tuple[tuple[str, str, str, str], ...] = ()

    MODULE: ClassVar = "gearboard.js"
    LABEL: ClassVar = "Gears: whose gradients does this network run on?"
    SIZE: ClassVar = (10, 3.2)
    KEYS: ClassVar = (
        "Choose a gear with the arrow keys up and down, or click it. The board looks again when a file is saved."
    )
    CONTROLS: ClassVar = (Ask("Look again"),)

    def settle(self) -> Self:
        """Return the state with a gear that exists."""
        return replace(self, gear=clip(self.gear, 0, max(0, len(self.rows) - 1)))

    def data(self) -> dict[str, Any]:
        """Return the three states, so that the page has the same words."""
        return {"states": [gears.CHECKED, gears.UNCHECKED, gears.PYTORCH]}

    def count(self, state: str) -> int:
        """Return how many gears are in a state."""
        return sum(row[1] == state for row in self.rows)

    def caption(self) -> str:
        """Return how many gears are the learner's and how many PyTorch's, and the chosen gear."""
        if not self.rows:
            return "This network has no gears."
        counts = ", ".join(f"{n} {s}" for s in self.data()["states"] if (n := self.count(s)))
        exercise, state, layers, place = self.rows[self.gear]
        said = f"Gears: {counts}. {exercise} turns {layers}; it is {state}"
        return said + (f" until you write it: {place}." if state == gears.PYTORCH else f", in {place}.")

    def draw(self, figure: Any) -> None:
        """Draw a line for each gear."""
        plane = paper.axes(figure, 26, len(self.rows) + 0.5)
        plane.set_aspect("auto")
        looks = {gears.CHECKED: ("●", paper.BLUE), gears.UNCHECKED: ("◐", paper.BLUE), gears.PYTORCH: ("○", paper.GREY)}
        for k, (exercise, state, layers, place) in enumerate(self.rows):
            mark, colour = looks[state]
            paper.words(plane, 0.2, k + 0.5, mark, color=paper.shade(colour), size=11)
            for left, words in ((1.2, state), (6, exercise), (13.5, layers), (19, place)):
                paper.words(plane, left, k + 0.5, words)


def rows_of(net: Any, others: tuple, check: bool) -> tuple[tuple[str, str, str, str], ...]:
    """Return the lines of a network's board."""
    board = net.gears(*others, check=check)
    return tuple((r.exercise, r.state, ", ".join(r.layers), r.place) for r in board.rows)


def watch(widget: Any, look: Callable[[], Any]) -> None:
    """Let the widget's rows follow the files: when the page asks, and when a file of the folder has changed."""

    def again(*_: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(ImportError):
            widget.rows = look()  # a file that cannot be read just now leaves the board as it was

    widget.on_msg(again)
    with contextlib.suppress(RuntimeError):  # outside a notebook there is no loop that runs between cells
        _tasks.add(task := asyncio.get_running_loop().create_task(_follow(weakref.ref(widget), again)))
        task.add_done_callback(_tasks.discard)


_tasks: set[asyncio.Task] = set()


async def _follow(widget: weakref.ref, again: Callable[[], None]) -> None:
    """Look at the files now and then, as long as the widget is there."""
    folder, before = loader.learner_folder(), None
    while (shown := widget()) is not None and shown.comm is not None:
        del shown
        try:
            now = {p.name: p.stat().st_mtime_ns for p in folder.iterdir() if p.suffix in (".py", ".json")}
        except OSError:  # a file that goes while it is looked at
            now = before
        if before is not None and now != before:
            again()
        before = now
        await asyncio.sleep(EVERY)
