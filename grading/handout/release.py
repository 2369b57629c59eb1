"""Hand out chapters: write nbgrader's release of each, and one zip for learners."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cnnlab.course import catalogue
from grading.class_folder import ClassFolder, find_source_folder
from grading.errors import NbgraderFailed, NotReleased, TargetExists
from grading.handout import learner_zip, release_files
from grading.handout.left_out import LEFT_OUT_VARIABLE, LOCATE
from grading.handout.released_cells import remove_dead_links
from grading.run_nbgrader import run_nbgrader


def find_assignments(chapter: str | None) -> list[str]:
    """Return the assignment of a chapter by its number or full name, or of every chapter that has a notebook.

    Raises NoSuchExercise for a chapter that the catalogue does not have, NotReleased for one without a notebook.
    """
    numbers = [catalogue.chapter(chapter)[0].chapter] if chapter else list(catalogue.CHAPTERS)
    found = [
        p.name
        for number in numbers
        for p in sorted(find_source_folder().glob(f"{number}_*"))
        if (p / f"{p.name}.ipynb").is_file()
    ]
    if not found:
        raise NotReleased(
            f"{' and '.join(numbers)} has no notebook in {find_source_folder()}: `python -m authoring.build_notebooks`."
        )
    if chapter and "_" in chapter and chapter not in found:
        raise NotReleased(f"{find_source_folder()} has no {chapter}; it has {', '.join(found)}.")
    return found


def release_chapters(names: Sequence[str], home: ClassFolder, out: Path, locate: bool = True) -> list[Path]:
    """Generate the assignments; write each to out/ASSIGNMENT, and all into one zip for learners. Return their paths.

    locate: whether the class's copy can look for the line of a mistake.
    All or nothing is written. Raises NotReleased for what must not be handed out, NbgraderFailed or TargetExists.
    """
    released = {name: home.released_notebook(name).parent for name in names}
    file = out / f"{learner_zip.make_zip_name(released)}.zip"
    for target in (*(out / name for name in names), file):
        if target.exists():
            raise TargetExists(f"{target} exists already: remove it, or choose another --out.")
    for name in names:
        left_out = {LEFT_OUT_VARIABLE: "" if locate else LOCATE}
        done = run_nbgrader(home, "generate_assignment", name, "--force", variables=left_out)
        if done.returncode or not home.released_notebook(name).is_file():
            raise NbgraderFailed(f"nbgrader could not generate {name}:\n{find_reason(done.stderr)}")
    files = {file.name: learner_zip.make_zip(learner_zip.collect_files(released, locate=locate), file.stem)}
    for name, folder in released.items():
        found = release_files.collect_assignment_files(name, folder)
        files |= {f"{name}/{path}": content for path, content in found.items()}
    for notebook in (f"{name}/{name}.ipynb" for name in released):
        files[notebook] = remove_dead_links(files[notebook], notebook, files)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=out) as scratch:
        made = Path(scratch)
        for path, content in files.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)
        return [Path(shutil.move(place, out / place.name)) for place in sorted(made.iterdir())]


def find_reason(log: str) -> str:
    """Return why nbgrader failed: our own sentence if its log has one, else the last lines above level INFO."""
    lines = [line for line in log.strip().splitlines() if "| INFO]" not in line]
    ours = [line.partition(": ")[2] for line in lines if line.strip().startswith("grading.")]
    return ours[-1] if ours else "\n".join(lines[-6:])
