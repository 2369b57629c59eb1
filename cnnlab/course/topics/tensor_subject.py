"""Judging a function of PyTorch tensors: chapter 11's as_autograd_function on small ops of its own. Needs PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.runner.answer import Answer, Failure
from cnnlab.gradcheck.runner.calls import Call
from cnnlab.gradcheck.runner.records import record_exception
from cnnlab.gradcheck.time_limit import OutOfTime, time_limit
from cnnlab.gradcheck.wording import count


@cache
def load_autograd() -> None:
    """Import all that a backward pass of PyTorch imports, outside the time of a case: a half import stays broken."""
    import torch

    one = torch.ones(1, requires_grad=True)
    one.backward(torch.ones(1))


@dataclass(frozen=True)
class Example:
    """An op to wrap. y: (a, b, **options) -> y.   grads: (dy, a, b, **options) -> da, db, None for one that is not."""

    y: Callable[..., Any]
    grads: Callable[..., tuple[Any, Any]]
    inputs: int = 2

    def forward(self, *arrays: Any, **options: Any) -> tuple[Any, Any]:
        """By the course's contract: (y, cache)."""
        given = (*arrays, None)[:2]
        return self.y(*given, **options), (given, options)

    def backward(self, dy: Any, cache: Any) -> Any:
        """By the course's contract: one gradient as the array itself, several as a tuple."""
        (a, b), options = cache
        da, db = self.grads(dy, a, b, **options)
        return (da, db) if self.inputs == 2 and not _holds_integers(b) else da


def _holds_integers(b: Any) -> bool:
    return b is not None and b.dtype.kind in "iu"


def _gradient_of_pick(dy: Any, a: Any, b: Any) -> tuple[Any, None]:
    da = np.zeros_like(a)
    np.add.at(da, b, dy)
    return da, None


EXAMPLES: Mapping[str, Example] = {
    "product": Example(lambda a, b: a * b, lambda dy, a, b: (dy * b, dy * a)),
    "cube": Example(
        lambda a, b, scale=1.0: scale * a**3, lambda dy, a, b, scale=1.0: (3 * scale * dy * a**2, None), inputs=1
    ),
    "total": Example(lambda a, b: np.sum(a), lambda dy, a, b: (dy * np.ones_like(a), None), inputs=1),
    "pick": Example(lambda a, b: a[b], _gradient_of_pick),
    "affine": Example(
        lambda a, b: a.copy() if b is None else a + b,
        lambda dy, a, b: (dy.copy(), None if b is None else dy.sum(axis=0)),
    ),
}


@dataclass(frozen=True)
class TensorSubject:
    """The learner's function, wrapped around an example and differentiated by PyTorch: answers y, da and db."""

    functions: Mapping[str, Callable]
    call: Call
    folder: Path | None = None
    seconds: float = 5.0

    def run(self, case: Case) -> Answer:
        try:
            load_autograd()
        except ImportError as error:
            return Answer(error=Failure("raises", f"PyTorch is needed for this check ({error})", ours=True))
        try:
            with time_limit(self.seconds):
                return self._call_and_differentiate(case)
        except OutOfTime:
            return Answer(error=Failure("timeout", f"no answer after {self.seconds:g} s"))
        except Exception as error:
            told = record_exception(error)
            own = tuple(f for f in told.frames if self.folder and Path(f.file).is_relative_to(self.folder))
            return Answer(error=replace(told, frames=own or told.frames[-3:]))

    def _call_and_differentiate(self, case: Case) -> Answer:
        import torch

        example = EXAMPLES[case.inputs["example"]]
        wrapped: Any = self.functions[self.call.function](example.forward, example.backward)
        if not callable(wrapped):
            return Answer(error=Failure("structure", f"a {type(wrapped).__name__} came back; a function is needed"))
        given = [case.inputs["a"], case.inputs["b"]][: example.inputs]
        tensors: list[Any] = [v if v is None else torch.tensor(v, requires_grad=v.dtype.kind == "f") for v in given]
        y = wrapped(*tensors, **case.options)
        if not isinstance(y, torch.Tensor):
            return Answer(error=Failure("structure", f"the function gave a {type(y).__name__}; a tensor is needed"))
        first = y
        if case.inputs["twice"]:
            again: Any = wrapped(*(2 * t for t in tensors), **case.options)
            y = y + again
        if not y.requires_grad:
            sentence = (
                "PyTorch sees no way back from y: the function must go through apply of a torch.autograd.Function"
            )
            return Answer(error=Failure("structure", sentence))
        node = first.grad_fn
        try:
            (y * torch.tensor(case.dy)).sum().backward()  # of which the upstream gradient is dy
        except RuntimeError:
            refused = _describe_refusal(node, torch.tensor(case.dy), tensors)
            if refused is None:
                raise
            return Answer(error=Failure("structure", refused))
        found = [None if t is None else t.grad for t in (*tensors, None)[:2]]
        return Answer(None, (y.detach().numpy(), *(None if g is None else g.numpy() for g in found)))


def _describe_refusal(node: Any, dy: Any, tensors: list[Any]) -> str | None:
    """Say why PyTorch refused what the learner's backward returned, or None if that is not why.

    node: what PyTorch made of the call; it is the ctx of the learner's class, which is asked once more.
    """
    own = getattr(type(node), "_forward_cls", None)
    if own is None:
        return None
    try:
        returned = own.backward(node, dy)
    except Exception:  # then PyTorch refused something else
        return None
    values = returned if isinstance(returned, tuple) else (returned,)
    needed = len(node.needs_input_grad)
    if len(values) != needed:
        found, wanted = count(len(values), "value"), count(needed, "argument")
        return f"backward returned {found}, and apply was given {wanted}: {_advise_on_length(values, needed, tensors)}"
    shapes = iter([tuple(t.shape) for t in tensors if t is not None and t.requires_grad])
    for place, (value, wanted) in enumerate(zip(values, node.needs_input_grad, strict=True), start=1):
        if value is not None and not wanted:
            return (
                f"value {place} of what backward returned is a gradient, and argument {place} of apply has none: "
                "None is needed there, and the values are in the order of the arguments"
            )
        shape = next(shapes) if wanted else None
        if value is not None and tuple(value.shape) != shape:
            return (
                f"value {place} of what backward returned has shape {tuple(value.shape)}, and argument {place} of "
                f"apply has shape {shape}: the values are in the order of the arguments"
            )
    return None


def _advise_on_length(values: tuple[Any, ...], needed: int, tensors: list[Any]) -> str:
    given = tensors if tensors and tensors[-1] is not None else tensors[:1]
    rows = [len(t) for t in given if t is not None and t.ndim]
    if len(given) == 1 and rows and rows[0] > 1 and len(values) == rows[0] + needed - 1:
        return "a single gradient comes as the array itself, and its rows were taken for gradients"
    if values[0] is not None and len(values) == len(given) < needed:
        return "the options are an argument too, and get None"
    if values[0] is None and len(values) < needed:
        return "the arguments after those with a gradient get None, one each"
    return "one value for each is needed, None for what has no gradient"
