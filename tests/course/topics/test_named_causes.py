"""What is said of mistakes in functions that are no array backward: the cause, in the words of the exercise."""

import re

import numpy as np
import pytest

from cnnlab import check, loader

given = loader.load_stub_function


def name_cause(exercise, function):
    return check(exercise, function=function, torch=False).diagnosis


# Graphs.


def walk(order=reversed, args=None, parents=list, send=lambda g, s: g * s, start=None, add=True):
    """backpropagate with one piece changed."""

    def backpropagate(nodes, values, given_order, output):
        grads = [0.0] * len(nodes)
        grads[output if start is None else start(nodes, given_order)] = 1.0
        for i in order(given_order):
            op, reads = nodes[i]
            numbers = [values[p] for p in reads] if args is None else args(reads)
            slopes = given("scalar_graph", "local_slopes")(op, numbers) if reads else []
            for p, slope in zip(parents(reads), slopes, strict=False):
                grads[p] = send(grads[i], slope) + (grads[p] if add else 0.0)
        return grads

    return backpropagate


GRAPHS = {
    "indices for values": (
        walk(args=lambda reads: [float(p) for p in reads]),
        "grads takes the slopes at the parents'",
    ),
    "no slope": (walk(send=lambda g, s: g), "grads passes a node's gradient on without the slope"),
    "plus for times": (walk(send=lambda g, s: g + s), "grads adds the slope to the node's gradient"),
    "a set of parents": (walk(parents=set), "grads takes the parents as a set"),
    "slopes turned": (
        walk(parents=lambda reads: reads[::-1]),
        "grads gives a node's slopes to its parents in the wrong",
    ),
    "the list's order": (
        walk(order=lambda order: range(len(order))[::-1]),
        "grads goes through the nodes from the end of",
    ),
    "the last node": (walk(start=lambda nodes, order: order[-1]), "grads begins with 1 at the last node of `order`"),
    "= for +=": (walk(add=False), "grads keeps only one use of a value"),
    "first parent": (walk(parents=lambda reads: reads[:1]), "grads passes on to the first parent only"),
}


@pytest.mark.parametrize("mistake", GRAPHS)
def test_a_mistake_in_a_graph_is_named(mistake):
    function, sentence = GRAPHS[mistake]
    assert name_cause("backpropagate", function).startswith(sentence)


def sort_by_counting_once(nodes):
    """topological_order that counts a parent which is read twice once less than it waits for it."""
    left = [len(parents) for _, parents in nodes]
    order = [i for i, count in enumerate(left) if not count]
    for i in order:
        for child, (_, parents) in enumerate(nodes):
            if i in parents:
                left[child] -= 1
                if left[child] == 0:
                    order.append(child)
    return order


def test_an_order_that_lacks_a_node_says_how_many_and_which():
    sentence = name_cause("topological_order", sort_by_counting_once)
    assert sentence == "order has 1 of 2 nodes: node 0 is missing, which reads node 1 twice."


# Counts and sizes.


def count(conv, linear):
    def count_parameters(layers):
        formulas = {"conv": conv, "linear": linear}
        return sum(formulas[kind](options) for kind, options in layers if kind in formulas)

    return count_parameters


def weights(o):
    k = o["kernel_size"] if isinstance(o["kernel_size"], tuple) else (o["kernel_size"],) * 2
    return o["in_channels"] // o.get("groups", 1) * k[0] * k[1]


def bias(o):
    return int(o.get("bias", True))


COUNTS = {
    "a bias a layer": (
        count(
            lambda o: o["out_channels"] * weights(o) + bias(o), lambda o: o["out_features"] * o["in_features"] + bias(o)
        ),
        "count has one bias for each layer",
    ),
    "a bias an input": (
        count(
            lambda o: o["out_channels"] * weights(o) + bias(o) * o["in_channels"],
            lambda o: o["in_features"] * (o["out_features"] + bias(o)),
        ),
        "count has a bias for every input",
    ),
    "without groups and bias=False": (
        count(
            lambda o: o["out_channels"] * (weights({**o, "groups": 1}) + 1),
            lambda o: o["out_features"] * (o["in_features"] + 1),
        ),
        "count leaves out groups and bias=False",
    ),
}


@pytest.mark.parametrize("mistake", COUNTS)
def test_a_mistake_in_a_count_is_named(mistake):
    function, sentence = COUNTS[mistake]
    assert name_cause("count_parameters", function).startswith(sentence)


def test_two_options_that_are_left_out_are_both_named():
    def conv_output_size(size, kernel_size, *, stride=1, padding=0, **others):
        numbers = [n if isinstance(n, tuple) else (n, n) for n in (kernel_size, stride, padding)]
        return [(n + 2 * p - k) // s + 1 for n, k, s, p in zip(size, *numbers, strict=True)]

    sentence = name_cause("conv_output_size", conv_output_size)
    assert sentence.startswith("conv_output_size leaves dilation and ceil_mode out")


# Differences and errors.


def test_two_names_for_one_copy_are_named():
    def numerical_vjp(f, x, dy, *, h=1e-5):
        dx = np.zeros(np.shape(x))
        for index in np.ndindex(dx.shape):
            up = down = np.array(x, float)
            up[index] += h
            down[index] -= h
            dx[index] = np.sum(dy * (f(up) - f(down))) / (2 * h)
        return dx

    assert "`up = down = x.copy()`" in name_cause("numerical_vjp", numerical_vjp)


def test_an_entry_that_is_not_put_back_is_named():
    def numerical_vjp(f, x, dy, *, h=1e-5):
        x, dx = np.array(x, float), np.zeros(np.shape(x))
        for index in np.ndindex(dx.shape):
            x[index] += h
            up = np.array(f(x))
            x[index] -= 2 * h
            dx[index] = np.sum(dy * (up - f(x))) / (2 * h)
        return dx

    assert name_cause("numerical_vjp", numerical_vjp).startswith("dx is taken at an x that drifts")


def direct(measure=lambda v, h: h * v, promise=lambda dx, v, h: np.sum(dx * v), exchange=False):
    def directional_check(f, dx, x, dy, v, *, h=1e-5):
        move = measure(v, h)
        found = np.sum(dy * (f(x + move) - f(x - move))) / (2 * h), promise(dx, v, h)
        return found[::-1] if exchange else found

    return directional_check


DIRECTIONS = {
    "exchanged": (
        direct(exchange=True),
        "directional_check returns the right values in the wrong order: (promised, measured)",
    ),
    "v normalised": (direct(lambda v, h: h * v / np.linalg.norm(v)), "measured takes v at length 1"),
    "h + v": (direct(lambda v, h: h + v), "measured moves x by h + v"),
    "promised with h": (direct(promise=lambda dx, v, h: h * np.sum(dx * v)), "promised is multiplied by h"),
    "lengths": (
        direct(promise=lambda dx, v, h: np.linalg.norm(dx) * np.linalg.norm(v)),
        "promised multiplies the lengths of dx and v",
    ),
}


@pytest.mark.parametrize("mistake", DIRECTIONS)
def test_a_mistake_in_a_direction_is_named(mistake):
    function, sentence = DIRECTIONS[mistake]
    found = name_cause("directional_check", function)
    assert found.startswith(sentence)
    assert "has to come from dx" not in found


def divide(above, below):
    return above / below if below else 0.0


NORM = np.linalg.norm
ERRORS = {
    "+ 1e-8": (lambda a, b: NORM(a - b) / (NORM(a) + NORM(b) + 1e-8), "has 1e-8 added to the denominator"),
    "+ 1e-12": (lambda a, b: NORM(a - b) / (NORM(a) + NORM(b) + 1e-12), "has 1e-12 added to the denominator"),
    "a floor": (lambda a, b: NORM(a - b) / max(NORM(a) + NORM(b), 1e-8), "has a denominator of at least 1e-8"),
    "the larger": (
        lambda a, b: divide(NORM(a - b), max(NORM(a), NORM(b))),
        "divides by the larger of the two norms",
    ),
    "of a + b": (lambda a, b: divide(NORM(a - b), NORM(a + b)), "divides by the norm of a + b"),
    "means": (
        lambda a, b: divide(np.mean(abs(a - b)), np.mean(abs(a)) + np.mean(abs(b))),
        "adds up or averages |·| for the norms",
    ),
    "NaN taken for 0": (
        lambda a, b: NORM(a - b) / (NORM(a) + NORM(b)) if NORM(a) + NORM(b) > 0 else 0.0,
        "is 0 where an entry is not a number",
    ),
}


@pytest.mark.parametrize("mistake", ERRORS)
def test_a_mistake_in_an_error_is_named(mistake):
    measure, words = ERRORS[mistake]
    assert name_cause("relative_error", lambda a, b: float(measure(a, b))).startswith(f"error {words}")

    def compare_gradients(ours, theirs):
        pairs = [(ours.get(n), b) for n, b in theirs.items()]
        there = [a is not None and b is not None and a.shape == b.shape for a, b in pairs]
        wide = [
            (np.ravel(a).astype(float), np.ravel(b).astype(float)) if ok else None
            for (a, b), ok in zip(pairs, there, strict=True)
        ]
        return [1.0 if pair is None else float(measure(*pair)) for pair in wide]

    if mistake != "NaN taken for 0":  # which no gradient of that exercise holds
        assert name_cause("compare_gradients", compare_gradients).startswith(f"errors {words}")


def test_two_numbers_are_written_with_as_many_digits_as_tell_them_apart():
    text = str(check("relative_error", function=lambda a, b: float(NORM(a - b) / (NORM(a) + NORM(b) + 1e-8))))
    got, expected = re.search(r"got (\S+)\s+error expected (\S+)", text).groups()
    assert got != expected and abs(float(got) - float(expected)) < 1e-6


# Drawn parameters and steps.


def draw(w, b):
    def init_parameters(w_shapes, *, rng):
        numbers = np.random.default_rng(rng)
        return [(w(numbers, shape), b(numbers, shape)) for shape in w_shapes]

    return init_parameters


def even(limit):
    return lambda numbers, w: numbers.uniform(-limit(w), limit(w), w)


def right_limit(w):
    return 1 / np.sqrt(np.prod(w[1:]))


def zeros(numbers, w):
    return np.zeros(w[0])


DRAWN = {
    "biases of 0": (draw(even(right_limit), zeros), "b1 is 0 everywhere: here biases are drawn like the weights"),
    "all of 0": (draw(lambda numbers, w: np.zeros(w), zeros), "Every array is 0 everywhere: then all units of a layer"),
    "fan_out": (draw(even(lambda w: 1 / np.sqrt(w[0])), zeros), "w1 and w2 are drawn evenly between ±1/√fan_out"),
    "no root": (draw(even(lambda w: 1 / np.prod(w[1:])), zeros), "w1 and w2 are drawn evenly between ±1/fan_in"),
    "normal": (
        draw(lambda numbers, w: numbers.normal(0, np.sqrt(2) * right_limit(w), w), zeros),
        "w1 and w2 are drawn from a normal distribution with the standard deviation √(2 / fan_in)",
    ),
}


@pytest.mark.parametrize("mistake", DRAWN)
def test_another_distribution_is_named(mistake):
    function, sentence = DRAWN[mistake]
    found = [cause.sentence for cause in check("init_parameters", function=function, torch=False).causes]
    assert any(one.startswith(sentence) for one in found), found
    assert ("stay equal for ever" in " ".join(found)) == (mistake == "all of 0")


def step(change):
    """train_step. change: (parameter, gradient, lr) -> what is returned for it."""

    def train_step(params, x, target, *, lr):
        y, cache = given("network", "network_forward")(params, x)
        loss, dy = given("network", "squared_error")(y, target)
        grads = given("network", "network_backward")(dy, cache)
        return loss, tuple(change(p, g, lr) for p, g in zip(params, grads, strict=True))

    return train_step


STEPS = {
    "a pair": (step(lambda p, g, lr: (p - lr * g, None)), "train_step returned None 3 times besides loss, w, b, v"),
    "the gradient": (step(lambda p, g, lr: g), "w is the gradient dw itself"),
    "no rate": (step(lambda p, g, lr: p - g), "w moves by its whole gradient"),
    "the step": (step(lambda p, g, lr: -lr * g), "w is the step alone"),
}


@pytest.mark.parametrize("mistake", STEPS)
def test_a_mistake_in_a_step_of_training_is_named(mistake):
    function, sentence = STEPS[mistake]
    assert name_cause("train_step", function).startswith(sentence)


def descend(change):
    """sgd_step. change: (param, grad, lr, decay) -> the new parameter."""
    return lambda param, grad, state=None, *, lr, weight_decay=0.0: (change(param, grad, lr, weight_decay), None)


RULES = {
    "no rate": (descend(lambda p, g, lr, d: p - g - d * p), "The learning rate is not used"),
    "no decay": (descend(lambda p, g, lr, d: p - lr * g), "sgd_step leaves weight_decay out"),
    "a bare decay": (descend(lambda p, g, lr, d: p - lr * g - d * p), "The parameter shrinks by weight_decay itself"),
    "another sign": (descend(lambda p, g, lr, d: p - lr * (g - d * p)), "The weight decay has the wrong sign"),
    "a decay without the parameter": (
        descend(lambda p, g, lr, d: p - lr * (g + d)),
        "weight_decay is added without the",
    ),
}


@pytest.mark.parametrize("mistake", RULES)
def test_a_mistake_in_an_update_rule_is_named(mistake):
    function, sentence = RULES[mistake]
    assert name_cause("sgd_step", function).startswith(sentence)


# A loss of entries.


@pytest.mark.parametrize(
    "beside_zero", [lambda d: np.sign(d), lambda d: np.where(np.abs(d) < 1, d, np.sign(d))], ids=["sign", "slope 1"]
)
def test_a_corner_at_1_is_named_and_earns_nothing(beside_zero):
    """Whatever is done where beta is 0: chapter 15 derives smooth L1 for every other beta."""

    def smooth_l1_loss_backward(dy, cache):
        d, beta = cache.pred - cache.target, cache.beta
        slope = np.where(np.abs(d) < 1, d / beta, np.sign(d)) if beta else beside_zero(d)
        return dy * slope / (d.size if cache.reduction == "mean" else 1)

    report = check("smooth_l1_loss_backward", function=smooth_l1_loss_backward, torch=False)
    assert report.score == 0
    assert "dpred compares |d| with 1 where beta is meant" in report.diagnosis
