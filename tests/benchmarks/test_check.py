"""The check benchmark: every checker in it tells a right backward from a wrong one, and all numbers are there."""

import json

import numpy as np
import pytest

from benchmarks.check import CHECKERS, run, subjects, verdict


def right(dy, cache):
    x, w, b = cache
    flat = dy.reshape(-1, dy.shape[-1])
    return dy @ w, flat.T @ x.reshape(-1, x.shape[-1]), None if b is None else flat.sum(0)


def wrong(dy, cache):
    dx, dw, db = right(dy, cache)
    return dx, 1.01 * dw, db


@pytest.mark.parametrize("name", CHECKERS)
def test_every_checker_is_asked_fairly(name):
    subject = subjects()["linear_backward"]
    assert verdict(CHECKERS[name], subject, right)
    assert not verdict(CHECKERS[name], subject, wrong)


@pytest.mark.parametrize("name", CHECKERS)
def test_a_part_with_arguments_of_its_own(name):
    subject = subjects()["conv2d_bias_grad"]
    assert verdict(CHECKERS[name], subject, lambda dy: dy.sum((0, 2, 3)))
    assert not verdict(CHECKERS[name], subject, lambda dy: dy.sum((0, 2, 3)) * np.array([1.0, 2.0, 3.0])[: dy.shape[1]])


@pytest.mark.slow
def test_the_measurement_is_whole():
    found = json.loads(json.dumps(run(["--rounds", "1", "--every", "80"])))
    assert set(found["share of wrong ones caught"]) == set(CHECKERS)
    assert found["share of wrong ones caught"]["check"] == 1.0
    assert found["right ones called wrong"]["check"] == 0
    assert found["implementations"]["ops"] >= 20
    assert all(ratio > 0 for ratio in found["ratio"].values())
