"""The check under each numbered step of a derivation."""

from __future__ import annotations

import numpy as np


def both_sides(step: str, left, right, tolerance: float = 1e-9) -> None:
    """Print how far two sides of an equation are apart on these numbers, or raise AssertionError if they disagree.

    left, right: arrays or numbers of one shape.   tolerance: relative to the largest entry.
    """
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        raise AssertionError(f"{step}: the left side has shape {left.shape}, the right side {right.shape}")
    distance = float(np.abs(left - right).max(initial=0.0))
    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    if not distance <= tolerance * scale:
        raise AssertionError(f"{step}: the two sides are {distance:.2g} apart, where the largest entry is {scale:.3g}")
    print(f"{step}: both sides agree (largest difference {distance:.1e})")
