"""Check the installation: what is missing, what does not work without it, and how to fix it."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata

from cnnlab import loader
from cnnlab.command_line import command_for, start_command
from cnnlab.course import catalogue
from cnnlab.course.learner_folder import show_path
from cnnlab.gradcheck.wording import name_all
from cnnlab.sourcefile import Unreadable, parse, read
from cnnlab.terminal import count_columns, has_colour, paint, wrap


@dataclass(frozen=True)
class Finding:
    """One line of the report. needed: whether the course cannot do without it."""

    what: str
    found: str
    fine: bool
    needed: bool = True


@dataclass(frozen=True)
class Package:
    """A distribution. missing: what does not work without it.   needed: whether the course cannot do without it."""

    missing: str
    needed: bool = True
    remedy: str = "python3 start.py installs it"


TEACHING = (
    "needed for grading a class; install it with: .venv/bin/python -m pip install -c constraints.txt -e '.[grading]'"
)

#: The distribution of TensorFlow without GPU; on Macs there is one only.
TENSORFLOW = "tensorflow" if sys.platform == "darwin" else "tensorflow-cpu"

FRAMEWORKS = "install it with: .venv/bin/python -m pip install -c constraints.txt -e '.[frameworks]'"

#: Every distribution that the code imports; a test compares them with the imports and with pyproject.toml.
PACKAGES = {
    "numpy": Package("nothing works"),
    "tqdm": Package("training stops with an error"),
    "jupyterlab": Package("the chapters cannot be opened"),
    "ipykernel": Package("the cells of a chapter cannot be run"),
    "matplotlib": Package("plots and images in the chapters are missing"),
    "anywidget": Package("interactive pictures are missing"),
    "ipywidgets": Package("interactive pictures are missing"),
    "pooch": Package("the full data sets cannot be downloaded", needed=False),
    "torch": Package("gradients are checked with finite differences only", needed=False),
    TENSORFLOW: Package("chapter 11 compares gradients without TensorFlow", False, FRAMEWORKS),
    "jax": Package("chapter 11 compares gradients without JAX", False, FRAMEWORKS),
    "nbgrader": Package("a class cannot be graded", False, TEACHING),
    "nh3": Package("a class cannot be graded: written answers are sanitised with it", False, TEACHING),
    "markdown-it-py": Package("a class cannot be graded: written answers are rendered with it", False, TEACHING),
    "mdit-py-plugins": Package("a class cannot be graded: formulas in answers are read with it", False, TEACHING),
    "pyseccomp": Package("on Linux students' code may make any system call", False, TEACHING),
}


def findings() -> list[Finding]:
    """Return a finding for every package and file."""
    version = platform.python_version()
    found = [Finding("Python", f"{version} on {platform.system()} {platform.machine()}", sys.version_info >= (3, 11))]
    for name, package in PACKAGES.items():
        try:
            found.append(Finding(name, metadata.version(name), True, package.needed))
        except metadata.PackageNotFoundError:
            sentence = f"not installed: {package.missing}; {package.remedy}"
            found.append(Finding(name, sentence, False, package.needed))
    return [*found, _bubblewrap(), *_files()]


def _bubblewrap() -> Finding:
    path = shutil.which("bwrap")
    if path or platform.system() != "Linux":
        return Finding(
            "bubblewrap", path or "available on Linux only; it isolates students' code in grading", True, False
        )
    sentence = "not installed: students' code is less well isolated in grading; install the system's package"
    return Finding("bubblewrap", f"{sentence}, for example: apt install bubblewrap", False, False)


def _files() -> list[Finding]:
    """Return the learner's files that cannot be read, or one line if all can be read."""
    topics = [t for t in dict.fromkeys(e.topic for e in catalogue.EXERCISES.values()) if loader.has_stub(t)]
    broken = [found for found in map(_file, topics) if not found.fine]
    whole = Finding(show_path(loader.learner_folder()), f"{name_all(len(topics), 'file')} can be read", True)
    return broken or [whole]


def _file(topic: str) -> Finding:
    path = loader.learner_folder() / f"{topic}.py"
    try:
        parse(read(path))
    except Unreadable as error:
        return Finding(show_path(path), f"{error}; {command_for('reset', topic)} restores it", False)
    return Finding(show_path(path), "can be read", True)


def main() -> int:
    """Print the findings; return 1 if something that is needed is missing or broken."""
    found = findings()
    columns, colour = count_columns(), has_colour(sys.stdout)
    width = min(max(len(f.what) for f in found), columns // 2)
    for f in found:
        mark, kind = ("✓", "right") if f.fine else ("✗", "wrong") if f.needed else ("–", "quiet")
        print(
            paint(mark, kind, colour) + wrap(f.found, columns, f"{mark} {f.what:{width}}  ", "    ").removeprefix(mark)
        )
    wrong = [f.what for f in found if f.needed and not f.fine]
    if wrong:
        print(wrap(f"To fix: {', '.join(wrong)}. {start_command()} installs what is missing.", columns))
    else:
        print("Everything that the course needs is installed.")
    return 1 if wrong else 0
