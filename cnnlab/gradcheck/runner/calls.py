"""The kinds of call: a backward after its forward, a function without a backward, and an update rule.

A call crosses to the grading worker as plain data (`to_wire`, `from_wire`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

import numpy as np

from cnnlab.gradcheck.runner import named_functions

#: What a function returns: one value or a tuple of values; the same, where a tuple inside the tuple counts as its items
#: ((loss, (w, b)) as loss, w, b); numbers, where a list or tuple of numbers counts as one array of them; or a list of
#: cases, each a tuple, see `_lay_out_cases`.
Returns = Literal["values", "nested values", "numbers", "cases"]

#: Of a list of cases: how many there may be, how many values in each, and how many numbers in the arrays of each.
MAX_CASES, MAX_CASE_VALUES, MAX_CASE_NUMBERS = 8, 7, 200


@dataclass(frozen=True)
class Call:
    """A call of a backward, after its forward; FunctionCall and UpdateRuleCall are the other kinds.

    Attributes:
        forward: Called first, as forward(*inputs, **options) -> (y, cache), or None.
        function: The backward, called next.
        arguments: What the backward takes, in order: an input, "dy", "cache", or an input's name with "_shape".
        options: Whether it takes the options as keywords; a backward that gets the cache has them there.

    Raises:
        ValueError: The cache is an argument, and there is no forward that returns one.

    Example:
        >>> from cnnlab.gradcheck import Call
        >>> Call("square_forward", "square_backward").arguments
        ('dy', 'cache')"""

    forward: str | None
    function: str
    arguments: tuple[str, ...] = ("dy", "cache")
    options: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a cache that comes from nowhere."""
        if self.forward is None and "cache" in self.arguments:
            raise ValueError(f"{self.function} takes a cache, which a forward returns; name the forward")

    def prepare_inputs(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs of a case as they are given to the functions.

        Args:
            inputs: The inputs of the case, by name.

        Returns:
            The same, or what they stand for.
        """
        return dict(inputs)

    def arrange_result(self, returned: Any) -> Any:
        """Return what the backward returned as one value or a tuple of values.

        Args:
            returned: What the backward returned.

        Returns:
            The same.
        """
        return returned


@dataclass(frozen=True)
class FunctionCall(Call):
    """A call of a function that is no backward: its forward is None, and there is no cache.

    Attributes:
        function: The function.
        arguments: The inputs that it takes, in order.
        options: Whether it takes the options as keywords.
        returns: "values", "nested values", "numbers" or "cases", see Returns.
        functions: The inputs that are names of functions (named_functions.py); the function goes in.

    Raises:
        ValueError: returns is none of these, or functions names something that is no argument.

    Example:
        >>> from cnnlab.gradcheck import FunctionCall
        >>> FunctionCall("sort_nodes", ("nodes",), returns="numbers").arrange_result([2, 0, 1])
        array([2, 0, 1])"""

    forward: None = field(init=False, default=None)
    function: str
    arguments: tuple[str, ...] = ()
    options: bool = False
    returns: Returns = "values"
    functions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for a field that makes no sense."""
        super().__post_init__()
        if self.returns not in get_args(Returns):
            raise ValueError(f"returns is {self.returns!r}; one of {', '.join(get_args(Returns))} is needed")
        if not set(self.functions) <= set(self.arguments):
            raise ValueError(f"functions are {self.functions}; each must be one of the arguments {self.arguments}")

    def prepare_inputs(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs of a case as they are given to the function.

        Args:
            inputs: The inputs of the case, by name.

        Returns:
            The same, with functions in place of their names.
        """
        return {n: named_functions.get_function(v) if n in self.functions else v for n, v in inputs.items()}

    def arrange_result(self, returned: Any) -> Any:
        """Return what the function returned as one value or a tuple of values.

        Args:
            returned: What the function returned.

        Returns:
            The value or values, as `returns` says.
        """
        if self.returns == "nested values":
            return _flatten(returned)
        if self.returns == "cases":
            return _lay_out_cases(returned)
        return _join_numbers(returned) if self.returns == "numbers" else returned


@dataclass(frozen=True)
class UpdateRuleCall(Call):
    """A call of an update rule, which is followed over many steps (trajectory.py).

    Its forward is None, its arguments are the inputs of a trajectory, and every step takes the options as keywords.

    Attributes:
        function: The update rule, (param, grad, state, *, lr, **options) -> (param, state).

    Example:
        >>> from cnnlab.gradcheck import UpdateRuleCall
        >>> UpdateRuleCall("sgd_step").arguments
        ('param', 'grads', 'rates')"""

    forward: None = field(init=False, default=None)
    function: str
    arguments: tuple[str, ...] = field(init=False, default=("param", "grads", "rates"))
    options: bool = field(init=False, default=True)


def _flatten(returned: Any) -> Any:
    """Return the items of a tuple, and in place of a tuple or list among them, its items."""
    if not isinstance(returned, (tuple, list)):
        return returned
    nested = [_flatten(item) if isinstance(item, (tuple, list)) else (item,) for item in returned]
    return tuple(item for items in nested for item in items)


def _join_numbers(returned: Any) -> Any:
    """Return a list or tuple of numbers as one array; anything else as it is."""
    if not isinstance(returned, (tuple, list)):
        return returned
    numbers = all(isinstance(item, (int, float, np.generic)) for item in returned)
    return np.array(returned) if numbers else returned


def _lay_out_cases(returned: Any) -> Any:
    """Return a list of cases as one tuple: how many there are, the length and the size of each, then every value.

    The length is that of a case's tuple, -1 of what is no tuple; the size counts the numbers in its arrays. What is
    more than may be looked at is left out, and the counts say so. What is no list comes back as it is.
    """
    if not isinstance(returned, (tuple, list)):
        return returned
    if len(returned) > MAX_CASES:
        return (np.array(len(returned)),)
    cases = [case if isinstance(case, (tuple, list)) else None for case in returned]
    lengths = [-1 if case is None else len(case) for case in cases]
    sizes = [sum(v.size for v in case or () if isinstance(v, np.ndarray)) for case in cases]
    counts = (np.array(len(returned)), np.array(lengths, np.int64), np.array(sizes, np.int64))
    if max(lengths, default=0) > MAX_CASE_VALUES or max(sizes, default=0) > MAX_CASE_NUMBERS:
        return counts
    return (*counts, *(value for case in cases if case for value in case))


_KINDS: dict[str, type[Call]] = {kind.__name__: kind for kind in (Call, FunctionCall, UpdateRuleCall)}


def to_wire(call: Call) -> dict[str, Any]:
    """Return a call as plain data: its kind and its fields."""
    return {"kind": type(call).__name__, **{f.name: getattr(call, f.name) for f in fields(call) if f.init}}


def from_wire(content: Any) -> Call:
    """Return the call in plain data. Raises ValueError for anything but a kind and exactly its fields."""
    if not isinstance(content, Mapping) or not isinstance(content.get("kind"), str):
        raise ValueError("a call is not an object with a kind")
    kind = _KINDS.get(content["kind"])
    if kind is None:
        raise ValueError("a call of an unknown kind")
    values = {name: value for name, value in content.items() if name != "kind"}
    if values.keys() != {f.name for f in fields(kind) if f.init}:
        raise ValueError(f"{kind.__name__} has other fields")
    for f in fields(kind):
        if f.init and not _has_type(values[f.name], str(f.type)):
            raise ValueError(f"{f.name} of {kind.__name__} is no {f.type}")
    return kind(**values)


def _has_type(value: Any, annotation: str) -> bool:
    """Return whether a value has the type that a field is annotated with."""
    return {
        "str": isinstance(value, str),
        "str | None": value is None or isinstance(value, str),
        "bool": isinstance(value, bool),
        "Returns": isinstance(value, str),
        "tuple[str, ...]": isinstance(value, tuple) and all(isinstance(item, str) for item in value),
    }[annotation]
