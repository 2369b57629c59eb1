"""The bridge: what the course's own ops look like from PyTorch, and errors that have one meaning."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.errors import WrongValue

OPS = loader.folder(Path(__file__).parents[2] / "solutions" / "ops")
BRIDGE = OPS.load("bridge").module


def function(topic, name):
    found = OPS.load(topic).function(name)
    assert found is not None
    return found


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_a_convolution_inside_autograd_is_pytorchs(bias):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s) for s in ((2, 3, 6, 5), (4, 3, 3, 2), (4,))]
    own = BRIDGE.as_autograd_function(function("conv", "conv2d_forward"), function("conv", "conv2d_backward"))
    grads = []
    for layer in (own, torch.nn.functional.conv2d):
        x, w, b = (torch.tensor(a, requires_grad=True) for a in arrays)
        layer(x, w, b if bias else None, stride=2, padding=1).sin().sum().backward()
        grads.append([x.grad, w.grad, *([b.grad] if bias else [])])
    for mine, theirs in zip(*grads, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


def test_a_loss_with_class_numbers():
    rng = np.random.default_rng(0)
    logits, target = rng.normal(size=(4, 3)), np.array([2, 0, 1, 1])
    own = BRIDGE.as_autograd_function(
        function("losses", "cross_entropy_forward"), function("losses", "cross_entropy_backward")
    )
    grads = []
    for loss in (own, torch.nn.functional.cross_entropy):
        z = torch.tensor(logits, requires_grad=True)
        (3 * loss(z, torch.tensor(target))).backward()
        grads.append(z.grad)
    np.testing.assert_allclose(*grads, atol=1e-12)


def test_errors_are_between_0_and_1_and_symmetric():
    rng = np.random.default_rng(0)
    for scale in (1e-12, 1.0, 1e12):
        a, b = {"w": rng.normal(size=(3, 2))}, {"w": scale * rng.normal(size=(3, 2))}
        [error] = BRIDGE.compare_gradients(a, b)
        assert 0 < error <= 1
        assert BRIDGE.compare_gradients(b, a) == pytest.approx([error])


def test_what_needs_pytorch_is_marked_by_hand_and_never_graded_in_the_worker():
    by_hand = {e.name for e in catalogue.EXERCISES.values() if e.by_hand}
    assert by_hand == {"as_autograd_function"}
    assert [e.name for e in catalogue.list_graded_exercises("ch11")] == ["compare_gradients"]


def test_an_exercise_that_the_worker_cannot_run_must_be_marked_by_hand():
    with pytest.raises(WrongValue, match="as_autograd_function makes its own subject"):
        replace(catalogue.EXERCISES["as_autograd_function"], by_hand=False)
