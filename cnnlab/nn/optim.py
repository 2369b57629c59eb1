"""Optimisers: one update rule for every parameter, the learner's once it is written and PyTorch's until then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf
from numbers import Real
from typing import Any

import numpy as np

from cnnlab.course import catalogue
from cnnlab.errors import WrongValue
from cnnlab.gradcheck.reference import pytorch
from cnnlab.nn.gears import Op, is_written, kind, missing, written_function
from cnnlab.nn.module import Module, Parameter


class Optimizer:
    """Changes a network's parameters by their gradients. Names and options are those of torch.optim.

    rule: "sgd", "momentum", "adagrad", "rmsprop", "adam" or "adamw".   lr: the learning rate; it may be changed.
    """

    def __init__(self, rule: str, torch_name: str, lr: float, **options: Any):
        self.op, self.lr, self.options = Op(rule), lr, options
        self._torch_name = torch_name
        self._states: dict[Parameter, Any] = {}
        self._borrowed: bool | None = None

    @property
    def lr(self) -> float:
        """Return the learning rate of the next step."""
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        if not isinstance(value, Real) or not 0 <= value < inf:
            raise WrongValue(f"lr is {value!r}; a number from 0 up is needed")
        self._lr = float(value)

    def ops(self) -> Iterator[tuple[str, Op]]:
        """Yield the update rule's op.

        Returns:
            An iterator over one pair (name, op).
        """
        yield "optimizer", self.op

    def step(self, net: Module) -> None:
        """Change every parameter that has a gradient by one step.

        Args:
            net: The network.

        Raises:
            ValueError: A learner's rule returned something else than (param, state).
        """
        function = self._function()
        for name, parameter in net.named_parameters():
            if parameter.grad is None:
                continue
            state = self._states.get(parameter)
            try:
                returned = function(parameter.data, parameter.grad, state, lr=self.lr, **self.options)
                parameter.data, self._states[parameter] = _fitting(self.op.name, returned, parameter.data)
            except Exception as error:
                error.add_note(f"in the update of {name}")
                raise

    def _function(self) -> Callable:
        exercise = catalogue.exercise(f"{self.op.name}_step")
        borrowed = not is_written(exercise)
        if borrowed != self._borrowed:  # a state belongs to whoever made it
            self._states.clear()
            self._borrowed = borrowed
        if not borrowed:
            function = written_function(exercise)
            assert function is not None
            return function
        if not pytorch.is_available():
            raise missing(exercise)
        return torch_step(self._torch_name)


def _fitting(rule: str, returned: Any, param: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return the new parameter, in the old one's dtype, and the state; or what was returned instead."""
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise WrongValue(f"{rule}_step returned {kind(returned)}; a tuple of 2 is needed: param, state")
    new, state = returned
    if not isinstance(new, np.ndarray) or new.shape != param.shape:
        raise WrongValue(f"{rule}_step gave {kind(new)} for param; an array of shape {param.shape} is needed")
    return new.astype(param.dtype, copy=False), state


def torch_step(torch_name: str) -> Callable:
    """Make one step of torch.optim's optimiser of that name; the state is the optimiser with its parameter."""

    def step(param: np.ndarray, grad: np.ndarray, state: Any, *, lr: float, **options: Any):
        import torch

        if state is None:
            leaf = torch.tensor(param, requires_grad=True)
            state = leaf, getattr(torch.optim, torch_name)([leaf], lr=lr, foreach=False, **options)
        leaf, optimizer = state
        leaf.data.copy_(torch.from_numpy(param))
        leaf.grad = torch.from_numpy(np.ascontiguousarray(grad))
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step()
        return leaf.detach().numpy().copy(), state

    return step


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum where that is above 0 (chapters 10 and 12).

    step(net) changes every parameter that has a gradient.

    Args:
        lr: Learning rate; .lr may be changed between steps.
        momentum: Share of the velocity that stays, from 0 to 1.
        **options: Those of torch.optim.SGD, by the same names: weight_decay; with momentum also dampening and nesterov.

    Raises:
        ValueError: lr is not a number from 0 up.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> net = nn.Sequential(nn.Linear(1, 1, bias=False, dtype="float64"))
        >>> weight = net[0].parameters["weight"]
        >>> weight.data, weight.grad = np.array([[1.0]]), np.array([[2.0]])
        >>> nn.SGD(lr=0.1).step(net)
        >>> print(weight.data)
        [[0.8]]
    """

    def __init__(self, lr: float, momentum: float = 0.0, **options: Any):
        if momentum:
            super().__init__("momentum", "SGD", lr, momentum=momentum, **options)
        else:
            super().__init__("sgd", "SGD", lr, **options)


class Adagrad(Optimizer):
    """AdaGrad: the learning rate over the root of the sum of squared gradients (chapter 12).

    step(net) changes every parameter that has a gradient.

    Args:
        lr: Learning rate; .lr may be changed between steps.
        **options: Those of torch.optim.Adagrad, by the same names.

    Raises:
        ValueError: lr is not a number from 0 up.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> net = nn.Sequential(nn.Linear(1, 1, bias=False, dtype="float64"))
        >>> weight = net[0].parameters["weight"]
        >>> weight.data, weight.grad = np.array([[1.0]]), np.array([[2.0]])
        >>> nn.Adagrad(lr=0.1).step(net)
        >>> print(weight.data.round(4))
        [[0.9]]
    """

    def __init__(self, lr: float = 1e-2, **options: Any):
        super().__init__("adagrad", "Adagrad", lr, **options)


class RMSprop(Optimizer):
    """RMSProp: the learning rate over the root of a running mean of squared gradients (chapter 12).

    step(net) changes every parameter that has a gradient.

    Args:
        lr: Learning rate; .lr may be changed between steps.
        **options: Those of torch.optim.RMSprop, by the same names.

    Raises:
        ValueError: lr is not a number from 0 up.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> net = nn.Sequential(nn.Linear(1, 1, bias=False, dtype="float64"))
        >>> weight = net[0].parameters["weight"]
        >>> weight.data, weight.grad = np.array([[1.0]]), np.array([[2.0]])
        >>> nn.RMSprop(lr=0.01).step(net)
        >>> print(weight.data.round(4))
        [[0.9]]
    """

    def __init__(self, lr: float = 1e-2, **options: Any):
        super().__init__("rmsprop", "RMSprop", lr, **options)


class Adam(Optimizer):
    """Adam: running means of the gradient and of its square (chapter 12).

    step(net) changes every parameter that has a gradient.

    Args:
        lr: Learning rate; .lr may be changed between steps.
        **options: Those of torch.optim.Adam, by the same names.

    Raises:
        ValueError: lr is not a number from 0 up.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> net = nn.Sequential(nn.Linear(1, 1, bias=False, dtype="float64"))
        >>> weight = net[0].parameters["weight"]
        >>> weight.data, weight.grad = np.array([[1.0]]), np.array([[2.0]])
        >>> nn.Adam(lr=0.1).step(net)
        >>> print(weight.data.round(4))
        [[0.9]]
    """

    def __init__(self, lr: float = 1e-3, **options: Any):
        super().__init__("adam", "Adam", lr, **options)


class AdamW(Optimizer):
    """AdamW: Adam, with the weight decay apart from the gradient (chapter 12).

    step(net) changes every parameter that has a gradient.

    Args:
        lr: Learning rate; .lr may be changed between steps.
        **options: Those of torch.optim.AdamW, by the same names.

    Raises:
        ValueError: lr is not a number from 0 up.

    Example:
        >>> import numpy as np
        >>> from cnnlab import nn
        >>> net = nn.Sequential(nn.Linear(1, 1, bias=False, dtype="float64"))
        >>> weight = net[0].parameters["weight"]
        >>> weight.data, weight.grad = np.array([[1.0]]), np.array([[2.0]])
        >>> nn.AdamW(lr=0.1, weight_decay=0.5).step(net)
        >>> print(weight.data.round(4))
        [[0.85]]
    """

    def __init__(self, lr: float = 1e-3, **options: Any):
        super().__init__("adamw", "AdamW", lr, **options)
