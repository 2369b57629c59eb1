"""All derivatives of a learner's forward in a case, as a matrix: from it every dy gets its gradient without a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.reference.one_sided_differences import FLOAT64
from cnnlab.gradcheck.reference.products import Products


def compute_jacobian(forward: Callable[..., Any], case: Case, name: str) -> np.ndarray:
    """Return dy[j]/dx[i] of one input, (x.size, y.size), where y has no kink.

    The forward is asked at the points at which the gradient of the case itself was taken.
    """
    products = Products(forward, replace(case, dy=np.ones(np.shape(case.dy))), name)
    x = products.x.reshape(-1)
    h = (x + FLOAT64.steps[0] * np.maximum(1.0, np.abs(x) * 2.0**-20)) - x
    up, up_half, down, down_half = (products.evaluate_moved(np.arange(x.size), k * h) for k in (1.0, 0.5, -1.0, -0.5))
    near, far = (up_half - down_half) / h[:, None], (up - down) / (2 * h[:, None])
    return (4 * near - far) / 3
