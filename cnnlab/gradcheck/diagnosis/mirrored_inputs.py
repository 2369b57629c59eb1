"""The right formula of something mirrored or transposed: what an input, or dy, turned round before use gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.diagnosis.evidence import Evidence, Finding, Trial


def find_turned_input(evidence: Evidence) -> Finding | None:
    """Find the gradient that a mirrored or transposed array gives in the right backward."""
    if not evidence.problem.oracle.wrt:
        return None
    for what in (*evidence.trials[0].case.inputs, "dy"):
        for code, words, move in _list_moves():

            def formula(trial: Trial, what=what, move=move):
                changed = _change_array(trial.case, what, move)
                return evidence.right(changed) if changed else None

            if evidence.matches_formula(formula):
                text = f"{evidence.gradient} is what {what} {words} gives: {what} is used as it is."
                return Finding(code, text, f"{what} {words}")
    return None


def _change_array(case: Case, what: str, move: Callable[[np.ndarray], np.ndarray]) -> Case | None:
    array = case.dy if what == "dy" else case.inputs[what]
    if not isinstance(array, np.ndarray) or array.ndim < 2 or array.dtype.kind != "f":
        return None
    moved = np.array(move(array), order="C")
    if moved.shape != array.shape:
        return None
    return replace(case, dy=moved) if what == "dy" else replace(case, inputs={**case.inputs, what: moved})


def _list_moves() -> Iterator[tuple[Code, str, Callable[[np.ndarray], np.ndarray]]]:
    yield Code.FLIP, "turned by 180°", lambda a: a[..., ::-1, ::-1]
    yield Code.FLIP, "mirrored along its last axis but one", lambda a: np.flip(a, -2)
    yield Code.FLIP, "mirrored along its last axis", lambda a: np.flip(a, -1)
    yield Code.TRANSPOSE, "with its last two axes exchanged", lambda a: a.swapaxes(-1, -2)
