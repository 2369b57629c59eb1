"""The reference transposed convolution: PyTorch's numbers over every option, and one clear error for what cannot be."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnlab import loader

SOLUTIONS = loader.folder(Path(__file__).parents[2] / "solutions" / "ops")
CONV, TRANSPOSE = SOLUTIONS.load("conv").module, SOLUTIONS.load("conv_transpose").module
assert CONV is not None
assert TRANSPOSE is not None

STRIDES, PADDINGS, EXTRAS, DILATIONS = (1, 2, (2, 3)), (0, 1, (0, 2)), (0, 1, (1, 2)), (1, 3, (2, 3))


def allowed(stride, extra, dilation):
    """Whether the output padding is below the stride or the dilation, in rows and in columns."""
    stride, extra, dilation = (np.broadcast_to(value, 2) for value in (stride, extra, dilation))
    return bool(np.all(extra < np.maximum(stride, dilation)))


OPTIONS = [
    {"stride": s, "padding": p, "output_padding": e, "dilation": d, "groups": g}
    for s, p, e, d, g in product(STRIDES, PADDINGS, EXTRAS, DILATIONS, (1, 2))
    if allowed(s, e, d)
]


@pytest.mark.parametrize(("kernel", "image"), [((3, 3), (4, 4)), ((2, 3), (3, 5))], ids=str)
@pytest.mark.parametrize("images", [0, 1, 3])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_all_options_agree_with_pytorch(kernel, image, images, bias):
    rng = np.random.default_rng(0)
    for options in OPTIONS:
        groups = options["groups"]
        x, w = rng.standard_normal((images, 4, *image)), rng.standard_normal((4, 6 // groups, *kernel))
        b = rng.standard_normal(6) if bias else None
        y, cache = TRANSPOSE.conv_transpose2d_forward(x, w, b, **options)
        dy = rng.standard_normal(y.shape)
        tensors = [torch.tensor(a, requires_grad=True) for a in (x, w, b) if a is not None]
        theirs = functional.conv_transpose2d(*tensors, **options)
        theirs.backward(torch.tensor(dy))
        np.testing.assert_allclose(y, theirs.detach(), atol=1e-11)
        ours = TRANSPOSE.conv_transpose2d_backward(dy, cache)
        assert (ours[2] is None) is not bias
        for gradient, tensor in zip(ours, tensors, strict=False):
            np.testing.assert_allclose(gradient, tensor.grad, atol=1e-11)


def test_it_is_the_transpose_of_the_convolution():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 3, 7, 8)), rng.standard_normal((4, 3, 3, 2))
    y, _ = CONV.conv2d_forward(x, w, stride=2, padding=1)
    z = rng.standard_normal(y.shape)
    back, _ = TRANSPOSE.conv_transpose2d_forward(z, w, stride=2, padding=1, output_padding=(0, 0))
    assert back.shape == x.shape
    np.testing.assert_allclose(np.sum(z * y), np.sum(back * x), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_inputs_dtype(dtype):
    x, w, b = np.ones((1, 2, 4, 4), dtype), np.ones((2, 3, 2, 2), dtype), np.ones(3, dtype)
    y, cache = TRANSPOSE.conv_transpose2d_forward(x, w, b, stride=2)
    assert {a.dtype for a in (y, *TRANSPOSE.conv_transpose2d_backward(y, cache))} == {np.dtype(dtype)}


def test_results_are_new_arrays_and_arguments_stay_as_they_are():
    x, w, b = np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1)), np.zeros(1)
    y, cache = TRANSPOSE.conv_transpose2d_forward(x, w, b)
    dy = np.ones(y.shape)
    gradients = TRANSPOSE.conv_transpose2d_backward(dy, cache)
    assert not any(np.may_share_memory(r, a) for r in (y, *gradients) for a in (x, w, b, dy))
    assert all(r.flags.owndata for r in (y, *gradients))
    assert all(np.all(a == 1) for a in (x, w, dy)) and np.all(b == 0)


IMAGES, KERNELS, BIAS = np.zeros((2, 4, 5, 6)), np.zeros((4, 6, 3, 3)), np.zeros(6)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "says"),
    [
        ((IMAGES[0], KERNELS), {}, ValueError, "x has shape (4, 5, 6), 3 axes; 4 axes are needed"),
        ((IMAGES, KERNELS[0]), {}, ValueError, "w has shape (6, 3, 3), 3 axes; 4 axes are needed"),
        (([[1.0]], KERNELS), {}, TypeError, "x is a list; a NumPy array is needed"),
        ((IMAGES.astype(int), KERNELS), {}, TypeError, "x has dtype int64; floating-point numbers are needed"),
        (
            (IMAGES[:, :, :0], KERNELS),
            {},
            ValueError,
            "x has shape (2, 4, 0, 6); 1 or more on every axis but the first",
        ),
        ((IMAGES, KERNELS[..., :0]), {}, ValueError, "w has shape (4, 6, 3, 0); 1 or more on every axis but the first"),
        ((IMAGES, KERNELS[:3]), {}, ValueError, "w has shape (3, 6, 3, 3); 4 on its first axis are needed"),
        ((IMAGES, KERNELS, BIAS[:5]), {}, ValueError, "b has shape (5,); (6,) is needed"),
        ((IMAGES, KERNELS, BIAS), {"groups": 2}, ValueError, "b has shape (6,); (12,) is needed"),
        ((IMAGES, KERNELS, 1.0), {}, TypeError, "b is a float; a NumPy array is needed"),
        ((IMAGES, KERNELS), {"stride": 0}, ValueError, "stride is 0; 1 or more is needed"),
        ((IMAGES, KERNELS), {"padding": -1}, ValueError, "padding is -1; 0 or more is needed"),
        ((IMAGES, KERNELS), {"padding": (1, 4)}, ValueError, "which leaves an output of 5×0; at least 1×1 is needed"),
        ((IMAGES, KERNELS), {"dilation": 1.5}, TypeError, "dilation is 1.5; an int or a pair of ints is needed"),
        ((IMAGES, KERNELS), {"output_padding": -1}, ValueError, "output_padding is -1; 0 or more is needed"),
        (
            (IMAGES, KERNELS),
            {"stride": (2, 1), "output_padding": 1},
            ValueError,
            "output_padding is (1, 1); less than the stride, (2, 1), or the dilation, (1, 1), is needed",
        ),
        ((IMAGES, KERNELS), {"groups": 0}, ValueError, "groups is 0; 1 or more is needed"),
        ((IMAGES, KERNELS), {"groups": 3}, ValueError, "groups is 3; a divisor of x's 4 channels is needed"),
        ((IMAGES, KERNELS), {"groups": True}, TypeError, "groups is True; an int is needed"),
    ],
)
def test_what_cannot_be_computed(arguments, options, error, says):
    with pytest.raises(error) as raised:
        TRANSPOSE.conv_transpose2d_forward(*arguments, **options)
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape():
    _, cache = TRANSPOSE.conv_transpose2d_forward(IMAGES, KERNELS)
    with pytest.raises(ValueError, match=r"dy has shape \(2, 6, 7, 7\); \(2, 6, 7, 8\) is needed: the shape of y"):
        TRANSPOSE.conv_transpose2d_backward(np.zeros((2, 6, 7, 7)), cache)
