"""Adapt the three kinds of oracle: a function of tensors, a function of arrays, or one that returns an Expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.problem import Expected
from cnnlab.gradcheck.reference import pytorch
from cnnlab.gradcheck.reference.framework_oracle import FrameworkOracle
from cnnlab.gradcheck.runner.snapshot import copy_in_layout

Pair = Callable[..., tuple[Any, Any]]


def detect_oracle_kind(oracle: Callable, case: Case, wrt: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments that make an Oracle of it: by_numpy, reference or by_pytorch.

    Which of the three it is shows when it is called with the first case. Raises TypeError where it is none of them.
    What a function of TensorFlow's or JAX's raises there is raised as it is.
    """
    if isinstance(oracle, FrameworkOracle):
        ready = replace(oracle, wrt=wrt)
        ready(case)
        return {"by_numpy": ready}
    if not callable(oracle):
        raise TypeError(f"oracle is a {type(oracle).__name__}; a function is needed")
    said = []
    for kind, attempt in (
        ("(case)", _try_expected_maker),
        ("(*arrays)", _try_array_function),
        ("(*tensors)", _try_tensor_function),
    ):
        try:
            found = attempt(oracle, case, wrt)
        except Exception as error:  # it is no oracle of this kind
            said.append(f"{kind}: {type(error).__name__}: {str(error)[:120]}")
            continue
        if found:
            return found
        said.append(f"{kind}: it returned nothing that fits")
    raise TypeError(
        f"oracle {getattr(oracle, '__name__', '')} is none of the three that are understood: (case) -> Expected, "
        f"(*arrays, **options) -> array, (*tensors, **options) -> tensor. What each said: {'; '.join(said)}"
    )


def _try_expected_maker(oracle: Callable, case: Case, wrt: Mapping[str, str]) -> dict[str, Any] | None:
    found = oracle(case)
    if not isinstance(found, Expected):
        return None
    if set(found.grads) != set(wrt):
        raise ValueError(f"its Expected has the gradients {', '.join(found.grads)}; {', '.join(wrt)} are needed")
    return {"by_numpy": oracle}


def _try_array_function(oracle: Callable, case: Case, wrt: Mapping[str, str]) -> dict[str, Any] | None:
    found = oracle(*copy_inputs(case.inputs).values(), **case.options)
    if _is_tensor(found):
        return {"by_pytorch": pytorch.VJP(oracle, wrt)}
    if isinstance(found, (np.ndarray, np.number, float)) or is_pair(found):
        return {"reference": make_reference(oracle)}
    return None


def _try_tensor_function(oracle: Callable, case: Case, wrt: Mapping[str, str]) -> dict[str, Any] | None:
    if not pytorch.is_available():
        raise ModuleNotFoundError("PyTorch is not installed")
    judge = pytorch.VJP(oracle, wrt)
    judge.run(case.inputs, case.options, None, "float64")
    return {"by_pytorch": judge}


def _is_tensor(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "torch"


def is_pair(returned: Any) -> bool:
    """Return whether a forward returned (y, cache) and not y alone."""
    return isinstance(returned, (tuple, list)) and len(returned) == 2


def make_reference(forward: Callable) -> Pair:
    """Wrap a forward so that it returns (y, cache) and gets arrays of its own to write into."""

    def reference(*inputs: Any, **options: Any) -> tuple[Any, Any]:
        returned = forward(*(copy_in_layout(v, "plain") for v in inputs), **copy_in_layout(options, "plain"))
        return (returned[0], returned[1]) if is_pair(returned) else (returned, None)

    return reference


def copy_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs, or options, that may be written to."""
    return {k: copy_in_layout(v, "plain") for k, v in inputs.items()}
