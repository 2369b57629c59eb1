"""A layer of one's own: right ones of several kinds score in full, and whatever is wrong is said in a sentence."""

from pathlib import Path

import numpy as np
import pytest

from cnnlab import check
from cnnlab.course import catalogue
from cnnlab.errors import WrongType
from cnnlab.gradcheck.codes import Code
from cnnlab.loader import STUBS
from cnnlab.progress import status
from tests.course.topics.own_layers import RIGHT, write_file

SOLUTIONS = Path(__file__).parents[3] / "solutions" / "ops"
BACKWARD = "own_layer_backward"


def define(name: str, body: str) -> str:
    """Return the source of a function of own_layer.py with another body."""
    arguments = {"forward": "x, a", "cases": ""}.get(name, "dy, cache")
    return f"def own_layer_{name}({arguments}):\n    {body}\n"


def forward(body: str) -> dict[str, str]:
    return {"forward": define("forward", body)}


def backward(body: str) -> dict[str, str]:
    return {"backward": define("backward", body)}


def cases(expression: str) -> dict[str, str]:
    return {"cases": define("cases", f"return {expression}")}


def third(body: str) -> dict[str, str]:
    return {"wrong_3": define("wrong_3", body)}


GATE_BACKWARD = """x, a, m, s = cache
    dz = (dy * x).sum(axis=1, keepdims=True) * s * (1 - s)
    return {}, (dz * m).sum(axis=0)"""

DIFFERENCING = """x, a, m, s = cache

    def slope(value, index, forward):
        up, down = value.copy(), value.copy()
        up[index] += 1e-6
        down[index] -= 1e-6
        return (dy * (forward(up) - forward(down))).sum() / 2e-6

    dx = [slope(x, index, lambda v: own_layer_forward(v, a)[0]) for index in np.ndindex(x.shape)]
    return np.reshape(dx, x.shape), np.array([slope(a, 0, lambda v: own_layer_forward(x, v)[0])])"""

#: What is exchanged in the gate -> the score, the code, and words of the sentence.
FILES = {
    "no cases": (cases("[]"), 0, Code.STRUCTURE, "returned no cases; a list of cases is needed"),
    "None for the cases": (cases("None"), 0, Code.STRUCTURE, "own_layer_cases returned None"),
    "a case in no list": (cases("(np.ones((2, 2)), np.ones(1))"), 0, Code.STRUCTURE, "[(x, w)] for a single one"),
    "a dict of cases": (cases("{'x': np.ones(3)}"), 0, Code.STRUCTURE, "returned a dict"),
    "many cases": (cases("[(np.ones((2, 2)), np.ones(1))] * 100_000"), 0, Code.STRUCTURE, "more than 8 cases"),
    "a huge case": (cases("[(np.ones((2000, 2000)), np.ones(1))]"), 0, Code.STRUCTURE, "more than 200 numbers"),
    "long cases": (cases("[(np.ones(2),) * 60]"), 0, Code.STRUCTURE, "more than 7 values"),
    "cases of several lengths": (
        cases("[(np.ones((2, 2)), np.ones(1)), (np.ones((2, 2)),)]"),
        0,
        Code.STRUCTURE,
        "Case 2 of own_layer_cases has 1 value, and case 1 has 2",
    ),
    "lists for arrays": (cases("[([1.0, 2.0], [3.0])]"), 0, Code.STRUCTURE, "x is a list; an array"),
    "objects": (cases("[(np.array([[None, 2]]), np.ones(1))]"), 0, Code.STRUCTURE, "dtype object"),
    "a word": (cases("[(np.ones((2, 2)), 'mean')]"), 0, Code.STRUCTURE, "a is a str"),
    "an empty array": (cases("[(np.ones((0, 2)), np.ones(1))]"), 0, Code.STRUCTURE, "x is empty; at least"),
    "NaN in a case": (cases("[(np.array([[np.nan, 2]]), np.ones(1))]"), 0, Code.STRUCTURE, "x holds NaN"),
    "whole numbers": (cases("[(np.ones((2, 2), int), np.ones(1, int))]"), 0, Code.DTYPE, "write 1.0 for 1"),
    "whole numbers in x": (cases("[(np.ones((2, 2), int), np.ones(1))]"), 0, Code.STRUCTURE, "da itself is needed"),
    "x an array of fractions in one case alone": (
        cases("[(np.ones((2, 2)), np.ones(1)), (np.ones((2, 2), int), np.ones(1))]"),
        0,
        Code.DTYPE,
        "In case 2 of own_layer_cases, x is an array of whole numbers, and in case 1 an array of fractions",
    ),
    "other cases each time": (
        cases("[(np.random.normal(size=(2, 2)), np.ones(1))]"),
        0,
        Code.NONDETERMINISTIC,
        "returns other cases when it is called again",
    ),
    "a constant": (forward("return np.ones(3), (x, a)"), 0, Code.FORWARD, "does not depend on x in any of your cases"),
    "the identity": (forward("return x + 0 * a, (x, a)"), 0, Code.FORWARD, "does not depend on a in any of your cases"),
    "an input that cancels": (
        forward("z = x + a; return (z - z.mean(axis=1, keepdims=True)) ** 3, (x, a)"),
        0,
        Code.FORWARD,
        "does not depend on a in any of your cases: da is 0 everywhere",
    ),
    "kinks": (
        forward("return np.abs(x) * a, (x, a)") | cases("[(np.zeros((2, 2)), np.ones(1))]"),
        0,
        Code.FORWARD,
        "At more than half of the entries of x, own_layer_forward has a kink, where many a dx is right",
    ),
    "a kink beside zeros": (
        forward("return np.maximum(x, 0) + a * a, (x, a)") | cases("[(np.array([[0.0, -1.0]]), np.ones(1))]"),
        0,
        Code.FORWARD,
        "In your cases dx is 0 except at kinks of own_layer_forward, where 0 may be right as well",
    ),
    "a fixed sum": (forward("return x + 2 * a, (x, a)"), 0, Code.FORWARD, "is a fixed sum of its inputs"),
    "random numbers": (
        forward("return x * a * np.random.random(), (x, a)"),
        0,
        Code.NONDETERMINISTIC,
        "gives another y when it is called again",
    ),
    "a counter": (
        {"forward": "CALLS = []\n\n" + define("forward", "CALLS.append(0); return x * a + 1e-6 * len(CALLS), (x, a)")},
        0,
        Code.NONDETERMINISTIC,
        "gives another y after more calls",
    ),
    "an input written to": (forward("x *= 2; return x * a, (x, a)"), 0, Code.MUTATION, "own_layer_forward changes x"),
    "NaN in y": (forward("return np.log(x * a), (x, a)"), 0, Code.FORWARD, "In case 1, own_layer_forward gives NaN"),
    "y alone": (forward("return x * a"), 0, Code.STRUCTURE, "own_layer_forward returned y alone"),
    "a word for y": (forward("return 'y', (x, a)"), 0, Code.FORWARD, "returned a str for y"),
    "float32": (forward("return np.float32(x * a), (x, a)"), 0, Code.DTYPE, "gives y in float32"),
    "float32 inside": (
        forward("return np.float64(np.float32(x * a)), (x, a)"),
        0,
        Code.FORWARD,
        "compute in float64 throughout",
    ),
    "noise": (forward("return np.sin(1e9 * x) * a, (x, a)"), 0, Code.FORWARD, "Differences give no dx at"),
    "a large y": (forward("return np.ones((2001, 1, 1)) * x * a, (x, a)"), 0, Code.SHAPE, "more than 2,000 numbers"),
    "another shape nearby": (
        forward("return x[x > x.mean()] * a, (x, a)") | cases("[(np.array([[1.0, 1.0]]) - 1e-4, np.ones(1))]"),
        0,
        Code.SHAPE,
        "gives an empty y",
    ),
    "a y of another shape from some call on": (
        {
            "forward": "CALLS = []\n\n"
            + define("forward", "CALLS.append(0); y = x * a; return (y if len(CALLS) < 9 else y[:, None]), (x, a)")
        },
        0,
        Code.FORWARD,
        "Near case 1, own_layer_forward gives a y of another shape than in the case itself",
    ),
    "a forward that raises": (forward("raise ValueError('no')"), 0, Code.RAISES, "ValueError: no"),
    "a forward that raises nearby": (
        forward("assert x.max() <= 2; return x * a, (x, a)") | cases("[(np.array([[1.0, 2.0]]), np.ones(1))]"),
        0,
        Code.RAISES,
        "Near case 1, where differences are taken: AssertionError",
    ),
    "a wrong sign": (backward(GATE_BACKWARD.format("-s * dy - dz * a / x.shape[1]")), 0, Code.SIGN, "dx has the wrong"),
    "a gradient too few": (backward("return cache[3] * dy"), 0, Code.STRUCTURE, "a tuple (dx, da) is needed"),
    "differences": (backward(DIFFERENCING), 0, Code.BORROWED, "takes its gradient from differences"),
    "a right version": (third("return own_layer_backward(dy, cache)"), 5 / 6, None, "is right in all of your cases"),
    "a version that raises": (third("raise ValueError('7.25')"), 5 / 6, None, "wrong_3 raises ValueError in line"),
    "a version of zeros": (third("return 0 * dy, np.zeros(1)"), 5 / 6, None, "gives 0 everywhere"),
    "a version twice": (third("return own_layer_wrong_2(dy, cache)"), 5 / 6, None, "same numbers as own_layer_wrong_2"),
    "a version of another shape": (third("return dy[:1], np.ones(1)"), 5 / 6, None, "does not give dx in case 1"),
    "a version of one gradient": (third("return dy"), 5 / 6, None, "does not give dx in case 1"),
    "a version of NaN": (third("return np.nan * dy, np.ones(1)"), 5 / 6, None, "gives NaN or infinity in case 1"),
    "a version of random numbers": (
        third("return dy * np.random.random(), np.ones(1)"),
        5 / 6,
        None,
        "gives other numbers when it is called again",
    ),
    "a version that writes into dy": (third("dy *= 2; return dy + 0, np.ones(1)"), 5 / 6, None, "wrong_3 changes dy"),
    "a version that is missing": ({"wrong_3": ""}, 5 / 6, None, "own_layer_wrong_3 is not written yet"),
    "a version as it was handed out": (
        third("raise NotImplementedError('ch19: write own_layer_wrong_3')"),
        5 / 6,
        None,
        "own_layer_wrong_3 is not written yet",
    ),
    "a case in which two versions are right": (
        cases("[(np.array([[1.0, 2.0], [3.0, 5.0]]), np.zeros(1))]"),
        4 / 6,
        None,
        "own_layer_wrong_1 is right in all of your cases",
    ),
}


def check_file(folder: Path, text: str):
    (folder / "own_layer.py").write_text(text, encoding="utf-8")
    return check(BACKWARD, folder=folder)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_layer_scores_in_full(name, tmp_path):
    report = check_file(tmp_path, write_file(RIGHT[name]))
    assert report.passed and report.score == 1, report
    assert "3 of 3 wrong versions rejected · 4 of 4 points" in " ".join(str(report).split())


def test_the_model_project_scores_in_full():
    report = check(BACKWARD, folder=SOLUTIONS)
    assert report.passed and report.score == 1
    [note] = report.notes
    assert "own_layer_wrong_1 in every case" in note  # each of the others is right somewhere
    assert "own_layer_wrong_2 in cases 1 and 3, and not in case 2" in note
    assert "own_layer_wrong_3 in cases 1 and 2, and not in case 3" in note


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_right_and_wrong_do_not_depend_on_the_seed(seed):
    assert check(BACKWARD, folder=SOLUTIONS, seed=seed).score == 1


@pytest.mark.parametrize("name", FILES)
def test_a_file(name, tmp_path):
    pieces, score, code, words = FILES[name]
    report = check_file(tmp_path, write_file(**pieces))
    assert report.score == pytest.approx(score)
    assert report.diagnosis_code == (code or Code.NOT_REJECTED)
    assert words in report.diagnosis
    assert report.core == bool(score) and not report.passed


def test_a_faulty_forward_is_not_said_of_the_backward(tmp_path):
    report = check_file(tmp_path, write_file(**forward("return x + 2 * a, (x, a)")))
    assert str(report).startswith("✗ own_layer_backward cannot be judged: 0 of 4 points")


def test_an_input_without_gradient_is_named(tmp_path):
    report = check_file(tmp_path, write_file(**cases("[(np.ones((2, 2)), 0.7)]")))
    assert "a has no gradient, since it is a single number. A parameter of one number must be an array" in str(
        " ".join(str(report).split())
    )


def test_what_was_handed_out_is_to_write(tmp_path):
    report = check_file(tmp_path, (STUBS / "own_layer.py").read_text(encoding="utf-8"))
    assert report.score == 0 and report.diagnosis_code == Code.UNWRITTEN
    assert str(report).startswith("○ to write: own_layer_backward")


@pytest.mark.parametrize("name", ["forward", "backward", "cases"])
def test_what_must_be_written_first_is_grey(name, tmp_path):
    text = write_file(**{name: define(name, f"raise NotImplementedError('ch19: write own_layer_{name}')")})
    report = check_file(tmp_path, text)
    assert report.diagnosis_code == Code.UNWRITTEN
    assert report.diagnosis.startswith(f"ch19: write own_layer_{name} in ")
    assert (f"first write own_layer_{name}" in str(report)) == (name != "backward")
    row = next(row for row in status(tmp_path).rows if row.exercise.name == BACKWARD)
    assert (row.state, row.earned) == ("unwritten", 0)


def test_right_gradients_alone_give_half(tmp_path):
    unwritten = {n: define(n, "raise NotImplementedError") for n in ("wrong_1", "wrong_2", "wrong_3")}
    report = check_file(tmp_path, write_file(**unwritten))
    assert report.score == 0.5 and report.core
    assert str(report).startswith("◐ own_layer_backward is right, but not every wrong version counts yet")
    row = next(row for row in status(tmp_path).rows if row.exercise.name == BACKWARD)
    assert (row.state, row.earned) == ("core passes", 2)


def test_wrong_gradients_give_nothing_for_versions(tmp_path):
    report = check_file(tmp_path, write_file(**backward(GATE_BACKWARD.format("-s * dy - dz * a / x.shape[1]"))))
    assert report.score == 0
    assert {g.verdict for g in report.gradients.values() if g.version} == {"not judged"}
    assert "as soon as the gradients are right in every case" in report.pattern


def test_kinks_are_counted_and_any_slope_between_is_right(tmp_path):
    report = check_file(tmp_path, write_file(RIGHT["PReLU"]))
    assert report.skipped == {"entries at a kink or a tie, where any sub-gradient is right": 2}
    assert "Not compared: 2 entries at a kink" in " ".join(str(report).split())


def test_a_version_that_differs_at_a_kink_alone_is_right_there(tmp_path):
    layer = RIGHT["PReLU"]
    subgradient = "x, slope = cache\n    return np.where(x >= 0, dy, slope * dy), own_layer_backward(dy, cache)[1]"
    report = check_file(tmp_path, write_file(layer, wrong_3=define("wrong_3", subgradient)))
    assert "own_layer_wrong_3 is right in all of your cases" in report.diagnosis


def test_a_gradient_that_cancels_to_rounding_is_compared(tmp_path):
    report = check_file(tmp_path, write_file(RIGHT["pooling of power p"]))
    assert report.passed and report.skipped == {}
    [note] = report.notes
    assert "own_layer_wrong_1 in every case" in note
    assert "own_layer_wrong_3 in case 1, and not in case 2" in note


def test_a_gradient_that_should_cancel_and_does_not_is_wrong(tmp_path):
    layer = RIGHT["pooling of power p"]
    only_there = "cells, p, k, m = cache\n    dx, dp = right(dy, cache)\n    return dx, dp + dy.sum() * (k == 1)"
    backward_of = layer["backward"].replace("own_layer_backward", "right") + define("backward", only_there)
    report = check_file(tmp_path, write_file(layer, backward=backward_of))
    assert report.score == 0 and report.gradients["dp"].verdict == "fail"
    assert {case.name: case.verdict for case in report.cases} == {"case 1": "pass", "case 2": "fail"}


def test_the_report_says_the_same_as_json_and_as_a_page(tmp_path):
    report = check_file(tmp_path, write_file(**third("return own_layer_backward(dy, cache)")))
    said = report.to_dict()
    assert {name: g["verdict"] for name, g in said["gradients"].items()} == {
        "dx": "pass",
        "da": "pass",
        "own_layer_wrong_1": "pass",
        "own_layer_wrong_2": "pass",
        "own_layer_wrong_3": "fail",
    }
    assert said["notes"] and said["diagnosis_code"] == "not_rejected"
    page = report._repr_mimebundle_()["text/html"]
    assert "✗ not rejected" in page and "✓ rejected" in page and "2 of 3 wrong versions rejected" in page


def test_a_single_function_cannot_be_judged():
    with pytest.raises(
        WrongType, match=r"is judged with the forward, the cases and the wrong versions of own_layer\.py"
    ):
        check(BACKWARD, function=lambda dy, cache: np.zeros(1))


def test_it_is_found_by_the_name_of_the_op():
    assert [e.name for e in catalogue.find("own_layer")] == [BACKWARD]


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("[(x, w, gamma), (x, unit, gamma), (x[:1], w, gamma)]", "a division by N too many"),
        ("[(x, w, gamma), (x, unit, gamma)]", "That is 1/N, and N is 3 in every case"),
        ("[(x, w, gamma)]", "That is 1/N, and N is 3 in every case"),
    ],
    ids=["one sample among the cases", "three samples in every case", "one case"],
)
def test_a_mean_over_the_samples_in_place_of_a_sum_is_named(returned, words, tmp_path):
    text = (SOLUTIONS / "own_layer.py").read_text(encoding="utf-8")
    right, usual = "(dy * product / length).sum(axis=0)", "[(x, w, gamma), (x, unit, gamma), (x[:1], w, gamma)]"
    assert right in text and usual in text
    text = text.replace(right, right.replace("sum", "mean"), 1).replace(usual, returned)
    report = check_file(tmp_path, text)
    assert report.diagnosis_code == "scale"
    assert words in str(report.diagnosis)
