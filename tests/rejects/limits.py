"""Chapter 17: curvature and cost: mistakes that must be caught, and right answers of another kind."""

from math import prod

import numpy as np

from tests.rejects import right, wrong


def curvature(name, *codes, formula):
    def hessian_vector_product(gradient, w, v, *, h=1e-5):
        return formula(gradient, np.asarray(w, float), np.asarray(v, float), h)

    hessian_vector_product.__name__ = name
    (wrong("hessian_vector_product", *codes) if codes else right("hessian_vector_product"))(hessian_vector_product)


def in_two_halves(g, w, v, h):
    up, down = w + h * v, w - h * v
    return g(up) / (2 * h) - g(down) / (2 * h)


curvature("centred", formula=lambda g, w, v, h: (g(w + h * v) - g(w - h * v)) / (2 * h))
curvature("in_two_halves", formula=in_two_halves)
curvature("half_a_step_times_two", formula=lambda g, w, v, h: 0.5 / h * (g(w + v * h) - g(w - v * h)))
curvature("one_sided", "formula", formula=lambda g, w, v, h: (g(w + h * v) - g(w)) / h)
curvature("one_sided_down", "formula", formula=lambda g, w, v, h: (g(w) - g(w - h * v)) / h)
curvature("over_h", "scale", formula=lambda g, w, v, h: (g(w + h * v) - g(w - h * v)) / h)
curvature("not_divided", "scale", formula=lambda g, w, v, h: g(w + h * v) - g(w - h * v))
curvature("sign", "sign", formula=lambda g, w, v, h: (g(w - h * v) - g(w + h * v)) / (2 * h))
curvature(
    "unit_direction",
    *("scale", "formula"),
    formula=lambda g, w, v, h: (
        (g(w + h * v / np.linalg.norm(v)) - g(w - h * v / np.linalg.norm(v))) / (2 * h) if v.any() else 0 * w
    ),
)
curvature("every_entry_by_h", "formula", formula=lambda g, w, v, h: (g(w + h) - g(w - h)) / (2 * h))
curvature("times_v", "formula", formula=lambda g, w, v, h: v * (g(w + h * v) - g(w - h * v)) / (2 * h))
curvature("own_step", "option", formula=lambda g, w, v, h: (g(w + 1e-5 * v) - g(w - 1e-5 * v)) / 2e-5)
curvature("a_number", "shape", formula=lambda g, w, v, h: np.sum(v * (g(w + h * v) - g(w - h * v))) / (2 * h))
curvature("the_gradient", "formula", formula=lambda g, w, v, h: g(w) * 1.0)


@wrong("hessian_vector_product", "mutation")
def moves_w(gradient, w, v, *, h=1e-5):
    w += h * v
    up = np.array(gradient(w))
    w -= 2 * h * v
    return (up - gradient(w)) / (2 * h)


def cost(name, *codes, formula, refuses=True):
    def conv_cost(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
        fits = min(sizes(x_shape, w_shape, stride, padding, dilation)) > 0
        if refuses and not (fits and x_shape[1] == groups * w_shape[1] and w_shape[0] % groups == 0):
            raise ValueError(f"{x_shape} and {w_shape} do not fit")
        return formula(x_shape, w_shape, sizes(x_shape, w_shape, stride, padding, dilation), groups)

    conv_cost.__name__ = name
    (wrong("conv_cost", *codes) if codes else right("conv_cost"))(conv_cost)


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def sizes(x_shape, w_shape, stride=1, padding=0, dilation=1):
    """Rows and columns of the output."""
    how = (x_shape[2:], w_shape[2:], pair(stride), pair(padding), pair(dilation))
    return [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in zip(*how, strict=True)]


def outputs(x, w, o):
    return x[0] * w[0] * o[0] * o[1]


cost("usual", formula=lambda x, w, o, g: (outputs(x, w, o) * prod(w[1:]), prod(w) + w[0], outputs(x, w, o)))
cost("nothing_refused", "structure", refuses=False, formula=lambda x, w, o, g: (
    outputs(x, w, o) * prod(w[1:]), prod(w) + w[0], outputs(x, w, o)
))
cost("from_channels", formula=lambda x, w, o, g: (
    outputs(x, w, o) * x[1] // g * w[2] * w[3], w[0] * (x[1] // g * w[2] * w[3] + 1), outputs(x, w, o)
))
cost("as_an_array", "structure", "formula", formula=lambda x, w, o, g: [outputs(x, w, o) * prod(w[1:])])
cost("no_bias", "formula", formula=lambda x, w, o, g: (outputs(x, w, o) * prod(w[1:]), prod(w), outputs(x, w, o)))
cost("one_image", "reduction", formula=lambda x, w, o, g: (
    outputs(x, w, o) // x[0] * prod(w[1:]), prod(w) + w[0], outputs(x, w, o) // x[0]
))
cost("no_channels", "channel", formula=lambda x, w, o, g: (
    outputs(x, w, o) * w[2] * w[3], prod(w) + w[0], outputs(x, w, o)
))
cost("groups_forgotten", "option", formula=lambda x, w, o, g: (
    outputs(x, w, o) * prod(w[1:]) * g, prod(w) * g + w[0], outputs(x, w, o)
))
cost("every_cell", "formula", "option", "geometry", formula=lambda x, w, o, g: (
    prod(x) * w[0] * w[2] * w[3], prod(w) + w[0], outputs(x, w, o)
))


@wrong("conv_cost", "option")
def stride_left_out(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    made = outputs(x_shape, w_shape, sizes(x_shape, w_shape, 1, padding, dilation))
    return made * prod(w_shape[1:]), prod(w_shape) + w_shape[0], made


@wrong("conv_cost", "option")
def padding_left_out(x_shape, w_shape, *, stride=1, padding=0, dilation=1, groups=1):
    made = outputs(x_shape, w_shape, sizes(x_shape, w_shape, stride, 0, dilation))
    return made * prod(w_shape[1:]), prod(w_shape) + w_shape[0], made
