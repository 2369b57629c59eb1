"""Run one of nbgrader's converters on one student after the other, in one process.

Run as python -m grading.nbgrader_steps.convert_students STEP NAME.

STEP is autograde or generate_feedback, NAME an assignment. Standard input has one student's name per line, as JSON;
standard output answers each with [student, why it failed or null]. nbgrader's own commands take one student or all,
and tell no reason apart; a batch hands over each submission when its verdict is there, and needs to know about whom.
"""

from __future__ import annotations

import glob
import json
import logging
import os
import sys

from nbgrader.apps import AutogradeApp, GenerateFeedbackApp
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import OperationalError

from cnnlab.errors import CnnlabError
from grading.describe_error import describe_database_reason, describe_os_error

STEPS = {"autograde": (AutogradeApp, Autograde), "generate_feedback": (GenerateFeedbackApp, GenerateFeedback)}


class Errors(logging.Handler):
    """Keeps the exception that nbgrader caught and is logging, and the lines that it logs."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.clear()

    def clear(self) -> None:
        """Forget the failure of the submission before."""
        self.lines: list[str] = []
        self.caught: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += record.getMessage().strip().splitlines()
        self.caught = self.caught or sys.exc_info()[1]


def convert_one(converter: type[BaseConverter]) -> type[BaseConverter]:
    """Return the converter for the one student that its course directory names, by name and not by pattern."""

    class OfOne(converter):
        def init_notebooks(self) -> None:
            course = self.coursedir
            assert isinstance(course, CourseDirectory)
            folder = self._format_source(course.assignment_id, course.student_id)
            found = glob.glob(os.path.join(glob.escape(folder), "*.ipynb"))
            self.notebooks, self.assignments = [], {folder: found}
            if not found:
                raise NbGraderException(f"there is no notebook in {folder}")

    OfOne.__name__ = converter.__name__  # the name under which its configuration is found
    return OfOne


def find_reason(caught: BaseException | None, lines: list[str]) -> str:
    """Return why a submission failed. caught: by nbgrader, which raises another exception without a reason.

    lines: of nbgrader's log; the last line of its traceback stands for an exception of no known kind.
    """
    while caught:
        if isinstance(caught, CnnlabError):
            return str(caught)
        if isinstance(caught, OSError):
            return describe_os_error(caught)
        if isinstance(caught, OperationalError) and (known := describe_database_reason(str(caught))):
            return known
        caught = caught.__cause__ or caught.__context__
    raised = [line for line in lines if line and not line.startswith((" ", "There was an error", "Please see"))]
    return (raised or lines or ["nbgrader gave no reason"])[-1]


def main(step: str, assignment: str) -> None:
    """Convert the submissions of the students that standard input names, until it ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever prints, answers stay one per line
    kind, converter = STEPS[step]
    app = kind.instance()
    app.initialize([assignment, "--force"])
    app.coursedir.assignment_id = assignment
    errors = Errors()
    for handler in app.log.handlers:
        if type(handler) is logging.StreamHandler:
            handler.setLevel(logging.CRITICAL)  # nbgrader's log file has it all
    app.log.addHandler(errors)
    work = convert_one(converter)(coursedir=app.coursedir, parent=app)
    for line in sys.stdin:
        student, failed = json.loads(line), None
        errors.clear()
        app.coursedir.student_id = student
        try:
            work.start()
        except NbGraderException as error:
            failed = find_reason(errors.caught or error, errors.lines or [str(error)])
        except Exception as error:
            failed = find_reason(error, f"{type(error).__name__}: {error}".splitlines()[:1])
        print(json.dumps([student, failed]), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
