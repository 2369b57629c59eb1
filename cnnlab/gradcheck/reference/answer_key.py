"""Compute the answer key: every case with its right answer, from PyTorch or finite differences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cnnlab.errors import CnnlabError
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.compare import compare
from cnnlab.gradcheck.problem import Expected, Oracle
from cnnlab.gradcheck.reference import finite_differences, pytorch
from cnnlab.gradcheck.reference.products import Usual
from cnnlab.gradcheck.runner.snapshot import walk_arrays

PYTORCH, DIFFERENCES, NUMPY = "PyTorch", "finite differences", "NumPy"


class JudgesDisagree(CnnlabError, RuntimeError):
    """PyTorch and finite differences give different answers: a bug in the course, not in the learner's code."""


@dataclass(frozen=True)
class AnswerKey:
    """Cases with their right answers, and the method that gave them.

    again: the first case's dy with other inputs, which shows an answer that is remembered by its dy; or None.
    second: the method that was asked about every case as well, and agreed; or None.
    """

    cases: tuple[tuple[Case, Expected], ...]
    judge: str
    again: tuple[Case, Expected] | None = None
    second: str | None = None

    @property
    def judges(self) -> str:
        """Return who gave the answers, in words."""
        return f"{self.judge} and {self.second}" if self.second else self.judge


def build_answer_key(oracle: Oracle, seed: int, torch: bool | None = None) -> AnswerKey:
    """Return the key for a seed.

    torch: True to ask PyTorch and the second judge about every case; False to leave PyTorch out; None for PyTorch
    where it is imported already, since importing it takes longer than most checks, and else for the second judge.

    The second judge is differences, or NumPy where there is nothing to differentiate. Where PyTorch answers alone, the
    second judge answers the smallest case too. The two must agree.
    """
    return _build_answer_key(oracle, seed, _choose_judges(oracle, torch))


def _choose_judges(oracle: Oracle, torch: bool | None) -> tuple[str, ...]:
    """Return the judges to ask, the one whose answers count first."""
    second = NUMPY if oracle.by_numpy else DIFFERENCES
    if oracle.by_pytorch is None or torch is False:
        return (second,)
    alone = oracle.by_numpy is None and oracle.reference is None
    if torch:
        return (PYTORCH,) if alone else (PYTORCH, second)
    return (PYTORCH,) if pytorch.is_imported() or alone else (second,)


@lru_cache(maxsize=256)
def _build_answer_key(oracle: Oracle, seed: int, judges: tuple[str, ...]) -> AnswerKey:
    first, *others = judges
    cases = tuple(map(_freeze_arrays, oracle.plan(seed)))
    usual: Usual = {}
    pairs = tuple((c, reference_answer(oracle, first, c, usual)) for c in cases)
    key = AnswerKey(pairs, first, replay_with_other_inputs(oracle, first, cases, usual), others[0] if others else None)
    if first == PYTORCH:
        for pair in pairs if others else [min(pairs, key=lambda pair: pair[0].size)]:
            cross_examine(oracle, *pair)
    return key


def replay_with_other_inputs(
    oracle: Oracle, judge: str, cases: tuple[Case, ...], usual: Usual | None = None
) -> tuple[Case, Expected] | None:
    """Return the first case with its dy and other inputs: the same numbers in reverse order."""
    first = next((case for case in cases if case.dy is not None), None)
    if first is None or not oracle.wrt:
        return None
    turned = {
        name: np.flip(v) if name in oracle.wrt.values() and isinstance(v, np.ndarray) else v
        for name, v in first.inputs.items()
    }
    other = _freeze_arrays(replace(first, name="the first dy again, with other inputs", inputs=turned))
    try:
        return other, reference_answer(oracle, judge, other, usual)
    except Exception:  # numbers in this order are none that the op takes
        return None


def reference_answer(oracle: Oracle, judge: str, case: Case, usual: Usual | None = None) -> Expected:
    """Return the right answer to any case, from the judge that gave the key. usual: as for Products."""
    ask = oracle.by_pytorch if judge == PYTORCH else oracle.by_numpy
    found = ask(case) if ask else finite_differences.compute_finite_differences(oracle, case, usual)
    for array in (found.y, *found.grads.values()):
        if isinstance(array, np.ndarray):
            array.flags.writeable = False  # the key is kept; what it was read into must not change it
    return replace(found, freedom={**found.freedom, **oracle.freedom(case)})


def _freeze_arrays(case: Case) -> Case:
    for _, array in walk_arrays((case.dy, *case.inputs.values())):
        array.flags.writeable = False
    return case


def cross_examine(oracle: Oracle, case: Case, theirs: Expected) -> None:
    """Raise JudgesDisagree unless the second judge agrees with `theirs`, within its own error."""
    second = NUMPY if oracle.by_numpy else DIFFERENCES
    ours = reference_answer(oracle, second, case)
    for name, gradient in ours.grads.items():
        other = theirs.grads[name]
        if (gradient is None) != (other is None):
            raise JudgesDisagree(f"in the case '{case.name}' the judges disagree whether {name} exists")
        if gradient is None or other is None:
            continue
        free = theirs.freedom.get(name)
        held = compare(gradient, other, 1e-7, replace(free, total=None) if free else None)
        distance = held.largest
        known = float(np.max(ours.errors.get(name, 0.0), initial=0.0))
        if not distance <= 10 * known + 1e-7 * held.scale:
            raise JudgesDisagree(
                f"in the case '{case.name}' PyTorch and {second} give {name} {distance:.1e} apart. "
                "This is a fault of the course; please report it with this line"
            )
