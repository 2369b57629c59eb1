"""both_sides(): the check under each numbered step of a derivation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def both_sides(step: str, left: ArrayLike, right: ArrayLike, tolerance: float = 1e-9) -> None:
    """Print how far two sides of an equation are apart on these numbers.

    Args:
        step: What the line begins with, such as "Step 3".
        left: An array or a number.
        right: An array of the same shape, or a number.
        tolerance: The largest difference allowed, relative to the largest entry of right.

    Raises:
        AssertionError: The two sides differ by more than that, or have different shapes.

    Example:
        >>> import numpy as np
        >>> from cnnlab import both_sides
        >>> both_sides("Step 1", np.array([2.0, 4.0]) / 2, np.array([1.0, 2.0]))
        Step 1: both sides agree (largest difference 0.0e+00)
    """
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        raise AssertionError(f"{step}: the left side has shape {left.shape}, the right side {right.shape}")
    distance = float(np.abs(left - right).max(initial=0.0))
    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    if not distance <= tolerance * scale:
        raise AssertionError(f"{step}: the two sides are {distance:.2g} apart, where the largest entry is {scale:.3g}")
    print(f"{step}: both sides agree (largest difference {distance:.1e})")
