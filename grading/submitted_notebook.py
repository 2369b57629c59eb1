"""A submitted notebook, of which only the written answers are taken: the released one is built again with them in it.

So nothing a student did to cells, metadata, outputs or kernel reaches nbgrader: a duplicated, deleted, retyped or
edited cell is as it was handed out. Read without nbformat, which raises for each of these accidents.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grading.limits import ANSWER, NOTEBOOK_BYTES
from grading.sanitise_answer import sanitise_answer, sanitise_code_answer


class Broken(ValueError):
    """A notebook that cannot be read: why, one sentence."""


def load(path: Path) -> dict[str, Any]:
    """A notebook's JSON, whatever is in it. Raises Broken."""
    if path.stat().st_size > NOTEBOOK_BYTES:
        raise Broken(f"{path.name} has {path.stat().st_size:,} bytes; at most {NOTEBOOK_BYTES:,} are read")
    try:
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Broken(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise Broken(f"{path.name} is not text in UTF-8: {error.reason} at byte {error.start:,}") from None
    except RecursionError:
        raise Broken(f"{path.name} is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Broken(f"{path.name} is not JSON: {error.msg} in line {error.lineno}") from None
    except ValueError as error:
        raise Broken(f"{path.name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Broken(f"{path.name} is JSON, but no notebook")
    return found


def answers(notebook: Mapping[str, Any], released: Mapping[str, Any]) -> dict[str, str]:
    """The written answers by grade_id: what a student wrote into an answer cell of `released`, or into copies of it."""
    asked = {grade_id: _source(cell) for cell in cells(released) if (grade_id := answer_id(cell))}
    found: dict[str, list[str]] = {}
    for cell in cells(notebook):
        grade_id, text = _grade_id(cell), _source(cell)
        if grade_id in asked and text.strip() and text.strip() != asked[grade_id].strip():
            texts = found.setdefault(grade_id, [])
            texts += [] if text in texts else [text]
    return {grade_id: _printable("\n\n---\n\n".join(texts))[:ANSWER] for grade_id, texts in found.items()}


def rebuilt(released: Mapping[str, Any], written: Mapping[str, str], odd: list[str]) -> dict[str, Any]:
    """The released notebook with the sanitised answers in their cells; what a person should know is added to `odd`."""
    notebook = copy.deepcopy(dict(released))
    for cell in cells(notebook):
        grade_id = answer_id(cell) or ""
        if grade_id in written:
            sanitise = sanitise_code_answer if cell.get("cell_type") == "code" else sanitise_answer
            answer = sanitise(written[grade_id])
            cell["source"] = answer.source
            odd += [f"{grade_id}: {note}" for note in answer.notes]
    return notebook


def answer_id(cell: Mapping[str, Any]) -> str | None:
    """The grade_id of a cell in which a student answers: nbgrader's manually graded and task cells."""
    about = _nbgrader(cell)
    return _grade_id(cell) if about.get("solution") is True or about.get("task") is True else None


def cells(notebook: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every cell that is one, in notebooks of format 4 and of format 3."""
    sheets = notebook.get("worksheets")
    holders = [notebook, *(sheets if isinstance(sheets, list) else [])]
    for holder in holders:
        found = holder.get("cells") if isinstance(holder, dict) else None
        yield from (c for c in (found if isinstance(found, list) else []) if isinstance(c, dict))


def _nbgrader(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return about if isinstance(about, dict) else {}


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    grade_id = _nbgrader(cell).get("grade_id")
    return grade_id if isinstance(grade_id, str) else None


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _printable(text: str) -> str:
    """Without what cannot be written as UTF-8: a lone surrogate escapes through JSON."""
    return text.encode("utf-8", "replace").decode("utf-8")
