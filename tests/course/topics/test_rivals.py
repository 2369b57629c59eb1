"""No wrong formula of these exercises gives the right numbers, and no two the same: else a sentence could be untrue."""

import numpy as np
import pytest

from cnnlab.course import catalogue
from cnnlab.gradcheck.reference.answer_key import NUMPY, reference_answer

EXERCISES = (
    "conv_output_size",
    "count_parameters",
    "receptive_field",
    "backpropagate",
    "numerical_vjp",
    "directional_check",
    "relative_error",
    "network_gradients",
    "train_step",
    "compare_gradients",
    "as_autograd_function",
    "sgd_step",
    "momentum_step",
    "adagrad_step",
    "rmsprop_step",
    "adam_step",
    "adamw_step",
    "step_lr",
    "exponential_lr",
    "cosine_lr",
)

#: Larger cases tell no more, and cost more.
MOST_NUMBERS = 300


def list_rivals():
    for exercise in EXERCISES:
        problem = catalogue.find(exercise)[0].problem
        for name in problem.gradients:
            if any(rival.gradient == name for rival in problem.rivals):
                yield pytest.param(problem, name, id=f"{exercise}-{name}")


def join_numbers(arrays):
    return np.concatenate([np.asarray(a, float).ravel() for a in arrays])


def agree(one, other):
    return np.allclose(one, other, rtol=1e-6, atol=1e-14, equal_nan=True)


@pytest.mark.parametrize(("problem", "name"), list(list_rivals()))
def test_every_rival_differs_from_the_right_answer_and_from_the_others(problem, name):
    def right(case):
        return reference_answer(problem.oracle, NUMPY, case).grads[name]

    cases = [c for c in problem.oracle.plan(0) if c.size < MOST_NUMBERS and right(c) is not None]
    expected = [right(case) for case in cases]
    told = {}
    with np.errstate(all="ignore"):
        for rival in problem.rivals:
            if rival.gradient != name:
                continue
            computed = [rival.compute(case, right) for case in cases]
            shaped = [
                wanted if c is None or np.shape(c) != np.shape(wanted) else c
                for c, wanted in zip(computed, expected, strict=True)
            ]
            numbers = join_numbers(shaped)
            assert not agree(numbers, join_numbers(expected)), f"is right: {rival.sentence}"
            same = [s for s, other in told.items() if s != rival.sentence and agree(numbers, other)]
            assert same == [], f"gives the same numbers: {rival.sentence}"
            told.setdefault(rival.sentence, numbers)
