"""The gradient checker: it checks a forward and a backward, and says why a wrong gradient is wrong.

It knows nothing of courses: `gradcheck` takes anyone's pair of functions.
"""

from cnnlab.gradcheck.case import Case
from cnnlab.gradcheck.custom.gradcheck import gradcheck
from cnnlab.gradcheck.engine import judge
from cnnlab.gradcheck.problem import Expected, Freedom, Oracle, Problem, Property, Rival
from cnnlab.gradcheck.report import Report
from cnnlab.gradcheck.runner.answer import Answer, Call, Failure
from cnnlab.gradcheck.subject import FunctionSubject, Subject

__all__ = [
    "Answer",
    "Call",
    "Case",
    "Expected",
    "Failure",
    "Freedom",
    "FunctionSubject",
    "Oracle",
    "Problem",
    "Property",
    "Report",
    "Rival",
    "Subject",
    "gradcheck",
    "judge",
]
