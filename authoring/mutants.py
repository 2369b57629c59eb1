"""Make mutants: each solution with one mistake in it, to be judged like a learner's file.

The checker's cases are good enough when no mutant passes. One that does is either the same function written in another
way, and then it is in equivalent_mutants.py with the reason, or shows a case that is missing.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from authoring import wide_cases
from authoring.mutations import Mutation, mutations
from cnnlab import loader
from cnnlab.course.catalogue import EXERCISES
from cnnlab.course.exercise import Exercise
from cnnlab.gradcheck.engine import CheckOptions, judge
from cnnlab.gradcheck.own_layer_problem import OwnLayerProblem
from cnnlab.gradcheck.problem import HuntProblem, Problem
from cnnlab.gradcheck.subject import FunctionSubject

#: How many cases are asked before all of them are.
FIRST = 4

SOLUTIONS = Path(__file__).parents[1] / "solutions" / "ops"


@dataclass(frozen=True)
class Mutant:
    """One mistake in code that an exercise runs. name: of its function.   module: the whole file with the mistake."""

    exercise: Exercise
    name: str
    words: str
    module: ast.Module

    @property
    def key(self) -> str:
        """Return its key in the list of equivalent mutants: the function and the change."""
        return f"{self.name}: {self.words}"

    @property
    def source(self) -> str:
        """Return the whole file as text."""
        return ast.unparse(ast.fix_missing_locations(self.module))


@cache
def _file(topic: str) -> ast.Module:
    return ast.parse((SOLUTIONS / f"{topic}.py").read_text(encoding="utf-8"))


def reachable_functions(exercise: Exercise) -> list[str]:
    """Return the functions of the exercise's file that it runs, itself first."""
    functions = {n.name: n for n in _file(exercise.topic).body if isinstance(n, ast.FunctionDef)}
    found = [exercise.name]
    for name in found:
        called = (n.id for n in ast.walk(functions[name]) if isinstance(n, ast.Name))
        found += [n for n in dict.fromkeys(called) if n in functions and n not in found]
    return found


def mutants(exercise: Exercise) -> Iterator[Mutant]:
    """Yield every mutant of an exercise, in file order.

    None for a bug hunt, which any exposing case solves, for a layer of one's own, which any layer solves, and for a
    function to repair: its cases are those of an earlier exercise, whose mutants are counted there.
    """
    if isinstance(exercise.problem, HuntProblem | OwnLayerProblem) or exercise.topic in loader.TOPICS_TO_REPAIR:
        return
    module, wanted = _file(exercise.topic), reachable_functions(exercise)
    for number, node in enumerate(module.body):
        if isinstance(node, ast.FunctionDef) and node.name in wanted:
            for mutation in mutations(node):
                yield Mutant(exercise, node.name, mutation.words, replace_function(module, number, mutation))


def replace_function(module: ast.Module, number: int, mutation: Mutation) -> ast.Module:
    """Return the module with another function in the place of one."""
    return ast.Module([*module.body[:number], mutation.function, *module.body[number + 1 :]], [])


def function_of(mutant: Mutant) -> Callable | None:
    """Return the exercise's function from the mutant's file, loaded as a learner's file; None if loading fails."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{mutant.exercise.topic}.py").write_text(mutant.source, encoding="utf-8")
        loaded = loader.Folder(Path(folder), SOLUTIONS).load(mutant.exercise.topic)
        return loaded.function(mutant.exercise.name) if loaded.module else None


def is_caught(mutant: Mutant, *, torch: bool | None = None) -> bool:
    """Return whether the exercise's own cases fail the mutant, or its file does not load."""
    return not all(_passes(mutant, problem, torch) for problem in split_problem(mutant.exercise.name))


def agrees_widely(mutant: Mutant) -> bool:
    """Return whether the mutant is right in many random cases that are not in the exercise's plan."""
    return _passes(mutant, _widely(mutant.exercise.name), None)


def _passes(mutant: Mutant, problem: Problem, torch: bool | None) -> bool:
    function = function_of(mutant)
    if function is None:
        return False
    functions = {problem.call.function: function}
    if problem.call.forward:
        assert problem.oracle.reference
        functions[problem.call.forward] = problem.oracle.reference
    return judge(problem, FunctionSubject(functions, problem.call), CheckOptions(torch=torch)).passed


@cache
def split_problem(name: str) -> tuple[Problem, Problem]:
    """Return an exercise with its first cases alone, which fail most mutants, and with all of them."""
    problem = EXERCISES[name].problem
    whole = problem.oracle.plan
    first = replace(problem.oracle, plan=lambda seed: whole(seed)[:FIRST])
    return replace(problem, oracle=first, rivals=()), problem


@cache
def _widely(name: str) -> Problem:
    exercise = EXERCISES[name]
    return replace(exercise.problem, oracle=replace(exercise.problem.oracle, plan=wide_cases.plan(exercise)))
