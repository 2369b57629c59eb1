"""Read the learner's files in a folder: regular, small files with a name that the course knows. Others are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnnlab.loader import STUBS
from cnnlab.sourcefile import SourceFile, Unreadable, read

WORK = "work"


@dataclass(frozen=True)
class LearnerFiles:
    """What was handed in. files: by name.   refused: why a file with a learner file's name was not taken, by name."""

    files: Mapping[str, SourceFile] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def list_file_names() -> frozenset[str]:
    """Return the names that a learner's file may have."""
    return frozenset(p.name for p in STUBS.glob("*.py") if p.name != "__init__.py")


def collect_learner_files(folder: Path, places: tuple[str, ...] = (WORK, ".")) -> LearnerFiles:
    """Return the learner files in folder/work, and those that lie beside it instead."""
    files, refused = {}, {}
    for name in sorted(list_file_names()):
        found = [(place, p) for place in places if _there(p := folder / place / name)]
        if not found:
            continue
        place, path = found[0]
        shown = name if place == "." else f"{WORK}/{name}"
        if path.is_symlink() or path.parent.is_symlink():
            refused[name] = f"{shown} is a link; the file itself is needed"
            continue
        try:
            files[name] = read(path)
        except Unreadable as error:
            refused[name] = str(error).replace(str(path), shown)
    return LearnerFiles(files, refused)


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()  # a link that leads nowhere is there, and does not exist
