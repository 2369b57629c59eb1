"""A report names the cause and not a symptom: mistakes in the exercises of chapters 10 to 18."""

import numpy as np
import pytest

from cnnlab import check, loader
from tests.rejects import attention, gan, grid_loss, recurrent, residual


def piece(topic, name):
    return loader.load_stub_function(topic, name)


def yolo(scale):
    """The right gradient of a sum over images, times scale(mask), by channel."""
    return lambda dy, cache: grid_loss.derive(dy, cache, n=lambda m: 1) * scale(cache.mask).astype(cache.pred.dtype)


def by_channels(mask, box, classes):
    """The factor of each channel: 1/objects in the parts named, and 1/N in the others."""
    parts = np.full((1, 8, 1, 1), 1 / len(mask))
    parts[:, :4] = 1 / max(mask.sum(), 1) if box else parts[:, :4]
    parts[:, 5:] = 1 / max(mask.sum(), 1) if classes else parts[:, 5:]
    return parts


def count_by_image(mask):
    return 1 / np.maximum(mask.sum(axis=(1, 2)), 1)[:, None, None, None]


def skip_slope(of_d, of_g):
    """generator_step whose way back leaves out the slope of tanh."""

    def back(dy, cache, skip):
        (x, h, (w1, _, w2, _)), dz = cache, dy @ cache.params[2]
        dz = dz if skip else dz * (1 - h**2)
        return dz @ w1, (dz.T @ x, dz.sum(axis=0), dy.T @ h, dy.sum(axis=0))

    def step(z, g, d, *, lr, saturating=False):
        fake, into_g = gan.run(z, g)
        a, into_d = gan.run(fake, d)
        da = (-gan.sigmoid(a) if saturating else -gan.sigmoid(-a)) / len(a)
        loss = -gan.softplus(a).mean() if saturating else gan.softplus(-a).mean()
        grads = back(back(da, into_d, of_d)[0], into_g, of_g)[1]
        return loss, gan.move(g, grads, lr), d

    return step


def fool_nobody(z, g, d, *, lr, saturating=False):
    """D's labels in the place of G's, where saturating is False."""
    return gan.train_g(z, g, d, lr, saturating, sign=-1 if saturating else 1)


def d_with(new_of=None, **changes):
    """discriminator_step with a piece exchanged. new_of: (old, new) -> the parameters of D that come back."""

    def step(real, z, g, d, *, lr):
        counts = changes.get("counts")
        n = {"real": len(real), "fake": len(z)}
        loss, _, new = gan.train_d(real, z, g, d, lr, **{**changes, **({"counts": counts(n)} if counts else {})})
        return loss, g, new_of(d, new) if new_of else new

    return step


def take_other_slope_for_fakes(real, z, g, d, *, lr):
    """σ(−a) for the slope of softplus(a) at the fakes."""
    (fake, _), (a, of_real) = gan.run(z, g), gan.run(real, d)
    b, of_fake = gan.run(fake, d)
    slopes = -gan.sigmoid(-a) / len(a), gan.sigmoid(-b) / len(b)
    grads = gan.add(gan.back(slopes[0], of_real)[1], gan.back(slopes[1], of_fake)[1])
    return gan.train_d(real, z, g, d, lr)[0], g, gan.move(d, grads, lr)


def return_gradients_of_d(real, z, g, d, *, lr):
    loss, _, new = gan.train_d(real, z, g, d, 1.0)
    return loss, g, tuple(p - q for p, q in zip(d, new, strict=True))


def return_gradients_of_g(z, g, d, *, lr, saturating=False):
    loss, new, _ = gan.train_g(z, g, d, 1.0, saturating)
    return loss, tuple(p - q for p, q in zip(g, new, strict=True)), d


def divide_twice(z, g, d, *, lr, saturating=False):
    return gan.train_g(z, g, d, lr, saturating, count=len(z) ** 2)


def climb_where(up):
    """generator_step that goes up the slope of one of its losses."""
    return lambda z, g, d, *, lr, saturating=False: gan.train_g(
        z, g, d, lr, saturating, up=-1 if saturating is up else 1
    )


def shrink_the_new(param, grad, state=None, *, lr, weight_decay=1e-2, betas=(0.9, 0.999), eps=1e-8):
    t, m, v = state or (0, 0.0, 0.0)
    t, m, v = t + 1, betas[0] * m + (1 - betas[0]) * grad, betas[1] * v + (1 - betas[1]) * grad**2
    param = param - lr * m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return (param * (1 - lr * weight_decay)).astype(grad.dtype), (t, m, v)


def interleave_groups(dy, cache):
    x_hat, std, gamma, groups = cache
    n, channels = dy.shape[:2]
    axes, per_channel = (0, *range(2, dy.ndim)), (-1, *[1] * (dy.ndim - 2))

    def split(a):
        return a.reshape(n, channels // groups, groups, -1).swapaxes(1, 2)

    def mean(a):
        return a.sum(axis=(2, 3), keepdims=True) / max(1, a.shape[2] * a.shape[3])

    g, x = split(dy * gamma.reshape(per_channel)), split(x_hat)
    dx = (g - mean(g) - x * mean(g * x)) / std.reshape(n, groups, 1, 1)
    return dx.swapaxes(1, 2).reshape(dy.shape), (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)


def add_once_to_repeats(dy, cache):
    n, channels, height, width = cache.x_shape
    dx = np.zeros((n, channels, height * width), dy.dtype)
    for k, c in np.ndindex(*dy.shape[:2]):
        winner, part = cache.winner[k, c].ravel(), dy[k, c].ravel()
        dx[cache.image[k], c, winner[winner >= 0]] += part[winner >= 0]
    return dx.reshape(cache.x_shape)


def go_back_in_time(slope_on):
    """rnn_backward with the slope of tanh on one of the two parts of an output's gradient alone."""

    def backward(dy, cache):
        x, h0, w_ih, w_hh, y = cache
        dh, dz = np.zeros_like(h0), np.zeros_like(dy)
        for t in reversed(range(x.shape[1])):
            parts = {"dy": dy[:, t], "dh": dh}
            dz[:, t] = sum(part * (1 - y[:, t] ** 2 if name == slope_on else 1) for name, part in parts.items())
            dh = dz[:, t] @ w_hh
        before = np.concatenate([h0[:, None], y], axis=1)[:, : x.shape[1]]
        dw_ih, dw_hh = np.einsum("nth,ntd->hd", dz, x), np.einsum("nth,ntk->hk", dz, before)
        return dz @ w_ih, dh, dw_ih, dw_hh, dz.sum(axis=(0, 1))

    return backward


def leave_early(leave):
    """rnn_backward whose dh0 is not yet what goes on to h0."""
    return lambda dy, cache: recurrent.go_back(dy, cache, leave=leave)


def change_v_first(params, x, target, *, lr):
    w, b, v = params
    y, (_, a, _) = piece("network", "network_forward")(params, x)
    loss, dy = piece("network", "squared_error")(y, target)
    v = v - lr * (dy @ a)
    dz = dy[:, None] * v * (1 - a**2)
    return loss, (w - lr * (x[:, None] * dz).sum(axis=0), b - lr * dz.sum(axis=0), v)


def add_x(dy, cache):
    return cache.x + residual.go_back(dy, cache, shortcut=0)[0], *residual.go_back(dy, cache)[1:]


def forget_the_cube(dy, cache):
    x, t = cache
    return dy * (1 + t + x * (1 - t**2) * np.sqrt(2 / np.pi)) / 2


#: name -> exercise, a wrong function, words of the sentence.
CAUSES = {
    "yolo objects that may be none": (
        "yolo_loss_backward",
        yolo(lambda m: np.divide(1.0, m.sum())),
        "divided by the number of objects:",
    ),
    "yolo objects and a little": (
        "yolo_loss_backward",
        yolo(lambda m: np.divide(1.0, m.sum() + 1e-9)),
        "divided by the number of objects:",
    ),
    "yolo objects of each image": ("yolo_loss_backward", yolo(count_by_image), "objects in each image:"),
    "yolo mean of both": ("yolo_loss_backward", yolo(lambda m: count_by_image(m) / len(m)), "each image, and by N"),
    "gan slope of D": ("generator_step", skip_slope(True, False), "slope of D's tanh"),
    "gan slope of G": ("generator_step", skip_slope(False, True), "slope of G's tanh"),
    "gan both slopes": ("generator_step", skip_slope(True, True), "in D and in G"),
    "gan labels": ("generator_step", fool_nobody, "Where saturating is False, the labels are exchanged"),
    "gan gradients of one mean": (
        "discriminator_step",
        d_with(counts=lambda n: dict.fromkeys(n, sum(n.values()))),
        "The gradients are those of one mean",
    ),
    "gan half the gradients": ("discriminator_step", d_with(slopes=(0.5, 0.5)), "The gradients are those of half"),
    "gan gradients of D divided twice": (
        "discriminator_step",
        d_with(counts=lambda n: {name: count**2 for name, count in n.items()}),
        "divided by the number of samples twice",
    ),
    "gan part of D moved": (
        "discriminator_step",
        d_with(lambda old, new: (old[0], *new[1:])),
        "Parameters of D come back as they were",
    ),
    "gan gradients of D returned": ("discriminator_step", return_gradients_of_d, "The gradients come back themselves"),
    "gan other slope for fakes": ("discriminator_step", take_other_slope_for_fakes, "The slope for the fakes is σ(−a)"),
    "gan gradients of G returned": ("generator_step", return_gradients_of_g, "The gradients come back themselves"),
    "gan gradients of G divided twice": ("generator_step", divide_twice, "divided by the number of samples twice"),
    "gan up by default": ("generator_step", climb_where(False), "Where saturating is False, G goes up"),
    "gan up where saturating": ("generator_step", climb_where(True), "Where saturating is True, G goes up"),
    "adamw": ("adamw_step", shrink_the_new, "The new parameter shrinks, after the step"),
    "groups of channels": ("group_norm_backward", interleave_groups, "every G-th channel for a group"),
    "roi repeated winners": ("roi_max_pool_backward", add_once_to_repeats, "the last bin of each box"),
    "rnn slope on dy": ("rnn_backward", go_back_in_time("dy"), "after the slope of tanh"),
    "rnn slope on dh": ("rnn_backward", go_back_in_time("dh"), "on what the time after sends back alone"),
    "rnn dh0 is dz": ("rnn_backward", leave_early(lambda dh, dz, g: dz), "dh0 is the gradient of z at time 0"),
    "rnn dh0 is g": ("rnn_backward", leave_early(lambda dh, dz, g: g), "dh0 is the gradient of y at time 0"),
    "yolo x and y exchanged": (
        "yolo_loss_backward",
        lambda dy, cache: grid_loss.derive(dy, cache._replace(boxes=cache.boxes[:, [1, 0, 2, 3]])),
        "compares σ(px) with y",
    ),
    "yolo w and h exchanged": (
        "yolo_loss_backward",
        lambda dy, cache: grid_loss.derive(dy, cache._replace(boxes=cache.boxes[:, [0, 1, 3, 2]])),
        "compares pw with √h",
    ),
    "attention root of queries": (
        "attention_backward",
        lambda dy, cache: attention.go_back(dy, cache, scale=lambda q: q.shape[2] ** -0.5),
        "divided by the root of the number of queries",
    ),
    "train_step v first": ("train_step", change_v_first, "with the v that this step had already changed"),
    "residual": ("residual_block_backward", add_x, "has x along the shortcut"),
    "gelu": ("gelu_backward", forget_the_cube, "the cube moves too"),
}


#: What takes long: a formula of a part of the cases is looked for after those of all.
SLOW = ("yolo objects and a little",)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in CAUSES])
def test_the_cause_is_named(name):
    exercise, function, words = CAUSES[name]

    def quiet(*args, **options):
        with np.errstate(all="ignore"):
            return function(*args, **options)

    causes = check(exercise, function=quiet, torch=False).causes
    assert words in causes[0].sentence


def test_a_step_with_one_slope_left_out_is_said_of_one_network():
    causes = check("generator_step", function=skip_slope(True, False), torch=False).causes
    assert len({cause.sentence for cause in causes}) == 1


@pytest.mark.parametrize("name", ["gan gradients of one mean", "gan half the gradients"])
def test_a_right_loss_is_not_called_wrong(name):
    exercise, function, _ = CAUSES[name]
    assert all("The loss is" not in cause.sentence for cause in check(exercise, function=function, torch=False).causes)


@pytest.mark.parametrize(("classes", "words"), [(False, "of the box is"), (True, "of the box and of the classes is")])
def test_a_part_of_the_grid_loss_divided_by_objects(classes, words):
    def backward(dy, cache):
        factors = by_channels(cache.mask, True, classes)[:, [*range(5), *[5] * (cache.pred.shape[1] - 5)]]
        return grid_loss.derive(dy, cache, n=lambda m: 1) * factors.astype(cache.pred.dtype)

    assert words in check("yolo_loss_backward", function=backward, torch=False).causes[0].sentence
