"""The kinds of call: what each of them can be, how it reads a result, and how it crosses to the worker."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnlab.course import catalogue
from cnnlab.gradcheck.runner import calls
from cnnlab.gradcheck.runner.calls import Call, FunctionCall
from grading.worker.sandboxed import wire

PROBLEMS = {e.name: e.problem for e in catalogue.EXERCISES.values()}
SENT = calls.to_wire(FunctionCall("f", ("g", "x"), True, "numbers", ("g",)))

NONSENSE = {
    "a cache without a forward": lambda: Call(None, "f"),
    "an unknown way of returning": lambda: FunctionCall("f", ("x",), returns="lists"),  # type: ignore[arg-type]
    "a function that is no argument": lambda: FunctionCall("f", ("x",), functions=("g",)),
}

#: What is returned, how it is read, and what it then is.
RESULTS = {
    "values as they are": ("values", (1.0, [2.0]), (1.0, [2.0])),
    "a nested tuple": ("nested values", (1.0, [2.0, (3.0, 4.0)]), (1.0, 2.0, 3.0, 4.0)),
    "one value where tuples may be nested": ("nested values", 1.0, 1.0),
    "numbers with a word among them": ("numbers", [1, "two"], [1, "two"]),
    "one number": ("numbers", 3, 3),
}

#: What is not a call: the change of a right message.
REFUSED = {
    "no object": lambda sent: [sent],
    "no kind": lambda sent: {k: v for k, v in sent.items() if k != "kind"},
    "a kind that is no word": lambda sent: {**sent, "kind": 1},
    "an unknown kind": lambda sent: {**sent, "kind": "Exec"},
    "the fields of another kind": lambda sent: {**sent, "kind": "Call"},
    "a field too many": lambda sent: {**sent, "forward": None},
    "a field too few": lambda sent: {k: v for k, v in sent.items() if k != "returns"},
    "a function that is no word": lambda sent: {**sent, "function": 1},
    "arguments in a list": lambda sent: {**sent, "arguments": ["g", "x"]},
    "an argument that is no word": lambda sent: {**sent, "arguments": ("g", 1)},
    "options that are a number": lambda sent: {**sent, "options": 1},
    "an unknown way of returning": lambda sent: {**sent, "returns": "lists"},
}


@pytest.mark.parametrize("make", NONSENSE.values(), ids=NONSENSE)
def test_a_call_that_makes_no_sense_cannot_be_built(make):
    with pytest.raises(ValueError, match=r"name the forward|is needed|must be one of"):
        make()


@pytest.mark.parametrize(("returns", "returned", "wanted"), RESULTS.values(), ids=RESULTS)
def test_a_result_is_read_as_its_call_says(returns, returned, wanted):
    assert FunctionCall("f", returns=returns).arrange_result(returned) == wanted


def test_a_list_of_numbers_is_read_as_an_array():
    found = FunctionCall("f", returns="numbers").arrange_result([1, np.float32(2.5)])
    assert isinstance(found, np.ndarray)
    assert found.tolist() == [1.0, 2.5]


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_call_of_every_exercise_crosses_to_the_worker(name):
    call, arrays = PROBLEMS[name].call, []
    sent = json.dumps(wire.pack(calls.to_wire(call), arrays))
    assert calls.from_wire(wire.unpack(json.loads(sent), ())) == call
    assert arrays == []


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_what_is_no_call_is_refused(change):
    assert calls.from_wire(SENT) == FunctionCall("f", ("g", "x"), True, "numbers", ("g",))
    with pytest.raises(ValueError, match=r"call|fields|is no|needed"):
        calls.from_wire(change(SENT))


@pytest.mark.parametrize("name", PROBLEMS)
def test_only_a_backward_has_a_forward_and_gradients(name):
    problem = PROBLEMS[name]
    assert (type(problem.call) is Call) == bool(problem.call.forward) == (problem.of in ("gradient", "layer"))
