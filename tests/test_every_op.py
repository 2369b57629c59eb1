"""Every op of the catalogue has a layer, random cases, a comparison with PyTorch, and wrong implementations.

`python -m authoring.new_op` writes a skeleton of each part. A failure names the file that lacks the op.
"""

import ast
import importlib
import re
from pathlib import Path
from pkgutil import iter_modules

import pytest

import cnnlab.nn
import tests.rejects
from authoring.build_notebooks import CHAPTERS
from authoring.op_templates import MARK
from authoring.wide_cases import DRAWS, WINDOWS
from cnnlab.course import catalogue

ROOT = Path(__file__).parents[1]

#: The ops that have a forward and a backward.
OPERATIONS = {o.name: o for o in catalogue.OPERATIONS if o.pair is not None}

#: Ops without a layer in cnnlab.nn, each with the reason.
WITHOUT_LAYER = {
    "square": "the first example of chapter 0, which no network uses",
    "l1_penalty": "a term of the loss, which is computed from the parameters and not from a layer's input",
    "l2_penalty": "a term of the loss, which is computed from the parameters and not from a layer's input",
    "roi_max_pool": "its boxes are a second input, and a layer of a network takes one; the head of a detector calls it",
    "roi_align": "its boxes are a second input, and a layer of a network takes one; the head of a detector calls it",
    "yolo_loss": "its target is three arrays, boxes, classes and mask, and a loss is called with (pred, target)",
    "attention": "it has three inputs and no parameters, and the layers of cnnlab.nn take one input",
}

#: Ops whose planned cases are drawn with other seeds, without sizes of their own, each with the reason.
WITHOUT_DRAWS = {"square": "it has no shape and no option to vary but the number of entries"}

every_op = pytest.mark.parametrize("name", OPERATIONS)


def list_layer_ops() -> set[str]:
    """Return the ops that a layer or a loss of cnnlab.nn runs on."""
    classes = [getattr(cnnlab.nn, name) for name in cnnlab.nn.__all__]
    return {kind.op_name for kind in classes if hasattr(kind, "op_name")}


def list_names(source: str) -> set[str]:
    """Return the names, attributes and strings of a Python file."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def names_op(source: str, name: str) -> bool:
    """Return whether a test that compares with PyTorch names an op, or its forward."""
    names = list_names(source)
    return bool({"assert_agrees", "torch"} & names) and bool({name, f"{name}_forward"} & names)


def count_implementations(name: str) -> tuple[int, int]:
    """Return how many right and wrong implementations there are for the exercises of an op."""
    for topic in iter_modules(tests.rejects.__path__):
        if not topic.name.startswith("test_"):
            importlib.import_module(f"tests.rejects.{topic.name}")
    exercises = {e.name for e in OPERATIONS[name].exercises}
    kinds = (tests.rejects.RIGHT, tests.rejects.WRONG)
    right, wrong = (sum(one.exercise in exercises for one in kind) for kind in kinds)
    return right, wrong


def list_unchecked(text: str, exercises) -> list[str]:
    """Return the exercises that a chapter's text neither grades nor, where they are optional, checks."""
    return [
        e.name
        for e in exercises
        if (f'check("{e.name}")' if e.optional else f"exercise: {e.name}\n") not in text and not e.by_hand
    ]


def has_step(text: str, where: str) -> bool:
    """Return whether a chapter has the steps that "chapter 4, steps 10 and 11" names; a place may name none."""
    steps = re.findall(r"\d+", where.partition("step")[2])
    return all(re.search(rf"(?m)^#+ Step {step}\.", text) for step in steps)


def read_chapter(chapter: str) -> str:
    [path] = CHAPTERS.glob(f"{chapter}_*.md")
    return path.read_text(encoding="utf-8")


@every_op
def test_an_op_has_a_layer(name):
    topic = OPERATIONS[name].topic
    assert (name in list_layer_ops()) != (name in WITHOUT_LAYER), (
        f"{name}: write a layer with op_name = {name!r} in cnnlab/nn/{topic}.py and add it to "
        "cnnlab/nn/__init__.py and exchange.py, or give the reason in WITHOUT_LAYER in "
        "tests/test_every_op.py, but not both"
    )


@every_op
def test_an_op_has_random_cases(name):
    assert (name in {**DRAWS, **WINDOWS}) != (name in WITHOUT_DRAWS), (
        f"{name}: add a row to DRAWS in authoring/wide_cases.py, or give the reason in WITHOUT_DRAWS in "
        "tests/test_every_op.py, but not both"
    )


@every_op
def test_an_op_is_compared_with_pytorch(name):
    file = ROOT / "tests" / "solutions" / f"test_{OPERATIONS[name].topic}.py"
    assert names_op(file.read_text(encoding="utf-8"), name), (
        f"{name}: add a test with assert_agrees to tests/solutions/{file.name}"
    )


@every_op
def test_an_op_has_right_and_wrong_implementations(name):
    right, wrong = count_implementations(name)
    file = f"tests/rejects/{OPERATIONS[name].topic}.py"
    assert right, f"{name}: add a right backward pass that is written in another way to {file}"
    assert wrong, f"{name}: add wrong backward passes with their codes to {file}"


@every_op
def test_a_chapter_has_the_exercises_of_an_op(name):
    for exercise in OPERATIONS[name].exercises:
        text = read_chapter(exercise.chapter)
        assert not list_unchecked(text, [exercise]), (
            f"{exercise.name}: add a code cell with "
            + (f'check("{exercise.name}")' if exercise.optional else f"exercise: {exercise.name}")
            + f" to authoring/chapters/{exercise.chapter}_*.md"
        )
        assert has_step(text, exercise.where), (
            f"{exercise.name}: where is {exercise.where!r} in cnnlab/course/topics/{exercise.topic}.py, and "
            f"{exercise.chapter} has no such step"
        )


@every_op
def test_a_skeleton_is_filled_in(name):
    topic = OPERATIONS[name].topic
    files = [
        *(f"solutions/ops/{topic}.py", f"cnnlab/course/topics/{topic}.py", f"cnnlab/nn/{topic}.py"),
        *(f"tests/rejects/{topic}.py", f"tests/solutions/test_{topic}.py", "authoring/wide_cases.py"),
        *("cnnlab/nn/exchange.py", "tests/nn/test_layers.py"),
    ]
    for file in filter(lambda file: (ROOT / file).is_file(), files):
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        left = [f"{file}:{number}" for number, line in enumerate(lines, 1) if MARK in line]
        assert not left, f"fill in {', '.join(left)}"


@pytest.mark.parametrize("reasons", [WITHOUT_LAYER, WITHOUT_DRAWS], ids=["layers", "draws"])
def test_an_exception_is_of_an_op_that_exists(reasons):
    assert reasons.keys() <= OPERATIONS.keys()
    assert all(len(reason.split()) > 5 for reason in reasons.values())


def test_each_rule_refuses_its_bad_example():
    gelu = catalogue.exercise("gelu_backward")
    relu = catalogue.exercise("relu_backward")
    assert "no_such_op" not in list_layer_ops()
    assert not names_op("from tests.solutions.agreement import assert_agrees\nassert_agrees(relu_forward)", "gelu")
    assert not names_op('name = "gelu"', "gelu")
    assert list_unchecked("exercise: relu\n", [relu, gelu]) == ["relu_backward", "gelu_backward"]
    assert list_unchecked('exercise: relu_backward\ncheck("gelu_backward")', [relu, gelu]) == []
    assert not has_step("### Step 1. One\n", "chapter 4, steps 1 and 2")
