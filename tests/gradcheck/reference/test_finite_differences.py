"""The judge that needs no PyTorch: exact where a forward is linear, and honest about its error elsewhere."""

import numpy as np
import pytest

from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.compare import compare
from cnnlab.gradcheck.problem import Expected, Oracle
from cnnlab.gradcheck.reference.answer_key import JudgesDisagree, cross_examine
from cnnlab.gradcheck.reference.finite_differences import compute_finite_differences


def make(reference, linear=()):
    return Oracle(lambda seed: (), {"dx": "x"}, reference, linear=frozenset(linear))


def case(x, dy):
    return Case("one", CORE, {"x": x}, dy=dy)


RNG = np.random.default_rng(0)
X, DY = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))


def test_a_linear_forward_is_exact():
    a = RNG.standard_normal((3, 3))
    found = compute_finite_differences(make(lambda x: (a @ x, None), ["x"]), case(X, DY))
    assert found.grads["dx"] is not None
    np.testing.assert_allclose(found.grads["dx"], a.T @ DY, atol=1e-14)
    assert np.max(found.errors["dx"]) < 1e-12


def test_a_small_unknown_beside_a_large_constant():
    """A constant of 2^60 would swallow a step of 1; the step is of x's own size."""
    x = 2.0**40 * np.round(X * 4)
    found = compute_finite_differences(make(lambda x: (3 * x + 2.0**60, None), ["x"]), case(x, np.round(DY * 4)))
    assert found.grads["dx"] is not None
    np.testing.assert_allclose(found.grads["dx"], 3 * np.round(DY * 4), rtol=1e-3)


@pytest.mark.parametrize(
    ("forward", "slope"),
    [(np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2), (lambda x: x**3, lambda x: 3 * x**2)],
    ids=["exp", "tanh", "cube"],
)
def test_a_curved_forward_within_its_own_error(forward, slope):
    found = compute_finite_differences(make(lambda x: (forward(x), None)), case(X, DY))
    assert found.grads["dx"] is not None
    distance = np.abs(found.grads["dx"] - DY * slope(X)).max()
    assert distance < 1e-8
    assert distance <= 100 * np.max(found.errors["dx"]) + 1e-10


def test_an_input_of_none_has_no_gradient():
    found = compute_finite_differences(make(lambda x: (DY, None)), Case("none", CORE, {"x": None}, dy=DY))
    assert found.grads == {"dx": None}
    assert found.errors == {}


def test_judges_that_disagree_are_the_courses_fault():
    oracle = make(lambda x: (2 * x, None), ["x"])
    cross_examine(oracle, case(X, DY), Expected(2 * X, {"dx": 2 * DY}))
    with pytest.raises(JudgesDisagree, match="fault of the course"):
        cross_examine(oracle, case(X, DY), Expected(2 * X, {"dx": 2.001 * DY}))


def relu(x):
    return np.maximum(x, 0), None


def test_a_kink_is_seen_and_what_is_beside_it_is_judged():
    x = np.array([[0.0, 1e-3, -1e-5, 1e-8, -1e-12, 1e-12, 3.0, -4.0]])
    dy = np.arange(1.0, 9.0)[None]
    found = compute_finite_differences(make(relu), case(x, dy))
    free = found.freedom["dx"]
    assert (free.kinks, free.unknown, free.total) == (1, 0, None)
    np.testing.assert_allclose((free.low[0, 0], free.high[0, 0]), (0, 1), atol=1e-5)
    assert found.grads["dx"] is not None
    np.testing.assert_allclose(found.grads["dx"][0, 1:], dy[0, 1:] * (x[0, 1:] > 0), atol=1e-8)


@pytest.mark.parametrize(
    ("dx", "right"),
    [
        ([5, 0, -3, 0, 0, 2], True),
        ([2.5, 2.5, -1, -2, 0, 2], True),
        ([5, 5, -3, 0, 0, 2], False),  # the whole gradient to every tied cell
        ([0, 0, -3, 0, 0, 2], False),
        ([6, -1, -3, 0, 0, 2], False),
        ([5, 0, -3, 0, 1, 1], False),  # no tie there
        ([np.nan, 0, -3, 0, 0, 2], False),
    ],
)
def test_a_tie_may_be_shared_but_not_doubled(dx, right):
    x = np.array([[1.0, 1.0, 2.0, 2.0, 3.0, 4.0]])
    found = compute_finite_differences(
        make(lambda x: (x.reshape(1, 3, 2).max(-1), None)), case(x, np.array([[5.0, -3.0, 2.0]]))
    )
    assert found.freedom["dx"].total == pytest.approx(4.0)
    assert compare(np.array([dx], float), found.grads["dx"], 1e-6, found.freedom["dx"]).passed is right


def test_where_a_jump_is_nothing_can_be_said_and_it_is_counted():
    x = np.array([0.5, 1.0, 2.0])
    found = compute_finite_differences(make(lambda x: (np.floor(x) + x, None)), case(x, np.ones(3)))
    assert found.freedom["dx"].unknown == 2
    assert found.grads["dx"][0] == pytest.approx(1.0)


@pytest.mark.parametrize("by", ["differences", "unit vectors"])
def test_one_call_answers_many_points_where_samples_are_apart(by):
    calls = []

    def forward(x):
        calls.append(len(x))
        return (2 * x if by == "unit vectors" else np.sin(x)), None

    x = RNG.standard_normal((4, 25))
    found = compute_finite_differences(make(forward, ["x"] if by == "unit vectors" else []), case(x, x))
    np.testing.assert_allclose(found.grads["dx"], x * (2 if by == "unit vectors" else np.cos(x)), atol=1e-8)
    assert len(calls) < 20
    assert max(calls) >= 400


def test_one_call_answers_many_points_where_boxes_pick_samples_and_channels_are_apart():
    image, calls = np.array([1, 0, 1]), []

    def forward(x):
        calls.append(x.shape[1])
        return np.sin(x[image]), None

    x, dy = RNG.standard_normal((2, 3, 4)), RNG.standard_normal((3, 3, 4))
    found = compute_finite_differences(make(forward), case(x, dy))
    right = np.stack([dy[1], dy[0] + dy[2]]) * np.cos(x)
    np.testing.assert_allclose(found.grads["dx"], right, atol=1e-8)
    assert len(calls) < 15
    assert max(calls) >= 3 * x.size


def test_channels_that_meet_are_never_shared_out():
    x, dy = RNG.standard_normal((2, 3, 4)), RNG.standard_normal((3, 3, 4))
    found = compute_finite_differences(
        make(lambda x: ((x - x.mean(1, keepdims=True))[[1, 0, 1]], None), ["x"]), case(x, dy)
    )
    right = np.stack([dy[1], dy[0] + dy[2]])
    np.testing.assert_allclose(found.grads["dx"], right - right.mean(1, keepdims=True), atol=1e-12)


def test_samples_that_meet_are_never_shared_out():
    x = RNG.standard_normal((4, 25))
    dy = RNG.standard_normal((4, 25))
    found = compute_finite_differences(make(lambda x: (x - x.mean(0), None), ["x"]), case(x, dy))
    np.testing.assert_allclose(found.grads["dx"], dy - dy.mean(0), atol=1e-12)


def test_targets_go_along_with_their_samples():
    x, target = RNG.standard_normal((5, 8)), RNG.integers(0, 8, 5)
    calls = []

    def forward(x, target):
        calls.append(1)
        return x[np.arange(len(x)), target] ** 2, None

    oracle = Oracle(lambda seed: (), {"dx": "x"}, forward)
    found = compute_finite_differences(oracle, Case("one", CORE, {"x": x, "target": target}, dy=np.ones(5)))
    right = np.zeros((5, 8))
    right[np.arange(5), target] = 2 * x[np.arange(5), target]
    np.testing.assert_allclose(found.grads["dx"], right, atol=1e-8)
    assert len(calls) < 20


@pytest.mark.parametrize("beside", [1e-3, 3e-4, 1e-4, 2e-5, 1e-6, 1e-9, 0.0])
def test_a_jump_of_the_curvature_is_in_the_error(beside):
    """Smooth L1 bends from a parabola to a line at 1: its slope goes on, its curvature does not."""

    def smooth_l1(x):
        return np.where(np.abs(x) < 1, x**2 / 2, np.abs(x) - 0.5), None

    for x in (1 + beside, 1 - beside):
        case = Case("a", "core", {"x": np.array([x])}, {}, np.ones(1))
        found = compute_finite_differences(Oracle(lambda seed: (), {"dx": "x"}, smooth_l1), case)
        assert abs(found.grads["dx"][0] - min(x, 1.0)) <= np.max(found.errors["dx"]) < 1e-3
