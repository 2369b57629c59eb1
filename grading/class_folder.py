"""Find the data of a class: nbgrader's folders, the files that intake keeps, and the seed."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from grading.errors import BadClassFolder, BadSeed

ROOT = Path(__file__).resolve().parent.parent

#: Names another class folder than ./class: an instructor with several classes has one, with a gradebook, for each.
HOME_VARIABLE = "CNNLAB_GRADING_HOME"

#: Names another folder of chapters than notebooks/, for an instructor who hands out chapters of their own making.
SOURCE_VARIABLE = "CNNLAB_GRADING_SOURCE"

#: The file in a class folder that holds the class's name in nbgrader's exchange; see class_config.py.
CLASS_FILE = "class.json"

#: The name that every class of version 0.1.0 has in nbgrader's exchange. Such a class has no class.json.
COURSE_ID_0_1_0 = "cnnlab"

#: What a class of version 0.1.0 left in grading/, where classes then were by default.
OLD_CLASS_DATA = (
    *("release", "submitted", "autograded", "feedback", "intake", "reports", "downloaded"),
    *("gradebook.db", ".nbgrader.log"),
)


@dataclass(frozen=True)
class ClassFolder:
    """One class: nbgrader's release, submitted, autograded, feedback and gradebook, and what intake keeps."""

    folder: Path

    @property
    def course_id(self) -> str:
        """Return the class's name in nbgrader's exchange and gradebook."""
        try:
            return str(json.loads((self.folder / CLASS_FILE).read_text(encoding="utf-8"))["course_id"])
        except FileNotFoundError:
            return COURSE_ID_0_1_0
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadClassFolder(
                f"{self.folder / CLASS_FILE} cannot be read ({type(error).__name__}: {error}). Restore it: it holds "
                "the name under which students submit to this class."
            ) from None

    def released_notebook(self, assignment: str) -> Path:
        """Return the notebook that was handed out."""
        return self.folder / "release" / assignment / f"{assignment}.ipynb"

    def submission_folder(self, student: str, assignment: str) -> Path:
        return self.folder / "submitted" / student / assignment

    def original_folder(self, student: str, assignment: str) -> Path:
        """Return a submission as it came; nothing is ever changed there."""
        return self.folder / "intake" / student / assignment / "original"

    def record_file(self, student: str, assignment: str) -> Path:
        """Return the file with what intake accepted. It is outside the submission, where no student can write."""
        return self.folder / "intake" / student / assignment / "record.json"

    def collection_file(self, student: str, assignment: str) -> Path:
        """Return the file with what a collector recorded. It is outside the submission, as the record is."""
        return self.folder / "intake" / student / assignment / "collected.json"

    def report_folder(self, assignment: str) -> Path:
        """Return the folder for the instructor's page and tables after a batch."""
        return self.folder / "reports" / assignment

    def verdict_file(self, student: str, assignment: str) -> Path:
        """Return the file with the judge's verdict; see verdict_store.py."""
        return self.folder / "intake" / student / assignment / "verdict.json"


def find_class_folder() -> ClassFolder:
    """Return the class that the environment names, else the working directory if it is a class, else ./class.

    Raises BadClassFolder where only a class of version 0.1.0 is found, in grading/.
    """
    if named := os.environ.get(HOME_VARIABLE):
        return ClassFolder(Path(named).expanduser().resolve())
    folder = Path.cwd()
    if not (folder / CLASS_FILE).is_file():
        folder = folder / "class"
        if not folder.exists():
            refuse_old_class(folder)
    return ClassFolder(folder.resolve())


def refuse_old_class(folder: Path, grading: Path = ROOT / "grading") -> None:
    """Raise BadClassFolder if a class of version 0.1.0 is in grading/. folder: where it should be moved to."""
    data = find_old_class(grading)
    if data:
        folder = grading.parent / "class" if folder == grading else folder
        moves = []
        for place in dict.fromkeys(path.parent for path in data):
            target = str(folder / place.relative_to(grading))
            paths = [str(path) for path in data if path.parent == place]
            moves.append(f"mkdir -p {shlex.quote(target)} && mv {shlex.join([*paths, target])}")
        raise BadClassFolder(
            f"{grading} holds a class of version 0.1.0, and classes are no longer kept in the source. Move it with: "
            + " && ".join(moves)
        )


def find_old_class(grading: Path = ROOT / "grading") -> list[Path]:
    """Return the files and folders that a class of version 0.1.0 left in grading/.

    Where such a folder is a Python package today, return only the folders in it that are students'.
    """
    found: list[Path] = []
    for path in (grading / name for name in OLD_CLASS_DATA):
        if (path / "__init__.py").exists():
            found += sorted(p for p in path.iterdir() if p.is_dir() and p.name != "__pycache__")
        elif path.exists():
            found.append(path)
    return found


def find_source_folder() -> Path:
    """Return nbgrader's source directory: the folder of chapters that the environment names, or notebooks/."""
    return Path(os.environ.get(SOURCE_VARIABLE) or ROOT / "notebooks").resolve()


def find_class_of(submission: Path) -> ClassFolder:
    """Return the class of submitted/STUDENT/ASSIGNMENT or autograded/STUDENT/ASSIGNMENT."""
    return ClassFolder(
        Path(os.path.abspath(submission)).parents[2]
    )  # not resolved: submitted/ may be a link to another disk


def find_seed_file() -> Path:
    """Return where the seed is kept: in the user's data folder, since a course folder is copied, zipped and shared."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "cnnlab" / "grading-seed"


def read_seed(path: Path | None = None) -> int:
    """Return the secret that all hidden numbers are drawn from. It is created on first use, readable by its owner only.

    A file made by hand may hold anything: a whole number is the seed itself, other text is hashed. Raises BadSeed.
    """
    path = path or find_seed_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _parse_seed(path)
    except OSError as error:
        raise BadSeed(f"{path} cannot be made: {error.strerror}. Name another place with --seed-file.") from None
    with os.fdopen(handle, "w") as file:
        file.write(f"{secrets.randbits(63)}\n")
    return _parse_seed(path)


def _parse_seed(path: Path) -> int:
    try:
        content = path.read_bytes().strip()
    except OSError as error:
        raise BadSeed(f"{path} cannot be read: {error.strerror}. Name another file with --seed-file.") from None
    if not content:
        raise BadSeed(f"{path} is empty. Remove it, and a seed is made.")
    if path == find_seed_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(0o600)  # it was copied carelessly
    number = int(content) if content.isdigit() and len(content) < 40 else int(hashlib.sha256(content).hexdigest(), 16)
    return number % 2**63
