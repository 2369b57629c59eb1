"""The faces of a report: the same facts in each, everything escaped, and nothing of the seed in the public one."""

import json
import re
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from cnnlab import check
from cnnlab.command_line import command_for
from cnnlab.course import catalogue
from cnnlab.gradcheck import Failure, gradcheck
from cnnlab.gradcheck.example import ByHand, Cause, Example, Term
from cnnlab.gradcheck.exercise_place import FunctionLine, GearTrain
from cnnlab.gradcheck.report import CaseResult, GradientResult, Report, Source
from cnnlab.gradcheck.runner.answer import Frame
from cnnlab.gradcheck.wording import count_part, count_plural, write_number
from tests.rejects import conv


def turned():
    return check("conv2d_input_grad", function=conv.kernel_turned_in_the_scatter_form)


def raising(message):
    def wrong(dy):
        raise ValueError(message)

    return check("conv2d_bias_grad", function=wrong)


class Balance(HTMLParser):
    """Counts tags, to see that each is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes = [], set(), set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(turned, id="wrong"),
        pytest.param(lambda: raising("no"), id="raises"),
        pytest.param(lambda: check("conv2d_bias_grad", function=lambda dy: dy.sum((0, 2, 3))), id="right"),
        pytest.param(lambda: check("conv2d_bias_grad", function=lambda dy: np.nan * dy.sum((0, 2, 3))), id="nan"),
        pytest.param(lambda: check("conv2d_input_grad", function=conv.dilation_ignored), id="core"),
        pytest.param(lambda: check("conv2d_input_grad", function=conv.dilation_ignored, stage="core"), id="core alone"),
        pytest.param(lambda: check("relu_backward", folder=SOLUTIONS), id="kinks"),
        pytest.param(lambda: check("ch08", folder=SOLUTIONS), id="chapter"),
        pytest.param(lambda: check("ch08"), id="unwritten"),
        pytest.param(
            lambda: gradcheck(half, lambda dy, x: dy, cases={"a": (X,), "b": (X, {"stride": 2})}), id="left out"
        ),
        pytest.param(lambda: turned().public(), id="public"),
    ],
)
def test_every_face_carries_the_same_facts(report):
    """Every fact of to_dict is in the text and in the HTML; what the facts are is said in `facts`."""
    report = report()
    bundle = report._repr_mimebundle_()
    balance = Balance()
    balance.feed(bundle["text/html"])
    assert balance.open == []
    faces = {"text": read(bundle["text/plain"]), "HTML": read(visible(bundle["text/html"], " "))}
    told = json.loads(report.to_json())
    assert told.keys() == KNOWN
    for fact in facts(told):
        for face, text in faces.items():
            assert read(fact) in text, f"{face} lacks {fact!r}"


def read(text):
    """The words of a text without the frame around some of them, and with one kind of minus."""
    return " ".join(re.sub("[│┌└┐┘─]", " ", text).replace("−", "-").split())


#: Every key of to_dict; `facts` says how each is shown, and a new one has to be added to both.
KNOWN = {
    *("name", "passed", "core", "score", "gradients", "cases", "pattern", "diagnosis", "diagnosis_code"),
    *("diagnosis_detail", "failure", "skipped", "source", "where", "stage", "judge", "seed", "seconds", "parts"),
    *("example", "notes", "causes", "line", "search_stopped"),
}


def facts(told, first=True):
    """Every fact of a report as the words that must appear. What a case varies is the pattern's to say.

    A pass is one line. first: whether nothing before it is shown in full; what is not has its verdict and its cause.
    """
    yield told["name"]
    if told["search_stopped"]:
        yield "was stopped before its end"
    if told["parts"]:  # the diagnosis of the whole is that of a part
        for part in told["parts"]:
            yield from facts(part, first)
            first = first and (part["passed"] or part["diagnosis_code"] == "unwritten")
        return
    if told["diagnosis_code"] == "unwritten":
        yield from (f"to write: {told['name']}", told["where"], f"{told['line']['file'].rpartition('/')[2]}, line")
        return
    judged = [c["verdict"] for c in told["cases"] if c["verdict"] != "left out"]
    if told["passed"]:
        stage = "core " if told["stage"] else ""
        yield f"right in all {len(judged)} {stage}case"
        return
    yield f"is {name_core(told)}" if told["core"] else "raises an exception" if told["failure"] else "is wrong"
    yield "wrong in its one case" if len(judged) == 1 else f"right in {judged.count('pass')} of {len(judged)} case"
    yield from filter(None, (told["diagnosis"], told["diagnosis_code"]))
    if first:
        yield from of_the_body(told)


def of_the_body(told):
    yield from filter(None, (told["pattern"], told["diagnosis_detail"], told["judge"], told["where"]))
    yield f"score {told['score']:.4g}"
    if told["seed"] is not None or not told["judge"]:  # a graded report has neither the seed nor the time
        yield f"seconds {told['seconds']:.2f}"
    if told["seed"] is not None:
        yield f"seed {told['seed']}"
    for gradient in told["gradients"].values():
        if gradient["shape"] is not None or gradient["verdict"] != "not judged":
            yield from of_a_gradient(gradient, name_core(told))
    for what, count in told["skipped"].items():
        yield count_plural(count, what)
    for frame in (told["failure"] or {}).get("frames", []):
        yield f"{frame['file']}, line {frame['line']}, in {frame['function']}"
        yield frame["text"]
    if told["source"]:
        yield from (told["source"]["file"], told["source"]["saved"], told["source"]["sha256"][:8])
    for cause in told["causes"][1:]:
        yield f"in {count_part(cause['cases'], cause['of'], 'case')}: {cause['sentence']}"
    yield from of_cases(told["cases"])
    if told["example"]:
        yield from of_the_example(told["example"])


def of_the_example(example):
    yield example["case"]
    yield from example["inputs"]
    for array in (*example["inputs"].values(), example["dy"], example["got"], example["expected"]):
        if isinstance(array, list):
            yield from (write_number(float(value)) for value in np.ravel(np.array(array, float)))
    yield from (f"{name} {value}" for name, value in example["options"].items() if isinstance(value, int))


def name_core(told):
    """For what something is right whose core cases are: what is nobody's exercise has no chapter."""
    return "right for this chapter" if told["where"] else "right for inputs like yours"


def of_a_gradient(gradient, core):
    yield gradient["name"]
    yield {"pass": "right", "core": core, "fail": "wrong", "not judged": ""}[gradient["verdict"]]
    if gradient["shape"] is not None:
        yield str(tuple(gradient["shape"]))
    for error in ("max_abs_error", "relative_error"):
        if gradient[error] is not None:
            yield f"{float(gradient[error]):.2e}"
    if gradient["error_map"] and np.size(gradient["error_map"]) > 1:
        yield f"{gradient['name']}[{', '.join(map(str, gradient['worst_index']))}]"
        yield f"“{gradient['case']}”"
        yield f"got {write_number(float(gradient['got']))}, expected {write_number(float(gradient['expected']))}"
        yield from (f"Where {gradient['name']} is wrong", "cells are wrong")


def of_cases(cases):
    """The fewer of the right and the wrong ones by name, the others by their count; all that were left out."""
    by = {verdict: [c["name"] for c in cases if c["verdict"] == verdict] for verdict in ("pass", "fail", "left out")}
    yield from by["left out"]
    if by["fail"]:
        yield from min(by["fail"], by["pass"], key=len)
    judged = len(by["fail"]) + len(by["pass"])
    if judged:
        yield str(judged)


X = np.ones((2, 3))
SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"


def half(x, *, stride=1):
    if stride > 1:
        raise NotImplementedError
    return 2 * x, x


def test_hints_are_given_on_request():
    report = turned()
    hints = catalogue.exercise("conv2d_input_grad").hints
    text, html = str(report), report._repr_mimebundle_()["text/html"]
    assert command_for("hint", "conv2d_input_grad") in text
    assert not any(hint in text or hint in report.to_json() for hint in hints)
    assert [html.index(escape(hint)) for hint in hints] == sorted(html.index(escape(hint)) for hint in hints)
    assert html.count('<details class="cr-hint"') == 3  # one for each hint, inside the one before
    assert "Hint 1 of 3" in html
    assert "Hint" not in turned().public()._repr_mimebundle_()["text/html"]
    assert "Hint" not in check("conv2d_bias_grad", folder=SOLUTIONS)._repr_mimebundle_()["text/html"]


HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"' onload=\"alert(2)"


def hostile_reports():
    frame = Frame(f"/home/{HOSTILE}.py", 3, HOSTILE, HOSTILE)
    gradient = GradientResult(HOSTILE, "fail", (2, 2), HOSTILE, 1.0, 1.0, (0, 0), 1.0, 2.0, np.eye(2))
    inputs = {HOSTILE: np.eye(2), "x": [(HOSTILE, {HOSTILE: 1})], "f": HOSTILE, "a": {HOSTILE: np.eye(2)}}
    worked = ByHand((0, 0), (Term((HOSTILE, HOSTILE), (1.0, 2.0), 2.0),), 2.0, 1.0)
    example = Example(HOSTILE, HOSTILE, inputs, {HOSTILE: HOSTILE}, np.eye(2), np.eye(2), np.ones((2, 2)), (worked,))
    cause = Cause(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1, 2, "core")
    yield Report(
        HOSTILE,
        0.5,
        {HOSTILE: gradient},
        (CaseResult(HOSTILE, HOSTILE, (HOSTILE,), "fail", HOSTILE), CaseResult("b", "core", (), "left out", HOSTILE)),
        HOSTILE,
        HOSTILE,
        HOSTILE,
        HOSTILE,
        Failure("raises", HOSTILE, (frame,)),
        {HOSTILE: 3},
        Source(HOSTILE, HOSTILE, HOSTILE),
        HOSTILE,
        HOSTILE,
        HOSTILE,
        of=HOSTILE,
        hints=(HOSTILE,) * 3,
        example=example,
        causes=(cause, cause),
        line=FunctionLine(HOSTILE, 3, HOSTILE),
        gears=GearTrain((HOSTILE,), frozenset((HOSTILE,)), frozenset((HOSTILE,))),
    )
    yield Report(HOSTILE, 0.0, parts=(Report(HOSTILE, 0.0),))

    evil = type(HOSTILE, (), {})
    yield check("conv2d_bias_grad", function=lambda dy: evil(), torch=False)
    record = np.zeros(2, [(HOSTILE, float)])
    yield check("conv2d_bias_grad", function=lambda dy: record, torch=False)
    broken = type(HOSTILE, (Exception,), {})

    def raises(dy):
        raise broken(HOSTILE)

    yield check("conv2d_bias_grad", function=raises, torch=False)


def test_nothing_hostile_becomes_markup():
    for report in hostile_reports():
        html = report._repr_mimebundle_()["text/html"]
        balance = Balance()
        balance.feed(html)
        assert balance.open == []
        assert not balance.seen & {"script", "img"}
        assert not balance.attributes & {"onerror", "onload"}


def visible(html, between=""):
    """The text of a page. between: what stands for a tag."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", between, html, flags=re.DOTALL))


def test_what_a_learners_code_says_is_escaped():
    html = raising("<script>alert('x')</script><img src=x onerror=alert(1)>")._repr_mimebundle_()["text/html"]
    balance = Balance()
    balance.feed(html)
    assert not balance.seen & {"script", "img"}
    assert "&lt;script&gt;" in html


def test_the_error_map_has_words_for_who_does_not_see_it():
    html = turned()._repr_mimebundle_()["text/html"]
    assert 'aria-label="Error map of dx: All 36 cells are wrong; in rows 0 to 5, columns 0 to 5."' in html


def test_the_public_report_holds_nothing_drawn_from_the_seed():
    private, public = turned().to_dict(), turned().to_dict(public=True)
    drawn = ("max_abs_error", "relative_error", "worst_index", "got", "expected", "error_map")
    assert all(private["gradients"]["dx"][key] is not None for key in drawn)
    assert all(public["gradients"]["dx"][key] is None for key in drawn)
    assert (private["seed"], public["seed"]) == (0, None)
    for same in ("name", "score", "passed", "pattern", "diagnosis", "diagnosis_code", "where"):
        assert public[same] == private[same]


def test_the_public_report_is_the_same_for_every_seed():
    """Whatever does not change with the seed tells nothing about it."""
    reports = [
        check("conv2d_input_grad", function=conv.padding_cut_from_the_wrong_end, seed=seed).to_dict(public=True)
        for seed in (1, 2)
    ]
    for report in reports:
        del report["seconds"]
    assert reports[0] == reports[1]


def test_an_exceptions_message_is_not_public():
    """A file could put its input, and so the numbers of a hidden case, into its message."""
    private, public = raising("secret 17"), raising("secret 17").public()
    assert "secret 17" in str(private)
    for face in (str(public), public.to_json(), public._repr_mimebundle_()["text/html"]):
        assert "secret" not in face.replace('raise ValueError("secret', "")
        assert "ValueError" in face


def test_the_smallest_failing_case_is_shown_in_full():
    example = turned().example
    assert example is not None
    assert example.case == "2×2 kernel on 3×3, one of everything"
    assert example.got.shape == example.expected.shape
    assert "The smallest case that fails" in str(turned())
