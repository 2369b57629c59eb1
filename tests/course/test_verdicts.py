"""check() of a caller's own functions: what must pass, what must fail, and who judges."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cnnlab import check
from cnnlab.errors import WrongValue
from cnnlab.gradcheck.reference import pytorch
from solutions.ops.shapes import conv_output_size
from tests.gradcheck.custom.test_verdicts import softmax


def pair(value):
    return tuple(int(v) for v in np.broadcast_to(value, 2))


# Pooling with one stride for rows and columns.


def pool(x, *, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, tied=np.equal):
    (kh, kw), (sh, sw) = pair(kernel_size), pair(kernel_size if stride is None else stride)
    if sh != sw or np.any(padding) or pair(dilation) != (1, 1) or ceil_mode:
        raise NotImplementedError
    n, c, h, w = x.shape
    y = np.zeros((n, c, (h - kh) // sh + 1, (w - kw) // sh + 1), x.dtype)
    best = np.zeros(y.shape, int)
    for i, j in np.ndindex(*y.shape[2:]):
        window = x[:, :, i * sh : i * sh + kh, j * sh : j * sh + kw].reshape(n, c, kh * kw)
        y[:, :, i, j] = window.max(-1)
        best[:, :, i, j] = tied(window, window.max(-1, keepdims=True)).argmax(-1)
    return y, (x.shape, best, kh, kw, sh)


def pool_backward(dy, cache, width=lambda kh, kw: kw):
    shape, best, kh, kw, s = cache
    dx = np.zeros(shape, dy.dtype)
    for n, c, i, j in np.ndindex(*dy.shape):
        row, column = divmod(int(best[n, c, i, j]), width(kh, kw))
        if i * s + row < shape[2] and j * s + column < shape[3]:
            dx[n, c, i * s + row, j * s + column] += dy[n, c, i, j]
    return dx


def test_pooling_with_one_stride_passes_and_is_counted():
    report = check("max_pool2d", forward=pool, backward=pool_backward)
    assert report.passed, report.diagnosis
    assert report.skipped["cases the forward does not implement"] > 10


def test_a_kernel_taken_as_square_is_caught_where_there_is_one_stride():
    report = check("max_pool2d", forward=pool, backward=lambda dy, c: pool_backward(dy, c, lambda kh, kw: kh))
    assert not report.passed
    assert {c.name for c in report.cases if c.verdict == "fail"} >= {"wide kernel, stride 1"}


def test_what_is_nearly_tied_is_not_tied():
    def forward(x, **options):
        return pool(x, **options, tied=lambda a, b: np.isclose(a, b, rtol=1e-5))

    report = check("max_pool2d", forward=forward, backward=pool_backward)
    assert [c.name for c in report.cases if c.verdict == "fail"] == ["cells that are nearly tied"]


# A variance that cancels.


def norm(op, variance):
    axes_of = {
        "batch_norm": lambda x, gamma: (0, *range(2, x.ndim)),
        "layer_norm": lambda x, gamma: tuple(range(x.ndim - gamma.ndim, x.ndim)),
    }[op]

    def along(x, gamma):
        return gamma.reshape(-1, *[1] * (x.ndim - 2)) if op == "batch_norm" else gamma

    def forward(x, gamma, beta, *, eps=1e-5):
        axes = axes_of(x, gamma)
        std = np.sqrt(variance(x, axes) + eps)
        x_hat = (x - x.mean(axes, keepdims=True)) / std
        return along(x, gamma) * x_hat + along(x, beta), (x_hat, std, along(x, gamma), gamma, axes)

    def backward(dy, cache):
        x_hat, std, wide, gamma, axes = cache
        d = dy * wide
        shares = d.mean(axes, keepdims=True) + x_hat * (d * x_hat).mean(axes, keepdims=True)
        shared = axes if op == "batch_norm" else tuple(range(dy.ndim - gamma.ndim))
        return (d - shares) / std, (dy * x_hat).sum(shared), dy.sum(shared)

    return forward, backward


@pytest.mark.parametrize("op", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("torch", [False, True])
def test_the_mean_of_squares_less_the_squared_mean_is_unstable(op, torch):
    forward, backward = norm(op, lambda x, axes: (x**2).mean(axes, keepdims=True) - x.mean(axes, keepdims=True) ** 2)
    report = check(op, forward=forward, backward=backward, torch=torch)
    assert report.diagnosis_code == "stability", report.diagnosis
    forward, backward = norm(op, lambda x, axes: x.var(axes, keepdims=True))
    assert check(op, forward=forward, backward=backward, torch=torch).passed


def test_a_softmax_that_overflows_is_unstable():
    def forward(logits, target, *, reduction="mean"):
        if reduction != "mean" or logits.ndim != 2:
            raise NotImplementedError
        with np.errstate(all="ignore"):
            p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            return -np.log(p[np.arange(len(p)), target]).mean(), (logits, target)

    def backward(dy, cache):
        logits, target = cache
        one_hot = np.eye(logits.shape[1], dtype=logits.dtype)[target]
        return dy * (softmax(logits) - one_hot) / len(target)

    report = check("cross_entropy", forward=forward, backward=backward)
    assert report.diagnosis_code == "stability"
    assert "NaN or infinity" in (report.diagnosis or "")


# Dropout with a mask of its own.


def dropout(x, *, p, rng):
    mask = np.random.default_rng(rng).random(x.shape) < 1 - p
    scale = x.dtype.type(1 / (1 - p) if p < 1 else 0)
    return x * mask * scale, (mask, scale)


def dropout_by_bernoulli(x, *, p, rng):
    mask = np.random.default_rng(rng).binomial(1, 1 - p, x.shape).astype(x.dtype)
    return x * mask * (1 / (1 - p) if p < 1 else 0), (mask, 1 / (1 - p) if p < 1 else 0)


def dropout_backward(dy, cache):
    mask, scale = cache
    return dy * mask * scale


@pytest.mark.parametrize("forward", [dropout, dropout_by_bernoulli])
@pytest.mark.parametrize("seed", range(3))
def test_any_mask_of_dropout_is_right(forward, seed):
    for torch in (False, True):
        report = check("dropout", forward=forward, backward=dropout_backward, seed=seed, torch=torch)
        assert report.passed, report.diagnosis


def keep_p(x, *, p, rng):
    mask = np.random.default_rng(rng).random(x.shape) < p
    return x * mask * (1 / (1 - p) if p < 1 else 0), (mask, 1 / (1 - p) if p < 1 else 0)


def not_scaled(x, *, p, rng):
    mask = np.random.default_rng(rng).random(x.shape) < 1 - p
    return x * mask, (mask, 1.0)


WRONG_DROPOUT = {
    "p kept": (keep_p, dropout_backward, {"forward"}),
    "not scaled": (not_scaled, dropout_backward, {"forward"}),
    "nothing dropped": (lambda x, *, p, rng: (x.copy(), (1.0, 1.0)), dropout_backward, {"forward"}),
    "another mask on the way back": (dropout, lambda dy, c: dy * c[0][..., ::-1] * c[1], {"mask", "flip", "raises"}),
    "not scaled on the way back": (dropout, lambda dy, c: dy * c[0], {"scale"}),
}


@pytest.mark.parametrize(("forward", "backward", "codes"), WRONG_DROPOUT.values(), ids=WRONG_DROPOUT)
def test_what_dropout_promises_is_asked(forward, backward, codes):
    report = check("dropout", forward=forward, backward=backward)
    assert not report.passed
    assert report.diagnosis_code in codes, report.diagnosis


# Update rules that leave an option out, and cases for which there is no time.


def adam(param, grad, state, *, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, first=1):
    if weight_decay:
        raise NotImplementedError
    t, m, v = state or (first, 0.0, 0.0)
    m, v = betas[0] * m + (1 - betas[0]) * grad, betas[1] * v + (1 - betas[1]) * grad**2
    step = lr * (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    return param - step, (t + 1, m, v)


def test_an_option_that_a_step_does_not_implement_is_left_out_and_counted():
    report = check("adam", step=adam)
    assert report.passed, report.diagnosis
    assert report.skipped["cases adam_step does not implement"] == 2
    wrong = check("adam", step=lambda *a, **k: adam(*a, **k, first=2))
    assert wrong.diagnosis_code == "update_rule"


def test_a_step_that_implements_nothing_is_no_pass():
    def step(param, grad, state, **options):
        raise NotImplementedError

    assert not check("adam", step=step).passed


def test_cases_after_one_without_an_end_are_left_out(monkeypatch):
    monkeypatch.setattr("cnnlab.gradcheck.subject.SECONDS", 0.2)

    def backward(dy, cache):
        while dy.shape == (7,):
            pass
        return np.where(cache.x > 0, dy, 0)

    report = check("relu_backward", function=backward)
    verdicts = {c.name: c.verdict for c in report.cases}
    assert report.diagnosis_code == "timeout" and not report.passed and report.score == 0
    assert [verdicts["the plain case"], verdicts["a vector"], verdicts["images"]] == ["pass", "fail", "left out"]
    assert report.skipped["cases after the one that took too long"] == list(verdicts.values()).count("left out")


# Numbers of another precision.


def fft_bias_grad(dy):
    """The sum over an image is the constant term of its transform; the transform of float32 is one of float32."""
    total = np.fft.rfft2(dy, axes=(2, 3)).real[:, :, 0, 0] if dy.size else dy.sum((2, 3))
    return np.asarray(total.sum(0), np.float64) * np.float64(1 + 2.5e-8)


def test_a_transform_of_float32_may_round():
    report = check("conv2d_bias_grad", function=fft_bias_grad)
    assert report.passed, report.diagnosis


def test_float64_for_float32_is_right():
    report = check("relu_backward", function=lambda dy, cache: np.where(cache.x > 0, dy, 0).astype(np.float64))
    assert report.passed, report.diagnosis


# Where an error is promised.


def mean_iou_without_an_error(pred, target, classes):
    either = [np.sum((pred == k) | (target == k)) for k in range(classes)]
    both = [np.sum((pred == k) & (target == k)) for k in range(classes)]
    return float(np.mean([b / e for b, e in zip(both, either, strict=True) if e] or [0.0]))


def output_size_without_an_error(size, kernel_size, *, stride=1, padding=0, dilation=1, ceil_mode=False):
    try:
        return conv_output_size(
            size, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
        )
    except ValueError:
        return 0, 0


@pytest.mark.parametrize(
    ("name", "function", "returned"),
    [
        ("mean_iou", mean_iou_without_an_error, "0.0"),
        ("conv_output_size", output_size_without_an_error, "(0, 0)"),
    ],
)
def test_what_was_returned_in_place_of_an_error_is_quoted_as_it_is(name, function, returned):
    diagnosis = check(name, function=function).diagnosis
    assert "must raise ValueError where" in diagnosis and diagnosis.endswith(f"it returned {returned}."), diagnosis


# Who judges.


def relu_backward(dy, cache):
    return np.where(cache.x > 0, dy, 0)


def test_both_judges_are_asked_and_named():
    assert check("relu_backward", function=relu_backward, torch=True).judge == "PyTorch and finite differences"
    assert check("relu_backward", function=relu_backward, torch=False).judge == "finite differences"


def test_pytorch_is_not_imported_for_a_check():
    code = (
        "import sys; from cnnlab import check; import numpy as np; "
        "r = check('relu_backward', function=lambda dy, c: np.where(c.x > 0, dy, 0)); "
        "print(r.passed, r.judge, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "True finite differences False"


def test_pytorch_that_is_not_installed_is_not_asked(monkeypatch):
    monkeypatch.setattr(pytorch, "is_available", lambda: False)
    with pytest.raises(WrongValue, match="not installed"):
        check("relu_backward", function=relu_backward, torch=True)
    assert check("relu_backward", function=relu_backward).judge == "finite differences"
