"""What every op does with its arguments first: read sizes as pairs, and refuse what cannot be computed.

Given whole; there is nothing to write here. Each function returns what it checked or raises ValueError or TypeError
with the argument's name, what was found and what was needed.
"""

from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np


def size_pair(name: str, value: int | Sequence[int], least: int) -> tuple[int, int]:
    """(rows, columns) from an int, alone or in a tuple, meaning both, or a pair of ints, none below `least`."""
    if type(value) is int and value >= least:
        return value, value
    sizes = (value,) if isinstance(value, Integral) else value
    if not (isinstance(sizes, (tuple, list)) and len(sizes) in (1, 2) and all(isinstance(v, Integral) for v in sizes)):
        raise TypeError(f"{name} is {value!r}; an int or a pair of ints is needed")
    rows, columns = int(sizes[0]), int(sizes[-1])
    if min(rows, columns) < least:
        raise ValueError(f"{name} is {value!r}; {least} or more is needed")
    return rows, columns


def positive(name: str, value: int) -> int:
    """`value` if it is a whole number from 1 up."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}; an int is needed")
    if value < 1:
        raise ValueError(f"{name} is {value}; 1 or more is needed")
    return int(value)


def float_array(name: str, value: np.ndarray, ndim: int) -> np.ndarray:
    """`value` if it is an array of floating-point numbers with `ndim` axes."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} is a {type(value).__name__}; a NumPy array is needed")
    if value.dtype.kind != "f":
        raise TypeError(f"{name} has dtype {value.dtype}; floating-point numbers are needed")
    if value.ndim != ndim:
        raise ValueError(f"{name} has shape {value.shape}, {value.ndim} axes; {ndim} axes are needed")
    return value


def same_shape(name: str, value: np.ndarray, shape: tuple[int, ...], because: str) -> np.ndarray:
    """`value` if its shape is `shape`; `because` says where that shape comes from."""
    if value.shape != tuple(shape):
        raise ValueError(f"{name} has shape {value.shape}; {tuple(shape)} is needed: {because}")
    return value


def image_array(name: str, value: np.ndarray) -> np.ndarray:
    """`value` if it is laid out as images are, (N, C, H, W), or weights: there may be none, but none may be empty."""
    if 0 in float_array(name, value, 4).shape[1:]:
        raise ValueError(f"{name} has shape {value.shape}; 1 or more on every axis but the first is needed")
    return value


def boolean(name: str, value: bool) -> bool:
    """`value` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} is {value!r}; True or False is needed")
    return bool(value)


def float_values(name: str, value: np.ndarray) -> np.ndarray:
    """`value` if it is an array of floating-point numbers with any number of axes; a NumPy number has none."""
    if not isinstance(value, (np.ndarray, np.generic)):
        raise TypeError(f"{name} is a {type(value).__name__}; a NumPy array is needed")
    return float_array(name, np.asarray(value), value.ndim)


def number_from_zero(name: str, value: float) -> float:
    """`value` as a Python float, which leaves an array's dtype alone, if it is a number from 0 up."""
    if not isinstance(value, (float, Real)) or isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}; a number is needed")
    if not value >= 0:
        raise ValueError(f"{name} is {value}; 0 or more is needed")
    return float(value)


def float_array_from(name: str, value: np.ndarray, least: int) -> np.ndarray:
    """`value` if it is an array of floating-point numbers with `least` axes or more."""
    if isinstance(value, np.ndarray) and value.ndim < least:
        raise ValueError(f"{name} has shape {value.shape}, {value.ndim} axes; {least} axes or more are needed")
    return float_array(name, value, np.ndim(value))


def real_number(name: str, value: float) -> float:
    """`value` as a Python float, which leaves an array's dtype alone, if it is one number; it may be an array's."""
    number = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if not isinstance(number, Real) or isinstance(number, bool):
        raise TypeError(f"{name} is {value!r}; a number is needed")
    return float(number)


def upstream(dy: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """dy, the upstream gradient, if it is an array of floating-point numbers of y's shape."""
    return same_shape("dy", float_values("dy", dy), shape, "the shape of y")
