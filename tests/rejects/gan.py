"""Chapter 16: steps of two networks: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from cnnlab import loader
from tests.rejects import right, wrong

D, G = "discriminator_step", "generator_step"


def run(x, params):
    return loader.load_stub_function("gan", "two_layers_forward")(x, params)


def back(dy, cache):
    return loader.load_stub_function("gan", "two_layers_backward")(dy, cache)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def softplus(a):
    return np.logaddexp(0, a)


def move(params, grads, lr):
    return tuple(p - lr * grad for p, grad in zip(params, grads, strict=True))


def add(first, second):
    return tuple(a + b for a, b in zip(first, second, strict=True))


def train_d(real, z, g, d, lr, *, signs=(-1, 1), counts=None, parts=("real", "fake"), slopes=(1, 1)):
    """D's step with a piece exchanged. signs: of D in softplus.   slopes: factors of the gradients alone."""
    samples = {"real": real, "fake": run(z, g)[0]}
    loss, grads = 0.0, [np.zeros_like(p) for p in d]
    for name, sign, slope in zip(samples, signs, slopes, strict=True):
        if name in parts:
            a, cache = run(samples[name], d)
            loss = loss + softplus(sign * a).mean()
            count = len(a) if counts is None else counts[name]
            grads = add(grads, back(slope * sign * sigmoid(sign * a) / count, cache)[1])
    return loss, g, move(d, grads, lr)


def train_g(z, g, d, lr, saturating, *, sign=-1, factor=1.0, count=None, up=1, moved="g"):
    """G's step with a piece exchanged."""
    if saturating:
        sign, factor = -sign, -factor
    fake, of_g = run(z, g)
    a, of_d = run(fake, d)
    loss = factor * softplus(sign * a).mean()
    dfake, d_grads = back(up * factor * sign * sigmoid(sign * a) / (count or len(z)), of_d)
    grads = back(dfake, of_g)[1]
    new_d = move(d, d_grads, lr) if "d" in moved else d
    return loss, move(g, grads, lr) if "g" in moved else g, new_d


# D


@right(D)
def both_at_once(real, z, g, d, *, lr):
    """Real samples and fakes in one batch."""
    n, m = len(real), len(z)
    logits, cache = run(np.concatenate([real, run(z, g)[0]]), d)
    signs = np.repeat([-1.0, 1.0], [n, m])[:, None].astype(real.dtype)
    weights = np.repeat([1 / n, 1 / m], [n, m])[:, None].astype(real.dtype)
    loss = float((weights * softplus(signs * logits)).sum())
    return [loss, list(g), list(move(d, back(weights * signs * sigmoid(signs * logits), cache)[1], lr))]


@right(D)
def d_by_hand(real, z, g, d, *, lr):
    """Without the given functions."""

    def layer(x, w, b):
        return np.einsum("ni,oi->no", x, w) + b

    (w1, b1, w2, b2), loss, total = d, 0.0, [0, 0, 0, 0]
    fake = layer(np.tanh(layer(z, g[0], g[1])), g[2], g[3])
    for x, label in ((real, 1), (fake, 0)):
        h = np.tanh(layer(x, w1, b1))
        a = layer(h, w2, b2)
        loss += (softplus(a) - label * a).mean()
        da = (sigmoid(a) - label) / x.shape[0]
        dz = np.einsum("no,oh->nh", da, w2) / np.cosh(layer(x, w1, b1)) ** 2
        total = [
            total[0] + np.einsum("nh,ni->hi", dz, x),
            total[1] + np.einsum("nh->h", dz),
            total[2] + np.einsum("no,nh->oh", da, h),
            total[3] + np.einsum("no->o", da),
        ]
    return (
        np.float64(loss),
        tuple(p.copy() for p in g),
        tuple((p - lr * t).astype(p.dtype) for p, t in zip(d, total, strict=True)),
    )


def train_both(real, z, g, d, lr, moved):
    loss, _, new_d = train_d(real, z, g, d, lr)
    fake, of_g = run(z, g)
    a, of_d = run(fake, d)
    new_g = move(g, back(back(sigmoid(a) / len(a), of_d)[0], of_g)[1], lr)
    return loss, new_g, new_d if "d" in moved else d


def of_d(name, code, step):
    def function(real, z, g, d, *, lr):
        return step(real, z, g, d, lr)

    function.__name__ = name
    wrong(D, *([code] if isinstance(code, str) else code))(function)


of_d("fakes_not_detached", "formula", lambda *a: train_both(*a, moved="gd"))
of_d("g_moves_and_d_stays", "formula", lambda *a: train_both(*a, moved="g"))
of_d("d_labels_exchanged", "formula", lambda *a: train_d(*a, signs=(1, -1)))
of_d("fakes_left_out", "formula", lambda *a: train_d(*a, parts=("real",)))
of_d("real_left_out", "formula", lambda *a: train_d(*a, parts=("fake",)))
of_d("sign_of_the_fakes", "sign", lambda *a: train_d(*a, slopes=(1, -1)))
of_d("sign_of_the_real", "sign", lambda *a: train_d(*a, slopes=(-1, 1)))
of_d("minus_inside_forgotten", "sign", lambda *a: forget_minus_inside(*a))
of_d("d_loss_by_log", "stability", lambda *a: take_logarithms(*a))
of_d("up_the_slope", "update_rule", lambda *a: train_d(*a, slopes=(-1, -1)))
of_d("no_mean", "reduction", lambda *a: train_d(*a, counts={"real": 1, "fake": 1}))
of_d("n_for_both", "reduction", lambda r, *a: train_d(r, *a, counts={"real": len(r), "fake": len(r)}))
of_d("m_for_both", "reduction", lambda r, z, *a: train_d(r, z, *a, counts={"real": len(z), "fake": len(z)}))
of_d("d_lr_forgotten", "update_rule", lambda r, z, g, d, lr: train_d(r, z, g, d, 1.0))
of_d("fakes_by_the_moved_d", "update_rule", lambda *a: one_after_the_other(*a, order=("real", "fake")))
of_d("real_by_the_moved_d", "update_rule", lambda *a: one_after_the_other(*a, order=("fake", "real")))
of_d("d_stays", "formula", lambda r, z, g, d, lr: train_d(r, z, g, d, 0.0))
of_d("d_loss_after", "update_rule", lambda r, z, g, d, lr: measure_later(r, z, g, d, lr))
of_d("d_and_g_exchanged", ("structure", "shape", "formula"), lambda *a: (lambda s: (s[0], s[2], s[1]))(train_d(*a)))
of_d("no_loss", "structure", lambda *a: train_d(*a)[1:])


def forget_minus_inside(real, z, g, d, lr):
    """−σ(a) for the slope of softplus(−a) at the real samples."""
    (fake, _), (a, of_real) = run(z, g), run(real, d)
    b, of_fake = run(fake, d)
    grads = add(back(-sigmoid(a) / len(a), of_real)[1], back(sigmoid(b) / len(b), of_fake)[1])
    return train_d(real, z, g, d, lr)[0], g, move(d, grads, lr)


def take_logarithms(real, z, g, d, lr):
    """The loss as step 1 of the chapter first writes it."""
    a, b = run(real, d)[0], run(run(z, g)[0], d)[0]
    with np.errstate(divide="ignore"):
        loss = -np.log(sigmoid(a)).mean() - np.log(1 - sigmoid(b)).mean()
    return loss, *train_d(real, z, g, d, lr)[1:]


def one_after_the_other(real, z, g, d, lr, order):
    first, second = order
    moved = train_d(real, z, g, d, lr, parts=(first,))[2]
    return train_d(real, z, g, d, lr)[0], g, train_d(real, z, g, moved, lr, parts=(second,))[2]


def measure_later(real, z, g, d, lr):
    _, _, new = train_d(real, z, g, d, lr)
    return train_d(real, z, g, new, lr)[0], g, new


@wrong(D, "mutation")
def d_in_place(real, z, g, d, *, lr):
    loss, _, new = train_d(real, z, g, d, lr)
    for p, q in zip(d, new, strict=True):
        p[...] = q
    return loss, g, d


@wrong(D, "reduction")
def mean_over_all(real, z, g, d, *, lr):
    n, m = len(real), len(z)
    logits, cache = run(np.concatenate([real, run(z, g)[0]]), d)
    signs = np.repeat([-1.0, 1.0], [n, m])[:, None].astype(real.dtype)
    return softplus(signs * logits).mean(), g, move(d, back(signs * sigmoid(signs * logits) / (n + m), cache)[1], lr)


# G


@right(G)
def g_by_hand(z, g, d, *, lr, saturating=False):
    """Without the given functions, layer by layer."""
    (w1, b1, w2, b2), (v1, c1, v2, c2) = g, d
    h = np.tanh(z @ w1.T + b1)
    fake = h @ w2.T + b2
    k = np.tanh(fake @ v1.T + c1)
    a = k @ v2.T + c2
    da = -(sigmoid(a) if saturating else 1 - sigmoid(a)) / z.shape[0]
    dfake = ((da * v2) * (1 - k * k)) @ v1
    dz = np.einsum("nf,fh->nh", dfake, w2) * (1 - h * h)
    grads = (np.einsum("nh,ni->hi", dz, z), dz.sum(0), np.einsum("nf,nh->fh", dfake, h), dfake.sum(0))
    loss = -np.logaddexp(0, a).mean() if saturating else np.logaddexp(0, -a).mean()
    return float(loss), [p - lr * grad for p, grad in zip(g, grads, strict=True)], list(d)


@right(G)
def g_with_copies(z, g, d, *, lr, saturating=False):
    loss, new_g, _ = train_g(z, g, d, lr, saturating)
    return loss, new_g, tuple(p.copy() for p in d)


def of_g(name, code, step):
    def function(z, g, d, *, lr, saturating=False):
        return step(z, g, d, lr, saturating)

    function.__name__ = name
    wrong(G, *([code] if isinstance(code, str) else code))(function)


of_g("d_moves_too", "formula", lambda *a: train_g(*a, moved="gd"))
of_g("d_moves_and_g_stays", "formula", lambda *a: train_g(*a, moved="d"))
of_g("gradient_stops_at_d", "formula", lambda *a: train_g(*a, moved=""))
of_g("g_labels_exchanged", ("formula", "option"), lambda z, g, d, lr, s: train_g(z, g, d, lr, False, sign=1))
of_g("g_sign", "update_rule", lambda *a: train_g(*a, up=-1))
of_g("g_no_mean", "reduction", lambda *a: train_g(*a, count=1))
of_g("g_lr_forgotten", "update_rule", lambda z, g, d, lr, s: train_g(z, g, d, 1.0, s))
of_g("saturating_ignored", "option", lambda z, g, d, lr, s: train_g(z, g, d, lr, False))
of_g("saturating_slope_always", "sign", lambda z, g, d, lr, s: (train_g(z, g, d, lr, s)[0], *train_g(z, g, d, lr, True)[1:]))
of_g("logits_to_every_number", "formula", lambda z, g, d, lr, s: past_d(z, g, d, lr, s, repeat=True))
of_g("saturating_loss_by_log", "stability", lambda z, g, d, lr, s: take_logarithm(z, g, d, lr, s))
of_g("losses_exchanged", "option", lambda z, g, d, lr, s: train_g(z, g, d, lr, not s))
of_g("d_first", ("formula", "update_rule"), lambda z, g, d, lr, s: g_after_d(z, g, d, lr, s))
of_g(
    "g_loss_after",
    "update_rule",
    lambda z, g, d, lr, s: (train_g(z, train_g(z, g, d, lr, s)[1], d, lr, s)[0], *train_g(z, g, d, lr, s)[1:]),
)
of_g("logits_to_g", "raises", lambda z, g, d, lr, s: past_d(z, g, d, lr, s))


def g_after_d(z, g, d, lr, saturating):
    """G's gradient through a D that has moved."""
    moved = train_g(z, g, d, lr, saturating, moved="d")[2]
    loss, new_g, _ = train_g(z, g, moved, lr, saturating)
    return loss, new_g, moved


def take_logarithm(z, g, d, lr, saturating):
    """The saturating loss as the logarithm of 1 - σ(a)."""
    loss, new_g, _ = train_g(z, g, d, lr, saturating)
    if saturating:
        with np.errstate(divide="ignore"):
            loss = np.log(1 - sigmoid(run(run(z, g)[0], d)[0])).mean()
    return loss, new_g, d


def past_d(z, g, d, lr, saturating, *, repeat=False):
    """The gradient of the logits goes to G as if it were that of the fakes. repeat: for each of their columns."""
    fake, cache = run(z, g)
    a, _ = run(fake, d)
    slope = -sigmoid(a if saturating else -a) / len(a)
    grads = back(np.broadcast_to(slope, fake.shape) if repeat else slope, cache)[1]
    return train_g(z, g, d, lr, saturating)[0], move(g, grads, lr), d


@wrong(G, "mutation")
def g_in_place(z, g, d, *, lr, saturating=False):
    loss, new, _ = train_g(z, g, d, lr, saturating)
    for p, q in zip(g, new, strict=True):
        p -= p - q
    return loss, g, d


@wrong(G, "sign", "option", "formula")
def saturating_sign(z, g, d, *, lr, saturating=False):
    """The saturating loss without its minus."""
    loss, new, _ = train_g(z, g, d, lr, saturating, up=-1 if saturating else 1)
    return (-loss if saturating else loss), new, d
