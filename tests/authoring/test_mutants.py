"""No mutant of a solution passes unless it is right, and the list of those that are right holds nothing else."""

import ast

import numpy as np
import pytest

from authoring import mutant_table
from authoring.contract_mutants import BREACHES
from authoring.equivalent_mutants import EQUIVALENT
from authoring.mutants import agrees_widely, is_caught, mutants, reachable_functions
from authoring.mutations import mutations
from cnnlab import check
from cnnlab.course.catalogue import EXERCISES
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from tests.solutions.agreement import solution

#: But for the layer of one's own, whose forward is the learner's: test_own_layer.py has its breaches.
BACKWARD = [
    name
    for name, e in EXERCISES.items()
    if e.problem.call.arguments[:1] == ("dy",) and not isinstance(e.problem, OwnLayerProblem)
]


def every(name, step=1, first=0):
    """Every so many of an exercise's mutants."""
    return list(mutants(EXERCISES[name]))[first::step]


def test_an_operator_is_exchanged_dropped_and_turned_round():
    function = ast.parse("def f(a, b):\n    return a - b").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert [m.words for m in mutations(function)] == ["a - b -> a + b", "a - b -> a", "a - b -> b", "a - b -> b - a"]


def test_what_refuses_bad_input_is_left_alone():
    function = ast.parse(
        "def f(a):\n    if a < 0:\n        raise ValueError('a')\n    upstream(a, 1)\n    return a"
    ).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert list(mutations(function)) == []


def test_the_helpers_that_a_backward_runs_are_mutated_too():
    assert {"conv2d_input_grad", "taps", "crop"} <= set(reachable_functions(EXERCISES["conv2d_input_grad"]))


def unexpected(name, some):
    left = [m for m in some if not is_caught(m)]
    return [m.key for m in left if m.key not in EQUIVALENT.get(name, {}) or not agrees_widely(m)]


@pytest.mark.parametrize("name", EXERCISES)
def test_some_mutants_are_caught(name):
    some = every(name)
    assert unexpected(name, some[:: max(1, len(some) // 4)]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_all_mutants_are_caught(name):
    assert unexpected(name, every(name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_mutants_are_caught_without_pytorch(name):
    left = [m for m in every(name, 5) if not is_caught(m, torch=False)]
    assert [m.key for m in left if m.key not in EQUIVALENT.get(name, {})] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", EQUIVALENT)
def test_the_list_of_equivalent_mutants_holds_no_other(name):
    """A line for a mutant that is caught, or that does not exist any more, is to be taken out."""
    assert set(EQUIVALENT[name]) <= {m.key for m in every(name) if not is_caught(m)}


@pytest.mark.parametrize("name", BACKWARD)
def test_the_contract_is_kept_or_the_breach_is_named(name):
    function = getattr(solution(EXERCISES[name].topic), name)
    dy_is_a_number = all(np.ndim(case.dy) == 0 for case in EXERCISES[name].problem.oracle.plan(0))
    for breach in BREACHES if name == "linear_backward" else BREACHES[len(name) % 3 :: 3]:
        if dy_is_a_number and breach.words == "dy is written into":
            continue  # nothing can be written into a number
        report = check(name, function=breach.break_it(function))
        assert not report.passed, breach.words
        assert report.diagnosis_code in breach.codes, f"{breach.words}: {report.diagnosis_code}: {report.diagnosis}"


def test_a_mutant_that_is_no_mistake_is_a_survivor_until_it_is_reviewed(monkeypatch):
    monkeypatch.setitem(EQUIVALENT, "relu_backward", {})
    counts, survivors = mutant_table.count_mutants("relu_backward")
    assert (counts["survivors"], counts["equivalent"]) == (1, 0)
    assert survivors == ["relu_backward: x > 0 -> x >= 0"]


def test_the_table_has_a_row_for_each_exercise():
    text = mutant_table.table(["relu_backward"])
    rows = [line.split("|")[1].strip() for line in text.splitlines()]
    assert rows == ["exercise", "---", "`relu_backward`", "all"]
    assert np.diff([len(line.split("|")) for line in text.splitlines()]).tolist() == [0, 0, 0]


def test_a_table_of_some_exercises_keeps_the_rows_of_the_others():
    row = "| `{}` | {} | 1 | 0 | 0 | 2 | 2 | 2 | 0 | 0 |\n"
    old = mutant_table.HEAD + row.format("relu_backward", 5) + row.format("tanh_backward", 6) + "| all | 11 |\n"
    new = mutant_table.HEAD + row.format("gelu_backward", 3) + row.format("tanh_backward", 7) + "| all | 10 |\n"
    names = ["relu_backward", "tanh_backward", "gelu_backward", "softmax_backward"]
    rows = mutant_table.merge_tables(old, new, names).removeprefix(mutant_table.HEAD).splitlines()
    assert [row.split(" | ")[:2] for row in rows] == [
        ["| `relu_backward`", "5"],
        ["| `tanh_backward`", "7"],
        ["| `gelu_backward`", "3"],
        ["| all", "15"],
    ]
