"""The reference dropout: its gradient, how often and what it drops, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

DROPOUT = solution("dropout")
PAIR = (DROPOUT.dropout_forward, DROPOUT.dropout_backward)


@pytest.mark.parametrize("p", [0, 0.25, 0.5, 0.9, 1])
@pytest.mark.parametrize("shape", [(6,), (4, 3), (2, 3, 4, 5), (0, 3)], ids=str)
def test_it_agrees_with_pytorch_given_the_mask(shape, p):
    x = np.random.default_rng(0).standard_normal(shape)
    kept = torch.tensor(DROPOUT.dropout_forward(x, p=p, rng=7)[1].mask)
    factor = torch.tensor(0.0 if p == 1 else 1 / (1 - p), dtype=torch.float64)
    assert_agrees(*PAIR, lambda t: torch.where(kept, t * factor, 0), x, p=p, rng=7)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_it_drops_p_of_the_entries_and_keeps_the_mean(p):
    y, _ = DROPOUT.dropout_forward(np.ones((1000, 100)), p=p, rng=0)
    assert abs((y == 0).mean() - p) < 0.01
    assert abs(y.mean() - 1) < 0.02
    np.testing.assert_allclose(np.unique(y), [0, 1 / (1 - p)])


def test_at_zero_it_keeps_all_and_at_one_nothing():
    x = np.random.default_rng(0).standard_normal((50, 50))
    everything, cache = DROPOUT.dropout_forward(x, p=0, rng=1)
    np.testing.assert_array_equal(everything, x)
    np.testing.assert_array_equal(DROPOUT.dropout_backward(x, cache), x)
    nothing, cache = DROPOUT.dropout_forward(x, p=1, rng=1)
    assert not nothing.any() and not DROPOUT.dropout_backward(x, cache).any()


def test_a_seed_gives_the_same_mask_and_a_generator_the_next_one():
    x = np.ones((20, 20))
    first, again, other = (DROPOUT.dropout_forward(x, rng=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    rng = np.random.default_rng(3)
    one, two = (DROPOUT.dropout_forward(x, rng=rng)[0] for _ in range(2))
    np.testing.assert_array_equal(one, first)
    assert (two != one).any()


def test_numpys_own_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    DROPOUT.dropout_forward(np.ones(9), rng=np.int64(5))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_the_dtype_does_not_change_the_mask():
    masks = [DROPOUT.dropout_forward(np.ones((9, 9), dtype), rng=2)[1].mask for dtype in (np.float32, np.float64)]
    np.testing.assert_array_equal(*masks)


@pytest.mark.parametrize("p", [0, 0.3, 1])
def test_it_keeps_the_contract(p):
    assert_keeps_contract(*PAIR, np.ones((3, 4)), p=p, rng=0)


@pytest.mark.parametrize(
    ("x", "options", "error", "says"),
    [
        ([1.0], {"rng": 0}, TypeError, "x is a list; a NumPy array is needed"),
        (np.array([1]), {"rng": 0}, TypeError, "x has dtype int64; floating-point numbers are needed"),
        (np.ones(2), {"rng": 0, "p": 1.5}, ValueError, "p is 1.5; a number from 0 to 1 is needed"),
        (np.ones(2), {"rng": 0, "p": -0.1}, ValueError, "p is -0.1; a number from 0 to 1 is needed"),
        (np.ones(2), {"rng": 0, "p": np.nan}, ValueError, "p is nan; a number from 0 to 1 is needed"),
        (np.ones(2), {"rng": 0, "p": "half"}, TypeError, "p is 'half'; a number is needed"),
        (np.ones(2), {"rng": None}, TypeError, "rng is None; a seed, which is an int, or a NumPy Generator is needed"),
        (np.ones(2), {"rng": 1.0}, TypeError, "rng is 1.0; a seed, which is an int"),
        (np.ones(2), {"rng": -1}, ValueError, "rng is -1; a seed of 0 or more is needed"),
        (np.ones(2), {}, TypeError, "rng"),
    ],
)
def test_what_it_refuses(x, options, error, says):
    with pytest.raises(error) as raised:
        DROPOUT.dropout_forward(x, **options)
    assert says in str(raised.value)


def test_an_upstream_gradient_that_does_not_fit():
    _, cache = DROPOUT.dropout_forward(np.ones((2, 3)), rng=0)
    with pytest.raises(ValueError, match=r"dy has shape \(3,\); \(2, 3\) is needed: the shape of y"):
        DROPOUT.dropout_backward(np.zeros(3), cache)
    with pytest.raises(TypeError, match="dy is a float; a NumPy array is needed"):
        DROPOUT.dropout_backward(1.0, cache)
