"""Arrays as matrices that can be read: rows and columns with their numbers, and which of the cells are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.gradcheck.render.palette import Role
from cnnlab.gradcheck.wording import write_number

#: A larger matrix is cropped to this many rows and columns, around the cell that is looked at.
MOST_ROWS, MOST_COLUMNS = 10, 8

#: Of an array with more axes, this many planes are shown of what goes in, and of what came back.
MOST_PLANES, MOST_RESULTS = 4, 2


@dataclass(frozen=True)
class Matrix:
    """One plane of an array, as text.

    name: of the array, with the place of the plane: "x[0, 1]".   title: what it is, such as its shape or "got".
    rows, columns: the numbers at the edge; rows is empty for an array of one axis.   cells: row by row.
    signs: of each number, -1, 0 or 1.   wrong: which cells are; empty where nothing is compared.
    chosen: the cell that is looked at, by position in `cells`.
    """

    name: str
    title: str
    role: Role
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    signs: tuple[tuple[int, ...], ...]
    wrong: tuple[tuple[bool, ...], ...] = ()
    chosen: tuple[int, int] | None = None

    def is_wrong(self, i: int, j: int) -> bool:
        """Return whether the cell in this row and column is wrong."""
        return bool(self.wrong) and self.wrong[i][j]


def describe_shape(array: np.ndarray) -> str:
    """Return "3×3" or "4 numbers"."""
    if array.ndim == 1:
        return f"{array.size} number{'' if array.size == 1 else 's'}"
    return "×".join(map(str, array.shape))


def list_planes(
    name: str,
    title: str,
    role: Role,
    array: np.ndarray,
    wrong: np.ndarray | None = None,
    chosen: tuple[int, ...] | None = None,
    signed: bool = False,
    most: int = MOST_PLANES,
) -> list[Matrix]:
    """Return an array of one axis or more plane by plane, the plane of the chosen cell first.

    signed: whether a number above 0 gets its sign, as a difference does.   most: how many planes to show.
    """
    indices = list(np.ndindex(array.shape[:-2]))
    if chosen:
        indices.sort(key=lambda index: index != chosen[: len(index)])
    planes = []
    for index in indices[:most]:
        place = f"[{', '.join(map(str, index))}]" if len(indices) > 1 else ""
        near = chosen[-2:] if chosen and chosen[: len(index)] == index else None
        marks = None if wrong is None else wrong[index]
        said = title if index == indices[0] else ""  # said once
        planes.append(_make_matrix(f"{name}{place}", said, role, array[index], marks, near, signed))
    return planes


def count_hidden_planes(array: np.ndarray, most: int = MOST_PLANES) -> int:
    """Return how many planes of an array are not shown."""
    return max(0, int(np.prod(array.shape[:-2])) - most)


def crop_axis(length: int, most: int, near: int = 0) -> range:
    """Return the part of an axis that is shown: at most this long, with the place that is looked at in its middle."""
    start = min(max(0, near - most // 2), max(0, length - most))
    return range(start, min(length, start + most))


def _make_matrix(
    name: str, title: str, role: Role, plane: np.ndarray, wrong: np.ndarray | None, near, signed: bool
) -> Matrix:
    flat = plane.ndim == 1
    grid = np.atleast_2d(plane)
    marks = None if wrong is None else np.atleast_2d(wrong)
    i, j = (0, near[-1]) if near and flat else near or (0, 0)
    rows, columns = crop_axis(grid.shape[0], MOST_ROWS, i), crop_axis(grid.shape[1], MOST_COLUMNS, j)
    part = grid[np.ix_(rows, columns)]
    return Matrix(
        name,
        (title + _describe_crop(grid.shape, rows, columns)).removeprefix(", "),
        role,
        () if flat else tuple(rows),
        tuple(columns),
        tuple(tuple(write_cell(v, signed) for v in row) for row in part),
        tuple(tuple(_find_sign(v) for v in row) for row in part),
        () if marks is None else tuple(tuple(bool(v) for v in row) for row in marks[np.ix_(rows, columns)]),
        (i - rows.start, j - columns.start) if near and grid.size > 1 else None,
    )


def _describe_crop(shape: tuple[int, ...], rows: range, columns: range) -> str:
    """Return which part of a matrix is shown, or "" for all of it."""
    if (len(rows), len(columns)) == shape:
        return ""
    return f", part of {shape[0]}×{shape[1]}" if shape[0] > 1 else f", part of {shape[1]}"


def write_cell(value, signed: bool = False) -> str:
    """Return one entry of an array, short; signed: with a plus sign above 0."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if not isinstance(value, (int, float, np.integer, np.floating)):
        return str(value)[:12]
    text = write_number(float(value))
    return f"+{text}" if signed and value > 0 else text


def _find_sign(value) -> int:
    """Return -1, 0 or 1; of what is no number, 0."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return 0
    return int(value > 0) - int(value < 0)
