"""Compute one-sided differences with error estimates, which detect kinks.

At every entry the slope is taken to the left and to the right. Where the two agree, the centred difference of two steps
is extrapolated (Richardson), and the distance between the last two estimates is its error. Where they disagree, a
smaller step is tried: a kink nearby drops out of sight, a kink at the entry itself does not. At such a kink each entry
of y has a slope on either side, and what lies between is right: bounds, and not one number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.gradcheck.reference.joint_products import JointProducts
from cnnlab.gradcheck.reference.products import Products


@dataclass(frozen=True)
class Precision:
    """How finely a forward computes, and what suits it.

    eps: the rounding of one operation.
    steps: for numbers near 1. A centred difference errs by h² f''' / 6 and by eps |f| / h, which balance near
        eps^(1/3); the extrapolation removes the h² term, so the first step is larger. The others are for kinks nearby.
    sides_rtol: slopes from the two sides agree where they differ by less than this, relative to their size.
    """

    eps: float
    steps: tuple[float, ...]
    sides_rtol: float


FLOAT64 = Precision(float(np.finfo(np.float64).eps), (2.0**-11, 2.0**-18, 2.0**-25), 1e-4)

#: For a forward that computes in float32 inside; the slopes are known to three digits or so, and errors say how well.
FLOAT32 = Precision(float(np.finfo(np.float32).eps), (2.0**-5, 2.0**-8, 2.0**-11), 2e-2)

#: Where the forward is evaluated around an entry, in steps: to the right, half as far, to the left, half as far.
SHARES_OF_STEP = (1.0, 0.5, -1.0, -0.5)

#: How many roundings of a product are laid to rounding, and not to a kink.
ROUNDINGS = 64


@dataclass(frozen=True)
class Slopes:
    """The derivative of sum(dy * y) with respect to every entry of one input.

    gradient: the derivative, at a kink the middle of the bounds.   errors: a bound on the error of each entry.
    low, high: the bounds at a kink, NaN elsewhere, infinite where nothing can be said.
    """

    gradient: np.ndarray
    errors: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class _Sides:
    """Slopes of every product at some entries, (K, y.size): to the left, to the right and centred.

    rounding: what rounding may have added to each.   error: of the sum over the products, (K,).
    """

    left: np.ndarray
    right: np.ndarray
    centre: np.ndarray
    rounding: np.ndarray
    error: np.ndarray

    def find_smooth(self, rtol: float) -> np.ndarray:
        """Return where both sides agree, (K,)."""
        apart = np.maximum(np.abs(self.right - self.left) - self.rounding, 0.0).sum(-1)
        return apart <= rtol * (np.abs(self.right) + np.abs(self.left)).sum(-1) / 2

    def rows(self, chosen: np.ndarray) -> _Sides:
        return _Sides(*(a[chosen] for a in (self.left, self.right, self.centre, self.rounding, self.error)))


def compute_slopes(
    products: Products | JointProducts, precision: Precision = FLOAT64, entries: np.ndarray | None = None
) -> Slopes:
    """Return the slopes at every entry of the point of `products`, or at some of them, and 0 at the others."""
    size, shape = products.x.size, products.x.shape
    gradient, errors = np.zeros(size), np.zeros(size)
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    left_over = np.arange(size) if entries is None else entries
    # a right backward rounds too: where y is saturated, its numbers cancel down to the rounding of dy * y
    rounding = ROUNDINGS * precision.eps * np.abs(products.here).max(initial=0.0)
    least = np.broadcast_to(rounding / np.maximum(1.0, products.largest * 2.0**-10), size)
    seen: list[_Sides] = []
    for steps in _list_steps(products.x.reshape(-1), precision.steps):
        if not len(left_over):
            break
        sides = _compute_sides(products, left_over, steps[left_over], precision)
        smooth = sides.find_smooth(precision.sides_rtol)
        gradient[left_over[smooth]] = sides.centre[smooth].sum(-1)
        errors[left_over[smooth]] = np.maximum(sides.error[smooth], least[left_over[smooth]])
        left_over, seen = left_over[~smooth], [*(s.rows(~smooth) for s in seen), sides.rows(~smooth)]
    if len(left_over):
        low[left_over], high[left_over] = _bound_kinks(seen, precision.sides_rtol)
        with np.errstate(invalid="ignore"):  # infinite bounds have no middle
            middle = (low[left_over] + high[left_over]) / 2
        gradient[left_over] = np.where(np.isfinite(middle), middle, 0.0)
    return Slopes(*(a.reshape(shape) for a in (gradient, errors, low, high)))


def compute_joint_slope(products: Products, precision: Precision = FLOAT64) -> float | None:
    """Return the slope when all entries grow by the same amount, or None at a kink.

    Cells that tie stay tied then, so that of a tied pooling window the sum is known where no single entry is.
    """
    x, h = products.x, precision.steps[1] * max(1.0, products.largest * 2.0**-20)
    up, up_half, down, down_half = products(np.stack([x + k * h for k in SHARES_OF_STEP]))[:, None]
    sides = _estimate_sides(up, up_half, down, down_half, products.here, np.array([[h]]), precision)
    return float(sides.centre.sum()) if sides.find_smooth(precision.sides_rtol)[0] else None


def _list_steps(x: np.ndarray, steps: tuple[float, ...]):
    """Yield steps for every entry, smaller and smaller, but never rounded away beside x."""
    size = np.abs(x)
    for step in steps:
        yield step * np.maximum(1.0, size * 2.0**-20)
    if ((size > 0) & (size < steps[-1])).any():  # beside a kink at 0, as near as x is
        yield np.where(size > 0, np.minimum(size, steps[-1]), steps[-1]) / 4


def _compute_sides(
    products: Products | JointProducts, entries: np.ndarray, steps: np.ndarray, precision: Precision
) -> _Sides:
    """Return the slopes of every product at some entries. A step is what x + h - x turned out to be."""
    x = products.x.reshape(-1)[entries]
    steps = (x + steps) - x
    moves = np.concatenate([share * steps for share in SHARES_OF_STEP])
    moved = products.evaluate_moved(np.tile(entries, len(SHARES_OF_STEP)), moves)
    up, up_half, down, down_half = np.split(moved, len(SHARES_OF_STEP))
    return _estimate_sides(up, up_half, down, down_half, products.here, steps[:, None], precision)


def _estimate_sides(up, up_half, down, down_half, here, h, precision: Precision) -> _Sides:
    right_far, right_near = (up - here) / h, (up_half - here) / (h / 2)
    left_far, left_near = (here - down) / h, (here - down_half) / (h / 2)
    right, left = 2 * right_near - right_far, 2 * left_near - left_far
    far, near = (right_far + left_far) / 2, (right_near + left_near) / 2
    centre = (4 * near - far) / 3
    changed = (up != here) | (up_half != here) | (down != here) | (down_half != here)
    if precision is not FLOAT64:
        changed = np.ones_like(changed)  # what did not change may be too small a change to see
    rounding = ROUNDINGS * precision.eps * np.where(changed, np.abs(here), 0.0) / h
    # of a smooth function the sides differ by h³; by more where its curvature jumps between the steps
    apart = np.maximum(np.abs(right - left) - rounding, 0.0)
    # twice: where the curvature jumps at the entry itself, each halving halves the error, and no more
    error = 2 * np.abs((centre - near).sum(-1)) + apart.sum(-1) + rounding.sum(-1) / 16
    return _Sides(left, right, centre, rounding, error)


def _bound_kinks(seen: list[_Sides], rtol: float) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds between the slopes of each side where two steps saw the same kink; else infinite ones.

    A jump shows a slope that grows as the step shrinks, a kink closer than every step a slope that changes.
    """
    before, last = seen[1], seen[-1]
    same = np.ones(len(last.left), bool)
    for a, b in ((before.left, last.left), (before.right, last.right)):
        apart = np.maximum(np.abs(a - b) - last.rounding, 0.0).sum(-1)
        same &= apart <= 10 * rtol * (np.abs(a) + np.abs(b)).sum(-1)
    low, high = (np.minimum(before.left, before.right).sum(-1), np.maximum(before.left, before.right).sum(-1))
    return np.where(same, low, -np.inf), np.where(same, high, np.inf)
