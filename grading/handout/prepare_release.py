"""nbgrader's generate_assignment step of ours: what a release needs beyond the notebook, and what it must not hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task

from cnnlab.course import catalogue
from cnnlab.loader import STUBS
from grading.errors import NotReleased
from grading.intake.learner_files import WORK

#: What may lie beside a notebook in the source directory: nbgrader copies everything there to every student.
BESIDE = (".svg", ".png", ".jpg", ".csv", ".npz", ".txt")


class Prepare(NbGraderPreprocessor):
    """Checks a chapter before its release, stamps it, and adds the learner's files as they are handed out."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        folder, assignment = (Path(resources["metadata"]["path"]), resources["nbgrader"]["assignment"])
        exercises = catalogue.list_graded_exercises(assignment)
        check_folder(folder)
        check_cells(nb, {e.grade_id: e.points for e in exercises}, assignment)
        for cell in nb.cells:
            if is_task(cell):
                cell.metadata.nbgrader.locked = True  # otherwise nbgrader saves no checksum, and every submission fails
        nb.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
        # nbgrader's writer puts these beside the notebook. A folder work/ in the source would replace students' files.
        resources.setdefault("outputs", {}).update(list_learner_files(assignment))
        return nb, resources


def list_learner_files(assignment: str) -> dict[str, bytes]:
    """Return the files that a chapter's learner writes in, as they are handed out, by their path in the release."""
    topics = dict.fromkeys(e.topic for e in catalogue.chapter(assignment))
    return {f"{WORK}/{topic}.py": (STUBS / f"{topic}.py").read_bytes() for topic in topics}


def check_folder(folder: Path) -> None:
    """Raise NotReleased unless there is nothing beside the notebook but pictures and data."""
    paths = [p for p in sorted(folder.rglob("*")) if p.is_file() and ".ipynb_checkpoints" not in p.parts]
    strange = [p for p in paths if p != folder / f"{folder.name}.ipynb" and p.suffix not in BESIDE]
    if strange:
        names = ", ".join(str(p.relative_to(folder)) for p in strange[:5])
        raise NotReleased(
            f"{folder} holds {names}: nbgrader would copy that to every student and over every submission. "
            "Move it away."
        )


def check_cells(nb: NotebookNode, points: dict[str, float], assignment: str) -> None:
    """Raise NotReleased unless the autograded cells are exactly the catalogue's exercises, with its points."""
    if any("BEGIN HIDDEN TESTS" in c.source for c in nb.cells):
        raise NotReleased(f"{assignment} has hidden tests, which nbgrader shows in the feedback: make them exercises.")
    graded = [c.metadata.nbgrader for c in nb.cells if is_grade(c) and not is_solution(c)]
    found = {about.grade_id: float(about.points) for about in graded}
    if found != {grade_id: float(worth) for grade_id, worth in points.items()} or len(graded) != len(found):
        raise NotReleased(
            f"The graded cells of {assignment} are {found}; the catalogue has {points}. Build the notebook again with "
            "`python -m authoring.build_notebooks`."
        )
