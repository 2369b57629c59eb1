"""Leave a part of the course out of a class's copy: its files, the sections about it, and what the pages say of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from grading.errors import NotReleased

#: Names what is left out to nbgrader's step, which runs in a process of its own.
LEFT_OUT_VARIABLE = "CNNLAB_LEFT_OUT"

LOCATE = "locate"

#: Files and folders of the learners' zip that only locate needs.
LOCATE_FILES = (
    "cnnlab/course/locate_line.py",
    "cnnlab/course/trial_child.py",
    "cnnlab/gradcheck/custom/locate_op.py",
    "cnnlab/gradcheck/custom/search_problem.py",
    "cnnlab/gradcheck/custom/trial_judge.py",
    "cnnlab/gradcheck/diagnosis/locate",
    "docs/locate.md",
)

#: How a text or a cell names it, or says what it does.
NAMED = re.compile(
    r"`(?:cnnlab |cnnlab\.)?locate\b|\blocate\(|\bimport locate\b|locate_button|\blocate NAME|Where is it\?"
    r"|\blooks? for the line\b"
)

HEADING = re.compile(r"(#{1,6}) ")


def is_left_out(path: str) -> bool:
    """Return whether a file of the zip is left out with locate."""
    return any(PurePosixPath(path).is_relative_to(left_out) for left_out in LOCATE_FILES)


def cut_page(text: str) -> str:
    """Return a page without the paragraphs and rows of tables that name locate."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        lines = paragraph.split("\n")
        if not NAMED.search(paragraph):
            paragraphs.append(paragraph)
        elif lines[0].startswith("|"):
            paragraphs.append("\n".join(line for line in lines if not NAMED.search(line)))
    return "\n\n".join(paragraphs).rstrip("\n") + "\n"


def cut_sections(nb: NotebookNode) -> None:
    """Remove a notebook's sections whose code calls locate. Raises NotReleased where one holds something graded."""
    kept: list[NotebookNode] = []
    for section in _split_sections(nb.cells):
        if not any(cell.cell_type == "code" and NAMED.search(cell.source) for cell in section):
            kept += section
        elif any(is_grade(cell) or is_solution(cell) for cell in section):
            raise NotReleased("A section that uses locate holds a graded cell: --no-locate cannot leave it out.")
    nb.cells = kept
    for number, cell in enumerate(nb.cells, start=1):
        if NAMED.search(cell.source):
            raise NotReleased(f"cell {number} names locate, which --no-locate leaves out: {cell.source[:60]!r}.")


def _split_sections(cells: Sequence[NotebookNode]) -> list[list[NotebookNode]]:
    """Return the cells from each heading to the next."""
    sections: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and HEADING.match(cell.source):
            sections.append([])
        sections[-1].append(cell)
    return sections
