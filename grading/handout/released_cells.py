"""What the cells of a released notebook may hold: no output, no comment, no written answer, no written exercise."""

from __future__ import annotations

import ast
import json
import posixpath
import re
import warnings
from collections.abc import Collection, Iterator

from nbformat import NotebookNode

from cnnlab.course import catalogue
from cnnlab.loader import STUBS, TOPICS_TO_REPAIR
from cnnlab.sourcefile import is_stub, list_unchanged, parse, read

#: The metadata that a released notebook keeps, that each of its cells keeps, and what these two keys of a cell keep.
NOTEBOOK_KEYS = {"kernelspec", "language_info", "celltoolbar"}
CELL_KEYS = {"nbgrader", "cnnlab", "deletable", "editable"}
INNER_KEYS = {
    "cnnlab": {"exercise"},
    "nbgrader": {
        *("cell_type", "checksum", "grade", "grade_id", "locked", "points", "schema_version", "solution", "task"),
    },
}

#: nbgrader's marks of what it cuts at release.
CUT_MARK = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")

#: nbgrader's words where an answer goes.
ANSWER = "YOUR ANSWER HERE"

#: Code in a Markdown cell.
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)

#: A link of Markdown, and no picture: its text and its target.
LINK = re.compile(r"(?<!!)\[([^][]*)\]\(([^()\s]+)\)")


def strip_notebook(nb: NotebookNode) -> None:
    """Remove outputs, execution counts and the metadata that no release needs."""
    nb.metadata = _keep(nb.metadata, NOTEBOOK_KEYS)
    for cell in nb.cells:
        cell.metadata = _keep(cell.metadata, CELL_KEYS)
        for key, kept in INNER_KEYS.items():
            if key in cell.metadata:
                cell.metadata[key] = _keep(cell.metadata[key], kept)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _keep(metadata: NotebookNode, keys: set[str]) -> NotebookNode:
    return NotebookNode({key: value for key, value in metadata.items() if key in keys})


def remove_dead_links(notebook: bytes, place: str, files: Collection[str]) -> bytes:
    """Return a notebook's file in which a link to a page that is not handed out is its text alone.

    Args:
        notebook: The notebook's file, in UTF-8.
        place: Its path in what is handed out, "notebooks/ch08_x/ch08_x.ipynb".
        files: The paths of all files that are handed out.
    """

    def rewrite(match: re.Match[str]) -> str:
        page = match[2].partition("#")[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(place), page))
        return match[0] if not page or re.match(r"[a-z]+:", page) or target in files else match[1]

    content = json.loads(notebook)
    for cell in content["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = LINK.sub(rewrite, "".join(cell["source"])).splitlines(keepends=True)
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def find_cell_faults(nb: NotebookNode) -> list[str]:
    """Return why a notebook must not be handed out, one sentence for each cell at fault. nb: as nbgrader made it."""
    return [
        f"cell {number} {'; it '.join(faults)}"
        for number, cell in enumerate(nb.cells, start=1)
        if (faults := list(_find_faults(cell)))
    ]


def _find_faults(cell: NotebookNode) -> Iterator[str]:
    if cell.get("outputs") or cell.get("execution_count") is not None:
        yield "has an output"
    if cell.get("attachments"):
        yield "has an attachment: put the picture beside the notebook"
    if CUT_MARK.search(cell.source):
        yield "holds a part that nbgrader cuts at release"
    if cell.cell_type == "markdown" and "<!--" in cell.source:
        yield "holds a comment, which learners can read: remove it"
    if cell.metadata.get("nbgrader", {}).get("solution") and ANSWER not in cell.source.upper():
        yield "is for an answer, and one is written in it"
    codes = [cell.source] if cell.cell_type == "code" else FENCE.findall(cell.source)
    if written := [name for code in codes for name in find_written_exercises(_parse_cell(code))]:
        yield f"defines {', '.join(written)}, which learners are to write"


def find_written_exercises(tree: ast.Module) -> list[str]:
    """Return the exercises that a module, or a cell, defines at its top level and not as they are handed out."""
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in catalogue.EXERCISES]
    unchanged: set[str] = set()
    for topic in TOPICS_TO_REPAIR & {catalogue.EXERCISES[node.name].topic for node in functions}:
        unchanged |= list_unchanged(tree, parse(read(STUBS / f"{topic}.py")))
    return [node.name for node in functions if not is_stub(node) and node.name not in unchanged]


def _parse_cell(code: str) -> ast.Module:
    """Return a cell's code as Python; an empty module where it is not, as with a magic."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError):
        return ast.Module([], [])
