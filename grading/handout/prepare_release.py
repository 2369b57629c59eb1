"""Two steps of nbgrader's generate_assignment: Prepare comes first and CheckReleased last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task

from cnnlab.course import catalogue
from grading.errors import NotReleased
from grading.handout.left_out import LEFT_OUT_VARIABLE, LOCATE, cut_sections
from grading.handout.release_files import join_sources, list_learner_files, list_strange_files
from grading.handout.released_cells import find_cell_faults, strip_notebook


class Prepare(NbGraderPreprocessor):
    """Checks a chapter, removes what no release needs, and adds the learner's files as they are handed out."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        folder, assignment = (Path(resources["metadata"]["path"]), resources["nbgrader"]["assignment"])
        exercises = catalogue.list_graded_exercises(assignment)
        check_folder(folder, nb)
        check_cells(nb, {e.grade_id: e.points for e in exercises}, assignment)
        if os.environ.get(LEFT_OUT_VARIABLE) == LOCATE:
            cut_sections(nb)
        strip_notebook(nb)
        for cell in nb.cells:
            if is_task(cell):
                cell.metadata.nbgrader.locked = True  # otherwise nbgrader saves no checksum, and every submission fails
        nb.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
        # nbgrader's writer puts these beside the notebook. A folder work/ in the source would replace students' files.
        resources.setdefault("outputs", {}).update(list_learner_files(assignment))
        return nb, resources


class CheckReleased(NbGraderPreprocessor):
    """Stops a release of which a cell holds an output, a comment, an answer or a written exercise."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if faults := find_cell_faults(nb):
            more = f"; and {len(faults) - 5} more cells" if len(faults) > 5 else ""
            assignment = resources["nbgrader"]["assignment"]
            raise NotReleased(f"{assignment} was not released: {'; '.join(faults[:5])}{more}.")
        return nb, resources


def check_folder(folder: Path, nb: NotebookNode) -> None:
    """Raise NotReleased unless there is nothing beside the notebook but pictures and data that it names."""
    if strange := list_strange_files(folder, join_sources(nb.cells)):
        raise NotReleased(
            f"{folder} holds {', '.join(strange[:5])}: nbgrader would copy that to every student and over every "
            "submission. Move it away; a picture or a data file stays if the notebook names it."
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
