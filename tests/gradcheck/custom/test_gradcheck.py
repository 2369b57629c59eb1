"""gradcheck(): anyone's op, outside any course, with the same diagnoses as check()."""

import re

import numpy as np
import pytest

from cnnlab.gradcheck import Case, Expected, Report, Rival, gradcheck

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((4, 3)), RNG.standard_normal((2, 3)), RNG.standard_normal(2)


def linear(x, w, b=None):
    return x @ w.T + (0 if b is None else b), (x, w, b)


def linear_backward(dy, cache):
    x, w, _ = cache
    return dy @ w, dy.T @ x, dy.sum(0)


def changed(which, how):
    """linear_backward with one gradient changed."""

    def backward(dy, cache):
        grads = list(linear_backward(dy, cache))
        grads[which] = how(grads[which], dy, *cache)
        return tuple(grads)

    return backward


def test_a_right_pair_passes_every_planned_case():
    report = gradcheck(linear, linear_backward, X, W, B)
    assert isinstance(report, Report)
    assert report.passed, str(report)
    assert (report.score, list(report.gradients), report.skipped) == (1.0, ["dx", "dw", "db"], {})
    names = [case.name for case in report.cases]
    for planned in ("as given", "another upstream gradient", "one sample", "read-only arrays", "float32"):
        assert planned in names


@pytest.mark.parametrize(
    ("which", "how", "code", "says"),
    [
        (0, lambda g, dy, x, w, b: -g, "sign", "−1"),
        (1, lambda g, dy, x, w, b: g / len(x), "scale", "1/N"),
        (1, lambda g, dy, x, w, b: g * len(x), "scale", "N times"),
        (2, lambda g, dy, x, w, b: g / 3, "scale", "1/3"),
        (0, lambda g, dy, x, w, b: np.ones_like(dy) @ w, "upstream", "dy is doubled"),
        (1, lambda g, dy, x, w, b: np.full_like(dy, dy.mean()).T @ x, "upstream", "mean of dy"),
        (2, lambda g, dy, x, w, b: dy[0].copy(), "reduction", "first sample"),
        (0, lambda g, dy, x, w, b: g[:, ::-1].copy(), "flip", "mirrored"),
        (0, lambda g, dy, x, w, b: np.roll(g, 1, 1), "shift", "moved"),
        (1, lambda g, dy, x, w, b: g.T.copy(), "shape", "(2, 3)"),
        (1, lambda g, dy, x, w, b: g.astype(np.float32), "dtype", "float64"),
        (1, lambda g, dy, x, w, b: x, "shape", "(2, 3)"),
        (2, lambda g, dy, x, w, b: dy, "shape", "(2,)"),
        (0, lambda g, dy, x, w, b: None, "structure", "None"),
        (0, lambda g, dy, x, w, b: RNG.standard_normal(x.shape), "nondeterministic", "again"),
        (0, lambda g, dy, x, w, b: 1 / 0, "raises", "division by zero"),
    ],
)
def test_the_same_diagnoses_as_in_the_course(which, how, code, says):
    report = gradcheck(linear, changed(which, how), X, W, B)
    assert not report.passed
    assert report.diagnosis_code == code, report.diagnosis
    assert says in report.diagnosis


def test_a_square_matrix_transposed():
    report = gradcheck(
        linear, changed(1, lambda g, *_: g.T.copy()), X, RNG.standard_normal((3, 3)), RNG.standard_normal(3)
    )
    assert report.diagnosis_code == "transpose"


def test_y_alone_and_then_the_backward_gets_the_inputs():
    def scaled(x, w, *, power=1.0):
        return x**power * w

    def backward(dy, x, w, *, power=1.0):
        return dy * w * power * x ** (power - 1), dy * x**power

    x = np.abs(X) + 0.5
    assert gradcheck(scaled, backward, x, X).passed
    assert gradcheck(scaled, backward, x, X, options={"power": 3.0}).passed
    wrong = gradcheck(scaled, lambda dy, x, w, power: (dy * w, dy * x**power), x, X, options={"power": 3.0})
    assert wrong.gradients["dx"].verdict == "fail"
    assert wrong.gradients["dw"].passed


def test_a_number_is_an_array_without_axes():
    assert gradcheck(lambda x: x**2, lambda dy, x: 2 * x * dy, 3.0).passed
    report = gradcheck(lambda x: x**2, lambda dy, x: -2 * x * dy, 3.0)
    assert report.diagnosis_code == "sign"
    assert "dx got" in str(report) and "dx expected" in str(report)


def cross_entropy(logits, target):
    z = logits - logits.max(1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    return -log_p[np.arange(len(z)), target].mean(), (log_p, target)


def cross_entropy_backward(dy, cache):
    log_p, target = cache
    return dy * (np.exp(log_p) - np.eye(log_p.shape[1])[target]) / len(log_p)


TARGET = np.array([0, 2, 1, 1])


def test_whole_numbers_and_none_are_not_differentiated_by():
    assert list(gradcheck(cross_entropy, cross_entropy_backward, X, TARGET).gradients) == ["dlogits"]
    report = gradcheck(linear, lambda dy, cache: linear_backward(dy, cache)[:2], X, W, None)
    assert report.passed
    assert list(report.gradients) == ["dx", "dw"]


def test_none_may_be_listed_for_what_has_no_gradient():
    assert gradcheck(linear, lambda dy, cache: (*linear_backward(dy, cache)[:2], None), X, W, None).passed
    assert gradcheck(cross_entropy, lambda dy, cache: (cross_entropy_backward(dy, cache), None), X, TARGET).passed
    report = gradcheck(linear, linear_backward, X, W, None)  # a gradient of what is None
    assert report.diagnosis_code == "structure"


@pytest.mark.parametrize("wrt", ["w", 1, ["w"], [1], np.array([1])], ids=str)
def test_wrt_by_name_or_place(wrt):
    report = gradcheck(linear, lambda dy, cache: dy.T @ cache[0], X, W, B, wrt=wrt)
    assert report.passed
    assert list(report.gradients) == ["dw"]


def test_wrt_gives_the_order():
    assert gradcheck(linear, lambda dy, cache: linear_backward(dy, cache)[1::-1], X, W, B, wrt=["w", "x"]).passed


def test_a_mean_that_is_not_in_the_backward():
    report = gradcheck(cross_entropy, lambda dy, c: cross_entropy_backward(dy, c) * len(c[0]), X, TARGET)
    assert (report.diagnosis_code, report.diagnosis_detail) == ("scale", "N")


def relu(x):
    return np.maximum(x, 0), x


KINKED = np.array([[0.0, 1.0, -2.0], [3.0, 0.0, -1.0]])


@pytest.mark.parametrize("at_zero", [0.0, 0.5, 1.0])
def test_any_sub_gradient_is_right_at_a_kink_and_kinks_are_counted(at_zero):
    report = gradcheck(relu, lambda dy, x: dy * np.where(x == 0, at_zero, x > 0), KINKED)
    assert report.passed, str(report)
    assert report.skipped["entries at a kink or a tie, where any sub-gradient is right"] > 10
    assert "at a kink or a tie" in str(report)


def test_what_is_no_sub_gradient_is_wrong_at_a_kink():
    assert not gradcheck(relu, lambda dy, x: dy * np.where(x == 0, 2.0, x > 0), KINKED).passed
    assert not gradcheck(relu, lambda dy, x: dy * np.where(x == 0, np.nan, x > 0), KINKED).passed


def test_an_unstable_backward_is_found_where_the_forward_is_stable():
    def sigmoid(x):
        return np.where(x > 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x)))), x

    x = 20 * X
    report = gradcheck(sigmoid, lambda dy, x: dy * np.exp(-x) / (1 + np.exp(-x)) ** 2, x)
    assert report.diagnosis_code == "stability"


def by_differences_of_my_own(dy, cache):
    """What the engine itself does is borrowed, when a backward does it."""
    x, w, b = cache
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        for sign in (1, -1):
            moved = x.copy()
            moved[i] += sign * 1e-5
            dx[i] += sign * (dy * linear(moved, w, b)[0]).sum() / 2e-5
    return dx, *linear_backward(dy, cache)[1:]


def test_borrowed_gradients_are_named():
    x = RNG.standard_normal((6, 8))
    report = gradcheck(linear, by_differences_of_my_own, x, RNG.standard_normal((2, 8)), B)
    assert report.diagnosis_code == "borrowed"
    assert "differences" in report.diagnosis


def test_memory_of_others():
    def doubles_dy(dy, cache):
        dy *= 2
        return linear_backward(dy / 2, cache)

    assert gradcheck(linear, doubles_dy, X, W, B).diagnosis_code == "mutation"
    assert gradcheck(lambda x: (x, None), lambda dy, cache: dy, X).diagnosis_code == "mutation"


def test_a_forward_that_changes_its_input():
    def forward(x):
        x *= 2
        return x.copy(), None

    report = gradcheck(forward, lambda dy, cache: 2 * dy, X)
    assert report.diagnosis_code == "mutation"
    assert X[0, 0] == pytest.approx(RNG.__class__(np.random.PCG64(0)).standard_normal())


def strided(x, *, stride=1):
    return np.cumsum(x[::stride], 0), (x.shape, stride)


def strided_backward(dy, cache):
    shape, stride = cache
    dx = np.zeros(shape, dy.dtype)
    dx[::stride] = np.flip(np.cumsum(np.flip(dy, 0), 0), 0)
    return dx


CASES = {
    "plain": (X,),
    "stride 2": (X, {"stride": 2}),
    "stride 3, six rows": (RNG.standard_normal((6, 2)), {"stride": 3}),
}


def test_cases_of_ones_own():
    report = gradcheck(strided, strided_backward, cases=CASES)
    assert report.passed, str(report)
    assert [case.name for case in report.cases] == list(CASES)
    objects = [Case(name, "core", {"x": given[0]}, given[1] if given[1:] else {}) for name, given in CASES.items()]
    assert gradcheck(strided, strided_backward, cases=objects).passed
    assert [c.name for c in gradcheck(strided, strided_backward, X, cases=CASES).cases] == ["as given", *CASES]


def test_an_option_that_separates_the_failing_cases_is_named():
    def stride_ignored(dy, cache):
        return strided_backward(dy, cache) * (1 if cache[1] == 1 else 0.5 + np.arange(cache[0][1]))

    cases = {**CASES, "stride 2 again": (X + 1, {"stride": 2})}
    del cases["stride 3, six rows"]
    report = gradcheck(strided, stride_ignored, cases=cases)
    assert (report.diagnosis_code, report.diagnosis_detail) == ("option", "stride")
    assert "stride=2" in report.pattern


def test_a_case_that_the_forward_does_not_implement_is_left_out_and_counted():
    def half(x, *, stride=1):
        if stride > 2:
            raise NotImplementedError
        return strided(x, stride=stride)

    report = gradcheck(half, strided_backward, cases=CASES)
    assert report.passed
    assert report.skipped == {"cases the forward does not implement": 1}
    assert [case.verdict for case in report.cases] == ["pass", "pass", "left out"]
    nothing = gradcheck(half, strided_backward, X, cases={"wide": (X,)}, options={"stride": 3})
    assert not nothing.passed
    assert nothing.skipped == {"cases the forward does not implement": 2}


def test_what_the_forward_refuses_of_the_planned_cases_is_counted():
    def four_rows(x):
        if len(x) != 4 or not x.all():
            raise ValueError("four rows of numbers other than 0 are needed")
        return x.sum(0), x.shape

    report = gradcheck(four_rows, lambda dy, shape: np.broadcast_to(dy, shape).copy(), X)
    assert report.passed
    assert report.skipped["planned cases the forward does not take"] >= 1


def numpy_linear(x, w, b):
    return np.einsum("ni,oi->no", x, w) + b


def expected_of_linear(case):
    x, w, b = case.inputs.values()
    dy = case.dy
    return Expected(numpy_linear(x, w, b), {"dx": dy @ w, "dw": dy.T @ x, "db": dy.sum(0)})


def torch_linear(x, w, b):
    import torch

    return torch.nn.functional.linear(x, w, b)


@pytest.mark.parametrize("oracle", [numpy_linear, linear, torch_linear, expected_of_linear], ids=lambda f: f.__name__)
def test_an_oracle_of_ones_own(oracle):
    assert gradcheck(linear, linear_backward, X, W, B, oracle=oracle).passed
    wrong = gradcheck(linear, changed(1, lambda g, dy, x, w, b: g / len(x)), X, W, B, oracle=oracle)
    assert (wrong.diagnosis_code, wrong.diagnosis_detail) == ("scale", "1/N")

    def shifted(x, w, b):
        return linear(x, w, b)[0] + 1, (x, w, b)

    assert gradcheck(shifted, linear_backward, X, W, B, oracle=oracle).diagnosis_code == "forward"


def test_a_torch_function_is_an_oracle_as_it_is():
    import torch

    report = gradcheck(linear, linear_backward, X, W, B, oracle=torch.nn.functional.linear)
    assert report.passed
    assert report.judge == "PyTorch"


def forgets_the_sum(dy, cache):
    """db is the row of dy with the largest number; every sample adds to the bias."""
    dx, dw, _ = linear_backward(dy, cache)
    return dx, dw, dy[np.argmax(dy.max(1))].copy()


def test_rivals_of_ones_own():
    report = gradcheck(linear, forgets_the_sum, X, W, B, rivals=[forgets_the_sum])
    assert report.diagnosis == forgets_the_sum.__doc__
    doubled = Rival("dw", "reduction", "dw counts every sample twice.", lambda case, right: 2 * right(case))
    report = gradcheck(linear, changed(1, lambda g, *_: 2 * g), X, W, B, rivals=[doubled])
    assert report.diagnosis_code == "reduction"  # what one's own rival says comes before what any op is told
    assert gradcheck(linear, linear_backward, X, W, B, rivals=[forgets_the_sum, doubled]).passed


def test_the_same_seed_gives_the_same_report():
    def wrong(dy, cache):
        return changed(1, lambda g, *_: g**2)(dy, cache)

    def numbers(seed):
        return gradcheck(linear, wrong, X, W, B, seed=seed).gradients["dw"].max_abs_error

    assert numbers(1) == numbers(1) != numbers(2)


def test_many_right_ops_pass_at_many_seeds():
    def softmax(x):
        z = np.exp(x - x.max(-1, keepdims=True))
        return z / z.sum(-1, keepdims=True)

    def softmax_backward(dy, x):
        p = softmax(x)
        return p * (dy - (dy * p).sum(-1, keepdims=True))

    ops = {
        "softmax": (softmax, softmax_backward),
        "log": (lambda x: np.log(x**2 + 1), lambda dy, x: dy * 2 * x / (x**2 + 1)),
        "max": (lambda x: x.max(-1), lambda dy, x: dy[..., None] * (np.arange(x.shape[-1]) == x.argmax(-1)[..., None])),
        "abs": (np.abs, lambda dy, x: dy * np.sign(x)),
        "norm": (lambda x: np.sqrt((x**2).sum() + 1e-3), lambda dy, x: dy * x / np.sqrt((x**2).sum() + 1e-3)),
    }
    for name, (forward, backward) in ops.items():
        for seed in range(10):
            x = np.random.default_rng(seed).standard_normal((3, 4))
            x = np.round(2 * x) if seed % 2 else x  # whole numbers tie
            report = gradcheck(forward, backward, x, seed=seed)
            assert report.passed, f"{name}, seed {seed}\n{report}"


def test_a_forward_that_fails_is_reported_and_not_raised():
    report = gradcheck(lambda x: x @ np.ones(7), lambda dy, x: dy, X)
    assert (report.passed, report.score, report.diagnosis_code) == (False, 0.0, "raises")
    assert report.failure.frames[-1].file == __file__


def test_a_backward_that_raises_shows_its_own_lines_alone():
    def backward(dy, cache):
        return np.linalg.inv(dy)

    report = gradcheck(linear, backward, X, W, B)
    assert report.diagnosis_code == "raises"
    assert {frame.file for frame in report.failure.frames} == {__file__}


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "says"),
    [
        ((3, linear_backward, X), {}, TypeError, "forward is a int"),
        ((linear, None, X), {}, TypeError, "backward is a NoneType"),
        ((linear, linear_backward), {}, TypeError, "inputs"),
        ((linear, linear_backward, X, W, B, B), {}, TypeError, "4 inputs were given, and the forward takes 3"),
        ((linear, linear_backward, X.astype(np.float16), W, B), {}, TypeError, "x has dtype float16"),
        ((linear, linear_backward, X + 1j, W, B), {}, TypeError, "x has dtype complex128"),
        ((linear, linear_backward, X * np.nan, W, B), {}, ValueError, "x holds NaN or infinity"),
        ((linear, linear_backward, np.ma.masked_array(X), W, B), {}, TypeError, "x is a numpy.MaskedArray"),
        ((lambda x: x, linear_backward, TARGET), {}, TypeError, "nothing to differentiate by"),
        ((lambda x: x > 0, linear_backward, X), {}, TypeError, "y of dtype bool"),
        ((lambda x: "y", linear_backward, X), {}, TypeError, "y as a str"),
        ((lambda x: x + RNG.random(), linear_backward, X), {}, ValueError, "another y"),
        ((linear, linear_backward, X, W, B), {"options": 3}, TypeError, "options is 3"),
        ((linear, linear_backward, X, W, B), {"seed": -1}, ValueError, "seed is -1"),
        ((linear, linear_backward, X, W, B), {"wrt": "v"}, ValueError, "the inputs are x, w, b"),
        ((linear, linear_backward, X, W, B), {"wrt": 3}, ValueError, "wrt names 3"),
        ((linear, linear_backward, X, W, B), {"wrt": []}, ValueError, "wrt is empty"),
        ((linear, linear_backward, X, W, B), {"wrt": ["x", 0]}, ValueError, "each input once"),
        ((linear, linear_backward, X, W, None), {"wrt": "b"}, TypeError, "None in every case"),
        ((cross_entropy, cross_entropy_backward, X, TARGET), {"wrt": "target"}, TypeError, "an array of int64"),
        ((linear, linear_backward, X, W, B), {"cases": []}, ValueError, "cases is empty"),
        ((linear, linear_backward, X, W, B), {"cases": [X]}, TypeError, "a Case is needed"),
        ((linear, linear_backward, X, W, B), {"cases": {"a": X}}, TypeError, "a tuple of the forward's inputs"),
        ((linear, linear_backward, X, W, B), {"cases": {"a": (X, W)}}, ValueError, "3 are needed: x, w, b"),
        ((linear, linear_backward, X, W, B), {"cases": {"as given": (X, W, B)}}, ValueError, "name of its own"),
        ((linear, linear_backward, X, W, B), {"oracle": 3}, TypeError, "oracle is a int"),
        ((linear, linear_backward, X, W, B), {"oracle": lambda: 0}, TypeError, "none of the three"),
        ((linear, linear_backward, X, W, B), {"rivals": [3]}, TypeError, "rivals holds a int"),
        ((linear, linear_backward, X, W, B), {"rivals": [lambda dy, c: dy]}, ValueError, "no docstring"),
        ((lambda x: x, lambda dy, x: dy * 1, np.zeros((200, 200))), {}, ValueError, "40,000 entries"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(arguments, keywords, error, says):
    with pytest.raises(error, match=re.escape(says)):
        gradcheck(*arguments, **keywords)


def test_an_answer_remembered_by_its_dy_alone_is_found():
    memory = {}

    def backward(dy, cache):
        key = (dy.shape, dy.tobytes())
        if key not in memory:
            memory[key] = linear_backward(dy, cache)
        return tuple(grad.copy() for grad in memory[key])

    report = gradcheck(linear, backward, X, W, B)
    assert report.diagnosis_code == "nondeterministic"
    assert "other inputs" in report.diagnosis
