"""A submitted notebook, of which only the written answers are taken: the released one is built again with them in it.

So nothing a student did to cells, metadata, outputs or kernel reaches nbgrader: a duplicated, deleted, retyped or
edited cell is as it was handed out.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from grading.notebook_cells import answer_id, list_cells

#: What begins a tag, a comment or a declaration; and how a link or a formula runs a script.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
SCRIPT = re.compile(r"(java|vb)(script\s*:)", re.IGNORECASE)


def rebuilt(released: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, Any]:
    """The released notebook with the answers in their cells."""
    notebook = copy.deepcopy(dict(released))
    for cell in list_cells(notebook):
        answer = written.get(answer_id(cell) or "")
        if answer is not None:
            cell["source"] = answer if cell.get("cell_type") == "code" else harmless(answer)
    return notebook


def harmless(text: str) -> str:
    """A written answer in which no tag begins and no script is named, to be read as it was written.

    Formgrader and feedback render Markdown with the HTML in it, in the instructor's own session: a <script> in an
    answer could set grades. A character without width keeps the "<" from what would make a tag of it.
    """
    return SCRIPT.sub("\\1\N{ZERO WIDTH SPACE}\\2", TAG.sub("<\N{ZERO WIDTH SPACE}", text))
