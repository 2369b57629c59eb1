"""The residual block."""

from __future__ import annotations

import numpy as np

from cnnlab.nn.initial import draw_parameters, generator
from cnnlab.nn.module import Layer


class ResidualBlock(Layer):
    """Two linear layers with a ReLU between them and a shortcut around them (chapter 17).

    y = x + relu(x w1ᵀ + b1) w2ᵀ + b2.   x, y: (N, features).   weight1: (hidden, features).   bias1: (hidden,).
    weight2: (features, hidden).   bias2: (features,).

    Args:
        features: Numbers in a sample, and in an output.
        hidden: Numbers between the two layers.
        rng: Seed or Generator for the first weights; None draws others each time.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> block = nn.ResidualBlock(3, 8, rng=0)
        >>> block(np.ones((5, 3))).shape
        (5, 3)
    """

    op_name, roles = "residual_block", {"w1": "weight1", "b1": "bias1", "w2": "weight2", "b2": "bias2"}

    def __init__(
        self,
        features: int,
        hidden: int,
        *,
        rng: int | np.random.Generator | None = None,
        dtype: str = "float32",
    ):
        super().__init__()
        self.features, self.hidden = features, hidden
        rng = generator(rng)
        for number, (outputs, inputs) in enumerate(((hidden, features), (features, hidden)), 1):
            layer = draw_parameters((outputs, inputs), outputs, True, rng, dtype)
            self.parameters |= {f"{name}{number}": parameter for name, parameter in layer.items()}

    def __repr__(self) -> str:
        return f"ResidualBlock({self.features}, {self.hidden})"
