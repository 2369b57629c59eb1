"""Export the code that grades as one zip, for an instructor's second machine or for a worker on another one.

The zip holds the files of a checkout that grading needs, without the class, the seed, a learner's work, tests and
authoring. The same code always gives the same bytes. code.json holds a hash of cnnlab and grading: two machines with
the same hash judge alike.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cnnlab
from cnnlab.loader import STUBS
from grading import class_folder
from grading.handout import learner_zip, release_files

#: Files of the course's own folder that are included; start.py makes the environment from them.
FILES = (*release_files.FILES, "README.md")

#: How the files of the packages end.
KINDS = (".py", ".js", ".css", ".json", ".npz", ".txt", ".typed")

#: Folders, and how the files in them end that are included.
FOLDERS = {
    "cnnlab": (*KINDS, ".md"),
    "grading": (*KINDS, ".md", ".html", ".j2"),
    "solutions": (".py", ".md", ".ipynb", ".json"),
    "notebooks": (".ipynb", *release_files.BESIDE),
    "config/jupyter": KINDS,
    "docs": (".md", ".png", ".svg", ".gif"),
}

#: The folders that decide a score.
HASHED = ("cnnlab", "grading")

#: Never part of the code: a learner's own work, backups, and what Python and JupyterLab make.
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", "work"}

CODE_FILE = "code.json"


def collect_code_files(root: Path = class_folder.ROOT) -> dict[str, bytes]:
    """Return the files that grading needs, by path. cnnlab/ops holds the stubs, whatever was written there.

    Raises BadClassFolder where a class of version 0.1.0 is still in grading/.
    """
    class_folder.refuse_old_class(Path.cwd() / "class", root / "grading")
    found = {name: (root / name).read_bytes() for name in FILES}
    for folder, endings in FOLDERS.items():
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root)
            hidden = any(part.startswith(".") for part in inside.parts)
            if path.is_file() and path.suffix in endings and not hidden and not LEFT_OUT & set(inside.parts):
                found[inside.as_posix()] = path.read_bytes()
    stubs = {f"cnnlab/ops/{p.name}": p.read_bytes() for p in sorted(STUBS.glob("*.py"))}
    return {path: content for path, content in found.items() if not path.startswith("cnnlab/ops/")} | stubs


def hash_code(files: dict[str, bytes] | None = None) -> str:
    """Return the SHA-256 of cnnlab and grading as they are here. files: by path, if they were read already."""
    found = collect_code_files() if files is None else files
    digest = hashlib.sha256()
    for path, content in sorted(found.items()):
        if path.split("/")[0] in HASHED:
            digest.update(f"{path} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def export_code(out: Path | None = None) -> Path:
    """Write the zip, by default cnnlab-VERSION-code.zip in the working directory. Return its path."""
    files = collect_code_files()
    about = {"course": "cnnlab", "version": cnnlab.__version__, "code": hash_code(files), "files": len(files)}
    files[CODE_FILE] = (json.dumps(about, indent=1) + "\n").encode()
    name = f"cnnlab-{cnnlab.__version__}-code"
    path = out or Path(f"{name}.zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    scratch.write_bytes(learner_zip.make_zip(files, name))
    scratch.replace(path)
    return path
