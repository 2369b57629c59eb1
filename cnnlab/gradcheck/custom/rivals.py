"""Turn wrong backwards into rivals, for users who check their own op."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.contract import returned_gradient
from cnnlab.gradcheck.problem import Problem, Rival
from cnnlab.gradcheck.subject import FunctionSubject


def make_rivals(
    rivals: Sequence[Any], problem: Problem, functions: Mapping[str, Callable], adapted: Callable[[Callable], Callable]
) -> tuple[Rival, ...]:
    """Return Rival objects as they are, and make one for each gradient of a wrong backward with a docstring.

    adapted: a backward as the engine calls it.   Raises TypeError or ValueError for anything else.
    """
    found: list[Rival] = []
    for rival in rivals:
        if isinstance(rival, Rival):
            if rival.gradient not in problem.gradients:
                raise ValueError(f"a rival is for {rival.gradient}; the gradients are {', '.join(problem.gradients)}")
            found.append(rival)
            continue
        if not callable(rival):
            raise TypeError(f"rivals holds a {type(rival).__name__}; a Rival or a wrong backward is needed")
        sentence = " ".join((inspect.getdoc(rival) or "").split())
        if not sentence:
            name = getattr(rival, "__name__", "a rival")
            raise ValueError(f"{name} has no docstring; a rival's docstring says the mistake in a sentence")
        mine = {**functions, problem.call.function: adapted(rival)}
        found += [Rival(g, "formula", sentence, _make_compute(mine, problem, g)) for g in problem.gradients]
    return tuple(found)


def _make_compute(functions: Mapping[str, Callable], problem: Problem, gradient: str) -> Callable[..., Any]:
    subject = FunctionSubject(functions, replace(problem.call))

    def compute(case: Case, right: Callable[[Case], np.ndarray]) -> np.ndarray | None:
        return returned_gradient(problem, subject.run(case), gradient)

    return compute
