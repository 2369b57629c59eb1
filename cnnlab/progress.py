"""Show a learner's progress: chapters, exercises, gears, and the next step."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from cnnlab import loader
from cnnlab.course import catalogue, passes, progress_file
from cnnlab.course.chapters import TITLES
from cnnlab.course.check import check, find_unwritten
from cnnlab.course.exercise import Exercise
from cnnlab.course.learner_folder import show_path
from cnnlab.gradcheck.time_limit import time_limit
from cnnlab.gradcheck.wording import count_part
from cnnlab.terminal import count_columns, paint, wrap

#: The states of an exercise; the marks carry the same without colour.
ALL, CORE, WRONG, BROKEN, UNWRITTEN = "passes", "core passes", "does not pass", "cannot be loaded", "unwritten"
MARKS = {ALL: "●", CORE: "◐", WRONG: "✗", BROKEN: "✗", UNWRITTEN: "○"}

#: state -> the kind of its colour
KINDS = {ALL: "right", CORE: "part", WRONG: "wrong", BROKEN: "wrong", UNWRITTEN: "quiet"}

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
    """Every exercise in the order of the course.

    gears: how many of LeNet are the learner's, such as "3 of 9 gears".   notes: faults of the progress file.
    """

    folder: str
    rows: tuple[Row, ...]
    gears: str
    notes: tuple[str, ...] = ()

    def list_required(self) -> list[Row]:
        """Return the exercises that give points."""
        return [row for row in self.rows if not row.exercise.optional]

    @property
    def optional(self) -> list[Row]:
        """Return the optional exercises; they give no points, and nothing requires them."""
        return [row for row in self.rows if row.exercise.optional]

    @property
    def points(self) -> tuple[float, int]:
        """Return the points earned and the points possible."""
        return sum(r.earned for r in self.list_required()), sum(r.exercise.points for r in self.list_required())

    @property
    def next(self) -> str:
        """Return what to do next, one sentence: the first exercise in the course whose core does not pass, and how."""
        for row in self.list_required():
            name, chapter = row.exercise.name, int(row.exercise.chapter[2:])
            if row.state == UNWRITTEN:
                return f"Next: chapter {chapter}, write {name} in {self.folder}/{row.exercise.topic}.py."
            if row.state in (WRONG, BROKEN):
                return f'Next: chapter {chapter}, run check("{name}") and fix what it reports.'
        general = next((r for r in self.list_required() if r.state == CORE), None)
        if general:
            return f'Every core passes. Some general cases fail: run check("{general.exercise.name}").'
        return "Every exercise passes."

    def summary(self) -> str:
        """Return gears and points, in one line, such as "3 of 9 gears, 41 of 128 points."."""
        earned, most = self.points
        return f"{self.gears}, {earned:g} of {most} points."

    def name_optional(self) -> str:
        """Return one sentence on the optional exercises, or ""."""
        if not self.optional:
            return ""
        passing = sum(r.state in (ALL, CORE) for r in self.optional)
        return f"Optional exercises, which give no points: {passing} of {len(self.optional)} pass."

    def chapters(self) -> dict[str, list[Row]]:
        """Return the rows by chapter."""
        found: dict[str, list[Row]] = {}
        for row in self.list_required():
            found.setdefault(row.exercise.chapter, []).append(row)
        return found

    def to_text(self, every: bool = False, colour: bool = False) -> str:
        """Return the text for a terminal, in lines that fit it. every: list each function below its chapter."""
        width = count_columns()
        more = "" if every else " (every function: --all)"
        lines = [
            wrap(f"Your files: {self.folder}{more}", width),
            *_chapter_lines(self.chapters(), every, width, colour),
        ]
        if every and self.optional:
            lines += [wrap(self.name_optional(), width), *_row_lines(self.optional, width, colour)]
        sentences = [self.summary(), self.next, *self.notes]
        lines += [wrap(sentence, width, "", "  ") for sentence in sentences if sentence]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = []
        for chapter, rows in self.chapters().items():
            done = sum(r.state in (ALL, CORE) for r in rows)
            title = f"Chapter {int(chapter[2:])}. {TITLES[chapter]}: {count_part(done, len(rows), 'function')}"
            meter = f'<meter min="0" max="{len(rows)}" value="{done}" aria-hidden="true"></meter>'
            parts.append(_html_details(f"{meter} {escape(title)}", rows, 0 < done < len(rows)))
        if self.optional:
            parts.append(_html_details(escape(self.name_optional()), self.optional, False))
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f'<div class="cnnlab-status"><strong>Your files</strong>: <code>{escape(self.folder)}</code>'
            f"{''.join(parts)}<p>{escape(self.summary())}</p><p><strong>{escape(self.next)}</strong></p>{notes}</div>"
        )


def status(folder: str | Path | None = None) -> Status:
    """Return a learner's progress: every exercise's state and points, and what to do next.

    Exercises that are not known to pass as they are now are checked; the rest is read from the progress file.

    Args:
        folder: Folder of the learner's files; by default the one that use() chose.

    Returns:
        A Status, which prints as a table: rows, points (earned and in all), gears and next.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from cnnlab import status
        >>> with TemporaryDirectory() as folder:
        ...     earned, most = status(folder).points
        >>> earned
        0.0
    """
    room = loader.folder(folder)
    before = passes.load_progress(room.path)
    if before.broken:
        progress_file.mend(room.path)
    exercises = catalogue.EXERCISES.values()
    with contextlib.redirect_stdout(io.StringIO()):  # what a learner's code prints is no part of the answer
        readings = {topic: _reading(room, topic) for topic in dict.fromkeys(e.topic for e in exercises)}
        rows = [_row(e, readings[e.topic], room.path, before) for e in exercises]
        gears = _gears(room.path)
    rows.sort(key=lambda row: row.exercise.chapter)
    return Status(show_path(room.path), tuple(rows), gears, tuple(_notes(room.path, before, rows)))


def _reading(room: loader.Folder, topic: str):
    with time_limit(10.0):
        return room.load(topic).reading


def _row(exercise: Exercise, reading, folder: Path, before: passes.Progress) -> Row:
    name = exercise.name
    if reading.fault and (folder / f"{exercise.topic}.py").exists():
        return Row(exercise, BROKEN, 0.0)
    if reading.fault or find_unwritten(exercise, reading):
        return Row(exercise, UNWRITTEN, 0.0)
    score = passes.find_score(name, folder, exercise.topic)
    if score is None:
        report = check(name, folder=folder)
        if not report.core:
            return Row(exercise, WRONG, report.score * exercise.points)
        score = report.score
    entry = passes.load_progress(folder).entries.get(name) or before.entries.get(name)
    return Row(exercise, ALL if score == 1 else CORE, score * exercise.points, entry.when[:10] if entry else "")


def _gears(folder: Path) -> str:
    """Return how many gears of LeNet are the learner's and checked in this folder, such as "3 of 9 gears"."""
    from cnnlab import nn
    from cnnlab.nn.gears import CHECKED

    chosen = loader.learner_folder()
    loader.choose(folder)
    try:
        count = nn.lenet().gears(nn.CrossEntropyLoss(), nn.SGD(lr=0.1)).count
        return f"{count[CHECKED]} of {sum(count.values())} gears"
    except ImportError as error:
        return f"gears cannot be counted ({error})"
    finally:
        loader.choose(chosen)


def _notes(folder: Path, before: passes.Progress, rows: list[Row]) -> list[str]:
    """Return notes for the learner about the progress file."""
    notes, now = [], passes.load_progress(folder)
    if before.broken:
        kept = "its readable part is kept, and your functions were checked again."
        notes.append(f"The progress file was damaged: {before.broken}; {kept}")
    notes += [
        f"The damaged file is kept as {show_path(folder / name)}." for name in now.aside if (folder / name).exists()
    ]
    lost = [r for r in rows if r.state in (ALL, CORE) and r.exercise.name not in now.entries]
    if lost and folder not in (loader.STUBS, passes.REFERENCE):
        notes.append(
            f"Progress cannot be kept in {show_path(folder)}: no file can be written there. All is checked each time."
        )
    return notes


def _chapter_lines(chapters: dict[str, list[Row]], every: bool, width: int, colour: bool) -> Iterator[str]:
    """Return one line for each chapter: its mark, number and title, how many functions pass, and points."""
    longest = min(max(map(len, TITLES.values())), width - len("◐ 10    10 of 10   16.8 of 18") - 2)
    yield f"  {'chapter':{longest + 4}}  functions  points"
    for chapter, rows in chapters.items():
        done, states = sum(r.state in (ALL, CORE) for r in rows), {r.state for r in rows}
        state = next((s for s in (WRONG, BROKEN) if s in states), UNWRITTEN if not done else CORE)
        state = ALL if states == {ALL} else state
        points = f"{sum(r.earned for r in rows):g} of {sum(r.exercise.points for r in rows)}"
        number, title, count = int(chapter[2:]), TITLES[chapter], f"{done} of {len(rows)}"
        title = title if len(title) <= longest else f"{title[: longest - 1]}…"
        yield f"{_mark(state, colour)} {number:>2}  {title:{longest}}  {count:9}  {points}"
        if every:
            yield from _row_lines(rows, width, colour)


def _row_lines(rows: list[Row], width: int, colour: bool) -> Iterator[str]:
    """Return one line for each function, or two where the terminal is narrow."""
    room = width - len("    ●   10 of 10  core passes since 2026-01-01") - 2
    for r in rows:
        points, state = _show_points(r), f"{r.state}{_since(r)}"
        if len(r.exercise.name) <= room:
            yield f"    {_mark(r.state, colour)} {r.exercise.name:{min(room, 36)}}  {points:>8}  {state}"
        else:
            yield f"    {_mark(r.state, colour)} {r.exercise.name}"
            yield f"      {points}, {state}"


def _show_points(row: Row) -> str:
    return "optional" if row.exercise.optional else f"{row.earned:g} of {row.exercise.points}"


def _mark(state: str, colour: bool) -> str:
    return paint(MARKS[state], KINDS[state], colour)


def _since(row: Row) -> str:
    return f" since {row.since}" if row.since else ""


def _html_details(summary: str, rows: list[Row], opened: bool) -> str:
    cells = "".join(map(_html_row, rows))
    return (
        f"<details{' open' if opened else ''}><summary>{summary}</summary>"
        f'<table style="color:inherit;margin:.2em 0 .6em 1em"><tbody>{cells}</tbody></table></details>'
    )


def _html_row(row: Row) -> str:
    cells = (
        f'<span aria-hidden="true">{MARKS[row.state]}</span> <code>{escape(row.exercise.name)}</code>',
        _show_points(row),
        escape(row.state + _since(row)),
    )
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>"
