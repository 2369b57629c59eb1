"""The base classes of networks: parameters, forward and backward pass, and a state to save."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab.nn.board import Board
from cnnlab.nn.gears import Op


@dataclass(eq=False)
class Parameter:
    """An array that a network learns.

    Attributes:
        data: Its value, of any shape.
        grad: The gradient of the last backward pass, of data's shape, or None before the first.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> parameter = nn.Parameter(np.zeros((2, 3)))
        >>> parameter.grad is None
        True
    """

    data: np.ndarray
    grad: np.ndarray | None = None


class Module:
    """A layer or a network: parameters, a forward and a backward pass. Names are those of torch.nn.

    A subclass has forward(x) and backward(dy, input_grad); net(x) calls forward.

    Attributes:
        training: Whether it behaves as in training; train() and eval() change it.
        parameters: Its own parameters by name.
        buffers: Arrays that are kept besides, such as running statistics, by name.
        children: The layers inside it, by name.
        name: What messages call it.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> class Double(nn.Module):
        ...     def forward(self, x):
        ...         return 2 * x
        ...
        ...     def backward(self, dy, input_grad=True):
        ...         return 2 * dy
        >>> print(nn.Sequential(Double(), Double())(np.ones(2)))
        [4. 4.]
    """

    def __init__(self) -> None:
        self.training = True
        self.parameters: dict[str, Parameter] = {}
        self.buffers: dict[str, np.ndarray] = {}
        self.children: dict[str, Module] = {}
        self.name = type(self).__name__

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return y, and remember what backward needs.

        Args:
            x: The input; a layer's own documentation says of which shape.

        Returns:
            y.

        Raises:
            TypeError: This kind of module has no forward pass.
        """
        raise TypeError(f"{type(self).__name__} has no forward pass")

    def backward(self, dy: np.ndarray, input_grad: bool = True) -> np.ndarray | None:
        """Return the gradient of the last forward pass's x; those of the parameters are kept in them.

        Args:
            dy: Upstream gradient, of y's shape.
            input_grad: Whether x's gradient is needed; a network's first layer can do without.

        Returns:
            dx, of x's shape, or None where it was not needed.

        Raises:
            TypeError: This kind of module has no backward pass.
            RuntimeError: There was no forward pass.
        """
        raise TypeError(f"{type(self).__name__} has no backward pass")

    def ops(self) -> Iterator[tuple[str, Op]]:
        """Yield every op with the name of its layer, in the order of the forward pass.

        Returns:
            An iterator over pairs (name, op).
        """
        for name, child in self.children.items():
            for inner, op in child.ops():
                yield (f"{name}.{inner}" if inner else name), op

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Yield itself, under the name "", and every part of it with its name, as in torch: "block.conv1".

        Returns:
            An iterator over pairs (name, module).
        """
        yield "", self
        for name, child in self.children.items():
            yield from ((f"{name}.{inner}" if inner else name, part) for inner, part in child.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield every parameter with its name, as in torch: "conv1.weight".

        Returns:
            An iterator over pairs (name, Parameter).
        """
        yield from self.parameters.items()
        for name, child in self.children.items():
            yield from ((f"{name}.{inner}", p) for inner, p in child.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield what is kept besides parameters, such as running statistics.

        Returns:
            An iterator over pairs (name, array).
        """
        yield from self.buffers.items()
        for name, child in self.children.items():
            yield from ((f"{name}.{inner}", b) for inner, b in child.named_buffers())

    def train(self, mode: bool = True) -> Module:
        """Behave as in training: batch statistics, dropout.

        Args:
            mode: False for the behaviour after training.

        Returns:
            The module itself.
        """
        self.training = mode
        for child in self.children.values():
            child.train(mode)
        return self

    def eval(self) -> Module:
        """Behave as after training: running statistics, no dropout.

        Returns:
            The module itself.
        """
        return self.train(False)

    def gears(self, *others: Any, check: bool = False) -> Board:
        """Return whose gradients this network runs on.

        Args:
            *others: A loss or an optimiser, which have gears as well.
            check: Whether to check what is written and not known to pass.

        Returns:
            A Board, which prints as a table.
        """
        ops = list(self.ops()) + [pair for other in others for pair in other.ops()]
        return Board.build_for(ops, check)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return copies of all parameters and buffers, by name.

        Returns:
            A dict of arrays, such as {"conv1.weight": ...}.
        """
        arrays = {name: p.data for name, p in self.named_parameters()} | dict(self.named_buffers())
        return {name: np.array(array) for name, array in arrays.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over parameters and buffers, as arrays or torch tensors; the dtype stays this network's.

        Args:
            state: A dict as state_dict() returns it.

        Raises:
            ValueError: Names or shapes do not fit; the message has all of them, and nothing has changed.
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
        """Return the op's keyword arguments.

        Returns:
            A dict by the names of the op's options.
        """
        return {}

    def more_inputs(self, x: np.ndarray) -> dict[str, Any]:
        """Return the op's inputs between x and the parameters, which no one learns.

        Args:
            x: The layer's input.

        Returns:
            A dict by the names of the op's arguments, in order.
        """
        return {}

    def ops(self) -> Iterator[tuple[str, Op]]:
        yield "", self.op

    def forward(self, x: np.ndarray) -> np.ndarray:
        held = {role: self.parameters.get(name) for role, name in self.roles.items()}
        parameters = {role: p.data if p else None for role, p in held.items()}
        try:
            inputs = {"x": x, **self.more_inputs(x), **parameters}
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
