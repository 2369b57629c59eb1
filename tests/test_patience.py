"""The suite's own limits: each goes through `patience`, and none asserts how fast something is."""

import ast
from pathlib import Path

import pytest

from tests import patience as module
from tests.patience import IDLE_FACTOR, LARGEST_FACTOR, VARIABLE, patience

FILES = sorted(Path(__file__).parent.rglob("*.py"))

#: Calls whose argument is a time limit, and keywords that are one.
CALLS = {"set_default_timeout", "wait_for_timeout", "wait", "wait_for", "join"}
KEYWORDS = {"timeout", "startup_timeout", "deadline"}
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "time"}


def is_number(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)


def faults(source):
    """The lines with a limit of their own, or an assertion about time."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [k.value for k in node.keywords if k.arg in KEYWORDS]
            given += node.args if name in CALLS else []
            found += [node.lineno for value in given if is_number(value)]
        elif isinstance(node, ast.Assert):
            calls = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
            found += [node.lineno for f in calls if isinstance(f, ast.Attribute) and f.attr in CLOCKS]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FILES[0].parent)))
def test_every_limit_goes_through_patience(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "process.communicate(timeout=60)",
        "page.set_default_timeout(20_000)",
        "process.wait(20)",
        "thread.join(5)",
        "assert time.monotonic() - started < 600",
        "settings(deadline=200)",
    ],
)
def test_a_limit_of_its_own_is_noticed(line):
    assert faults(line) == [1]
    assert (
        faults("process.communicate(timeout=patience(60))") == faults("process.wait()") == faults("' '.join(a)") == []
    )


@pytest.mark.parametrize(("load", "factor"), [(0.0, IDLE_FACTOR), (2.0, 2 * IDLE_FACTOR), (1e6, LARGEST_FACTOR)])
def test_it_grows_with_the_load(monkeypatch, load, factor):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(module.os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    assert patience(10) == pytest.approx(10 * factor)


def test_the_environment_decides(monkeypatch):
    monkeypatch.setenv(VARIABLE, "7")
    assert patience(10) == 70
