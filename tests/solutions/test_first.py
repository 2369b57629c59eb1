"""The reference of the first example, square: PyTorch's numbers, and the contract."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

FIRST = solution("first")


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 3, 4, 5), (0, 3)], ids=str)
def test_square_agrees_with_pytorch(shape):
    x = 3 * np.random.default_rng(0).standard_normal(shape)
    assert_agrees(FIRST.square_forward, FIRST.square_backward, torch.square, x)


def test_square_keeps_the_contract():
    assert_keeps_contract(FIRST.square_forward, FIRST.square_backward, np.array([[-1.0, 0, 2], [3, -4, 5]]))
