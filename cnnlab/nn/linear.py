"""The linear layer, and flatten."""

from __future__ import annotations

import numpy as np

from cnnlab.nn.initial import draw_parameters, generator
from cnnlab.nn.module import Layer


class Linear(Layer):
    """y = x wᵀ + b. x: (N, in_features).   weight: (out_features, in_features).   bias: (out_features,)."""

    op_name, roles = "linear", {"w": "weight", "b": "bias"}

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: int | np.random.Generator | None = None,
        dtype: str = "float32",
    ):
        super().__init__()
        self.in_features, self.out_features, self.bias = in_features, out_features, bias
        self.parameters = draw_parameters((out_features, in_features), out_features, bias, generator(rng), dtype)

    def __repr__(self) -> str:
        return f"Linear(in_features={self.in_features}, out_features={self.out_features}, bias={self.bias})"


class Flatten(Layer):
    """Everything after the first axis in one row for each sample."""

    op_name = "flatten"
