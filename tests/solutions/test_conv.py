"""The reference convolution: PyTorch's numbers over every option, and one clear error for what cannot be computed."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab import loader

CONV = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("conv").module
assert CONV is not None

STRIDES, PADDINGS, DILATIONS = (1, 2, (2, 3)), (0, 1, (0, 2)), (1, 2, (1, 2))
OPTIONS = list(product(STRIDES, PADDINGS, DILATIONS, (1, 2, 4)))


@pytest.mark.parametrize(("kernel", "image"), [((3, 3), (7, 7)), ((1, 1), (6, 9)), ((2, 3), (6, 9))], ids=str)
@pytest.mark.parametrize("images", [0, 1, 3])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_all_options_agree_with_pytorch(kernel, image, images, bias):
    rng = np.random.default_rng(0)
    for stride, padding, dilation, groups in OPTIONS:
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        x, w = rng.standard_normal((images, 4, *image)), rng.standard_normal((8, 4 // groups, *kernel))
        b = rng.standard_normal(8) if bias else None
        y, cache = CONV.conv2d_forward(x, w, b, **options)
        dy = rng.standard_normal(y.shape)
        tensors = [torch.tensor(a, requires_grad=True) for a in (x, w, b) if a is not None]
        theirs = torch.nn.functional.conv2d(*tensors, **options)
        theirs.backward(torch.tensor(dy))
        np.testing.assert_allclose(y, theirs.detach(), atol=1e-11)
        ours = CONV.conv2d_backward(dy, cache)
        assert (ours[2] is None) is not bias
        for gradient, tensor in zip(ours, tensors, strict=False):
            np.testing.assert_allclose(gradient, tensor.grad, atol=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_inputs_dtype(dtype):
    x, w, b = np.ones((1, 2, 4, 4), dtype), np.ones((3, 2, 2, 2), dtype), np.ones(3, dtype)
    y, cache = CONV.conv2d_forward(x, w, b)
    assert {a.dtype for a in (y, *CONV.conv2d_backward(y, cache))} == {np.dtype(dtype)}


def test_results_are_new_arrays():
    x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1))
    y, cache = CONV.conv2d_forward(x, w)
    assert not np.may_share_memory(y, x)
    dx, _, _ = CONV.conv2d_backward(y, cache)
    assert dx.flags.owndata


IMAGES, FILTERS, BIAS = np.zeros((2, 4, 5, 6)), np.zeros((6, 4, 3, 3)), np.zeros(6)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "says"),
    [
        ((IMAGES[0], FILTERS), {}, ValueError, "x has shape (4, 5, 6), 3 axes; 4 axes are needed"),
        ((IMAGES, FILTERS[0]), {}, ValueError, "w has shape (4, 3, 3), 3 axes; 4 axes are needed"),
        (([[1.0]], FILTERS), {}, TypeError, "x is a list; a NumPy array is needed"),
        ((IMAGES.astype(int), FILTERS), {}, TypeError, "x has dtype int64; floating-point numbers are needed"),
        ((IMAGES, FILTERS[:, :3]), {}, ValueError, "w needs 4 on its second axis"),
        ((IMAGES, FILTERS, BIAS[:5]), {}, ValueError, "b has shape (5,); (6,) is needed"),
        ((IMAGES, FILTERS, 1.0), {}, TypeError, "b is a float; a NumPy array is needed"),
        ((IMAGES, FILTERS), {"stride": 0}, ValueError, "stride is 0; 1 or more is needed"),
        ((IMAGES, FILTERS), {"stride": (1, 0)}, ValueError, "stride is (1, 0); 1 or more is needed"),
        ((IMAGES, FILTERS), {"stride": 1.5}, TypeError, "stride is 1.5; an int or a pair of ints is needed"),
        ((IMAGES, FILTERS), {"stride": (1, 2, 3)}, TypeError, "an int or a pair of ints is needed"),
        ((IMAGES, FILTERS), {"padding": -1}, ValueError, "padding is -1; 0 or more is needed"),
        ((IMAGES, FILTERS), {"padding": "same"}, TypeError, "padding is 'same'"),
        ((IMAGES, FILTERS), {"dilation": 0}, ValueError, "dilation is 0; 1 or more is needed"),
        (
            (IMAGES, FILTERS),
            {"dilation": 3},
            ValueError,
            "the kernel is 3×3, 7×7 with dilation; at most the padded image, 5×6",
        ),
        ((IMAGES, FILTERS), {"groups": 0}, ValueError, "groups is 0; 1 or more is needed"),
        ((IMAGES, FILTERS), {"groups": 3}, ValueError, "groups is 3; a divisor of x's 4 channels"),
        ((IMAGES, FILTERS), {"groups": True}, TypeError, "groups is True; an int is needed"),
        ((IMAGES, FILTERS), {"groups": 2}, ValueError, "w needs 2 on its second axis"),
        ((IMAGES, np.zeros((6, 4, 0, 3))), {}, ValueError, "at least 1×1 is needed"),
    ],
)
def test_what_cannot_be_convolved(arguments, options, error, says):
    with pytest.raises(error) as raised:
        CONV.conv2d_forward(*arguments, **options)
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape():
    _, cache = CONV.conv2d_forward(IMAGES, FILTERS)
    with pytest.raises(ValueError, match=r"dy has shape \(2, 6, 3, 3\); \(2, 6, 3, 4\) is needed: the shape of y"):
        CONV.conv2d_backward(np.zeros((2, 6, 3, 3)), cache)
