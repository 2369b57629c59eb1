"""Sizes, counts and fields against layers that run."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab import loader

SHAPES = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("shapes").module
assert SHAPES is not None


def test_lenet_is_accounted_for():
    sizes, size = [], (32, 32)
    for kind, options in SHAPES.LENET[:6]:
        if kind != "relu":
            size = SHAPES.conv_output_size(size, options["kernel_size"], stride=options.get("stride", 1))
            sizes.append(size)
    assert sizes == [(28, 28), (14, 14), (10, 10), (5, 5)]
    assert SHAPES.count_parameters(SHAPES.LENET) == 61_706
    assert SHAPES.receptive_field(SHAPES.LENET[:6]) == (16, 4, 0)


def torch_layer(kind, options):
    kinds = {"conv": "Conv2d", "max_pool": "MaxPool2d", "linear": "Linear", "relu": "ReLU", "flatten": "Flatten"}
    return getattr(torch.nn, kinds[kind])(**options)


def test_the_described_network_runs_in_pytorch():
    net = torch.nn.Sequential(*(torch_layer(*layer) for layer in SHAPES.LENET))
    assert net(torch.zeros(1, 1, 32, 32)).shape == (1, 10)
    assert sum(p.numel() for p in net.parameters()) == SHAPES.count_parameters(SHAPES.LENET)


@pytest.mark.parametrize("h", range(1, 12))
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(1, 1, 0), (2, 3, 1), (3, 2, 1), (4, 3, 2), (5, 1, 2)])
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_a_size_is_what_pooling_returns(h, kernel, stride, padding, ceil_mode):
    if h + 2 * padding < kernel:
        with pytest.raises(ValueError, match=f"kernel_size {kernel}"):
            SHAPES.conv_output_size((h, h), kernel, padding=padding)
        return
    options = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    y = torch.nn.functional.max_pool2d(torch.zeros(1, 1, h, h), kernel, **options)
    assert SHAPES.conv_output_size((h, h), kernel, **options) == tuple(y.shape[2:])


def test_a_cell_depends_on_its_field_and_on_nothing_else():
    layers = SHAPES.LENET[:6]
    size, jump, start = SHAPES.receptive_field(layers)
    averaging = torch.nn.Sequential(  # max pooling and ReLU would pass the gradient of some cells only
        *(torch.nn.AvgPool2d(2) if kind == "max_pool" else torch_layer(kind, o) for kind, o in layers if kind != "relu")
    )
    x = torch.zeros(1, 1, 32, 32, requires_grad=True)
    (grad,) = torch.autograd.grad(averaging(x)[0, :, 3, 1].sum(), x)
    rows, columns = np.nonzero(grad[0, 0].numpy())
    assert (rows.min(), rows.max()) == (start + 3 * jump, start + 3 * jump + size - 1)
    assert (columns.min(), columns.max()) == (start + jump, start + jump + size - 1)
