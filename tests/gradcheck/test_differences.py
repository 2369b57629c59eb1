"""The judge that needs no PyTorch: exact where a forward is linear, and honest about its error elsewhere."""

import numpy as np
import pytest

from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.differences import expected
from cnnlab.gradcheck.key import JudgesDisagree, cross_examine
from cnnlab.gradcheck.problem import Expected, Oracle


def make(reference, linear=()):
    return Oracle(lambda seed: (), {"dx": "x"}, reference, linear=frozenset(linear))


def case(x, dy):
    return Case("one", CORE, {"x": x}, dy=dy)


RNG = np.random.default_rng(0)
X, DY = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))


def test_a_linear_forward_is_exact():
    a = RNG.standard_normal((3, 3))
    found = expected(make(lambda x: (a @ x, None), ["x"]), case(X, DY))
    assert found.grads["dx"] is not None
    np.testing.assert_allclose(found.grads["dx"], a.T @ DY, atol=1e-14)
    assert found.errors["dx"] < 1e-12


def test_a_small_unknown_beside_a_large_constant():
    """A constant of 2^60 would swallow a step of 1; the step is of x's own size."""
    x = 2.0**40 * np.round(X * 4)
    found = expected(make(lambda x: (3 * x + 2.0**60, None), ["x"]), case(x, np.round(DY * 4)))
    assert found.grads["dx"] is not None
    np.testing.assert_allclose(found.grads["dx"], 3 * np.round(DY * 4), rtol=1e-3)


@pytest.mark.parametrize(
    ("forward", "slope"),
    [(np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2), (lambda x: x**3, lambda x: 3 * x**2)],
    ids=["exp", "tanh", "cube"],
)
def test_a_curved_forward_within_its_own_error(forward, slope):
    found = expected(make(lambda x: (forward(x), None)), case(X, DY))
    assert found.grads["dx"] is not None
    distance = np.abs(found.grads["dx"] - DY * slope(X)).max()
    assert distance < 1e-8
    assert distance <= 100 * found.errors["dx"] + 1e-10


def test_an_input_of_none_has_no_gradient():
    found = expected(make(lambda x: (DY, None)), Case("none", CORE, {"x": None}, dy=DY))
    assert found.grads == {"dx": None}
    assert found.errors == {}


def test_judges_that_disagree_are_the_courses_fault():
    oracle = make(lambda x: (2 * x, None), ["x"])
    cross_examine(oracle, case(X, DY), Expected(2 * X, {"dx": 2 * DY}))
    with pytest.raises(JudgesDisagree, match="fault of the course"):
        cross_examine(oracle, case(X, DY), Expected(2 * X, {"dx": 2.001 * DY}))
