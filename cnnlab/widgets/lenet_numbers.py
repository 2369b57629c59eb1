"""Compute what the trained LeNet of the package makes of one digit, in small whole numbers for two pictures."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from cnnlab.widgets import trained_lenet

#: The test image that is shown.
IMAGE = 5

#: The kernel of conv1 and the map of pool1 that conv_explorer takes its numbers from, and where its pixels begin.
FILTER, PATCH_ROW, PATCH_COLUMN = 4, 8, 8

#: The gradient's cell that comes first, near its largest entries; what lies before it comes last.
FIRST_ROW, FIRST_COLUMN = 2, 3

#: The values of a map are given in so many levels, the highest for its layer's largest value.
LEVELS = 99

#: Line of the shape ledger -> the layer whose output it shows, after its ReLU.
SHOWN = {"conv1": "relu1", "pool1": "pool1", "conv2": "relu2", "pool2": "pool2", "flatten": "pool2"}
SHOWN |= {"fc1": "relu3", "fc2": "relu4"}


@cache
def _run_network() -> tuple[trained_lenet.Arrays, trained_lenet.Arrays]:
    """Return what every layer gives for the image, and the gradient with respect to it."""
    from cnnlab.data import digits

    test, weights = digits(dtype="float64").test, trained_lenet.load().weights()
    values = trained_lenet.run_forward(test.x[IMAGE, 0], weights)
    return values, trained_lenet.run_backward(values, int(test.y[IMAGE]), weights)


def image_number() -> int:
    """Return the number of the test image of the embedded digits that is shown."""
    return IMAGE


def patch_corner() -> tuple[int, int]:
    """Return the row and column of the image where conv_explorer's pixels begin."""
    return PATCH_ROW, PATCH_COLUMN


@cache
def kernel() -> list[list[int]]:
    """Return a 5×5 kernel of conv1, in hundredths."""
    return np.rint(100 * trained_lenet.load().weights()["conv1.weight"][FILTER, 0]).astype(int).tolist()


@cache
def gradient() -> list[list[int]]:
    """Return the gradient with respect to a 14×14 map of pool1, in ninths of its largest entry."""
    dy = _run_network()[1]["pool1"][FILTER]
    ninths = np.rint(9 * dy / np.abs(dy).max()).astype(int)
    return np.roll(ninths, (-FIRST_ROW, -FIRST_COLUMN), axis=(0, 1)).tolist()


@cache
def logits() -> list[int]:
    """Return the ten numbers of fc3, in hundredths."""
    return np.rint(100 * _run_network()[0]["logits"]).astype(int).tolist()


@cache
def levels(line: str) -> tuple[Any, float]:
    """Return a layer's output after its ReLU, in levels, and its largest value. line: of the shape ledger."""
    values = _run_network()[0][SHOWN[line]]
    largest = float(f"{values.max():.4g}")
    counted = np.rint(LEVELS * values / largest).astype(int)
    return (counted.ravel() if line == "flatten" else counted).tolist(), largest
