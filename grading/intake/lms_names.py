"""Tell whose a file is from the names that learning management systems give to the files of a download.

Moodle, Blackboard, Brightspace (D2L), Canvas and Google Classroom put the student's name into the name of a folder or
a file. Where nobody did, the archive or folder that an instructor put there is named after the student.

A file's own name follows, and the student chose it: it may be written as another system would name another student's.
So within a name the system's first words count, and of two systems the one that reads more names of the download.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

#: The names, the most special first. `file` is what the student called a file that lies there without a folder.
PATTERNS = {
    "Moodle": re.compile(
        r"(?P<student>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
    ),
    "Blackboard": re.compile(
        r"(?P<number>.+?_(?P<student>[^_]+))_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.*))?", re.DOTALL
    ),
    "Brightspace": re.compile(
        r"(?P<number>\d+)-\d+ ?- ?(?P<student>.+?) ?- ?"
        r"(?P<time>[A-Z][a-z]+ \d{1,2}, \d{4} \d{1,2}:?\d\d ?[AP]M)(?: ?- ?(?P<file>.*))?",
        re.DOTALL,
    ),
    "Canvas": re.compile(r"(?P<student>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.DOTALL),
    "Google Classroom": re.compile(r"(?P<student>[^-]*[^\W\d_][^-]*?) - (?P<file>.+)", re.DOTALL),
}

#: A folder or archive that an instructor named: the student, and perhaps when it came.
PLAIN = re.compile(r"(?P<student>.+?)(?:_(?P<time>\d{4}(?:-\d\d){4,5}))?", re.DOTALL)

#: What Canvas adds to the name of a file that was handed in again, and a browser to one that was downloaded again.
AGAIN = re.compile(r"(?:-(\d+)| \((\d+)\))(?=\.(?:py|ipynb)$)")


@dataclass(frozen=True)
class Owner:
    """Whose a file is.

    student: as the system wrote it.   path: of the file, in what the student handed in.   system: which one, or None.
    number: by which the system tells students of one name apart.   time: as the system wrote it.   late: marked so.
    again: how often a file of this name had been handed in before.
    """

    student: str
    path: PurePosixPath
    system: str | None = None
    number: str | None = None
    time: str | None = None
    late: bool = False
    again: int = 0


@dataclass
class Owners:
    """of: whose each file is.   unknown: why that cannot be said, by file."""

    of: dict[PurePosixPath, Owner] = field(default_factory=dict)
    unknown: dict[PurePosixPath, str] = field(default_factory=dict)


def read_name(name: str, rest: tuple[str, ...], systems: Iterable[str] = tuple(PATTERNS)) -> Owner | None:
    """Return the owner of a file by the name of one of its folders, or by its own name.

    Args:
        name: of the folder or file.
        rest: the names below.
        systems: whose names are tried, the first first.
    """
    for system in systems:
        found = PATTERNS[system].fullmatch(name)
        if not found:
            continue
        about = found.groupdict()
        own = about.get("file") or name
        again = AGAIN.search(own) if system in ("Canvas", "Google Classroom") and not rest else None
        path = PurePosixPath(*rest) if rest else PurePosixPath(AGAIN.sub("", own) if again else own)
        number = int(again[1] or again[2]) if again else 0
        return Owner(
            about["student"], path, system, about.get("number"), about.get("time"), bool(about.get("late")), number
        )
    return None


def rank_systems(names: Iterable[str]) -> list[str]:
    """Return the systems, the one that reads most of these names first; among equals, the most specific.

    A download is of one system, and that one reads every name in it: a name that a student wrote as another system
    would is outnumbered by the others' names.
    """
    count = count_names(names)
    return sorted(PATTERNS, key=lambda system: -count[system])


def equal_systems(names: Iterable[str]) -> list[str]:
    """Return the systems that read the most of these names; several if they read equally many."""
    count = count_names(names)
    return [system for system in PATTERNS if count[system] == max(count.values())]


def count_names(names: Iterable[str]) -> dict[str, int]:
    """Return how many of these names each system reads."""
    every = set(names)
    return {system: sum(bool(p.fullmatch(name)) for name in every) for system, p in PATTERNS.items()}


def read_as_two(name: str, systems: list[str]) -> str | None:
    """Return why the owner of a file is not clear: two systems read equally many names, and read this one differently.

    Google Classroom's pattern fits many names of the others, and no question arises from it.
    """
    readings = [o for s in systems if s != "Google Classroom" and (o := read_name(name, (), [s]))]
    if len({(o.student, o.time) for o in readings}) < 2:
        return None
    return f"{readings[0].system} would mean {readings[0].student}, and {readings[1].system} {readings[1].student}"


def find_owners(files: Iterable[PurePosixPath], notebook: str) -> Owners:
    """Return the owner of each file.

    A name deep in a student's own archive must not make the file another student's. So only the outermost name counts,
    and the names in an archive only where it is the download of a whole class.

    Args:
        files: every file, below the folder into which archives were extracted, each in a folder of its own.
        notebook: the file name of the assignment's notebook.
    """
    found, tops = Owners(), defaultdict(list)
    every = sorted(files)
    systems, equals = rank_systems(p.parts[0] for p in every), equal_systems(p.parts[0] for p in every)
    for path in every:
        if doubt := read_as_two(path.parts[0], equals):
            found.unknown[path] = doubt
        elif owner := read_name(path.parts[0], path.parts[1:], systems):
            found.of[path] = owner
        else:
            tops[path.parts[0]].append(path)
    downloads = {top: depth for top, paths in tops.items() if (depth := _download_depth(paths))}
    plain = {top: paths for top, paths in tops.items() if top not in downloads}
    students = {top for top, paths in plain.items() if any(len(p.parts) > 1 for p in paths)}
    for top, depth in downloads.items():
        names = [path.parts[depth] for path in tops[top] if len(path.parts) > depth]
        systems, equals = rank_systems(names), equal_systems(names)
        for path in tops[top]:
            owner = read_name(path.parts[depth], path.parts[depth + 1 :], systems) if len(path.parts) > depth else None
            doubt = read_as_two(path.parts[depth], equals) if len(path.parts) > depth else None
            if students:
                found.unknown[path] = f"{top} looks like the download of a class, beside others: collect it alone"
            elif doubt:
                found.unknown[path] = doubt
            elif owner:
                found.of[path] = owner
            else:
                found.unknown[path] = "no student's name can be read from its path"
    for paths in plain.values():
        folders = _student_folders(paths, notebook) if len(plain) == 1 and not found.of and not downloads else set()
        for path in paths:
            start = 1 if folders else 0
            if len(path.parts) < start + 2 or (folders and path.parts[1] not in folders):
                found.unknown[path] = "no student's name can be read from its path"
                continue
            about = PLAIN.fullmatch(path.parts[start])
            assert about
            found.of[path] = Owner(about["student"], PurePosixPath(*path.parts[start + 1 :]), time=about["time"])
    return found


def _download_depth(paths: list[PurePosixPath]) -> int | None:
    """Return the depth at which an archive has students' names, as in the download of a whole class, or None."""
    for depth in (1, 2):
        if len({p.parts[:depth] for p in paths}) > 1:
            return None
        folders = {p.parts[depth] for p in paths if len(p.parts) > depth + 1}
        names = folders | {p.parts[depth] for p in paths if len(p.parts) == depth + 1}
        named = {name for name in names if read_name(name, ("x",) if name in folders else ())}
        if named and folders <= named:
            return depth
    return None


def _student_folders(paths: list[PurePosixPath], notebook: str) -> set[str]:
    """Return the folders of an archive if several hold the notebook, as where each is a student's."""
    found = {p.parts[1] for p in paths if p.name == notebook and len(p.parts) > 2}
    return found if len(found) > 1 else set()


def tell_apart(owners: Mapping[PurePosixPath, Owner], known: Mapping[str, str]) -> dict[PurePosixPath, Owner]:
    """Return the same owners; where students share a name, their number is added to it.

    known: the numbers of students who handed in before, by student id, where they are the same in every assignment.
    """
    numbers = defaultdict(set)
    for owner in owners.values():
        numbers[owner.student].add(owner.number)
    twice = {s for s, n in numbers.items() if len(n) > 1 or n != {known.get(clean_name(s), *n)}}
    return {p: replace(o, student=_append_number(o)) if o.student in twice else o for p, o in owners.items()}


def _append_number(owner: Owner) -> str:
    number = owner.number or ""
    return number if number.endswith(owner.student) else f"{owner.student}_{number}".rstrip("_")


def clean_name(name: str) -> str:
    """Return a name as a student id, without spaces and without characters that mean something in a path."""
    return re.sub(r"[\s/\\]+", "_", name.strip()).strip("._-")
