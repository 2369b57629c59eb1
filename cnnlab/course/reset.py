"""Put back learner files, or functions in them, as they were handed out, with a backup of what was there."""

from __future__ import annotations

import ast
import io
import os
import time
import tokenize
from dataclasses import dataclass
from pathlib import Path

from cnnlab.command_line import command_for
from cnnlab.course import catalogue
from cnnlab.errors import WrongValue
from cnnlab.loader import STUBS
from cnnlab.sourcefile import split_lines


@dataclass(frozen=True)
class Reset:
    """What was put back, in which file, and where the earlier version is (None where there was none)."""

    what: str
    file: Path
    backup: Path | None


def reset(name: str, folder: Path) -> Reset:
    """Put an exercise's function, or a whole file ("conv"), back as it was handed out.

    Raises LookupError for a name that the course does not have, and ValueError for a function in a file that is not
    Python any more; the whole file can be put back even then.
    """
    exercises = catalogue.find(name)
    topics = dict.fromkeys(e.topic for e in exercises)
    if len(topics) > 1:
        raise WrongValue(f"{name} is in several files; reset them one by one: {', '.join(topics)}")
    topic = exercises[0].topic
    stub, file = ((STUBS / f"{topic}.py").read_text(encoding="utf-8"), folder / f"{topic}.py")
    if name != exercises[0].name or not file.exists():
        return Reset(f"{topic}.py", file, write_with_backup(file, stub))
    try:
        content = file.read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = _replace_function(content.decode(encoding), stub, name)
    except (SyntaxError, UnicodeDecodeError) as error:
        raise WrongValue(
            f"{file} is not Python any more ({error}); {command_for('reset', topic)} puts the whole file back"
        ) from None
    return Reset(name, file, write_with_backup(file, text, encoding))


def function_source(text: str, name: str) -> str:
    """Return the source of one function."""
    first, last = _find_span(text, name)
    return "".join(split_lines(text)[first:last]).rstrip()


def _replace_function(text: str, stub: str, name: str) -> str:
    """Return `text` with one function taken from `stub`; added at the end where it is missing."""
    whole, end = split_lines(text), "\r\n" if "\r\n" in text else "\n"
    handed_out = (function_source(stub, name) + "\n").replace("\n", end)
    try:
        first, last = _find_span(text, name)
    except LookupError:
        return text.rstrip() + 3 * end + handed_out
    return "".join([*whole[:first], handed_out, *whole[last:]])


def _find_span(text: str, name: str) -> tuple[int, int]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            assert node.end_lineno
            return first - 1, node.end_lineno
    raise LookupError(f"there is no function {name}")


def write_with_backup(file: Path, text: str, encoding: str = "utf-8") -> Path | None:
    """Write `text` to a file and return the backup of what was there; the file exists at every moment."""
    backup = None
    if file.exists():
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(file.stat().st_mtime))
        backup = _find_free_name(file.with_name(f"{file.stem}.{stamp}.bak"))
        backup.write_bytes(file.read_bytes())
    new = file.with_name(f".{file.name}.new")
    new.write_bytes(text.encode(encoding))
    os.replace(new, file)
    return backup


def _find_free_name(path: Path) -> Path:
    """Return the path, or where it is taken the path with a number that is free."""
    number = 1
    wanted = path
    while wanted.exists():
        number += 1
        wanted = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return wanted
