"""The proof that a release holds no solution, hidden case, answer, marking scheme or instructor's note.

Every file is opened, also those inside an archive: text is read as words, Python as syntax, notebooks cell by cell with
their metadata. What is found is a list of sentences; a release goes out only when there is none.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from cnnlab.course import catalogue
from cnnlab.sourcefile import is_stub
from grading.handout.confidential_material import (
    FENCE,
    INSTRUCTORS,
    PHRASE,
    Confidential,
    hash_shape,
    list_functions,
    size,
    split_words,
)

#: What is no file of a release, whatever is in it.
NEVER = re.compile(
    r"(^|/)(\.git|\.venv|__pycache__|\.ipynb_checkpoints)(/|$)|gradebook|grading-seed|verdict\.json|\.bak$"
)

#: nbgrader's marks of what it cuts at release.
CUT = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")

#: What a released notebook may carry of its own, and what each of its cells may.
NOTEBOOK = {"kernelspec", "language_info", "cnnlab", "celltoolbar"}
CELL = {"nbgrader", "cnnlab", "deletable", "editable"}

#: nbgrader's words where an answer goes.
ANSWER = "YOUR ANSWER HERE"


def find_leaks(files: Mapping[str, bytes], secrets: Confidential) -> list[str]:
    """Return everything in the files of a release that must not be there, a sentence each.

    files: by path. An archive among them is opened, and its members are searched like files.
    """
    found = []
    for path, content in sorted(files.items()):
        found += [f"{path} {what}" for what in _find_file_leaks(path, content, secrets)]
    return found


def read_folder(place: Path) -> dict[str, bytes]:
    """Return every file below a folder, by its path there."""
    return {p.relative_to(place).as_posix(): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}


def _find_file_leaks(path: str, content: bytes, secrets: Confidential) -> Iterator[str]:
    parts = PurePosixPath(path).parts
    if NEVER.search(path) or any(part in INSTRUCTORS for part in parts[:-1]):
        yield "is no file of a release"
    if (digest := hashlib.sha256(content).hexdigest()) in secrets.files:
        yield f"is the instructor's {secrets.files[digest]}"
    if zipfile.is_zipfile(io.BytesIO(content)):
        yield from _search_archive(content, secrets)
        return
    text = content.decode("utf-8", "replace")
    if path.endswith(".ipynb"):
        yield from _search_notebook(text, secrets)
        return
    yield from _find_phrases(text, secrets)
    if path.endswith(".py"):
        yield from _search_code(text, secrets, path)


def _search_archive(content: bytes, secrets: Confidential) -> Iterator[str]:
    """Yield what leaks in a zip: in its members, and in what else one can write into it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.comment or any(member.comment or member.extra for member in archive.infolist()):
            yield "has a comment or extra fields, which nothing here needs"
        yield from find_leaks({m.filename: archive.read(m) for m in archive.infolist() if not m.is_dir()}, secrets)


def _find_phrases(text: str, secrets: Confidential) -> Iterator[str]:
    """Yield the confidential phrases in a text."""
    found = split_words(text)
    told = set()
    for start in (n for n, word in enumerate(found) if word in secrets.firsts):
        for first in (tuple(found[start : start + n]) for n in (PHRASE, 1)):
            for phrase, what in secrets.phrases.get(first, ()):
                if tuple(found[start : start + len(phrase)]) == phrase and what not in told:
                    told.add(what)
                    yield f"holds {what}: {' '.join(phrase[:8])} ..." if len(phrase) > 1 else f"holds {what}"


def _search_code(text: str, secrets: Confidential, path: str = "") -> Iterator[str]:
    """Yield solutions in Python, also under other names; in a learner's file, whatever is written of an exercise."""
    learners = {f"{e.topic}.py" for e in catalogue.EXERCISES.values()}
    place = PurePosixPath(path)
    room = place.name in learners and place.parent.name in ("ops", "stubs", "work")
    for node in list_functions(text):
        whose = secrets.named.get((node.name, hash_shape(node))) or (
            secrets.bodies.get(hash_shape(node)) if size(node) else None
        )
        if whose:
            yield f"line {node.lineno} holds {whose}"
        elif room and node.name in catalogue.EXERCISES and not is_stub(node):
            yield f"line {node.lineno}: {node.name} is written; it is to be handed out as a stub"


def _search_notebook(text: str, secrets: Confidential) -> Iterator[str]:
    """Yield what leaks in a notebook's cells, outputs and metadata."""
    try:
        notebook = json.loads(text)
        cells: list[dict[str, Any]] = notebook["cells"]
    except (ValueError, KeyError, TypeError):
        yield "is no notebook that can be read"
        return
    if unknown := sorted(set(notebook.get("metadata", {})) - NOTEBOOK):
        yield f"has metadata that no release needs: {', '.join(unknown)}"
    for number, cell in enumerate(cells, start=1):
        yield from (f"cell {number} {what}" for what in _search_cell(cell, secrets))
    yield from _find_phrases("\n".join(_list_strings({**notebook, "cells": []})), secrets)


def _search_cell(cell: Mapping[str, Any], secrets: Confidential) -> Iterator[str]:
    source, metadata = "".join(cell.get("source", "")), cell.get("metadata", {})
    if unknown := sorted(set(metadata) - CELL):
        yield f"has metadata that no release needs: {', '.join(unknown)}"
    if cell.get("outputs") or cell.get("execution_count") is not None or cell.get("attachments"):
        yield "has outputs, a count or attachments: it was run and saved"
    if CUT.search(source):
        yield "holds a part that nbgrader cuts at release"
    if "<!--" in source and cell.get("cell_type") == "markdown":
        yield "holds a comment that only its source shows"
    about = metadata.get("nbgrader", {})
    if about.get("solution") and ANSWER not in source.upper():
        yield "is an answer cell, and something is written in it"
    yield from _find_phrases("\n".join(_list_strings(cell)), secrets)
    if cell.get("cell_type") == "code":
        yield from _search_code(source, secrets)
    for fenced in FENCE.findall(source):
        yield from _search_code(fenced, secrets)


def _list_strings(value: Any) -> Iterator[str]:
    """Return every text in a JSON value; lines of one are joined, as nbformat means them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(v, str) for v in value):
        yield "".join(value)
    elif isinstance(value, list):
        for inner in value:
            yield from _list_strings(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _list_strings(inner)
