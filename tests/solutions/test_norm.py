"""The reference normalisations: PyTorch's numbers, the contract, and clear errors."""

import numpy as np
import pytest
from torch.nn import functional

from tests.solutions.agreement import assert_agrees, assert_keeps_contract, solution

NORM = solution("norm")
BATCH = (NORM.batch_norm_forward, NORM.batch_norm_backward)
LAYER = (NORM.layer_norm_forward, NORM.layer_norm_backward)
GROUP = (NORM.group_norm_forward, NORM.group_norm_backward)


def batch_norm(x, gamma, beta, eps=1e-5):
    return functional.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


def layer_norm(x, gamma, beta, eps=1e-5):
    return functional.layer_norm(x, gamma.shape, gamma, beta, eps)


def group_norm(x, gamma, beta, num_groups, eps=1e-5):
    return functional.group_norm(x, num_groups, gamma, beta, eps)


def arrays(shape, features):
    """x, gamma and beta."""
    rng = np.random.default_rng(0)
    return 1 + 2 * rng.standard_normal(shape), rng.standard_normal(features), rng.standard_normal(features)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
@pytest.mark.parametrize(
    "shape", [(4, 3), (2, 3, 4, 5), (1, 3, 2, 2), (2, 1), (0, 3), (0, 3, 2, 2), (2, 3, 4)], ids=str
)
def test_batch_norm_agrees_with_pytorch(shape, eps):
    inputs = arrays(shape, shape[1])
    assert_agrees(*BATCH, lambda *t: batch_norm(*t, eps=eps), *inputs, eps=eps)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("shape", [(2, 3, 4), (4, 3, 2, 5), (1, 1, 1), (0, 3, 2, 2), (3, 2, 2, 0)], ids=str)
def test_layer_norm_agrees_with_pytorch(shape, axes, eps):
    inputs = arrays(shape, shape[-axes:])
    assert_agrees(*LAYER, lambda *t: layer_norm(*t, eps=eps), *inputs, eps=eps)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
@pytest.mark.parametrize("num_groups", [1, 2, 3, 6])
@pytest.mark.parametrize("shape", [(4, 6), (2, 6, 4, 5), (1, 6, 2, 2), (0, 6), (0, 6, 2, 2), (2, 6, 3)], ids=str)
def test_group_norm_agrees_with_pytorch(shape, num_groups, eps):
    inputs = arrays(shape, shape[1])
    options = {"num_groups": num_groups, "eps": eps}
    assert_agrees(*GROUP, lambda *t: group_norm(*t, **options), *inputs, **options)


#: A normalisation, PyTorch's, the shape of gamma for x of (4, 6, 3, 3), and options.
EACH = [
    pytest.param(BATCH, batch_norm, 6, {}, id="batch_norm"),
    pytest.param(LAYER, layer_norm, (6, 3, 3), {}, id="layer_norm"),
    pytest.param(GROUP, lambda *t: group_norm(*t, 2), 6, {"num_groups": 2}, id="group_norm"),
]


@pytest.mark.parametrize(("pair", "theirs", "features", "options"), EACH)
@pytest.mark.parametrize(
    ("scale", "shift", "atol"),
    [(1e-3, 0, 1e-8), (1e6, 0, 1e-11), (1, 1e4, 1e-9), (0, 0, 1e-8), (0, 3, 1e-8)],
    ids=["small", "large", "far from zero", "zeros", "constant"],
)
def test_they_agree_with_pytorch_at_extremes(pair, theirs, features, options, scale, shift, atol):
    x, gamma, beta = arrays((4, 6, 3, 3), features)
    assert_agrees(*pair, theirs, scale * x + shift, gamma, beta, atol=atol, **options)


@pytest.mark.parametrize("eps", [0, -0.1])
def test_layer_and_group_norm_take_any_eps_as_pytorch_does(eps):
    x, gamma, beta = arrays((2, 4, 5), 5)
    assert_agrees(*LAYER, lambda *t: layer_norm(*t, eps=eps), x, gamma, beta, eps=eps)
    x, gamma, beta = arrays((2, 4, 5), 4)
    assert_agrees(*GROUP, lambda *t: group_norm(*t, 2, eps=eps), x, gamma, beta, num_groups=2, eps=eps)


@pytest.mark.parametrize(("pair", "theirs", "features", "options"), EACH)
def test_they_keep_the_contract(pair, theirs, features, options):
    assert_keeps_contract(*pair, *arrays((4, 6, 3, 3), features), **options)


def test_one_group_is_layer_norm_and_a_group_a_channel_is_batch_norm_of_one_image():
    x, gamma, beta = arrays((1, 6, 4, 5), 6)
    ones, zeros = np.ones((6, 4, 5)), np.zeros((6, 4, 5))
    together = NORM.group_norm_forward(x, np.ones(6), np.zeros(6), num_groups=1)[0]
    np.testing.assert_allclose(together, NORM.layer_norm_forward(x, ones, zeros)[0], atol=1e-12)
    apart = NORM.group_norm_forward(x, gamma, beta, num_groups=6)[0]
    np.testing.assert_allclose(apart, NORM.batch_norm_forward(x, gamma, beta)[0], atol=1e-12)


IMAGES, SCALE, SHIFT = np.ones((2, 4, 3, 3)), np.ones(4), np.zeros(4)
FEATURES = np.ones((3, 3))


@pytest.mark.parametrize(
    ("pair", "arguments", "options", "error", "says"),
    [
        (BATCH, ([[1.0]], SCALE, SHIFT), {}, TypeError, "x is a list; a NumPy array is needed"),
        (BATCH, (IMAGES.astype(int), SCALE, SHIFT), {}, TypeError, "x has dtype int64; floating-point numbers"),
        (BATCH, (SCALE, SCALE, SHIFT), {}, ValueError, "x has shape (4,), 1 axes; 2 axes or more are needed"),
        (
            BATCH,
            (IMAGES, SCALE[:3], SHIFT),
            {},
            ValueError,
            "gamma has shape (3,); (4,) is needed: one number for each",
        ),
        (BATCH, (IMAGES, SCALE, SHIFT[:, None]), {}, ValueError, "beta has shape (4, 1), 2 axes; 1 axes are needed"),
        (BATCH, (IMAGES, SCALE, None), {}, TypeError, "beta is a NoneType; a NumPy array is needed"),
        (BATCH, (IMAGES, SCALE, SHIFT), {"eps": "1e-5"}, TypeError, "eps is '1e-5'; a number is needed"),
        (
            BATCH,
            (IMAGES[:1, :, 0, 0], SCALE, SHIFT),
            {},
            ValueError,
            "x has shape (1, 4), 1 value a channel; 2 or more",
        ),
        (LAYER, ([[1.0]], FEATURES, FEATURES), {}, TypeError, "x is a list; a NumPy array is needed"),
        (LAYER, (IMAGES, 1.0, FEATURES), {}, TypeError, "gamma is a float; a NumPy array is needed"),
        (LAYER, (IMAGES, np.array(1.0), FEATURES), {}, ValueError, "gamma has shape (), 0 axes; 1 axes or more"),
        (LAYER, (FEATURES[0], FEATURES, FEATURES), {}, ValueError, "x has shape (3,), 1 axes; 2 axes or more"),
        (LAYER, (IMAGES, FEATURES[:2], FEATURES), {}, ValueError, "gamma has shape (2, 3); (3, 3) is needed: x's last"),
        (LAYER, (IMAGES, FEATURES, FEATURES[:2]), {}, ValueError, "beta has shape (2, 3); (3, 3) is needed: the shape"),
        (LAYER, (IMAGES, FEATURES, FEATURES), {"eps": None}, TypeError, "eps is None; a number is needed"),
        (GROUP, (SCALE, SCALE, SHIFT), {"num_groups": 2}, ValueError, "x has shape (4,), 1 axes; 2 axes or more"),
        (GROUP, (IMAGES, SCALE[:3], SHIFT), {"num_groups": 2}, ValueError, "gamma has shape (3,); (4,) is needed"),
        (GROUP, (IMAGES, SCALE, SHIFT), {"num_groups": 3}, ValueError, "num_groups is 3; a divisor of x's 4 channels"),
        (GROUP, (IMAGES, SCALE, SHIFT), {"num_groups": 0}, ValueError, "num_groups is 0; 1 or more is needed"),
        (GROUP, (IMAGES, SCALE, SHIFT), {"num_groups": 2.0}, TypeError, "num_groups is 2.0; an int is needed"),
        (GROUP, (IMAGES, SCALE, SHIFT), {"num_groups": 2, "eps": True}, TypeError, "eps is True; a number is needed"),
    ],
)
def test_what_they_refuse(pair, arguments, options, error, says):
    with pytest.raises(error) as raised:
        pair[0](*arguments, **options)
    assert says in str(raised.value)


@pytest.mark.parametrize(("pair", "theirs", "features", "options"), EACH)
def test_an_upstream_gradient_that_does_not_fit(pair, theirs, features, options):
    forward, backward = pair
    _, cache = forward(*arrays((4, 6, 3, 3), features), **options)
    with pytest.raises(ValueError, match=r"dy has shape \(3, 3\); \(4, 6, 3, 3\) is needed: the shape of y"):
        backward(np.zeros((3, 3)), cache)
    with pytest.raises(TypeError, match="dy has dtype int64; floating-point numbers are needed"):
        backward(np.zeros((4, 6, 3, 3), int), cache)
