"""What gradcheck says of functions in the style of other courses, where they do not fit or are wrong."""

import numpy as np
import pytest

from cnnlab import check
from cnnlab.gradcheck import gradcheck
from cnnlab.gradcheck.diagnosis import explain

RNG = np.random.default_rng(11)
X, W = RNG.standard_normal((3, 2)), RNG.standard_normal((2, 2))


def scale(x, a):
    return a * x, (x, a)


def scale_backward(dy, cache):
    x, a = cache
    return a * dy, (dy * x).sum()


def linear(x, params):
    return x @ params["W"], (x, params)


def linear_backward(dy, cache):
    x, params = cache
    return dy @ params["W"].T, {"W": x.T @ dy}


@pytest.mark.parametrize(
    ("forward", "backward", "second", "words"),
    [
        (scale, scale_backward, 2.5, "a is a number and gets no gradient; np.array(a) would."),
        (scale, scale_backward, np.float64(2.5), "a is a number and gets no gradient; np.array(a) would."),
        (linear, linear_backward, {"W": W}, "params is a dict and gets no gradient; its arrays would"),
    ],
    ids=["a float", "a NumPy number", "a dict"],
)
def test_an_input_without_a_gradient_is_named(forward, backward, second, words):
    assert words in str(gradcheck(forward, backward, X, second).diagnosis)


def test_an_array_without_axes_has_a_gradient():
    assert gradcheck(scale, scale_backward, X, np.array(2.5)).passed


class Layer:
    def forward(self, x):
        self.x = x
        return x**2

    def backward(self, dy):
        return 2 * dy * self.x


@pytest.mark.parametrize(
    ("forward", "backward", "options", "call"),
    [
        (Layer().forward, Layer().backward, {}, "The call is backward(dy, x)."),
        (
            lambda x, *, power: x**power,
            lambda dy, x: 2 * x * dy,
            {"power": 2},
            "The call is backward(dy, x, power=...).",
        ),
    ],
    ids=["a layer", "an option"],
)
def test_a_backward_that_cannot_be_called_so_is_told_the_call(forward, backward, options, call):
    assert str(gradcheck(forward, backward, X, options=options).diagnosis).endswith(call)


def test_a_type_error_inside_a_function_says_nothing_of_the_call():
    report = gradcheck(lambda x: (x**2, x), lambda dy, cache: 2 * dy @ "x", X)
    assert "The call is" not in str(report.diagnosis)


def test_several_outputs_are_to_be_joined():
    with pytest.raises(TypeError, match=r"Of several outputs make one array"):
        gradcheck(lambda x: (x, x**2, None), lambda dy, cache: dy, X)


def test_what_kind_the_inputs_are_is_said_where_none_can_be_differentiated():
    with pytest.raises(TypeError, match=r"x is a list, n is an array of int64"):
        gradcheck(lambda x, n: np.square(x), lambda dy, x, n: dy, [1.0], np.arange(3))


def test_the_function_that_writes_is_named():
    def double(x):
        x *= 2
        return x, None

    report = gradcheck(double, lambda dy, cache: 2 * dy, X)
    assert not any(cause.sentence.startswith("backward writes") for cause in report.causes)
    assert any(cause.sentence.startswith("double writes") for cause in report.causes)


def test_wrong_numbers_are_said_before_whose_memory_they_are_in():
    """The loss functions of other courses return (loss, dx), and dx has no dy."""
    report = gradcheck(lambda x: ((x**2).sum(), 2 * x), lambda dy, dx: dx, X)
    assert "the upstream gradient is not used" in report.causes[0].sentence
    assert "memory that belongs to cache" in report.causes[1].sentence


def test_nan_at_a_kink_is_called_so():
    def backward(dy, cache):
        with np.errstate(all="ignore"):
            inner = np.clip((cache.pred - cache.target) / cache.beta, -1, 1)
        return dy * inner / (cache.pred.size if cache.reduction == "mean" and cache.pred.size else 1)

    causes = check("smooth_l1_loss_backward", function=backward, torch=False).causes
    assert causes[0].sentence.startswith("dpred is NaN at a kink, in “beta 0, no difference” at [0, 0]")


@pytest.mark.parametrize(("seconds", "told"), [(30.0, True), (0.0, False)])
def test_time_is_kept_to_read_off_what_is_wrong(monkeypatch, seconds, told):
    """A ReLU that is left out of the way back is no formula that is known. The search for one has no time at all."""
    monkeypatch.setattr(explain, "MAX_RIGHT_SECONDS", seconds)
    monkeypatch.setattr(explain, "LAST_RIGHT_SECONDS", seconds)

    def forward(x, w):
        return np.maximum(x @ w, 0), w

    x, w = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 3))
    report = gradcheck(forward, lambda dy, w: dy @ w.T, x, w, wrt="x")
    assert ("which it has nothing to do with" in (report.diagnosis or "")) == told


def convolve(x, k):
    """Channels last, as in TensorFlow: x (N, H, W, C), k (KH, KW, C, F)."""
    rows, columns = (size - part + 1 for size, part in zip(x.shape[1:3], k.shape[:2], strict=True))
    return sum(x[:, i : i + rows, j : j + columns] @ k[i, j] for i, j in np.ndindex(*k.shape[:2]))


def convolve_backward(dy, x, k, of_x=lambda a: a, of_k=lambda a: a):
    dx, dk = np.zeros(x.shape), np.zeros(k.shape)
    for i, j in np.ndindex(*k.shape[:2]):
        cells = np.s_[:, i : i + dy.shape[1], j : j + dy.shape[2]]
        dx[cells] += dy @ k[i, j].T
        dk[i, j] = np.einsum("nhwc,nhwf->cf", x[cells], dy)
    return of_x(dx).copy(), of_k(dk).copy()


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ({"of_k": lambda a: a[::-1, ::-1]}, "dk holds the right numbers, turned by 180° in the first two axes"),
        ({"of_x": lambda a: a[:, ::-1, ::-1]}, "dx holds the right numbers, turned by 180° in the middle two axes"),
    ],
    ids=["kernel turned", "image turned"],
)
def test_a_turn_is_named_where_channels_come_last(moves, words):
    x, k = RNG.standard_normal((1, 3, 4, 2)), RNG.standard_normal((2, 2, 2, 1))
    report = gradcheck(convolve, lambda dy, x, k: convolve_backward(dy, x, k, **moves), x, k)
    assert words in str(report.diagnosis)


def test_the_callers_global_random_numbers_go_on_with_what_is_in_store():
    np.random.seed(5)  # noqa: NPY002
    np.random.randn()  # noqa: NPY002  # normal numbers are drawn in pairs
    after = np.random.randn(3)  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    np.random.randn()  # noqa: NPY002
    assert gradcheck(lambda x: (x**2, x), lambda dy, x: 2 * dy * x, X).passed
    assert np.array_equal(np.random.randn(3), after)  # noqa: NPY002


def slide(x, w):
    """A convolution of images with the channels last: x (N, H, W, C), w (KH, KW, C, F)."""
    rows, columns = (size - k + 1 for size, k in zip(x.shape[1:3], w.shape[:2], strict=True))
    y = sum(x[:, u : u + rows, v : v + columns] @ w[u, v] for u, v in np.ndindex(*w.shape[:2]))
    return y, (x, w)


def slide_back(dy, cache):
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for u, v in np.ndindex(*w.shape[:2]):
        cells = np.s_[:, u : u + dy.shape[1], v : v + dy.shape[2]]
        dx[cells] += dy @ w[u, v].T
        dw[u, v] = np.einsum("nijc,nijf->cf", x[cells], dy)
    return dx, dw


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_kernel_mirrored_along_its_rows_is_not_called_mixed_up_channels(axis, size):
    def backward(dy, cache):
        dx, dw = slide_back(dy, cache)
        return dx, np.flip(dw, axis).copy()

    report = gradcheck(slide, backward, RNG.standard_normal((2, 5, 4, 3)), RNG.standard_normal((size, size, 3, 2)))
    assert report.diagnosis_code == "flip"
    assert f"mirrored along axis {axis}" in str(report.diagnosis)


def bend(x, w):
    y = np.tanh(x @ w)
    return y, (x, w, y)


def bend_back(dy, cache):
    """Gradients that no formula gives."""
    x, w, y = cache
    dz = dy * (1 - y**2) + 0.01 * np.sin(3 * x @ w) * dy**2
    return dz @ w.T, x.T @ dz


def test_a_search_that_is_stopped_says_so():
    x, w = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 5))
    report = gradcheck(bend, bend_back, x, w, cause_seconds=0.0)
    assert not report.passed and report.diagnosis is None
    assert report.search_stopped == ("dx", "dw") and report.to_dict()["search_stopped"] == ["dx", "dw"]
    for face in report._repr_mimebundle_().values():
        said = " ".join(face.replace("│", "").split())
        assert "The search for the cause of dx and dw was stopped before its end" in said
        assert "These are not the numbers of any mistake" not in face


def test_a_search_that_ends_says_nothing_of_time():
    x, w = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 5))
    report = gradcheck(bend, bend_back, x, w, cause_seconds=None)
    assert report.search_stopped == ()
    assert "is no sum of multiples of dy" in str(report.diagnosis)


def test_a_search_asks_for_no_formula_when_its_time_is_over(monkeypatch):
    """The clock is the test's own: every look at it takes a second."""
    now = iter(range(10**6))
    monkeypatch.setattr(explain.time, "thread_time", lambda: float(next(now)))
    x, w = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 5))
    assert gradcheck(bend, bend_back, x, w).search_stopped == ("dx", "dw")
