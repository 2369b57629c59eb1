"""Dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab.nn.initial import generator
from cnnlab.nn.module import Layer


class Dropout(Layer):
    """Dropout: in training some entries are set to 0, after eval() none (chapter 13).

    In training each entry is dropped with probability p and the others are multiplied by 1/(1 − p).
    x and y: any shape.

    Args:
        p: Probability that an entry is dropped, from 0 to 1.
        rng: Seed or Generator that every mask is drawn from; None draws others each time.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.Dropout(0.5, rng=0)
        >>> sorted(set(layer(np.ones(100)).tolist()))
        [0.0, 2.0]
        >>> print(layer.eval()(np.ones(3)))
        [1. 1. 1.]
    """

    op_name = "dropout"

    def __init__(self, p: float = 0.5, *, rng: int | np.random.Generator | None = None):
        super().__init__()
        self.p, self._rng = p, generator(rng)
        self._seed = 0
        self._drops: bool | None = None  # whether the last forward pass did

    def options(self) -> dict[str, Any]:
        return {"p": self.p, "rng": self._seed}

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._drops = self.training
        if not self._drops:
            return x
        self._seed = int(self._rng.integers(2**63))  # a seed and no Generator: PyTorch's gear needs the same mask
        return super().forward(x)

    def backward(self, dy: np.ndarray, input_grad: bool = True) -> np.ndarray | None:
        return dy if self._drops is False else super().backward(dy, input_grad)

    def __repr__(self) -> str:
        return f"Dropout(p={self.p})"
