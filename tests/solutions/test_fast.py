"""The fast layout gives the same numbers as the readable reference and as PyTorch, whatever the size of a batch."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab import loader
from solutions.fast.conv import Conv
from solutions.fast.lenet import BLOCK, SHAPES, LeNet
from solutions.fast.pool import PooledConv
from solutions.fast.product import deep, parts, wide

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"

CASES = {
    "plain": ((3, 6, 6, 2), (4, 3, 3, 3), {}),
    "stride": ((3, 7, 7, 2), (4, 3, 3, 3), {"stride": 2}),
    "stride with a remainder": ((2, 8, 9, 2), (4, 2, 3, 3), {"stride": 2}),
    "stride beyond the kernel": ((2, 9, 9, 2), (3, 2, 2, 2), {"stride": 3}),
    "padding": ((2, 5, 6, 3), (3, 2, 3, 3), {"padding": 1}),
    "padding and stride": ((2, 5, 6, 3), (3, 2, 3, 3), {"padding": 2, "stride": 3}),
    "padding as wide as the kernel": ((1, 4, 4, 1), (1, 1, 2, 2), {"padding": 2}),
    "kernel of another shape": ((2, 6, 5, 2), (3, 2, 2, 4), {}),
    "kernel as large as the image": ((2, 4, 5, 2), (3, 2, 4, 5), {}),
    "1×1": ((3, 4, 4, 2), (2, 3, 1, 1), {}),
    "one image, one channel": ((1, 5, 5, 1), (1, 1, 3, 3), {}),
}


def readable(topic):
    return loader.folder(SOLUTIONS).load(topic).module


def last(images):
    """(N, C, H, W) → (C, H, W, N)"""
    return np.ascontiguousarray(np.moveaxis(images, 0, -1))


def first(images):
    return np.moveaxis(images, -1, 0)


@pytest.mark.parametrize(("in_shape", "w_shape", "options"), CASES.values(), ids=CASES)
def test_convolution_is_the_readable_one(in_shape, w_shape, options):
    rng, ops = np.random.default_rng(0), readable("conv")
    layer = Conv(in_shape, w_shape, np.float64, **options)
    for _ in range(2):  # the working memory of the first call leaves nothing behind
        x, w = rng.normal(size=(in_shape[-1], *in_shape[:-1])), rng.normal(size=w_shape)
        y, _ = ops.conv2d_forward(x, w, None, **options)
        dy = rng.normal(size=y.shape)
        np.testing.assert_allclose(first(layer.forward(last(x), w)), y, rtol=0, atol=1e-12)
        dw = layer.weight_grad(last(dy), np.empty(w_shape))
        np.testing.assert_allclose(dw, ops.conv2d_weight_grad(dy, x, w.shape, **options), rtol=0, atol=1e-12)
        dx = layer.input_grad(last(dy), w)
        np.testing.assert_allclose(first(dx), ops.conv2d_input_grad(dy, w, x.shape, **options), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("in_shape", "w_shape", "options", "word"),
    [
        ((2, 5, 5, 1), (1, 3, 3, 3), {}, "channels"),
        ((2, 5, 5, 1), (1, 2, 6, 6), {}, "kernel"),
        ((2, 5, 5, 1), (1, 2, 3, 3), {"stride": 0}, "stride"),
        ((2, 5, 5, 1), (1, 2, 3, 3), {"padding": -1}, "padding"),
    ],
)
def test_a_convolution_that_cannot_be(in_shape, w_shape, options, word):
    with pytest.raises(ValueError, match=word):
        Conv(in_shape, w_shape, np.float64, **options)


POOLED = [(2, (2, 6, 8, 3), (4, 2, 3, 3)), (2, (1, 9, 9, 1), (2, 1, 2, 4)), (3, (2, 8, 11, 2), (3, 2, 3, 3))]


@pytest.mark.parametrize(("pool", "in_shape", "w_shape"), [*POOLED, (1, (2, 5, 5, 2), (3, 2, 3, 3))], ids=str)
def test_convolution_and_pooling_in_one_are_the_readable_ones_with_ties_too(pool, in_shape, w_shape):
    rng, conv, pooling = np.random.default_rng(1), readable("conv"), readable("pool")
    layer = PooledConv(in_shape, w_shape, np.float64, pool=pool)
    for _ in range(2):
        x, w = (rng.integers(-1, 2, s).astype(float) for s in ((in_shape[-1], *in_shape[:-1]), w_shape))
        z, of_conv = conv.conv2d_forward(x, w, None)
        y, of_pool = pooling.max_pool2d_forward(z, kernel_size=pool)
        dy, dw = rng.normal(size=y.shape), np.empty(w_shape)
        np.testing.assert_array_equal(first(layer.forward(last(x), w)), y)
        dx, wanted, _ = conv.conv2d_backward(pooling.max_pool2d_backward(dy, of_pool), of_conv)
        layer.backward(last(dy), dw)
        np.testing.assert_allclose(dw, wanted, rtol=0, atol=1e-12)
        np.testing.assert_allclose(first(layer.input_grad()), dx, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("pool", "size", "word"), [(0, 6, "pool"), (2, 7, "remainder"), (3, 6, "remainder")])
def test_a_pooling_that_cannot_be(pool, size, word):
    with pytest.raises(ValueError, match=word):
        PooledConv((1, size, 6, 2), (1, 1, 3, 3), np.float64, pool=pool)


@pytest.mark.parametrize(
    ("rows", "inner", "length"), [(24, 36, 6272), (64, 216, 800), (3, 5, 7), (24, 36, 6271), (2, 2, 0)]
)
def test_products_in_parts(rows, inner, length):
    rng = np.random.default_rng(2)
    a, b, c = (rng.integers(-9, 9, s).astype(float) for s in ((rows, inner), (inner, length), (rows, length)))
    y, dw = np.empty((rows, length)), np.empty((rows, inner))
    wide(a, b, y)
    deep(c, b, dw)
    np.testing.assert_array_equal(y, a @ b)
    np.testing.assert_array_equal(dw, c @ b.T)


@pytest.mark.parametrize(
    ("length", "longest", "found"), [(12, 12, 0), (12, 5, 3), (12, 7, 2), (13, 5, 0), (7, 0, 7), (0, 5, 0), (1, 0, 0)]
)
def test_equal_parts(length, longest, found):
    assert parts(length, longest) == found


class Net(torch.nn.Module):
    """LeNet, written as PyTorch's tutorial writes it."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = torch.nn.Conv2d(1, 6, 5), torch.nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = torch.nn.Linear(400, 120), torch.nn.Linear(120, 84), torch.nn.Linear(84, 10)

    def forward(self, x):
        f = torch.nn.functional
        x = f.max_pool2d(f.relu(self.conv1(x)), 2)
        x = f.max_pool2d(f.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(f.relu(self.fc2(f.relu(self.fc1(x)))))


@pytest.fixture
def twins():
    """(PyTorch's network, its optimiser, ours with the same parameters), in float64."""
    torch.manual_seed(3)
    net = Net().double()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    return net, optimizer, LeNet({n: p.detach().numpy() for n, p in net.named_parameters()}, lr=0.05)


def batch(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1, 32, 32)), rng.integers(0, 10, n)


@pytest.mark.parametrize("n", [1, 4, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 7])
def test_every_gradient_of_the_network_is_pytorchs(twins, n):
    net, _, ours = twins
    x, target = batch(n)
    loss = torch.nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(target))
    loss.backward()
    assert ours.gradient(x, target) == pytest.approx(loss.item(), abs=1e-12)
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None
        np.testing.assert_allclose(ours.grads[name], parameter.grad.numpy(), rtol=0, atol=1e-12, err_msg=name)


def test_a_training_is_pytorchs(twins):
    net, optimizer, ours = twins
    for step in range(30):
        x, target = batch(4 if step % 3 else 40, seed=step % 5)  # batches of two sizes, with memory for each
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(torch.tensor(x)), torch.tensor(target))
        loss.backward()
        optimizer.step()
        assert ours.step(x, target) == pytest.approx(loss.item(), abs=1e-9)


def test_parameters_of_another_shape_are_refused():
    wrong = {name: np.zeros(shape) for name, shape in SHAPES.items()} | {"fc1.weight": np.zeros((120, 256))}
    del wrong["conv2.bias"]
    with pytest.raises(ValueError, match=r"conv2\.bias, fc1\.weight"):
        LeNet(wrong)
