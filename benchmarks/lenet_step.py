"""Compare one training step of LeNet, in the fast layout and the readable reference, with PyTorch's tutorial.

    python -m benchmarks lenet_step --json

Forward pass, cross-entropy, backward pass and SGD with momentum, on one thread, for batches of three sizes in float32
and float64. A ratio is a side's time over that of PyTorch's step; below 1 is faster.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.measure import ROOT, peak_memory, ratio, round_to_3_digits, time_interleaved
from cnnlab import loader, nn
from cnnlab.train import step
from solutions.fast.lenet import BLOCK, LeNet

BATCHES, DTYPES = (4, 64, 256), ("float32", "float64")
LR, MOMENTUM = 0.001, 0.9

#: What each side is, for the reader of the numbers.
SIDES = {
    "pytorch": "PyTorch, its defaults: torch.optim.SGD, oneDNN as it comes",
    "pytorch_tuned": "PyTorch at its best settings here: fused SGD, oneDNN off",
    "fast": "solutions/fast: batch last, one matrix product for each pass of a layer",
    "readable": "solutions/ops in cnnlab.nn: the formulas, vectorised",
    "products": "NumPy's matrix products of the same shapes and nothing else: how fast this machine multiplies",
}


def run(arguments: list[str]) -> dict[str, Any]:
    """Time and peak memory of every side, batch and dtype."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks lenet_step")
    parser.add_argument(
        "--rounds", type=int, default=15, help="how often each side runs; the sides take turns (default 15)"
    )
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES, metavar="N", help="batch sizes")
    parser.add_argument(
        "--no-memory", action="store_true", help="do not measure peak memory, which takes one process per side"
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    ratios, milliseconds, memory = {}, {}, {}
    for dtype in DTYPES:
        for n in options.batches:
            name = f"{dtype} batch {n}"
            seconds = time_interleaved({s: side(s, n, dtype) for s in SIDES}, options.rounds)
            milliseconds[name] = {s: round_to_3_digits(1000 * median(taken)) for s, taken in seconds.items()}
            ratios[name] = {s: round_to_3_digits(ratio(seconds, s, "pytorch")) for s in SIDES if s != "pytorch"}
            ratios[name]["fast over pytorch_tuned"] = round_to_3_digits(ratio(seconds, "fast", "pytorch_tuned"))
            ratios[name]["fast over products"] = round_to_3_digits(ratio(seconds, "fast", "products"))
            measured = [s for s in SIDES if s != "products" and not options.no_memory]
            memory[name] = {s: peak_memory("benchmarks.lenet_step", s, str(n), dtype) for s in measured}
    return {"ratio": ratios, "milliseconds": milliseconds, "peak_megabytes": memory, "sides": SIDES}


def alone(name: str, n: str, dtype: str) -> Callable[[], None]:
    """Return a function that runs three steps of one side, to measure its memory."""
    torch.set_num_threads(1)
    one = side(name, int(n), dtype)

    def three() -> None:
        for _ in range(3):
            one()

    return three


def side(name: str, n: int, dtype: str) -> Callable[[], object]:
    """Return one step of a side, as a function to be timed."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, 1, 32, 32)).astype(dtype), rng.integers(0, 10, n)
    if name == "fast":
        return _fast(x, y)
    if name == "readable":
        return _readable(x, y)
    if name == "products":
        return _products(n, dtype)
    return _pytorch(x, y, tuned=name == "pytorch_tuned")


def _fast(x: np.ndarray, y: np.ndarray) -> Callable[[], float]:
    net = LeNet(nn.lenet(dtype=str(x.dtype)).state_dict(), lr=LR, momentum=MOMENTUM)
    return lambda: net.step(x, y)


def _readable(x: np.ndarray, y: np.ndarray) -> Callable[[], float]:
    loader.choose(ROOT / "solutions" / "ops")
    net, loss, optimizer = nn.lenet(dtype=str(x.dtype)), nn.CrossEntropyLoss(), nn.SGD(LR, momentum=MOMENTUM)
    return lambda: step(net, loss, optimizer, x, y)


def _pytorch(x: np.ndarray, y: np.ndarray, tuned: bool) -> Callable[[], None]:
    net = nn.to_torch(nn.lenet(dtype=str(x.dtype)))
    optimizer = torch.optim.SGD(net.parameters(), lr=LR, momentum=MOMENTUM, fused=tuned)
    criterion, images, classes = torch.nn.CrossEntropyLoss(), torch.tensor(x), torch.tensor(y)

    def one() -> None:
        optimizer.zero_grad()
        criterion(net(images), classes).backward()
        optimizer.step()

    def run_without_onednn() -> None:
        with _onednn_off():
            one()

    return run_without_onednn if tuned else one


@contextmanager
def _onednn_off() -> Iterator[None]:
    torch.backends.mkldnn.set_flags(_enabled=False)
    try:
        yield
    finally:
        torch.backends.mkldnn.set_flags(_enabled=True)


def _products(n: int, dtype: str) -> Callable[[], None]:
    """Return the products of the fast step: for every layer w · x, dy · xᵀ and, but for the first, wᵀ · dy."""
    # rows, inner, columns an image; a filter is there four times, once for each place in a pooling window
    layers = ((4 * 6, 1 * 36, 14 * 14), (4 * 16, 6 * 36, 5 * 5), (120, 400, 1), (84, 120, 1), (10, 84, 1))
    rng, jobs = np.random.default_rng(0), []
    for start in range(0, n, BLOCK):
        images = min(BLOCK, n - start)
        for place, (rows, inner, columns) in enumerate(layers):
            w, x, dy = (
                rng.normal(size=s).astype(dtype)
                for s in ((rows, inner), (inner, columns * images), (rows, columns * images))
            )
            pairs = [(w, x), (dy, x.T), *([(w.T, dy)] if place else [])]
            jobs += [(a, b, np.empty((len(a), b.shape[1]), dtype)) for a, b in pairs]

    def one() -> None:
        for a, b, out in jobs:
            np.matmul(a, b, out=out)

    return one
