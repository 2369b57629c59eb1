"""Check the contract of a backward: structure, shape, dtype, and no change of its caller's memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.problem import Expected, ExpectedError, HuntProblem, Problem, Requirement
from cnnlab.gradcheck.runner.answer import Answer, Failure, Foreign, Value
from cnnlab.gradcheck.runner.calls import Call, FunctionCall, UpdateRuleCall
from cnnlab.gradcheck.runner.violations import Aliased, Changed, MemoryViolation, Raised
from cnnlab.gradcheck.wording import mark_hidden, read_hidden, write_shape, write_size

#: An answer of up to this many numbers is shown where there should have been an exception.
MAX_SHOWN_NUMBERS = 8


@dataclass(frozen=True)
class Fault:
    """Something that is wrong before any number is compared.

    gradient: the one it concerns, or "" for all.   late: whether wrong numbers in other cases are said before it.
    of_result: whether it concerns the memory of what is returned and not its numbers, which are then said before it.
    public_sentence: as a graded report shows it, where that is something else (wording.mark_hidden).
    """

    code: Code
    sentence: str
    gradient: str = ""
    failure: Failure | None = None
    late: bool = False
    of_result: bool = False
    public_sentence: str = ""

    def __post_init__(self) -> None:
        """Split a sentence with marked numbers into what is shown to everyone and what is not."""
        shown, public = read_hidden(self.sentence)
        if public:
            object.__setattr__(self, "sentence", shown)
            object.__setattr__(self, "public_sentence", public)


def find_contract_faults(
    problem: Problem, case: Case, answer: Answer, values: dict[str, Value] | Fault, expected: Expected
) -> tuple[Fault, ...]:
    """Return every way in which an answer breaks the contract; empty when its numbers can be compared.

    values: what `values_by_gradient` makes of the answer. What is wrong with an empty batch alone is said last.
    """
    found = _list_contract_faults(problem, case, answer, values, expected)
    if found and any(array.size == 0 for array in case.arrays):
        return tuple(replace(fault, late=True) for fault in found)
    return found


def _list_contract_faults(
    problem: Problem, case: Case, answer: Answer, values: dict[str, Value] | Fault, expected: Expected
) -> tuple[Fault, ...]:
    if answer.error:
        return (_error_fault(*_find_failed_call(problem, case, answer), answer.error),)
    function = problem.call.function
    found = tuple(
        _change_fault(function, _name_item(what, problem.item_names))
        for what in answer.changed
        if not (problem.may_view and isinstance(what, Aliased))
    )
    if not answer.repeatable:
        found += (
            Fault(Code.NONDETERMINISTIC, f"{function} gives another answer when it is called again with the same."),
        )
    if answer.borrowed:
        found += (Fault(Code.BORROWED, f"{function} takes its gradient from {answer.borrowed.describe()}."),)
    if isinstance(values, Fault):
        spare = _explain_spare_values(problem, case, answer.grads)
        return (*found, replace(values, sentence=values.sentence + spare))
    for name, value in values.items():
        if _returns_numbers(problem) and isinstance(value, np.ndarray) and value.dtype.kind in "iu" and case.precision:
            value = value.astype(np.float64)  # in a list 0 may stand for 0.0
        fault = _value_fault(problem, name, value, expected, case)
        found += (fault,) if fault else ()
    return found or _find_unmet_requirements(expected, values)


def find_missing_error(problem: Problem, case: Case, answer: Answer, expected: ExpectedError) -> Fault | None:
    """Return what is wrong with an answer where the function must raise, or None where it did."""
    cause = answer.error.cause if answer.error else None
    promised = f"{problem.call.function} must raise {expected.kind} where {expected.why}"
    if isinstance(cause, Raised):
        if expected.kind in (cause.type_name, *cause.bases):
            return None
        return Fault(Code.RAISES, f"{promised}; it raised {cause.type_name}.", failure=answer.error, late=True)
    if answer.error:
        return replace(_error_fault(problem, case, answer.error), late=True)
    given = answer.grads
    if isinstance(given, np.ndarray) and given.size <= MAX_SHOWN_NUMBERS:
        what = mark_hidden(str(given.item() if given.ndim == 0 else tuple(given.ravel().tolist())))
    else:
        what = _describe_type(given)
    return Fault(Code.STRUCTURE, f"{promised}; it returned {what}.", late=True)


def returned_gradient(problem: Problem, answer: Answer, name: str) -> np.ndarray | None:
    """Return one gradient of an answer as an array, or None where there is none."""
    values = values_by_gradient(problem, answer) if answer.error is None else None
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, np.ndarray) else None


def values_by_gradient(problem: Problem, answer: Answer) -> dict[str, Value] | Fault:
    """Return the returned values by gradient, or the fault that keeps them from being told apart."""
    names, function, grads = (list(problem.gradients), problem.call.function, answer.grads)
    if isinstance(problem, HuntProblem):
        read = problem.read(grads)
        return Fault(Code.STRUCTURE, read) if isinstance(read, str) else dict(read)
    if len(names) == 1:
        if isinstance(grads, tuple) and _returns_numbers(problem):
            sentence = f"{function} returned a list with something else in it than numbers; only numbers are needed."
            return Fault(Code.STRUCTURE, sentence)
        if isinstance(grads, tuple):
            return Fault(Code.STRUCTURE, f"{function} returned a tuple of {len(grads)}; {names[0]} itself is needed.")
        return {names[0]: grads}
    if not isinstance(grads, tuple):
        return Fault(
            Code.STRUCTURE, f"{function} returned {_describe_type(grads)}; a tuple ({', '.join(names)}) is needed."
        )
    if len(grads) != len(names):
        spare = [v for v in grads if v is not None]
        if len(spare) == len(names):
            sentence = (
                f"{function} returned None {_say_times(len(grads) - len(spare))} besides {', '.join(names)}: where a "
                "call gives a pair (param, state), only the first of the two is needed."
            )
            return Fault(Code.STRUCTURE, sentence)
        return Fault(
            Code.STRUCTURE, f"{function} returned {len(grads)} values; {len(names)} are needed: {', '.join(names)}."
        )
    return dict(zip(names, grads, strict=True))


def _error_fault(problem: Problem, case: Case, error: Failure) -> Fault:
    forward, function = problem.call.forward, problem.call.function
    if case.layout == "read-only" and "read-only" in error.message:
        called = {frame.function for frame in error.frames}
        writer = forward if forward in called and function not in called else function
        sentence = f"{writer} writes into an array that belongs to its caller."
        shown, public = (f"{sentence} {e.sentence()}" for e in (error, error.hide_message()))
        return Fault(Code.MUTATION, shown, failure=error, public_sentence=public)
    return Fault(Code(error.kind), f"{error.sentence()}{_describe_call(problem, case, error)}", failure=error)


def _find_failed_call(problem: Problem, case: Case, answer: Answer) -> tuple[Problem, Case]:
    """Return the problem and the case with the call that failed: the forward's own, or one step of an update rule."""
    call = problem.call
    if answer.error is None or answer.error.frames:
        return problem, case
    if isinstance(call, UpdateRuleCall):
        step = Call(None, call.function, ("param", "grad", "state"), options=True)
        return replace(problem, call=step), replace(case, options={"lr": None, **case.options})
    if call.forward and answer.y is None:
        return replace(problem, call=Call(None, call.forward, tuple(case.inputs), options=True)), case
    return problem, case


def _describe_call(problem: Problem, case: Case, error: Failure) -> str:
    """Return how the backward is called, where a call failed before the first line of the function ran."""
    call, cause = problem.call, error.cause
    if type(call) is not Call or error.frames or not (isinstance(cause, Raised) and cause.type_name == "TypeError"):
        return ""
    arguments = (*call.arguments, *(f"{name}=..." for name in case.options if call.options))
    return f" The call is {call.function}({', '.join(arguments)})."


def _change_fault(function: str, what: MemoryViolation) -> Fault:
    hint = "; work on a copy" if isinstance(what, Changed) else "; return a new array each time"
    return Fault(Code.MUTATION, f"{function} {what.describe()}{hint}.", of_result=isinstance(what, Aliased))


def _name_item(what: MemoryViolation, names: Mapping[str, tuple[str, ...]]) -> MemoryViolation:
    """Return a violation with the name of the item of a tuple ("g.w1") in place of its number ("g.0")."""
    if not isinstance(what, (Changed, Aliased)):
        return what
    path = what.path if isinstance(what, Changed) else what.owner
    named = {f"{key}.{place}": item for key, items in names.items() for place, item in enumerate(items)}
    return type(what)(named.get(path, path))


def _explain_spare_values(problem: Problem, case: Case, returned: Value | tuple[Value, ...]) -> str:
    """Return which inputs get no gradient, where as many values came back as there are inputs."""
    wrt = set(problem.oracle.wrt.values())
    others = {name: value for name, value in case.inputs.items() if name not in wrt}
    if not wrt or not others or not isinstance(returned, tuple) or len(returned) != len(case.inputs):
        return ""
    return f" {' '.join(_describe_constant(name, value) for name, value in others.items())}"


def _describe_constant(name: str, value: object) -> str:
    """Return why an input gets no gradient, and what to do about it."""
    if isinstance(value, (float, np.floating)):
        return f"{name} is a number and gets no gradient; np.array({name}) would."
    if isinstance(value, dict):
        return f"{name} is a dict and gets no gradient; its arrays would, as inputs of their own."
    if isinstance(value, np.ndarray) and value.dtype.kind in "iub":
        return f"{name} is an array of {value.dtype} and gets no gradient."
    return f"{name} gets no gradient."


def _value_fault(problem: Problem, name: str, value: Value, expected: Expected, case: Case) -> Fault | None:
    function, wanted = problem.call.function, expected.grads[name]
    if wanted is None:
        wrong = value is not None
        return (
            Fault(Code.STRUCTURE, f"{name} is {_describe_type(value)}; None is needed where there is none.", name)
            if wrong
            else None
        )
    if not isinstance(value, np.ndarray):
        needed = "a list" if _returns_numbers(problem) else "an array" if wanted.ndim else "a number"
        return Fault(Code.STRUCTURE, f"{function} gave {_describe_type(value)} for {name}; {needed} is needed.", name)
    if value.shape != wanted.shape:
        sentence = expected.explain_shape(name, value) or _describe_shape(problem, name, value, wanted)
        return Fault(Code.SHAPE, sentence, name)
    return _dtype_fault(name, value, wanted, case)


def _describe_shape(problem: Problem, name: str, value: np.ndarray, wanted: np.ndarray) -> str:
    if _returns_numbers(problem) and value.ndim == wanted.ndim == 1:
        return f"{name} has {write_size(len(value))} number{'s' * (len(value) != 1)}; {len(wanted)} are needed."
    return f"{name} has shape {write_shape(value.shape)}; {wanted.shape} is needed{_describe_wanted_shape(name)}."


def _dtype_fault(name: str, value: np.ndarray, expected: np.ndarray, case: Case) -> Fault | None:
    """Check that a value is as precise as the inputs; without inputs of fractions, of the expected kind."""
    kind, precision = value.dtype.kind, case.precision
    if precision and expected.dtype.kind == "f":
        right = kind == "f" and precision <= value.dtype.itemsize <= 8
        return None if right else _wrong_dtype(name, value, f"float{8 * precision} is needed, like the input's")
    if expected.dtype.kind in "iu":
        return None if kind in "iu" else _wrong_dtype(name, value, "a whole number is needed")
    if expected.dtype.kind == "b":
        return None if kind == "b" else _wrong_dtype(name, value, "true or false is needed")
    right = (kind == "f" and value.dtype.itemsize == 8) or (kind in "iu" and value.ndim == 0)  # 1 may stand for 1.0
    return None if right else _wrong_dtype(name, value, "float64 is needed")


def _wrong_dtype(name: str, value: np.ndarray, needed: str) -> Fault:
    return Fault(Code.DTYPE, f"{name} has dtype {value.dtype}; {needed}.", name)


def _returns_numbers(problem: Problem) -> bool:
    """Return whether a list of numbers counts as one array."""
    return isinstance(problem.call, FunctionCall) and problem.call.returns == "numbers"


def _find_unmet_requirements(expected: Expected, values: dict[str, Value]) -> tuple[Fault, ...]:
    """Return what is required of well-formed values besides their numbers, and they do not meet."""
    if not isinstance(expected, Requirement):
        return ()
    wrong = expected.find_unmet({name: v for name, v in values.items() if isinstance(v, np.ndarray)})
    return tuple(Fault(Code.FORMULA, sentence, name) for name, sentence in wrong.items())


def _describe_wanted_shape(name: str) -> str:
    return f", the shape of {name[1:]}" if name.startswith("d") and len(name) > 1 else ""


def _say_times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _describe_type(value) -> str:
    if value is None:
        return "None"
    if isinstance(value, Foreign):
        return f"a {value.type_name}"
    return f"a tuple of {len(value)}" if isinstance(value, tuple) else "an array"
