"""Find the learner's files of a submission, by where they are and by whether anything was written in them.

A handed-in course holds each name up to four times: the learner's file, the stub, the course's description of the
exercise, and a copy in another folder. The rule, for each name:

1. Nothing is taken from the course's own folders, from `solutions/`, or from `stubs/`.
2. A file in which something was written goes before one that is as it was handed out.
3. Among those the nearest to the notebook goes first: work/ beside the notebook, the notebook's own folder, the
   submission's work/, the submission's folder, another work/, cnnlab/ops, any other folder; last, another chapter's.
4. Where two were written and differ, the first by this order is taken, and a person is asked to look.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cnnlab.escape_text import escape_line
from cnnlab.loader import STUBS
from cnnlab.sourcefile import SourceFile, Unreadable, read
from grading.intake.learner_files import WORK, LearnerFiles, list_file_names
from grading.intake.walk_submission import OPS, Walk

#: How many copies of one name are read, and the size of the list of hashes in a learner's zip.
MAX_COPIES, MAX_RELEASE_BYTES = 20, 1_000_000

#: The rank of a folder of another chapter: a file there is no rival of this chapter's.
OTHER_CHAPTER = 7

#: What a submission that was not unpacked looks like.
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True)
class FoundFiles:
    """The learner's files of a submission, and what is to be known about them.

    files: as they are judged.   places: where each lay.   odd: notes.   needs_person: what a person must decide.
    """

    files: LearnerFiles
    places: dict[str, PurePosixPath]
    odd: tuple[str, ...]
    needs_person: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """One file with a learner file's name. written: it is not as it was handed out."""

    path: PurePosixPath
    rank: int
    source: SourceFile | None
    refused: str = ""
    written: bool = False


def find_learner_files(walk: Walk, assignment: str, notebook: PurePosixPath | None, released: Path) -> FoundFiles:
    """Find the learner's files in a submission.

    Args:
        walk: What the submission's folder holds.
        assignment: The chapter's full name, or its number.
        notebook: The submitted notebook, which says where the learner's folder is.
        released: The folder of nbgrader's release, with the files as they were handed out.
    """
    handed_out = collect_handed_out(walk, released)
    found = {
        name: sorted(
            (
                read_candidate(walk, path, rank_folder(walk, path.parent, assignment, notebook), handed_out)
                for path in p
            ),
            key=lambda c: (c.rank, len(c.path.parts), c.path),
        )
        for name, p in ((n, walk.learner_files[n][:MAX_COPIES]) for n in sorted(walk.learner_files))
    }
    main = choose_folder(found)
    files: dict[str, SourceFile] = {}
    refused: dict[str, str] = {}
    places: dict[str, PurePosixPath] = {}
    needs_person: list[str] = []
    for name, candidates in found.items():
        chosen = choose_file(candidates, main)
        if chosen is None:
            continue
        if chosen.source is None:
            refused[name] = chosen.refused
            needs_person.append(chosen.refused)
        else:
            files[name], places[name] = chosen.source, chosen.path
            needs_person += describe_rivals(name, chosen, candidates)
    needs_person += [
        f"{name} lies in {show_folder(paths[0].parent)} alone, and nothing is taken from a folder of that name"
        for name, paths in sorted(walk.foreign.items())
        if name not in found and not walk.is_in_course(paths[0])
    ]
    if walk.packages and not found:
        needs_person.append("the whole course folder was handed in, and no learner's file is in it")
    archives = [p.as_posix() for p in walk.others if p.name.lower().endswith(ARCHIVES)]
    if archives and not any(c.written for candidates in found.values() for c in candidates):
        needs_person.append(
            f"{escape_line(archives[0])} is an archive that was not unpacked: unpack it in the submission's "
            "folder, and grade again"
        )
    odd = tuple(describe_places(walk, places))
    return FoundFiles(LearnerFiles(files, refused), places, odd, tuple(needs_person))


def collect_handed_out(walk: Walk, released: Path) -> frozenset[str]:
    """Return the hash of every file as it was handed out: the stubs, the release's, and those of a handed-in zip."""
    course = STUBS.parent
    ours = [folder / name for folder in (STUBS, course, released / WORK) for name in list_file_names()]
    found = {hash_text(path.read_bytes()) for path in ours if path.is_file()}
    for package in walk.packages[:3]:
        path = walk.root / package.parent / "release.json"
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_RELEASE_BYTES:
                continue
            listed = json.loads(path.read_bytes())["files"]
            found |= {h for h in listed.values() if isinstance(h, str)}
        except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
            continue
    return frozenset(found)


def hash_text(content: bytes) -> str:
    """Return the hash of a text that does not depend on line ends, or on what an editor adds at either end."""
    text = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip() + b"\n"
    return hashlib.sha256(text).hexdigest()


def rank_folder(walk: Walk, folder: PurePosixPath, assignment: str, notebook: PurePosixPath | None) -> int:
    """Return the place of a folder in the order of choice; 0 is first."""
    home = notebook.parent if notebook else PurePosixPath(".")
    order = [home / WORK, home, PurePosixPath(WORK), PurePosixPath(".")]
    if folder in order:
        return order.index(folder)
    if any(re.match(r"ch\d\d_", part) and part[:4] != assignment[:4] for part in folder.parts):
        return OTHER_CHAPTER
    if folder.name == WORK:
        return 4
    return 5 if folder.name == OPS and folder.parent in walk.packages else 6


def read_candidate(walk: Walk, path: PurePosixPath, rank: int, handed_out: frozenset[str]) -> Candidate:
    """Read one file with a learner file's name, as far as it can be read."""
    full = walk.root / path
    shown = escape_line(path.as_posix())
    if full.is_symlink():
        return Candidate(path, rank, None, f"{shown} is a link; the file itself is needed")
    try:
        source = read(full)
    except Unreadable as error:
        return Candidate(path, rank, None, str(error).replace(str(full), shown))
    known = hash_text(source.content) in handed_out or source.sha256 in handed_out
    return Candidate(path, rank, source, written=not known)


def choose_folder(found: dict[str, list[Candidate]]) -> PurePosixPath | None:
    """Return the learner's folder: the first by rank in which a file was written, or else the first with any."""
    everything = [c for candidates in found.values() for c in candidates]
    first = min(everything, key=lambda c: (not c.written, c.rank, len(c.path.parts), c.path), default=None)
    return first.path.parent if first else None


def choose_file(candidates: list[Candidate], main: PurePosixPath | None) -> Candidate | None:
    """Return the file to take for one name, or None where all are as handed out and lie elsewhere."""
    written = [c for c in candidates if c.written]
    refused = [c for c in candidates if c.source is None and c.rank < OTHER_CHAPTER]
    here = [c for c in candidates if c.path.parent == main]
    return next(iter([*written, *refused, *here]), None)


def describe_rivals(name: str, chosen: Candidate, candidates: list[Candidate]) -> list[str]:
    """Return a sentence where another written file differs from the chosen one, or could not be read."""
    assert chosen.source
    mine = hash_text(chosen.source.content)
    others = [
        c
        for c in candidates
        if c is not chosen
        and c.rank < OTHER_CHAPTER
        and (c.source is None or (c.written and hash_text(c.source.content) != mine))
    ]
    if not others:
        return []
    places = join_names((show_folder(c.path.parent) for c in others), 3)
    return [
        f"{name} was handed in more than once, with different content: the one in {show_folder(chosen.path.parent)} "
        f"was taken, not the one in {places}"
    ]


def describe_places(walk: Walk, places: dict[str, PurePosixPath]) -> list[str]:
    """Return a sentence for each folder other than work/ from which files were taken."""
    by_folder: dict[PurePosixPath, list[str]] = {}
    for name, path in places.items():
        by_folder.setdefault(path.parent, []).append(name)
    found = []
    if walk.packages:
        taken = f"; the files in {join_names(map(show_folder, by_folder), 3)} were taken" if by_folder else ""
        return [f"the whole course folder was handed in{taken}"]
    for folder, listed in by_folder.items():
        if folder == PurePosixPath(WORK):
            continue
        where = "beside the notebook" if folder == PurePosixPath(".") else f"in {show_folder(folder)}"
        were = "it was taken" if len(listed) == 1 else "they were taken"
        found.append(f"{join_names(listed, 3)} lay {where}, not in {WORK}/; {were}")
    return found


def join_names(listed: Iterable[str], at_most: int) -> str:
    """Return names as they are listed in a sentence."""
    every = list(listed)
    shown = every[:at_most] if len(every) > at_most + 1 else every
    more = [f"{len(every) - len(shown)} more"] if len(shown) < len(every) else []
    parts = [*shown, *more]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def show_folder(folder: PurePosixPath) -> str:
    """Return a folder's path as a sentence shows it."""
    return "the submission's own folder" if folder == PurePosixPath(".") else escape_line(f"{folder.as_posix()}/")
