"""Read a learner's file from disk: its bytes, and the facts that are known without running it.

Standard library only; this file and errors.py also run alone inside the grading worker.
"""

from __future__ import annotations

import ast
import codecs
import hashlib
import io
import os
import re
import stat
import time
import tokenize
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnnlab.errors import CnnlabError

#: A learner's file is a few hundred lines; what is larger than this is something else.
MAX_FILE_BYTES = 1_000_000


#: Characters of a learner's own text that a sentence quotes.
MAX_QUOTED_CHARS = 200


class Unreadable(CnnlabError):
    """A learner's file cannot be read as Python: what was found, where, and what to do."""


@dataclass(frozen=True)
class SourceFile:
    """The bytes of a file, read once. saved: ISO 8601, local time."""

    path: Path
    content: bytes
    sha256: str
    saved: str


@dataclass(frozen=True)
class Reading:
    """The facts of a learner's file, before any function in it is called.

    fault: why it could not be read or executed, one sentence, or None.   line: where, as far as that is known.
    defined: the names it defines with the line of each.   unwritten: those of them that are still stubs,
    or in a file that is handed out to be repaired, those that are as they were.   arguments: the names of what each
    function takes by position.
    """

    file: str
    sha256: str = ""
    saved: str = ""
    fault: str | None = None
    line: int | None = None
    defined: Mapping[str, int] = field(default_factory=dict)
    unwritten: frozenset[str] = frozenset()
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read(path: Path) -> SourceFile:
    """Read a file. Raise Unreadable if it is missing, too large or not a regular file."""
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise Unreadable(f"{path} is missing") from None
    except OSError as error:
        raise Unreadable(f"{path} cannot be opened: {error.strerror or error}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{path} is not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise Unreadable(f"{path} has {status.st_size:,} bytes; at most {MAX_FILE_BYTES:,} are read")
        content = b""
        while chunk := os.read(handle, MAX_FILE_BYTES + 1 - len(content)):
            content += chunk
    finally:
        os.close(handle)
    saved = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(status.st_mtime))
    return SourceFile(path, content, hashlib.sha256(content).hexdigest(), saved)


def parse(source: SourceFile) -> ast.Module:
    """Return the syntax tree, or raise Unreadable with the line that is not Python."""
    name = source.path.name
    if source.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(f"{name} is not a text file in UTF-8, but in UTF-16: save it as UTF-8")
    if b"\0" in source.content:
        raise Unreadable(f"{name} is not a text file: it contains zero bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning about the learner's text is not an error of it
            return ast.parse(source.content, str(source.path))
    except SyntaxError as error:
        if not _is_decodable(source.content):
            raise Unreadable(_encoding_fault(source)) from None
        text = (error.text or "").strip()[:MAX_QUOTED_CHARS]
        shown = f": {text}" if text else ""
        raise Unreadable(f"{name} line {error.lineno} is not Python ({error.msg[:MAX_QUOTED_CHARS]}){shown}") from error
    except (UnicodeDecodeError, LookupError):
        raise Unreadable(_encoding_fault(source)) from None
    except (RecursionError, MemoryError):
        raise Unreadable(f"{name} cannot be read as Python: it is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"{name} cannot be read as Python: {error}") from None


def _is_decodable(content: bytes) -> bool:
    """Tell whether a file is text in UTF-8, or in the encoding that its first two lines name."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return False
    return True


def _encoding_fault(source: SourceFile) -> str:
    """Return why a file's bytes cannot be read as text, and what to do about it."""
    name = source.path.name
    try:
        source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.content.count(b"\n", 0, error.start) + 1
        return f"{name} is not a text file in UTF-8 (see line {line}): save it as UTF-8"
    return f"{name} is not a text file in the encoding that its first lines name: remove that, and save it as UTF-8"


def read_facts(source: SourceFile, tree: ast.Module) -> Reading:
    """Return the static facts of a file."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    return Reading(
        str(source.path),
        source.sha256,
        source.saved,
        defined={name: node.lineno for node in tree.body for name in _names(node)},
        unwritten=frozenset(name for name, node in functions.items() if is_stub(node)),
        arguments={n: tuple(a.arg for a in (*f.args.posonlyargs, *f.args.args)) for n, f in functions.items()},
    )


def _names(node: ast.stmt) -> list[str]:
    """Return the names that a statement at the top of a file defines: `def f`, `f = g`, `from m import f`."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    return []


def split_lines(text: str) -> list[str]:
    """Return the lines of a text as Python counts them, ends included; str.splitlines breaks at form feeds too."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def list_unchanged(tree: ast.Module, handed_out: ast.Module) -> frozenset[str]:
    """Return the functions of a file whose bodies are as they were handed out; docstrings and comments do not count."""
    before = {node.name: node for node in handed_out.body if isinstance(node, ast.FunctionDef)}
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in before]
    try:
        return frozenset(node.name for node in functions if _dump_body(node) == _dump_body(before[node.name]))
    except RecursionError:  # nested deeper than anything that was handed out
        return frozenset()


def _dump_body(function: ast.FunctionDef) -> list[str]:
    """Return the statements of a function, without its docstring, as text that does not depend on their layout."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return [ast.dump(statement) for statement in body]


def is_stub(function: ast.FunctionDef) -> bool:
    """Return whether the function contains only a docstring and `raise NotImplementedError(...)`."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc
    name = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(name, ast.Name) and name.id == "NotImplementedError"
