"""Read the cells of a submitted notebook from its bytes, with the standard library alone.

nbformat is not used: it raises for a duplicated, retyped or damaged cell, which costs an honest student every answer.
A large notebook is read in a process of its own, so that the judge's memory and time are safe:

    python -I -S notebook_cells.py NOTEBOOK LIMITS       LIMITS: JSON; the cells, or the reason, are printed as JSON
"""

from __future__ import annotations

import codecs
import gc
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

#: Text encodings that a file declares by its first bytes; UTF-32 before UTF-16, since one begins like the other.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class UnreadableNotebook(ValueError):
    """A notebook cannot be read; the message ends a sentence that begins with the file's name."""


@dataclass(frozen=True)
class Cell:
    """What intake needs of a cell. attachments: names of the pictures that were pasted into it."""

    kind: str
    text: str
    grade_id: str | None = None
    cell_id: str | None = None
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotebookCells:
    """A notebook's cells. problems: what could not be read of it, sentences without the notebook's name."""

    cells: tuple[Cell, ...] = ()
    problems: tuple[str, ...] = field(default=())


def read_cells(data: bytes, max_cells: int, max_chars: int) -> NotebookCells:
    """Read the cells from a notebook's bytes.

    Args:
        data: The file's content.
        max_cells: How many cells are read; a course notebook has about 100.
        max_chars: How many characters of text are read in all.

    Raises:
        UnreadableNotebook: It is not JSON, or no notebook.
    """
    text, problems = decode_text(data)
    del data
    notebook = parse_json(text)
    del text
    if not isinstance(notebook, dict):
        raise UnreadableNotebook("is JSON, but not a notebook")
    cells: list[Cell] = []
    left = max_chars
    for cell in list_cells(notebook):
        if len(cells) == max_cells:
            problems.append(f"it has more than {max_cells:,} cells, and only the first {max_cells:,} were read")
            break
        found = make_cell(cell)
        if len(found.text) > left:
            problems.append(f"it has more than {max_chars:,} characters of text, and only the first were read")
            cells.append(Cell(found.kind, found.text[:left], found.grade_id, found.cell_id, found.attachments))
            break
        left -= len(found.text)
        cells.append(found)
    return NotebookCells(tuple(cells), tuple(problems))


def decode_text(data: bytes) -> tuple[str, list[str]]:
    """Return a file's text, and a sentence for each thing that could not be read of it."""
    mark, encoding = next(((m, e) for m, e in BYTE_ORDER_MARKS if data.startswith(m)), (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(encoding), []
    except UnicodeDecodeError:
        lost = "it is not saved as UTF-8; each letter that could not be read is shown as \N{REPLACEMENT CHARACTER}"
        return data[len(mark) :].decode(encoding, "replace"), [lost]


def parse_json(text: str) -> Any:
    """Return what a JSON text holds, without the outputs of cells. Raises UnreadableNotebook."""
    try:
        return json.loads(text, object_hook=lambda found: None if "output_type" in found else found)
    except RecursionError:
        raise UnreadableNotebook("is nested too deeply") from None
    except MemoryError:
        raise UnreadableNotebook("needs too much memory to be read") from None
    except json.JSONDecodeError as error:
        raise UnreadableNotebook(f"is not JSON: {error.msg} in line {error.lineno}") from None
    except ValueError:  # an integer of thousands of digits
        raise UnreadableNotebook("is not JSON that can be read: it holds a number that is too long") from None


def list_cells(notebook: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every well-formed cell of a notebook in format 4 or format 3."""
    sheets = notebook.get("worksheets")
    for holder in (notebook, *(sheets if isinstance(sheets, list) else [])):
        found = holder.get("cells") if isinstance(holder, dict) else None
        yield from (c for c in (found if isinstance(found, list) else []) if isinstance(c, dict))


def make_cell(cell: Mapping[str, Any]) -> Cell:
    """Return what intake needs of a cell, whatever its JSON holds."""
    kind, cell_id, attached = cell.get("cell_type"), cell.get("id"), cell.get("attachments")
    return Cell(
        kind if isinstance(kind, str) else "",
        cell_text(cell),
        grade_id(cell),
        cell_id if isinstance(cell_id, str) else None,
        tuple(list(attached)[:10]) if isinstance(attached, dict) else (),
    )


def cell_text(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, also of format 3."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def nbgrader_metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what nbgrader wrote into a cell's metadata, or nothing."""
    metadata = cell.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return about if isinstance(about, dict) else {}


def grade_id(cell: Mapping[str, Any]) -> str | None:
    """Return the name that nbgrader gave a cell, if it has one."""
    found = nbgrader_metadata(cell).get("grade_id")
    return found if isinstance(found, str) else None


def answer_id(cell: Mapping[str, Any]) -> str | None:
    """Return the grade_id of a cell in which a student answers: nbgrader's manually graded and task cells."""
    about = nbgrader_metadata(cell)
    return grade_id(cell) if about.get("solution") is True or about.get("task") is True else None


def limit_process(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process's memory and processor time, as far as the system can."""
    import resource

    for what, limit in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CPU, cpu_seconds)):
        try:
            resource.setrlimit(what, (limit, limit))
        except (ValueError, OSError):  # macOS knows no limit on address space
            continue


def main() -> None:
    """Read a notebook in this process, and print its cells."""
    path, limits = Path(sys.argv[1]), json.loads(sys.argv[2])
    gc.disable()  # it would look through all that was read again and again, and nothing read is a cycle
    limit_process(limits["memory_bytes"], limits["cpu_seconds"])
    try:
        found = asdict(read_cells(path.read_bytes(), limits["max_cells"], limits["max_chars"]))
    except UnreadableNotebook as error:
        found = {"error": str(error)}
    except MemoryError:
        found = {"error": "needs too much memory to be read"}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
