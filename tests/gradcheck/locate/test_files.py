"""Learner files: searched in a child process, never changed; what cannot be searched is refused."""

import pytest

import cnnlab
from cnnlab import cli
from cnnlab.course import locate_line
from cnnlab.gradcheck.diagnosis.locate.search import Search

SUM = "return dy.sum(axis=(0, 2, 3))"


def test_the_line_is_found_and_the_file_stays_as_it_is(folder, spoil):
    path = spoil("conv", "dx_split[cells] += by_tap", "dx_split[cells] = by_tap")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    found = cnnlab.locate("conv2d_input_grad", folder=folder)
    assert found and found.all and found.file == str(path)
    assert path.read_text(encoding="utf-8").splitlines()[found.line - 1] == found.text
    assert found.text[slice(*found.span)] == "="
    assert found.after == found.before.replace(" = ", " += ")
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()} == before


def test_a_mistake_in_a_helper_of_the_same_file_is_found(folder, spoil):
    spoil("conv", "reshape(n, groups, channels // groups, *size)", "reshape(n, channels // groups, groups, *size)")
    found = cnnlab.locate("conv2d_weight_grad", folder=folder, seconds=30)
    assert found and found.all
    assert "groups, *size)" in found.text or "channels // groups" in found.text


def test_two_mistakes_are_found_one_after_the_other(folder, spoil):
    spoil("linear", "db = None if", "dx = -dx\n    db = None if")
    path = spoil("linear", "dw = ", "dw = 2 * ")
    found = cnnlab.locate("linear_backward", folder=folder, seconds=30)
    assert found and found.all and found.then and found.then.then is None
    assert found.cases < found.of and found.then.cases == found.of
    lines = path.read_text(encoding="utf-8").splitlines()
    assert {lines[place.line - 1].split()[0] for place in (found, found.then)} == {"dx", "dw"}
    assert {found.text.strip(), found.then.text.strip()} == {"dx = -dx", "dw = 2 * _rows(dy).T @ _rows(x)"}


def test_an_op_stands_for_its_first_wrong_exercise(folder, spoil):
    spoil("conv", SUM, "return dy.mean(axis=(0, 2, 3))")
    found = cnnlab.locate("conv2d", folder=folder)
    assert found and found.text.strip() == "return dy.mean(axis=(0, 2, 3))"


def test_a_second_search_of_the_same_source_makes_no_trial(folder, spoil, monkeypatch):
    spoil("conv", SUM, "return dy.sum(axis=(0, 2))")
    first = cnnlab.locate("conv2d_bias_grad", folder=folder)
    monkeypatch.setattr(Search, "run", lambda self: pytest.fail("a second search"))
    assert cnnlab.locate("conv2d_bias_grad", folder=folder) is first


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        (SUM, SUM, "passes every case"),
        (SUM, 'raise NotImplementedError("ch08: write conv2d_bias_grad")', "is not written yet"),
        (SUM, "return (", "is not Python"),
        ("import numpy as np", "import numpie as np", "could not be executed"),
        ("def conv2d_bias_grad", "def conv2d_bias_gradient", "has no function conv2d_bias_grad"),
    ],
    ids=["right", "unwritten", "no Python", "raises when it is loaded", "gone"],
)
def test_what_cannot_be_searched_is_refused(folder, spoil, right, wrong, sentence):
    spoil("conv", right, wrong)
    with pytest.raises(ValueError, match=sentence):
        cnnlab.locate("conv2d_bias_grad", folder=folder)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("k = 0\n    while k < len(dy):\n        k += 1\n    return -dy.sum(axis=(0, 2, 3))", "return -dy"),
        ("if dy is None:\n        import os; os._exit(0)\n    return -dy.sum(axis=(0, 2, 3))", "return -dy"),
        ("room = np.zeros(len(dy) * 2**20)\n    return -dy.sum(axis=(0, 2, 3))", "return -dy"),
        ("print('said', flush=True)\n    return -dy.sum(axis=(0, 2, 3))", "return -dy"),
    ],
    ids=["a loop that a change makes endless", "a change ends the process", "a change takes much memory", "prints"],
)
def test_a_trial_that_goes_wrong_costs_that_trial_alone(folder, spoil, body, expected):
    spoil("conv", SUM, body)
    found = cnnlab.locate("conv2d_bias_grad", folder=folder, seconds=60)
    assert found and found.all and expected in found.text


def test_a_file_that_ends_its_process_is_refused(folder, spoil):
    spoil("conv", "import numpy as np\n", "import numpy as np\nimport os\nos._exit(0)\n")
    with pytest.raises(ValueError, match="ended the process"):
        cnnlab.locate("conv2d_bias_grad", folder=folder)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"seconds": 0}, ValueError, "seconds is 0"),
        ({"function": 3}, TypeError, "a function is needed"),
        ({"function": print, "step": print}, TypeError, "three ways"),
        ({"forward": print}, TypeError, "two functions are needed"),
    ],
    ids=["no time", "no function", "two of them", "half a pair"],
)
def test_what_is_no_question_is_refused(given, error, sentence):
    with pytest.raises(error, match=sentence):
        cnnlab.locate("conv2d", **given) if "forward" in given else cnnlab.locate("conv2d_bias_grad", **given)


def test_the_command_shows_the_line_and_the_change_when_asked(folder, spoil, capsys):
    spoil("conv", SUM, "return dy.sum(axis=(0, 1, 3))")
    assert cli.main(["locate", "conv2d_bias_grad", "--folder", str(folder)]) == cli.PASSED
    said = capsys.readouterr().out
    assert "conv.py, line" in said and "dy.sum(axis=(0, 1, 3))" in said and "axis=(0, 2, 3)" not in said
    assert cli.main(["locate", "conv2d_bias_grad", "--folder", str(folder), "--show"]) == cli.PASSED
    assert f"+      {SUM}" in capsys.readouterr().out


def test_the_command_says_where_nothing_was_found(folder, spoil, capsys):
    spoil("conv", SUM, "return np.arange(7.0)[: dy.shape[1]] ** 3")
    assert cli.main(["locate", "conv2d_bias_grad", "--folder", str(folder), "--seconds", "1"]) == cli.FAILED
    assert "No line was found" in capsys.readouterr().out


def test_the_parent_runs_no_learner_code(folder, spoil, monkeypatch):
    spoil("conv", SUM, "return dy.sum(axis=(0, 3))")
    monkeypatch.setattr(locate_line.loader.Folder, "load", lambda *_: pytest.fail("loaded here"))
    found = cnnlab.locate("conv2d_bias_grad", folder=folder)
    assert found and found.all
