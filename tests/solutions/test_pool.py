"""The reference poolings: PyTorch's numbers over every option, its rules for ties, NaN and ceil_mode, clear errors."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from cnnlab import loader

POOL = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("pool").module
assert POOL is not None

SIZES = [(2, (6, 6)), (3, (7, 8)), ((2, 3), (6, 9)), ((4, 2), (9, 5)), (1, (3, 4))]


def agrees_with_pytorch(op, x, **options):
    """y and dx are PyTorch's, for a random upstream gradient."""
    y, cache = getattr(POOL, f"{op}_forward")(x, **options)
    tensor = torch.tensor(x, requires_grad=True)
    theirs = getattr(functional, op)(tensor, **options)
    np.testing.assert_allclose(y, theirs.detach(), atol=1e-12)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    theirs.backward(torch.tensor(dy))
    np.testing.assert_allclose(getattr(POOL, f"{op}_backward")(dy, cache), tensor.grad, atol=1e-12)


def paddings(kernel):
    """No padding, the most that is allowed, and the most for the columns alone."""
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    return {(0, 0), (kh // 2, kw // 2), (0, kw // 2)}


@pytest.mark.parametrize(("kernel", "image"), SIZES, ids=str)
@pytest.mark.parametrize("images", [0, 1, 3])
@pytest.mark.parametrize("ceil_mode", [False, True], ids=["floor", "ceil"])
class TestAllOptionsAgreeWithPyTorch:
    def test_max(self, kernel, image, images, ceil_mode):
        rng = np.random.default_rng(0)
        dilations = (1, 2, (1, 2)) if max(image) > 6 else (1, 2)
        for stride, padding, dilation in product((None, 1, 2, (2, 3)), paddings(kernel), dilations):
            options = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
            agrees_with_pytorch("max_pool2d", rng.standard_normal((images, 2, *image)), ceil_mode=ceil_mode, **options)

    @pytest.mark.parametrize("count_include_pad", [True, False], ids=["padding counts", "padding does not"])
    def test_average(self, kernel, image, images, ceil_mode, count_include_pad):
        rng = np.random.default_rng(0)
        for stride, padding in product((None, 1, 2, (2, 3)), paddings(kernel)):
            options = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
            x = rng.standard_normal((images, 2, *image))
            agrees_with_pytorch("avg_pool2d", x, count_include_pad=count_include_pad, **options)


@pytest.mark.parametrize("output_size", [1, 3, (5, 7), (2, None), (None, 4), (None, None), (6, 1)], ids=str)
@pytest.mark.parametrize("image", [(6, 6), (7, 5), (3, 4)], ids=str)
@pytest.mark.parametrize("images", [0, 2])
def test_adaptive_average_agrees_with_pytorch(output_size, image, images):
    x = np.random.default_rng(0).standard_normal((images, 3, *image))
    agrees_with_pytorch("adaptive_avg_pool2d", x, output_size=output_size)


def test_one_number_in_a_tuple_means_both_as_in_pytorch():
    x = np.random.default_rng(0).standard_normal((1, 2, 6, 6))
    agrees_with_pytorch("avg_pool2d", x, kernel_size=(4, 4), stride=(2, 2), padding=(2,), ceil_mode=True)


def test_an_output_of_no_cells():
    y, cache = POOL.adaptive_avg_pool2d_forward(np.ones((2, 3, 4, 4)), output_size=0)
    assert y.shape == (2, 3, 0, 0)
    np.testing.assert_array_equal(POOL.adaptive_avg_pool2d_backward(y, cache), np.zeros((2, 3, 4, 4)))


@pytest.mark.parametrize("op", ["max_pool2d", "avg_pool2d"])
def test_every_small_geometry_is_pytorchs(op):
    """The number of windows with and without ceil_mode, and exactly PyTorch's refusals."""
    for size, kernel, stride, ceil_mode in product(range(1, 8), range(1, 5), range(1, 6), (False, True)):
        for padding, dilation in product(range(kernel), (1, 2, 3) if op == "max_pool2d" else (1,)):
            options = {"kernel_size": (kernel, 1), "stride": (stride, 1), "padding": (padding, 0)}
            options |= {"ceil_mode": ceil_mode, **({"dilation": (dilation, 1)} if op == "max_pool2d" else {})}
            x = np.arange(1.0, size + 1).reshape(1, 1, size, 1)
            try:
                theirs = getattr(functional, op)(torch.tensor(x), **options)
            except RuntimeError:
                with pytest.raises(ValueError, match="needed"):
                    getattr(POOL, f"{op}_forward")(x, **options)
                continue
            y, _ = getattr(POOL, f"{op}_forward")(x, **options)
            np.testing.assert_allclose(y, theirs, atol=1e-12, err_msg=f"{size} rows, {options}")


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("values", [(0.0,), (0.0, 1.0), (-np.inf,), (-np.inf, 0.0), (np.nan, 0.0, 1.0)], ids=str)
def test_ties_infinities_and_nan_go_where_pytorch_sends_them(values, padding):
    x = np.random.default_rng(0).choice(values, (3, 2, 7, 7))
    for kernel_size, stride, dilation in ((2, 2, 1), (3, 1, 1), (3, 2, 2)):
        options = {"kernel_size": kernel_size, "stride": stride, "dilation": dilation, "padding": padding}
        agrees_with_pytorch("max_pool2d", x, **options)


def test_of_equal_cells_the_first_in_row_major_order_gets_the_gradient():
    _, cache = POOL.max_pool2d_forward(np.ones((1, 1, 4, 4)), kernel_size=2)
    dx = POOL.max_pool2d_backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    np.testing.assert_array_equal(dx[0, 0], [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]])


def test_padding_never_wins():
    y, cache = POOL.max_pool2d_forward(np.full((1, 1, 2, 2), -3.0), kernel_size=2, stride=1, padding=1)
    np.testing.assert_array_equal(y, np.full((1, 1, 3, 3), -3.0))
    np.testing.assert_array_equal(POOL.max_pool2d_backward(np.ones(y.shape), cache)[0, 0], [[4, 2], [2, 1]])


def test_a_dilated_window_that_meets_no_cell_has_no_winner():
    y, cache = POOL.max_pool2d_forward(np.ones((1, 1, 2, 2)), kernel_size=2, padding=1, dilation=3)
    np.testing.assert_array_equal(y, np.full((1, 1, 1, 1), -np.inf))
    np.testing.assert_array_equal(POOL.max_pool2d_backward(np.ones(y.shape), cache), np.zeros((1, 1, 2, 2)))


CALLS = [
    ("max_pool2d", {"kernel_size": 1}),
    ("max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("avg_pool2d", {"kernel_size": 1}),
    ("avg_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    ("adaptive_avg_pool2d", {"output_size": (None, None)}),
    ("adaptive_avg_pool2d", {"output_size": 3}),
]


@pytest.mark.parametrize(("op", "options"), CALLS, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_are_new_arrays_of_the_inputs_dtype(op, options, dtype):
    x = np.random.default_rng(0).standard_normal((2, 2, 4, 4)).astype(dtype)
    x_before = x.copy()
    y, cache = getattr(POOL, f"{op}_forward")(x, **options)
    dy = np.ones_like(y)
    cache_before = [np.copy(a) for a in cache if isinstance(a, np.ndarray)]
    dx = getattr(POOL, f"{op}_backward")(dy, cache)
    assert (y.dtype, dx.dtype) == (dtype, dtype)
    assert y.flags.owndata and dx.flags.owndata
    cached = [a for a in cache if isinstance(a, np.ndarray)]
    assert not any(np.may_share_memory(r, a) for r in (y, dx) for a in (x, dy, *cached))
    assert np.array_equal(x, x_before) and np.all(dy == 1)
    assert all(np.array_equal(a, b) for a, b in zip(cached, cache_before, strict=True))


IMAGES = np.zeros((2, 3, 5, 6))

EVERY_WINDOWED = [
    (IMAGES[0], {}, ValueError, "x has shape (3, 5, 6), 3 axes; 4 axes are needed"),
    (IMAGES[:, :0], {}, ValueError, "x has shape (2, 0, 5, 6); 1 or more on every axis but the first is needed"),
    ([[1.0]], {}, TypeError, "x is a list; a NumPy array is needed"),
    (IMAGES.astype(int), {}, TypeError, "x has dtype int64; floating-point numbers are needed"),
    (IMAGES, {"kernel_size": 0}, ValueError, "kernel_size is 0; 1 or more is needed"),
    (IMAGES, {"kernel_size": None}, TypeError, "kernel_size is None; an int or a pair of ints is needed"),
    (IMAGES, {"stride": 0}, ValueError, "stride is 0; 1 or more is needed"),
    (IMAGES, {"stride": 1.5}, TypeError, "stride is 1.5; an int or a pair of ints is needed"),
    (IMAGES, {"padding": -1}, ValueError, "padding is -1; 0 or more is needed"),
    (IMAGES, {"padding": (1, 2)}, ValueError, "padding is (1, 2) and kernel_size (3, 3); at most half the kernel"),
    (IMAGES, {"kernel_size": 6}, ValueError, "the kernel is 6×6, 6×6 with dilation, the image 5×6"),
    (IMAGES, {"ceil_mode": 1}, TypeError, "ceil_mode is 1; True or False is needed"),
]


@pytest.mark.parametrize(
    ("op", "x", "options", "error", "says"),
    [(op, *case) for op in ("max_pool2d", "avg_pool2d") for case in EVERY_WINDOWED]
    + [
        ("max_pool2d", IMAGES, {"dilation": 0}, ValueError, "dilation is 0; 1 or more is needed"),
        ("max_pool2d", IMAGES, {"dilation": 3}, ValueError, "the kernel is 3×3, 7×7 with dilation, the image 5×6"),
        ("avg_pool2d", IMAGES, {"count_include_pad": None}, TypeError, "count_include_pad is None; True or False"),
    ],
)
def test_what_cannot_be_pooled(op, x, options, error, says):
    with pytest.raises(error) as raised:
        getattr(POOL, f"{op}_forward")(x, **{"kernel_size": 3, **options})
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("x", "output_size", "error", "says"),
    [
        (IMAGES[0], 2, ValueError, "x has shape (3, 5, 6), 3 axes; 4 axes are needed"),
        (IMAGES[..., :0], 2, ValueError, "x has shape (2, 3, 5, 0); 1 or more on every axis but the first is needed"),
        (IMAGES, -1, ValueError, "output_size is -1; 0 or more is needed"),
        (IMAGES, None, TypeError, "output_size is None; an int or a pair of ints is needed"),
        (IMAGES, (1, 2, 3), TypeError, "an int or a pair of ints is needed"),
        (IMAGES, (1.5, None), TypeError, "an int or a pair of ints is needed"),
    ],
)
def test_what_cannot_be_pooled_adaptively(x, output_size, error, says):
    with pytest.raises(error) as raised:
        POOL.adaptive_avg_pool2d_forward(x, output_size=output_size)
    assert says in str(raised.value)


@pytest.mark.parametrize(("op", "options"), CALLS, ids=str)
def test_an_upstream_gradient_of_another_shape(op, options):
    y, cache = getattr(POOL, f"{op}_forward")(IMAGES, **options)
    with pytest.raises(ValueError, match=r"dy has shape \(2, 3, 1, 1\); .* is needed: the shape of y"):
        getattr(POOL, f"{op}_backward")(np.ones((2, 3, 1, 1)), cache)
    assert y.shape != (2, 3, 1, 1)
