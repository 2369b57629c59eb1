"""No number of a hidden case stands in the graded report on a wrong implementation, and no mark in any report."""

import re
from functools import cache
from math import isfinite

import numpy as np
import pytest

import tests.rejects.test_rejects  # noqa: F401, registers the wrong implementations
from cnnlab import check
from cnnlab.course import catalogue
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from cnnlab.gradcheck.wording import write_number, write_short
from tests.rejects import WRONG

HIDDEN_SEED = 977_131

#: A number in a text: not a part of a name, of a version or of another number.
NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?(?:e[-+−]?\d+)?(?![\w]|\.\d)")


#: One that was found among the slow ones: its arrays have the shape of the gradient in some cases and not in others.
ALWAYS = ("mask_of_x_of_another_shape",)


def sample(every=45):
    """The wrong ones as parameters: one of so many always, the others where slow tests run."""
    return [
        pytest.param(
            one, marks=() if k % every == 0 or one.function.__name__ in ALWAYS else pytest.mark.slow, id=str(one)
        )
        for k, one in enumerate(WRONG)
    ]


@cache
def list_hidden_numbers(exercise: str) -> frozenset[str]:
    """Return the numbers of the cases and of the right answers that were drawn with the hidden seed and no other.

    As a sentence would show them. Those of three digits are no secret: sizes, places, and constants such as 1000.
    """
    return list_numbers(exercise, HIDDEN_SEED) - list_numbers(exercise, HIDDEN_SEED + 1)


def list_numbers(exercise: str, seed: int) -> frozenset[str]:
    found: set[str] = set()
    for case, expected in build_answer_key(catalogue.exercise(exercise).problem.oracle, seed, False).cases:
        arrays = [*case.arrays, *(g for g in expected.grads.values() if g is not None), expected.y]
        numbers = [a.ravel()[:200] for a in arrays if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        values = {float(v) for a in numbers for v in a if isfinite(v)}
        found |= {text for v in values if is_telling(v) for text in write_in_every_way(v)}
    return frozenset(found)


def is_telling(value: float) -> bool:
    """Return whether a number has more than three digits, so that nobody meets it by chance."""
    return float(f"{value:.3g}") != value


def write_in_every_way(value: float) -> set[str]:
    made = {write_number(value), write_short(value), repr(value), *(f"{value:.{d}g}" for d in (5, 6, 12))}
    made = {text.replace("−", "-") for text in made}
    return {way for text in made if is_telling(float(text)) for way in (text, text.replace("-", "−"))}


def read_numbers(*texts: str) -> set[str]:
    return {number for text in texts for number in NUMBER.findall(text)}


@pytest.mark.parametrize("implementation", sample())
def test_a_graded_report_holds_no_number_of_a_hidden_case(implementation):
    report = check(implementation.exercise, function=implementation.function, seed=HIDDEN_SEED, torch=False)
    hidden = list_hidden_numbers(implementation.exercise)
    public = report.public()
    texts = [str(public), public.to_json(), report.to_json(public=True), public._repr_mimebundle_()["text/html"]]
    assert not read_numbers(*texts) & hidden
    whole = [str(report), report.to_json(), report._repr_mimebundle_()["text/html"], repr(report.causes)]
    assert not any(mark in text for mark in "\ue000\ue001" for text in (*texts, *whole))
    said = [re.sub(r", line \d+: .*", "", cause.sentence) + cause.detail for cause in public.causes]  # no quoted line
    loose = {n for n in read_numbers(*said) if "." in n and float(n.replace("−", "-")) not in KNOWN_CONSTANTS}
    assert not loose, said


#: Numbers with a point in sentences about a formula, which no case chose.
KNOWN_CONSTANTS = {0.5, 0.1, 0.01, 0.044715, 1.0, 2.0}


def test_the_numbers_of_a_case_are_found_in_a_report_at_home():
    wrong = next(one for one in WRONG if one.function.__name__ == "square_of_x_hat")
    report = check(wrong.exercise, function=wrong.function, seed=HIDDEN_SEED, torch=False)
    hidden = list_hidden_numbers(wrong.exercise)
    assert read_numbers(report.to_json()) & hidden
    assert read_numbers(str(report)) & hidden
    assert not read_numbers(report.to_json(public=True)) & hidden
