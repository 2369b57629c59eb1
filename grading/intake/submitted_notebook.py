"""Rebuild a submitted notebook: the released one, with the student's written answers in it and nothing else of theirs.

So nothing a student did to cells, metadata, outputs or kernel reaches nbgrader: a duplicated, deleted, retyped or
edited cell is as it was handed out.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from grading.intake.notebook_cells import answer_id, list_cells
from grading.intake.sanitise_answer import sanitise_answer, sanitise_code_answer


def rebuild_notebook(released: Mapping[str, Any], written: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the released notebook with the sanitised answers in their cells, and notes on them for a person.

    Args:
        released: the notebook as it was handed out.
        written: the student's answers, by the grade_id of their cell.
    """
    notebook, notes = copy.deepcopy(dict(released)), []
    for cell in list_cells(notebook):
        grade_id = answer_id(cell) or ""
        if grade_id in written:
            sanitise = sanitise_code_answer if cell.get("cell_type") == "code" else sanitise_answer
            answer = sanitise(written[grade_id])
            cell["source"] = answer.source
            notes += [f"{grade_id}: {note}" for note in answer.notes]
    return notebook, notes
