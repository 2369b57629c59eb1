"""check(): the file as it is on disk now, and one clear sentence for whatever is in it."""

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import cnnlab
from cnnlab import check, loader
from cnnlab.course.catalogue import NoSuchExercise
from cnnlab.course.learner_folder import link_chapter_files, show_path
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.render.html import to_html
from cnnlab.gradcheck.render.verdict import Kind, find_kind

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"
STUB = (loader.STUBS / "conv.py").read_text(encoding="utf-8")
SOLUTION = (SOLUTIONS / "conv.py").read_text(encoding="utf-8")
BIAS = 'raise NotImplementedError("ch08: write conv2d_bias_grad")'
RIGHT = "return dy.sum(axis=(0, 2, 3))"


@pytest.fixture
def room(tmp_path):
    """A learner's folder with the stubs in it."""
    for stub in loader.STUBS.glob("*.py"):
        (tmp_path / stub.name).write_bytes(stub.read_bytes())
    return tmp_path


def write(room, body):
    (room / "conv.py").write_text(STUB.replace(BIAS, body), encoding="utf-8")


def test_the_solutions_pass():
    report = check("conv2d", folder=SOLUTIONS)
    assert report.passed and report.core
    assert report.score == 1
    assert [part.name for part in report.parts] == ["conv2d_bias_grad", "conv2d_weight_grad", "conv2d_input_grad"]
    assert set(report.gradients) == {"dx", "dw", "db"}


def test_an_untouched_stub_scores_nothing(room):
    report = check("ch08", folder=room)
    assert not report.passed and not report.core
    assert report.score == 0
    assert [part.diagnosis_code for part in report.parts] == ["unwritten"] * 4
    assert f"write conv2d_bias_grad in {show_path(room / 'conv.py')}, line" in (report.parts[0].diagnosis or "")


def test_edit_save_check(room):
    """What is judged is what is on disk now, even within the resolution of a file's time."""
    for body, score in [(RIGHT, 1), ("return dy.sum(axis=(0, 2, 3)) / len(dy)", 0), (RIGHT, 1), (BIAS, 0)]:
        write(room, body)
        os.utime(room / "conv.py", (0, 0))
        assert check("conv2d_bias_grad", folder=room).score == score


def test_the_source_is_named(room):
    write(room, RIGHT)
    source = check("conv2d_bias_grad", folder=room).source
    assert source is not None
    assert source.file == show_path(room / "conv.py")
    assert len(source.sha256) == 64


def test_each_part_is_judged_alone(room):
    write(room, RIGHT)
    report = check("conv2d", folder=room)
    assert [part.passed for part in report.parts] == [True, False, False]
    assert report.score == pytest.approx(2 / 14)


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("return dy.sum(axis=(0, 2, 3)) / len(dy)", "scale", "exactly 1/N times"),
        ("return 1 / 0", "raises", "ZeroDivisionError: division by zero, in conv2d_bias_grad, line"),
        ("return conv2d_weight_grad(dy, dy, dy.shape)", "raises", "NotImplementedError"),
        ("raise NotImplementedError if dy.shape[0] > 1 else ValueError", "raises", "NotImplementedError"),
        ("return None", "structure", "None"),
        ("pass", "structure", "None"),
        ("return dy.sum(axis=0)", "shape", "(3,) is needed"),
        ("return dy.sum(axis=(0, 2, 3)).astype('float32')", "dtype", "float32"),
        ("dy *= 2; return dy.sum(axis=(0, 2, 3)) / 2", "mutation", "changes dy"),
        ("import torch; return torch.tensor(dy).sum((0, 2, 3)).numpy()", "borrowed", "PyTorch"),
        ("return 0 * dy.sum(axis=(0, 2, 3)) + float('nan')", "stability", "Every number of db is NaN"),
    ],
)
def test_a_wrong_function_gets_one_sentence(room, body, code, says):
    write(room, body)
    report = check("conv2d_bias_grad", folder=room)
    assert not report.passed
    assert report.diagnosis_code == code
    assert says in (report.diagnosis or "")


def test_a_backward_that_never_ends(room, monkeypatch):
    monkeypatch.setattr("cnnlab.gradcheck.subject.SECONDS", 0.2)
    write(room, "while True: pass")
    report = check("conv2d_bias_grad", folder=room)
    assert (report.score, report.diagnosis_code) == (0, "timeout")
    assert "while True: pass" in (report.diagnosis or "")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "is missing"),
        (b"", "has no function conv2d_bias_grad"),
        (b"def conv2d_bias_grad(dy):\n    return dy.sum(\n", "line 2 is not Python"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is not a text file"),
        (b"# coding: klingon\n", "is not a text file"),
        (b"x = '\xff\xfe'\n", "is not"),
        (b"import nowhere_at_all\n", "line 1 (import nowhere_at_all) could not be executed: ModuleNotFoundError"),
        (b"raise SystemExit\n", "could not be executed: SystemExit"),
        (b"from cnnlab.ops.poool import x\n", "No module named 'cnnlab.ops.poool'"),
        (b"def conv2d_bias_grad(dy):\n    return dy\n", "has no function conv2d_forward any more"),
        (b"x" * 2_000_000, "at most 1,000,000 are read"),
    ],
    ids=["missing", "empty", "syntax", "binary", "encoding", "bytes", "import", "exit", "topic", "forward", "huge"],
)
def test_a_file_that_cannot_be_used(room, content, says):
    (room / "conv.py").unlink()
    if content is not None:
        (room / "conv.py").write_bytes(content)
    report = check("conv2d_bias_grad", folder=room)
    assert (report.score, report.passed) == (0, False)
    assert report.diagnosis_code in ("load", "unwritten")
    assert says in (report.diagnosis or "")


def test_a_folder_in_place_of_the_file(room):
    (room / "conv.py").unlink()
    (room / "conv.py").mkdir()
    assert "not a regular file" in (check("conv2d_bias_grad", folder=room).diagnosis or "")


def test_a_file_that_never_ends_while_it_is_loaded(room, monkeypatch):
    monkeypatch.setattr(sys.modules["cnnlab.course.subjects"], "LOAD_TIMEOUT_SECONDS", 0.2)
    (room / "conv.py").write_text("while True:\n    pass\n", encoding="utf-8")
    report = check("conv2d_bias_grad", folder=room)
    assert report.diagnosis_code == "load"
    assert "was still running after 0.2 s" in (report.diagnosis or "")


@pytest.mark.parametrize("content", ["\ufeff" + SOLUTION, SOLUTION.replace("\n", "\r\n")], ids=["BOM", "CRLF"])
def test_editors_of_all_kinds(room, content):
    (room / "conv.py").write_bytes(content.encode("utf-8"))
    assert check("conv2d_bias_grad", folder=room).passed


def test_a_changed_forward_is_heard_first(room):
    wrong = SOLUTION.replace("y += b[:, None, None]", "y -= b[:, None, None]")
    (room / "conv.py").write_text(wrong, encoding="utf-8")
    report = check("conv2d_weight_grad", folder=room)
    assert (report.score, report.diagnosis_code) == (0, "forward")
    assert "conv2d_forward is wrong" in (report.diagnosis or "")


def test_a_changed_join_is_heard(room):
    wrong = SOLUTION.replace("return dx, dw, None if b is None", "return dw, dx, None if b is None")
    (room / "conv.py").write_text(wrong, encoding="utf-8")
    report = check("conv2d", folder=room)
    assert not report.passed
    assert report.score == 1
    assert "joins them and was given" in (report.diagnosis or "")


def test_only_general_cases_wrong_is_right_for_the_chapter(room):
    wrong = SOLUTION.replace("    # db[f]", "    if dy.dtype == 'float32': return dy.sum()\n    # db[f]")
    (room / "conv.py").write_text(wrong, encoding="utf-8")
    report = check("conv2d_bias_grad", folder=room)
    assert report.core and not report.passed
    assert report.score == pytest.approx(0.8)
    assert "right for this chapter, not yet in general" in str(report)
    assert report.pattern == "Fails in 1 of 49 cases: every one with float32, and no other."


def test_the_core_alone():
    report = check("conv2d_input_grad", stage="core", folder=SOLUTIONS)
    assert report.passed
    assert {case.stage for case in report.cases} == {"core"}


def test_a_function_of_ones_own():
    assert check("conv2d_bias_grad", function=lambda dy: dy.sum((0, 2, 3))).passed
    assert check("conv2d_bias_grad", function=lambda dy: -dy.sum((0, 2, 3))).diagnosis_code == "sign"


def test_a_pair_of_ones_own():
    solution = loader.folder(SOLUTIONS).load("conv")
    forward, backward = solution.function("conv2d_forward"), solution.function("conv2d_backward")
    assert forward and backward

    def own_forward(x, w, b, **options):
        y, cache = forward(x, w, b, **options)
        return y, {"anything": cache}

    report = check("conv2d", forward=own_forward, backward=lambda dy, cache: backward(dy, cache["anything"]))
    assert report.passed
    assert set(report.gradients) == {"dx", "dw", "db"}


def test_a_pair_that_does_less_is_judged_by_what_it_does():
    solution = loader.folder(SOLUTIONS).load("conv")
    forward, backward = solution.function("conv2d_forward"), solution.function("conv2d_backward")
    assert forward and backward

    def no_groups(x, w, b, *, groups=1, **options):
        if groups > 1:
            raise NotImplementedError
        return forward(x, w, b, **options)

    report = check("conv2d", forward=no_groups, backward=backward)
    assert report.passed
    assert report.skipped == {"cases the forward does not implement": 6}


def test_no_case_judged_is_not_a_pass():
    def nothing(*inputs, **options):
        raise NotImplementedError

    report = check("conv2d", forward=nothing, backward=nothing)
    assert not report.passed and not report.core
    assert report.score == 0


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("conv2d_imput_grad",), NoSuchExercise, "did you mean conv2d_input_grad"),
        (("",), NoSuchExercise, "there are"),
        ((None,), TypeError, "a name is needed"),
        (("conv2d", {"stage": "cor"}), ValueError, "'core' is needed"),
        (("conv2d", {"seed": -1}), ValueError, "a whole number from 0 up"),
        (("conv2d", {"function": print}), ValueError, "several exercises"),
        (("conv2d_bias_grad", {"function": 3}), TypeError, "a function is needed"),
        (("conv2d", {"forward": print}), TypeError, "two functions are needed"),
    ],
)
def test_bad_questions(arguments, error, says):
    what, options = arguments[0], (arguments[1] if len(arguments) > 1 else {})
    with pytest.raises(error, match=says):
        check(what, **options)


def test_seeds_change_the_numbers_and_not_the_verdict():
    def wrong(dy):
        return dy.sum((0, 2, 3)) + 1

    reports = [check("conv2d_bias_grad", function=wrong, seed=seed) for seed in (0, 1)]
    assert reports[0].gradients["db"].expected != reports[1].gradients["db"].expected
    assert reports[0].pattern == reports[1].pattern


def test_the_report_is_json_even_with_infinity():
    report = check("conv2d_bias_grad", function=lambda dy: dy.sum((0, 2, 3)) * np.inf)
    assert json.loads(report.to_json())["gradients"]["db"]["got"] in ("inf", "-inf", "nan")


def test_points_are_a_plain_float():
    report = check("conv2d_bias_grad", function=lambda dy: dy.sum((0, 2, 3)))
    assert type(report.points(2)) is float
    assert report.points(2) == 2.0
    for bad in (-1, float("nan"), None, "2"):
        with pytest.raises(ValueError, match="a number from 0 up"):
            report.points(bad)  # pyright: ignore


def test_use_prints_the_folder_it_takes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loader, "_chosen", [])
    monkeypatch.chdir(tmp_path)
    cnnlab.use("work")
    assert "there is no folder work here" in capsys.readouterr().out
    assert loader.learner_folder() == loader.DEFAULT_FOLDER
    (tmp_path / "work").mkdir()
    cnnlab.use("work")
    assert capsys.readouterr().out == "Your files: work\n"
    assert loader.learner_folder() == tmp_path / "work"


@pytest.mark.parametrize(
    ("work", "links"),
    [
        (True, "[first.py](work/first.py), [activations.py](work/activations.py)"),
        (
            False,
            "[first.py](../../a%20course/ops/first.py), [activations.py](../../a%20course/ops/activations.py)",
        ),
    ],
    ids=["a chapter of its own", "the whole course"],
)
def test_the_files_of_a_chapter_are_linked_from_its_notebook(work, links, tmp_path, monkeypatch, capsys):
    notebook = tmp_path / "notebooks" / "ch00_start_here"
    notebook.mkdir(parents=True)
    (tmp_path / "a course" / "ops").mkdir(parents=True)
    if work:
        (notebook / "work").mkdir()
    monkeypatch.setattr(loader, "_chosen", [])
    monkeypatch.setattr(loader, "DEFAULT_FOLDER", tmp_path / "a course" / "ops")
    monkeypatch.chdir(notebook)
    cnnlab.use("work")
    assert link_chapter_files(notebook) == links
    assert link_chapter_files(tmp_path) == "", "no chapter's folder"
    assert "](" not in capsys.readouterr().out, "a terminal gets the line alone"


def test_nothing_is_taken_from_the_working_directory_unasked(tmp_path, monkeypatch):
    monkeypatch.setattr(loader, "_chosen", [])
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "conv.py").write_text("raise SystemExit('executed')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert loader.folder().path == loader.DEFAULT_FOLDER.resolve()


@pytest.mark.parametrize(
    "text",
    [
        "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass Kept:\n    x: int\n",
        "import warnings\nwarnings.warn('about nothing')\n",
        "pattern = '\\d'\n",
        "import functools\n",
    ],
    ids=["dataclass", "warning", "escape", "import"],
)
def test_what_a_file_may_hold_besides(room, text):
    (room / "conv.py").write_text(text + SOLUTION, encoding="utf-8")
    assert check("conv2d_bias_grad", folder=room).passed


def test_a_function_by_another_name(room):
    text = SOLUTION.replace("def conv2d_bias_grad(", "def _sum(") + "\n\nconv2d_bias_grad = _sum\n"
    (room / "conv.py").write_text(text, encoding="utf-8")
    assert check("conv2d_bias_grad", folder=room).passed


def test_a_decorated_forward_is_not_differencing(room):
    wrapper = "import functools\n\n\ndef noted(f):\n    @functools.wraps(f)\n    def wrapper(*a, **k):\n"
    wrapper += "        return f(*a, **k)\n\n    return wrapper\n\n\n"
    text = SOLUTION.replace("def conv2d_forward(", "@noted\ndef conv2d_forward(")
    text = text.replace("def channel_product(", "@noted\ndef channel_product(")
    (room / "conv.py").write_text(wrapper + text, encoding="utf-8")
    assert check("conv2d", folder=room).passed


def test_the_message_of_an_op_is_not_public_either(room):
    write(room, "raise ValueError(dy.ravel()[:6].tolist())")
    public = check("conv2d", folder=room).public()
    assert "[" not in (public.diagnosis or "").partition("line")[0]


def test_a_report_does_not_hold_the_answer_key():
    report = check("conv2d_input_grad", function=lambda dy, w, x_shape, **options: np.zeros(x_shape))
    assert report.example is not None
    report.example.expected[...] = 0
    assert check("conv2d_input_grad", folder=SOLUTIONS).passed


def test_a_forward_with_pytorch_and_a_backward_without():
    import torch

    solution = loader.folder(SOLUTIONS).load("conv")
    given, backward = solution.function("conv2d_forward"), solution.function("conv2d_backward")
    assert given and backward

    def forward(x, w, b, **options):
        tensors = (None if a is None else torch.tensor(a) for a in (x, w, b))
        return torch.nn.functional.conv2d(*tensors, **options).numpy(), given(x, w, b, **options)[1]

    assert check("conv2d", forward=forward, backward=backward).passed


def test_a_gigantic_answer_is_wrong_without_a_warning():
    report = check("conv2d_bias_grad", function=lambda dy: dy.sum((0, 2, 3)) * 1e200)
    assert (report.passed, report.score) == (False, 0)


@pytest.mark.parametrize(
    ("exercise", "function", "sentence"),
    [
        ("topological_order", lambda nodes: [nodes[0]], "a list with something else in it than numbers"),
        ("count_parameters", lambda layers: None, "gave None for count; a number is needed"),
        ("numerical_vjp", lambda f, x, dy, **options: None, "gave None for dx; an array is needed"),
    ],
    ids=["nodes in a list", "nothing for a number", "nothing for an array"],
)
def test_what_is_needed_is_named_by_its_kind(exercise, function, sentence):
    report = check(exercise, function=function)
    assert report.diagnosis_code == "structure" and sentence in report.diagnosis


def test_what_calls_an_unwritten_exercise_cannot_be_judged_yet(room):
    (room / "conv_transpose.py").write_text(
        (SOLUTIONS / "conv_transpose.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    shutil.copy(loader.STUBS / "conv.py", room)
    report = check("conv_transpose2d_backward", folder=room)
    assert (report.diagnosis_code, report.waits_for, report.score) == (Code.UNWRITTEN, "conv2d_input_grad", 0)
    assert "cannot be judged yet: its forward pass calls conv2d_input_grad" in (report.diagnosis or "")
    assert report.line and report.line.file.endswith("conv.py")
    assert "cannot be judged yet" in str(report) and "first write" in to_html(report)
    assert find_kind(report) == Kind.UNWRITTEN, "grey, and no mark of wrong"

    (room / "conv.py").write_text(SOLUTION, encoding="utf-8")
    assert check("conv_transpose2d_backward", folder=room).passed
    shutil.copy(loader.STUBS / "conv_transpose.py", room)
    shutil.copy(loader.STUBS / "conv.py", room)
    assert check("conv_transpose2d_backward", folder=room).waits_for == "", "its own turn comes first"
