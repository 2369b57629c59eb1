"""by_tensorflow() and by_jax(): a function of a framework's tensors as an oracle, in float64."""

import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tensorflow as tf
import torch

from cnnlab.errors import WrongType, WrongValue
from cnnlab.gradcheck import Case, Expected, Oracle, by_jax, by_tensorflow, gradcheck
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from cnnlab.gradcheck.reference.pytorch import VJP

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((4, 3)), RNG.standard_normal((2, 3)), RNG.standard_normal(2)
DY = RNG.standard_normal((4, 2))
LINEAR = Case("linear", "core", {"x": X, "w": W, "b": B}, dy=DY)


def linear(x, w, b):
    return x @ w.T + b, (x, w)


def linear_backward(dy, cache):
    x, w = cache
    return dy @ w, dy.T @ x, dy.sum(0)


def tensorflow_linear(x, w, b):
    return tf.matmul(x, w, transpose_b=True) + b


def jax_linear(x, w, b):
    return x @ w.T + b


LINEARS = {
    "TensorFlow": by_tensorflow(tensorflow_linear),
    "TensorFlow, compiled": by_tensorflow(tf.function(tensorflow_linear)),
    "JAX": by_jax(jax_linear),
    "JAX, compiled": by_jax(jax.jit(jax_linear)),
}
both = pytest.mark.parametrize("by", [by_tensorflow, by_jax])


@pytest.mark.parametrize("name", LINEARS)
def test_every_gradient_of_several_inputs_in_float64(name):
    found = LINEARS[name](LINEAR)
    assert isinstance(found, Expected)
    assert found.y.dtype == np.float64 and np.abs(found.y - linear(X, W, B)[0]).max() < 1e-14
    right = dict(zip(("dx", "dw", "db"), linear_backward(DY, (X, W)), strict=True))
    assert list(found.grads) == list(right)
    for gradient, value in right.items():
        assert found.grads[gradient].dtype == np.float64
        assert np.abs(found.grads[gradient] - value).max() < 1e-14


@pytest.mark.parametrize("name", LINEARS)
def test_float32_inputs_are_judged_in_float64_as_by_pytorch(name):
    rough = {n: v.astype(np.float32) for n, v in LINEAR.inputs.items()}
    case = replace(LINEAR, inputs=rough, dy=DY.astype(np.float32))
    theirs = VJP(torch.nn.functional.linear, {"dx": "x", "dw": "w", "db": "b"})(case)
    found = LINEARS[name](case)
    for ours, right in zip((found.y, *found.grads.values()), (theirs.y, *theirs.grads.values()), strict=True):
        assert ours.dtype == right.dtype == np.float64
        assert np.abs(ours - right).max() < 1e-14


@pytest.mark.parametrize("name", LINEARS)
def test_a_computation_in_float32_stays_in_float32(name):
    y, grads = LINEARS[name].run(LINEAR.inputs, {}, DY, "float32")
    assert {array.dtype for array in (y, *grads.values())} == {np.dtype(np.float32)}
    assert np.abs(y - linear(X, W, B)[0]).max() < 1e-5


@pytest.mark.parametrize("name", LINEARS)
def test_gradcheck_takes_it_as_an_oracle(name):
    report = gradcheck(linear, linear_backward, X, W, B, oracle=LINEARS[name])
    assert report.passed and report.judge == name.partition(",")[0]

    def forgets_the_sum(dy, cache):
        return *linear_backward(dy, cache)[:2], dy[0].copy()

    report = gradcheck(linear, forgets_the_sum, X, W, B, oracle=LINEARS[name])
    assert (report.diagnosis_code, report.gradients["dw"].verdict) == ("reduction", "pass")

    def shifted(x, w, b):
        return linear(x, w, b)[0] + 1, (x, w)

    assert gradcheck(shifted, linear_backward, X, W, B, oracle=LINEARS[name]).diagnosis_code == "forward"


@pytest.mark.parametrize("name", LINEARS)
def test_gradcheck_says_which_gradients_it_wants(name):
    def only_dw(dy, cache):
        return dy.T @ cache[0]

    assert gradcheck(linear, only_dw, X, W, B, wrt="w", oracle=LINEARS[name]).passed


def tensorflow_picked(table, rows, mask, *, scale, shift=None):
    picked = tf.gather(table, rows) * scale
    return tf.where(mask, picked, tf.zeros_like(picked))


def jax_picked(table, rows, mask, *, scale, shift=None):
    picked = table[rows] * scale
    return jnp.where(mask, picked, 0)


PICKED = Case(
    "picked",
    "core",
    {"table": X, "rows": np.array([2, 0, 2], np.int32), "mask": np.array([[True], [True], [False]])},
    {"scale": 3.0, "shift": None},
    dy=RNG.standard_normal((3, 3)),
)


@pytest.mark.parametrize("oracle", [by_tensorflow(tensorflow_picked), by_jax(jax_picked)])
def test_options_are_keywords_and_whole_numbers_have_no_gradient(oracle):
    found = oracle(PICKED)
    right = np.zeros_like(X)
    right[2], right[0] = 3 * PICKED.dy[0], 3 * PICKED.dy[1]
    assert list(found.grads) == ["dtable"]
    assert np.abs(found.grads["dtable"] - right).max() < 1e-14
    named = replace(oracle, wrt={"dt": "table", "dr": "rows"})(PICKED).grads
    assert named["dr"] is None and (named["dt"] == found.grads["dtable"]).all()


@both
def test_whole_numbers_and_truth_values_keep_their_dtype(by):
    seen = {}

    def look(**dtypes):
        seen.update({name: str(getattr(d, "name", d)) for name, d in dtypes.items()})

    def f(x, i, m, text, none):
        look(x=x.dtype, i=i.dtype, m=m.dtype)
        assert text == "as it is" and none is None
        return x * 1

    inputs = {"x": X.astype(np.float32), "i": np.array([1], np.int32), "m": np.array([True])}
    found = by(f)(Case("kinds", "core", {**inputs, "text": "as it is", "none": None}, dy=np.ones(X.shape)))
    assert seen == {"x": "float64", "i": "int32", "m": "bool"}
    assert list(found.grads) == ["dx"]


@both
def test_an_input_that_is_not_reached_has_gradients_of_zero(by):
    case = Case("unused", "core", {"x": X, "unused": W}, dy=np.ones(X.shape))
    found = by(lambda x, unused: 2 * x)(case)
    assert found.grads["dunused"].shape == W.shape and not found.grads["dunused"].any()
    assert (found.grads["dx"] == 2).all()
    constant = {by_tensorflow: lambda x: tf.ones((), tf.float64), by_jax: lambda x: jnp.ones(())}[by]
    assert not by(constant)(Case("constant", "core", {"x": X}, dy=np.float64(1))).grads["dx"].any()


@pytest.mark.parametrize(
    "oracle",
    [
        by_tensorflow(lambda x: (2 * x, tf.reduce_sum(x * x), tf.argmax(x))),
        by_jax(lambda x: (2 * x, (x * x).sum(), x.argmax())),
        by_jax(jax.jit(lambda x: [2 * x, (x * x).sum(), x.argmax()])),
    ],
)
def test_several_outputs_with_an_upstream_gradient_each(oracle):
    x = np.array([1.0, -2.0])
    found = oracle(Case("three", "core", {"x": x}, dy=(np.array([1.0, 10.0]), np.float64(3), None)))
    assert [value.tolist() for value in found.y] == [[2, -4], 5, 0]
    assert found.grads["dx"].tolist() == [2 * 1 + 3 * 2 * 1, 2 * 10 + 3 * 2 * -2]
    one = oracle(Case("one of three", "core", {"x": x}, dy=(None, np.float64(1), None)))
    assert one.grads["dx"].tolist() == [2, -4]


@both
def test_without_dy_there_is_y_alone(by):
    found = by(lambda x: x * x)(Case("y", "core", {"x": X}))
    assert (found.y == X * X).all() and found.grads == {"dx": None}


@both
def test_what_comes_back_is_ones_own(by):
    x = X.copy()
    found = by(lambda x: x * 1)(Case("own", "core", {"x": x}, dy=np.ones(x.shape)))
    found.y[:] = 0
    found.grads["dx"][:] = 0
    assert (x == X).all()


@both
@pytest.mark.parametrize("array", [X[:0], X.T, X[::-1], X[::2, 1:], X.astype(np.float16)], ids=lambda a: str(a.shape))
def test_any_array_of_floats(by, array):
    array.flags.writeable = False
    found = by(lambda x: 3 * x)(Case("array", "core", {"x": array}, dy=np.ones(array.shape)))
    assert (found.y == 3 * array.astype(np.float64)).all()
    assert found.grads["dx"].shape == array.shape and (found.grads["dx"] == 3).all()


def test_the_key_of_an_oracle_of_the_engine():
    for name, by_numpy in LINEARS.items():
        ready = replace(by_numpy, wrt={"dx": "x", "dw": "w", "db": "b"})
        oracle = Oracle(lambda seed: (LINEAR,), ready.wrt, reference=linear, by_numpy=ready)
        (_, found), *_ = build_answer_key(oracle, 0, torch=False).cases
        assert np.abs(found.grads["dw"] - DY.T @ X).max() < 1e-14, name


def test_jax_keeps_the_users_precision():
    def f(x):
        assert x.dtype == jnp.float64
        return jnp.sin(x)

    assert not jax.config.jax_enable_x64
    found = by_jax(f)(Case("sine", "core", {"x": X}, dy=np.ones(X.shape)))
    assert np.abs(found.grads["dx"] - np.cos(X)).max() < 1e-15
    assert not jax.config.jax_enable_x64 and jnp.ones(1).dtype == jnp.float32

    with pytest.raises(ZeroDivisionError):
        by_jax(lambda x: x / (1 // 0))(LINEAR_OF_ONE)
    assert not jax.config.jax_enable_x64


LINEAR_OF_ONE = Case("one", "core", {"x": X}, dy=np.ones(X.shape))


@pytest.mark.parametrize(
    ("oracle", "dy", "error", "says"),
    [
        (by_tensorflow(lambda x: tf.cast(x, tf.float32)), np.ones(X.shape), WrongType, "float32"),
        (by_jax(lambda x: x.astype("float32")), np.ones(X.shape), WrongType, "float32, and float64 went in"),
        (by_tensorflow(lambda x: np.exp(x)), np.ones(X.shape), WrongType, "a tensor of TensorFlow's is needed"),
        (by_jax(lambda x: 3.0), np.ones(()), WrongType, "returned a float; a tensor of JAX's is needed"),
        (by_jax(lambda x: (x, None)), (np.ones(X.shape), None), WrongType, "returned a NoneType"),
        (by_tensorflow(lambda x: ()), np.ones(X.shape), WrongType, "no tensor at all"),
        (by_tensorflow(lambda x: x), np.ones(3), WrongValue, r"dy has shape \(3,\), and .* \(4, 3\)"),
        (by_jax(lambda x: x.sum()), np.ones(3), WrongValue, r"dy has shape \(3,\), and .* \(\)"),
        (by_jax(lambda x: (x, x)), np.ones(X.shape), WrongValue, "returned 2 tensors, and dy has 1 part"),
    ],
)
def test_what_does_not_fit_is_said(oracle, dy, error, says):
    with pytest.raises(error, match=says):
        oracle(replace(LINEAR_OF_ONE, dy=dy))


@both
def test_gradcheck_raises_what_the_function_raises(by):
    def broken(x, w, b):
        raise ZeroDivisionError("in the oracle")

    with pytest.raises(ZeroDivisionError, match="in the oracle"):
        gradcheck(linear, linear_backward, X, W, B, oracle=by(broken))


@pytest.mark.parametrize("order", ["torch tensorflow jax", "jax tensorflow torch"])
def test_the_frameworks_get_along_in_one_process(order):
    code = f"""
import {", ".join(order.split())}
import jax.numpy as jnp, numpy as np
from cnnlab.gradcheck import Case, by_jax, by_tensorflow
from cnnlab.gradcheck.reference.pytorch import VJP
case = Case("sine", "core", {{"x": np.arange(4.0)}}, dy=np.ones(4))
oracles = by_tensorflow(tensorflow.sin), by_jax(jnp.sin), VJP(torch.sin, {{"dx": "x"}})
print(*(np.abs(oracle(case).grads["dx"] - np.cos(np.arange(4.0))).max() < 1e-15 for oracle in oracles))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * 3, done.stderr
