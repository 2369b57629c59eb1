"""Which exercises have passed their core cases, for the very source that was judged. Kept while Python runs."""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache
from pathlib import Path

from cnnlab.loader import PACKAGE, STUBS
from cnnlab.sourcefile import SourceFile, Unreadable, parse, read

_passed: set[tuple[str, str]] = set()


def record(exercise: str, folder: Path, topic: str) -> None:
    """Note that an exercise passed its core, with the files of this folder as they are now."""
    _passed.add((exercise, fingerprint(folder, topic)))


def has_passed(exercise: str, folder: Path, topic: str) -> bool:
    """Whether it passed, and neither its file nor one that this imports has changed since."""
    found = fingerprint(folder, topic)
    return found != "" and (exercise, found) in _passed


def fingerprint(folder: Path, topic: str) -> str:
    """The SHA-256 of a learner file and of all that it imports from its folder; "" where one cannot be read."""
    seen: dict[str, str] = {}
    wanted = {topic}
    while wanted - seen.keys():
        name = min(wanted - seen.keys())
        own = folder / f"{name}.py"
        try:
            source = read(own if own.exists() else STUBS / f"{name}.py")
            imported = _imported(source)
        except Unreadable:
            return ""
        seen[name] = source.sha256
        wanted |= imported
    return hashlib.sha256("".join(f"{name} {seen[name]}\n" for name in sorted(seen)).encode()).hexdigest()


@lru_cache(maxsize=64)
def _imported(source: SourceFile) -> frozenset[str]:
    """The learner files that a file imports, in any of the ways in which Python lets it say so."""
    names: list[str] = []
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = f"{PACKAGE}.{node.module or ''}".rstrip(".") if node.level == 1 else node.module
            names += [f"{package}.{alias.name}" for alias in node.names]
    return frozenset(n.removeprefix(f"{PACKAGE}.").partition(".")[0] for n in names if n.startswith(f"{PACKAGE}."))
