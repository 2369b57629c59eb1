"""Convolution with the batch last: arrays (C, H, W, N), and one matrix product for each of the three passes.

y = w · columns, dw = dy · columnsᵀ, and dx adds the rows of wᵀ · dy back to where the columns were taken from.
"""

from __future__ import annotations

import numpy as np

from solutions.fast.columns import Columns
from solutions.fast.product import deep, wide


class Conv:
    """A convolution of images of one size, with its working memory; every call overwrites what the last one returned.

    in_shape: (C, H, W, N).   w_shape: (F, C, KH, KW).   stride, padding: whole numbers, for rows and columns alike.
    Raises ValueError for a stride below 1, a padding below 0, other channels, or a kernel larger than the image.
    """

    def __init__(self, in_shape, w_shape, dtype, *, stride: int = 1, padding: int = 0):
        c, h, w, n = in_shape
        f, wc, kh, kw = w_shape
        if stride < 1 or padding < 0:
            raise ValueError(f"stride is {stride} and padding {padding}; at least 1 and at least 0 are needed")
        if wc != c:
            raise ValueError(f"the weights are for {wc} channels; {c} are needed")
        oh, ow = ((size + 2 * padding - k) // stride + 1 for size, k in ((h, kh), (w, kw)))
        if min(oh, ow) < 1:
            raise ValueError(f"the kernel is {kh}×{kw} and the padded image {h + 2 * padding}×{w + 2 * padding}")
        self._about = (in_shape, (kh, kw), (oh, ow), dtype, stride, padding)
        self._columns, self._dcolumns = Columns(*self._about), None
        self.y = np.empty((f, oh, ow, n), dtype)
        self.dx: np.ndarray | None = None

    def forward(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """y, (F, OH, OW, N), without a bias. x: (C, H, W, N), in memory as it likes.   w: (F, C, KH, KW)."""
        wide(_rows(w), self._columns.read(x), _rows(self.y))
        return self.y

    def weight_grad(self, dy: np.ndarray, out: np.ndarray) -> np.ndarray:
        """dw, written into out, (F, C, KH, KW), from the columns of the last forward pass."""
        deep(_rows(dy), self._columns.matrix, _rows(out))
        return out

    def input_grad(self, dy: np.ndarray, w: np.ndarray) -> np.ndarray:
        """dx, (C, H, W, N)."""
        if self._dcolumns is None or self.dx is None:  # the first layer of a network is never asked
            self._dcolumns, self.dx = Columns(*self._about), np.empty(self._about[0], dy.dtype)
        wide(_rows(w).T, _rows(dy), self._dcolumns.matrix)
        return self._dcolumns.add_up(self.dx)


def _rows(array: np.ndarray) -> np.ndarray:
    """A matrix with one row for each filter."""
    return array.reshape(len(array), -1)
