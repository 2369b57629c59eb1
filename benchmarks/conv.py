"""Compare convolution, forward and backward, in the fast layout and the readable reference with PyTorch.

    python -m benchmarks conv --json

The two convolutions of LeNet, and two as in larger networks. A ratio is a side's time over PyTorch's for y, dw and dx;
below 1 is faster. One thread. PyTorch gets its images in its own layout, the fast one with the batch last.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.measure import ROOT, peak_memory, ratio, round_to_3_digits, time_interleaved
from cnnlab import loader
from solutions.fast.conv import Conv

#: (C, H, W), (F, KH, KW), options
LAYERS = {
    "LeNet conv1": ((1, 32, 32), (6, 5, 5), {}),
    "LeNet conv2": ((6, 14, 14), (16, 5, 5), {}),
    "32 channels": ((32, 16, 16), (32, 3, 3), {"padding": 1}),
    "32 channels, stride 2": ((32, 16, 16), (64, 3, 3), {"padding": 1, "stride": 2}),
}
BATCHES, DTYPES = (4, 64), ("float32", "float64")

SIDES = {
    "pytorch": "torch.nn.functional.conv2d and torch.autograd.grad",
    "fast": "solutions/fast/conv.py: batch last, one matrix product for each pass",
    "readable": "solutions/ops/conv.py",
}


def run(arguments: list[str]) -> dict[str, Any]:
    """Time and peak memory of every side, layer, batch and dtype."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks conv")
    parser.add_argument(
        "--rounds", type=int, default=15, help="how often each side runs; the sides take turns (default 15)"
    )
    parser.add_argument(
        "--layers", nargs="+", choices=LAYERS, default=list(LAYERS), metavar="NAME", help="layers to measure"
    )
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES, metavar="N")
    parser.add_argument(
        "--no-memory", action="store_true", help="do not measure peak memory, which takes one process per side"
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    ratios, milliseconds, memory = {}, {}, {}
    for layer in options.layers:
        for dtype in DTYPES:
            for n in options.batches:
                name = f"{layer}, {dtype} batch {n}"
                seconds = time_interleaved({s: side(s, layer, n, dtype) for s in SIDES}, options.rounds)
                milliseconds[name] = {s: round_to_3_digits(1000 * median(taken)) for s, taken in seconds.items()}
                ratios[name] = {s: round_to_3_digits(ratio(seconds, s, "pytorch")) for s in SIDES if s != "pytorch"}
                measured = [] if options.no_memory else SIDES
                memory[name] = {s: peak_memory("benchmarks.conv", s, layer, str(n), dtype) for s in measured}
    return {"ratio": ratios, "milliseconds": milliseconds, "peak_megabytes": memory, "sides": SIDES}


def alone(name: str, layer: str, n: str, dtype: str) -> Callable[[], object]:
    """Return a function that runs one pass of one side, to measure its memory."""
    torch.set_num_threads(1)
    return side(name, layer, int(n), dtype)


def side(name: str, layer: str, n: int, dtype: str) -> Callable[[], object]:
    """Return one forward and backward pass of a side, as a function to be timed."""
    (c, h, w), (f, kh, kw), options = LAYERS[layer]
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(n, c, h, w)).astype(dtype), rng.normal(size=(f, c, kh, kw)).astype(dtype)
    return {"pytorch": _pytorch, "fast": _fast, "readable": _readable}[name](x, weights, options)


def _pytorch(x: np.ndarray, w: np.ndarray, options) -> Callable[[], object]:
    images, weights = torch.tensor(x, requires_grad=True), torch.tensor(w, requires_grad=True)
    dy = torch.ones_like(torch.nn.functional.conv2d(images, weights, **options))

    def one() -> object:
        y = torch.nn.functional.conv2d(images, weights, **options)
        return torch.autograd.grad(y, (images, weights), dy)

    return one


def _fast(x: np.ndarray, w: np.ndarray, options) -> Callable[[], object]:
    last = np.ascontiguousarray(np.moveaxis(x, 0, -1))
    layer, dw = Conv(last.shape, w.shape, x.dtype, **options), np.empty_like(w)
    dy = np.ones_like(layer.forward(last, w))

    def one() -> object:
        return layer.forward(last, w), layer.weight_grad(dy, dw), layer.input_grad(dy, w)

    return one


def _readable(x: np.ndarray, w: np.ndarray, options) -> Callable[[], object]:
    ops: Any = loader.folder(ROOT / "solutions" / "ops").load("conv").module
    dy = np.ones_like(ops.conv2d_forward(x, w, None, **options)[0])

    def one() -> object:
        y, cache = ops.conv2d_forward(x, w, None, **options)
        return y, ops.conv2d_backward(dy, cache)

    return one
