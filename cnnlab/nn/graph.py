"""The graph convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnlab.nn.initial import draw_parameters, generator
from cnnlab.nn.module import Layer


class GraphConv(Layer):
    """A graph convolution, y = Â x wᵀ + b, for one graph (chapter 18).

    x: (V, in_features), a row for each node.   y: (V, out_features).   weight: (out_features, in_features).
    bias: (out_features,).   adjacency, a buffer: (V, V).

    Args:
        in_features: Numbers at a node.
        out_features: Numbers at a node of the output.
        adjacency: Â, (V, V), such as normalised_adjacency in graph.py makes it. It is not learned.
        rng: Seed or Generator for the first weights; None draws others each time.
        dtype: Of the parameters and of Â: "float32" or "float64".

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> layer = nn.GraphConv(3, 2, np.eye(5), rng=0)
        >>> layer(np.ones((5, 3))).shape
        (5, 2)
    """

    op_name, roles = "gcn", {"w": "weight", "b": "bias"}

    def __init__(
        self,
        in_features: int,
        out_features: int,
        adjacency: np.ndarray,
        *,
        rng: int | np.random.Generator | None = None,
        dtype: str = "float32",
    ):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.parameters = draw_parameters((out_features, in_features), out_features, True, generator(rng), dtype)
        self.buffers = {"adjacency": np.array(adjacency, dtype)}

    def more_inputs(self, x: np.ndarray) -> dict[str, Any]:
        return dict(self.buffers)

    def __repr__(self) -> str:
        return f"GraphConv({self.in_features}, {self.out_features}, {len(self.buffers['adjacency'])} nodes)"
