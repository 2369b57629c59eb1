"""What the oracles of TensorFlow and JAX share: a case becomes tensors, and what comes back becomes arrays."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cnnlab.errors import CnnlabError, WrongType, WrongValue
from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected
from cnnlab.gradcheck.wording import count

#: What installs the frameworks, in the folder of the course.
INSTALL = ".venv/bin/python -m pip install -c constraints.txt -e '.[frameworks]'"

#: What a function returned -> the tensors that something flows back from, each with its upstream gradient.
Pairing = Callable[[Any], list[tuple[Any, np.ndarray]]]


class MissingFramework(CnnlabError, ImportError):
    """A framework that an oracle is to be made with, and that is not installed."""


@dataclass(frozen=True)
class FrameworkOracle(ABC):
    """A function of a framework's tensors, and the right answers that the framework finds for it.

    forward: (*tensors, **options) -> a tensor, or a tuple of tensors; called with the inputs in order.
    wrt: {"dx": "x"}: the gradient's name and the input it belongs to; None for every array of floats. An input that is
    no array of floats has the gradient None.
    """

    forward: Callable[..., Any]
    wrt: Mapping[str, str] | None = None

    #: The framework's name, and that of the module.
    framework: ClassVar[str]
    module: ClassVar[str]

    def __post_init__(self) -> None:
        """Raise MissingFramework where it is not installed; it is not imported yet."""
        if not callable(self.forward):
            raise WrongType(f"{self.framework} needs a function of tensors, not a {type(self.forward).__name__}")
        if importlib.util.find_spec(self.module) is None:
            raise MissingFramework(
                f"{self.framework} is not installed",
                next_step=f"Install it in the folder of the course, and start Python anew: {INSTALL}",
            )

    def __call__(self, case: Case) -> Expected:
        """Return the right answer to a case, in float64."""
        y, grads = self.run(case.inputs, case.options, case.dy, "float64")
        return Expected(y, grads)

    def run(
        self, inputs: Mapping[str, Any], options: Mapping[str, Any], dy: Any, dtype: str
    ) -> tuple[Any, dict[str, np.ndarray | None]]:
        """Return y and every gradient by name, computed in `dtype`; other arrays keep theirs. Without dy, y alone.

        Where the function returns several tensors, y and dy are tuples.
        """
        wrt = {f"d{name}": name for name in inputs if _has_floats(inputs[name])} if self.wrt is None else self.wrt
        leaves = [name for name in dict.fromkeys(wrt.values()) if _has_floats(inputs[name])]
        arrays = {name: value.astype(dtype) if _has_floats(value) else value for name, value in inputs.items()}
        y, found = self.differentiate(arrays, leaves, options, lambda y: self.pair_outputs(y, dy, dtype))
        grads = dict(zip(leaves, found, strict=True)) if dy is not None else {}
        return y, {gradient: grads.get(name) for gradient, name in wrt.items()}

    def differentiate(
        self, arrays: Mapping[str, Any], leaves: list[str], options: Mapping[str, Any], pair: Pairing
    ) -> tuple[Any, list[np.ndarray]]:
        """Return y, and the gradient with respect to each leaf, 0 where the function does not reach it; all as arrays.

        pair: what the function returned -> every tensor that something flows back from, with what flows.
        """
        with self.allow_float64():
            tensors = {n: self.make_tensor(v) if isinstance(v, np.ndarray) else v for n, v in arrays.items()}
            y, found = self.pull_back(lambda inputs: self.forward(*inputs.values(), **options), tensors, leaves, pair)
            outputs = tuple(np.array(tensor) for tensor in y) if isinstance(y, (tuple, list)) else np.array(y)
            return outputs, [np.array(gradient) for gradient in found]

    def allow_float64(self) -> AbstractContextManager[Any]:
        """Return a block in which the framework computes in float64; by default it does so anyway."""
        return nullcontext()

    @abstractmethod
    def make_tensor(self, array: np.ndarray) -> Any:
        """Return an array as a tensor of the framework, in the same dtype."""

    @abstractmethod
    def pull_back(
        self, call: Callable[[dict[str, Any]], Any], tensors: dict[str, Any], leaves: list[str], pair: Pairing
    ) -> tuple[Any, Sequence[Any]]:
        """Return y = call(tensors), and as tensors the gradient with respect to each leaf; as in differentiate."""

    @abstractmethod
    def is_tensor(self, value: Any) -> bool:
        """Return whether a value is a tensor of the framework."""

    def pair_outputs(self, y: Any, dy: Any, dtype: str) -> list[tuple[Any, np.ndarray]]:
        """Return the tensors that something flows back from, each with its upstream gradient.

        Raises WrongType or WrongValue where they do not fit.
        """
        outputs = list_outputs(y)
        strange = [type(value).__name__ for value in outputs if not self.is_tensor(value)]
        if strange or not outputs:
            what = f"a {strange[0]}" if strange else "no tensor at all"
            raise WrongType(f"the function returned {what}; a tensor of {self.framework}'s is needed")
        if dy is None:
            return []
        upstream = list_outputs(dy)
        if len(upstream) != len(outputs):
            raise WrongValue(
                f"the function returned {count(len(outputs), 'tensor')}, and dy has {count(len(upstream), 'part')}",
                next_step="Give one for each, and None for a tensor that nothing flows back from.",
            )
        pairs = [(out, np.asarray(d, dtype)) for out, d in zip(outputs, upstream, strict=True) if d is not None]
        for output, d in pairs:
            if np.dtype(str(getattr(output.dtype, "name", output.dtype))) != np.dtype(dtype):
                raise WrongType(
                    f"the function returned {output.dtype}, and {dtype} went in",
                    next_step="Let it take the dtype of its inputs, for constants too.",
                )
            if tuple(output.shape) != d.shape:
                raise WrongValue(f"dy has shape {d.shape}, and the function returned {tuple(output.shape)}")
        return pairs


def list_outputs(y: Any) -> list[Any]:
    """Return the tensors that a function returned, or their upstream gradients."""
    return list(y) if isinstance(y, (tuple, list)) else [y]


def _has_floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"
