"""The page that says what is defended names tests that are there, and files that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from grading.class_folder import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
TESTS = {
    node.name
    for path in Path(__file__).parent.rglob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef)
}


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 20
    assert named <= TESTS, named - TESTS


def test_every_defence_names_its_file_and_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "attack | defence" not in line]
    assert len(rows) > 10
    for row in rows:
        _, _, _, where, tests, _ = row.split("|")
        assert "`test_" in tests, row
        for name in re.findall(r"`(\w+\.py)`", where):
            assert list((ROOT / "grading").rglob(name)), name
        for path in re.findall(r"`(\w+/[\w./]+)`", where):
            assert (ROOT / path).exists(), path
