"""The gear board as a picture: each gear turns from PyTorch's to the learner's while the files are saved."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.course.learner_folder import link_file
from cnnlab.nn import gears
from cnnlab.nn.step_listeners import listen_to_steps
from cnnlab.picture import Picture
from cnnlab.widgets.gearboard_still import draw_train
from cnnlab.widgets.scene import Ask, Scene, clip
from cnnlab.widgets.show_scene import show_scene

#: How often the files are looked at, in seconds.
EVERY = 0.5

#: How often the page is told of new steps, in seconds.
STEPS_EVERY = 0.1


Row = tuple[str, str, str, str, int, str]


@dataclass(frozen=True)
class GearBoard(Scene):
    """gear: the one that is chosen.   rows: exercise, state, layers and place of each, as in nn's Board; then the
    chapter, and the address of the file, relative to the notebook.

    steps: of training since the board was shown; the gears turn by a tooth for each.
    """

    gear: int = 0
    rows: tuple[Row, ...] = ()
    steps: int = 0

    MODULE: ClassVar = "gearboard.js"
    LABEL: ClassVar = "Gears: whose gradients does this network run on?"
    SIZE: ClassVar = (10, 3.2)
    KEYS: ClassVar = (
        "The arrow keys go along the gears; or click one. Enter opens its file in JupyterLab. The gears turn while "
        "fit trains the network, and the board looks again when a file is saved."
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
        exercise, state, layers, place, chapter, _ = self.rows[self.gear]
        said = f"Gears: {counts}. {exercise} turns {layers}; it is {state}"
        return said + (
            f" until you write it: {place}." if state == gears.PYTORCH else f", in {place} (chapter {chapter})."
        )

    def draw(self, figure: Any) -> None:
        """Draw a train of cogs, the loss at the right and the optimiser at the left."""
        if not self.rows:
            return
        last = len(self.rows) - 1
        order = [last, *range(last)] if last and self.rows[last][2] == "optimizer" else range(last + 1)
        shown, states = [self.rows[k] for k in order], self.data()["states"]
        whose = ("yours", "unchecked", "PyTorch's")
        named = [
            (e, k := states.index(state), layers, f"{whose[k]} · {_shorten(place)}")
            for e, state, layers, place, *_ in shown
        ]
        draw_train(figure, named, [len(layers.split(", ")) for _, _, layers, *_ in shown])


def _shorten(place: str) -> str:
    """Return file and line of a place."""
    return place.replace("\\", "/").rpartition("/")[2]


def rows_of(net: Any, others: tuple, check: bool) -> tuple[Row, ...]:
    """Return the lines of a network's board."""
    board = net.gears(*others, check=check)
    return tuple(
        (r.exercise, r.state, ", ".join(r.layers), r.place, int(r.chapter[2:]), _find_address(r.exercise))
        for r in board.rows
    )


def _find_address(exercise: str) -> str:
    """Return the address of the file of an exercise, relative to the notebook; "" where there is none."""
    return link_file(gears.place(catalogue.exercise(exercise)))


def watch(widget: Any, look: Callable[[], Any]) -> None:
    """Let the widget's rows follow the files: when the page asks, and when a file of the folder has changed."""

    def again(*_: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(ImportError):
            widget.rows = look()  # a file that cannot be read just now leaves the board as it was

    widget.on_msg(again)
    with contextlib.suppress(RuntimeError):  # outside a notebook there is no loop that runs between cells
        _tasks.add(task := asyncio.get_running_loop().create_task(_follow(weakref.ref(widget), again)))
        task.add_done_callback(_tasks.discard)


def follow_training(widget: Any, net: Any) -> None:
    """Let the widget's gears turn while fit trains the network."""
    shown, taken, told = weakref.ref(widget), 0, float("-inf")

    def count_step() -> bool:
        nonlocal taken, told
        board, taken, now = shown(), taken + 1, time.monotonic()
        if board is not None and now - told >= STEPS_EVERY:
            board.steps, told = taken, now
        return board is not None

    listen_to_steps(net, count_step)


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


def gear_board(net: Any, *others: Any, check: bool = False) -> Any:
    """Show whose gradients a network runs on (chapters 0, 10 and 11).

    The board follows while files are saved and checks pass, and its gears turn while fit trains the network.

    Args:
        net: The network.
        *others: A loss or an optimiser, which have gears as well.
        check: Whether to check what is written and not known to pass.

    Returns:
        A widget, or a Picture where anywidget is not installed.

    Example:
        >>> from cnnlab import nn
        >>> from cnnlab.widgets import gear_board
        >>> print(gear_board(nn.Sequential(nn.Flatten())))
        Gears: whose gradients does this network run on? Gears: 1 ... flatten_backward ...
    """
    board = show_scene(GearBoard(rows=rows_of(net, others, check)))
    if not isinstance(board, Picture):
        watch(board, lambda: rows_of(net, others, check))
        follow_training(board, net)
    return board
