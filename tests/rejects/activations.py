"""Activations: wrong and right ways to write their backward passes."""

import numpy as np

from tests.rejects import right, wrong


@right("relu_backward")
def relu_by_product(dy, cache):
    return dy * (cache.x > 0)


@right("relu_backward")
def relu_slope_one_at_zero(dy, cache):
    return dy * (cache.x >= 0)


@right("relu_backward")
def relu_slope_half_at_zero(dy, cache):
    return dy * 0.5 * (1 + np.sign(cache.x))


@right("relu_backward")
def relu_by_assignment(dy, cache):
    dx = dy.copy()
    dx[cache.x <= 0] = 0
    return dx


@right("leaky_relu_backward")
def leaky_by_slopes(dy, cache):
    slopes = np.full(cache.x.shape, cache.negative_slope, dy.dtype)
    slopes[cache.x > 0] = 1
    return slopes * dy


@right("leaky_relu_backward")
def leaky_slope_one_at_zero(dy, cache):
    return np.where(cache.x >= 0, dy, cache.negative_slope * dy)


@right("sigmoid_backward")
def sigmoid_as_y_minus_square(dy, cache):
    return dy * (cache.y - cache.y**2)


@right("sigmoid_backward")
def sigmoid_in_float32(dy, cache):
    y = cache.y.astype(np.float32)
    return (dy.astype(np.float32) * y * (1 - y)).astype(dy.dtype)


@right("tanh_backward")
def tanh_factored(dy, cache):
    return dy * (1 - cache.y) * (1 + cache.y)


@right("softmax_backward")
def softmax_by_jacobians(dy, cache):
    y, g = np.moveaxis(cache.y, cache.dim, -1), np.moveaxis(dy, cache.dim, -1)
    jacobians = y[..., None] * (np.eye(y.shape[-1]) - y[..., None, :])
    return np.moveaxis(np.einsum("...ij,...i->...j", jacobians, g), -1, cache.dim).astype(dy.dtype)


@wrong("relu_backward", "mask")
def relu_everything_passes(dy, cache):
    return dy.copy()


@wrong("relu_backward", "mask")
def relu_other_way_round(dy, cache):
    return dy * (cache.x < 0)


@wrong("relu_backward", "mask")
def relu_guided(dy, cache):
    return dy * (cache.x > 0) * (dy > 0)


@wrong("relu_backward", "formula")
def relu_times_y(dy, cache):
    return dy * np.maximum(cache.x, 0)


@wrong("relu_backward", "upstream")
def relu_without_dy(dy, cache):
    return (cache.x > 0).astype(dy.dtype)


@wrong("relu_backward", "dtype")
def relu_mask_alone(dy, cache):
    return cache.x > 0


@wrong("relu_backward", "mutation")
def relu_in_place(dy, cache):
    dy[cache.x <= 0] = 0
    return dy


@wrong("relu_backward", "sign")
def relu_sign(dy, cache):
    return -dy * (cache.x > 0)


@wrong("leaky_relu_backward", "mask")
def leaky_without_leak(dy, cache):
    return dy * (cache.x > 0)


@wrong("leaky_relu_backward", "option")
def leaky_fixed_slope(dy, cache):
    return np.where(cache.x > 0, dy, 0.25 * dy)


@wrong("sigmoid_backward", "formula")
def sigmoid_half_of_the_slope(dy, cache):
    return dy * cache.y


@wrong("sigmoid_backward", "formula")
def sigmoid_of_y(dy, cache):
    s = 1 / (1 + np.exp(-cache.y))
    return dy * s * (1 - s)


@wrong("sigmoid_backward", "scale")
def sigmoid_doubled(dy, cache):
    return 2 * dy * cache.y * (1 - cache.y)


@wrong("sigmoid_backward", "sign")
def sigmoid_sign(dy, cache):
    return dy * cache.y * (cache.y - 1)


@wrong("tanh_backward", "formula")
def tanh_without_square(dy, cache):
    return dy * (1 - cache.y)


@wrong("tanh_backward", "formula")
def tanh_with_the_slope_of_sigmoid(dy, cache):
    return dy * cache.y * (1 - cache.y)


@wrong("tanh_backward", "formula")
def tanh_plus(dy, cache):
    return dy * (1 + cache.y**2)


@wrong("softmax_backward", "formula")
def softmax_diagonal(dy, cache):
    return dy * cache.y * (1 - cache.y)


@wrong("softmax_backward", "formula")
def softmax_first_part(dy, cache):
    return dy * cache.y


@wrong("softmax_backward", "formula")
def softmax_unweighed(dy, cache):
    return cache.y * (dy - dy.sum(axis=cache.dim, keepdims=True))


@wrong("softmax_backward", "option")
def softmax_last_axis(dy, cache):
    return cache.y * (dy - (dy * cache.y).sum(axis=-1, keepdims=True))


@wrong("softmax_backward", "reduction")
def softmax_over_everything(dy, cache):
    return cache.y * (dy - (dy * cache.y).sum())


@wrong("relu_backward", "kink")
def relu_twice_at_zero(dy, cache):
    return dy * ((cache.x > 0) + 2.0 * (cache.x == 0))


def gelu_parts(cache):
    """u', and the two parts of the slope of gelu."""
    u_slope = np.sqrt(2 / np.pi) * (1 + 0.134145 * cache.x**2)
    return u_slope, (1 + cache.t) / 2, cache.x / 2 * (1 - cache.t) * (1 + cache.t)


@right("gelu_backward")
def gelu_by_parts(dy, cache):
    u_slope, first, second = gelu_parts(cache)
    return (dy * first + dy * second * u_slope).astype(dy.dtype)


@wrong("gelu_backward", "formula")
def gelu_gate_alone(dy, cache):
    return dy * gelu_parts(cache)[1]


@wrong("gelu_backward", "formula")
def gelu_without_gate(dy, cache):
    u_slope, _, second = gelu_parts(cache)
    return (dy * second * u_slope).astype(dy.dtype)


@wrong("gelu_backward", "formula")
def gelu_without_inner_slope(dy, cache):
    _, first, second = gelu_parts(cache)
    return dy * (first + second)


@wrong("gelu_backward", "formula")
def gelu_without_three(dy, cache):
    _, first, second = gelu_parts(cache)
    u_slope = np.sqrt(2 / np.pi) * (1 + 0.044715 * cache.x**2)
    return (dy * (first + second * u_slope)).astype(dy.dtype)


@wrong("gelu_backward", "upstream")
def gelu_without_dy(dy, cache):
    u_slope, first, second = gelu_parts(cache)
    return (first + second * u_slope).astype(dy.dtype)


@wrong("gelu_backward", "sign")
def gelu_sign(dy, cache):
    u_slope, first, second = gelu_parts(cache)
    return -(dy * (first + second * u_slope)).astype(dy.dtype)
