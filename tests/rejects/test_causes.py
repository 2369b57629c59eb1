"""A report names the cause and not a symptom: for each kind of mistake a wrong implementation, and words of its sentence."""

from math import prod

import numpy as np
import pytest

from cnnlab import check, loader
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.wording import explain_lost_terms
from tests.rejects.limits import outputs, sizes

DX, DW, DB = "conv2d_input_grad", "conv2d_weight_grad", "conv2d_bias_grad"
BLOCK = "residual_block_backward"


def piece(topic, name):
    return loader.load_stub_function(topic, name)


def scatter(dy, w, x_shape, *, stride=1, padding=0, dilation=1, groups=1, write="add", change=lambda dy, w: (dy, w)):
    """dx by a loop over windows (write="window": = for +=) or over taps ("tap")."""
    dy, w = change(dy, w)
    geo = piece("conv", "geometry")(
        x_shape, w.shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    n, per_group = len(dy), w.shape[1]
    dx = np.zeros(piece("conv", "padded_shape")(x_shape, geo), dy.dtype)
    (sh, sw), (dh, dw), (kh, kw) = geo.stride, geo.dilation, geo.kernel
    if write == "tap":
        for u, v, cells in piece("conv", "taps")(geo):
            dy_split = dy.reshape(n, groups, -1, *dy.shape[2:])
            w_split = w.reshape(groups, -1, *w.shape[1:])[..., u, v]
            dx[cells] = np.einsum("gfc,ngfij->ngcij", w_split, dy_split).reshape(n, -1, *dy.shape[2:])
        return piece("conv", "crop")(dx, geo).copy()
    for f, i, j in np.ndindex(*dy.shape[1:]):
        first = f // (len(w) // groups) * per_group
        rows = slice(i * sh, i * sh + dh * (kh - 1) + 1, dh)
        columns = slice(j * sw, j * sw + dw * (kw - 1) + 1, dw)
        cells = np.s_[:, first : first + per_group, rows, columns]
        term = dy[:, f, i, j, None, None, None] * w[f]
        dx[cells] = term if write == "window" else dx[cells] + term
    return piece("conv", "crop")(dx, geo).copy()


def of_dx(**how):
    return lambda dy, w, x_shape, **options: scatter(dy, w, x_shape, **options, **how)


def right_dw(dy, x, w_shape, **options):
    n, filters = len(x), w_shape[0]
    geo = piece("conv", "geometry")(x.shape, w_shape, **{**ALL_DEFAULTS, **options})
    padded = piece("conv", "pad")(x, geo).reshape(n, geo.groups, -1, *piece("conv", "padded_shape")(x.shape, geo)[2:])
    dw = np.zeros((geo.groups, filters // geo.groups, *w_shape[1:]), x.dtype)
    dy = dy.reshape(n, geo.groups, -1, *dy.shape[2:])
    for u, v, cells in piece("conv", "taps")(geo):
        dw[..., u, v] = np.einsum("ngfij,ngcij->gfc", dy, padded[cells])
    return dw.reshape(w_shape)


#: The sentence about a term that is lost, whether by = or by += with an index array.
LOST = explain_lost_terms("dx")

ALL_DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}


def of_dw(change):
    return lambda dy, x, w_shape, **options: right_dw(*change(dy, x), w_shape, **options)


def keep_last_window(dy, x, w_shape, **options):
    last = np.zeros_like(dy)
    last[-1, :, -1, -1] = dy[-1, :, -1, -1]
    return right_dw(last, x, w_shape, **options)


def pool(write):
    def backward(dy, cache):
        x_shape, winner, geo = cache
        dx = np.zeros((*x_shape[:2], *geo.padded), dy.dtype)
        for tap, cells in enumerate(piece("pool", "taps")(geo)):
            write(dx, cells, winner == tap, dy)
        return piece("pool", "crop")(dx, geo).copy()

    return backward


def overwrite_losers(dx, cells, wins, dy):
    dx[cells] = np.where(wins, dy, 0)


def overwrite_winners(dx, cells, wins, dy):
    dx[cells] = np.where(wins, dy, dx[cells])


def norm(formula):
    """batch_norm_backward with another dx. formula: (dx_hat, x_hat, std, mean) -> dx."""

    def backward(dy, cache):
        x_hat, std, gamma = cache
        axes = (0, *range(2, dy.ndim))
        dx_hat = dy * gamma.reshape(-1, *[1] * (dy.ndim - 2))
        dx = formula(dx_hat, x_hat, std, lambda a: a.mean(axis=axes, keepdims=True))
        return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)

    return backward


def linear(change):
    """linear_backward with other results. change: (dx, dw, db) -> what is returned."""

    def backward(dy, cache):
        x, w, b = cache
        rows, inputs = dy.reshape(-1, dy.shape[-1]), x.reshape(-1, x.shape[-1])
        return change(dy @ w, rows.T @ inputs, None if b is None else rows.sum(axis=0))

    return backward


def each(dy, cache):
    dy = np.broadcast_to(np.asarray(dy), cache.target.shape)
    return dy / cache.target.size if cache.reduction == "mean" else dy


def adam(correct, advance=1):
    """adam_step with another correction. correct: (mean, mean square, t, betas) -> both, corrected."""

    def step(param, grad, state=None, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        t, m, s = state or (0, np.zeros_like(param), np.zeros_like(param))
        grad = grad + weight_decay * param
        m, s = betas[0] * m + (1 - betas[0]) * grad, betas[1] * s + (1 - betas[1]) * grad**2
        with np.errstate(all="ignore"):
            mean, square = correct(m, s, t + 1, betas)
            return param - lr * mean / (np.sqrt(square) + eps), (t + advance, m, s)

    return step


def momentum(look):
    """momentum_step with another look ahead. look: (gradient, velocity, momentum) -> what nesterov goes along."""

    def step(param, grad, state=None, *, lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        grad = grad + weight_decay * param
        v = grad if state is None or momentum == 0 else momentum * state + (1 - dampening) * grad
        return param - lr * (look(grad, v, momentum) if nesterov else v), v

    return step


def rmsprop(square, less=lambda s, m: s - m**2):
    """rmsprop_step with another S. square: (S, gradient, alpha) -> the next S."""

    def step(param, grad, state=None, *, lr, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
        s, m, v = state or (np.zeros_like(param),) * 3
        grad = grad + weight_decay * param
        s, m = square(s, grad, alpha), alpha * m + (1 - alpha) * grad
        v = momentum * v + grad / (np.sqrt(np.maximum(less(s, m), 0) if centered else s) + eps)
        return param - lr * v, (s, m, v)

    return step


def block(mask=lambda z: z > 0, last=False):
    """Return the backward pass of a residual block. last: as if there were a ReLU on the sum, which has no b2 here."""

    def backward(dy, cache):
        x, z, w1, w2 = cache
        hidden = np.maximum(z, 0)
        if last:
            dy = dy * (x + hidden @ w2.T > 0)
        dz = dy @ w2 * mask(z)
        return dy + dz @ w1, dz.T @ x, dz.sum(axis=0), dy.T @ hidden, dy.sum(axis=0)

    return backward


def change_block(change):
    """Return the backward pass of a residual block with changed results. change: gradients by name, and dz, -> the same."""

    def backward(dy, cache):
        x, z, w1, w2 = cache
        dz = dy @ w2 * (z > 0)
        right = {"dx": dy + dz @ w1, "dw1": dz.T @ x, "db1": dz.sum(axis=0), "dw2": dy.T @ np.maximum(z, 0), "db2": dy.sum(axis=0)}
        changed = change({**right, "dz": dz})
        return tuple(np.array(changed[name]) for name in right)

    return backward


def use_a_fixed_step(gradient, w, v, *, h=1e-5):
    """Leave h out."""
    return (gradient(w + 1e-5 * v) - gradient(w - 1e-5 * v)) / 2e-5


#: Name -> exercise, wrong function, code, words of the sentence.
CAUSES = {
    # update rules
    "t from 0": (
        "adam_step",
        adam(lambda m, s, t, b: (m / (1 - b[0] ** (t - 1)), s / (1 - b[1] ** (t - 1)))),
        "update_rule",
        "t is 0 in the first step",
    ),
    "t not kept": (
        "adam_step",
        adam(lambda m, s, t, b: (m / (1 - b[0] ** t), s / (1 - b[1] ** t)), advance=0),
        "update_rule",
        "that of the first step in every step",
    ),
    "corrections exchanged": (
        "adam_step",
        adam(lambda m, s, t, b: (m / (1 - b[1] ** t), s / (1 - b[0] ** t))),
        "update_rule",
        "The two corrections are exchanged",
    ),
    "multiplied by the correction": (
        "adam_step",
        adam(lambda m, s, t, b: (m * (1 - b[0] ** t), s * (1 - b[1] ** t))),
        "update_rule",
        "they are divided by it",
    ),
    "sign of nesterov": ("momentum_step", momentum(lambda g, v, m: g - m * v), "update_rule", "the sign is wrong"),
    "sum of squares": ("rmsprop_step", rmsprop(lambda s, g, a: s + g**2), "update_rule", "S is the sum of the squares"),
    "square of the mean added": (
        "rmsprop_step",
        rmsprop(lambda s, g, a: a * s + (1 - a) * g**2, less=lambda s, m: s + m**2),
        "update_rule",
        "it takes it off",
    ),
    # one of several terms is kept, in each order of the loops
    "window loop": (DX, of_dx(write="window"), "accumulate", "the last filter, row and column of dy, and loses"),
    "tap loop": (DX, of_dx(write="tap"), "accumulate", "that of the first row and column of dy, and loses"),
    "last window of dw": (DW, keep_last_window, "reduction", "what the last image, row and column of dy give"),
    "last filter": (
        DX,
        of_dx(change=lambda dy, w: (dy * (np.arange(len(w)) == len(w) - 1)[:, None, None], w)),
        "reduction",
        "the last filter of dy",
    ),
    "pool, losers write 0": ("max_pool2d_backward", pool(overwrite_losers), "accumulate", LOST),
    "pool, winners write": ("max_pool2d_backward", pool(overwrite_winners), "accumulate", LOST),
    "roi_max_pool, = in a loop": ("roi_max_pool_backward", lambda dy, c: write_winners(dy, c), "accumulate", LOST),
    "roi_max_pool, += with an index array": (
        "roi_max_pool_backward",
        lambda dy, c: add_by_index_array(dy, c),
        "accumulate",
        LOST,
    ),
    "roi_max_pool, += with an index array, box by box": (
        "roi_max_pool_backward",
        lambda dy, c: add_box_by_box(dy, c),
        "accumulate",
        LOST,
    ),
    "pool, += with an index array": ("max_pool2d_backward", lambda dy, c: add_windows(dy, c), "accumulate", LOST),
    # terms left out, doubled, averaged
    "first tap left out": (DX, of_dx(change=lambda dy, w: (dy, drop_first(w))), "formula", "w without w[…, 0, 0]"),
    "first image left out": (DW, of_dw(lambda dy, x: (dy[1:], x[1:])), "reduction", "all but the first sample"),
    "largest image": (DB, lambda dy: dy.sum(axis=(2, 3)).max(axis=0), "formula", "the largest of what the images"),
    "diagonal": (DX, of_dx(change=lambda dy, w: (dy * (1 - np.eye(*dy.shape[2:])), w)), "reduction", "i = j is left out"),
    "slice of the result": (DW, lambda *a, **o: drop_row(right_dw(*a, **o)), "formula", "dw[:, :, 0] is 0, and the rest"),
    # one index for all
    "filter 0 of dy": (
        DX,
        of_dx(change=lambda dy, w: (np.repeat(dy[:, :1], len(w), 1), w)),
        "channel",
        "dy[:, 0] in the place of every dy[:, k]",
    ),
    "image 0 of x": (
        DW,
        of_dw(lambda dy, x: (dy, np.repeat(x[:1], len(x), 0))),
        "reduction",
        "x[0] in the place of every x[k]",
    ),
    "next class": (
        "cross_entropy_backward",
        lambda dy, c: (
            each(dy, c)[:, None]
            * (np.exp(c.log_p) - np.moveaxis(np.eye(c.log_p.shape[1])[(c.target + 1) % c.log_p.shape[1]], -1, 1))
        ),
        "formula",
        "the class after the right one",
    ),
    # options and crops
    "crop at twice the padding": (DX, lambda *a, **o: crop_late(*a, **o), "option", "cut out at twice the padding"),
    # both readings of a turned kernel
    "turned kernel": (DX, of_dx(change=lambda dy, w: (dy, w[:, :, ::-1, ::-1])), "flip", "if you gather"),
    "two readings of a reversal": (DW, of_dw(lambda dy, x: (dy, x[::-1])), "flip", "and as well for x[k] in the opposite"),
    "windows laid by the kernel's size": (
        "max_pool2d_backward",
        lambda dy, c: lay_by_kernel(dy, c),
        "option",
        "at i times the kernel's size",
    ),
    # factors and terms
    "factor missing": ("sigmoid_backward", lambda dy, c: dy * (1 - c.y), "formula", "the factor y is missing"),
    "factor in the place of another": ("tanh_backward", lambda dy, c: dy * (1 + c.y**2), "formula", "(1 + y²) stands"),
    "wrong sign of a term": (
        "softmax_backward",
        lambda dy, c: c.y * (dy + (dy * c.y).sum(axis=c.dim, keepdims=True)),
        "formula",
        "has the wrong sign",
    ),
    "term too large": (
        "batch_norm_backward",
        norm(lambda d, x, std, mean: (d - mean(d) - 2 * x * mean(d * x)) / std),
        "formula",
        "2 times as large",
    ),
    "term divided twice": (
        "batch_norm_backward",
        norm(lambda d, x, std, mean: (d - mean(d) - x * mean(d * x) / std) / std),
        "formula",
        "the factor std is missing",
    ),
    "term added": (
        "l1_penalty_backward",
        lambda dy, c: dy * c.strength * (np.sign(c.w) + c.w),
        "formula",
        "plus strength · w · dy",
    ),
    "zero everywhere": ("relu_backward", lambda dy, c: 0 * dy, "formula", "0 everywhere"),
    # a part of the entries
    "one side of 0": (
        "leaky_relu_backward",
        lambda dy, c: np.where(c.x > 0, dy, c.negative_slope * c.x),
        "formula",
        "wrong where x is below 0, and right elsewhere: there x stands where dy belongs",
    ),
    "threshold": ("relu_backward", lambda dy, c: np.where(c.x > 1, dy, 0), "mask", "where x is above 0 and below 2"),
    # results in another place or shape
    "exchanged results": ("linear_backward", linear(lambda dx, dw, db: (dw, dx, db)), "structure", "wrong order: (dw, dx, db)"),
    "transposed": ("linear_backward", linear(lambda dx, dw, db: (dx, dw.T, db)), "shape", "the numbers are right, transposed"),
    "not summed": (DB, lambda dy: dy.sum(axis=(2, 3)), "shape", "the sum over axis 0 is missing"),
    "one axis too many": (DB, lambda dy: dy.sum(axis=(0, 2, 3), keepdims=True), "shape", "right, in another shape"),
    # chapter 17
    "slope is z": ("residual_block_backward", block(mask=lambda z: z), "formula", "z in place of the slope of the ReLU"),
    "ReLU on the sum": ("residual_block_backward", block(last=True), "formula", "A ReLU acts on the sum"),
    # at a kink more than one answer is right, and is recognised in another place or shape all the same
    "block: dw1 transposed": (BLOCK, change_block(lambda g: {**g, "dw1": g["dw1"].T}), "shape", "dw1 has shape (2, 4); (4, 2) is needed, the shape of w1; the numbers are right, transposed"),
    "block: db1 not summed": (BLOCK, change_block(lambda g: {**g, "db1": g["dz"]}), "shape", "the sum over axis 0 is missing"),
    "block: weights before biases": (BLOCK, change_block(lambda g: {**g, "db1": g["dw2"], "dw2": g["db1"]}), "structure", "(dx, dw1, dw2, db1, db2)"),
    "a step that is not h": ("hessian_vector_product", use_a_fixed_step, "option", "a step that is always the same"),
}


def write_winners(dy, cache):
    """= where += is needed."""
    dx = np.zeros((*cache.x_shape[:2], cache.x_shape[2] * cache.x_shape[3]), dy.dtype)
    for k, c, i, j in np.ndindex(*dy.shape):
        if cache.winner[k, c, i, j] >= 0:
            dx[cache.image[k], c, cache.winner[k, c, i, j]] = dy[k, c, i, j]
    return dx.reshape(cache.x_shape)


def add_by_index_array(dy, cache):
    """+= that adds once to a cell which the index arrays name several times."""
    dx = np.zeros((*cache.x_shape[:2], cache.x_shape[2] * cache.x_shape[3]), dy.dtype)
    k, c, i, j = np.nonzero(cache.winner >= 0)
    dx[cache.image[k], c, cache.winner[k, c, i, j]] += dy[k, c, i, j]
    return dx.reshape(cache.x_shape)


def add_box_by_box(dy, cache):
    """The same, but what the boxes give adds up."""
    dx = np.zeros((*cache.x_shape[:2], cache.x_shape[2] * cache.x_shape[3]), dy.dtype)
    for k, image in enumerate(cache.image):
        c, i, j = np.nonzero(cache.winner[k] >= 0)
        dx[image, c, cache.winner[k][c, i, j]] += dy[k][c, i, j]
    return dx.reshape(cache.x_shape)


def add_windows(dy, cache):
    x_shape, winner, geo = cache
    dx = np.zeros((*x_shape[:2], *geo.padded), dy.dtype)
    n, c, i, j = np.nonzero(winner >= 0)
    u, v = np.divmod(winner[n, c, i, j], geo.kernel[1])
    rows, columns = i * geo.stride[0] + u * geo.dilation[0], j * geo.stride[1] + v * geo.dilation[1]
    dx[n, c, rows, columns] += dy[n, c, i, j]
    return piece("pool", "crop")(dx, geo).copy()


def lay_by_kernel(dy, cache):
    x_shape, winner, geo = cache
    dx = np.zeros((*x_shape[:2], *geo.padded), dy.dtype)
    for n, c, i, j in np.ndindex(*dy.shape):
        u, v = divmod(int(winner[n, c, i, j]), geo.kernel[1])
        row, column = i * geo.kernel[0] + u * geo.dilation[0], j * geo.kernel[1] + v * geo.dilation[1]
        if winner[n, c, i, j] >= 0 and row < geo.padded[0] and column < geo.padded[1]:
            dx[n, c, row, column] += dy[n, c, i, j]
    return piece("pool", "crop")(dx, geo).copy()


def drop_first(w):
    w = w.copy()
    w[..., 0, 0] = 0
    return w


def drop_row(dw):
    dw[:, :, 0] = 0
    return dw


def crop_late(dy, w, x_shape, **options):
    rows, columns = np.broadcast_to(options.get("padding", 0), 2)
    n, channels, h, width = x_shape
    larger = (n, channels, h + 2 * rows, width + 2 * columns)
    padded = scatter(dy, w, larger, **{**options, "padding": 0})
    padded = np.pad(padded, ((0, 0), (0, 0), (0, rows), (0, columns)))
    return padded[:, :, 2 * rows : 2 * rows + h, 2 * columns : 2 * columns + width].copy()


@pytest.mark.parametrize("judge", [None, False], ids=["PyTorch", "differences"])
@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_is_named(name, judge):
    exercise, function, code, words = CAUSES[name]
    report = check(exercise, function=function, torch=judge)
    first = report.causes[0]
    assert words in first.sentence, first.sentence
    assert first.code == code
    assert (report.diagnosis, report.diagnosis_code) == (first.sentence, first.code)
    assert 0 < first.cases <= first.of


RIGHT = {
    "window loop": (DX, of_dx()),
    "dw": (DW, right_dw),
    "pool": ("max_pool2d_backward", pool(lambda dx, cells, wins, dy: np.add(dx[cells], wins * dy, out=dx[cells]))),
    "norm": ("batch_norm_backward", norm(lambda d, x, std, mean: (d - mean(d) - x * mean(d * x)) / std)),
    "linear": ("linear_backward", linear(lambda dx, dw, db: (dx, dw, db))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_ones_have_no_cause(name):
    exercise, function = RIGHT[name]
    report = check(exercise, function=function)
    assert report.passed, str(report)
    assert report.causes == ()


def test_a_step_that_is_always_the_same_is_named_once():
    report = check("hessian_vector_product", function=use_a_fixed_step)
    assert "another mistake" not in str(report)


def test_one_mistake_in_all_five_gradients_is_one_cause():
    assert len(check("residual_block_backward", function=block(last=True)).causes) == 1


def test_a_count_over_all_channels_is_wrong_where_there_are_groups_and_that_is_core():
    def conv_cost(x_shape, w_shape, *, groups=1, **options):
        made = outputs(x_shape, w_shape, sizes(x_shape, w_shape, **options))
        return made * groups * prod(w_shape[1:]), groups * prod(w_shape) + w_shape[0], made

    report = check("conv_cost", function=conv_cost, stage="core")
    assert {cause.sentence for cause in report.causes} == {
        "Every filter is taken to see all channels of x: it sees the C/groups channels of its own group."
    }


def test_every_cause_is_listed_the_most_frequent_of_the_core_first():
    """db of None where there is no bias is one case; dw divided by N fails in thirty others."""
    report = check("linear_backward", function=linear(lambda dx, dw, db: (dx, dw / dx[..., 0].size, 0 * dw[:, 0] if db is None else db)))
    assert [(c.code, c.gradient) for c in report.causes] == [(Code.SCALE, "dw"), (Code.STRUCTURE, "db")]
    assert report.causes[0].cases > report.causes[1].cases == 1
    assert report.failure is None


def test_an_exception_in_one_case_does_not_hide_wrong_numbers():
    def backward(dy, cache):
        if len(dy) == 1:
            raise IndexError("one sample")
        return linear(lambda dx, dw, db: (dx, 2 * dw, db))(dy, cache)

    report = check("linear_backward", function=backward)
    assert [c.code for c in report.causes] == [Code.SCALE, Code.RAISES]
    assert "one sample" not in report.public().causes[1].sentence


def test_a_known_factor_is_divided_out_before_the_rest_is_explained():
    """dx divided by the number of filters in every case, and cut out at the wrong place where there is padding."""

    def backward(dy, w, x_shape, **options):
        return crop_late(dy, w, x_shape, **options) / len(w)

    causes = check(DX, function=backward).causes
    assert [c.code for c in causes] == [Code.SCALE, Code.OPTION]
    assert "1/F" in causes[0].sentence
    assert "cut out at twice the padding" in causes[1].sentence


def test_two_mistakes_are_named_one_after_the_other():
    """Every tie gets all of dy, and each window overwrites its cells."""

    def forward(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        if np.any(padding) or np.any(np.array(dilation) != 1) or ceil_mode:
            raise NotImplementedError
        how = {"kernel_size": kernel_size, "stride": stride}
        y, cache = piece("pool", "max_pool2d_forward")(x, **how)
        return y, (x, y, cache.geo)

    def backward(dy, cache):
        x, y, geo = cache
        dx = np.zeros_like(x)
        for i, j in np.ndindex(*y.shape[2:]):
            (kh, kw), (sh, sw) = geo.kernel, geo.stride
            cells = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            dx[cells] = (x[cells] == y[:, :, i, j, None, None]) * dy[:, :, i, j, None, None]
        return dx

    causes = check("max_pool2d", forward=forward, backward=backward).causes
    assert {c.code for c in causes} == {Code.ACCUMULATE, Code.KINK}
    assert all(c.stage == "core" for c in causes)


def test_a_property_is_named_only_after_the_counterfactual():
    """eps outside the root is off by more than is allowed in some cases only, whatever the number of channels is."""
    wrong = norm(lambda d, x, std, mean: (d - mean(d) - x * mean(d * x)) / (np.sqrt(np.maximum(std**2 - 1e-5, 0)) + 1e-5))
    for cause in check("batch_norm_backward", function=wrong).causes:
        assert "channel" not in cause.sentence, cause.sentence


def test_what_was_not_asked_is_not_called_wrong():
    calls = []

    def backward(dy, cache):
        calls.append(0)
        while len(calls) > 6:
            pass
        return np.where(cache.x > 0, dy, 0)

    report = check("relu_backward", function=backward)
    assert [c.code for c in report.causes] == [Code.TIMEOUT]
    assert report.causes[0].cases == 1
    assert report.causes[0].of == 3
    assert sum(case.verdict == "fail" for case in report.cases) == 1
    assert all(case.verdict == "left out" for case in report.cases[3:])
