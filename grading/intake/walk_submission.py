"""List what is in a submission's folder, within limits: learner files, notebooks, and everything else by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from cnnlab.escape_text import escape_line
from grading.intake.learner_files import list_file_names
from grading.worker.sandboxed.limits import MAX_SUBMISSION_FOLDERS, MAX_SUBMISSION_LEVELS, MAX_SUBMISSION_NAMES

#: Folders in which no student keeps work: what editors, systems and environments leave.
SKIPPED_FOLDERS = frozenset(
    {".ipynb_checkpoints", "__pycache__", "__MACOSX", ".git", ".venv", "venv", "node_modules", "site-packages"}
    | {".idea", ".vscode", ".pytest_cache", ".ruff_cache", ".hypothesis", "$RECYCLE.BIN"}
)

#: Files that systems leave; `._NAME` is macOS's second half of a file.
SKIPPED_FILES = frozenset({".DS_Store", "Thumbs.db", "thumbs.db", "desktop.ini", "Desktop.ini"})

#: What marks the course's own package among its folders, and the one folder of it in which a learner writes.
PACKAGE_MARKS, OPS = frozenset({"course", "gradcheck"}), "ops"

#: Folders beside the package that are the course's; a learner writes in none of them.
COURSE_FOLDERS = frozenset({"docs", "config", "authoring", "benchmarks", "grading", "tests", "website"})

#: Folders from which no learner's file is taken, wherever they are.
FOREIGN_FOLDERS = frozenset({"solutions", "stubs"})

#: How many other files are remembered by name.
MAX_OTHERS = 10_000


@dataclass
class Walk:
    """What a submission's folder holds; every path is relative to it.

    learner_files: by name, every place in which one lies, links too.   notebooks: nearest first.
    foreign: learner files in a folder from which none is taken.   others: what else lies there.
    packages: the folders of the course's package, where a whole course was handed in.
    problems: one sentence for each place that could not be searched.
    """

    root: Path
    learner_files: dict[str, list[PurePosixPath]] = field(default_factory=dict)
    notebooks: list[PurePosixPath] = field(default_factory=list)
    foreign: dict[str, list[PurePosixPath]] = field(default_factory=dict)
    others: list[PurePosixPath] = field(default_factory=list)
    packages: list[PurePosixPath] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def is_in_course(self, path: PurePosixPath) -> bool:
        """Tell whether a path is inside a course tree that was handed in."""
        return any(path.is_relative_to(package.parent) for package in self.packages)


def walk_submission(root: Path) -> Walk:
    """Look through a submission's folder, nearest folders first. Links are not followed."""
    walk, known = Walk(root), list_file_names()
    level, seen, folders = [PurePosixPath(".")], 0, 1
    for _ in range(MAX_SUBMISSION_LEVELS + 1):
        below: list[PurePosixPath] = []
        for folder in level:
            inside: list[str] = []
            for name, is_folder in islice(_list_folder(walk, folder), max(MAX_SUBMISSION_NAMES - seen, 0)):
                seen += 1
                if is_folder:
                    inside.append(name)
                else:
                    _note_file(walk, folder / name, known)
            below += [folder / name for name in _folders_to_enter(walk, folder, sorted(inside))]
        if seen >= MAX_SUBMISSION_NAMES:
            walk.problems.append(f"it holds more than {MAX_SUBMISSION_NAMES:,} files, and not all were looked at")
            break
        level = below[: max(MAX_SUBMISSION_FOLDERS - folders, 0)]
        folders += len(level)
        if len(level) < len(below):
            walk.problems.append(f"it holds more than {MAX_SUBMISSION_FOLDERS:,} folders, and not all were looked into")
    else:
        if level:
            walk.problems.append(
                f"its folders are more than {MAX_SUBMISSION_LEVELS} deep, and not all were looked into"
            )
    walk.notebooks.sort(key=lambda p: (len(p.parts), p))
    walk.others.sort()
    return walk


def _list_folder(walk: Walk, folder: PurePosixPath) -> Iterator[tuple[str, bool]]:
    """Yield each name in a folder, and whether it is a folder and not a link to one."""
    try:
        with os.scandir(walk.root / folder) as found:
            for entry in found:
                yield entry.name, entry.is_dir(follow_symlinks=False)
    except OSError as error:
        walk.problems.append(f"its folder {escape_line(str(folder))} cannot be read: {error.strerror}")


def _note_file(walk: Walk, path: PurePosixPath, known: frozenset[str]) -> None:
    name = path.name
    if name in known:
        found = walk.foreign if FOREIGN_FOLDERS & set(path.parts) else walk.learner_files
        found.setdefault(name, []).append(path)
    elif name.endswith(".ipynb") and not name.startswith("._"):
        regular = (walk.root / path).is_file() and not (walk.root / path).is_symlink()
        (walk.notebooks if regular else walk.others).append(path)
    elif name not in SKIPPED_FILES and not name.startswith("._") and len(walk.others) < MAX_OTHERS:
        walk.others.append(path)


def _folders_to_enter(walk: Walk, folder: PurePosixPath, inside: list[str]) -> list[str]:
    """Return the subfolders to look into; in the course's package, only the one that learners write in."""
    if set(inside) >= PACKAGE_MARKS:
        walk.packages.append(folder)
        return [name for name in inside if name == OPS]
    for name in list_file_names() & set(inside):  # a folder where a learner's file should be
        _note_file(walk, folder / name, list_file_names())
    skipped = SKIPPED_FOLDERS
    if any((walk.root / folder / name / mark).is_dir() for name in inside for mark in PACKAGE_MARKS):
        skipped = SKIPPED_FOLDERS | COURSE_FOLDERS
    return [name for name in inside if name not in skipped]
