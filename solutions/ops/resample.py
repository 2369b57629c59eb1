"""Resampling: images made larger or smaller, forward and backward (chapter 14).

Each output row is a weighted mean of input rows, and each output column of input columns, so one matrix for the rows
and one for the columns hold everything there is to say:

    y[n,c,i,j] = sum over a,e of  rows[i,a] * columns[j,e] * x[n,c,a,e],        for each image   y = rows x columnsᵀ

A row of `rows` has a single 1 in mode "nearest", and at most two weights that add up to 1 in mode "bilinear". Which
rows they belong to depends on sizes and options alone, never on x: resampling is linear in x.

Shapes: x (N, C, H, W), y (N, C, OH, OW), rows (OH, H), columns (OW, W). Options and coordinates are those of
torch.nn.functional.interpolate.
"""

import math
from collections.abc import Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np

from cnnlab.ops.arguments import boolean, float_array, image_array, same_shape, size_pair

MODES = ("nearest", "bilinear")


class InterpolateCache(NamedTuple):
    """What the backward pass needs: the weights of the input rows in each output row, and of the columns."""

    rows: np.ndarray  # (OH, H)
    columns: np.ndarray  # (OW, W)


def interpolate_forward(
    x: np.ndarray,
    *,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> tuple[np.ndarray, InterpolateCache]:
    """Resample images to another size (chapter 14). Given; it is right.

    Args:
        x: Images, (N, C, H, W).
        size: OH and OW, an int or a pair; or None, and scale_factor is given.
        scale_factor: A number or a pair above 0: OH = floor(H * scale_factor); or None, and size is given.
        mode: "nearest" or "bilinear".
        align_corners: With "bilinear", whether the centres of the corner cells of x and y coincide (True), or the
            corners of the images do (False, and None means False). With "nearest" it must be None.

    Returns:
        y, (N, C, OH, OW), and the cache for interpolate_backward.

    Raises:
        ValueError, TypeError: An option is not of that kind, or both or none of size and scale_factor are given.

    Example:
        >>> y, _ = interpolate_forward(np.array([[[[0.0, 4.0]]]]), size=(1, 4), mode="bilinear")
        >>> print(y)
        [[[[0. 1. 3. 4.]]]]
    """
    image_array("x", x)
    if mode not in MODES:
        raise ValueError(f'mode is {mode!r}; "nearest" or "bilinear" is needed')
    if mode == "nearest" and align_corners is not None:
        raise ValueError(f'align_corners is {align_corners!r}; None is needed with mode "nearest"')
    aligned = boolean("align_corners", False if align_corners is None else align_corners)
    rows, columns = (
        resampling_matrix(old, new, step, mode, aligned).astype(x.dtype)
        for old, (new, step) in zip(x.shape[2:], output_sizes(x.shape[2:], size, scale_factor), strict=True)
    )
    return rows @ x @ columns.T, InterpolateCache(rows, columns)


def interpolate_backward(dy: np.ndarray, cache: InterpolateCache) -> np.ndarray:
    """Return the gradient of x (chapter 14, steps 5 to 7).

    Args:
        dy: Upstream gradient, (N, C, OH, OW).
        cache: From interpolate_forward.

    Returns:
        dx, (N, C, H, W).
    """
    rows, columns = cache
    float_array("dy", dy, 4)
    same_shape("dy", dy, (*dy.shape[:2], len(rows), len(columns)), "the shape of y")
    # dx[n,c,a,e] = sum over i,j of  rows[i,a] * columns[j,e] * dy[n,c,i,j]: what a cell gave out with a weight comes
    # back with that weight
    return rows.T @ dy @ columns


# The pieces of the forward pass.


def resampling_matrix(old: int, new: int, step: float, mode: str, aligned: bool) -> np.ndarray:
    """Return (new, old): the weight of every input cell in every output cell, along one axis.

    step: how far apart, in input cells, the centres of neighbouring output cells are.
    """
    i, matrix = np.arange(new), np.zeros((new, old))
    if new == old:  # PyTorch copies, whatever the factor was
        return np.eye(new)
    if mode == "nearest":  # PyTorch chooses in single precision, and takes a doubled size for a step of exactly 1/2
        at = np.floor(i.astype(np.float32) * np.float32(0.5 if new == 2 * old else step)).astype(int)
        matrix[i, np.minimum(at, old - 1)] = 1
        return matrix
    between_corners = (old - 1) / (new - 1) if new > 1 else 0.0
    at = i * between_corners if aligned else np.maximum((i + 0.5) * step - 0.5, 0)
    first = np.minimum(np.floor(at).astype(int), old - 1)
    share = np.minimum(at - first, 1)
    matrix[i, first] = 1 - share
    matrix[i, np.minimum(first + 1, old - 1)] += share
    return matrix


def output_sizes(image, size, scale_factor) -> list[tuple[int, float]]:
    """Return for rows and columns the size of y and the step from one output cell to the next, in cells of x."""
    if (size is None) == (scale_factor is None):
        raise ValueError(f"size is {size!r} and scale_factor {scale_factor!r}; exactly one of them is needed")
    if size is not None:
        return [(new, old / new) for old, new in zip(image, size_pair("size", size, 1), strict=True)]
    found = []
    for old, factor in zip(image, factor_pair(scale_factor), strict=True):
        if math.floor(old * factor) < 1:
            raise ValueError(f"scale_factor is {scale_factor!r} for an image of {image[0]}×{image[1]}; y has no cells")
        found.append((math.floor(old * factor), 1 / factor))
    return found


def factor_pair(value) -> tuple[float, float]:
    """Return (rows, columns) from a number that means both, or from a pair, each above 0 and finite."""
    factors = value if isinstance(value, (tuple, list)) else (value, value)
    if len(factors) != 2 or not all(isinstance(f, Real) for f in factors):
        raise TypeError(f"scale_factor is {value!r}; a number or a pair of numbers is needed")
    rows, columns = (float(f) for f in factors)
    if not (0 < rows < math.inf and 0 < columns < math.inf):
        raise ValueError(f"scale_factor is {value!r}; numbers above 0 are needed")
    return rows, columns
