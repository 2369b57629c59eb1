"""The hunt of chapter 19: what is handed out is wrong and counts as unwritten; a repair scores whole or not at all."""

import ast
import re

import numpy as np
import pytest

from authoring.hunt_mistakes import CHANGES, LETTERS, spoil_body
from cnnlab import check, given, loader
from cnnlab.course import catalogue
from cnnlab.gradcheck.codes import Code
from cnnlab.sourcefile import list_unchanged
from tests.solutions.agreement import solution

STUB = (loader.STUBS / "hunt.py").read_text(encoding="utf-8")

names = pytest.mark.parametrize("name", CHANGES)


def body_of(source, name):
    """Return the lines of a function, as text."""
    [node] = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name]
    return ast.unparse(node)


@names
def test_what_is_handed_out_is_wrong_and_scores_nothing(name):
    report = check(name, function=given(name))
    assert not report.passed and report.score == 0
    assert any(case.verdict == "pass" for case in report.cases) or report.diagnosis, "nobody could find this mistake"


@names
def test_it_differs_from_the_solution_in_one_place(name):
    right, wrong, *change = map(plain, (*(body_of(text, name) for text in (_read_solution(), STUB)), *CHANGES[name]))
    assert right.replace(*change) == wrong
    assert "#" not in wrong


def plain(text):
    """Return code without spaces and quotes, which do not depend on the mistake."""
    return re.sub(r"[\s\"']", "", text)


def _read_solution():
    return (loader.STUBS.parents[2] / "solutions" / "ops" / "hunt.py").read_text(encoding="utf-8")


def test_as_handed_out_every_function_is_unwritten(tmp_path):
    (tmp_path / "hunt.py").write_text(STUB, encoding="utf-8")
    report = check("hunt", folder=tmp_path)
    assert {part.diagnosis_code for part in report.parts} == {Code.UNWRITTEN}
    assert report.score == 0 and "find the mistake of" in str(report.parts[0].diagnosis)


def test_a_comment_and_another_layout_are_no_repair(tmp_path):
    changed = STUB.replace("return dy * (dy > 0)", "# the mask\n    return dy * (  dy > 0  )")
    (tmp_path / "hunt.py").write_text(changed, encoding="utf-8")
    assert check("repair_relu_backward", folder=tmp_path).diagnosis_code == Code.UNWRITTEN


def test_a_change_is_judged_and_scores_only_if_it_passes_every_case(tmp_path):
    """The linear layer's dx and db are right as handed out; another wrong dw earns nothing for them."""
    for change, score in (("/ len(samples) / 2", 0), ("", 1)):
        changed = STUB.replace("samples / len(samples)", f"samples {change}".rstrip())
        (tmp_path / "hunt.py").write_text(changed, encoding="utf-8")
        report = check("repair_linear_backward", folder=tmp_path)
        assert (report.passed, report.score) == (score == 1, score)
        assert report.gradients["dx"].passed and report.gradients["db"].passed


def test_a_function_nested_beyond_reason_is_not_taken_for_the_stub():
    deep = ast.parse("def f(x):\n    return x\n")
    node = deep.body[0].body[0]
    for _ in range(5000):
        node.value = ast.UnaryOp(ast.USub(), node.value)
    assert list_unchanged(deep, deep) == frozenset()


def test_every_run_of_the_picture_has_a_mistake_of_its_own():
    assert (
        sorted(LETTERS.values())
        == sorted(CHANGES)
        == sorted(e.name for e in catalogue.chapter("ch19") if e.name.startswith("repair_"))
    )


def test_a_mistake_that_the_solution_does_not_have_is_refused():
    with pytest.raises(ValueError, match="0 times; once is needed"):
        spoil_body("repair_relu_backward", "    return dy\n")


def test_no_file_for_learners_tells_whose_run_is_whose():
    with np.load(loader.STUBS.parents[1] / "data" / "embedded" / "hunt_runs.npz") as file:
        assert not any("repair" in name or "backward" in name for name in file.files)


@names
def test_a_solution_is_the_op_of_the_earlier_chapter(name):
    """The repaired function passes as the exercise whose cases it shares."""
    assert check(name.removeprefix("repair_"), function=getattr(solution("hunt"), name)).passed
