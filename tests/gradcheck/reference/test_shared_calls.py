"""Many points share a call of the forward only where that gives what a call for each gives."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.course import catalogue
from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.problem import Expected, Oracle
from cnnlab.gradcheck.reference.finite_differences import compute_finite_differences
from cnnlab.gradcheck.reference.products import Products

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((2, 4)), RNG.standard_normal((3, 4)), RNG.standard_normal(3)
DY = RNG.standard_normal((2, 3))
WRT = {"dx": "x", "dw": "w", "db": "b"}


def differentiate(forward, inputs, dy, **more) -> tuple[Expected, list[int]]:
    """Return the gradients, and the size of the first input in every call of the forward."""
    calls = []

    def reference(*arrays):
        calls.append(np.size(arrays[0]))
        return forward(*arrays), None

    oracle = Oracle(lambda seed: (), {f"d{name}": name for name in inputs}, reference, **more)
    return compute_finite_differences(oracle, Case("one", CORE, inputs, dy=dy), {}), calls


def squash(x, w, b):
    return np.tanh(x @ w.T + b)


def test_copies_of_weights_and_biases_are_units_of_a_wider_layer():
    found, calls = differentiate(squash, {"x": X, "w": W, "b": B}, DY)
    dz = DY * (1 - squash(X, W, B) ** 2)
    np.testing.assert_allclose(found.grads["dw"], dz.T @ X, atol=1e-8)
    np.testing.assert_allclose(found.grads["db"], dz.sum(0), atol=1e-8)
    assert len(calls) < 12  # 21 entries, of which each needs four calls of its own


def test_units_that_meet_are_never_shared_out():
    def softmax(x, w, b):
        e = np.exp(x @ w.T + b)
        return e / e.sum(1, keepdims=True)

    found, _ = differentiate(softmax, {"x": X, "w": W, "b": B}, DY)
    p = softmax(X, W, B)
    dz = p * (DY - (DY * p).sum(1, keepdims=True))
    np.testing.assert_allclose(found.grads["dw"], dz.T @ X, atol=1e-8)
    np.testing.assert_allclose(found.grads["db"], dz.sum(0), atol=1e-8)


def sum_squares(x):
    return np.asarray((x**2).sum())


@pytest.mark.parametrize(
    ("at_points", "most_calls"),
    [
        (lambda x: (x**2).sum((1, 2)), 2),
        (lambda x: (x**2).sum((1, 2)) * 1.001, 40),
        (lambda x: (x**2).sum((1, 2)) + 1e-6 * (x.sum(0) - x).sum((1, 2)), 40),
        (lambda x: (x**2).sum(), 40),
        (lambda x: 1 / 0, 40),
    ],
    ids=["right", "another scale", "points that meet", "one number for all", "raises"],
)
def test_a_forward_at_many_points_is_used_only_where_it_gives_what_the_reference_gives(at_points, most_calls):
    found, calls = differentiate(sum_squares, {"x": X}, np.array(3.0), at_points=at_points)
    np.testing.assert_allclose(found.grads["dx"], 6 * X, atol=1e-8)
    assert len(calls) <= most_calls
    assert most_calls == 2 or len(calls) > 4 * X.size


#: Exercises whose forward is differentiated, one for each oracle; and those whose forward is written for many points.
ORACLES = {e.problem.oracle: name for name, e in catalogue.EXERCISES.items()}
DIFFERENTIATED = [name for oracle, name in ORACLES.items() if oracle.reference and oracle.wrt]
AT_POINTS = [name for oracle, name in ORACLES.items() if oracle.at_points]
SHARED = [*AT_POINTS, "roi_align_backward", "attention_backward", "batch_norm_backward"]

#: Every how many cases are differentiated in the short run.
SAMPLED = 4


@pytest.mark.parametrize(
    ("name", "every"),
    [
        *((name, SAMPLED) for name in SHARED),
        *(pytest.param(name, 1, marks=pytest.mark.slow) for name in DIFFERENTIATED),
    ],
)
def test_shared_calls_give_what_a_call_for_each_point_gives(name, every, monkeypatch):
    oracle = replace(catalogue.EXERCISES[name].problem.oracle, formula=None)
    cases, usual = oracle.plan(0)[::every], {}
    shared = [compute_finite_differences(oracle, case, usual) for case in cases]
    monkeypatch.setattr(Products, "_ways", property(lambda self: []))
    one_by_one = replace(oracle, at_points=None)
    for case, found in zip(cases, shared, strict=True):
        plain = compute_finite_differences(one_by_one, case)
        for gradient, right in plain.grads.items():
            where = f"{gradient} in {case.name}"
            if right is None:
                assert found.grads[gradient] is None, where
                continue
            scale = max(float(np.abs(right).max(initial=0.0)), 1e-300)
            np.testing.assert_allclose(found.grads[gradient], right, rtol=0, atol=1e-8 * scale, err_msg=where)
            assert (gradient in found.freedom) == (gradient in plain.freedom), where
            if gradient in plain.freedom:
                ours, theirs = found.freedom[gradient], plain.freedom[gradient]
                np.testing.assert_allclose(ours.low, theirs.low, rtol=0, atol=1e-6 * scale, err_msg=where)
                np.testing.assert_allclose(ours.high, theirs.high, rtol=0, atol=1e-6 * scale, err_msg=where)
                assert (ours.total is None) == (theirs.total is None), where


@pytest.mark.parametrize("name", AT_POINTS)
def test_the_forward_at_many_points_is_used_in_every_case(name):
    oracle, asked = catalogue.EXERCISES[name].problem.oracle, []
    assert oracle.reference

    def count(*inputs, **options):
        asked.append(1)
        return oracle.reference(*inputs, **options)

    for case in oracle.plan(0):
        asked.clear()
        found = compute_finite_differences(replace(oracle, formula=None, reference=count), case)
        assert len(asked) <= 2 + 2 * len(found.freedom), case.name


def test_inputs_that_the_forward_at_many_points_mixes_up_are_differentiated_one_by_one():
    def at_points(x, w, b):
        return np.tanh(x @ W.T + b)  # not at the points of w

    found, _ = differentiate(squash, {"x": X, "w": W, "b": B}, DY, at_points=at_points)
    dz = DY * (1 - squash(X, W, B) ** 2)
    np.testing.assert_allclose(found.grads["dw"], dz.T @ X, atol=1e-8)
