"""Chapter 0: the first gradient: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong


@wrong("square_backward", "upstream")
def slope_alone(dy, cache):
    return 2 * cache.x


@wrong("square_backward", "formula", "scale")
def factor_two_missing(dy, cache):
    return cache.x * dy


@wrong("square_backward", "formula")
def value_for_slope(dy, cache):
    return cache.x**2 * dy


@wrong("square_backward", "sign")
def sign_turned(dy, cache):
    return -2 * cache.x * dy


@wrong("square_backward", "mask", "formula")
def of_the_absolute_value(dy, cache):
    return 2 * abs(cache.x) * dy


@wrong("square_backward", "upstream")
def mean_of_dy(dy, cache):
    return 2 * cache.x * dy.mean()


@wrong("square_backward", "mutation")
def in_place(dy, cache):
    dy *= 2 * cache.x
    return dy


@wrong("square_backward", "shape")
def summed(dy, cache):
    return np.sum(2 * cache.x * dy)


@wrong("square_backward", "shape", "raises", "transpose", "structure")
def as_a_matrix_product(dy, cache):
    return 2 * cache.x @ dy.T


@wrong("square_backward", "structure")
def nothing(dy, cache):
    2 * cache.x * dy


@wrong("square_backward", "structure")
def in_a_tuple(dy, cache):
    return (2 * cache.x * dy,)


@wrong("square_backward", "dtype")
def whole_numbers(dy, cache):
    return (2 * cache.x * dy).astype(int)


@wrong("square_backward", "raises")
def unpacks_the_cache(dy, cache):
    x, y = cache
    return 2 * x * dy


@wrong("square_backward", "formula")
def plus_for_times(dy, cache):
    return 2 * cache.x + dy


@right("square_backward")
def twice_the_product(dy, cache):
    return cache.x * dy + dy * cache.x


@right("square_backward")
def one_at_a_time(dy, cache):
    dx = np.zeros_like(cache.x)
    for index in np.ndindex(dx.shape):
        dx[index] = 2 * cache.x[index] * dy[index]
    return dx


@right("square_backward")
def in_float32(dy, cache):
    product = 2 * cache.x.astype(np.float32) * dy.astype(np.float32)
    return product.astype(dy.dtype)
