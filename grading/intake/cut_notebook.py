"""Cut a submitted notebook into pieces: text that was handed out, and text that a student wrote.

The released text says where in the chapter a piece stands, also in a cell that lost its metadata, was merged with
another, or was split. The cost is linear in the notebook's text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from grading.intake.notebook_cells import Cell, answer_id, list_cells, make_cell

#: A released line says where it is if it is at least this long and stands in one cell only.
MIN_LINE_CHARS = 20

#: A cell's last line is looked for at the beginning of a longer line if it is at least this long.
MIN_GLUED_CHARS = 10

#: How much of a released cell, or of the submitted one, the lines that both have must be.
MIN_SHARE = 0.6

#: A link of Markdown to another page of the course: its text and a target that is no web page, and no picture.
COURSE_LINK = re.compile(r"(?<!!)\[([^][]*)\]\((?![a-z]+:)[^()\s]*\)")


@dataclass(frozen=True)
class ReleasedNotebook:
    """The notebook that was handed out: its cells, and where its answers belong."""

    cells: tuple[Cell, ...]
    answers: Mapping[int, str]

    @classmethod
    def from_json(cls, notebook: Mapping[str, Any]) -> ReleasedNotebook:
        """Read a released notebook's JSON."""
        found = list(list_cells(notebook))
        answers = {k: grade for k, cell in enumerate(found) if (grade := answer_id(cell))}
        return cls(tuple(make_cell(cell) for cell in found), answers)

    @cached_property
    def grade_id_index(self) -> dict[str, int]:
        return {cell.grade_id: k for k, cell in enumerate(self.cells) if cell.grade_id}

    @cached_property
    def cell_id_index(self) -> dict[str, int]:
        return {cell.cell_id: k for k, cell in enumerate(self.cells) if cell.cell_id}

    @cached_property
    def text_index(self) -> dict[str, list[int]]:
        """Return the cells with a text, answers left out."""
        found: dict[str, list[int]] = {}
        for k, cell in enumerate(self.cells):
            if k not in self.answers and (text := join_words(cell.text)):
                found.setdefault(text, []).append(k)
        return found

    @cached_property
    def lines(self) -> list[list[str]]:
        """Return the non-empty lines of each cell, and none of a cell for an answer."""
        return [
            [] if k in self.answers else [words for line in cell.text.splitlines() if (words := join_words(line))]
            for k, cell in enumerate(self.cells)
        ]

    @cached_property
    def owners(self) -> dict[str, tuple[int, int]]:
        """Return the cell and the number of each long line that occurs only once in the notebook."""
        count = Counter(line for lines in self.lines for line in lines)
        return {
            line: (k, number)
            for k, lines in enumerate(self.lines)
            for number, line in enumerate(lines)
            if count[line] == 1 and len(line) >= MIN_LINE_CHARS
        }

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """Return the texts that stand where an answer is to be written."""
        return frozenset(join_words(self.cells[k].text) for k in self.answers)

    @cached_property
    def glued_starts(self) -> tuple[str, ...]:
        """Return the last lines of cells: what is merged into one without a line end begins there."""
        return tuple({lines[-1] for lines in self.lines if lines and len(lines[-1]) >= MIN_GLUED_CHARS})


@dataclass
class Piece:
    """A part of a submitted notebook, in its order: released text, a placeholder, or text of the student's.

    anchor: the released cell whose text or place it is.   text: what the student wrote.   answer: the released answer
    cell whose identity the cell has.   cell: its number, from 1.   changed_code: it is in a code cell that was handed
    out, or that holds handed-out text, and was changed.
    """

    cell: int
    kind: str = ""
    anchor: int | None = None
    text: str = ""
    answer: int | None = None
    blank: bool = False
    changed_code: bool = False


def cut_pieces(cells: Iterable[Cell], released: ReleasedNotebook) -> list[Piece]:
    """Cut every submitted cell into released text and text of the student's."""
    pieces: list[Piece] = []
    last = -1
    for number, cell in enumerate(cells, start=1):
        cut = cut_cell(number, cell, released, last)
        last = next((p.anchor for p in reversed(cut) if p.anchor is not None), last)
        pieces += cut
    return pieces


def cut_cell(number: int, cell: Cell, released: ReleasedNotebook, last: int) -> list[Piece]:
    """Cut one submitted cell. last: the released cell that was met last, which decides between equal ones."""
    words = join_words(cell.text)
    same = released.text_index.get(words)
    identity = find_identity(cell, released)
    answer = identity if identity in released.answers else None
    if same and answer is None:
        known = identity if identity in same else next((k for k in same if k > last), same[0])
        return [Piece(number, cell.kind, anchor=known)]
    if not words or words in released.placeholders:
        return [Piece(number, cell.kind, anchor=answer, answer=answer, blank=bool(words) or answer is not None)]
    runs = cut_lines(cell.text, released, identity if answer is None else None)
    questions = {k - 1 for k in released.answers if k != answer}
    if answer is not None and not questions & {owner for owner, _ in runs}:
        own = any(text.strip() for owner, text in runs if owner is None)
        return [Piece(number, cell.kind, answer, cell.text if own else "", answer, blank=not own)]
    pieces = [Piece(number, cell.kind, anchor=owner, text=text) for owner, text in runs]
    if identity is not None and answer is None and identity not in {p.anchor for p in pieces}:
        pieces.insert(0, Piece(number, cell.kind, anchor=identity))  # everything in it was overwritten
    for piece in pieces[:1]:
        if answer is not None and piece.anchor is None:
            piece.anchor = piece.answer = answer
    merged = cell.kind == "code" and len(split_glued(cell.text, released)) > len(cell.text.splitlines())
    if merged or (cell.kind == "code" and any(p.anchor is not None for p in pieces)):
        for piece in pieces:
            piece.changed_code = True
    return pieces


def find_identity(cell: Cell, released: ReleasedNotebook) -> int | None:
    """Return the released cell that a submitted cell says it is, by nbgrader's metadata or by its id."""
    if cell.grade_id in released.grade_id_index:
        return released.grade_id_index[cell.grade_id]
    return released.cell_id_index.get(cell.cell_id or "")


def cut_lines(text: str, released: ReleasedNotebook, identity: int | None) -> list[tuple[int | None, str]]:
    """Cut a text into runs of lines: (released cell, "") for its lines, (None, text) for what a student wrote.

    A released cell counts where most of it is in the text, where it is most of the text, or where the cell says that it
    is that one: a line that is quoted in an answer is the student's.
    """
    lines = split_glued(text, released)
    words = [join_words(line) for line in lines]
    owner: list[int | None] = [None] * len(lines)
    for k, line in enumerate(words):
        if owner[k] is None and line in released.owners:
            spread_owner(k, *released.owners[line], words, owner, released)
    chars = Counter()
    for k, line in enumerate(words):
        chars[owner[k]] += len(line)
    total = sum(chars.values())
    whole = {
        k
        for k in chars
        if k is not None and (k == identity or chars[k] >= MIN_SHARE * min(total, sum(map(len, released.lines[k]))))
    }
    runs: list[tuple[int | None, list[str]]] = []
    for k, line in enumerate(lines):
        mine = owner[k] if owner[k] in whole else None
        if mine is None and words[k] in released.placeholders:
            continue
        if not runs or (runs[-1][0] != mine and (mine is not None or words[k])):
            runs.append((mine, []))
        runs[-1][1].append(line)
    found = [(k, "" if k is not None else "".join(inside).strip("\r\n")) for k, inside in runs]
    return [(k, inside) for k, inside in found if k is not None or inside.strip()]


def split_glued(text: str, released: ReleasedNotebook) -> list[str]:
    """Return the lines of a text. One that begins with last lines of released cells is cut after each of these."""
    found = []
    for line in text.splitlines(keepends=True):
        at, indent = 0, len(line) - len(line.lstrip())
        while released.glued_starts and line.startswith(released.glued_starts, at or indent):
            start = at or indent
            end = start + max(len(g) for g in released.glued_starts if line.startswith(g, start))
            if not line[end : end + 100].strip():
                break
            found.append(line[at:end] + "\n")
            at = end
        found.append(line[at:])
    return found


def spread_owner(
    at: int, cell: int, number: int, words: list[str], owner: list[int | None], released: ReleasedNotebook
) -> None:
    """Mark the lines around a released line that follow it, or come before it, in the released cell too."""
    owner[at] = cell
    for step in (1, -1):
        k, line = at + step, number + step
        while 0 <= k < len(words) and 0 <= line < len(released.lines[cell]) and owner[k] is None:
            if words[k]:
                if words[k] != released.lines[cell][line]:
                    break
                line += step
            owner[k] = cell
            k += step


def join_words(text: str) -> str:
    """Return a text with single spaces for all white space, and links to other pages of the course as their text.

    A release has links to the pages that were handed out with it only.
    """
    return " ".join(COURSE_LINK.sub(r"\1", text).split())
