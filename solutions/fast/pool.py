"""Max pooling with the batch last, for windows that do not overlap: arrays (C, H, W, N).

Each tap of the window is one strided view of x, so the maximum is taken between whole arrays. The backward pass asks
each tap in row-major order whether it holds the maximum, and gives the gradient to the first that does.
"""

from __future__ import annotations

import numpy as np


class MaxPool:
    """Max pooling with stride = kernel, with its working memory; every call overwrites what the last one returned.

    in_shape: (C, H, W, N).   kernel: rows and columns of a window, a whole number. A remainder of x is left out.
    Raises ValueError for a kernel below 1 or larger than the image.
    """

    def __init__(self, in_shape, dtype, kernel: int = 2):
        c, h, w, n = in_shape
        if kernel < 1 or min(h, w) < kernel:
            raise ValueError(f"kernel is {kernel}; a whole number from 1 to the image's size, {h}×{w}, is needed")
        self.kernel, shape = kernel, (c, h // kernel, w // kernel, n)
        self.y = np.empty(shape, dtype)
        self.won, self.left = np.empty(shape, bool), np.empty(shape, dtype)
        self.dx = np.zeros(in_shape, dtype)  # a remainder stays 0 for good

    def _taps(self, x: np.ndarray) -> list[np.ndarray]:
        """The views of x, one for each place of the window in row-major order."""
        k, (rows, columns) = self.kernel, self.y.shape[1:3]
        return [x[:, u : rows * k : k, v : columns * k : k] for u, v in np.ndindex(k, k)]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y, (C, H//k, W//k, N). x: (C, H, W, N)."""
        first, *others = self._taps(x)
        self.y[...] = first
        for tap in others:
            np.maximum(self.y, tap, out=self.y)
        return self.y

    def backward(self, dy: np.ndarray, x: np.ndarray) -> np.ndarray:
        """dx, (C, H, W, N). x: that of the last forward pass."""
        self.left[...] = dy  # what no tap has taken yet
        *taps, (last_dx, _) = zip(self._taps(self.dx), self._taps(x), strict=True)
        for dx, tap in taps:
            np.equal(tap, self.y, out=self.won)
            np.multiply(self.left, self.won, out=dx)
            np.subtract(self.left, dx, out=self.left)
        last_dx[...] = self.left
        return self.dx
