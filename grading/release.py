"""Handing out a chapter: nbgrader's release, copied to where learners take it from."""

from __future__ import annotations

import shutil
from pathlib import Path

from cnnlab.course import catalogue
from grading.commands import nbgrader
from grading.home import Home, source
from grading.intake import NotAccepted


def assignments(chapter: str | None) -> list[str]:
    """The assignment of a chapter by its number or full name, or of every chapter that has a notebook.

    Raises NoSuchExercise for a chapter that the catalogue does not have, NotAccepted for one without a notebook.
    """
    numbers = [catalogue.chapter(chapter)[0].chapter] if chapter else list(catalogue.CHAPTERS)
    found = [
        p.name for number in numbers for p in sorted(source().glob(f"{number}_*")) if (p / f"{p.name}.ipynb").is_file()
    ]
    if not found:
        raise NotAccepted(
            f"{' and '.join(numbers)} has no notebook in {source()}: `python -m authoring.build_notebooks`."
        )
    if chapter and "_" in chapter and chapter not in found:
        raise NotAccepted(f"{source()} has no {chapter}; it has {', '.join(found)}.")
    return found


def release(assignment: str, home: Home, out: Path) -> Path:
    """Generate the assignment and copy it to out/ASSIGNMENT. Raises NotAccepted where nbgrader did not make it."""
    target = out / assignment
    if target.exists():
        raise NotAccepted(f"{target} exists already: remove it, or choose another --out.")
    done = nbgrader(home, "generate_assignment", assignment, "--force")
    folder = home.released(assignment).parent
    if done.returncode or not home.released(assignment).is_file():
        raise NotAccepted(f"nbgrader could not generate {assignment}:\n{reason(done.stderr)}")
    shutil.copytree(folder, target)
    return target


def reason(log: str) -> str:
    """Why nbgrader failed: our own sentence where its log has one, else its last lines that are not routine."""
    lines = [line for line in log.strip().splitlines() if "| INFO]" not in line]
    ours = [line.partition(": ")[2] for line in lines if line.strip().startswith("grading.")]
    return ours[-1] if ours else "\n".join(lines[-6:])
