"""Chapter 10: a whole network: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from cnnlab.course import given
from tests.rejects import right, wrong


def initialised(bound=lambda shape: 1 / np.sqrt(np.prod(shape[1:])), draw=None, bias=None):
    draw = draw or (lambda rng, k, shape: rng.uniform(-k, k, shape))
    bias = bias or draw

    def init(w_shapes, *, rng):
        rng = np.random.default_rng(rng)
        return [(draw(rng, bound(s), s), bias(rng, bound(s), s[:1])) for s in w_shapes]

    return init


def wrong_init(name, *codes, **parts):
    init = initialised(**parts)
    init.__name__ = name
    wrong("init_parameters", *codes)(init)


wrong_init("zeros", "formula", draw=lambda rng, k, s: np.zeros(s))
wrong_init("ones", "formula", draw=lambda rng, k, s: np.ones(s))
wrong_init("zero_biases", "formula", bias=lambda rng, k, s: np.zeros(s))
wrong_init("normal", "formula", draw=lambda rng, k, s: k * rng.standard_normal(s))
wrong_init("normal_of_the_same_spread", "formula", draw=lambda rng, k, s: k / np.sqrt(3) * rng.standard_normal(s))
wrong_init("from_zero_up", "formula", draw=lambda rng, k, s: rng.uniform(0, k, s))
wrong_init("half_the_range", "formula", draw=lambda rng, k, s: rng.uniform(-k / 2, k / 2, s))
wrong_init("fan_out", "formula", bound=lambda s: 1 / np.sqrt(s[0] * np.prod(s[2:])))
wrong_init("channels_only", "formula", bound=lambda s: 1 / np.sqrt(s[1]))
wrong_init("all_sizes", "formula", bound=lambda s: 1 / np.sqrt(np.prod(s)))
wrong_init("no_root", "formula", bound=lambda s: 1 / np.prod(s[1:]))
wrong_init("xavier", "formula", bound=lambda s: np.sqrt(6 / (s[0] + s[1]) / np.prod(s[2:])))
wrong_init("he", "formula", bound=lambda s: np.sqrt(6 / np.prod(s[1:])))
wrong_init("one_for_all", "formula", bound=lambda s: 0.05)
wrong_init("one_number_for_all_entries", "formula", draw=lambda rng, k, s: np.full(s, rng.uniform(-k, k)))
wrong_init("one_row_for_all", "formula", draw=lambda rng, k, s: np.zeros(s) + rng.uniform(-k, k, s[-1:]))
wrong_init("only_the_ends", "formula", draw=lambda rng, k, s: rng.choice([-k, k], s))
wrong_init("not_a_number", "formula", draw=lambda rng, k, s: np.full(s, np.nan))
wrong_init("float32", "dtype", draw=lambda rng, k, s: rng.uniform(-k, k, s).astype(np.float32))
wrong_init("transposed", "shape", draw=lambda rng, k, s: rng.uniform(-k, k, s[::-1]))
wrong_init("bias_as_a_column", "shape", bias=lambda rng, k, s: rng.uniform(-k, k, (*s, 1)))


@wrong("init_parameters", "formula")
def one_seed_for_each_array(w_shapes, *, rng):
    k = [1 / np.sqrt(np.prod(s[1:])) for s in w_shapes]
    new = np.random.default_rng
    return [(new(rng).uniform(-a, a, s), new(rng).uniform(-a, a, s[0])) for a, s in zip(k, w_shapes, strict=True)]


@wrong("init_parameters", "formula")
def biases_are_the_weights_with_the_other_sign(w_shapes, *, rng):
    w = [w for w, _ in initialised()(w_shapes, rng=rng)]
    return [(v, -v.ravel()[: len(v)]) for v in w]


@wrong("init_parameters", "formula")
def biases_are_the_last_weights(w_shapes, *, rng):
    w = [w for w, _ in initialised()(w_shapes, rng=rng)]
    return [(v, v.ravel()[-len(v) :]) for v in w]


@wrong("init_parameters", "nondeterministic")
def seed_ignored(w_shapes, *, rng):
    return initialised()(w_shapes, rng=None)


@wrong("init_parameters", "structure")
def weights_only(w_shapes, *, rng):
    return [w for w, _ in initialised()(w_shapes, rng=rng)]


@wrong("init_parameters", "structure")
def nothing_returned(w_shapes, *, rng):
    initialised()(w_shapes, rng=rng)


@wrong("init_parameters", "shape", "structure")
def biases_last(w_shapes, *, rng):
    (w1, b1), (w2, b2) = initialised()(w_shapes, rng=rng)
    return w1, w2, b1, b2


@right("init_parameters")
def backwards(w_shapes, *, rng):
    rng = np.random.default_rng(rng)
    found = []
    for shape in reversed(w_shapes):
        k = np.prod(shape[1:]) ** -0.5
        b = (2 * rng.random(shape[0]) - 1) * k
        found.insert(0, [k * (1 - 2 * rng.random(shape)), b])
    return found


@right("init_parameters")
def the_old_generator(w_shapes, *, rng):
    rng = np.random.RandomState(rng.integers(2**31) if isinstance(rng, np.random.Generator) else rng)
    return tuple(
        (rng.uniform(-k, k, s), rng.uniform(-k, k, s[0])) for s in w_shapes for k in [1 / np.prod(s[1:]) ** 0.5]
    )


forward, error, backward = given("network_forward"), given("squared_error"), given("network_backward")


def gradients(params, x, target):
    y, cache = forward(params, x)
    loss, dy = error(y, target)
    return loss, backward(dy, cache)


def changed(params, grads, lr):
    return tuple(p - lr * g for p, g in zip(params, grads, strict=True))


@wrong("train_step", "update_rule")
def uphill(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return loss, changed(params, grads, -lr)


@wrong("train_step", "formula")
def loss_after_the_step(params, x, target, *, lr):
    _, grads = gradients(params, x, target)
    new = changed(params, grads, lr)
    return gradients(new, x, target)[0], new


@wrong("train_step", "update_rule")
def one_parameter_after_the_other(params, x, target, *, lr):
    params, loss = list(params), None
    for i in range(3):
        new, grads = gradients(tuple(params), x, target)
        loss = new if loss is None else loss
        params[i] = params[i] - lr * grads[i]
    return loss, tuple(params)


@wrong("train_step", "mutation")
def in_place(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    for p, g in zip(params, grads, strict=True):
        p -= lr * g
    return loss, params


@wrong("train_step", "option", "scale")
def a_rate_of_its_own(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return loss, changed(params, grads, 0.1)


@wrong("train_step", "scale")
def averaged_again(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return loss, changed(params, [g / len(x) for g in grads], lr)


@wrong("train_step", "scale")
def summed_gradients(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return loss, changed(params, [len(x) * g for g in grads], lr)


@wrong("train_step", "scale")
def summed_loss(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return len(x) * loss, changed(params, grads, lr)


@wrong("train_step", "channel")
def gradients_exchanged(params, x, target, *, lr):
    loss, (dw, db, dv) = gradients(params, x, target)
    return loss, changed(params, (db, dw, dv), lr)


@wrong("train_step", "formula")
def v_is_left(params, x, target, *, lr):
    loss, (dw, db, dv) = gradients(params, x, target)
    return loss, (*changed(params[:2], (dw, db), lr), params[2].copy())


@wrong("train_step", "formula")
def nothing_is_changed(params, x, target, *, lr):
    return gradients(params, x, target)[0], tuple(p.copy() for p in params)


@wrong("train_step", "mutation")
def the_same_parameters_come_back(params, x, target, *, lr):
    return gradients(params, x, target)[0], params


@wrong("train_step", "structure")
def no_loss(params, x, target, *, lr):
    return changed(params, gradients(params, x, target)[1], lr)


@wrong("train_step", "structure", "shape")
def parameters_first(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return changed(params, grads, lr), loss


@wrong("train_step", "structure")
def gradients_too(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return loss, changed(params, grads, lr), grads


@wrong("train_step", "scale")
def steps_back_and_forth(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return loss, changed(changed(params, grads, lr), grads, lr)


@right("train_step")
def in_one_array(params, x, target, *, lr):
    loss, grads = gradients(params, x, target)
    return [loss, list(np.stack(params) - lr * np.stack(grads))]


@right("train_step")
def all_by_hand(params, x, target, *, lr):
    w, b, v = params
    z = np.outer(x, w) + b
    a = np.tanh(z)
    residual = a @ v - target
    dy = 2 * residual / x.size
    dz = np.einsum("n,h->nh", dy, v) / np.cosh(z) ** 2
    return (residual**2).mean(), (w - lr * x @ dz, b - lr * dz.sum(0), v - lr * dy @ a)


# Chapter 6: the article's shorthand and its errata, as code.

layers = given("two_layers")


def repaired(x, t, w1, b1, w2, b2, *, s2=lambda a: a * (1 - a), s1=lambda a: a * (1 - a), one=False):
    """The gradients, with s2 and s1 for the slopes; with `one`, of the first sample alone."""
    if one:
        x, t = x[:1], t[:1]
    a1, a2 = layers(x, w1, b1, w2, b2)
    delta2 = (a2 - t) * s2(a2)
    delta1 = (delta2 @ w2) * s1(a1)
    return delta1.T @ x, delta1.sum(0), delta2.T @ a1, delta2.sum(0)


def _again(a):
    s = 1 / (1 + np.exp(-a))
    return s * (1 - s)


def wrong_network(name, *codes, **parts):
    def gradients_of(x, t, w1, b1, w2, b2):
        return repaired(x, t, w1, b1, w2, b2, **parts)

    gradients_of.__name__ = name
    wrong("network_gradients", *codes)(gradients_of)


wrong_network("e2_no_slope_at_the_output", "formula", s2=np.ones_like)
wrong_network("e5_no_slope_in_the_hidden_layer", "formula", s1=np.ones_like)
wrong_network("e2_no_slopes_at_all", "formula", s1=np.ones_like, s2=np.ones_like)
wrong_network("e3_first_sample", "reduction", one=True)
wrong_network("e1_slope_twice", "formula", s2=lambda a: (a * (1 - a)) ** 2)
wrong_network("slope_at_the_output", "formula", s2=_again)
wrong_network("slope_at_the_activation", "formula", s1=_again)
wrong_network("slope_of_tanh", "formula", s1=lambda a: 1 - a**2, s2=lambda a: 1 - a**2)
wrong_network("e3_and_e5_left", "formula", s1=np.ones_like, one=True)
wrong_network("as_the_article_has_it", "formula", s1=np.ones_like, s2=np.ones_like, one=True)


@wrong("network_gradients", "scale")
def averaged_over_the_batch(x, t, w1, b1, w2, b2):
    return tuple(g / len(x) for g in repaired(x, t, w1, b1, w2, b2))


@wrong("network_gradients", "sign")
def target_minus_output(x, t, w1, b1, w2, b2):
    return tuple(-g for g in repaired(x, t, w1, b1, w2, b2))


@wrong("network_gradients", "scale")
def of_the_whole_square(x, t, w1, b1, w2, b2):
    return tuple(2 * g for g in repaired(x, t, w1, b1, w2, b2))


@wrong("network_gradients", "shape")
def columns(x, t, w1, b1, w2, b2):
    dw1, db1, dw2, db2 = repaired(x, t, w1, b1, w2, b2)
    return dw1, db1[:, None], dw2, db2[:, None]


@wrong("network_gradients", "shape", "structure")
def output_layer_first(x, t, w1, b1, w2, b2):
    dw1, db1, dw2, db2 = repaired(x, t, w1, b1, w2, b2)
    return dw2, db2, dw1, db1


@wrong("network_gradients", "raises", "shape")
def w2_transposed(x, t, w1, b1, w2, b2):
    a1, a2 = layers(x, w1, b1, w2, b2)
    delta2 = (a2 - t) * a2 * (1 - a2)
    delta1 = (delta2 @ w2.T) * a1 * (1 - a1)
    return delta1.T @ x, delta1.sum(0), delta2.T @ a1, delta2.sum(0)


@wrong("network_gradients", "transpose", "formula")
def w2_transposed_where_it_fits(x, t, w1, b1, w2, b2):
    a1, a2 = layers(x, w1, b1, w2, b2)
    delta2 = (a2 - t) * a2 * (1 - a2)
    delta1 = (delta2 @ (w2.T if w2.shape[0] == w2.shape[1] else w2)) * a1 * (1 - a1)
    return delta1.T @ x, delta1.sum(0), delta2.T @ a1, delta2.sum(0)


@wrong("network_gradients", "mutation")
def target_overwritten(x, t, w1, b1, w2, b2):
    t -= layers(x, w1, b1, w2, b2)[1]
    return repaired(x, t, w1, b1, w2, b2)


@right("network_gradients")
def in_columns(x, t, w1, b1, w2, b2):
    found = [np.zeros_like(p) for p in (w1, b1, w2, b2)]
    for n in range(len(x)):
        a0, target = x[n][:, None], t[n][:, None]
        a1 = 1 / (1 + np.exp(-(w1 @ a0 + b1[:, None])))
        a2 = 1 / (1 + np.exp(-(w2 @ a1 + b2[:, None])))
        delta2 = (a2 - target) * a2 * (1 - a2)
        delta1 = (w2.T @ delta2) * a1 * (1 - a1)
        for total, g in zip(found, (delta1 @ a0.T, delta1[:, 0], delta2 @ a1.T, delta2[:, 0]), strict=True):
            total += g
    return found


@right("network_gradients")
def by_einsum(x, t, w1, b1, w2, b2):
    a1, a2 = layers(x, w1, b1, w2, b2)
    delta2 = (a2 - t) * (a2 - a2**2)
    delta1 = np.einsum("nc,ch,nh->nh", delta2, w2, a1 - a1**2)
    parts = np.einsum("nh,nd->hd", delta1, x), np.einsum("nh->h", delta1), np.einsum("nc,nh->ch", delta2, a1)
    return (*parts, np.einsum("nc->c", delta2))
