"""The benchmarks run and say what was measured; how fast anything is, no test asserts."""

import json
import sys

import numpy as np
import pytest

from benchmarks import conv, lenet_step
from benchmarks.__main__ import THREADS, main
from benchmarks.measure import peak_memory, ratio, round_to_3_digits, time_interleaved


def test_a_ratio_is_of_the_same_round():
    seconds = {"a": [2.0, 20.0, 3.0], "b": [1.0, 10.0, 1.0]}
    assert ratio(seconds, "a", "b") == 2.0


def test_every_side_is_called_in_every_round_and_the_order_turns():
    called: list[str] = []
    seconds = time_interleaved({s: lambda s=s: called.append(s) for s in "abc"}, rounds=3, stretch=0.0)
    assert {s: len(taken) for s, taken in seconds.items()} == {"a": 3, "b": 3, "c": 3}
    assert called[-9:] == [*"abc", *"bca", *"cab"]


@pytest.mark.parametrize(("value", "told"), [(0.123456, 0.123), (1234.5, 1230.0), (0.0, 0.0)])
def test_three_digits(value, told):
    assert round_to_3_digits(value) == told


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_peak_memory_is_that_of_the_call_alone():
    small, large = (peak_memory("tests.benchmarks.test_measure", str(size)) for size in (1, 64))
    assert small is not None and large is not None
    assert 60 < large - small < 70


def alone(megabytes):
    np.ones(300 << 17)  # 300 MB before the call, given back and not counted
    return lambda: np.ones(int(megabytes) << 17)


@pytest.mark.parametrize("side", lenet_step.SIDES)
def test_a_side_of_the_step_runs(side):
    one = lenet_step.side(side, 3, "float32")
    assert one() is None or one() < 10


def test_the_sides_of_the_convolution_compute_the_same():
    x, w = np.random.default_rng(0).normal(size=(2, 3, 6, 6)), np.random.default_rng(1).normal(size=(4, 3, 3, 3))
    options = {"padding": 1, "stride": 2}
    dx_torch, dw_torch = (t.numpy() for t in conv._pytorch(x, w, options)())
    _, (dx, dw, _) = conv._readable(x, w, options)()
    _, dw_fast, dx_fast = conv._fast(x, w, options)()
    for found in (dw, dw_fast):
        np.testing.assert_allclose(found, dw_torch, atol=1e-12)
    for found in (dx, np.moveaxis(dx_fast, -1, 0)):
        np.testing.assert_allclose(found, dx_torch, atol=1e-12)


@pytest.mark.parametrize(("name", "extra"), [("conv", ["--layers", "LeNet conv1"]), ("lenet_step", [])])
def test_the_command_prints_ratios(name, extra, capsys, monkeypatch):
    for variable in THREADS:
        monkeypatch.setenv(variable, "1")
    assert main([name, "--json", "--rounds", "1", "--batches", "2", "--no-memory", *extra]) == 0
    found = json.loads(capsys.readouterr().out)["ratio"]
    assert all(0 < ratios["fast"] < 100 and ratios["readable"] > 0 for ratios in found.values())
    assert len(found) == 2
