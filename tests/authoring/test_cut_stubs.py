"""The learner's files are the solutions with the exercises cut out, and nothing that only a solution needs."""

import ast

import pytest

from authoring.cut_stubs import copy_to_ops, cut, differing, list_written, main, stubs
from authoring.hunt_mistakes import CHANGES
from cnnlab.course.catalogue import EXERCISES
from cnnlab.loader import TOPICS_TO_REPAIR
from cnnlab.sourcefile import is_stub

SOURCE = '''"""A topic."""

import math
from functools import partial, reduce

from ROOM.arguments import size_pair


def foo_forward(x):
    """Given."""
    return reduce(max, x), shared(x)


def foo_backward(dy, cache):
    """The gradient.

    dy: a number.
    """
    size_pair("dy", dy, 0)
    # dx = 2 dy
    return _secret(dy) * math.pi


def _secret(dy):
    return partial(_deeper, dy)()


def _deeper(dy):
    return dy


def shared(x):
    return x
'''

STUB = '''"""A topic."""

from functools import reduce

from ROOM.arguments import size_pair


def foo_forward(x):
    """Given."""
    return reduce(max, x), shared(x)


def foo_backward(dy, cache):
    """The gradient.

    dy: a number.
    """
    raise NotImplementedError("ch00: write foo_backward")


def shared(x):
    return x
'''


def test_bodies_go_and_what_only_they_used_but_for_what_other_learner_files_offer():
    source, stub = (text.replace("ROOM", "cnnlab.ops") for text in (SOURCE, STUB))
    assert cut(source, {"foo_backward": "ch00"}) == stub


def test_an_exercise_without_a_docstring_is_refused():
    with pytest.raises(ValueError, match="foo has no docstring"):
        cut("def foo(x):\n    return x\n", {"foo": "ch00"})


def test_the_stubs_in_the_tree_are_those_of_the_solutions():
    assert differing() == []
    assert main(["--check"]) == 0


def test_every_exercise_is_a_stub_or_to_be_repaired_and_nothing_else_is():
    found = {}
    for text in stubs().values():
        functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
        found |= {f.name: is_stub(f) for f in functions}
    written = {name for e in EXERCISES.values() for name in list_written(e)}
    assert {"own_layer_forward", "own_layer_cases", "own_layer_wrong_3"} <= written
    to_repair = {name for name, e in EXERCISES.items() if e.topic in TOPICS_TO_REPAIR}
    assert {name for name, stub in found.items() if stub} == written - to_repair
    assert to_repair == set(CHANGES) <= found.keys()


def test_the_model_project_is_in_no_stub():
    """Its signature, its helpers and its inputs would give it away."""
    assert "def own_layer_forward(x: np.ndarray, w: np.ndarray)" in stubs()["own_layer.py"]
    assert not any(word in stubs()["own_layer.py"] for word in ("gamma", "length", "unit"))


def test_a_copy_keeps_what_was_changed_and_nothing_else(tmp_path):
    before = stubs()
    written = before["conv.py"] + "\n\nMY_WORK = 1\n"
    (tmp_path / "conv.py").write_text(written, encoding="utf-8")
    (tmp_path / "pool.py").write_text("# an earlier stub\n", encoding="utf-8")
    backups = copy_to_ops(tmp_path, {**before, "pool.py": "# an earlier stub\n"})
    assert [backup.read_text(encoding="utf-8") for backup in backups] == [written]
    assert {p.name: p.read_text(encoding="utf-8") for p in tmp_path.glob("*.py")} == before
