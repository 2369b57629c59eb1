"""What a graded report leaves out: numbers of cases, and numbers that a file can choose, in sentences."""

import numpy as np
import pytest

from cnnlab import check
from cnnlab.course import catalogue
from cnnlab.course.check import examine
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.contract import Fault
from cnnlab.gradcheck.diagnosis.evidence import Finding
from cnnlab.gradcheck.diagnosis.misplaced_values import MAX_KEPT_NUMBERS
from cnnlab.gradcheck.diagnosis.variables import write_ratio
from cnnlab.gradcheck.engine import CheckOptions, judge_answer
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from cnnlab.gradcheck.report import HIDDEN_NOTE
from cnnlab.gradcheck.runner.answer import Answer
from cnnlab.gradcheck.wording import mark_hidden, read_hidden, write_hidden, write_shape
from cnnlab.sourcefile import Reading
from tests.solutions.agreement import solution


def test_a_marked_number_is_shown_at_home_and_left_out_in_class():
    assert read_hidden(f"it is {write_hidden(-2.5)}, not {mark_hidden('3')}.") == (
        "it is −2.5, not 3.",
        "it is …, not ….",
    )
    assert read_hidden("it is 2.") == ("it is 2.", "")


@pytest.mark.parametrize("kind", [Finding, Fault])
def test_what_is_found_has_both_sentences(kind):
    found = kind(Code.FORMULA, f"dx is {write_hidden(0.25)}.")
    assert (found.sentence, found.public_sentence) == ("dx is 0.25.", "dx is ….")
    assert kind(Code.FORMULA, "dx is wrong.").public_sentence == ""


@pytest.mark.parametrize(
    ("shape", "public"),
    [((3, 4), ""), ((7,), ""), ((), ""), ((0, 8_675_309), "(0, …)"), ((8_675_309,), "(…,)")],
)
def test_a_size_that_no_case_has_is_left_out(shape, public):
    assert read_hidden(write_shape(shape)) == (str(shape), public)


@pytest.mark.parametrize("ratio", [8_675_309.0, 0.8675309, -1 / 8_675_309])
def test_a_factor_that_a_file_can_choose_is_left_out(ratio):
    assert read_hidden(write_ratio(ratio))[1] == "…"


@pytest.mark.parametrize("ratio", [0.5, -2.0, 1 / 9, 0.75])
def test_a_simple_factor_is_shown(ratio):
    assert read_hidden(write_ratio(ratio))[1] == ""


def wrong_factors(dy, x, w_shape, **options):
    """Return dw of images whose pixels are all 3 larger than they are, or 3 smaller."""
    return solution("conv").conv2d_weight_grad(dy, x + np.where(x > 0, 3, -3), w_shape, **options)


def test_a_report_leaves_them_out_of_every_text_and_says_so():
    report = check("conv2d_weight_grad", function=wrong_factors)
    assert "with wrong factors: in “one image” dw[0, 0, 0, 0] has 6 times dy[0, 0, 0, 0], and 3 times is right" in str(
        " ".join(report.diagnosis.split())
    )
    public = report.public()
    assert "has … times dy[0, 0, 0, 0], and … times is right" in public.diagnosis
    assert public.causes[0].sentence == public.diagnosis
    assert HIDDEN_NOTE in public.notes and HIDDEN_NOTE not in report.notes
    shown = public.to_json() + str(public) + public._repr_mimebundle_()["text/html"]
    assert "times is right" in shown and " 3 times is right" not in shown
    assert "public_sentence" not in report.to_json()


def test_large_values_of_another_shape_are_not_kept_until_every_case_is_judged():
    problem = catalogue.exercise("conv2d_bias_grad").problem
    case, expected = build_answer_key(problem.oracle, 0).cases[0]
    for size, kept in ((MAX_KEPT_NUMBERS + 1, False), (MAX_KEPT_NUMBERS, True)):
        judged = judge_answer(problem, case, Answer(expected.y, np.zeros(size)), expected)
        assert judged.faults[0].code == Code.SHAPE
        assert ("db" in judged.returned.values) == kept


class Orders:
    """A subject of topological_order that returns what it is given, whatever it is asked."""

    def __init__(self, order):
        self.order = order

    def run(self, case):
        return Answer(None, self.order)


@pytest.mark.parametrize(
    "order",
    [np.arange(300_000), np.full(20_000, 8_675_309), np.arange(8_675_309, 8_675_329), np.zeros(4_000_000, np.int8)],
)
def test_a_long_order_is_judged_in_no_time_and_names_no_number_of_its_own(order):
    exercise = catalogue.exercise("topological_order")
    reading = Reading("work/scalar_graph.py", defined={"topological_order": 1})
    report = examine(exercise, reading, Orders(order), CheckOptions(seed=0, example=False))
    assert report.score == 0
    assert "8675309" not in str(report.public()) + report.to_json(public=True)
    assert "300000" not in str(report.public())


@pytest.mark.parametrize("quoted", ["\ue001 x \ue000", "\ue000\ue000 1\ue001 2\ue001", "\ue000 a\nb \ue001", "\ue000"])
def test_no_mark_comes_out_of_a_text_that_quotes_one(quoted):
    shown, public = read_hidden(f"it is {write_hidden(3.5)}, and {quoted} too.")
    assert "3.5" in shown and "3.5" not in public
    assert not any(mark in shown + public for mark in "\ue000\ue001")


def write_read_only(dy):
    if not dy.flags.writeable:
        raise ValueError(f"assignment destination is read-only {SECRET}")
    return solution("conv").conv2d_bias_grad(dy)


def add_an_axis(dy):
    """Return the right gradient along an axis of as many numbers as the file chooses."""
    right = solution("conv").conv2d_bias_grad(dy)
    grown = np.zeros((SECRET if right.size <= 3 else 2, *right.shape))
    grown[0] = right
    return grown


def constant_parameters(*shapes, **options):
    made = solution("network").init_parameters(*shapes, **options)
    return [tuple(np.full_like(a, SMALL_SECRET) for a in layer) for layer in made]


def raise_deep(dy, depth=6):
    return raise_deep(dy, depth - 1) if depth else {}[SECRET]


#: Numbers that a file could have made of those of its case.
SECRET, SMALL_SECRET = 12_345, 0.6789


@pytest.mark.parametrize(
    ("exercise", "function", "written"),
    [
        ("conv2d_bias_grad", write_read_only, str(SECRET)),
        ("conv2d_bias_grad", add_an_axis, str(SECRET)),
        ("conv2d_bias_grad", raise_deep, str(SECRET)),
        ("init_parameters", constant_parameters, str(SMALL_SECRET)),
    ],
)
def test_a_number_that_a_file_chose_stands_in_no_graded_report(exercise, function, written):
    report = check(exercise, function=function, seed=977_131)
    assert written in str(report), "the attack says nothing at home either"
    public = report.public()
    for cause in public.causes:
        assert written not in cause.sentence + cause.detail
    assert written not in public.to_json() + str(public) + public._repr_mimebundle_()["text/html"]
    assert public.diagnosis == public.causes[0].sentence
    assert public.seconds == 0 and ("seconds" not in str(public))
    assert public.failure is None or len(public.failure.frames) <= 2
