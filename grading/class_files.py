"""Hash the files of a class, and write JSON files that are complete or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: nbgrader's file with the secret of a submission that came through its exchange.
SECRET_FILE = "submission_secret.txt"


def hash_folder(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder, by path. Links and files that cannot be read are left out.

    The exchange's secret is left out: nothing that is judged depends on it, and it may be new each time.
    """
    paths = (p for p in sorted(folder.rglob("*")) if not stat.S_ISDIR(p.lstat().st_mode) and p.name != SECRET_FILE)
    return {p.relative_to(folder).as_posix(): _hash_regular_file(p) for p in paths}


def holds_exactly(folder: Path, files: Mapping[str, str]) -> bool:
    """Tell whether a folder holds these files, by their hashes, and nothing else; it ends at the first difference."""
    count = 0
    for place, folders, names in os.walk(folder):
        links = [f for f in folders if os.path.islink(os.path.join(place, f))]
        for path in (Path(place) / name for name in (*names, *links) if name != SECRET_FILE):
            expected = files.get(path.relative_to(folder).as_posix())
            if expected is None or _hash_regular_file(path) != expected:
                return False
            count += 1
    return count == len(files)


def _hash_regular_file(path: Path) -> str:
    try:
        return hash_file(path) if path.is_file() and not path.is_symlink() else ""
    except OSError:
        return ""


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: Any) -> None:
    """Write a value as JSON. If the write is interrupted, the old file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    scratch.replace(path)
