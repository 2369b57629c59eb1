"""Search the files of a release for what must stay with the instructor: solutions, model answers, and the seed.

The command builds a release from lists of what may be in it and knows no solution. This search knows them all: it finds
what was copied into a file that is on the lists. Every file is opened, also those inside an archive: text is read as
words, Python as syntax, notebooks cell by cell with their metadata.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grading.handout.released_cells import FENCE
from tests.grading.handout.confidential_material import (
    PHRASE,
    Confidential,
    hash_shape,
    list_functions,
    size,
    split_words,
)


def find_leaks(files: Mapping[str, bytes], secrets: Confidential) -> list[str]:
    """Return everything in the files of a release that must not be there, one sentence each.

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
        yield from _search_code(text, secrets)


def _search_archive(content: bytes, secrets: Confidential) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield from find_leaks({m.filename: archive.read(m) for m in archive.infolist() if not m.is_dir()}, secrets)


def _find_phrases(text: str, secrets: Confidential) -> Iterator[str]:
    """Yield the confidential phrases in a text."""
    found = split_words(text)
    reported = set()
    for start in (n for n, word in enumerate(found) if word in secrets.firsts):
        for first in (tuple(found[start : start + n]) for n in (PHRASE, 1)):
            for phrase, what in secrets.phrases.get(first, ()):
                if tuple(found[start : start + len(phrase)]) == phrase and what not in reported:
                    reported.add(what)
                    yield f"holds {what}: {' '.join(phrase[:8])} ..." if len(phrase) > 1 else f"holds {what}"


def _search_code(text: str, secrets: Confidential) -> Iterator[str]:
    """Yield solutions in Python, also under other names."""
    for node in list_functions(text):
        whose = secrets.named.get((node.name, hash_shape(node))) or (
            secrets.bodies.get(hash_shape(node)) if size(node) else None
        )
        if whose:
            yield f"line {node.lineno} holds {whose}"


def _search_notebook(text: str, secrets: Confidential) -> Iterator[str]:
    """Yield what leaks in a notebook's cells, outputs and metadata."""
    notebook = json.loads(text)
    for number, cell in enumerate(notebook["cells"], start=1):
        yield from (f"cell {number} {what}" for what in _search_cell(cell, secrets))
    yield from _find_phrases("\n".join(_list_strings({**notebook, "cells": []})), secrets)


def _search_cell(cell: Mapping[str, Any], secrets: Confidential) -> Iterator[str]:
    source = "".join(cell["source"])
    yield from _find_phrases("\n".join(_list_strings(cell)), secrets)
    for code in [source] if cell["cell_type"] == "code" else FENCE.findall(source):
        yield from _search_code(code, secrets)


def _list_strings(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value; lines of one are joined, as nbformat means them."""
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
