"""What the tests of the solutions ask of every pair: PyTorch's numbers, and the contract of docs/conventions.md."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from cnnlab import loader

SOLUTIONS = loader.folder(Path(__file__).parents[2] / "solutions" / "ops")


def solution(topic: str) -> ModuleType:
    """The module of a solution, which finds the others as learner files do."""
    loaded = SOLUTIONS.load(topic)
    assert loaded.module is not None, loaded.reading.fault
    return loaded.module


def assert_agrees(
    forward: Callable, backward: Callable, theirs: Callable, *inputs: np.ndarray | None, atol: float = 1e-11, **options
) -> None:
    """y and, for a random dy, every gradient are those of theirs(*tensors), which gets None where an input is None."""
    y, cache = forward(*inputs, **options)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    tensors = [None if a is None else torch.tensor(a, requires_grad=True) for a in inputs]
    expected = theirs(*tensors)
    leaves = [t for t in tensors if t is not None]
    expected_grads = iter(torch.autograd.grad(expected, leaves, torch.tensor(dy)))

    np.testing.assert_allclose(y, expected.detach(), rtol=1e-11, atol=atol, strict=isinstance(y, np.ndarray))
    grads = gradients(backward(dy, cache))
    for grad, value in zip(grads, inputs, strict=True):
        if value is None:
            assert grad is None
        else:
            np.testing.assert_allclose(grad, next(expected_grads), rtol=1e-11, atol=atol, strict=True)


def assert_keeps_contract(
    forward: Callable, backward: Callable, *inputs: np.ndarray, view: bool = False, **options
) -> None:
    """For float32 and float64: results of that dtype and in memory of their own, and nothing written to.

    view: y may be a view of an input.
    """
    for dtype in (np.float32, np.float64):
        given = [read_only(a.astype(dtype)) for a in inputs]
        y, cache = forward(*given, **options)
        assert y.dtype == dtype, f"y is {y.dtype} for {np.dtype(dtype)}"
        assert view or not shares(y, given), "y is the memory of an input"

        kept = [read_only(a) for a in cache if isinstance(a, np.ndarray)]
        dy = read_only(np.asarray(np.random.default_rng(2).standard_normal(y.shape), dtype))
        first, second = gradients(backward(dy, cache)), gradients(backward(dy, cache))
        for name, grad, again in zip(inputs_of(forward), first, second, strict=False):
            assert grad.dtype == dtype, f"d{name} is {grad.dtype} for {np.dtype(dtype)}"
            assert not shares(grad, [*given, *kept, dy, again]), f"d{name} is memory that it does not own"
            np.testing.assert_array_equal(grad, again)


def gradients(returned: np.ndarray | tuple) -> tuple:
    """What a backward pass returned as a tuple."""
    return returned if isinstance(returned, tuple) else (returned,)


def inputs_of(forward: Callable) -> tuple[str, ...]:
    return forward.__code__.co_varnames[: forward.__code__.co_argcount]


def read_only(a: np.ndarray) -> np.ndarray:
    a.flags.writeable = False
    return a


def shares(result: np.ndarray, others: list[np.ndarray]) -> bool:
    return any(np.may_share_memory(result, other) for other in others)
