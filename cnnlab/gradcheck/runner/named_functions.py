"""Define functions and random generators by name, as arguments of exercises that take one.

A name crosses to the grading worker, a function does not. All but the sine are such that on small whole
numbers, and with a step that is a power of two, every difference of theirs is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def square(x):
    return x**2


def cube(x):
    return x**3


def neighbours(x):
    """Return each entry times the next one along the last axis, the last times the first."""
    return x * np.roll(x, -1, axis=-1)


def rows_below(x):
    """Return each entry times the one in the next row, the last row times the first."""
    return x * np.roll(x, -1, axis=0)


def row_sums(x):
    """Return the sum of squares of each row: one axis less than x."""
    return (x**2).sum(axis=-1)


def total(x):
    """Return the sum of all cubes: one number."""
    return (x**3).sum()


def products(x):
    """Return every entry times every entry: twice the axes of x."""
    return np.multiply.outer(x, x)


def matrix(x):
    """Return each row times a fixed matrix with one more column than x."""
    rows = x.shape[-1]
    i, j = np.indices((rows, rows + 1))
    return x @ ((3 * i + 5 * j) % 7 - 3)


def same(x):
    """Return the argument itself."""
    return x


def backwards(x):
    """Return a view of the argument, its first axis backwards."""
    return x[::-1]


def absolute(x):
    return np.abs(x)


def sine(x):
    return np.sin(x)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    f.__name__: f
    for f in (square, cube, neighbours, rows_below, row_sums, total, products, matrix, same, backwards, absolute, sine)
}


#: Before the seed in the name of a random generator.
GENERATOR = "Generator with seed "


def name_generator(seed: int) -> str:
    """Return the name of a random generator that begins with this seed."""
    return f"{GENERATOR}{seed}"


def make_generators(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with a new generator in place of each name of one."""
    return {
        key: np.random.default_rng(int(value.removeprefix(GENERATOR)))
        if isinstance(value, str) and value.startswith(GENERATOR)
        else value
        for key, value in options.items()
    }


def get_function(name: str) -> Callable[[Any], Any]:
    """Return the function of that name."""
    return FUNCTIONS[name]
