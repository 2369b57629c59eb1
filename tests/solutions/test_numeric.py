"""The reference judge of chapter 3: what it says of functions whose derivative is known, and the hunt's own judge."""

from pathlib import Path

import numpy as np
import pytest

from cnnlab import loader
from cnnlab.course.topics import bug_hunt

NUMERIC = loader.folder(Path(__file__).parents[2] / "solutions" / "ops").load("numeric").module
assert NUMERIC is not None


def rng():
    return np.random.default_rng(3)


def test_a_gradient_that_is_known():
    x, dy = rng().normal(size=(2, 3, 4)), rng().normal(size=(2, 3, 4))
    assert NUMERIC.relative_error(NUMERIC.numerical_vjp(np.sin, x, dy), dy * np.cos(x)) < 1e-9


def test_both_ends_of_the_step():
    x, dy = rng().normal(size=20), np.ones(20)
    errors = [NUMERIC.relative_error(NUMERIC.numerical_vjp(np.sin, x, dy, h=h), np.cos(x)) for h in (1e-1, 1e-5, 1e-13)]
    assert errors[1] < errors[0] / 1000 and errors[1] < errors[2] / 1000


def test_a_direction_tells_right_from_wrong():
    x, dy, v = (rng().normal(size=(4, 5)) for _ in range(3))
    for factor, agrees in ((1.0, True), (1.01, False)):
        measured, promised = NUMERIC.directional_check(np.tanh, factor * dy * (1 - np.tanh(x) ** 2), x, dy, v)
        assert np.isclose(measured, promised, rtol=1e-6) == agrees


def test_equal_and_opposite_and_nothing():
    a = rng().normal(size=6)
    assert NUMERIC.relative_error(a, a) == NUMERIC.relative_error(0 * a, 0 * a) == 0
    assert NUMERIC.relative_error(a, -a) == pytest.approx(1)


def test_the_hunted_layer_is_right():
    x, s, dy = rng().normal(size=(5, 4)), rng().normal(size=4), rng().normal(size=5)
    dx, ds = NUMERIC.scaled_max_backward(dy, NUMERIC.scaled_max_forward(x, s)[1])
    numeric = NUMERIC.numerical_vjp(lambda x: NUMERIC.scaled_max_forward(x, s)[0], x, dy)
    assert NUMERIC.relative_error(dx, numeric) < 1e-8
    numeric = NUMERIC.numerical_vjp(lambda s: NUMERIC.scaled_max_forward(x, s)[0], s, dy)
    assert NUMERIC.relative_error(ds, numeric) < 1e-8


# The hunt's own judge: right backward passes of every kind pass in every case, planted ones do not.


def prey(seed):
    """A drawn case of small whole numbers, so that ties are common."""
    numbers = np.random.default_rng(seed)
    x = numbers.integers(-3, 4, (4, 3)).astype(float)
    s = numbers.choice([-2.0, -1.0, 1.0, 2.0], 3)
    return bug_hunt.Prey(x, s, numbers.integers(-2, 3, 4).astype(float))


def shared(case, weights):
    """A right backward pass that shares a tie out by weights."""
    shares = case.winners * weights
    return bug_hunt._send_gradient(case, shares / shares.sum(axis=1, keepdims=True), case.dy)


@pytest.mark.parametrize("seed", range(60))
def test_whoever_shares_a_tie_out_is_right(seed):
    case = prey(seed)
    numbers = np.random.default_rng(seed)
    for weights in (np.ones(3), np.array([1.0, 0.001, 0.0001]), numbers.uniform(0.1, 1, (4, 3))):
        assert bug_hunt.could_be_right(case, shared(case, weights))
    dx, ds = NUMERIC.scaled_max_backward(case.dy, NUMERIC.scaled_max_forward(case.x, case.s)[1])
    assert bug_hunt.could_be_right(case, (dx, ds))
    assert not bug_hunt.could_be_right(case, (dx + 1e-3, ds)) and not bug_hunt.could_be_right(case, (dx, ds + 1e-3))


@pytest.mark.parametrize("name", bug_hunt.MISTAKES)
def test_every_mistake_can_be_exposed_and_can_hide(name):
    backward = bug_hunt.MISTAKES[name].backward
    verdicts = {bug_hunt.could_be_right(case, backward(case)) for case in map(prey, range(60))}
    assert verdicts == {True, False}
