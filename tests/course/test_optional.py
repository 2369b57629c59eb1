"""Optional exercises: they are checked when they are named, give no points, and no chapter asks for them."""

import ast
from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnlab import check, loader, nn, status
from cnnlab.course import catalogue
from cnnlab.errors import WrongValue
from cnnlab.gradcheck.codes import Code
from cnnlab.nn import gears
from cnnlab.progress import UNWRITTEN
from tests.solutions.agreement import SOLUTIONS

#: The points of the chapters. To chapter 11 those of version 0.1.0, but for ReLU's two, which went from chapter 4 to 0.
POINTS = {
    "ch00": 4,
    "ch01": 9,
    "ch02": 7,
    "ch03": 14,
    "ch04": 10,
    "ch05": 19,
    "ch06": 5,
    "ch07": 10,
    "ch08": 18,
    "ch09": 14,
    "ch10": 10,
    "ch11": 8,
    "ch12": 24,
    "ch13": 18,
    "ch14": 14,
    "ch15": 21,
    "ch16": 8,
    "ch17": 9,
    "ch18": 10,
    "ch19": 24,
}


def without_gelu(source: str) -> str:
    """Return activations.py as version 0.1.0 handed it out: without the functions and the cache of gelu."""
    lines = source.splitlines(keepends=True)
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.lower().startswith("gelu"):
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)


@pytest.fixture
def old(tmp_path):
    """A folder with a whole activations.py of version 0.1.0, which has nothing of gelu."""
    source = without_gelu((SOLUTIONS.path / "activations.py").read_text(encoding="utf-8"))
    assert "gelu_" not in source
    (tmp_path / "activations.py").write_text(source, encoding="utf-8")
    return tmp_path


@pytest.fixture
def chosen(old):
    """The old folder, chosen as the learner's."""
    before = loader.learner_folder()
    loader.choose(old)
    gears.look_again()
    yield old
    loader.choose(before)
    gears.look_again()


def test_a_chapter_does_not_ask_for_it():
    assert "gelu_backward" not in [e.name for e in catalogue.chapter("ch04")]
    assert "gelu_backward" not in [e.name for e in catalogue.list_graded_exercises("ch04")]
    assert "gelu_backward" not in [e.name for e in catalogue.find("activations")]
    assert [e.name for e in catalogue.find("gelu")] == ["gelu_backward"]
    for chapter, points in POINTS.items():
        assert sum(e.points for e in catalogue.chapter(chapter)) == points


def test_an_optional_exercise_with_points_is_refused():
    with pytest.raises(WrongValue, match="gelu_backward is optional and worth 2 points; give it 0 points"):
        replace(catalogue.exercise("gelu_backward"), points=2)


def test_it_is_checked_when_it_is_named():
    report = check("gelu", folder=SOLUTIONS.path)
    assert report.passed and report.score == 1
    wrong = check("gelu_backward", function=lambda dy, cache: dy * (1 + cache.t) / 2)
    assert not wrong.passed and wrong.diagnosis_code == Code.FORMULA
    assert "its share x/2·(1 − t²)·u' is missing" in (wrong.diagnosis or "")


def test_a_chapter_passes_with_a_file_that_does_not_have_it(old):
    report = check("ch04", folder=old)
    assert report.passed and report.score == 1
    assert check("activations", folder=old).passed


def test_a_file_that_does_not_have_it_says_so(old):
    report = check("gelu_backward", folder=old)
    assert report.diagnosis_code == Code.UNWRITTEN
    assert "has no function gelu_backward; write it there." in (report.diagnosis or "")


def test_it_is_judged_with_the_given_forward_where_the_file_has_none(old):
    with (old / "activations.py").open("a", encoding="utf-8") as file:
        file.write(
            "\n\ndef gelu_backward(dy, cache):\n"
            "    x, t = cache\n"
            "    du = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)\n"
            "    return (dy * ((1 + t) / 2 + x / 2 * (1 - t**2) * du)).astype(dy.dtype)\n"
        )
    report = check("gelu_backward", folder=old)
    assert report.passed, report


def test_its_layer_runs_on_pytorch_until_it_is_written(chosen):
    x = np.random.default_rng(0).normal(size=(3, 4))
    layer, leaf = nn.GELU(), torch.tensor(x, requires_grad=True)
    y = layer(x)
    wanted = torch.nn.functional.gelu(leaf, approximate="tanh")
    wanted.backward(torch.ones_like(wanted))
    np.testing.assert_allclose(y, wanted.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(layer.backward(np.ones_like(y)), leaf.grad.numpy(), atol=1e-12)
    assert gears.state(catalogue.exercise("gelu_backward")) == gears.PYTORCH


def test_status_shows_it_on_a_line_of_its_own(old):
    found = status(old)
    [row] = [r for r in found.optional if r.exercise.name == "gelu_backward"]
    assert row.state == UNWRITTEN
    assert "gelu_backward" not in [r.exercise.name for r in found.list_required()]
    assert "gelu_backward" not in found.next
    text = found.to_text(every=True)
    assert f"Optional exercises, which give no points: 0 of {len(found.optional)} pass." in text
    [line] = [line for line in text.splitlines() if "gelu_backward" in line]
    assert line.split() == ["○", "gelu_backward", "optional", "unwritten"]
    assert "gelu_backward" not in str(found)
    assert "Optional exercises" in found._repr_html_()


def test_torchs_exact_gelu_is_not_taken():
    with pytest.raises(TypeError, match="approximate='none'; cnnlab's has only 'tanh'"):
        nn.from_torch(torch.nn.GELU())
    with pytest.raises(ValueError, match="approximate is 'none'; 'tanh' is needed"):
        nn.GELU("none")
