"""The answer key: every case with its right answer, from the two judges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cnnlab.errors import CnnlabError
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.compare import compare
from cnnlab.gradcheck.problem import Expected, Oracle
from cnnlab.gradcheck.reference import finite_differences, pytorch
from cnnlab.gradcheck.runner.snapshot import walk_arrays

PYTORCH, DIFFERENCES, NUMPY = "PyTorch", "finite differences", "NumPy"


class JudgesDisagree(CnnlabError, RuntimeError):
    """PyTorch and the second judge give different answers: the course's fault, never the learner's."""


@dataclass(frozen=True)
class AnswerKey:
    """Cases with their right answers, and who gave them.

    again: the first case's dy with other inputs, which shows an answer that is remembered by its dy; or None.
    """

    cases: tuple[tuple[Case, Expected], ...]
    judge: str
    again: tuple[Case, Expected] | None = None


@lru_cache(maxsize=256)
def build_answer_key(oracle: Oracle, seed: int, torch: bool | None = None) -> AnswerKey:
    """Return the key for a seed. torch: whether to ask PyTorch; by default, where it is installed.

    Where PyTorch answers, differences answer the smallest case too, and the two must agree.
    """
    ask_torch = oracle.by_pytorch is not None and (pytorch.is_available() if torch is None else torch)
    cases = tuple(map(_freeze_arrays, oracle.plan(seed)))
    if not ask_torch:
        second = NUMPY if oracle.by_numpy else DIFFERENCES
        return AnswerKey(
            tuple((c, reference_answer(oracle, second, c)) for c in cases),
            second,
            replay_with_other_inputs(oracle, second, cases),
        )
    key = AnswerKey(
        tuple((c, reference_answer(oracle, PYTORCH, c)) for c in cases),
        PYTORCH,
        replay_with_other_inputs(oracle, PYTORCH, cases),
    )
    cross_examine(oracle, *min(key.cases, key=lambda pair: pair[0].size))
    return key


def replay_with_other_inputs(oracle: Oracle, judge: str, cases: tuple[Case, ...]) -> tuple[Case, Expected] | None:
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
        return other, reference_answer(oracle, judge, other)
    except Exception:  # numbers in this order are none that the op takes
        return None


def reference_answer(oracle: Oracle, judge: str, case: Case) -> Expected:
    """Return the right answer to any case, from the judge that gave the key."""
    ask = oracle.by_pytorch if judge == PYTORCH else oracle.by_numpy
    found = ask(case) if ask else finite_differences.compute_finite_differences(oracle, case)
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
