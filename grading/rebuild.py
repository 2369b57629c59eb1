"""One submission made anew: the released notebook with the student's answers, and the learner's files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grading import learner_files, submitted_notebook
from grading.learner_files import WORK
from grading.timestamps import take_timestamp

if TYPE_CHECKING:
    from grading.collected import Collected

#: What JupyterLab and Python leave beside a learner's files.
BESIDE = (".ipynb_checkpoints", "__pycache__")

#: nbgrader's file with the secret of a submission that came through its exchange.
SECRET = "submission_secret.txt"

#: How many folders deep a file is still found, and how many folders of one are looked into.
DEPTH, FOLDERS = 3, 50


@dataclass(frozen=True)
class Record:
    """What intake accepted.

    released: SHA-256 of the released notebook.   files: SHA-256 of everything in the rebuilt submission, by path.
    saved: when each learner file was saved.   refused: learner files that were not taken, and why.
    odd: what was unusual about the submission, a sentence each.
    """

    released: str
    files: Mapping[str, str]
    saved: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    odd: tuple[str, ...] = ()


def build(source: Path, released: Path, built: Path, assignment: str, collected: Collected | None = None) -> Record:
    """The submission made anew in `built`. collected: the collector's record of it, if it has one."""
    handed_out, odd = submitted_notebook.load(released), []
    path = _notebook(source, assignment, odd)
    written: dict[str, str] = {}
    if path:
        try:
            written = submitted_notebook.answers(submitted_notebook.load(path), handed_out)
        except submitted_notebook.Broken as error:
            odd.append(f"{error}; its written answers are lost, and its code is judged")
    built.mkdir(parents=True)
    write_json(built / f"{assignment}.ipynb", submitted_notebook.rebuilt(handed_out, written, odd))

    found = learner_files.collect(source, (WORK, ".", *_deeper(source)))
    odd += found.refused.values()
    for name, file in found.files.items():
        (built / WORK).mkdir(exist_ok=True)
        (built / WORK / name).write_bytes(file.content)
        if file.path.parent != source / WORK:
            place = file.path.parent.relative_to(source).as_posix()
            where = "beside the notebook" if place == "." else f"in {_printable(place)}/"
            odd.append(f"{name} lay {where}, not in {WORK}/; it was taken")
    odd += take_timestamp(source, built, collected)
    _secret(source, built)
    odd += _left_out(source, released.parent, {path, *(f.path for f in found.files.values())})
    saved = {name: file.saved for name, file in found.files.items()}
    return Record(sha256(released), hashes(built), saved, found.refused, tuple(odd))


def _notebook(source: Path, assignment: str, odd: list[str]) -> Path | None:
    """The submitted notebook, also under another name."""
    usual = source / f"{assignment}.ipynb"
    places = [source, *(source / place for place in _deeper(source))]
    found = [p for place in places for p in sorted(place.glob("*.ipynb")) if p.is_file() and not p.is_symlink()]
    if usual in found:
        return usual
    if not found:
        odd.append("there is no notebook; its code is judged")
        return None
    nearest = [p for p in found if len(p.parts) == len(found[0].parts)]
    largest = max(nearest, key=lambda p: p.stat().st_size)
    name = _printable(largest.relative_to(source).as_posix())
    odd.append(f"the notebook has another name, {name}; it was taken")
    return largest


def _deeper(source: Path) -> list[str]:
    """The folders below a submission's own and work/, nearest first: an archive may hold a folder around it all."""
    found = []
    for folder, folders, _ in os.walk(source):
        depth = len(Path(folder).relative_to(source).parts)
        folders[:] = [f for f in folders if f not in BESIDE and not os.path.islink(os.path.join(folder, f))]
        folders[:] = sorted(folders)[:FOLDERS] if depth < DEPTH else []
        found += [os.path.relpath(os.path.join(folder, f), source) for f in folders]
    return sorted((f for f in found if f != WORK), key=lambda f: (f.count(os.sep), f))


def _secret(source: Path, built: Path) -> None:
    """Take along the secret by which the learner alone finds their feedback in nbgrader's exchange.

    Without one, as in a submission that was copied by hand, nbgrader's release_feedback ends for everyone after it: it
    gets one that nobody has.
    """
    path = source / SECRET
    regular = path.is_file() and not path.is_symlink() and path.stat().st_size < 1000
    text = path.read_text(encoding="utf-8", errors="replace").strip() if regular else ""
    (built / SECRET).write_text(
        text if re.fullmatch("[0-9a-f]{64,}", text) else secrets.token_hex(64), encoding="utf-8"
    )


def _left_out(source: Path, released: Path, taken: set[Path | None]) -> Sequence[str]:
    """A sentence about what else was handed in."""
    extra = []
    for folder, folders, files in os.walk(source):
        folders[:] = [f for f in folders if f not in BESIDE]
        paths = [Path(folder) / f for f in (*files, *(f for f in folders if os.path.islink(os.path.join(folder, f))))]
        extra += [p for p in paths if p not in taken and not (released / p.relative_to(source)).exists()]
    ours = ("timestamp.txt", SECRET, ".cnnlab-progress.")  # the learner's own progress is no part of what is handed in
    names = sorted(str(p.relative_to(source)) for p in extra if not p.name.startswith(ours))
    if not names:
        return []
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [_printable(f"left out: {listed}")]


def _printable(text: str) -> str:
    """Without what cannot be written as UTF-8, such as a file's name in another encoding."""
    return text.encode("utf-8", "replace").decode("utf-8")


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by path; what is no regular file, or cannot be read, has none.

    The exchange's secret is left out: nothing that is judged depends on it, and it may be new each time.
    """
    paths = (p for p in sorted(folder.rglob("*")) if not stat.S_ISDIR(p.lstat().st_mode) and p.name != SECRET)
    return {p.relative_to(folder).as_posix(): _hash(p) for p in paths}


def _hash(path: Path) -> str:
    try:
        return sha256(path) if path.is_file() and not path.is_symlink() else ""
    except OSError:
        return ""


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: Any) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    scratch.replace(path)
