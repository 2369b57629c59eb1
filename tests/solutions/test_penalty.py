"""The reference penalties: PyTorch's numbers, the contract, and clear errors."""

import numpy as np
import pytest

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

PENALTY = solution("penalty")
L1 = (PENALTY.l1_penalty_forward, PENALTY.l1_penalty_backward)
L2 = (PENALTY.l2_penalty_forward, PENALTY.l2_penalty_backward)
EACH = [
    pytest.param(L1, lambda w, strength: strength * w.abs().sum(), id="l1"),
    pytest.param(L2, lambda w, strength: strength / 2 * w.square().sum(), id="l2"),
]


@pytest.mark.parametrize(("pair", "theirs"), EACH)
@pytest.mark.parametrize("strength", [1e-4, 1, 3.5, 0])
@pytest.mark.parametrize("shape", [(5,), (4, 3), (2, 3, 3, 3), (0, 3), ()], ids=str)
def test_they_agree_with_pytorch(pair, theirs, shape, strength):
    w = np.asarray(np.random.default_rng(0).standard_normal(shape))
    assert_agrees(*pair, lambda t: theirs(t, strength), w, strength=strength)


@pytest.mark.parametrize(("pair", "theirs"), EACH)
@pytest.mark.parametrize("w", [0.0, 1e-150, 1e150])
def test_they_agree_with_pytorch_at_zero_and_far_from_it(pair, theirs, w):
    assert_agrees(*pair, lambda t: theirs(t, 0.5), np.array([[w, -w], [1, -1]]), strength=0.5)


@pytest.mark.parametrize(("pair", "theirs"), EACH)
def test_the_penalty_is_one_number_and_its_gradient_that_of_one(pair, theirs):
    forward, backward = pair
    penalty, cache = forward(np.array([3.0, -4.0]), strength=2)
    assert np.shape(penalty) == ()
    at_the_end = backward(1.0, cache)
    np.testing.assert_array_equal(at_the_end, [2, -2] if pair is L1 else [6, -8])
    for dy in (3, 3.0, np.float64(3), np.array(3.0)):
        np.testing.assert_array_equal(backward(dy, cache), 3 * at_the_end)


@pytest.mark.parametrize(("pair", "theirs"), EACH)
def test_they_keep_the_contract(pair, theirs):
    assert_keeps_contract(*pair, np.array([[1.0, -2.0], [0.0, 3.0]]), strength=np.float64(0.1))
    _, cache = pair[0](np.ones(2, np.float32), strength=1)
    assert pair[1](np.float64(1), cache).dtype == np.float32


@pytest.mark.parametrize(("pair", "theirs"), EACH)
@pytest.mark.parametrize(
    ("w", "options", "error", "says"),
    [
        ([1.0], {"strength": 1}, TypeError, "w is a list; a NumPy array is needed"),
        (np.array([1]), {"strength": 1}, TypeError, "w has dtype int64; floating-point numbers are needed"),
        (np.ones(2), {"strength": -1}, ValueError, "strength is -1; 0 or more is needed"),
        (np.ones(2), {"strength": np.nan}, ValueError, "strength is nan; 0 or more is needed"),
        (np.ones(2), {"strength": None}, TypeError, "strength is None; a number is needed"),
        (np.ones(2), {}, TypeError, "strength"),
    ],
)
def test_what_they_refuse(pair, theirs, w, options, error, says):
    with pytest.raises(error) as raised:
        pair[0](w, **options)
    assert says in str(raised.value)


@pytest.mark.parametrize(("pair", "theirs"), EACH)
def test_an_upstream_gradient_that_is_not_one_number(pair, theirs):
    _, cache = pair[0](np.ones(2), strength=1)
    for dy in (np.ones(2), None, "1"):
        with pytest.raises(TypeError, match=r"dy is .*; a number is needed"):
            pair[1](dy, cache)
