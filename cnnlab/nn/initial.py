"""Draw the initial parameters as torch does."""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from cnnlab.nn.module import Parameter


def generator(rng: int | np.random.Generator | None) -> np.random.Generator:
    """Return a Generator unchanged, or a new one from a seed or from None."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)


def draw_parameters(
    w_shape: tuple[int, ...], outputs: int, bias: bool, rng: np.random.Generator, dtype: str
) -> dict[str, Parameter]:
    """Draw weight and bias uniformly from [-k, k], k = 1/sqrt(fan_in): He's rule as torch uses it (a = sqrt 5).

    fan_in: the product of all sizes of the weight but the first.
    """
    k = 1 / sqrt(max(1, prod(w_shape[1:])))
    found = {"weight": Parameter(rng.uniform(-k, k, w_shape).astype(dtype))}
    if bias:
        found["bias"] = Parameter(rng.uniform(-k, k, outputs).astype(dtype))
    return found
