"""What a course knows of an exercise beside its numbers: the line of its function, and the gears around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FunctionLine:
    """The line at which a function stands.

    file: its path as one types it.   line: from 1 up, or None where the file has no such function.   address: a link
    that opens the file in a notebook, or "".
    """

    file: str
    line: int | None = None
    address: str = ""


@dataclass(frozen=True)
class GearTrain:
    """The gears of a network, in the order of the way back: the first is turned by the loss.

    names: of their functions.   mine: those that the learner wrote and checked.   new: those that this check is about.
    """

    names: tuple[str, ...]
    mine: frozenset[str]
    new: frozenset[str]
