"""The hunt's score is the share of planted mistakes that the cases expose, at home and from the worker."""

from pathlib import Path

import numpy as np
import pytest

from cnnlab import check
from cnnlab.course.topics import bug_hunt
from grading.batch.judge_files import judge_files
from grading.intake.learner_files import collect_learner_files

STUB = (Path(__file__).parents[3] / "cnnlab" / "course" / "stubs" / "numeric.py").read_text(encoding="utf-8")

ONES = np.ones(3)
SHARED = np.array([[5.0, 1.0, 2.0], [4.0, -1.0, 3.0]])  # the first column wins both rows

#: Which mistakes each set of cases exposes, by their letters.
HUNTS = {
    "": [(np.array([[3.0, 1.0, 2.0]]), ONES, np.ones(1))],
    "A": [(np.array([[5.0, 1.0, 2.0], [1.0, 4.0, 2.0]]), ONES, np.array([1.0, -2.0]))],
    "B": [(SHARED, ONES, np.ones(2))],
    "AB": [(SHARED, ONES, np.array([1.0, -2.0]))],
    "C": [(np.array([[2.0, 2.0, 1.0]]), ONES, np.ones(1))],
    "D": [(np.array([[3.0, 1.0, 2.0]]), np.array([0.1, 1.0, 1.0]), np.ones(1))],
    "E": [(np.array([[-1.0, -4.0, -2.0]]), ONES, np.ones(1))],
    "CE": [
        (np.array([[2.0, 2.0, 1.0]]), ONES, np.ones(1)),
        (np.array([[-1.0, -4.0, -2.0]]), ONES, np.ones(1)),
    ],
}


@pytest.mark.parametrize("letters", HUNTS)
def test_a_fifth_for_each_exposed_mistake(letters):
    report = check("hunt_cases", function=lambda: [tuple(a.copy() for a in case) for case in HUNTS[letters]])
    exposed = [name for name, g in report.gradients.items() if g.passed]
    assert exposed == [f"mistake {letter}" for letter in letters]
    assert report.score == pytest.approx(len(letters) / len(bug_hunt.MISTAKES))
    assert f"expose {len(letters)} of 5" in report.diagnosis
    told = [letter for letter in "ABCDE" if bug_hunt.MISTAKES[f"mistake {letter}"].words in report.diagnosis]
    assert told == list(letters)  # what is still hidden stays a riddle


def test_the_report_counts_what_is_exposed():
    text = str(check("hunt_cases", function=lambda: [tuple(a.copy() for a in case) for case in HUNTS["CE"]]))
    assert text.startswith("✗ hunt_cases is wrong: 2 of 5 mistakes exposed")
    rows = [line.strip() for line in text.splitlines() if line.startswith("  mistake ")]
    words = {True: "✓ exposed", False: "✗ not exposed"}
    assert rows[1:] == [f"mistake {letter}  {words[letter in 'CE']}" for letter in "ABCDE"]
    assert "Fails in" not in text and "its one case" not in text


def test_a_case_that_is_none_says_which_and_why():
    cases = [*HUNTS["AB"], (SHARED, np.ones(2), np.ones(2))]
    report = check("hunt_cases", function=lambda: [tuple(a.copy() for a in case) for case in cases])
    assert report.score == 0
    assert report.diagnosis == ("Case 2 of hunt_cases: s has shape (2,); (3,) is needed, a scale for each column of x.")


BODY = "return [(np.array([[5.0, 1.0], [4.0, -1.0]]), np.ones(2), np.array([1.0, -2.0]))]"


def test_partial_credit_crosses_the_wire(tmp_path):
    source = STUB.replace('raise NotImplementedError("ch03: write hunt_cases")', BODY)
    (tmp_path / "numeric.py").write_text(source, encoding="utf-8")
    verdict = judge_files("ch03", collect_learner_files(tmp_path), 7)
    assert verdict.reports["hunt_cases"].score == pytest.approx(2 / 5)
    assert verdict.score == pytest.approx(2)  # of 14: all else is unwritten
