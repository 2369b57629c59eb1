"""Mistakes that every usual case lets through: each shows in one kind of case alone, and has a right counterpart."""

import graphlib

import numpy as np

from tests.rejects import right, wrong

# A threshold or a small number where there is none.


@wrong("relu_backward", "mask")
def relu_above_a_thousandth(dy, cache):
    return np.where(cache.x > 1e-3, dy, 0.0).astype(dy.dtype)


@wrong("leaky_relu_backward", "mask", "formula", None)
def leaky_relu_above_a_thousandth(dy, cache):
    return np.where(cache.x > 1e-3, dy, cache.negative_slope * dy).astype(dy.dtype)


@wrong("leaky_relu_backward", "option")
def the_larger_of_two(dy, cache):
    """max(x, slope · x) is leaky_relu only while the slope is at most 1."""
    return np.where(cache.x >= cache.negative_slope * cache.x, dy, cache.negative_slope * dy).astype(dy.dtype)


@right("leaky_relu_backward")
def slope_of_the_side(dy, cache):
    return dy * np.where(np.signbit(-cache.x), 1, cache.negative_slope).astype(dy.dtype)


@wrong("mse_loss_backward", "formula", "precision", None)
def a_millionth_added_to_the_distance(dy, cache):
    distance = cache.pred - cache.target + np.asarray(1e-6, cache.pred.dtype)
    n = cache.pred.size if cache.reduction == "mean" else 1
    return (2 * dy / max(n, 1) * distance).astype(cache.pred.dtype)


@wrong("sigmoid_backward", "formula", "precision", "upstream", None)
def a_billionth_added(dy, cache):
    return (dy * cache.y * (1 - cache.y) + 1e-9).astype(dy.dtype)


@wrong("relu_backward", "formula", "precision", "upstream", None)
def a_billionth_added_to_relu(dy, cache):
    return (np.where(cache.x > 0, dy, 0) + 1e-9).astype(dy.dtype)


@wrong("linear_backward", "formula", "precision", "upstream", None)
def a_billionth_added_to_dw(dy, cache):
    dx, dw, db = _linear(dy, cache)
    return dx, (dw + 1e-9).astype(dw.dtype), db


# Numbers whose square overflows.


@wrong("smooth_l1_loss_backward", "stability", None)
def the_sign_by_a_square(dy, cache):
    d = cache.pred - cache.target
    with np.errstate(all="ignore"):
        sign = np.where(d == 0, 0, d / np.sqrt(d**2))
    near = d / cache.beta if cache.beta else sign
    n = d.size if cache.reduction == "mean" else 1
    return (dy / max(n, 1) * np.where(abs(d) < cache.beta, near, sign)).astype(d.dtype)


# An axis that is left to reshape, and a bias of zeros.


@right("flatten_backward")
def one_axis_left_to_reshape(dy, cache):
    return dy.reshape(len(dy), *cache.x_shape[1:-1], -1).copy()


@wrong("linear_backward", "structure")
def no_bias_by_its_numbers(dy, cache):
    dx, dw, db = _linear(dy, cache)
    return dx, dw, db if cache.b is not None and np.any(cache.b) else None


@right("linear_backward")
def no_bias_by_none(dy, cache):
    return _linear(dy, cache)


def _linear(dy, cache):
    (inputs, outputs), rows = (cache.x.shape[-1], dy.shape[-1]), dy.size // dy.shape[-1]
    d, x = dy.reshape(rows, outputs), cache.x.reshape(rows, inputs)
    return (d @ cache.w).reshape(cache.x.shape), d.T @ x, None if cache.b is None else d.sum(0)


# An exception that is promised.


@wrong("topological_order", "structure")
def what_can_be_ordered(nodes):
    """As far as it goes: the nodes of a circle are left out."""
    order, found = [], set()
    children = [[] for _ in nodes]
    for i, (_, parents) in enumerate(nodes):
        for parent in parents:
            children[parent].append(i)
    ready = [i for i, (_, parents) in enumerate(nodes) if not parents]
    while ready:
        order += ready
        found.update(ready)
        near = {child for i in ready for child in children[i]}
        ready = [i for i in near if i not in found and found.issuperset(nodes[i][1])]
    return order


@right("topological_order")
def by_graphlib(nodes):
    """CycleError is a ValueError."""
    return list(graphlib.TopologicalSorter({i: parents for i, (_, parents) in enumerate(nodes)}).static_order())


# Options that are written out with their default.


@wrong("count_parameters", "option", None)
def no_bias_where_it_is_mentioned(layers):
    return _count(layers, lambda options: "bias" not in options)


@right("count_parameters")
def bias_unless_false(layers):
    return _count(layers, lambda options: options.get("bias") is not False)


def _count(layers, has_bias):
    total = 0
    for kind, options in layers:
        if kind == "conv":
            kernel = np.prod(np.broadcast_to(options["kernel_size"], 2))
            filters = options["out_channels"]
            total += filters * options["in_channels"] // options.get("groups", 1) * int(kernel)
        elif kind == "linear":
            filters = options["out_features"]
            total += filters * options["in_features"]
        else:
            continue
        total += filters * has_bias(options)
    return int(total)


# Memory: views, other orders, whole numbers.


@wrong("numerical_vjp", "mutation", None)
def moved_in_place(f, x, dy, *, h=1e-5):
    """What f returned may be x itself, and moves along."""
    x = np.array(x, np.float64)
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        up = f(x)
        x[index] = old - h
        down = f(x)
        x[index] = old
        dx[index] = np.sum(dy * (up - down)) / (2 * h)
    return dx


@right("numerical_vjp")
def moved_in_place_and_copied(f, x, dy, *, h=1e-5):
    x = np.array(x, np.float64)
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old, x[index] = x[index], x[index] + h
        up = np.array(f(x))
        x[index] = old - h
        down = np.array(f(x))
        x[index] = old
        dx[index] = np.sum(dy * (up - down)) / (2 * h)
    return dx


@wrong("numerical_vjp", "geometry", None)
def through_a_flat_copy(f, x, dy, *, h=1e-5):
    """np.array keeps the order of memory, and of an array in column order ravel is a copy."""
    x = np.array(x, np.float64)
    dx, flat = np.zeros(x.size), x.ravel()
    for k in range(x.size):
        old = flat[k]
        flat[k] = old + h
        up = np.array(f(x))
        flat[k] = old - h
        down = np.array(f(x))
        flat[k] = old
        dx[k] = np.sum(dy * (up - down)) / (2 * h)
    return dx.reshape(x.shape)


@wrong("numerical_vjp", "dtype")
def zeros_like_whole_numbers(f, x, dy, *, h=1e-5):
    dx = np.zeros_like(x) if x.dtype.kind == "i" else np.zeros(x.shape)
    x = np.asarray(x, np.float64)
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = h
        dx[index] = np.sum(dy * (f(x + unit) - f(x - unit))) / (2 * h)
    return dx


@wrong("backpropagate", "formula", "dtype", None)
def whole_numbers_alone(nodes, values, order, output):
    slopes = {
        "add": lambda a: (1, 1),
        "sub": lambda a: (1, -1),
        "mul": lambda a: (a[1], a[0]),
        "square": lambda a: (2 * a[0],),
        "exp": lambda a: (np.exp(a[0]),),
        "sin": lambda a: (np.cos(a[0]),),
        "tanh": lambda a: (1 - np.tanh(a[0]) ** 2,),
    }
    grads = np.zeros_like(order)
    grads[output] = 1
    for i in reversed(order):
        op, parents = nodes[i]
        if op != "input":
            for p, slope in zip(parents, slopes[op]([values[q] for q in parents]), strict=True):
                grads[p] += int(grads[i] * slope)
    return grads


# Precision that is promised.


@wrong("compare_gradients", "stability", "precision", None)
def norms_in_their_own_precision(ours, theirs):
    return _compare(ours, theirs, lambda g: np.asarray(g))


@right("compare_gradients")
def norms_in_float64(ours, theirs):
    return _compare(ours, theirs, lambda g: np.array(g, dtype=float))


def _compare(ours, theirs, read):
    errors = []
    for name, right_one in theirs.items():
        a, b = ours.get(name), right_one
        if a is None or b is None or a.shape != b.shape:
            errors.append(1.0)
            continue
        a, b = read(a).ravel(), read(b).ravel()
        with np.errstate(all="ignore"):
            size = np.sqrt(np.dot(a, a)) + np.sqrt(np.dot(b, b))
            errors.append(float(np.sqrt(np.dot(a - b, a - b)) / size) if size else 0.0)
    return errors


@wrong("relative_error", "formula")
def relative_to_the_first(a, b):
    below = np.linalg.norm(a)
    return float(np.linalg.norm(a - b) / below) if below else float("inf") if np.any(b) else 0.0


@wrong("relative_error", "formula")
def relative_to_the_larger(a, b):
    below = max(np.linalg.norm(a), np.linalg.norm(b))
    return float(np.linalg.norm(a - b) / below) if below else 0.0


# A Generator in place of a seed.


@wrong("init_parameters", "raises")
def a_seed_alone(w_shapes, *, rng):
    return _init(w_shapes, np.random.default_rng(int(rng)))


@right("init_parameters")
def a_seed_or_a_generator(w_shapes, *, rng):
    return _init(w_shapes, rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng))


def _init(w_shapes, rng):
    limits = [1 / np.sqrt(np.prod(shape[1:])) for shape in w_shapes]
    return [
        (k * rng.uniform(-1, 1, shape), k * rng.uniform(-1, 1, shape[:1]))
        for k, shape in zip(limits, w_shapes, strict=True)
    ]
