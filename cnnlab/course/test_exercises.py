"""Run the learner's exercises as tests, one per exercise, with the report as the message of a failure.

pytest --pyargs cnnlab.course -m ch08
"""

import pytest

from cnnlab.course import catalogue
from cnnlab.course.check import check
from cnnlab.gradcheck.codes import Code

EXERCISES = [
    pytest.param(e.name, id=e.name, marks=getattr(pytest.mark, e.chapter)) for e in catalogue.EXERCISES.values()
]


@pytest.mark.parametrize("name", EXERCISES)
def test_exercise(name, folder):
    report = check(name, folder=folder)
    if catalogue.EXERCISES[name].optional and report.diagnosis_code == Code.UNWRITTEN:
        pytest.skip(f"{name} is optional and not written")
    if not report.passed:
        pytest.fail(str(report), pytrace=False)
