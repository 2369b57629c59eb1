"""The learners' zip: all that a learner with nothing but Python needs, the same bytes whoever makes it, and when."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import cnnlab
from cnnlab.course import catalogue
from cnnlab.loader import STUBS
from grading import class_folder
from grading.errors import NotReleased
from grading.intake.learner_files import WORK

#: What goes along from the repository's own folder.
FILES = ("start.py", "pyproject.toml", "constraints.txt", "LICENSE")

#: The pages for learners, as far as there are any; the others are the instructor's and the contributor's.
PAGES = ("learner", "notation", "conventions", "glossary", "document")

#: What the package and Jupyter's settings consist of. Anything else there is no part of them.
KINDS = {".py", ".js", ".css", ".json", ".npz", ".txt", ".typed"}

README = Path(__file__).parent / "README.md"

#: Where a learner writes, in a zip of one chapter and in one of the whole course.
WHERE_IN_ONE_CHAPTER = "You write in `{place}`: what is given stands there beside what you write."
WHERE_IN_COURSE = """You write in `cnnlab/ops`, one file a topic: what is given stands beside what you write. A function
that passes its check takes the place of PyTorch's in the networks of the later chapters."""

#: A zip's earliest time: the same for every file.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def make_zip_name(chapters: Mapping[str, Path]) -> str:
    """Return the zip's name without its ending: course, version, and the chapter, if it is one."""
    which = next(iter(chapters)).partition("_")[0] if len(chapters) == 1 else "course"
    return f"cnnlab-{cnnlab.__version__}-{which}"


def collect_files(chapters: Mapping[str, Path], root: Path = class_folder.ROOT) -> dict[str, bytes]:
    """Return the files of the zip, by path below its one folder. chapters: nbgrader's release of each, by assignment.

    Of one chapter the learner's files lie in work/ beside the notebook, as they are handed in. In the whole course they
    are in one room, cnnlab/ops, so that what was written in one chapter turns in the next.
    """
    found = {name: (root / name).read_bytes() for name in FILES}
    for place in (root / "cnnlab", root / "config" / "jupyter"):
        found |= _collect_tree(place, root)
    room = {f"cnnlab/ops/{p.name}": p.read_bytes() for p in STUBS.glob("*.py")}  # never what is in the instructor's
    found = {path: content for path, content in found.items() if not path.startswith("cnnlab/ops/")} | room
    for page in PAGES:
        if (root / "docs" / f"{page}.md").is_file():
            found[f"docs/{page}.md"] = (root / "docs" / f"{page}.md").read_bytes()
    for assignment, release in chapters.items():
        for path in sorted(p for p in release.rglob("*") if p.is_file()):
            inside = path.relative_to(release)
            if len(chapters) == 1 or inside.parts[0] != WORK:
                found[f"notebooks/{assignment}/{inside.as_posix()}"] = path.read_bytes()
    found["README.md"] = make_readme(chapters).encode()
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(found.items())}
    about = {"course": "cnnlab", "version": cnnlab.__version__, "chapters": sorted(chapters), "files": hashes}
    found["release.json"] = (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()
    return found


def _collect_tree(place: Path, root: Path) -> dict[str, bytes]:
    """Return the files of a folder of the repository, by path. Raises NotReleased for what does not belong there."""
    found = {}
    for path in sorted(p for p in place.rglob("*") if p.is_file()):
        if {"__pycache__", ".ipynb_checkpoints"} & set(path.parts) or path.is_relative_to(root / "cnnlab" / "ops"):
            continue
        if path.suffix not in KINDS or path.name.startswith("."):
            raise NotReleased(f"{path} is no part of the course, and learners would get it: move it away.")
        found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def make_zip(files: Mapping[str, bytes], folder: str) -> bytes:
    """Return a zip with the files in one folder; its bytes depend on nothing but these."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in sorted(files.items()):
            member = zipfile.ZipInfo(f"{folder}/{path}", ZIP_TIME)
            member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def read_title(notebook: Path) -> str:
    """Return a chapter's heading."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    heading = re.search(r"^# (.+)$", "".join(cells[0]["source"]), re.MULTILINE)
    return heading[1] if heading else notebook.stem


def make_readme(chapters: Mapping[str, Path]) -> str:
    """Return the learner's first page."""
    one = len(chapters) == 1
    titles = {a: read_title(release / f"{a}.ipynb") for a, release in chapters.items()}
    first = next(iter(chapters))
    example = catalogue.chapter(first)[0]
    place = f"notebooks/{first}/{WORK}"
    hand_in = f"the folder `notebooks/{first}`" if one else "a chapter's folder below `notebooks`"
    more = "" if one else f", with the files of `cnnlab/ops` that you wrote copied into a folder `{WORK}` in it"
    return README.read_text(encoding="utf-8").format(
        version=cnnlab.__version__,
        title=next(iter(titles.values())) if one else "the course",
        chapters="\n".join(f"- `notebooks/{a}/{a}.ipynb`: {said}" for a, said in titles.items()),
        room=WHERE_IN_ONE_CHAPTER.format(place=place) if one else WHERE_IN_COURSE,
        example=example.name,
        folder=f" --folder {place}" if one else "",
        hand_in=f"Your course says where. What is handed in is {hand_in}, with your notebook{more}.",
    )
