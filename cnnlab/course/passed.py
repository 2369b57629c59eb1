"""Which exercises have passed their core cases, for the very source that was judged. Kept while Python runs."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from cnnlab.loader import PACKAGE, STUBS
from cnnlab.sourcefile import Unreadable, parse, read

_passed: set[tuple[str, str]] = set()


def record(exercise: str, folder: Path, topic: str) -> None:
    """Note that an exercise passed its core, with the files of this folder as they are now."""
    _passed.add((exercise, fingerprint(folder, topic)))


def has_passed(exercise: str, folder: Path, topic: str) -> bool:
    """Whether it passed, and neither its file nor one that this imports has changed since."""
    return (exercise, fingerprint(folder, topic)) in _passed


def fingerprint(folder: Path, topic: str) -> str:
    """The SHA-256 of a learner file and of all that it imports from its folder; "" where one cannot be read."""
    seen: dict[str, str] = {}
    wanted = {topic}
    while wanted - seen.keys():
        name = min(wanted - seen.keys())
        own = folder / f"{name}.py"
        try:
            source = read(own if own.exists() else STUBS / f"{name}.py")
            tree = parse(source)
        except Unreadable:
            return ""
        seen[name] = source.sha256
        nodes = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module]
        wanted |= {module.removeprefix(f"{PACKAGE}.") for module in nodes if module.startswith(f"{PACKAGE}.")}
    return hashlib.sha256("".join(f"{name} {seen[name]}\n" for name in sorted(seen)).encode()).hexdigest()
