"""Replace nbgrader's Execute step by the judge: no kernel is started, and no student's code runs here.

Each autograded cell gets what nbgrader reads and shows: an execute_result whose text is a plain float, which
SaveAutoGrades takes for its points, and after it the public report for formgrader and feedback. A batch has judged
before nbgrader comes here, and its stored verdicts are read; what has none, or another one, is judged here.
"""

from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Unicode

from cnnlab.escape_text import escape_block, escape_html, escape_line
from cnnlab.sourcefile import SourceFile
from grading import class_folder
from grading.batch import judge_submission, provenance
from grading.batch.verdict_store import STAMP, Mark
from grading.errors import UnknownCell
from grading.intake import accept_submission
from grading.intake.learner_files import WORK
from grading.intake.sanitise_answer import IGNORED_BY_MATHJAX
from grading.nbgrader_steps.save_grades import FILES_KEY
from grading.worker.sandboxed.limits import MAX_LISTING_BYTES


class Judge(NbGraderPreprocessor):
    """Writes scores and reports into the autograded cells of a submission."""

    seed_file = Unicode("", help="Where the secret seed is kept; by default in the user's data folder.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook with results. Raises where it must not be judged; nbgrader then goes on to the next."""
        folder, about = Path(resources["metadata"]["path"]), resources["nbgrader"]
        seed = class_folder.read_seed(Path(self.seed_file) if self.seed_file else None)
        verdict = judge_submission.judge_submission(folder, about["student"], about["assignment"], seed)
        marks = {mark.grade_id: mark for mark in verdict.marks}
        graded = [cell for cell in nb.cells if is_grade(cell) and not is_solution(cell)]
        for cell in graded:
            if cell.metadata.nbgrader.grade_id not in marks:
                raise UnknownCell(
                    f"The graded cell {cell.metadata.nbgrader.grade_id!r} is no exercise of {about['assignment']}: "
                    "build the notebook again, then run generate_assignment."
                )
        look = (*verdict.odd, *verdict.attention, *verdict.suspicions)
        for sentence in (*([verdict.missing] if verdict.missing else []), *look):
            self.log.warning("%s", escape_line(f"{about['student']}: {sentence}"))
        files = judge_submission.read_judged_files(
            folder, accept_submission.require_accepted(folder, about["student"], about["assignment"])
        ).files
        for number, cell in enumerate(graded):
            cell.execution_count = number + 1
            cell.outputs = make_outputs(marks[cell.metadata.nbgrader.grade_id], float(cell.metadata.nbgrader.points))
            if number == 0:
                cell.outputs += [make_listing(name, file) for name, file in files.items()]
                cell.outputs += [make_note(verdict.odd)] if verdict.odd else []
        resources[FILES_KEY] = provenance.hash_parts(verdict.files)
        notes = [escape_line(sentence) for sentence in dict.fromkeys((*verdict.needs_person, *verdict.odd))]
        nb.metadata[STAMP] = {"verdict": verdict.key, "judged": verdict.judged, "notes": notes}
        return nb, resources


def make_outputs(mark: Mark, worth: float) -> list[NotebookNode]:
    """Return the outputs of a graded cell: its points, first, and the report.

    worth: the cell's points in the gradebook.
    """
    html = keep_from_mathjax(escape_block(mark.html))
    return [
        new_output("execute_result", {"text/plain": format_points(mark.score, worth)}, execution_count=1),
        new_output(
            "display_data",
            {"text/plain": escape_block(mark.text), "text/html": html},
        ),
    ]


def format_points(score: Any, worth: float) -> str:
    """Return the points as plain text: nbgrader would give full points for NaN, -1 and `np.float64(0.5)`."""
    points = float(score) * float(worth)
    if not (math.isfinite(points) and 0 <= points <= worth):
        raise ValueError(f"a score of {score!r} of {worth:g} points; a number from 0 to 1 is needed")
    return repr(points)


def make_listing(name: str, file: SourceFile) -> NotebookNode:
    """Return a learner's file as it was judged, folded away."""
    text = escape_block(file.content[:MAX_LISTING_BYTES].decode("utf-8", "replace"))
    text += f"\n({len(file.content) - MAX_LISTING_BYTES:,} more bytes)" if len(file.content) > MAX_LISTING_BYTES else ""
    title = f"{WORK}/{name}, saved {file.saved}, sha256 {file.sha256[:8]}"
    # nbgrader's style sheet takes the triangle from every summary and cuts long lines
    summary = f'<summary style="display:list-item;cursor:pointer">{escape(title)}</summary>'
    html = f'<details>{summary}<pre style="overflow-x:auto">{escape(text)}</pre></details>'
    return new_output("display_data", {"text/plain": f"{title}\n\n{text}", "text/html": keep_from_mathjax(html)})


def make_note(odd: tuple[str, ...]) -> NotebookNode:
    """Return what was unusual about the submission."""
    items = "".join(f"<li>{escape_html(sentence)}</li>" for sentence in odd)
    text = "\n".join(escape_line(sentence) for sentence in odd)
    return new_output("display_data", {"text/plain": text, "text/html": keep_from_mathjax(f"<ul>{items}</ul>")})


def keep_from_mathjax(html: str) -> str:
    """Return HTML that MathJax leaves as it is: a report quotes a student's lines, and a note the names of files.

    Between dollar signs a line could make a link or a style in Formgrader, which has the instructor's rights.
    """
    return f'<div class="{IGNORED_BY_MATHJAX}">{html}</div>'
