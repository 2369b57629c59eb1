"""Convolution with the batch last: arrays (C, H, W, N), and one matrix product for each of the three passes.

The columns are a matrix (C·KH·KW, OH·OW·N): row (c, u, v) holds, for every output, the entry of x that the weight
w[:, c, u, v] meets there. Then y = w · columns, dw = dy · columnsᵀ, and dx adds the rows of wᵀ · dy back to where
the columns were taken from.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided


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
        self.stride, self.padding, self.kernel = stride, padding, (kh, kw)
        self.rows = c * kh * kw
        self.padded = np.zeros((c, h + 2 * padding, w + 2 * padding, n), dtype)
        self.columns = np.empty((c, kh, kw, oh, ow, n), dtype)
        self.y = np.empty((f, oh, ow, n), dtype)
        self.dcolumns: np.ndarray | None = None  # made when dx is first asked for

    def forward(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """y, (F, OH, OW, N), without a bias. x: (C, H, W, N).   w: (F, C, KH, KW)."""
        np.copyto(self.columns, self._windows(self._with_border(x)))
        np.matmul(w.reshape(-1, self.rows), self._matrix(self.columns), out=self.y.reshape(len(w), -1))
        return self.y

    def weight_grad(self, dy: np.ndarray, out: np.ndarray) -> np.ndarray:
        """dw, written into out, (F, C, KH, KW), from the columns of the last forward pass."""
        np.matmul(dy.reshape(len(dy), -1), self._matrix(self.columns).T, out=out.reshape(-1, self.rows))
        return out

    def input_grad(self, dy: np.ndarray, w: np.ndarray) -> np.ndarray:
        """dx, (C, H, W, N): a view into the working memory."""
        if self.dcolumns is None:
            self.dcolumns, self.dpadded = np.empty_like(self.columns), np.empty_like(self.padded)
        np.matmul(w.reshape(-1, self.rows).T, dy.reshape(len(dy), -1), out=self._matrix(self.dcolumns))
        self.dpadded[...] = 0
        s, (oh, ow) = self.stride, dy.shape[1:3]
        for u, v in np.ndindex(self.kernel):  # a tap's rows and columns: those that the forward pass took from x
            place = self.dpadded[:, u : u + s * (oh - 1) + 1 : s, v : v + s * (ow - 1) + 1 : s]
            np.add(place, self.dcolumns[:, u, v], out=place)
        return self._middle(self.dpadded)

    def _with_border(self, x: np.ndarray) -> np.ndarray:
        if self.padding == 0:
            return x
        self._middle(self.padded)[...] = x
        return self.padded

    def _middle(self, array: np.ndarray) -> np.ndarray:
        p = self.padding
        return array[:, p : array.shape[1] - p, p : array.shape[2] - p]

    def _windows(self, x: np.ndarray) -> np.ndarray:
        """x seen as (C, KH, KW, OH, OW, N): entry (c, u, v, i, j, n) is x[c, s·i + u, s·j + v, n]; no copy."""
        c, h, w, n = x.strides
        return as_strided(x, self.columns.shape, (c, h, w, self.stride * h, self.stride * w, n), writeable=False)

    def _matrix(self, columns: np.ndarray) -> np.ndarray:
        return columns.reshape(self.rows, -1)
