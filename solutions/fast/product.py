"""Matrix products with one very long axis, in parts.

The library behind NumPy first copies the factors of a large product into blocks that suit the processor. For a product
of small matrices it skips that. A convolution's products are thin: a few dozen rows, and thousands of columns, one for
each output of each image. Copying costs them as much as multiplying. In parts they count as small, and all parts are
one call.
"""

from __future__ import annotations

import numpy as np

#: Multiplications up to which OpenBLAS takes a product for a small one.
SMALL = 1_000_000


def wide(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """a · b, written into out, for a b with many columns. a: (M, K).   b: (K, L).   out: (M, L)."""
    n = parts(b.shape[1], SMALL // a.size)
    if n:
        np.matmul(a, _split(b, n), out=_split(out, n))
    else:
        np.matmul(a, b, out=out)


def deep(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """a · bᵀ, written into out, for sums of many products. a: (M, L).   b: (K, L).   out: (M, K).

    Each part is a whole (M, K), to be added up; that pays while a part's sums are longer than it has rows and columns.
    """
    longest = SMALL // out.size
    n = parts(a.shape[1], longest) if longest > sum(out.shape) else 0
    if n:
        np.matmul(_split(a, n), _split(b, n).mT).sum(axis=0, out=out)
    else:
        np.matmul(a, b.T, out=out)


def parts(length: int, longest: int) -> int:
    """The least number of equal parts that are no longer than `longest`; 0 where there are none, or one is enough."""
    least = -(-length // longest) if longest else length
    return next((n for n in range(least, 2 * least + 1) if n > 1 and length % n == 0), 0) if least > 1 else 0


def _split(matrix: np.ndarray, n: int) -> np.ndarray:
    """(R, L) seen as (n, R, L/n)."""
    return matrix.reshape(len(matrix), n, -1).swapaxes(0, 1)
