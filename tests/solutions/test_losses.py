"""The reference losses: PyTorch's numbers for every shape and reduction, and one clear error for what does not fit."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab import loader

LOSSES = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("losses").module
assert LOSSES is not None

REDUCTIONS = ("mean", "sum", "none")


def classes(rng, logits):
    return rng.integers(0, logits.shape[1], (len(logits), *logits.shape[2:]))


def normals(rng, values):
    return rng.standard_normal(values.shape)


def probabilities(rng, values):
    return rng.random(values.shape)


#: How a loss's target is drawn, its options, and shapes of its first argument.
SHAPES = [(5,), (3, 4), (2, 3, 4, 5), (1, 1), (), (0,), (0, 3), (3, 0)]
DRAWN = {
    "cross_entropy": (
        classes,
        [{}],
        [(4, 3), (1, 2), (5, 1), (2, 3, 7), (2, 3, 4, 5), (0, 3), (0, 3, 2, 2), (2, 3, 0)],
    ),
    "mse_loss": (normals, [{}], SHAPES),
    "binary_cross_entropy_with_logits": (probabilities, [{}], SHAPES),
    "smooth_l1_loss": (normals, [{}, {"beta": 0}, {"beta": 0.3}, {"beta": 5}], SHAPES),
}
CASES = [
    (name, shape, {"reduction": reduction, **options})
    for name, (_, several, shapes) in DRAWN.items()
    for options in several
    for shape in shapes
    for reduction in REDUCTIONS
]


def both(name, values, target, dy, **options):
    """(y, gradient) of ours and of PyTorch's."""
    y, cache = getattr(LOSSES, f"{name}_forward")(values, target, **options)
    gradient = getattr(LOSSES, f"{name}_backward")(dy, cache)
    leaf = torch.tensor(values, requires_grad=True)
    theirs = getattr(torch.nn.functional, name)(leaf, torch.tensor(target), **options)
    theirs.backward(torch.tensor(dy, dtype=theirs.dtype))
    return (y, gradient), (theirs.detach().numpy(), leaf.grad.numpy())


@pytest.mark.parametrize(("name", "shape", "options"), CASES, ids=str)
def test_losses_agree_with_pytorch(name, shape, options):
    rng = np.random.default_rng(0)
    values = rng.standard_normal(shape)
    target = DRAWN[name][0](rng, values)
    y_shape = target.shape if options["reduction"] == "none" else ()
    ours, theirs = both(name, values, target, rng.standard_normal(y_shape), **options)
    for mine, right in zip(ours, theirs, strict=True):
        assert mine.shape == right.shape
        np.testing.assert_allclose(mine, right, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", DRAWN)
def test_the_mean_is_the_default(name):
    rng = np.random.default_rng(0)
    values = rng.standard_normal((4, 3))
    target = DRAWN[name][0](rng, values)
    forward, backward = getattr(LOSSES, f"{name}_forward"), getattr(LOSSES, f"{name}_backward")
    (y, cache), (mean, mean_cache) = forward(values, target), forward(values, target, reduction="mean")
    assert y == mean
    np.testing.assert_array_equal(backward(1.0, cache), backward(1.0, mean_cache))


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_the_number_of_classes():
    y, cache = LOSSES.cross_entropy_forward(np.zeros((2, 4)), np.array([0, 3]))
    assert y == pytest.approx(np.log(4), rel=1e-15)
    right = (0.25 - np.array([[1, 0, 0, 0], [0, 0, 0, 1]])) / 2
    np.testing.assert_allclose(LOSSES.cross_entropy_backward(1.0, cache), right, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.int64, np.uint64])
def test_class_numbers_are_integers_of_any_kind(dtype):
    logits, target = np.random.default_rng(0).standard_normal((3, 4, 2)), np.array([[0, 1], [3, 2], [1, 1]])
    y, cache = LOSSES.cross_entropy_forward(logits, target.astype(dtype))
    right, right_cache = LOSSES.cross_entropy_forward(logits, target)
    assert y == right
    np.testing.assert_array_equal(
        LOSSES.cross_entropy_backward(1.0, cache), LOSSES.cross_entropy_backward(1.0, right_cache)
    )


@pytest.mark.parametrize("size", [40.0, 700.0, 1e4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_large_numbers_overflow_nothing(size, dtype, reduction):
    values = np.array([[size, -size, 0], [-size, size, size], [0, 0, -size]], dtype)
    targets = {
        "cross_entropy": np.array([1, 1, 2]),
        "mse_loss": -values,
        "binary_cross_entropy_with_logits": np.array([[1, 1, 0.5], [0, 0, 1], [0, 1, 0]], dtype),
        "smooth_l1_loss": -values,
    }
    for name, target in targets.items():
        dy = np.ones(target.shape if reduction == "none" else (), dtype)
        ours, theirs = both(name, values, target, dy, reduction=reduction)
        for mine, right in zip(ours, theirs, strict=True):
            assert np.isfinite(mine).all()
            np.testing.assert_allclose(mine, right, rtol=1e-6 if dtype is np.float32 else 1e-12, atol=1e-15)


@pytest.mark.parametrize("name", DRAWN)
def test_kinks_follow_pytorch(name):
    """Where pred is the target, and where it is beta away from it."""
    values = np.array([[0.0, 1.0, -1.0]])
    target = np.array([1]) if name == "cross_entropy" else np.zeros((1, 3))
    for options in DRAWN[name][1]:
        ours, theirs = both(name, values, target, 0.7, **options)
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-14)


@pytest.mark.parametrize(("name", "shape", "options"), CASES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_inputs_dtype(name, shape, options, dtype):
    rng = np.random.default_rng(0)
    values = rng.standard_normal(shape).astype(dtype)
    target = DRAWN[name][0](rng, values)
    target = target if name == "cross_entropy" else np.asarray(target).astype(dtype)
    y, cache = getattr(LOSSES, f"{name}_forward")(values, target, **options)
    backward = getattr(LOSSES, f"{name}_backward")
    upstream = [np.ones(y.shape)] if options["reduction"] == "none" else [1.0, 1, np.float64(1), np.ones((), dtype)]
    assert {y.dtype, *(backward(dy, cache).dtype for dy in upstream)} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_nothing_is_changed_and_results_are_new(name, reduction):
    rng = np.random.default_rng(0)
    values = rng.standard_normal((4, 3, 2))
    target = DRAWN[name][0](rng, values)
    given = [values, target]
    y, cache = getattr(LOSSES, f"{name}_forward")(*given, reduction=reduction)
    given += [np.ones(np.shape(y)), *(a for a in cache if isinstance(a, np.ndarray))]
    for array in given:
        array.flags.writeable = False
    before = [array.copy() for array in given]
    first = getattr(LOSSES, f"{name}_backward")(given[2], cache)
    second = getattr(LOSSES, f"{name}_backward")(given[2], cache)
    np.testing.assert_array_equal(first, second)
    assert not np.may_share_memory(first, second)
    assert not any(np.may_share_memory(result, array) for result in (first, y) for array in given)
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)


LOGITS, LABELS, MAPS = np.zeros((2, 3)), np.array([0, 2]), np.zeros((2, 3, 4, 5))


@pytest.mark.parametrize(
    ("name", "arguments", "options", "error", "says"),
    [
        ("cross_entropy", (LOGITS[0], LABELS), {}, ValueError, "logits has shape (3,); (N, C) or (N, C, H, W)"),
        ("cross_entropy", (LOGITS[:, :0], LABELS), {}, ValueError, "at least one class is needed"),
        ("cross_entropy", (LOGITS.astype(int), LABELS), {}, TypeError, "logits has dtype int64; floating-point"),
        ("cross_entropy", ([[1.0]], LABELS), {}, TypeError, "logits is a list; a NumPy array is needed"),
        ("cross_entropy", (LOGITS, [0, 2]), {}, TypeError, "target is a list; a NumPy array is needed"),
        ("cross_entropy", (LOGITS, LABELS * 1.0), {}, TypeError, "target has dtype float64; class numbers"),
        ("cross_entropy", (LOGITS, LABELS > 0), {}, TypeError, "target has dtype bool; class numbers"),
        ("cross_entropy", (LOGITS, LABELS[:1]), {}, ValueError, "target has shape (1,); (2,) is needed: one class for"),
        ("cross_entropy", (LOGITS, LABELS[:, None]), {}, ValueError, "target has shape (2, 1); (2,) is needed"),
        ("cross_entropy", (MAPS, LABELS), {}, ValueError, "target has shape (2,); (2, 4, 5) is needed"),
        ("cross_entropy", (LOGITS, LABELS + 1), {}, ValueError, "target[1] is 3; a class number from 0 to 2 is needed"),
        ("cross_entropy", (LOGITS, LABELS - 100), {}, ValueError, "target[0] is -100; a class number from 0 to 2"),
        (
            "cross_entropy",
            (MAPS[:1], np.arange(20).reshape(1, 4, 5)),
            {},
            ValueError,
            "target[0, 0, 3] is 3; a class number from 0 to 2 is needed",
        ),
        ("cross_entropy", (LOGITS, LABELS), {"reduction": "max"}, ValueError, "reduction is 'max'; 'mean', 'sum' or"),
        ("mse_loss", (LOGITS, LOGITS[0]), {}, ValueError, "target has shape (3,); (2, 3) is needed: the shape of pred"),
        ("mse_loss", (LOGITS, LOGITS.astype(int)), {}, TypeError, "target has dtype int64; floating-point numbers"),
        ("mse_loss", (LOGITS, 0.0), {}, TypeError, "target is a float; a NumPy array is needed"),
        ("mse_loss", (LOGITS, LOGITS), {"reduction": None}, ValueError, "reduction is None; 'mean', 'sum' or 'none'"),
        (
            "binary_cross_entropy_with_logits",
            (LOGITS, LOGITS - 0.5),
            {},
            ValueError,
            "target[0, 0] is -0.5; a probability from 0 to 1 is needed",
        ),
        (
            "binary_cross_entropy_with_logits",
            (LOGITS, LOGITS[:, :1]),
            {},
            ValueError,
            "target has shape (2, 1); (2, 3) is needed: the shape of logits",
        ),
        ("binary_cross_entropy_with_logits", (LOGITS, LOGITS > 0), {}, TypeError, "target has dtype bool"),
        ("smooth_l1_loss", (LOGITS, LOGITS), {"beta": -1}, ValueError, "beta is -1; 0 or more is needed"),
        ("smooth_l1_loss", (LOGITS, LOGITS), {"beta": "1"}, TypeError, "beta is '1'; a number is needed"),
        ("smooth_l1_loss", (LOGITS, LOGITS.T), {}, ValueError, "target has shape (3, 2); (2, 3) is needed"),
    ],
)
def test_what_cannot_be_compared(name, arguments, options, error, says):
    with pytest.raises(error) as raised:
        getattr(LOSSES, f"{name}_forward")(*arguments, **options)
    assert says in str(raised.value)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize(
    ("reduction", "dy", "error", "says"),
    [
        ("mean", np.ones(2), ValueError, "dy has shape (2,); () is needed: one number, since reduction is 'mean'"),
        ("sum", np.ones((2, 3)), ValueError, "() is needed: one number, since reduction is 'sum'"),
        ("none", 1.0, ValueError, "dy has shape (); (2"),
        ("mean", None, TypeError, "dy has dtype object; floating-point numbers are needed"),
    ],
)
def test_an_upstream_gradient_that_does_not_fit(name, reduction, dy, error, says):
    target = LABELS if name == "cross_entropy" else LOGITS
    _, cache = getattr(LOSSES, f"{name}_forward")(LOGITS, target, reduction=reduction)
    with pytest.raises(error) as raised:
        getattr(LOSSES, f"{name}_backward")(dy, cache)
    assert says in str(raised.value)
