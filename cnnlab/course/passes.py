"""Record and look up which exercises have passed their core cases, for the source that was judged."""

from __future__ import annotations

import ast
import hashlib
import time
from functools import lru_cache
from pathlib import Path

from cnnlab.course import progress_file
from cnnlab.course.progress_file import Entry, Progress
from cnnlab.loader import PACKAGE, STUBS
from cnnlab.sourcefile import SourceFile, Unreadable, parse, read

#: The reference solutions, where they are installed: nobody's progress.
REFERENCE = Path(__file__).parents[2] / "solutions" / "ops"

_passed: set[tuple[str, str]] = set()


def record(exercise: str, folder: Path, topic: str, score: float | None = None) -> str:
    """Note that an exercise passed its core, with the files of this folder as they are now.

    score: of every case, or None where only the core was judged.   Returns "" or why it is kept for this session only.
    """
    found = fingerprint(folder, topic)
    _passed.add((exercise, found))
    if folder in (STUBS, REFERENCE):
        return ""
    entry = Entry(found, score, time.strftime("%Y-%m-%dT%H:%M:%S"), _course_version())
    before = load_progress(folder).entries.get(exercise)
    if before and _counts(before, found) and (score is None or before.score == score):
        return ""
    return progress_file.keep(folder, exercise, entry)


def has_passed(exercise: str, folder: Path, topic: str) -> bool:
    """Return whether an exercise passed, and neither its file nor one that this imports has changed since."""
    found = fingerprint(folder, topic)
    return found != "" and ((exercise, found) in _passed or _find_entry(exercise, folder, found) is not None)


def find_score(exercise: str, folder: Path, topic: str) -> float | None:
    """Return the score that is noted for the source as it is now, or None."""
    entry = _find_entry(exercise, folder, fingerprint(folder, topic))
    return entry.score if entry else None


def load_progress(folder: Path) -> Progress:
    """Return what the folder's progress file says; nothing for the stubs and the reference."""
    return Progress() if folder in (STUBS, REFERENCE) else progress_file.load(folder)


def _find_entry(exercise: str, folder: Path, found: str) -> Entry | None:
    entry = load_progress(folder).entries.get(exercise)
    return entry if entry and found and _counts(entry, found) else None


def _counts(entry: Entry, found: str) -> bool:
    """Return whether a pass counts: for this very source, by this version of the course."""
    return entry.source == found and entry.course == _course_version()


def _course_version() -> str:
    import cnnlab

    return cnnlab.__version__


def fingerprint(folder: Path, topic: str) -> str:
    """Return the SHA-256 of a learner file and all that it imports from its folder; "" if one cannot be read."""
    seen: dict[str, str] = {}
    wanted = {topic}
    while wanted - seen.keys():
        name = min(wanted - seen.keys())
        own = folder / f"{name}.py"
        try:
            source = read(own if own.exists() else STUBS / f"{name}.py")
            imported = _list_imports(source)
        except Unreadable:
            return ""
        seen[name] = source.sha256
        wanted |= imported
    return hashlib.sha256("".join(f"{name} {seen[name]}\n" for name in sorted(seen)).encode()).hexdigest()


@lru_cache(maxsize=64)
def _list_imports(source: SourceFile) -> frozenset[str]:
    """Return the learner files that a file imports, in any of the forms that Python has for it."""
    names: list[str] = []
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = f"{PACKAGE}.{node.module or ''}".rstrip(".") if node.level == 1 else node.module
            names += [f"{package}.{alias.name}" for alias in node.names]
    return frozenset(n.removeprefix(f"{PACKAGE}.").partition(".")[0] for n in names if n.startswith(f"{PACKAGE}."))
