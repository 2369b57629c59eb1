"""Run the learner's exercises as tests, one per exercise, with the report as the message of a failure.

pytest --pyargs cnnlab.course -m ch08
"""

import pytest

from cnnlab.course import catalogue
from cnnlab.course.check import check

EXERCISES = [
    pytest.param(e.name, id=e.name, marks=getattr(pytest.mark, e.chapter)) for e in catalogue.EXERCISES.values()
]


@pytest.mark.parametrize("name", EXERCISES)
def test_exercise(name, folder):
    report = check(name, folder=folder)
    if not report.passed:
        pytest.fail(str(report), pytrace=False)
