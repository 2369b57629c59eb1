"""Some students' submissions through nbgrader's own converters, in one process: python -m grading.convert STEP.

nbgrader's commands take one student or all. A batch wants those that are not done yet, and shares the feedback, which
is most of nbgrader's time, among processes. Standard input: {"assignment": name, "students": [name, ...]} as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from nbgrader.apps import AutogradeApp, GenerateFeedbackApp
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException

STEPS = {"autograde": (AutogradeApp, Autograde), "generate_feedback": (GenerateFeedbackApp, GenerateFeedback)}


def some(converter: type[BaseConverter], students: Iterable[str]) -> type[BaseConverter]:
    """A converter of nbgrader's for these students alone."""
    wanted = frozenset(students)

    class Some(converter):
        def init_notebooks(self) -> None:
            super().init_notebooks()
            self.assignments = {path: n for path, n in self.assignments.items() if Path(path).parent.name in wanted}

    Some.__name__ = converter.__name__  # the name under which the configuration is found
    return Some


def main(step: str) -> int:
    """Run one step; 1 where a submission failed, which nbgrader's log tells."""
    asked = json.load(sys.stdin)
    kind, converter = STEPS[step]
    app = kind.instance()
    app.initialize([asked["assignment"], "--force"])
    app.coursedir.assignment_id = asked["assignment"]
    try:
        some(converter, asked["students"])(coursedir=app.coursedir, parent=app).start()
    except NbGraderException:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
