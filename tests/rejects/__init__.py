"""Wrong implementations that must be caught, each with the code it should get, and right ones that must pass.

One file per topic. `wrong` and `right` register a function for an exercise; test_rejects.py runs them all.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Implementation:
    """A function for an exercise. codes: the diagnosis codes that are right for it; empty for a right implementation."""

    exercise: str
    function: Callable
    codes: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        return f"{self.exercise}-{self.function.__name__}"


WRONG: list[Implementation] = []
RIGHT: list[Implementation] = []


def wrong(exercise: str, *codes: str | None):
    """Register a wrong implementation; None among the codes allows a failure without a diagnosis."""

    def register(function: Callable) -> Callable:
        WRONG.append(Implementation(exercise, function, codes))
        return function

    return register


def right(exercise: str):
    """Register a right implementation, written in its own way."""

    def register(function: Callable) -> Callable:
        RIGHT.append(Implementation(exercise, function))
        return function

    return register
