"""Folders of learner files to run networks on: all written, none written, or any mixture of the two."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnlab import loader
from cnnlab.course import catalogue, passes
from cnnlab.nn import gears

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"

#: Whose gradients a network runs on -> the folder that makes it so.
FOLDERS = {"yours": SOLUTIONS, "PyTorch's": loader.STUBS}


@pytest.fixture
def choose(monkeypatch) -> Callable[[Path], None]:
    """choose(folder): learner files are taken from there, for this test."""
    monkeypatch.setattr(loader, "_chosen", [])
    monkeypatch.setattr(passes, "_passed", set())  # what another test has checked, in the very same words

    def chosen(folder: Path) -> None:
        loader.choose(folder)
        gears.look_again()

    return chosen


@pytest.fixture(params=FOLDERS)
def whose(request, choose) -> str:
    """Every test that asks for this runs twice: on the learner's gears and on PyTorch's."""
    choose(FOLDERS[request.param])
    return request.param


class Room:
    """A learner's folder, the chosen one."""

    def __init__(self, path: Path):
        self.path = path

    def put(self, topic: str, text: str) -> None:
        """Save a file."""
        (self.path / f"{topic}.py").write_text(text, encoding="utf-8")
        gears.look_again()

    def write(self, exercise: str, body: str) -> None:
        """Write an exercise of an untouched file."""
        asked = catalogue.exercise(exercise)
        stub = (self.path / f"{asked.topic}.py").read_text(encoding="utf-8")
        raised = f'raise NotImplementedError("{asked.chapter}: write {exercise}")'
        assert raised in stub
        self.put(asked.topic, stub.replace(raised, body))

    def solve(self, topic: str, *but: str) -> None:
        """Write every exercise of a file rightly, but for these."""
        self.put(topic, unwritten((SOLUTIONS / f"{topic}.py").read_text(encoding="utf-8"), *but))


@pytest.fixture
def room(tmp_path, choose) -> Room:
    """A folder with the files as they are handed out."""
    for stub in loader.STUBS.glob("*.py"):
        (tmp_path / stub.name).write_bytes(stub.read_bytes())
    choose(tmp_path)
    return Room(tmp_path)


def unwritten(source: str, *names: str) -> str:
    """The text of a file with the bodies of these functions taken out."""
    lines = source.splitlines(keepends=True)
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            assert ast.get_docstring(node) and node.end_lineno
            lines[node.body[1].lineno - 1 : node.end_lineno] = ["    raise NotImplementedError\n"]
    return "".join(lines)
