"""The types of an exercise and of an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnnlab.errors import WrongValue
from cnnlab.gradcheck.problem import Problem
from cnnlab.gradcheck.runner.calls import Call
from cnnlab.gradcheck.subject import FunctionSubject, Subject

#: (functions by name, which of them are called and how, the learner's folder) -> what answers the cases.
MakeSubject = Callable[[Mapping[str, Callable], Call, Path | None], Subject]


@dataclass(frozen=True)
class Exercise:
    """One function to write.

    op: the operation it belongs to.   topic: the learner file, without .py.   chapter: "ch08".
    points: what it is worth.   where: the place in the course.   hints: three, from a nudge to nearly the answer.
    problem: what the engine judges.   by_hand: whether it needs PyTorch, so that it is checked at home and never in the
    grading worker; a person marks it.   make_subject: what answers the cases at home, by default the functions
    themselves; the grading worker can run nothing else.   optional: whether a learner may leave it out: it is worth 0
    points, its chapter does not ask for it, and it is not graded.   formerly: the chapter that asked for it in version
    0.1.0, whose released notebooks are still graded.   needs: the exercise that its given forward calls, if any: until
    that is written, this one cannot be judged.
    """

    op: str
    topic: str
    chapter: str
    points: int
    where: str
    hints: tuple[str, str, str]
    problem: Problem
    by_hand: bool = False
    make_subject: MakeSubject = FunctionSubject
    optional: bool = False
    formerly: str = ""
    needs: str = ""

    def __post_init__(self):
        if self.optional and self.points:
            raise WrongValue(f"{self.name} is optional and worth {self.points} points; give it 0 points")
        if self.make_subject is not FunctionSubject and not self.by_hand:
            raise WrongValue(f"{self.name} makes its own subject, which the grading worker cannot run; set by_hand")

    @property
    def name(self) -> str:
        """Return the function's name."""
        return self.problem.name

    @property
    def grade_id(self) -> str:
        """Return the name of its graded cell, one for the whole course."""
        return self.name


@dataclass(frozen=True)
class Operation:
    """An op: its exercises, and the whole pair, which a caller may check with functions of their own.

    pair: None for a function or an update rule, which has no backward.
    """

    name: str
    topic: str
    chapter: str
    exercises: tuple[Exercise, ...]
    pair: Problem | None = None
