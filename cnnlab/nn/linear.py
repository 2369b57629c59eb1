"""The linear layer, and flatten."""

from __future__ import annotations

import numpy as np

from cnnlab.nn.initial import draw_parameters, generator
from cnnlab.nn.module import Layer


class Linear(Layer):
    """A linear layer, y = x wᵀ + b (chapter 5).

    x: (N, in_features).   y: (N, out_features).   weight: (out_features, in_features).   bias: (out_features,).

    Args:
        in_features: Numbers in a sample.
        out_features: Numbers in an output.
        bias: Whether there is a bias.
        rng: Seed or Generator for the first weights; None draws others each time.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.Linear(3, 2, rng=0)
        >>> layer(np.ones((5, 3))).shape
        (5, 2)
        >>> layer.parameters["weight"].data.shape
        (2, 3)
    """

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
    """Everything after the first axis in one row for each sample (chapter 5).

    x: (N, ...).   y: (N, D), D the product of the other sizes.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> nn.Flatten()(np.zeros((2, 3, 4, 4))).shape
        (2, 48)
    """

    op_name = "flatten"
