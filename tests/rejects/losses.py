"""Losses: chapter 5, and smooth L1 of chapter 15: mistakes that must be caught, and right answers of another kind."""

import numpy as np

from tests.rejects import right, wrong


def each(dy, shape, reduction):
    """The upstream gradient of each of the losses."""
    share = np.asarray(dy, float) / np.prod(shape) if reduction == "mean" else np.asarray(dy, float)
    return np.broadcast_to(share, shape)


# --- cross_entropy: p and the one-hot target, with pieces to break -------------------------------------------------


def one_hot(target, classes, axis=1):
    return np.moveaxis(np.eye(classes)[target], -1, axis)


def cross_entropy(name, *codes, formula=lambda p, t: p - t, weight=each, dtype=None, softmax=np.exp):
    def backward(dy, cache):
        log_p, target, reduction = cache
        p = softmax(log_p)
        grad = weight(dy, target.shape, reduction)[:, None] * formula(p, one_hot(target, log_p.shape[1]))
        return grad.astype(dtype or log_p.dtype)

    backward.__name__ = name
    return (wrong("cross_entropy_backward", *codes) if codes else right("cross_entropy_backward"))(backward)


def over_samples(dy, shape, reduction):
    return np.full(shape, np.asarray(dy) / (shape[0] if reduction == "mean" else 1))


cross_entropy("usual")
cross_entropy("from_the_other_end", formula=lambda p, t: -(t - p))
cross_entropy("in_single_precision", softmax=lambda z: np.exp(z.astype(np.float32)))
cross_entropy("p_normalised_again", softmax=lambda z: np.exp(z) / np.exp(z).sum(1, keepdims=True))
cross_entropy("never_averaged", "scale", "option", weight=lambda dy, s, r: np.broadcast_to(np.asarray(dy), s))
cross_entropy("averaged_twice", "scale", weight=lambda dy, s, r: each(dy, s, r) / (np.prod(s) if r == "mean" else 1))
cross_entropy("averaged_over_classes_too", "scale", formula=lambda p, t: (p - t) / p.shape[1])
cross_entropy("sign_turned", "sign", formula=lambda p, t: t - p)
cross_entropy("target_missing", "formula", formula=lambda p, t: p)
cross_entropy("probabilities_missing", "formula", formula=lambda p, t: -t)
cross_entropy("slope_by_p", "formula", "stability", formula=lambda p, t: -t / p)
cross_entropy("slope_of_softmax_again", "formula", formula=lambda p, t: (p - t) * p * (1 - p))
cross_entropy("right_class_only", "formula", formula=lambda p, t: (p - t) * t)
cross_entropy("other_classes_only", "formula", formula=lambda p, t: p * (1 - t))
cross_entropy("added", "formula", formula=lambda p, t: p + t)
cross_entropy("squared", "formula", formula=lambda p, t: (p - t) ** 2)
cross_entropy("logarithm_for_p", "formula", "stability", softmax=lambda z: z)
cross_entropy("sigmoid_for_softmax", "formula", softmax=lambda z: 1 / (1 + np.exp(-z)))
cross_entropy("softmax_over_samples", "reduction", "formula", "transpose", softmax=lambda z: np.exp(z) / np.exp(z).sum(0))
cross_entropy("samples_counted_and_not_positions", "scale", weight=over_samples)
cross_entropy("dy_is_one", "upstream", weight=lambda dy, s, r: each(np.ones_like(dy), s, r))
cross_entropy("dy_squared", "nondeterministic", "upstream", "formula", weight=lambda dy, s, r: each(np.square(dy), s, r))
cross_entropy("mean_of_dy", "option", "upstream", weight=lambda dy, s, r: each(np.mean(dy), s, r))
cross_entropy("always_the_mean", "option", weight=lambda dy, s, r: each(dy, s, "mean"))
cross_entropy("mean_when_not_sum", "option", weight=lambda dy, s, r: each(dy, s, "sum" if r == "sum" else "mean"))
cross_entropy("mean_and_none", "option", weight=lambda dy, s, r: each(dy, s, "none" if r == "none" else "mean"))
cross_entropy("whole_numbers", "dtype", dtype=int)
cross_entropy("half_precision", "dtype", dtype=np.float16)


@wrong("cross_entropy_backward", "mutation")
def into_the_cache(dy, cache):
    p = np.exp(cache.log_p, out=cache.log_p)
    return each(dy, cache.target.shape, cache.reduction)[:, None] * (p - one_hot(cache.target, p.shape[1]))


@wrong("cross_entropy_backward", "structure")
def the_target_too(dy, cache):
    grad = each(dy, cache.target.shape, cache.reduction)[:, None] * np.exp(cache.log_p)
    return grad - one_hot(cache.target, grad.shape[1]), None


@wrong("cross_entropy_backward", "raises", "geometry", "option")
def samples_by_index(dy, cache):
    log_p, target, reduction = cache
    grad = np.exp(log_p)
    grad[np.arange(len(target)), target] -= 1
    return grad * each(dy, target.shape, reduction)[:, None]


@wrong("cross_entropy_backward", "formula", "geometry", "reduction")
def target_of_the_first_sample(dy, cache):
    log_p, target, reduction = cache
    same = np.zeros_like(target) + target[:1]
    return each(dy, target.shape, reduction)[:, None] * (np.exp(log_p) - one_hot(same, log_p.shape[1]))


@wrong("cross_entropy_backward", "formula", "shift")
def classes_count_from_one(dy, cache):
    log_p, target, reduction = cache
    return each(dy, target.shape, reduction)[:, None] * (np.exp(log_p) - one_hot(target - 1, log_p.shape[1]))


@right("cross_entropy_backward")
def one_class_at_a_time(dy, cache):
    log_p, target, reduction = cache
    grad = np.zeros_like(log_p)
    share = each(dy, target.shape, reduction)
    for n, *place in np.ndindex(*target.shape):
        for c in range(log_p.shape[1]):
            own = float(c == target[n, *place])
            grad[n, c, *place] = share[n, *place] * (np.exp(log_p[n, c, *place]) - own)
    return grad


@right("cross_entropy_backward")
def by_the_whole_jacobian(dy, cache):
    log_p, target, reduction = cache
    p = np.moveaxis(np.exp(log_p), 1, -1)
    jacobian = np.eye(p.shape[-1]) - p[..., None, :]  # of log_p with respect to the logits
    grad = -np.einsum("...c,...cd->...d", np.eye(p.shape[-1])[target], jacobian)
    return np.moveaxis(grad * each(dy, target.shape, reduction)[..., None], -1, 1).copy()


@right("cross_entropy_backward")
def take_and_put(dy, cache):
    log_p, target, reduction = cache
    grad = np.exp(log_p)
    index = target[:, None].astype(np.int64)
    np.put_along_axis(grad, index, np.take_along_axis(grad, index, 1) - 1, 1)
    return grad * each(dy, target.shape, reduction)[:, None].astype(log_p.dtype)


# --- losses entry by entry ----------------------------------------------------------------------------------------


def mse(name, *codes, formula=lambda p, t: 2 * (p - t), weight=each):
    def backward(dy, cache):
        return weight(dy, cache.pred.shape, cache.reduction) * formula(cache.pred, cache.target)

    backward.__name__ = name
    return (wrong("mse_loss_backward", *codes) if codes else right("mse_loss_backward"))(backward)


mse("mse_usual")
mse("mse_expanded", formula=lambda p, t: 2 * p - 2 * t)
mse("mse_in_single_precision", formula=lambda p, t: (2 * (p - t).astype(np.float32)).astype(p.dtype))
mse("mse_half", "scale", formula=lambda p, t: p - t)
mse("mse_sign", "sign", formula=lambda p, t: 2 * (t - p))
mse("mse_the_loss_itself", "formula", formula=lambda p, t: (p - t) ** 2)
mse("mse_of_the_absolute", "formula", formula=lambda p, t: np.sign(p - t))
mse("mse_no_target", "formula", formula=lambda p, t: 2 * p)
mse("mse_sum_for_difference", "formula", formula=lambda p, t: 2 * (p + t))
mse("mse_only_too_large", "formula", "mask", formula=lambda p, t: 2 * np.maximum(p - t, 0))
mse("mse_samples_counted", "scale", "geometry", weight=lambda dy, s, r: np.broadcast_to(np.asarray(dy) / (s[0] if r == "mean" else 1), s))
mse("mse_never_averaged", "scale", "option", weight=lambda dy, s, r: np.broadcast_to(np.asarray(dy), s))
mse("mse_always_averaged", "option", weight=lambda dy, s, r: each(dy, s, "mean"))
mse("mse_dy_is_one", "upstream", weight=lambda dy, s, r: each(np.ones_like(dy), s, r))


@wrong("mse_loss_backward", "structure")
def mse_both_gradients(dy, cache):
    grad = each(dy, cache.pred.shape, cache.reduction) * 2 * (cache.pred - cache.target)
    return grad, -grad


@wrong("mse_loss_backward", "mutation")
def mse_in_place(dy, cache):
    cache.pred[...] -= cache.target
    return each(dy, cache.pred.shape, cache.reduction) * 2 * cache.pred


@wrong("mse_loss_backward", "shape")
def mse_summed(dy, cache):
    return (each(dy, cache.pred.shape, cache.reduction) * 2 * (cache.pred - cache.target)).sum(axis=0)


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def bce(name, *codes, formula=lambda x, p, t: p - t, weight=each, squash=sigmoid):
    def backward(dy, cache):
        x, t = cache.logits, cache.target
        return weight(dy, x.shape, cache.reduction) * formula(x, squash(x), t)

    backward.__name__ = name
    op = "binary_cross_entropy_with_logits_backward"
    return (wrong(op, *codes) if codes else right(op))(backward)


def overflowing(x):
    return np.exp(x) / (1 + np.exp(x))


bce("bce_usual")
bce("bce_both_terms", formula=lambda x, p, t: -t * sigmoid(-x) + (1 - t) * p)
bce("bce_with_exp", squash=lambda x: 1 / (1 + np.exp(-x)))
bce("bce_in_single_precision", squash=lambda x: sigmoid(x.astype(np.float32)))
bce("bce_overflows", "stability", squash=overflowing)
bce("bce_sign", "sign", formula=lambda x, p, t: t - p)
bce("bce_no_target", "formula", formula=lambda x, p, t: p)
bce("bce_slope_twice", "formula", formula=lambda x, p, t: (p - t) * p * (1 - p))
bce("bce_slope_by_p", "formula", "stability", formula=lambda x, p, t: (p - t) / (p * (1 - p)))
bce("bce_no_sigmoid", "formula", formula=lambda x, p, t: x - t)
bce("bce_yes_half", "formula", formula=lambda x, p, t: -t * (1 - p))
bce("bce_no_half", "formula", formula=lambda x, p, t: (1 - t) * p)
bce("bce_target_as_a_class", "formula", "mask", formula=lambda x, p, t: p - (t > 0.5))
bce("bce_tanh", "formula", formula=lambda x, p, t: np.tanh(x) - t)
bce("bce_clipped", "formula", "precision", formula=lambda x, p, t: np.clip(p, 0.3, 0.7) - t)
bce("bce_never_averaged", "scale", "option", weight=lambda dy, s, r: np.broadcast_to(np.asarray(dy), s))
bce("bce_always_averaged", "option", weight=lambda dy, s, r: each(dy, s, "mean"))
bce("bce_samples_counted", "scale", "geometry", weight=lambda dy, s, r: np.broadcast_to(np.asarray(dy) / (s[0] if r == "mean" else 1), s))
bce("bce_dy_is_one", "upstream", weight=lambda dy, s, r: each(np.ones_like(dy), s, r))


def smooth_l1(name, *codes, formula=None, weight=each, dtype=None):
    formula = formula or (lambda d, beta: np.where(np.abs(d) < beta, d / (beta or 1), np.sign(d)))

    def backward(dy, cache):
        d = cache.pred - cache.target
        return (weight(dy, d.shape, cache.reduction) * formula(d, cache.beta)).astype(dtype or d.dtype)

    backward.__name__ = name
    op = "smooth_l1_loss_backward"
    return (wrong(op, *codes) if codes else right(op))(backward)


smooth_l1("smooth_usual")
smooth_l1("smooth_by_minimum", formula=lambda d, b: np.sign(d) * (np.minimum(np.abs(d) / b, 1) if b else 1))
smooth_l1("smooth_with_the_border_outside", formula=lambda d, b: np.where(np.abs(d) <= b, d / (b or 1), np.sign(d)))
smooth_l1("smooth_slope_one_at_zero", formula=lambda d, b: np.clip(d / b, -1, 1) if b else np.where(d >= 0, 1.0, -1.0))
smooth_l1("smooth_without_beta", "option", formula=lambda d, b: np.where(np.abs(d) < b, d, np.sign(d)))
smooth_l1("smooth_beta_times", "option", formula=lambda d, b: np.where(np.abs(d) < b, d * b, np.sign(d)))
smooth_l1("smooth_beta_of_one", "option", formula=lambda d, b: np.clip(d, -1, 1))
smooth_l1("smooth_corner_at_one", "option", formula=lambda d, b: np.where(np.abs(d) < 1, d / b, np.sign(d)) if b else np.sign(d))
smooth_l1("smooth_parabola", "mask", formula=lambda d, b: d / b if b else np.sign(d))
smooth_l1("smooth_absolute", "mask", formula=lambda d, b: np.sign(d))
smooth_l1("smooth_swapped", "mask", formula=lambda d, b: np.where(np.abs(d) < b, np.sign(d), d / (b or 1)))
smooth_l1("smooth_one_sided", "mask", formula=lambda d, b: np.where(d < b, d / (b or 1), np.sign(d)))
smooth_l1("smooth_sign_turned", "sign", formula=lambda d, b: -np.clip(d / (b or 1e-9), -1, 1))
smooth_l1("smooth_no_sign_beyond", "mask", formula=lambda d, b: np.where(np.abs(d) < b, d / (b or 1), 1.0))
smooth_l1("smooth_twice_below", "formula", formula=lambda d, b: np.where(np.abs(d) < b, 2 * d / (b or 1), np.sign(d)))
smooth_l1("smooth_beta_at_the_far_end", "option", formula=lambda d, b: np.where(np.abs(d) < b, d / (b or 1), b * np.sign(d)))
smooth_l1("smooth_divides_by_zero", "stability", "option", formula=lambda d, b: np.clip(d / np.float64(b), -1, 1) * (b / np.float64(b)))
smooth_l1("smooth_never_averaged", "scale", "option", weight=lambda dy, s, r: np.broadcast_to(np.asarray(dy), s))
smooth_l1("smooth_always_averaged", "option", weight=lambda dy, s, r: each(dy, s, "mean"))
smooth_l1("smooth_dy_is_one", "upstream", weight=lambda dy, s, r: each(np.ones_like(dy), s, r))
smooth_l1("smooth_single", "dtype", dtype=np.float32)
