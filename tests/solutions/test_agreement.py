"""What the tests of the solutions rely on rejects what it should: one wrong pair for each thing that it asks."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract

X = np.array([[1.0, -2.0, 3.0]])
CALLS, BUFFER = [], np.zeros((1, 3), np.float32)


def forward(x):
    return np.sin(x), (x,)


def backward(dy, cache):
    return dy * np.cos(cache[0])


def test_a_right_pair_passes():
    assert_agrees(forward, backward, torch.sin, X)
    assert_keeps_contract(forward, backward, X)


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        pytest.param(lambda x: (np.cos(x), (x,)), backward, id="forward"),
        pytest.param(forward, lambda dy, cache: dy, id="gradient"),
        pytest.param(forward, lambda dy, cache: backward(dy, cache)[0], id="shape"),
        pytest.param(forward, lambda dy, cache: backward(dy, cache).astype(np.float32), id="dtype"),
        pytest.param(forward, lambda dy, cache: (backward(dy, cache), None), id="one too many"),
        pytest.param(forward, lambda dy, cache: None, id="None"),
    ],
)
def test_other_numbers_than_pytorchs(forward, backward):
    with pytest.raises((AssertionError, ValueError)):
        assert_agrees(forward, backward, torch.sin, X)


def adds_to_dy(dy, cache):
    dy += 1
    return dy.copy()


def adds_to_the_cache(dy, cache):
    cache[0][...] += 1
    return dy.copy()


def counts(dy, cache):
    CALLS.append(None)
    return dy * len(CALLS)


def same_memory_each_time(dy, cache):
    return BUFFER


def adds_to_x(x):
    x += 1
    return x.copy(), (x,)


@pytest.mark.parametrize(
    ("forward", "backward", "says"),
    [
        pytest.param(lambda x: (x * np.float64(2), (x,)), backward, "y is float64 for float32", id="dtype of y"),
        pytest.param(forward, lambda dy, cache: dy * np.float64(2), "dx is float64 for float32", id="dtype of dx"),
        pytest.param(lambda x: (x[:], (x,)), backward, "y is the memory of an input", id="y is x"),
        pytest.param(forward, lambda dy, cache: dy, "memory that it does not own", id="dx is dy"),
        pytest.param(forward, lambda dy, cache: cache[0][:], "memory that it does not own", id="dx is x"),
        pytest.param(forward, same_memory_each_time, "memory that it does not own", id="one buffer for all calls"),
        pytest.param(forward, adds_to_dy, "read-only", id="dy is changed"),
        pytest.param(forward, adds_to_the_cache, "read-only", id="the cache is changed"),
        pytest.param(adds_to_x, backward, "read-only", id="x is changed"),
        pytest.param(forward, counts, "Arrays are not equal", id="another answer the second time"),
    ],
)
def test_a_broken_contract(forward, backward, says):
    with pytest.raises((AssertionError, ValueError), match=says):
        assert_keeps_contract(forward, backward, X)
