"""The reference im2col, col2im and looped convolution: PyTorch's numbers, and one clear error for what does not fit."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnlab import loader

UNFOLD = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("unfold").module
assert UNFOLD is not None

STRIDES, PADDINGS, DILATIONS = (1, 2, (2, 3)), (0, 1, (0, 2)), (1, 2, (1, 2))


@pytest.mark.parametrize(("kernel", "image"), [(3, (7, 7)), (1, (6, 9)), ((2, 3), (6, 9)), ((5, 1), (5, 4))], ids=str)
@pytest.mark.parametrize("images", [0, 1, 3])
def test_all_options_agree_with_pytorch(kernel, image, images):
    rng = np.random.default_rng(0)
    for stride, padding, dilation in product(STRIDES, PADDINGS, (1,) if kernel == (5, 1) else DILATIONS):
        options = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
        x = torch.tensor(rng.standard_normal((images, 2, *image)), requires_grad=True)
        theirs = functional.unfold(x, **options)
        d_cols = rng.standard_normal(theirs.shape)
        theirs.backward(torch.tensor(d_cols))
        np.testing.assert_array_equal(UNFOLD.im2col(x.detach().numpy(), **options), theirs.detach())
        folded = UNFOLD.col2im(d_cols, output_size=image, **options)
        np.testing.assert_allclose(folded, functional.fold(torch.tensor(d_cols), image, **options), atol=1e-12)
        np.testing.assert_allclose(folded, x.grad, atol=1e-12)


def test_an_int_output_size_means_both():
    cols = np.random.default_rng(0).standard_normal((2, 12, 9))
    theirs = functional.fold(torch.tensor(cols), (4, 4), 2)
    np.testing.assert_allclose(UNFOLD.col2im(cols, output_size=4, kernel_size=2), theirs, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("images", [0, 2])
def test_loops_agree_with_pytorch(images, bias):
    rng = np.random.default_rng(0)
    for stride, padding in product(STRIDES, PADDINGS):
        x, w = rng.standard_normal((images, 2, 5, 6)), rng.standard_normal((3, 2, 3, 2))
        b = rng.standard_normal(3) if bias else None
        y = UNFOLD.conv2d_loops(x, w, b, stride=stride, padding=padding)
        tensors = [None if a is None else torch.tensor(a) for a in (x, w, b)]
        np.testing.assert_allclose(y, functional.conv2d(*tensors, stride=stride, padding=padding), atol=1e-12)


def test_convolution_is_one_matrix_product_with_the_columns():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 3, 5, 6)), rng.standard_normal((4, 3, 3, 2))
    y = UNFOLD.conv2d_loops(x, w, stride=2, padding=1)
    cols = UNFOLD.im2col(x, kernel_size=(3, 2), stride=2, padding=1)
    np.testing.assert_allclose((w.reshape(4, -1) @ cols).reshape(y.shape), y, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_are_new_arrays_of_the_inputs_dtype(dtype):
    x, w, cols = np.ones((1, 2, 4, 4), dtype), np.ones((3, 2, 1, 1), dtype), np.ones((1, 2, 16), dtype)
    arguments = [a.copy() for a in (x, w, cols)]
    results = (
        UNFOLD.conv2d_loops(x, w),
        UNFOLD.im2col(x, kernel_size=1),
        UNFOLD.col2im(cols, output_size=4, kernel_size=1),
    )
    assert {r.dtype for r in results} == {np.dtype(dtype)}
    assert not any(np.may_share_memory(r, a) for r in results for a in (x, w, cols))
    assert all(np.array_equal(a, before) for a, before in zip((x, w, cols), arguments, strict=True))


IMAGES, FILTERS, COLS = np.zeros((2, 4, 5, 6)), np.zeros((6, 4, 3, 3)), np.zeros((2, 36, 12))


@pytest.mark.parametrize(
    ("arguments", "options", "error", "says"),
    [
        ((IMAGES[0],), {}, ValueError, "x has shape (4, 5, 6), 3 axes; 4 axes are needed"),
        ((IMAGES[:, :, :0],), {}, ValueError, "x has shape (2, 4, 0, 6); 1 or more on every axis but the first"),
        (([[1.0]],), {}, TypeError, "x is a list; a NumPy array is needed"),
        ((IMAGES.astype(int),), {}, TypeError, "x has dtype int64; floating-point numbers are needed"),
        ((IMAGES,), {"kernel_size": 0}, ValueError, "kernel_size is 0; 1 or more is needed"),
        ((IMAGES,), {"kernel_size": (3, 3, 3)}, TypeError, "an int or a pair of ints is needed"),
        ((IMAGES,), {"stride": 0}, ValueError, "stride is 0; 1 or more is needed"),
        ((IMAGES,), {"padding": -1}, ValueError, "padding is -1; 0 or more is needed"),
        ((IMAGES,), {"dilation": 1.5}, TypeError, "dilation is 1.5; an int or a pair of ints is needed"),
        ((IMAGES,), {"dilation": 3}, ValueError, "3×3, 7×7 with dilation; at most the padded image, 5×6, is needed"),
    ],
)
def test_what_has_no_columns(arguments, options, error, says):
    with pytest.raises(error) as raised:
        UNFOLD.im2col(*arguments, **{"kernel_size": 3, **options})
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("cols", "options", "error", "says"),
    [
        (COLS[0], {}, ValueError, "cols has shape (36, 12), 2 axes; 3 axes are needed"),
        (COLS.tolist(), {}, TypeError, "cols is a list; a NumPy array is needed"),
        (COLS[:, :35], {}, ValueError, "cols has 35 rows; a multiple of 9 is needed: 3×3 for each channel"),
        (COLS[:, :0], {}, ValueError, "cols has 0 rows; a multiple of 9 is needed"),
        (COLS[..., :11], {}, ValueError, "(2, 36, 12) is needed: a column for each of 3×4 windows"),
        (COLS, {"output_size": 0}, ValueError, "output_size is 0; 1 or more is needed"),
        (COLS, {"output_size": "same"}, TypeError, "output_size is 'same'; an int or a pair of ints is needed"),
        (COLS, {"output_size": (2, 6)}, ValueError, "3×3 with dilation; at most the padded image, 2×6, is needed"),
        (COLS, {"stride": 0}, ValueError, "stride is 0; 1 or more is needed"),
    ],
)
def test_what_is_no_set_of_columns(cols, options, error, says):
    with pytest.raises(error) as raised:
        UNFOLD.col2im(cols, **{"output_size": (5, 6), "kernel_size": 3, **options})
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "says"),
    [
        ((IMAGES[0], FILTERS), {}, ValueError, "x has shape (4, 5, 6), 3 axes; 4 axes are needed"),
        ((IMAGES, FILTERS[:, :3]), {}, ValueError, "w has shape (6, 3, 3, 3); (6, 4, 3, 3) is needed"),
        ((IMAGES, np.zeros((6, 4, 0, 3))), {}, ValueError, "1 or more on every axis but the first is needed"),
        ((IMAGES, np.zeros((6, 4, 3, 7))), {}, ValueError, "the kernel is 3×7"),
        ((IMAGES, FILTERS, np.zeros(5)), {}, ValueError, "b has shape (5,); (6,) is needed"),
        ((IMAGES, FILTERS, 1.0), {}, TypeError, "b is a float; a NumPy array is needed"),
        ((IMAGES, FILTERS), {"stride": 0}, ValueError, "stride is 0; 1 or more is needed"),
        ((IMAGES, FILTERS), {"padding": "same"}, TypeError, "padding is 'same'"),
    ],
)
def test_what_the_loops_cannot_convolve(arguments, options, error, says):
    with pytest.raises(error) as raised:
        UNFOLD.conv2d_loops(*arguments, **options)
    assert says in str(raised.value)
