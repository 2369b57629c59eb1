"""Activations."""

from __future__ import annotations

from typing import Any

from cnnlab.nn.module import Layer


class ReLU(Layer):
    """max(x, 0), entry by entry."""

    op_name = "relu"


class LeakyReLU(Layer):
    """x above 0, negative_slope · x below."""

    op_name = "leaky_relu"

    def __init__(self, negative_slope: float = 0.01):
        super().__init__()
        self.negative_slope = negative_slope

    def options(self) -> dict[str, Any]:
        return {"negative_slope": self.negative_slope}


class Sigmoid(Layer):
    """1 / (1 + exp(−x)), entry by entry."""

    op_name = "sigmoid"


class Tanh(Layer):
    """tanh(x), entry by entry."""

    op_name = "tanh"


class Softmax(Layer):
    """exp(x), divided by its sum along `dim`."""

    op_name = "softmax"

    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def options(self) -> dict[str, Any]:
        return {"dim": self.dim}
