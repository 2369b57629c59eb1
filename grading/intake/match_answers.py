"""Find a student's written answers in a notebook, even if their cells lost the metadata that nbgrader wrote.

Colab, VS Code, cut and paste, split and merge take a cell's metadata away or move its text. So each submitted cell is
cut into pieces: text that was handed out, which says where in the chapter it is, and text that a student wrote. An
answer is, in this order:

1. text in a cell with the answer's own grade_id or cell id;
2. text directly below the question, or below the answer's cell, before any other text that was handed out;
3. text between two released cells, where the answer's cell is missing and at most two others are.

Whatever else a student wrote as text is named for a person to place. The cost is linear in the notebook's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cnnlab.escape_text import escape_line, replace_surrogates
from grading.intake.cut_notebook import Piece, ReleasedNotebook, cut_pieces, join_words
from grading.intake.notebook_cells import Cell
from grading.worker.sandboxed.limits import MAX_SUBMITTED_ANSWER_CHARS

#: Released cells that may be missing where a text between two others is taken as an answer.
MAX_MISSING_CELLS = 3

#: Between two texts that were written for one answer.
BETWEEN = "\n\n---\n\n"

#: How many texts without a place a sentence quotes, and how many characters of each.
QUOTED, QUOTED_CHARS = 3, 80

#: What only code holds, and what begins a line of code; and what only prose with formulas holds.
CODE_SIGNS = re.compile(r"[=()\[\]{}#'\"@%!]|^\s*(import|from|del|assert|return|pass|raise|global)\b|:\s*$")
PROSE = re.compile(r"\$[^$]+\$|(?:[^\W\d_]+[ ,.;]+){3}|[^\x00-\x7f]{6}")

#: What follows the last bracket or quotation mark of a line of code without a space: another cell's text.
GLUED = re.compile(r"(?<=[)\]}'\"])[^\W\d_][^()\[\]{}'\"=]*$")


@dataclass(frozen=True)
class MatchedAnswers:
    """The written answers of a notebook.

    answers: by grade_id.   blank: the questions without one.   anchors: how many released cells are in the notebook.
    odd: notes.   needs_person: what was not placed with certainty.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    blank: tuple[str, ...] = ()
    anchors: int = 0
    odd: tuple[str, ...] = ()
    needs_person: tuple[str, ...] = ()


def match_answers(cells: Iterable[Cell], released: ReleasedNotebook) -> MatchedAnswers:
    """Find the written answers of a submitted notebook.

    Args:
        cells: The submitted notebook's cells.
        released: The notebook as it was handed out.
    """
    cells = tuple(cells)
    pieces = cut_pieces(cells, released)
    return Placing(released, pieces, cells).result()


class Placing:
    """The pieces of one notebook, each student's text at the answer where it belongs, or named for a person."""

    def __init__(self, released: ReleasedNotebook, pieces: list[Piece], cells: tuple[Cell, ...]):
        self._released, self._pieces, self._cells = released, pieces, cells
        self._texts: dict[int, list[str]] = {k: [] for k in released.answers}
        self._code: dict[int, list[Piece]] = {k: [] for k in released.answers}
        self._loose: list[Piece] = []
        self._under_other: dict[int, Piece] = {}
        self._by_place: dict[int, list[int]] = {}
        self._placeholders: set[int] = set()
        own = {p.answer for p in pieces if p.answer is not None and p.text}
        self._place_all(own)

    def result(self) -> MatchedAnswers:
        """Return the answers and the notes on them."""
        self._add_code()
        answers, odd, needs_person = {}, [], []
        for k, grade_id in self._released.answers.items():
            text = replace_surrogates(BETWEEN.join(drop_repeated(self._texts[k])))
            if len(text) > MAX_SUBMITTED_ANSWER_CHARS:
                needs_person.append(
                    f"the answer to {grade_id} has {len(text):,} characters; {MAX_SUBMITTED_ANSWER_CHARS:,} were taken"
                )
            if text.strip():
                answers[grade_id] = text[:MAX_SUBMITTED_ANSWER_CHARS]
        blank = tuple(g for g in self._released.answers.values() if g not in answers)
        for k, numbers in self._by_place.items():
            odd.append(
                f"{show_cells(numbers)} stood at {self._released.answers[k]}, and was taken as its answer by place"
            )
        needs_person += self._describe_loose()
        for other, piece in self._under_other.items():
            if self._released.answers[other] in blank and piece.answer is not None and piece.text:
                needs_person.append(
                    f"cell {piece.cell} is a copy of the answer to {self._released.answers[piece.answer]} and stands "
                    f"below the question {self._released.answers[other]}, which has no answer"
                )
        needs_person += self._describe_prose(blank)
        needs_person += [
            f"cell {number} has a picture in it ({escape_line(cell.attachments[0])}), which is not shown with "
            "the answer"
            for number, cell in enumerate(self._cells, start=1)
            if cell.attachments
        ][:QUOTED]
        anchors = len({p.anchor for p in self._pieces if p.anchor is not None})
        return MatchedAnswers(answers, blank, anchors, tuple(odd), tuple(needs_person))

    def _place_all(self, own: set[int]) -> None:
        """Place each text. own: the answers that have a text in a cell of their own."""
        following = self._next_anchors()
        before = -1
        for piece, after in zip(self._pieces, following, strict=True):
            below = before + 1 if before + 1 in self._released.answers else None
            if piece.answer is not None:
                if piece.text:
                    self._texts[piece.answer].append(piece.text)
                if below is not None and below != piece.answer:
                    self._under_other.setdefault(below, piece)
                    before = below
                else:
                    before = piece.answer
                if piece.blank:
                    self._placeholders.add(piece.answer)
            elif piece.anchor is not None:
                before = piece.anchor
            elif piece.blank:
                if below is not None:
                    self._placeholders.add(below)
                    before = below
            elif piece.text:
                place = self._find_place(before, after, own)
                if place is None:
                    self._loose.append(piece)
                else:
                    self._put(place, piece)
                    before = place

    def _next_anchors(self) -> list[int]:
        """Return, for each piece, the released cell that comes next after it."""
        found, after = [], len(self._released.cells)
        for piece in reversed(self._pieces):
            found.append(after)
            after = piece.anchor if piece.anchor is not None else after
        return found[::-1]

    def _find_place(self, before: int, after: int, own: set[int]) -> int | None:
        """Return the answer to which a text between two released cells belongs, where that is certain."""
        answers = self._released.answers
        if before in answers:
            return before
        if before + 1 in answers:
            return before + 1
        between = [k for k in answers if before < k < after]
        near = after - before - 1 <= MAX_MISSING_CELLS
        return between[0] if near and len(between) == 1 and between[0] not in own else None

    def _put(self, place: int, piece: Piece) -> None:
        if piece.changed_code:
            return
        if piece.kind == "code":
            self._code[place].append(piece)
            return
        self._texts[place].append(piece.text)
        self._by_place.setdefault(place, []).append(piece.cell)

    def _add_code(self) -> None:
        """Add the code that stands at an answer, unless it is all there is and the placeholder still stands."""
        for place, pieces in self._code.items():
            written = bool(self._texts[place])
            for piece in pieces:
                if written:
                    self._texts[place].append(fence_code(piece.text))
                elif place not in self._placeholders:
                    self._texts[place].append(piece.text)
                else:
                    continue
                self._by_place.setdefault(place, []).append(piece.cell)

    def _describe_loose(self) -> list[str]:
        """Return a sentence about the texts that have no certain place."""
        taken = {join_words(text) for texts in self._texts.values() for text in texts}
        loose = [p for p in self._loose if p.kind != "code" and join_words(p.text) not in taken]
        if not loose:
            return []
        quoted = "; ".join(f"cell {p.cell}: {quote_text(p.text)}" for p in loose[:QUOTED])
        more = f"; and {len(loose) - QUOTED} more" if len(loose) > QUOTED else ""
        return [f"text in the notebook was not taken as an answer, since it stands at no question: {quoted}{more}"]

    def _describe_prose(self, blank: tuple[str, ...]) -> list[str]:
        """Return a sentence where a code cell holds prose that may be an answer.

        A line of prose is enough in a released cell, into which an answer may have been merged, and where a question
        has no answer; else a code cell of the student's own is named only if there is no code in it.
        """
        kept = {p.cell for place, pieces in self._code.items() if self._texts[place] for p in pieces}
        found = [
            p
            for p in self._pieces
            if p.kind == "code"
            and p.cell not in kept
            and reads_as_prose(p.text, whole=not blank and not p.changed_code)
        ]
        if not found:
            return []
        quoted = "; ".join(f"cell {p.cell}: {quote_text(p.text)}" for p in found[:QUOTED])
        return [f"a code cell holds text that may be an answer, and was not taken: {quoted}"]


def drop_repeated(texts: list[str]) -> list[str]:
    """Return the texts without repetitions."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(join_words(text), text)
    return list(found.values())


def fence_code(text: str) -> str:
    """Return code as Markdown shows it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}python\n{text}\n{fence}"


def reads_as_prose(text: str, whole: bool) -> bool:
    """Tell whether a line of a code cell reads as prose; whole: and no line reads as code.

    The text is not parsed: the judge parses no student's code.
    """
    lines = text[:100_000].splitlines()
    prose = [line for line in lines if not CODE_SIGNS.search(line)]
    glued = [found[0] for line in lines if (found := GLUED.search(line))]
    if whole and len(prose) < len(lines):
        prose = []
    return any(PROSE.search(line) for line in (*prose, *glued))


def quote_text(text: str) -> str:
    """Return the beginning of a text in quotation marks, on one line."""
    words = join_words(text[: 4 * QUOTED_CHARS])
    return f'"{escape_line(words[:QUOTED_CHARS])}{"..." if len(words) > QUOTED_CHARS else ""}"'


def show_cells(numbers: list[int]) -> str:
    """Return the numbers of cells as a sentence shows them."""
    every = sorted(set(numbers))
    shown = ", ".join(map(str, every[:5])) + (f" and {len(every) - 5} more" if len(every) > 5 else "")
    return f"cell {shown}" if len(every) == 1 else f"cells {shown}"
