"""Write a batch as tables: comma-separated files, which any spreadsheet opens, and a table for the terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cnnlab.escape_text import escape_cell, escape_line
from grading.batch.found_lines import describe_found
from grading.report.batch_summary import Summary, find_state


def build_scores(batch: Summary) -> list[list[Any]]:
    """Build the table of scores, one row per student: points and state of each exercise, and the gradebook's score."""
    head = ["student", "points", "of"]
    head += [f"{name} {what}" for name in batch.exercises for what in ("points", "state", "code")]
    head += [
        "gradebook",
        "gradebook of",
        "late days",
        "penalty",
        "to mark by hand",
        "judged",
        "isolation",
        "to look at",
    ]
    lines: list[list[Any]] = [head]
    for student in batch.students:
        verdict, grade = batch.graded.get(student), batch.gradebook.get(student)
        line: list[Any] = [student, format_number(verdict.score) if verdict else "", format_number(batch.max_score)]
        marks = {m.exercise: m for m in verdict.marks} if verdict else {}
        for name in batch.exercises:
            mark = marks.get(name)
            line += [format_number(mark.points), find_state(mark), mark.code or ""] if mark else ["", "", ""]
        if grade:
            line += [
                format_number(grade.score),
                format_number(grade.max_score),
                format_number(grade.late),
                format_number(grade.penalty),
            ]
            line += [grade.unmarked_cells]
        else:
            line += [""] * 5
        line += [verdict.judged, verdict.isolation] if verdict else ["", ""]
        lines.append([*line, "; ".join(batch.look.get(student, ()))])
    return lines


def build_diagnoses(batch: Summary) -> list[list[Any]]:
    """Build the table of diagnoses, one row per mistake."""
    found = [
        [d.exercise, d.count, len(batch.graded), d.code, d.sentence, " ".join(d.students)] for d in batch.diagnoses
    ]
    return [["exercise", "students", "of", "code", "diagnosis", "who"], *found]


def build_lines(batch: Summary) -> list[list[Any]]:
    """Build the table of the lines that were found, one row per student and exercise, equal changes together."""
    head = ["exercise", "change", "students", "student", "result", "before", "after"]
    rows = [
        [
            group.exercise,
            group.sentence,
            group.count,
            student,
            describe_found(found),
            _join_lines(change.before for change in found.changes),
            _join_lines(change.after for change in found.changes),
        ]
        for group in batch.line_groups
        for student, found in group.found.items()
    ]
    return [head, *rows]


def _join_lines(texts: Iterable[str]) -> str:
    """Return lines of code in one line."""
    return " | ".join(line.strip() for text in texts for line in text.splitlines())


def build_review_list(batch: Summary) -> list[list[Any]]:
    """Return one row per reason why a person should look at a student, most points at stake first; then the notes."""
    head = ["student", "kind", "points at stake", "why"]
    reasons = [[r.student, r.kind.value, format_number(r.points), r.sentence] for g in batch.groups for r in g.reasons]
    notes = [[student, "note", "", note] for student, found in batch.notes.items() for note in found]
    return [head, *reasons, *notes]


def write_tables(batch: Summary, folder: Path) -> list[Path]:
    """Write the tables as files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    tables = {
        "scores": build_scores(batch),
        "diagnoses": build_diagnoses(batch),
        "look": build_review_list(batch),
        **({"lines": build_lines(batch)} if batch.has_line_searches else {}),
    }
    for name, lines in tables.items():
        path = folder / f"{name}.csv"
        path.write_text(to_csv(lines), encoding="utf-8", newline="")
        made.append(path)
    return made


def to_csv(lines: Iterable[Sequence[Any]]) -> str:
    """Return comma-separated text in which no cell is a formula, at whatever character a spreadsheet splits it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for line in lines:
        writer.writerow([escape_cell(value) if isinstance(value, str) else value for value in line])
    return buffer.getvalue()


def show_gradebook(batch: Summary) -> str:
    """Return the gradebook for the terminal, one row per student, aligned, without anything that moves a cursor."""
    lines = [["student", "points", "gradebook", "late", *batch.exercises]]
    for student in batch.students:
        verdict, grade = batch.graded.get(student), batch.gradebook.get(student)
        marks = {m.exercise: m for m in verdict.marks} if verdict else {}
        line = [
            escape_line(student),
            f"{format_number(verdict.score)}/{format_number(batch.max_score)}" if verdict else "not graded",
        ]
        line += [f"{format_number(grade.score)}/{format_number(grade.max_score)}" if grade else "-"]
        line += [f"{grade.late:.1f} d" if grade and grade.late else ""]
        for name in batch.exercises:
            mark = marks.get(name)
            line.append(
                f"{format_number(mark.points)} {'' if mark.passed else mark.code or find_state(mark)}" if mark else "-"
            )
        lines.append(line)
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    return "\n".join("  ".join(v.ljust(w) for v, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def format_number(value: float) -> str:
    """Return points as people write them."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
