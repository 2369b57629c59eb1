"""The list of what may be in a release. What is on no list is not handed out: it stops the release, with its name."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from cnnlab.course import catalogue
from cnnlab.loader import STUBS, TOPICS_TO_REPAIR
from grading import class_folder
from grading.errors import NotReleased
from grading.handout.left_out import cut_page, is_left_out
from grading.handout.released_cells import find_written_exercises
from grading.intake.learner_files import WORK

#: Files of the repository's own folder that are in the learners' zip.
FILES = ("start.py", "config/set_up_venv.py", "pyproject.toml", "constraints.txt", "LICENSE")

#: The pages of docs/ for learners; the others are for instructors and contributors.
PAGES = ("learner", "locate", "notation", "conventions", "glossary", "document")

#: The folders of the package and of Jupyter's settings, and how the files in them end. Folders in these are included,
#: except in cnnlab itself, where each is listed. cnnlab/ops is not: learners get the stubs in its place.
PACKAGE_FOLDERS = {
    "cnnlab": (".py", ".typed"),
    "cnnlab/course": (".py",),
    "cnnlab/data": (".py", ".npz", ".txt"),
    "cnnlab/gradcheck": (".py", ".css"),
    "cnnlab/nn": (".py",),
    "cnnlab/widgets": (".py", ".js", ".css"),
    "config/jupyter": (".py", ".json"),
}

#: How a file beside a notebook may end: pictures and data.
BESIDE = (".svg", ".png", ".jpg", ".csv", ".npz", ".txt")

#: Folders of the package that a class does not get: the instructor has the model answers.
INSTRUCTOR_FOLDERS = ("cnnlab/course/answers",)

#: Where the zip holds the learner's files as they are handed out.
STUB_FOLDERS = ("cnnlab/ops", "cnnlab/course/stubs")

#: What Python and JupyterLab leave in a folder.
LEFTOVERS = {"__pycache__", ".ipynb_checkpoints"}


def list_learner_files(assignment: str) -> dict[str, bytes]:
    """Return the files that a chapter's learner writes in, as they are handed out, by their path in the release."""
    topics = dict.fromkeys(e.topic for e in catalogue.chapter(assignment))
    return {f"{WORK}/{topic}.py": (STUBS / f"{topic}.py").read_bytes() for topic in topics}


def list_strange_files(folder: Path, text: str) -> list[str]:
    """Return the files beside a notebook that are not handed out: all but the pictures and data that its text names."""
    return [
        path.relative_to(folder).as_posix()
        for path in _list_files(folder)
        if path != folder / f"{folder.name}.ipynb" and not (path.suffix in BESIDE and path.name in text)
    ]


def collect_assignment_files(assignment: str, release: Path) -> dict[str, bytes]:
    """Return the files of one chapter, by path. release: the folder that nbgrader made.

    Raises NotReleased where that folder holds any other file.
    """
    notebook, stubs = release / f"{assignment}.ipynb", list_learner_files(assignment)
    text = join_sources(json.loads(notebook.read_text(encoding="utf-8"))["cells"])
    if strange := [path for path in list_strange_files(release, text) if path not in stubs]:
        raise NotReleased(f"{release} holds {', '.join(strange[:5])}, which is not part of the chapter: remove it.")
    return {path.relative_to(release).as_posix(): path.read_bytes() for path in _list_files(release)} | stubs


def collect_package_files(
    root: Path = class_folder.ROOT, locate: bool = True, repairs: bool = True
) -> dict[str, bytes]:
    """Return the course's own files for the learners' zip, by path; cnnlab/ops holds the stubs.

    locate: whether the copy can look for the line of a mistake.   repairs: whether the files to repair are in it, which
    are nearly the solutions of earlier chapters.
    Raises NotReleased for a file on no list, and for one with a function that learners are to write.
    """
    listed = {*FILES, *(f"docs/{name}.md" for name in PAGES if (root / "docs" / f"{name}.md").is_file())}
    paths = [root / name for name in sorted(listed)]
    left_out = [root / folder for folder in ("cnnlab/ops", *INSTRUCTOR_FOLDERS)]
    for folder in ("cnnlab", "config/jupyter"):
        paths += [p for p in _list_files(root / folder) if not any(p.is_relative_to(other) for other in left_out)]
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    found |= {f"cnnlab/ops/{path.name}": path.read_bytes() for path in sorted(STUBS.glob("*.py"))}
    if not repairs:
        held_back = {f"{folder}/{topic}.py" for folder in STUB_FOLDERS for topic in TOPICS_TO_REPAIR}
        found = {path: content for path, content in found.items() if path not in held_back}
    if not locate:
        found = {path: content for path, content in found.items() if not is_left_out(path)}
        pages = [path for path in found if path.endswith(".md")]
        found |= {path: cut_page(found[path].decode()).encode() for path in pages}
    for path, content in found.items():
        if path not in listed and not _is_package_file(PurePosixPath(path)):
            raise NotReleased(
                f"{root / path} is no part of the course, and learners would get it. Move it away, or list its folder "
                "in grading/handout/release_files.py."
            )
        if path.endswith(".py") and (written := find_written_exercises(ast.parse(content))):
            raise NotReleased(f"{root / path} defines {', '.join(written)}, which learners are to write. Move it away.")
    return found


def join_sources(cells: list[Mapping]) -> str:
    """Return the text of all cells of a notebook's file or of a NotebookNode."""
    return "\n".join("".join(cell["source"]) for cell in cells)


def _is_package_file(path: PurePosixPath) -> bool:
    if path.parent == PurePosixPath("cnnlab/ops"):
        return path.suffix == ".py"  # the stubs
    folders = [path.parent] if path.parent == PurePosixPath("cnnlab") else list(path.parents)[:-2]
    endings = next((PACKAGE_FOLDERS[str(f)] for f in folders if str(f) in PACKAGE_FOLDERS), ())
    return path.suffix in endings and not path.name.startswith(".")


def _list_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not LEFTOVERS & set(p.relative_to(folder).parts))
