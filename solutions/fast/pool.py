"""A convolution with the max pooling after it, in one: arrays (C, H, W, N).

The p·p outputs of a pooling window come from windows of x that overlap. Together they see (K+p−1)² entries a channel,
and not p²·K²: 36 and not 100 for a kernel of 5 and a pooling of 2. So the convolution slides the whole pooling window:
its stride is p, its kernel K+p−1, and each filter is there p·p times, once at every place that it takes in the window.
Some weights are 0 and multiply in vain; in return there is a third of the columns to copy, and the taps of a pooling
window lie in p·p whole arrays, so that the largest is found without steps through memory.
"""

from __future__ import annotations

import numpy as np

from solutions.fast.conv import Conv


class PooledConv:
    """A convolution with stride 1 and max pooling with stride = kernel = pool, with their working memory.

    in_shape: (C, H, W, N).   w_shape: (F, C, K, K).   Every call overwrites what the last one returned.
    Raises ValueError for a pool below 1 and for what Conv refuses; the convolution must give whole pooling windows.
    """

    def __init__(self, in_shape, w_shape, dtype, *, pool: int = 2):
        f, c, kh, kw = w_shape
        if pool < 1:
            raise ValueError(f"pool is {pool}; at least 1 is needed")
        if (in_shape[1] - kh + 1) % pool or (in_shape[2] - kw + 1) % pool:
            raise ValueError(f"a {kh}×{kw} kernel on {in_shape[1]}×{in_shape[2]} leaves a remainder for pool {pool}")
        self.pool, places = pool, pool * pool
        shape = (f * places, c, kh + pool - 1, kw + pool - 1)
        self.conv = Conv(in_shape, shape, dtype, stride=pool)
        self.w, self.dw, self.dz = np.zeros(shape, dtype), np.empty(shape, dtype), np.empty_like(self.conv.y)
        pooled = (f, *self.conv.y.shape[1:])
        self.y, self.won = np.empty(pooled, dtype), np.empty(pooled, bool)
        self._kernels, self._dkernels = (self._places(a, kh, kw) for a in (self.w, self.dw))
        self._taps = [(self.conv.y[tap::places], self.dz[tap::places]) for tap in range(places)]

    def forward(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """y, (F, OH, OW, N), without a bias, which may be added after. x: (C, H, W, N).   w: (F, C, K, K)."""
        for kernel in self._kernels:
            kernel[...] = w
        self.conv.forward(x, self.w)
        (first, _), *others = self._taps
        self.y[...] = first
        for tap, _ in others:
            np.maximum(self.y, tap, out=self.y)
        return self.y

    def backward(self, dy: np.ndarray, dw: np.ndarray) -> None:
        """dw, written into dw, (F, C, K, K). dy: (F, OH, OW, N); what no window has taken yet is left in it."""
        *others, (_, last) = self._taps
        for tap, dz in others:  # in row-major order: of equal ones the first wins
            np.equal(tap, self.y, out=self.won)
            np.multiply(dy, self.won, out=dz)
            np.subtract(dy, dz, out=dy)
        last[...] = dy
        self.conv.weight_grad(self.dz, self.dw)
        dw[...] = 0
        for kernel in self._dkernels:
            dw += kernel

    def input_grad(self) -> np.ndarray:
        """dx, (C, H, W, N), after backward."""
        return self.conv.input_grad(self.dz, self.w)

    def _places(self, w: np.ndarray, kh: int, kw: int) -> list[np.ndarray]:
        """For every place (a, b) of the pooling window, the part of w that is the kernel there."""
        p = self.pool
        return [w[p * a + b :: p * p, :, a : a + kh, b : b + kw] for a, b in np.ndindex(p, p)]
