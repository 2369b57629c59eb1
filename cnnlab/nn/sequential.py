"""Layers one after the other."""

from __future__ import annotations

import numpy as np

from cnnlab.nn.module import Module


class Sequential(Module):
    """Layers, the output of each the input of the next.

    Args:
        *layers: Layers in order, which are named "0", "1", as torch does.
        **named: Layers in order by name, in place of those: Sequential(conv1=a, relu1=b).

    Raises:
        TypeError: What is given is not a layer, or some have names and some have none.
        ValueError: The same layer is given twice; each place needs one of its own.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> net = nn.Sequential(fc=nn.Linear(3, 2, rng=0), relu=nn.ReLU())
        >>> net(np.ones((5, 3))).shape
        (5, 2)
        >>> [name for name, _ in net.named_parameters()]
        ['fc.weight', 'fc.bias']
    """

    def __init__(self, *layers: Module, **named: Module):
        super().__init__()
        if layers and named:
            raise TypeError("Sequential takes layers in order, or layers by name; found both")
        self.children = named or {str(i): layer for i, layer in enumerate(layers)}
        for name, layer in self.children.items():
            if not isinstance(layer, Module):
                raise TypeError(f"layer {name} is a {type(layer).__name__}; a layer of cnnlab.nn is needed")
        places: dict[Module, str] = {}
        for name, part in self.named_modules():
            if part in places:
                raise ValueError(
                    f"{places[part]} and {name} are the same {type(part).__name__}; a layer remembers its last forward "
                    "pass, so every place needs one of its own"
                )
            places[part] = name
            part.name = name or part.name

    def forward(self, x: np.ndarray) -> np.ndarray:
        for layer in self.children.values():
            x = layer(x)
        return x

    def backward(self, dy: np.ndarray, input_grad: bool = True) -> np.ndarray | None:
        layers = list(self.children.values())
        upstream: np.ndarray | None = dy
        for layer in reversed(layers):
            assert upstream is not None
            upstream = layer.backward(upstream, input_grad or layer is not layers[0])
        return upstream

    def __len__(self) -> int:
        return len(self.children)

    def __getitem__(self, key: int | str) -> Module:
        return list(self.children.values())[key] if isinstance(key, int) else self.children[key]
