"""Compute the right answers with PyTorch in float64. PyTorch is imported only when it is needed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected


@cache
def is_available() -> bool:
    """Return whether PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def is_imported() -> bool:
    """Return whether PyTorch is installed, and has been imported by anyone."""
    return "torch" in sys.modules and is_available()


@cache
def load_all() -> None:
    """Import what PyTorch imports only when it is first used. An import that a time limit ends stays broken."""
    import torch

    one = torch.ones(1, requires_grad=True)
    one.backward(torch.ones(1))
    torch.optim.SGD([one], lr=0.1)


def functional(name: str) -> Callable[..., Any]:
    """Return the function of that name in torch.nn.functional; PyTorch is imported when it is called."""

    def forward(*tensors, **options):
        import torch

        return getattr(torch.nn.functional, name)(*tensors, **options)

    return forward


@dataclass(frozen=True)
class VJP:
    """A function of torch tensors, and the vector-Jacobian products that PyTorch finds for it.

    forward: (*tensors, **options) -> tensor, called with the inputs in order; it imports torch itself.
    wrt: {"dx": "x"}: the gradient's name and the input it belongs to. An input of None has the gradient None.
    """

    forward: Callable[..., Any]
    wrt: Mapping[str, str]

    def __call__(self, case: Case) -> Expected:
        """Return the right answer to a case, in float64."""
        y, grads = self.run(case.inputs, case.options, case.dy, "float64")
        return Expected(y, grads)

    def run(
        self, inputs: Mapping[str, Any], options: Mapping[str, Any], dy: Any, dtype: str
    ) -> tuple[np.ndarray, dict[str, np.ndarray | None]]:
        """Return y and every gradient by name, computed in `dtype`; whole numbers stay whole. Without dy, y alone."""
        import torch

        def tensor(name, value):
            if not isinstance(value, np.ndarray):
                return value
            if value.dtype.kind != "f":
                return torch.tensor(value.astype(np.int64))
            return torch.tensor(value.astype(dtype), requires_grad=name in self.wrt.values())

        tensors = {name: tensor(name, value) for name, value in inputs.items()}
        y = self.forward(*tensors.values(), **options)
        if dy is not None:
            y.backward(torch.tensor(np.asarray(dy, dtype)))

        def gradient(leaf):
            return leaf.grad.numpy() if isinstance(leaf, torch.Tensor) and leaf.grad is not None else None

        return y.detach().numpy(), {g: gradient(tensors[name]) for g, name in self.wrt.items()}
