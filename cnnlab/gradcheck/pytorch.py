"""The first judge: PyTorch in float64, on one thread's worth of small arrays. Imported only when it is asked."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected


@cache
def available() -> bool:
    """Whether PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def vjp(forward: Callable[..., Any], wrt: Mapping[str, str]) -> Callable[[Case], Expected]:
    """The right answer to a case, from a function of torch tensors: y and its vector-Jacobian products.

    forward: (*tensors, **options) -> tensor, called with the case's inputs in order; it imports torch itself.
    wrt: {"dx": "x"}: the gradient's name and the input it belongs to. An input of None has the gradient None.
    """

    def expected(case: Case) -> Expected:
        import torch

        def tensor(value):
            wanted = isinstance(value, np.ndarray) and value.dtype.kind == "f"
            return torch.tensor(value.astype(np.float64), requires_grad=True) if wanted else value

        tensors = {name: tensor(value) for name, value in case.inputs.items()}
        y = forward(*tensors.values(), **case.options)
        y.backward(torch.tensor(np.asarray(case.dy, np.float64)))

        def gradient(leaf):
            return leaf.grad.numpy() if isinstance(leaf, torch.Tensor) and leaf.grad is not None else None

        return Expected(y.detach().numpy(), {g: gradient(tensors[name]) for g, name in wrt.items()})

    return expected
