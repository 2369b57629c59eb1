"""nbgrader's autograde step with the judge in place of Execute: no kernel is started, no student's code runs here.

Each autograded cell gets what nbgrader reads and shows: an execute_result whose text is a plain float, which
SaveAutoGrades takes for its points, and after it the public report for formgrader and feedback.
"""

from __future__ import annotations

import math
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Unicode

from cnnlab.course import catalogue
from cnnlab.gradcheck.report import Report
from cnnlab.sourcefile import SourceFile
from grading import home, intake
from grading.judge import judge
from grading.learner_files import WORK, LearnerFiles, collect


class UnknownCell(RuntimeError):
    """An autograded cell that the catalogue does not know. Left as it is, nbgrader would give it every point."""


class Judge(NbGraderPreprocessor):
    """Judges a submission once and writes scores and reports into its autograded cells."""

    seed_file = Unicode("", help="Where the secret seed is kept; by default in the user's data folder.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """The notebook with results. Raises where it must not be judged; nbgrader then goes on to the next."""
        about = resources["nbgrader"]
        record = intake.accepted(Path(resources["metadata"]["path"]), about["student"], about["assignment"])
        found = collect(Path(resources["metadata"]["path"]), (WORK,)).files  # and nothing that lies beside it
        files = LearnerFiles({n: replace(f, saved=record.saved.get(n, "")) for n, f in found.items()}, record.refused)
        exercises = {e.grade_id: e for e in catalogue.chapter(about["assignment"])}
        graded = [cell for cell in nb.cells if is_grade(cell) and not is_solution(cell)]
        for cell in graded:
            if cell.metadata.nbgrader.grade_id not in exercises:
                raise UnknownCell(
                    f"The graded cell {cell.metadata.nbgrader.grade_id!r} is no exercise of {about['assignment']}: "
                    "build the notebook again, then run generate_assignment."
                )
        verdict = judge(about["assignment"], files, home.seed(Path(self.seed_file) if self.seed_file else None))
        if verdict.isolation.missing:
            self.log.warning(verdict.isolation.missing)
        for sentence in record.odd:
            self.log.warning("%s: %s", about["student"], sentence)
        for number, cell in enumerate(graded):
            report = verdict.reports[exercises[cell.metadata.nbgrader.grade_id].name]
            cell.execution_count = number + 1
            cell.outputs = outputs(report, float(cell.metadata.nbgrader.points))
            if number == 0:
                cell.outputs += [listing(name, file) for name, file in files.files.items()]
                cell.outputs += [note(record.odd)] if record.odd else []
        return nb, resources


def outputs(report: Report, worth: float) -> list[NotebookNode]:
    """The points, first, and the report. worth: the cell's points in the gradebook."""
    public = report.public()
    data = {"text/plain": str(public), "text/html": public._repr_mimebundle_()["text/html"]}
    return [
        new_output("execute_result", {"text/plain": plain_points(report.score, worth)}, execution_count=1),
        new_output("display_data", data),
    ]


def plain_points(score: Any, worth: float) -> str:
    """The points as nbgrader must find them: it gives every point for NaN, for -1 and for `np.float64(0.5)`."""
    points = float(score) * float(worth)
    if not (math.isfinite(points) and 0 <= points <= worth):
        raise ValueError(f"a score of {score!r} of {worth:g} points; a number from 0 to 1 is needed")
    return repr(points)


def listing(name: str, file: SourceFile) -> NotebookNode:
    """A learner's file as it was judged, folded away."""
    text = file.content.decode("utf-8", "replace")
    title = f"{WORK}/{name}, saved {file.saved}, sha256 {file.sha256[:8]}"
    # nbgrader's style sheet takes the triangle from every summary and cuts long lines
    summary = f'<summary style="display:list-item;cursor:pointer">{escape(title)}</summary>'
    html = f'<details>{summary}<pre style="overflow-x:auto">{escape(text)}</pre></details>'
    return new_output("display_data", {"text/plain": f"{title}\n\n{text}", "text/html": html})


def note(odd: tuple[str, ...]) -> NotebookNode:
    """What was unusual about the submission."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in odd)
    return new_output("display_data", {"text/plain": "\n".join(odd), "text/html": f"<ul>{items}</ul>"})
