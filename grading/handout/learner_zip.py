"""The learners' zip: all that a learner who has only Python needs. The same files always give the same bytes."""

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
from cnnlab.loader import TOPICS_TO_REPAIR
from grading import class_folder
from grading.handout import release_files
from grading.handout.left_out import LOCATE
from grading.handout.released_cells import remove_dead_links
from grading.intake.learner_files import WORK

README = Path(__file__).parent / "README.md"

#: Where a learner writes, in a zip of one chapter and in a zip of the whole course.
WHERE_IN_ONE_CHAPTER = "You write in `{place}`: what is given stands there beside what you write."
WHERE_IN_COURSE = """You write in `cnnlab/ops`, one file a topic: what is given stands beside what you write. A function
that passes its check takes the place of PyTorch's in the networks of the later chapters."""

#: A zip's earliest time: the same for every file.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def make_zip_name(chapters: Mapping[str, Path]) -> str:
    """Return the zip's name without its ending: course, version, and the chapter if there is only one."""
    which = next(iter(chapters)).partition("_")[0] if len(chapters) == 1 else "course"
    return f"cnnlab-{cnnlab.__version__}-{which}"


def collect_files(
    chapters: Mapping[str, Path], root: Path = class_folder.ROOT, locate: bool = True
) -> dict[str, bytes]:
    """Return the files of the zip, by path below its one folder. chapters: nbgrader's release of each, by assignment.

    In a zip of one chapter, the learner's files are in work/ beside the notebook, as they are handed in. In a zip of
    the whole course they are in cnnlab/ops, so that all chapters use the same ones.
    locate: whether the copy can look for the line of a mistake.
    """
    topics = {exercise.topic for assignment in chapters for exercise in catalogue.chapter(assignment)}
    found = release_files.collect_package_files(root, locate, repairs=bool(topics & TOPICS_TO_REPAIR))
    for assignment, release in chapters.items():
        for path, content in release_files.collect_assignment_files(assignment, release).items():
            if len(chapters) == 1 or not path.startswith(f"{WORK}/"):
                found[f"notebooks/{assignment}/{path}"] = content
    found["README.md"] = make_readme(chapters).encode()
    for assignment in chapters:
        notebook = f"notebooks/{assignment}/{assignment}.ipynb"
        found[notebook] = remove_dead_links(found[notebook], notebook, found)
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(found.items())}
    about = {"course": "cnnlab", "version": cnnlab.__version__, "chapters": sorted(chapters), "files": hashes}
    about |= {} if locate else {"left_out": [LOCATE]}
    found["release.json"] = (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()
    return found


def make_zip(files: Mapping[str, bytes], folder: str) -> bytes:
    """Return a zip with the files in one folder. Its bytes depend only on the files."""
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
