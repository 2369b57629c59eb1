"""The train of gears in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnlab.gradcheck.exercise_place import GearTrain


def count_gears(train: GearTrain) -> str:
    """Return "4 of 9 gears are yours"."""
    mine = len(train.mine)
    return f"{mine} of {len(train.names)} gears {'is' if mine == 1 else 'are'} yours"


def draw_gears(train: GearTrain) -> str:
    """Return a character for each gear, the loss at the right, and the new one in brackets."""
    marks = (
        f"[{'●' if name in train.mine else '○'}]" if name in train.new else "●" if name in train.mine else "○"
        for name in train.names[::-1]
    )
    return "".join(marks)
