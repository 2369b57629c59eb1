"""Chapter 3: wrong numerical gradients and cases that expose too little, and right ones written in other ways."""

import numpy as np

from tests.rejects import right, wrong

# numerical_vjp.


def stencil(f, x, dy, h, weights, moved=None):
    """A difference quotient with other points: {offset: weight}."""
    x = np.asarray(x, np.float64)
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = h
        dx[index] = sum(np.sum(w * dy * f(x + at * unit)) for at, w in weights.items()) / h
    return dx


@wrong("numerical_vjp", "formula")
def forward_difference(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {1: 1, 0: -1})


@wrong("numerical_vjp", "formula")
def backward_difference(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {0: 1, -1: -1})


@wrong("numerical_vjp", "scale")
def over_one_step(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {1: 1, -1: -1})


@wrong("numerical_vjp", "scale")
def not_divided(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {1: 0.5 * h, -1: -0.5 * h})


@wrong("numerical_vjp", "stability", "raises")
def over_nothing(f, x, dy, *, h=1e-5):
    with np.errstate(all="ignore"):
        return stencil(f, x, dy, np.float64(h), {1: 0.5, -1: -0.5}) / (h - h)


@wrong("directional_check", "stability")
def measured_over_nothing(f, dx, x, dy, v, *, h=1e-5):
    with np.errstate(all="ignore"):
        return np.sum(dy * (f(x + h * v) - f(x - h * v))) / np.float64(0), np.sum(dx * v)


@wrong("numerical_vjp", "sign")
def down_minus_up(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {-1: 0.5, 1: -0.5})


@wrong("numerical_vjp", "upstream")
def sum_of_y(f, x, dy, *, h=1e-5):
    return stencil(f, x, np.ones_like(dy), h, {1: 0.5, -1: -0.5})


@wrong("numerical_vjp", "option")
def a_step_of_its_own(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, 1e-5, {1: 0.5, -1: -0.5})


@wrong("numerical_vjp", "formula")
def extrapolated(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {0.5: 4 / 3, -0.5: -4 / 3, 1: -1 / 6, -1: 1 / 6})


@wrong("numerical_vjp", "raises", "shape", "accumulate")
def all_at_once(f, x, dy, *, h=1e-5):
    return dy * (f(x + h) - f(x - h)) / (2 * h)


@wrong("numerical_vjp", "mutation", "raises")
def moves_x_itself(f, x, dy, *, h=1e-5):
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        up = f(x)
        x[index] -= 2 * h
        dx[index] = np.sum(dy * (up - f(x))) / (2 * h)
    return dx


@wrong("numerical_vjp", "precision", None, "dtype", "raises")
def in_the_precision_of_x(f, x, dy, *, h=1e-5):
    dx = np.zeros(x.shape, x.dtype)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += x.dtype.type(h)
        down[index] -= x.dtype.type(h)
        dx[index] = np.sum(dy * (f(up) - f(down))) / x.dtype.type(2 * h)
    return dx


@wrong("numerical_vjp", "shape", "raises")
def one_long_row(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {1: 0.5, -1: -0.5}).ravel()


@wrong("numerical_vjp", "formula", "accumulate")
def copies_that_are_none(f, x, dy, *, h=1e-5):
    dx = np.zeros(x.shape)
    moved = np.array(x, np.float64)
    for index in np.ndindex(x.shape):
        up = down = moved
        up[index] += h
        high = f(up)
        down[index] -= 2 * h
        dx[index] = np.sum(dy * (high - f(down))) / (2 * h)
    return dx


@wrong("numerical_vjp", "structure")
def the_whole_jacobian(f, x, dy, *, h=1e-5):
    return [stencil(f, x, np.ones_like(dy), h, {1: 0.5, -1: -0.5}), dy]


@right("numerical_vjp")
def in_one_stencil(f, x, dy, *, h=1e-5):
    return stencil(f, x, dy, h, {1: 0.5, -1: -0.5})


@right("numerical_vjp")
def moved_and_put_back(f, x, dy, *, h=1e-5):
    moved, dx = np.array(x, np.float64), np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        before = moved[index]
        moved[index] = before + h
        high = np.sum(dy * f(moved))
        moved[index] = before - h
        dx[index] = (high - np.sum(dy * f(moved))) / (2 * h)
        moved[index] = before
    return dx


@right("numerical_vjp")
def over_the_distance_that_was_moved(f, x, dy, *, h=1e-5):
    flat = np.asarray(x, float).reshape(-1)
    found = []
    for k in range(flat.size):
        up, down = flat.copy(), flat.copy()
        up[k], down[k] = flat[k] + h, flat[k] - h
        difference = np.sum(dy * (f(up.reshape(x.shape)) - f(down.reshape(x.shape))))
        found.append(difference / (up[k] - down[k]))
    return np.array(found).reshape(x.shape)


# relative_error.


def distance(a, b):
    return np.linalg.norm(np.asarray(a) - b)


@wrong("relative_error", "formula", "scale")
def absolute(a, b):
    return distance(a, b)


@wrong("relative_error", "formula")
def relative_to_b(a, b):
    return distance(a, b) / np.linalg.norm(b) if np.any(b) else 0.0 if not np.any(a) else np.inf


@wrong("relative_error", "formula")
def relative_to_the_larger(a, b):
    larger = max(np.linalg.norm(a), np.linalg.norm(b))
    return distance(a, b) / larger if larger else 0.0


@wrong("relative_error", "formula")
def squares(a, b):
    below = np.sum(np.square(a)) + np.sum(np.square(b))
    return distance(a, b) ** 2 / below if below else 0.0


@wrong("relative_error", "formula")
def of_the_worst_entry(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-300)))


@wrong("relative_error", "stability")
def zero_over_zero(a, b):
    return distance(a, b) / (np.linalg.norm(a) + np.linalg.norm(b))


@wrong("relative_error", "formula")
def with_a_guard_that_is_too_large(a, b):
    return distance(a, b) / (np.linalg.norm(a) + np.linalg.norm(b) + 1e-8)


@wrong("relative_error", "shape")
def entry_by_entry(a, b):
    return np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-300)


@wrong("relative_error", "formula")
def equal_unless_it_is_a_number(a, b):
    return float(np.nan_to_num(distance(a, b) / max(np.linalg.norm(a) + np.linalg.norm(b), 1e-300)))


@right("relative_error")
def with_a_tiny_guard(a, b):
    return distance(a, b) / (np.linalg.norm(a) + np.linalg.norm(b) + 1e-300)


@right("relative_error")
def by_scalar_products(a, b):
    a, b = np.ravel(a), np.ravel(b)
    sizes = np.sqrt(a @ a) + np.sqrt(b @ b)
    return 0.0 if sizes == 0 else np.sqrt((a - b) @ (a - b)) / sizes


# directional_check.


def along(f, x, dy, v, h):
    return np.sum(dy * (f(x + h * v) - f(x - h * v))) / (2 * h)


@wrong("directional_check", "formula")
def measured_to_one_side(f, dx, x, dy, v, *, h=1e-5):
    return np.sum(dy * (f(x + h * v) - f(x))) / h, np.sum(dx * v)


@wrong("directional_check", "scale")
def measured_over_one_step(f, dx, x, dy, v, *, h=1e-5):
    return 2 * along(f, x, dy, v, h), np.sum(dx * v)


@wrong("directional_check", "upstream")
def measured_without_dy(f, dx, x, dy, v, *, h=1e-5):
    return along(f, x, np.ones_like(dy), v, h), np.sum(dx * v)


@wrong("directional_check", "formula")
def every_entry_moved_alike(f, dx, x, dy, v, *, h=1e-5):
    return along(f, x, dy, np.ones_like(v), h), np.sum(dx * v)


@wrong("directional_check", "formula")
def promised_without_direction(f, dx, x, dy, v, *, h=1e-5):
    return along(f, x, dy, v, h), np.sum(dx)


@wrong("directional_check", "formula")
def promised_what_was_measured(f, dx, x, dy, v, *, h=1e-5):
    measured = along(f, x, dy, v, h)
    return measured, measured


@wrong("directional_check", "structure")
def exchanged(f, dx, x, dy, v, *, h=1e-5):
    return np.sum(dx * v), along(f, x, dy, v, h)


@wrong("directional_check", "structure")
def their_difference(f, dx, x, dy, v, *, h=1e-5):
    return along(f, x, dy, v, h) - np.sum(dx * v)


@wrong("directional_check", "mutation", "raises")
def moved_in_place(f, dx, x, dy, v, *, h=1e-5):
    x += h * v
    up = f(x)
    x -= 2 * h * v
    return np.sum(dy * (up - f(x))) / (2 * h), np.sum(dx * v)


@right("directional_check")
def by_flat_products(f, dx, x, dy, v, *, h=1e-5):
    up, down = np.vdot(dy, f(x + h * v)), np.vdot(dy, f(x - h * v))
    return (up - down) / (2 * h), np.vdot(dx, v)


# hunt_cases.


def array(*values):
    return np.array(values, float)


def drawn():
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4)


@wrong("hunt_cases", "formula")
def one_row():
    return [(array([3, 1, 2]), array(1, 1, 1), array(1))]


@wrong("hunt_cases", "formula")
def ones_upstream():
    x, s, dy = drawn()
    return [(x, s, np.ones_like(dy))]


@wrong("hunt_cases", "formula")
def one_drawn_case():
    return [drawn()]


@wrong("hunt_cases", "formula")
def no_tie():
    x, s, dy = drawn()
    return [(x, s, dy), (-np.abs(x), np.abs(s), dy), (np.abs(x), np.abs(s), dy)]


@wrong("hunt_cases", "nondeterministic")
def other_cases_each_time():
    rng = np.random.default_rng()
    return [(rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4))]


@wrong("hunt_cases", "structure")
def too_many():
    return [drawn() for _ in range(7)]


@wrong("hunt_cases", "structure")
def too_large():
    return [(np.ones((20, 3)), np.ones(3), np.ones(20))]


@wrong("hunt_cases", "structure")
def a_scale_of_zero():
    return [(array([1, 2]), array(0, 1), array(1))]


@wrong("hunt_cases", "structure")
def infinite():
    return [(array([np.inf, 1]), array(1, 1), array(1))]


@wrong("hunt_cases", "structure")
def no_cases():
    return []


@wrong("hunt_cases", "structure")
def without_dy():
    return [drawn()[:2]]


@wrong("hunt_cases", "structure")
def dy_of_another_shape():
    x, s, _ = drawn()
    return [(x, s, x)]


@wrong("hunt_cases", "structure")
def nothing():
    drawn()


@right("hunt_cases")
def one_case_for_all():
    x = array([4, 1, 2], [5, 1, 1], [2, 2, 1], [-1, -4, -3], [1, 2, -3])
    return [
        (x, array(1, 1, -2), array(1, -2, 3, 1, 2)),
        (array([2, 2]), array(1, 1), array(1)),
        (-x[:1], array(1, 1, 1), array(2)),
    ]


@right("hunt_cases")
def in_whole_numbers():
    cases = one_case_for_all()
    return [[a.astype(int) for a in case] for case in cases]
