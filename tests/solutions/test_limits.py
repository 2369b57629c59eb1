"""The reference of chapter 17: a Hessian along a direction, and the cost of a convolution."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import solution

LIMITS = solution("limits")


def test_a_quadratic_loss_has_its_matrix():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(5, 5))
    hessian, w, v = a + a.T, rng.normal(size=5), rng.normal(size=5)
    for h in (1.0, 1e-3):
        found = LIMITS.hessian_vector_product(lambda w: hessian @ w, w, v, h=h)
        np.testing.assert_allclose(found, hessian @ v, rtol=1e-9)


def test_it_agrees_with_pytorch_twice_differentiated():
    rng = np.random.default_rng(0)
    w, v = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))

    def loss(t):
        return (torch.sin(t) * t.roll(1, 1)).sum()

    def gradient(w):
        leaf = torch.tensor(w, requires_grad=True)
        return torch.autograd.grad(loss(leaf), leaf)[0].numpy()

    right = torch.autograd.functional.hvp(loss, torch.tensor(w), torch.tensor(v))[1].numpy()
    np.testing.assert_allclose(LIMITS.hessian_vector_product(gradient, w, v), right, rtol=1e-7, atol=1e-8)


def test_the_step_is_not_scaled_by_the_direction():
    """Of a cube the error of a centred difference is h² v³: with h 0.5 and v 2 it is 2."""
    w, v = np.array([1.0]), np.array([2.0])
    assert LIMITS.hessian_vector_product(lambda w: w**3, w, v, h=0.5)[0] == 3 * 2 + 0.25 * 8


@pytest.mark.parametrize("options", [{}, {"stride": (2, 3)}, {"padding": 1, "dilation": 2}, {"groups": 2}], ids=str)
def test_the_cost_is_that_of_pytorchs_layer(options):
    x, w = (2, 4, 11, 13), (6, 4 // options.get("groups", 1), 3, 2)
    layer = torch.nn.Conv2d(4, 6, (3, 2), **options)
    y = layer(torch.zeros(x))
    parameters = sum(p.numel() for p in layer.parameters())
    assert LIMITS.conv_cost(x, w, **options) == (y.numel() * w[1] * 6, parameters, y.numel())


@pytest.mark.parametrize(
    ("x", "w", "options"),
    [((1, 3, 5, 5), (2, 2, 3, 3), {}), ((1, 1, 2, 2), (1, 1, 3, 3), {}), ((1, 4, 5, 5), (3, 2, 3, 3), {"groups": 2})],
    ids=str,
)
def test_sizes_that_do_not_fit_have_a_clear_error(x, w, options):
    with pytest.raises(ValueError, match="fit"):
        LIMITS.conv_cost(x, w, **options)
