"""LeNet on the digits inside the package: the learner's gradients train it as PyTorch's do."""

import numpy as np
import pytest

from cnnlab import data, loader, nn
from cnnlab.train import step
from tests.nn.conftest import FOLDERS, SOLUTIONS

STEPS, BATCH = 200, 4


def losses(steps=STEPS):
    """Of LeNet's first steps in float64."""
    net, loss, optimizer = nn.lenet(seed=0, dtype="float64"), nn.CrossEntropyLoss(), nn.SGD(0.01, momentum=0.9)
    digits = data.digits(dtype="float64").train
    found = []
    for x, y in data.batches(digits.x, digits.y, BATCH, rng=0):
        found.append(step(net, loss, optimizer, x, y))
        if len(found) == steps:
            return np.array(found)
    raise AssertionError("there are too few digits")


def test_200_steps_are_those_on_pytorchs_gears(choose):
    choose(SOLUTIONS)
    yours = losses()
    choose(loader.STUBS)
    np.testing.assert_allclose(yours, losses(), rtol=0, atol=1e-9)
    assert yours[-20:].mean() < 0.8 * yours[:20].mean()


def test_all_gears_are_there(choose):
    choose(FOLDERS["PyTorch's"])
    board = nn.lenet().gears(nn.CrossEntropyLoss(), nn.SGD(0.1, momentum=0.9))
    assert [row.exercise for row in board.rows] == [
        *("conv2d_bias_grad", "conv2d_weight_grad", "conv2d_input_grad", "relu_backward", "max_pool2d_backward"),
        *("flatten_backward", "linear_backward", "cross_entropy_backward", "momentum_step"),
    ]
    assert board.count["PyTorch's"] == 9


def test_it_begins_knowing_nothing(whose):
    """The loss is that of ten classes, all equally likely."""
    digits = data.digits().train
    loss = nn.CrossEntropyLoss()(nn.lenet(seed=0)(digits.x[:100]), digits.y[:100])
    assert loss == pytest.approx(np.log(10), rel=0.02)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_its_sizes_are_the_articles(whose, dtype):
    net = nn.lenet(dtype=dtype)
    assert sum(p.data.size for _, p in net.named_parameters()) == 61_706
    x = np.zeros((2, 1, 32, 32), dtype)
    shapes = {name: (x := layer(x)).shape[1:] for name, layer in net.children.items()}
    assert shapes == {
        "conv1": (6, 28, 28),
        "relu1": (6, 28, 28),
        "pool1": (6, 14, 14),
        "conv2": (16, 10, 10),
        "relu2": (16, 10, 10),
        "pool2": (16, 5, 5),
        "flatten": (400,),
        "fc1": (120,),
        "relu3": (120,),
        "fc2": (84,),
        "relu4": (84,),
        "fc3": (10,),
    }
    assert x.dtype == dtype


def test_the_seed_decides():
    first, same, other = (nn.lenet(seed=s).state_dict() for s in (3, 3, 4))
    assert all(np.array_equal(first[name], same[name]) for name in first)
    assert not any(np.array_equal(first[name], other[name]) for name in first)
