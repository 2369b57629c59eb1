"""Activations."""

from __future__ import annotations

from typing import Any

from cnnlab.errors import WrongValue
from cnnlab.nn.module import Layer


class ReLU(Layer):
    """max(x, 0), entry by entry (chapter 0).

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.ReLU()(np.array([-1.0, 2.0])))
        [0. 2.]
    """

    op_name = "relu"


class LeakyReLU(Layer):
    """x above 0, negative_slope · x below (chapter 4).

    Args:
        negative_slope: Slope below 0.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.LeakyReLU(0.1)(np.array([-1.0, 2.0])))
        [-0.1  2. ]
    """

    op_name = "leaky_relu"

    def __init__(self, negative_slope: float = 0.01):
        super().__init__()
        self.negative_slope = negative_slope

    def options(self) -> dict[str, Any]:
        return {"negative_slope": self.negative_slope}


class Sigmoid(Layer):
    """1 / (1 + exp(−x)), entry by entry (chapter 4).

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.Sigmoid()(np.array([0.0, 100.0])))
        [0.5 1. ]
    """

    op_name = "sigmoid"


class Tanh(Layer):
    """tanh(x), entry by entry (chapter 4).

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.Tanh()(np.array([0.0, 100.0])))
        [0. 1.]
    """

    op_name = "tanh"


class Softmax(Layer):
    """exp(x), divided by its sum along one axis (chapter 4).

    Args:
        dim: The axis of the classes; −1 is the last.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.Softmax()(np.array([[1.0, 1.0]])))
        [[0.5 0.5]]
    """

    op_name = "softmax"

    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def options(self) -> dict[str, Any]:
        return {"dim": self.dim}


class GELU(Layer):
    """x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2, entry by entry (chapter 4, optional).

    Args:
        approximate: "tanh", the only form here; torch's own default is "none".

    Raises:
        ValueError: approximate is not "tanh".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> print(nn.GELU()(np.array([0.0, 100.0])))
        [  0. 100.]
    """

    op_name = "gelu"

    def __init__(self, approximate: str = "tanh"):
        super().__init__()
        if approximate != "tanh":
            raise WrongValue(f"approximate is {approximate!r}; 'tanh' is needed")
        self.approximate = approximate

    def options(self) -> dict[str, Any]:
        return {"approximate": self.approximate}
