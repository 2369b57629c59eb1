"""Where several changes mend a function, the line of the one that a programmer would make is shown."""

import numpy as np
import pytest

from cnnlab.gradcheck import locate

VECTOR = np.array([1.0, -2.0, 4.0])
ROWS = np.array([[1.0, -2.0, 4.0], [0.5, 3.0, -1.0]])
WEIGHTS = np.array([[2.0, -1.0, 3.0], [1.0, 4.0, -2.0]])


def square(x):
    return x**2, x


def sigmoid(x):
    y = 1 / (1 + np.exp(-x))
    return y, y


def total(x):
    return x.sum(), x.shape


def average(x):
    return x.mean(axis=0), x.shape


def linear(x, w):
    return x @ w.T, (x, w)


def identity(x):
    return x.copy(), x


def factor_forgotten(dy, cache):
    x = cache
    return dy * x  # wrong


def sign_of_the_slope(dy, cache):
    slope = -2 * cache  # wrong
    return slope * dy


def computed_again(dy, cache):
    y = 1 / (1 + np.exp(-cache))  # wrong
    return dy * y * (1 - y)


def value_made_and_replaced(dy, cache):
    double = 3 * cache  # wrong
    half = double / 2
    return 2 * half * dy


def term_too_many(dy, cache):
    slope = 2 * cache
    slope = slope + 1  # wrong
    return slope * dy


def count_forgotten(dy, cache):
    rows, columns = cache
    return np.broadcast_to(dy, (rows, columns)).copy()  # wrong


def count_too_many(dy, cache):
    rows, columns = cache
    share = dy / rows  # wrong
    return np.full((rows, columns), share)


def memory_of_dy(dy, cache):
    off = np.isnan(cache)
    if not off.any():
        return dy  # wrong
    return np.where(off, 0, dy)


def overwritten(dy, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for n in range(len(x)):
        for k in range(len(w)):
            dx[n] = dy[n, k] * w[k]  # wrong
            dw[k] += dy[n, k] * x[n]
    return dx, dw


def transposed(dy, cache):
    x, w = cache
    dx = dy @ w
    dw = (x.T @ dy) * 1.0  # wrong
    return dx, dw


def scaled(a, factor):
    return factor * a


def in_the_function_not_in_the_helper(dy, cache):
    return dy * scaled(cache, 1)  # wrong


def result_negated(dy, cache):
    slope = cache * (cache - 1)  # wrong
    return dy * slope


def loop_too_short(dy, cache):
    dx = np.zeros(len(cache))
    for k in range(len(cache) - 1):  # wrong
        dx[k] += 2 * cache[k] * dy[k]
    return dx


def other_gradient_is_right(dy, cache):
    x, w = cache
    both = dy * 1.0
    dx = both @ w * 2  # wrong
    dw = both.T @ x
    return dx, dw


CASES = [
    (square, factor_forgotten, (VECTOR,)),
    (square, sign_of_the_slope, (VECTOR,)),
    (sigmoid, computed_again, (VECTOR,)),
    (square, value_made_and_replaced, (VECTOR,)),
    (square, term_too_many, (VECTOR,)),
    (average, count_forgotten, (ROWS,)),
    (total, count_too_many, (ROWS,)),
    (identity, memory_of_dy, (VECTOR,)),
    (linear, overwritten, (ROWS, WEIGHTS)),
    (linear, transposed, (ROWS, WEIGHTS)),
    (square, in_the_function_not_in_the_helper, (VECTOR,)),
    (sigmoid, result_negated, (VECTOR,)),
    (square, loop_too_short, (VECTOR,)),
    (linear, other_gradient_is_right, (ROWS, WEIGHTS)),
]


@pytest.mark.parametrize(("forward", "backward", "inputs"), CASES, ids=[b.__name__ for _, b, _ in CASES])
def test_the_line_is_the_one_that_a_programmer_would_change(forward, backward, inputs):
    found = locate(forward, backward, *inputs, seconds=20)
    assert found and found.all and found.then is None
    assert found.text.endswith("# wrong"), found.to_text(show=True)
