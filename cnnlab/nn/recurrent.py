"""The recurrent network, whose one bias is the sum of torch's two."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

import numpy as np

from cnnlab.nn.initial import generator
from cnnlab.nn.module import Layer, Parameter

#: The bias here, and torch's two biases, which it always adds up.
BIAS, TORCH_BIASES = "bias_l0", ("bias_ih_l0", "bias_hh_l0")


class RNN(Layer):
    """A recurrent layer along sequences, from a state of zeros (chapter 18).

    x: (N, T, input_size).   y: (N, T, hidden_size).   weight_ih_l0: (hidden_size, input_size).
    weight_hh_l0: (hidden_size, hidden_size).   bias_l0: (hidden_size,), the sum of torch's two.

    It is torch's RNN(batch_first=True) with one layer and tanh, but for what it returns: torch's also gives the last
    state, so that torch's Sequential cannot have a layer after it.

    Args:
        input_size: Numbers in x at each time.
        hidden_size: Numbers in y at each time.
        rng: Seed or Generator for the first weights; None draws others each time.
        dtype: Of the parameters: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.RNN(3, 2, rng=0)
        >>> layer(np.ones((5, 4, 3))).shape
        (5, 4, 2)
    """

    op_name, roles = "rnn", {"w_ih": "weight_ih_l0", "w_hh": "weight_hh_l0", "b": BIAS}

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        rng: int | np.random.Generator | None = None,
        dtype: str = "float32",
    ):
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        rng, k = generator(rng), 1 / sqrt(max(1, hidden_size))

        def draw(*shape: int) -> np.ndarray:
            return rng.uniform(-k, k, shape)

        drawn = {
            "weight_ih_l0": draw(hidden_size, input_size),
            "weight_hh_l0": draw(hidden_size, hidden_size),
            BIAS: draw(hidden_size) + draw(hidden_size),
        }
        self.parameters = {name: Parameter(array.astype(dtype)) for name, array in drawn.items()}

    def more_inputs(self, x: np.ndarray) -> dict[str, Any]:
        return {"h0": np.zeros((len(x), self.hidden_size), self.parameters[BIAS].data.dtype)}

    def __repr__(self) -> str:
        return f"RNN({self.input_size}, {self.hidden_size})"


def split_bias(state: Mapping[str, Any], layer: str) -> dict[str, Any]:
    """Return a state with torch's two biases in place of one: it, and zeros. layer: the name in front, with a dot."""
    ours = state[layer + BIAS]
    two = {layer + TORCH_BIASES[0]: ours, layer + TORCH_BIASES[1]: np.zeros_like(ours)}
    return {name: array for name, array in state.items() if name != layer + BIAS} | two


def join_biases(state: Mapping[str, Any], layer: str) -> dict[str, Any]:
    """Return a state with the sum of torch's two biases in place of them. layer: as in split_bias."""
    two = [layer + name for name in TORCH_BIASES]
    return {name: array for name, array in state.items() if name not in two} | {
        layer + BIAS: state[two[0]] + state[two[1]]
    }
