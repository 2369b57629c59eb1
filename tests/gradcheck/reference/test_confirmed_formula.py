"""Gradients come from a formula only where a difference of the forward along one direction confirms it."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.course import catalogue
from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.problem import Oracle
from cnnlab.gradcheck.reference import finite_differences
from cnnlab.gradcheck.reference.confirmed_formula import confirm_formula
from cnnlab.gradcheck.reference.finite_differences import compute_finite_differences

RNG = np.random.default_rng(0)
X, W, DY = RNG.standard_normal((3, 4)), RNG.standard_normal((2, 4)), RNG.standard_normal((3, 2))
CASE = Case("one", CORE, {"x": X, "w": W}, dy=DY)


def squash(x, w):
    return np.tanh(x @ w.T), None


def multiply(x, w):
    return x @ w.T, None


def go_back(case, bend=lambda y: 1 - y**2):
    x, w = case.inputs.values()
    dz = case.dy * bend(np.tanh(x @ w.T))
    return {"dx": dz @ w, "dw": dz.T @ x}


def confirm(formula, forward=squash, case=CASE, linear=()):
    oracle = Oracle(lambda seed: (), {"dx": "x", "dw": "w"}, forward, linear=frozenset(linear), formula=formula)
    return confirm_formula(oracle, case, list(case.inputs), None)


def test_a_right_formula_is_confirmed():
    assert confirm(go_back)
    assert confirm(lambda case: go_back(case, np.ones_like), multiply, linear=("x", "w"))


def spoil(case, name, index, by):
    gradients = {key: np.array(value) for key, value in go_back(case).items()}
    gradients[name][index] += by * np.abs(gradients[name]).max()
    return gradients


@pytest.mark.parametrize("by", [1.0, -0.1, 1e-5])
@pytest.mark.parametrize(("name", "index"), [("dx", (0, 0)), ("dx", (2, 3)), ("dw", (1, 2))])
def test_one_wrong_entry_is_not_confirmed(name, index, by):
    assert confirm(lambda case: spoil(case, name, index, by)) is None


@pytest.mark.parametrize(
    "formula",
    [
        lambda case: {"dx": -go_back(case)["dx"], "dw": go_back(case)["dw"]},
        lambda case: go_back(case, lambda y: 1 - y),
        lambda case: {name: np.full(value.shape, np.nan) for name, value in go_back(case).items()},
        lambda case: {"dx": go_back(case)["dx"], "dw": go_back(case)["dw"].T},
    ],
    ids=["sign", "slope", "nan", "shape"],
)
def test_a_wrong_formula_is_not_confirmed_and_differences_of_every_entry_answer(formula):
    assert confirm(formula) is None
    oracle = Oracle(lambda seed: (), {"dx": "x", "dw": "w"}, squash, formula=formula)
    found = compute_finite_differences(oracle, CASE)
    for name, right in go_back(CASE).items():
        np.testing.assert_allclose(found.grads[name], right, atol=1e-8)


def test_at_a_kink_differences_of_every_entry_answer():
    def relu(x):
        return np.maximum(x, 0), None

    case = Case("one", CORE, {"x": np.array([0.0, 1.0, -1.0])}, dy=np.array([2.0, 3.0, 4.0]))
    for at_zero in (0.0, 0.5, 1.0):
        formula = lambda case, share=at_zero: {  # noqa: E731
            "dx": case.dy * np.where(case.inputs["x"] == 0, share, case.inputs["x"] > 0)
        }
        found = compute_finite_differences(Oracle(lambda seed: (), {"dx": "x"}, relu, formula=formula), case)
        assert found.freedom["dx"].kinks == 1


WITH_FORMULA = [name for name, e in catalogue.EXERCISES.items() if e.problem.oracle.formula]


def test_the_slowest_exercises_have_a_formula():
    assert {"conv_transpose2d_backward", "roi_align_backward", "yolo_loss_backward"} <= set(WITH_FORMULA)


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_the_formula_gives_what_differences_of_every_entry_give(name):
    oracle = catalogue.EXERCISES[name].problem.oracle
    for case in oracle.plan(1):
        names = [n for n in oracle.wrt.values() if case.inputs[n] is not None]
        found = confirm_formula(oracle, case, names, None)
        if found is None:
            continue
        right = compute_finite_differences(replace(oracle, formula=None), case)
        for gradient, entry in oracle.wrt.items():
            if entry in found[0]:
                expected, errors = right.grads[gradient], right.errors[gradient]
                scale = float(np.abs(expected).max(initial=0.0)) or 1.0
                apart = np.abs(found[0][entry] - expected)
                assert (apart <= errors + 1e-8 * scale).all(), (case.name, gradient)


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_the_formula_is_confirmed_in_nearly_every_case(name, monkeypatch):
    oracle, seen = catalogue.EXERCISES[name].problem.oracle, []
    monkeypatch.setattr(
        finite_differences, "confirm_formula", lambda *given: seen.append(confirm_formula(*given)) or seen[-1]
    )
    cases = oracle.plan(0)
    for case in cases:
        compute_finite_differences(oracle, case)
    assert sum(found is not None for found in seen) >= 0.85 * len(cases)
