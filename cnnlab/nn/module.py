"""What every part of a network is: it has parameters, a forward and a backward pass, and a state to save."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.nn.board import Board
from cnnlab.nn.gears import Op


@dataclass(eq=False)
class Parameter:
    """What a network learns. data: its value.   grad: of the last backward pass, or None."""

    data: np.ndarray
    grad: np.ndarray | None = None


class Module:
    """A layer or a network. Names and layouts are those of torch.nn."""

    def __init__(self) -> None:
        self.training = True
        self.parameters: dict[str, Parameter] = {}
        self.buffers: dict[str, np.ndarray] = {}
        self.children: dict[str, Module] = {}
        self.name = type(self).__name__

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """y."""
        raise TypeError(f"{type(self).__name__} has no forward pass")

    def backward(self, dy: np.ndarray, input_grad: bool = True) -> np.ndarray | None:
        """The gradient of the last forward pass's x; those of the parameters are kept in them.

        input_grad: whether x's is needed; a network's first layer can do without.
        """
        raise TypeError(f"{type(self).__name__} has no backward pass")

    def ops(self) -> Iterator[tuple[str, Op]]:
        """Every op with the name of its layer, in the order of the forward pass."""
        for name, child in self.children.items():
            for inner, op in child.ops():
                yield (f"{name}.{inner}" if inner else name), op

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Itself, under the name "", and every part of it with its name, as in torch: "block.conv1"."""
        yield "", self
        for name, child in self.children.items():
            yield from ((f"{name}.{inner}" if inner else name, part) for inner, part in child.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its name, as in torch: "conv1.weight"."""
        yield from self.parameters.items()
        for name, child in self.children.items():
            yield from ((f"{name}.{inner}", p) for inner, p in child.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, np.ndarray]]:
        """What is kept besides parameters, such as running statistics."""
        yield from self.buffers.items()
        for name, child in self.children.items():
            yield from ((f"{name}.{inner}", b) for inner, b in child.named_buffers())

    def train(self, mode: bool = True) -> Module:
        """Behave as in training: batch statistics, dropout."""
        self.training = mode
        for child in self.children.values():
            child.train(mode)
        return self

    def eval(self) -> Module:
        """Behave as in use: running statistics, no dropout."""
        return self.train(False)

    def gears(self, *others: Any, check: bool = False) -> Board:
        """Whose gradients this network runs on.

        others: a loss or an optimiser, which have gears as well.   check: check what is written and not known yet.
        """
        ops = list(self.ops()) + [pair for other in others for pair in other.ops()]
        return Board.build_for(ops, check)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and buffers, by name."""
        arrays = {name: p.data for name, p in self.named_parameters()} | dict(self.named_buffers())
        return {name: np.array(array) for name, array in arrays.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over parameters and buffers, as arrays or torch tensors; the dtype stays this network's.

        Raises ValueError, with everything that does not fit, and then nothing has changed.
        """
        own = {name: p.data for name, p in self.named_parameters()} | dict(self.named_buffers())
        given = {name: np.asarray(getattr(value, "detach", lambda v=value: v)()) for name, value in state.items()}
        wrong = [f"{name} is missing" for name in own if name not in given]
        wrong += [f"{name} is not in this network" for name in given if name not in own]
        both = [name for name in own if name in given]
        wrong += [
            f"{name} has shape {given[name].shape}; {own[name].shape} is needed"
            for name in both
            if given[name].shape != own[name].shape
        ]
        wrong += [
            f"{name} holds numbers of {given[name].dtype}" for name in both if given[name].dtype.kind not in "biuf"
        ]
        if wrong:
            raise ValueError("the state does not fit this network: " + "; ".join(wrong))
        taken = {name: given[name].astype(own[name].dtype) for name in own}
        for name, parameter in self.named_parameters():
            parameter.data = taken[name]
        for name, buffer in self.named_buffers():
            buffer[...] = taken[name]

    def __repr__(self) -> str:
        inside = [f"  ({name}): {child!r}".replace("\n", "\n  ") for name, child in self.children.items()]
        return "\n".join([f"{type(self).__name__}(", *inside, ")"]) if inside else f"{type(self).__name__}()"


class Layer(Module):
    """One op. A subclass says which, with which options, and which parameter each of its inputs is.

    op_name: of the catalogue.   roles: the op's inputs after x, and the parameters they are: {"w": "weight"}.
    """

    op_name: str
    roles: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__()
        self.op = Op(self.op_name)

    def options(self) -> dict[str, Any]:
        """The op's keyword arguments."""
        return {}

    def ops(self) -> Iterator[tuple[str, Op]]:
        yield "", self.op

    def forward(self, x: np.ndarray) -> np.ndarray:
        held = {role: self.parameters.get(name) for role, name in self.roles.items()}
        inputs = {"x": x, **{role: p.data if p else None for role, p in held.items()}}
        try:
            return self.op.forward(inputs, self.options())
        except Exception as error:
            error.add_note(f"in the forward pass of {self.name} ({type(self).__name__})")
            raise

    def backward(self, dy: np.ndarray, input_grad: bool = True) -> np.ndarray | None:
        try:
            found = self.op.backward(dy, frozenset() if input_grad else frozenset({"dx"}))
        except Exception as error:
            error.add_note(f"in the backward pass of {self.name} ({type(self).__name__})")
            raise
        for role, name in self.roles.items():
            if name in self.parameters:
                self.parameters[name].grad = found[f"d{role}"]
        return found.get("dx")

    def __repr__(self) -> str:
        options = ", ".join(f"{k}={v}" for k, v in self.options().items())
        return f"{type(self).__name__}({options})"
