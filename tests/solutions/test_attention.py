"""The reference attention: PyTorch's numbers with and without the mask, the contract, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

ATTENTION = solution("attention")
PAIR = (ATTENTION.attention_forward, ATTENTION.attention_backward)


def draw(rng, n=2, heads=2, queries=3, keys=4, depth=2, width=5):
    shapes = ((n, heads, queries, depth), (n, heads, keys, depth), (n, heads, keys, width))
    return [rng.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize("is_causal", [False, True])
def test_it_agrees_with_pytorch_at_random_sizes(is_causal):
    rng = np.random.default_rng(0)

    def theirs(q, k, v):
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=is_causal)

    for _ in range(30):
        assert_agrees(*PAIR, theirs, *draw(rng, *rng.integers(1, 6, 6)), atol=1e-10, is_causal=is_causal)


@pytest.mark.parametrize("is_causal", [False, True])
def test_it_keeps_the_contract(is_causal):
    assert_keeps_contract(*PAIR, *draw(np.random.default_rng(0)), is_causal=is_causal)


def test_large_scores_do_not_overflow():
    q, k, v = draw(np.random.default_rng(0))
    y, cache = PAIR[0](1e3 * q, 1e3 * k, v)
    assert all(np.isfinite(a).all() for a in (y, *PAIR[1](np.ones_like(y), cache)))


@pytest.mark.parametrize(
    ("place", "value", "options", "error", "words"),
    [
        (0, np.ones((2, 3, 2)), {}, ValueError, "q has"),
        (0, np.ones((2, 2, 3, 2), int), {}, TypeError, "q"),
        (1, np.ones((2, 2, 4, 3)), {}, ValueError, "but for the number of keys"),
        (2, np.ones((2, 2, 3, 5)), {}, ValueError, "a value for each key"),
        (2, np.ones((2, 2, 4, 5)), {"is_causal": 1}, TypeError, "is_causal"),
    ],
    ids=["axes of q", "whole numbers", "k", "v", "is_causal"],
)
def test_what_does_not_fit_has_a_clear_error(place, value, options, error, words):
    inputs = draw(np.random.default_rng(0))
    inputs[place] = value
    with pytest.raises(error, match=words):
        PAIR[0](*inputs, **options)


def test_a_wrong_upstream_gradient_has_a_clear_error():
    _, cache = PAIR[0](*draw(np.random.default_rng(0)))
    with pytest.raises(ValueError, match="shape of y"):
        PAIR[1](np.ones((2, 2, 3, 4)), cache)
