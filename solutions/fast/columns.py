"""The windows of an image as the columns of a matrix, with the batch last; there and back.

Row (c, u, v) of the matrix (C·KH·KW, OH·OW·N) holds, for every output, the entry of x that lies at place (u, v) of its
window. With a stride s, neighbouring outputs have windows that lie s apart. So x is first sorted into s × s phases, one
for each remainder of row and column by s; within a phase neighbours are neighbours again, and long runs are copied.

Where everything lies is known before the first image comes. All views are made once; what remains is a list of copies.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided


class Columns:
    """The working memory for images of one size; every call overwrites what the last one returned.

    in_shape: (C, H, W, N).   kernel: (KH, KW).   outputs: (OH, OW).   stride, padding: whole numbers.
    """

    def __init__(self, in_shape, kernel, outputs, dtype, stride: int, padding: int):
        c, h, w, n = self.in_shape = tuple(in_shape)
        self.kernel, self.outputs, self.stride, self.padding = kernel, outputs, stride, padding
        high, wide = (-(-(size + 2 * padding) // stride) for size in (h, w))
        self._phases = np.zeros((c, stride, stride, high, wide, n), dtype)  # the border stays 0 in images
        self._columns = np.empty((c, *kernel, *outputs, n), dtype)
        self.matrix = self._columns.reshape(c * kernel[0] * kernel[1], -1)
        self._inside = list(self._iterate_phases())
        self._windows = list(self._pair_with_phases())
        self._taps = list(self._pair_with_places())

    def read(self, x: np.ndarray) -> np.ndarray:
        """The matrix of x's windows. x: (C, H, W, N), in memory as it likes."""
        for own, phase in self._inside:
            phase[...] = x[own]
        for columns, windows in self._windows:
            columns[...] = windows
        return self.matrix

    def add_up(self, x: np.ndarray) -> np.ndarray:
        """Add every entry of the matrix to the cell of x that it was read from; x is overwritten and returned."""
        self._phases[...] = 0
        for taps, place in self._taps:
            np.add(place, taps, out=place)
        for own, phase in self._inside:
            x[own] = phase
        return x

    def _iterate_phases(self) -> Iterator[tuple[tuple[slice, ...], np.ndarray]]:
        """Which entries of x belong to a phase, and where they lie in it.

        Row s·i + a of the padded image and its column s·j + b are entry (i, j) of phase (a, b).
        """
        s, p, (_, h, w, _) = self.stride, self.padding, self.in_shape
        for a, b in np.ndindex(s, s):
            row, column = (a - p) % s, (b - p) % s  # the first that is not of the border
            i, j = (row + p) // s, (column + p) // s
            high, wide = len(range(row, h, s)), len(range(column, w, s))
            own = (slice(None), slice(row, None, s), slice(column, None, s))
            yield own, self._phases[:, a, b, i : i + high, j : j + wide]

    def _pair_with_phases(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The places of the window that meet one phase, and all that they meet there."""
        s, (c, _, _, h, w, n) = self.stride, self._phases.strides
        for a, b in np.ndindex(s, s):
            columns = self._columns[:, a::s, b::s]
            if columns.size:
                yield columns, as_strided(self._phases[:, a, b], columns.shape, (c, h, w, h, w, n), writeable=False)

    def _pair_with_places(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """s × s places of the window at a time, each with a phase of its own, and where they belong."""
        s, (kh, kw), (oh, ow) = self.stride, self.kernel, self.outputs
        for u, v in np.ndindex(-(-kh // s), -(-kw // s)):
            taps = self._columns[:, s * u : s * (u + 1), s * v : s * (v + 1)]
            yield taps, self._phases[:, : taps.shape[1], : taps.shape[2], u : u + oh, v : v + ow]
