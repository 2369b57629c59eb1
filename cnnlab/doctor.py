"""Looking over the installation: what is there, what is missing, and what that costs."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata

from cnnlab import loader
from cnnlab.command_line import command_for, start_command
from cnnlab.course import catalogue
from cnnlab.course.room import shown
from cnnlab.sourcefile import Unreadable, parse, read


@dataclass(frozen=True)
class Finding:
    """One line. needed: whether the course cannot do without it."""

    what: str
    found: str
    fine: bool
    needed: bool = True


#: distribution -> (needed, what is missing without it)
PACKAGES = {
    "numpy": (True, "nothing works without it"),
    "rich": (True, "the list of chapters needs it"),
    "jupyterlab": (True, "the chapters cannot be opened"),
    "matplotlib": (True, "pictures in the chapters are missing"),
    "ipywidgets": (False, "interactive pictures are missing"),
    "torch": (False, "gradients are judged by finite differences alone"),
    "nbgrader": (False, "only a class needs it"),
}


def findings() -> list[Finding]:
    """Everything that was looked at."""
    version = platform.python_version()
    found = [Finding("Python", f"{version} on {platform.system()} {platform.machine()}", sys.version_info >= (3, 11))]
    for name, (needed, cost) in PACKAGES.items():
        try:
            found.append(Finding(name, metadata.version(name), True, needed))
        except metadata.PackageNotFoundError:
            found.append(Finding(name, f"not installed: {cost}", False, needed))
    bubblewrap = shutil.which("bwrap")
    found.append(Finding("bubblewrap", bubblewrap or "not installed: only a class needs it", bool(bubblewrap), False))
    return found + [_file(topic) for topic in dict.fromkeys(e.topic for e in catalogue.EXERCISES.values())]


def _file(topic: str) -> Finding:
    path = loader.chosen() / f"{topic}.py"
    try:
        parse(read(path))
    except Unreadable as error:
        return Finding(shown(path), f"{error}; {command_for('reset', topic)} puts it back", False)
    return Finding(shown(path), "can be read", True)


def main() -> int:
    """Print a line each; 1 where something that is needed is not well."""
    found = findings()
    width = max(len(f.what) for f in found)
    for f in found:
        print(f"{'✓' if f.fine else '✗' if f.needed else '–'} {f.what.ljust(width)}  {f.found}")
    wrong = [f.what for f in found if f.needed and not f.fine]
    print(
        f"Not well: {', '.join(wrong)}. {start_command()} installs what is missing."
        if wrong
        else "All that is needed is there."
    )
    return 1 if wrong else 0
