"""The reference steps of two networks: PyTorch's numbers, nothing changed in place, and clear errors."""

import numpy as np
import pytest
import torch

from tests.solutions.agreement import read_only, solution

GAN = solution("gan")


def draw(rng, n=3, m=4, features=2, inputs=3, units=5):
    """real, z, g and d, all read-only."""
    g = [(units, inputs), (units,), (features, units), (features,)]
    d = [(units + 1, features), (units + 1,), (1, units + 1), (1,)]
    real, z, *params = (read_only(rng.standard_normal(shape)) for shape in [(n, features), (m, inputs), *g, *d])
    return real, z, tuple(params[:4]), tuple(params[4:])


def run(x, params):
    w1, b1, w2, b2 = params
    return torch.tanh(x @ w1.T + b1) @ w2.T + b2


def assert_moved(new, old, grads, lr):
    for a, b, grad in zip(new, old, grads, strict=True):
        np.testing.assert_allclose(a, b - lr * grad.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("which", ["discriminator", "generator", "generator, saturating"])
def test_a_step_agrees_with_pytorch_at_random_sizes(which):
    rng = np.random.default_rng(0)
    for _ in range(25):
        real, z, g, d = draw(rng, *rng.integers(1, 7, 5))
        theirs_g, theirs_d = ([torch.tensor(p, requires_grad=True) for p in params] for params in (g, d))
        logits = run(run(torch.tensor(z), theirs_g), theirs_d)
        softplus = torch.nn.functional.softplus
        if which == "discriminator":
            wanted = softplus(-run(torch.tensor(real), theirs_d)).mean() + softplus(logits).mean()
            loss, new_g, new_d = GAN.discriminator_step(real, z, g, d, lr=0.3)
            assert_moved(new_d, d, torch.autograd.grad(wanted, theirs_d), 0.3)
            assert all(np.array_equal(a, b) for a, b in zip(new_g, g, strict=True))
        else:
            saturating = which.endswith("saturating")
            wanted = -softplus(logits).mean() if saturating else softplus(-logits).mean()
            loss, new_g, new_d = GAN.generator_step(z, g, d, lr=0.3, saturating=saturating)
            assert_moved(new_g, g, torch.autograd.grad(wanted, theirs_g), 0.3)
            assert all(np.array_equal(a, b) for a, b in zip(new_d, d, strict=True))
        assert loss == pytest.approx(wanted.item(), abs=1e-10)


def test_a_sure_discriminator_does_not_overflow():
    real, z, g, d = draw(np.random.default_rng(0))
    d = tuple(1e4 * p for p in d)
    for loss, *params in (GAN.discriminator_step(real, z, g, d, lr=0.1), GAN.generator_step(z, g, d, lr=0.1)):
        assert np.isfinite(loss)
        assert all(np.isfinite(p).all() for network in params for p in network)


@pytest.mark.parametrize("step", ["discriminator_step", "generator_step"])
def test_float32_stays(step):
    real, z, g, d = draw(np.random.default_rng(0))
    small = [tuple(p.astype("f4") for p in params) for params in (g, d)]
    given = [real.astype("f4"), z.astype("f4")] if step == "discriminator_step" else [z.astype("f4")]
    _, *networks = getattr(GAN, step)(*given, *small, lr=0.1)
    assert all(p.dtype == np.float32 for network in networks for p in network)


@pytest.mark.parametrize("lr", [-0.1, float("nan"), "0.1"], ids=str)
def test_a_wrong_rate_has_a_clear_error(lr):
    real, z, g, d = draw(np.random.default_rng(0))
    for step, given in ((GAN.discriminator_step, (real, z)), (GAN.generator_step, (z,))):
        with pytest.raises((ValueError, TypeError), match="lr"):
            step(*given, g, d, lr=lr)
