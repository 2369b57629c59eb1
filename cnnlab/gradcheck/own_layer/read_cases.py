"""Read the cases that a learner's function returned, or say in a sentence why they are none.

The sentences hold no number of the learner's: in grading they are shown, and a file could put a hidden one there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from cnnlab.gradcheck.case import CORE, Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.contract import Fault
from cnnlab.gradcheck.diagnosis.evidence import TooSlow
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.runner.answer import Answer, Foreign, Value
from cnnlab.gradcheck.runner.calls import MAX_CASE_NUMBERS, MAX_CASE_VALUES, MAX_CASES, FunctionCall
from cnnlab.gradcheck.subject import FileSubject
from cnnlab.gradcheck.wording import count, join_words

#: Numbers beyond this leave differences too few digits.
MAX_MAGNITUDE = 1e6


class NothingToJudge(TooSlow):
    """There is no right answer, since the learner's forward or cases have a fault. In a diagnosis it ends a guess."""

    def __init__(self, fault: Fault):
        super().__init__(fault.sentence)
        self.fault = fault


@dataclass(frozen=True)
class LayerCases:
    """The inputs of each case by name, and the inputs with a gradient: wrt has them by the gradient's name."""

    inputs: tuple[Mapping[str, Any], ...]
    wrt: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.inputs[0])


def read_cases(problem: OwnLayerProblem, subject: FileSubject) -> LayerCases:
    """Return the learner's cases. Raises NothingToJudge where there are none."""
    function, forward = problem.cases, problem.call.forward
    answer = subject.change_call(FunctionCall(function, returns="cases")).run(Case("your cases", CORE, {}))
    needed = f"a list of cases is needed, each a tuple of what {forward} takes, such as [(x, w)] for a single one"
    if answer.error:
        _refuse(Code(answer.error.kind), answer.error.sentence(), answer)
    if not answer.repeatable:
        sentence = f"{function} returns other cases when it is called again; draw them with np.random.default_rng(0)."
        _refuse(Code.NONDETERMINISTIC, sentence)
    head, *rest = answer.grads if isinstance(answer.grads, tuple) else (answer.grads,)
    if not (isinstance(answer.grads, tuple) and isinstance(head, np.ndarray) and _is_count(head)):
        _refuse(Code.STRUCTURE, f"{function} returned {_describe_value(head)}; {needed}.")
    number = int(head)
    if number > MAX_CASES:
        _refuse(Code.STRUCTURE, f"{function} returned more than {MAX_CASES} cases; no more are looked at. Choose them.")
    if number < 1:
        _refuse(Code.STRUCTURE, f"{function} returned no cases; {needed}.")
    lengths, sizes = _read_counts(function, needed, number, rest)
    for k, (length, size) in enumerate(zip(lengths, sizes, strict=True), start=1):
        case = f"Case {k} of {function}"
        if length < 1:
            _refuse(Code.STRUCTURE, f"{case} is no tuple of inputs; {needed}.")
        if length > MAX_CASE_VALUES:
            _refuse(Code.STRUCTURE, f"{case} has more than {MAX_CASE_VALUES} values; no more are looked at.")
        if size > MAX_CASE_NUMBERS:
            few = "no more are looked at. Small arrays show a mistake as well"
            _refuse(Code.STRUCTURE, f"{case} has more than {MAX_CASE_NUMBERS} numbers; {few}.")
        if length != lengths[0]:
            same = f"case 1 has {lengths[0]}. Each case must have the same inputs"
            _refuse(Code.STRUCTURE, f"{case} has {count(length, 'value')}, and {same}.")
    values = rest[2:]
    if len(values) != sum(lengths):
        _refuse(Code.STRUCTURE, f"{function} returned cases that cannot be read; {needed}.")
    names = _name_inputs(problem.arguments, lengths[0])
    inputs = []
    for k in range(number):
        found = values[k * lengths[0] : (k + 1) * lengths[0]]
        if sum(v.size for v in found if isinstance(v, np.ndarray) and v.ndim) > MAX_CASE_NUMBERS:  # announced as fewer
            _refuse(Code.STRUCTURE, f"{function} returned cases that cannot be read; {needed}.")
        inputs.append({n: _read_value(f"Case {k + 1} of {function}", n, v) for n, v in zip(names, found, strict=True)})
    return LayerCases(tuple(inputs), _find_differentiated(function, inputs))


def _is_count(value: np.ndarray) -> bool:
    return value.shape == () and value.dtype.kind == "i"


def _read_counts(function: str, needed: str, number: int, rest: list[Value]) -> tuple[list[int], list[int]]:
    """Return the length and the size of each case. What a worker sends is not trusted."""
    counts = rest[:2]
    found = [c.tolist() for c in counts if isinstance(c, np.ndarray) and c.shape == (number,) and c.dtype.kind == "i"]
    if len(found) != 2:
        _refuse(Code.STRUCTURE, f"{function} returned cases that cannot be read; {needed}.")
    lengths, sizes = found
    return lengths, sizes


def _name_inputs(arguments: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Return a name for each input: the forward's own arguments, where they are known and their names are free."""
    taken = {"dy", "cache"}
    if len(arguments) >= number and not taken & set(arguments[:number]):
        return arguments[:number]
    return tuple(f"x{k}" for k in range(1, number + 1))


def _read_value(case: str, name: str, value: Value) -> Any:
    """Return one input: an array of fractions in float64, another array as it is, a single number as one of Python."""
    if value is None:
        return None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
        said = _describe_value(value)
        _refuse(Code.STRUCTURE, f"{case}: {name} is {said}; an array, a number or None is needed.")
    if not value.size:
        _refuse(Code.STRUCTURE, f"{case}: {name} is empty; at least one number is needed.")
    with np.errstate(all="ignore"):
        largest = float(np.abs(value.astype(np.float64)).max())
    if not largest <= MAX_MAGNITUDE:
        sentence = f"{case}: {name} holds NaN, or a number beyond {MAX_MAGNITUDE:,.0f}, where differences say nothing."
        _refuse(Code.STRUCTURE, sentence)
    if value.ndim == 0:
        return value.item()
    return value.astype(np.float64) if value.dtype.kind == "f" else value


def _find_differentiated(function: str, inputs: list[dict[str, Any]]) -> dict[str, str]:
    """Return the inputs that are arrays of fractions, by the gradient's name; the same in every case."""
    found = [{f"d{n}": n for n, v in case.items() if _is_differentiated(v)} for case in inputs]
    if not found[0]:
        whole = [n for n, v in inputs[0].items() if isinstance(v, np.ndarray)]
        holds = f"{join_words(whole)} {'holds' if len(whole) == 1 else 'hold'}"
        hint = f" {holds} whole numbers: write 1.0 for 1." if whole else ""
        sentence = f"Case 1 of {function} has no array of fractions, so there is no gradient.{hint}"
        _refuse(Code.DTYPE, sentence)
    for k, gradients in enumerate(found[1:], start=2):
        [*other] = gradients.keys() ^ found[0].keys()
        if other:
            name = sorted(other)[0][1:]
            sentence = (
                f"In case {k} of {function}, {name} is {describe_kind(inputs[k - 1][name])}, and in case 1 "
                f"{describe_kind(inputs[0][name])}. Each case must have the same inputs with a gradient."
            )
            _refuse(Code.DTYPE, sentence)
    return found[0]


def _is_differentiated(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def describe_kind(value: Any) -> str:
    """Return what an input is, as far as that decides whether it has a gradient."""
    if isinstance(value, np.ndarray):
        return "an array of fractions" if value.dtype.kind == "f" else "an array of whole numbers"
    return "None" if value is None else "a single number"


def _describe_value(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return "an array" if value.dtype.kind in "fiub" else f"an array of dtype {value.dtype}"
    if not isinstance(value, Foreign):
        return "something else"
    return f"a{'n' if value.type_name[:1] in 'aeiou' or value.type_name.startswith('nd') else ''} {value.type_name}"


def _refuse(code: Code, sentence: str, answer: Answer | None = None) -> NoReturn:
    raise NothingToJudge(Fault(code, sentence, failure=answer.error if answer else None))
