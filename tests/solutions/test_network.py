"""The reference gradients of chapter 6's two layers: PyTorch's numbers, every size, nothing changed."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import solution

NETWORK = solution("network")


def drawn(samples, inputs, hidden, outputs, dtype=float):
    rng = np.random.default_rng(6)
    shapes = (samples, inputs), (samples, outputs), (hidden, inputs), (hidden,), (outputs, hidden), (outputs,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("sizes", [(8, 5, 4, 3), (1, 1, 1, 1), (0, 3, 2, 4), (2, 6, 1, 5), (3, 3, 3, 3)], ids=str)
def test_network_gradients_agree_with_pytorch(sizes):
    x, t, *params = drawn(*sizes)
    w1, b1, w2, b2 = tensors = [torch.tensor(p, requires_grad=True) for p in params]
    a2 = torch.sigmoid(torch.sigmoid(torch.tensor(x) @ w1.T + b1) @ w2.T + b2)
    expected = torch.autograd.grad(((a2 - torch.tensor(t)) ** 2).sum() / 2, tensors)
    found = NETWORK.network_gradients(x, t, *params)
    for gradient, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(gradient, right.numpy(), rtol=1e-10, atol=1e-12)


def test_network_gradients_keep_their_arguments_and_their_kind_of_number():
    arguments = drawn(4, 3, 2, 2, np.float32)
    before = [a.copy() for a in arguments]
    assert all(g.dtype == np.float32 for g in NETWORK.network_gradients(*arguments))
    for now, then in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(now, then)
