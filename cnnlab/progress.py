"""Where a learner stands: chapters, exercises, gears, and what comes next."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from html import escape
from pathlib import Path

from cnnlab import loader
from cnnlab.course import catalogue, passed, progressfile
from cnnlab.course.check import check
from cnnlab.course.exercise import Exercise
from cnnlab.course.room import shown
from cnnlab.gradcheck.time_limit import time_limit

#: The states of an exercise; the marks carry the same without colour.
ALL, CORE, WRONG, BROKEN, UNWRITTEN = "passes", "core passes", "does not pass", "cannot be loaded", "unwritten"
MARKS = {ALL: "●", CORE: "◐", WRONG: "✗", BROKEN: "✗", UNWRITTEN: "○"}

CELL = "text-align:left;padding:.1em 1em .1em 0"


@dataclass(frozen=True)
class Row:
    """One exercise. state: one of MARKS.   earned: of its points.   since: when it was first seen to pass, or ""."""

    exercise: Exercise
    state: str
    earned: float
    since: str = ""


@dataclass(frozen=True)
class Status:
    """Every exercise in the order of the course. gears: of LeNet, in one line.   notes: what is odd about the file."""

    folder: str
    rows: tuple[Row, ...]
    gears: str
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> tuple[float, int]:
        """Earned, and in all."""
        return sum(r.earned for r in self.rows), sum(r.exercise.points for r in self.rows)

    @property
    def next(self) -> str:
        """What to do next, one sentence: the first exercise in the course whose core does not pass, and how."""
        for row in self.rows:
            name, chapter = row.exercise.name, int(row.exercise.chapter[2:])
            if row.state == UNWRITTEN:
                return f"Next: chapter {chapter}, write {name} in {self.folder}/{row.exercise.topic}.py."
            if row.state in (WRONG, BROKEN):
                return f'Next: chapter {chapter}, run check("{name}") and mend what it says.'
        general = next((r for r in self.rows if r.state == CORE), None)
        if general:
            return f'Every core passes. What is left is general: check("{general.exercise.name}") says what.'
        return "Every exercise passes."

    def summary(self) -> str:
        """Points and gears, in one line."""
        earned, most = self.points
        return f"{earned:g} of {most} points. Gears of LeNet: {self.gears}."

    def chapters(self) -> dict[str, list[Row]]:
        """The rows by chapter."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.exercise.chapter, []).append(row)
        return found

    def __str__(self) -> str:
        wide = max(len(row.exercise.name) for row in self.rows)
        lines = [f"Your files: {self.folder}"]
        for chapter, rows in self.chapters().items():
            done = sum(r.state in (ALL, CORE) for r in rows)
            lines.append(f"chapter {int(chapter[2:])}: {done} of {len(rows)}")
            for r in rows:
                points = f"{r.earned:g} of {r.exercise.points}"
                lines.append(f"  {MARKS[r.state]} {r.exercise.name:{wide}}  {points:>9}  {r.state}{_since(r)}")
        return "\n".join([*lines, self.summary(), self.next, *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = []
        for chapter, rows in self.chapters().items():
            done = sum(r.state in (ALL, CORE) for r in rows)
            cells = "".join(map(_html_row, rows))
            opened = " open" if 0 < done < len(rows) else ""
            parts.append(
                f"<details{opened}><summary>chapter {int(chapter[2:])}: {done} of {len(rows)} "
                f'<meter min="0" max="{len(rows)}" value="{done}" aria-hidden="true"></meter></summary>'
                f'<table style="color:inherit;margin:.2em 0 .6em 1em"><tbody>{cells}</tbody></table></details>'
            )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f'<div class="cnnlab-status"><strong>Your files</strong>: <code>{escape(self.folder)}</code>'
            f"{''.join(parts)}<p>{escape(self.summary())}</p><p><strong>{escape(self.next)}</strong></p>{notes}</div>"
        )


def status(folder: str | Path | None = None) -> Status:
    """Where you stand. What is not known to pass as it is now is checked; the rest is read from the progress file.

    folder: of the learner's files; by default the one that use() chose.
    """
    room = loader.folder(folder)
    before = passed.known(room.path)
    if before.broken:
        progressfile.mend(room.path)
    exercises = catalogue.EXERCISES.values()
    with contextlib.redirect_stdout(io.StringIO()):  # what a learner's code prints is no part of the answer
        readings = {topic: _reading(room, topic) for topic in dict.fromkeys(e.topic for e in exercises)}
        rows = [_row(e, readings[e.topic], room.path, before) for e in exercises]
        gears = _gears(room.path)
    rows.sort(key=lambda row: row.exercise.chapter)
    return Status(shown(room.path), tuple(rows), gears, tuple(_notes(room.path, before, rows)))


def _reading(room: loader.Folder, topic: str):
    with time_limit(10.0):
        return room.load(topic).reading


def _row(exercise: Exercise, reading, folder: Path, before: passed.Progress) -> Row:
    name = exercise.name
    if reading.fault and (folder / f"{exercise.topic}.py").exists():
        return Row(exercise, BROKEN, 0.0)
    if reading.fault or name not in reading.defined or name in reading.unwritten:
        return Row(exercise, UNWRITTEN, 0.0)
    score = passed.score_of(name, folder, exercise.topic)
    if score is None:
        report = check(name, folder=folder)
        if not report.core:
            return Row(exercise, WRONG, report.score * exercise.points)
        score = report.score
    entry = passed.known(folder).entries.get(name) or before.entries.get(name)
    return Row(exercise, ALL if score == 1 else CORE, score * exercise.points, entry.when[:10] if entry else "")


def _gears(folder: Path) -> str:
    """The gears of LeNet with this folder's files, in one line."""
    from cnnlab import nn

    chosen = loader.chosen()
    loader.choose(folder)
    try:
        return nn.lenet().gears(nn.CrossEntropyLoss(), nn.SGD(lr=0.1)).summary()
    except ImportError as error:
        return f"not to be seen, since {error}"
    finally:
        loader.choose(chosen)


def _notes(folder: Path, before: passed.Progress, rows: list[Row]) -> list[str]:
    """What a learner should know about the file that keeps all this."""
    notes, now = [], passed.known(folder)
    if before.broken:
        kept = "what could be read of it is kept, and what is written was checked anew."
        notes.append(f"The progress file was not whole: {before.broken}; {kept}")
    notes += [f"The broken file is kept as {shown(folder / name)}." for name in now.aside if (folder / name).exists()]
    lost = [r for r in rows if r.state in (ALL, CORE) and r.exercise.name not in now.entries]
    if lost and folder not in (loader.STUBS, passed.REFERENCE):
        notes.append(
            f"Progress cannot be kept in {shown(folder)}: nothing can be written there. It is checked each time."
        )
    return notes


def _since(row: Row) -> str:
    return f" since {row.since}" if row.since else ""


def _html_row(row: Row) -> str:
    cells = (
        f'<span aria-hidden="true">{MARKS[row.state]}</span> <code>{escape(row.exercise.name)}</code>',
        f"{row.earned:g} of {row.exercise.points}",
        escape(row.state + _since(row)),
    )
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>"
