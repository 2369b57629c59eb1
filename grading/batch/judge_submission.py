"""Judge one submission of a class: take intake's record, and store a verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from grading.batch import provenance, search_lines, verdict_store
from grading.batch.judge_files import Verdict, judge_files
from grading.batch.verdict_store import Mark, StoredVerdict
from grading.class_folder import find_class_of
from grading.intake import accept_submission
from grading.intake.learner_files import WORK, LearnerFiles, collect_learner_files
from grading.intake.rebuild_submission import Record
from grading.worker.isolation import find_isolation


def judge_submission(folder: Path, student: str, assignment: str, seed: int, again: bool = False) -> StoredVerdict:
    """Return the verdict on a submission that passed intake: the stored one if judging again would give the same.

    folder: submitted/STUDENT/ASSIGNMENT, or nbgrader's copy of it.   again: judge also where a verdict is stored.
    Raises NotAccepted for what has not passed intake, WorkerUnavailable where no worker runs.
    """
    home, record = find_class_of(folder), accept_submission.require_accepted(folder, student, assignment)
    found = verdict_store.read_verdict(home, student, assignment)
    if found and not again and found.key == compute_verdict_key(record, assignment, seed):
        return found
    return make_verdict(folder, student, assignment, seed, record, keep=True)


def search_submission(folder: Path, verdict: StoredVerdict, max_trials: int) -> StoredVerdict:
    """Return a stored verdict with the lines of its mistakes, looked for unless they were before, and store it.

    Nothing else of it changes, and its key stays the same.
    """
    home, student, assignment = find_class_of(folder), verdict.student, verdict.assignment
    record = accept_submission.require_accepted(folder, student, assignment)
    key = search_lines.compute_search_key(max_trials)
    if (verdict.search and verdict.search.key == key) or verdict.submission != hash_submission(record):
        return verdict
    wrong = [m.exercise for m in verdict.marks if not m.passed and m.code not in search_lines.NOTHING_TO_SEARCH]
    found = replace(verdict, search=search_lines.search_lines(wrong, read_judged_files(folder, record), max_trials))
    verdict_store.write_verdict(home, found)
    return found


def make_verdict(folder: Path, student: str, assignment: str, seed: int, record: Record, keep: bool) -> StoredVerdict:
    """Return a new verdict on what intake accepted. keep: whether it takes the place of the stored one.

    Lines that were found before stay with a verdict that rests on the same.
    """
    started, key = perf_counter(), compute_verdict_key(record, assignment, seed)
    before = verdict_store.read_verdict(find_class_of(folder), student, assignment)
    files = read_judged_files(folder, record)
    verdict = judge_files(assignment, files, seed, grade_ids=read_grade_ids(folder / f"{assignment}.ipynb"))
    stored = StoredVerdict(
        assignment,
        student,
        make_marks(verdict),
        {f"{WORK}/{name}": file.sha256 for name, file in files.files.items()},
        dict(files.refused),
        record.sentences,
        verdict.attention,
        verdict.isolation.kind,
        verdict.isolation.missing,
        provenance.read_versions(),
        provenance.fingerprint_seed(seed),
        datetime.now(UTC).isoformat(timespec="seconds"),
        round(perf_counter() - started, 3),
        hash_submission(record),
        key,
        tuple(record.needs_person),
        verdict.suspicions,
        before.search if before and before.key == key else None,
    )
    if keep:
        verdict_store.write_verdict(find_class_of(folder), stored)
    return stored


def read_grade_ids(notebook: Path) -> frozenset[str] | None:
    """Return the graded cells of a submission's notebook, which intake made from the released one; None without it."""
    if not notebook.is_file():
        return None
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    about = (cell["metadata"].get("nbgrader", {}) for cell in cells)
    return frozenset(a["grade_id"] for a in about if a.get("grade") and not a.get("solution"))


def read_judged_files(folder: Path, record: Record) -> LearnerFiles:
    """Return the files in work/, and none beside it, with the times at which the student saved them."""
    found = collect_learner_files(folder, (WORK,)).files
    return LearnerFiles({n: replace(f, saved=record.saved.get(n, "")) for n, f in found.items()}, record.refused)


def hash_submission(record: Record) -> str:
    """Return a hash of all that intake accepted: another submission, or another release, has another."""
    return provenance.hash_parts(record.files, record.saved, record.refused)


def compute_verdict_key(record: Record, assignment: str, seed: int) -> str:
    """Return a hash of everything that a verdict depends on."""
    parts = (
        hash_submission(record),
        provenance.read_versions(),
        provenance.fingerprint_seed(seed),
        find_isolation().kind,
    )
    return provenance.hash_parts(assignment, *parts)


def make_marks(verdict: Verdict) -> tuple[Mark, ...]:
    """Return what is stored of each report: the part that students may see."""
    found = []
    for exercise in verdict.exercises:
        report = verdict.reports[exercise.name]
        public = verdict.public_report(exercise.name)
        shown = public._repr_mimebundle_()
        found.append(
            Mark(
                exercise.name,
                exercise.grade_id,
                float(report.score),
                float(exercise.points),
                report.passed,
                report.core,
                public.diagnosis_code,
                public.diagnosis_detail,
                public.diagnosis,
                {name: g.verdict for name, g in public.gradients.items()},
                shown["text/plain"],
                shown["text/html"],
                exercise.name in verdict.process_failed,
            )
        )
    return tuple(found)
