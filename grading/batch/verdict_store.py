"""Store the verdict on every submission: for which files, by which versions, when, how isolated. One JSON file each.

The judge writes it once; nbgrader's step, the audit, the instructor's table and page only read it. It lies beside
intake's record, where no student can have written it, and holds neither the seed nor a number drawn from it.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from grading.batch.found_lines import LineSearch, parse_search
from grading.batch.remark import Remark
from grading.class_files import write_json
from grading.class_folder import ClassFolder

#: Where in a graded notebook's metadata the key of its verdict is. The notebook is written last, after the gradebook:
#: whoever finds the key there knows that the score was saved.
STAMP = "cnnlab"

#: Changes when the fields below do; a file of another format counts as not judged.
FORMAT = 1

#: Fields that older files of the same format lack: a class graded before they came is not judged again for them.
ADDED = ("needs_person", "suspicions", "search")


@dataclass(frozen=True)
class Mark:
    """One exercise of one submission.

    score: 0 to 1.   worth: points in the catalogue.   passed: every case; core: every core case.
    code, detail, diagnosis: why, as in a Report; None where all passed.   gradients: verdict by name.
    text, html: the public report as it was shown.
    process_failed: whether the worker ended or broke the protocol, instead of answering.
    """

    exercise: str
    grade_id: str
    score: float
    worth: float
    passed: bool
    core: bool
    code: str | None
    detail: str | None
    diagnosis: str | None
    gradients: Mapping[str, str]
    text: str
    html: str
    process_failed: bool = False

    @property
    def points(self) -> float:
        return self.score * self.worth


@dataclass(frozen=True)
class StoredVerdict:
    """One judged submission.

    files: SHA-256 of each learner file that was judged, by path ("work/conv.py").   refused: why others were not taken.
    odd: what intake found unusual.   needs_person: of that, what a person should look at.
    attention: what the judge found that a person should look at.
    suspicions: why points may not be the student's own work; no score depends on them.
    isolation: "bubblewrap" or "limits".   missing: what that leaves unprotected, or None.
    versions: of python, numpy, torch, cnnlab, and under "catalogue" a hash of all that decides a score.
    seed: a fingerprint of the seed, from which it cannot be found.   judged: ISO 8601, UTC.   seconds: it took.
    submission: a hash of all that intake accepted.   key: of that and everything else that the score depends on; the
    same key means that judging again would be the same.
    search: in which lines the mistakes are; for the instructor alone, and None where it was not asked for.
    """

    assignment: str
    student: str
    marks: tuple[Mark, ...]
    files: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)
    odd: tuple[str, ...] = ()
    attention: tuple[Remark, ...] = ()
    isolation: str = ""
    missing: str | None = None
    versions: Mapping[str, str | None] = field(default_factory=dict)
    seed: str = ""
    judged: str = ""
    seconds: float = 0.0
    submission: str = ""
    key: str = ""
    needs_person: tuple[str, ...] = ()
    suspicions: tuple[Remark, ...] = ()
    search: LineSearch | None = None

    @property
    def score(self) -> float:
        return float(sum(mark.points for mark in self.marks))

    @property
    def max_score(self) -> float:
        return float(sum(mark.worth for mark in self.marks))


def write_verdict(home: ClassFolder, verdict: StoredVerdict) -> None:
    """Store a verdict in place of the previous one; an interruption leaves the previous one."""
    content = {"format": FORMAT, "score": verdict.score, "max_score": verdict.max_score, **asdict(verdict)}
    write_json(home.verdict_file(verdict.student, verdict.assignment), content)


def read_verdict(home: ClassFolder, student: str, assignment: str) -> StoredVerdict | None:
    """Return the stored verdict of a submission, if there is one that can be read."""
    try:
        found = json.loads(home.verdict_file(student, assignment).read_text(encoding="utf-8"))
        return _parse_verdict(found) if found["format"] == FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def list_verdicts(home: ClassFolder, assignment: str) -> tuple[StoredVerdict, ...]:
    """Return every stored verdict of an assignment, by student."""
    students = sorted(p.parent.parent.name for p in home.folder.glob(f"intake/*/{assignment}/verdict.json"))
    return tuple(v for student in students if (v := read_verdict(home, student, assignment)))


def _parse_verdict(found: Mapping[str, Any]) -> StoredVerdict:
    values = {f.name: found[f.name] for f in fields(StoredVerdict) if f.name in found or f.name not in ADDED}
    marks = tuple(_parse_mark(mark) for mark in found["marks"])
    exercises = {mark.exercise for mark in marks}
    for name in ("attention", "suspicions"):
        values[name] = tuple(_parse_remark(remark, exercises) for remark in values.get(name, ()))
    values["search"] = parse_search(values.get("search"))
    lists = {name: tuple(values[name]) for name in ("odd", "needs_person") if name in values}
    return StoredVerdict(**{**values, **lists, "marks": marks})


def _parse_mark(found: Mapping[str, Any]) -> Mark:
    """Return a mark. Version 0.1.0 did not store process_failed, and began the diagnosis of such a mark with this."""
    failed = "the file's process" in (found["diagnosis"] or "")
    return Mark(**{"process_failed": failed, **found})


def _parse_remark(found: Mapping[str, Any] | str, exercises: Container[str]) -> Remark:
    """Return a remark. Version 0.1.0 stored a sentence that began with the exercise's name, if there was one."""
    if not isinstance(found, str):
        return Remark(**found)
    name, _, rest = found.partition(": ")
    return Remark(rest, name) if name in exercises else Remark(found)
