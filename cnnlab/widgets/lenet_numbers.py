"""Read what a trained LeNet makes of one digit, which authoring/build_picture_numbers.py has stored."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parents[1] / "data" / "embedded" / "lenet_digit.npz"

#: The values of a map are stored in so many levels, the highest for its layer's largest value.
LEVELS = 99


@cache
def _load_numbers() -> dict[str, np.ndarray]:
    with np.load(FILE) as file:
        return {name: file[name] for name in file.files}


def image_number() -> int:
    """Return the number of the test image of the embedded digits that is shown."""
    return int(_load_numbers()["image"])


def patch_corner() -> tuple[int, int]:
    """Return the row and column of the image where conv_explorer's pixels begin."""
    row, column = _load_numbers()["patch"]
    return int(row), int(column)


def kernel() -> list[list[int]]:
    """Return a 5×5 kernel of conv1, in hundredths."""
    return _load_numbers()["kernel"].tolist()


def gradient() -> list[list[int]]:
    """Return the gradient with respect to a 14×14 map of pool1, in ninths of its largest entry."""
    return _load_numbers()["gradient"].tolist()


def logits() -> list[int]:
    """Return the ten numbers of fc3, in hundredths."""
    return _load_numbers()["logits"].tolist()


def levels(line: str) -> tuple[Any, float]:
    """Return a layer's output after its ReLU, in levels, and its largest value. line: of the shape ledger."""
    return _load_numbers()[line].tolist(), float(_load_numbers()[f"{line}.largest"])
