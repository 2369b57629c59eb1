"""Read a submitted notebook within limits: a small one here, a large one in a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

from grading.intake import notebook_cells
from grading.intake.notebook_cells import Cell, NotebookCells, UnreadableNotebook, read_cells
from grading.worker.sandboxed.limits import (
    MAX_NOTEBOOK_BYTES,
    MAX_NOTEBOOK_CELLS,
    MAX_NOTEBOOK_CHARS,
    MAX_NOTEBOOK_MEMORY_BYTES,
    MAX_SMALL_NOTEBOOK_BYTES,
    NOTEBOOK_CPU_SECONDS,
    NOTEBOOK_WALL_SECONDS,
)

#: One large notebook at a time, or sixteen submissions at once would need sixteen times its memory.
ONE_LARGE_NOTEBOOK = threading.Lock()


def read_notebook(path: Path) -> NotebookCells:
    """Read a submitted notebook's cells. Raises UnreadableNotebook with the file's name in the sentence."""
    try:
        size = path.stat().st_size
        if size > MAX_NOTEBOOK_BYTES:
            raise UnreadableNotebook(f"has {size:,} bytes; at most {MAX_NOTEBOOK_BYTES:,} are read")
        if size <= MAX_SMALL_NOTEBOOK_BYTES:
            return read_cells(path.read_bytes(), MAX_NOTEBOOK_CELLS, MAX_NOTEBOOK_CHARS)
        with ONE_LARGE_NOTEBOOK:
            return read_in_process(path)
    except OSError as error:
        raise UnreadableNotebook(f"{path.name} cannot be read: {error.strerror}") from None
    except UnreadableNotebook as error:
        raise UnreadableNotebook(f"{path.name} {error}") from None


def read_in_process(path: Path) -> NotebookCells:
    """Read a notebook's cells in a process that has limits. Raises UnreadableNotebook."""
    limits = {
        "memory_bytes": MAX_NOTEBOOK_MEMORY_BYTES,
        "cpu_seconds": NOTEBOOK_CPU_SECONDS,
        "max_cells": MAX_NOTEBOOK_CELLS,
        "max_chars": MAX_NOTEBOOK_CHARS,
    }
    command = [sys.executable, "-I", "-S", notebook_cells.__file__, str(path), json.dumps(limits)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=NOTEBOOK_WALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise UnreadableNotebook(f"was not read after {NOTEBOOK_WALL_SECONDS:g} s") from None
    if done.returncode:
        raise UnreadableNotebook("needs too much memory or time to be read")
    found = json.loads(done.stdout)
    if "error" in found:
        raise UnreadableNotebook(found["error"])
    cells = (Cell(**{**cell, "attachments": tuple(cell["attachments"])}) for cell in found["cells"])
    return NotebookCells(tuple(cells), tuple(found["problems"]))
