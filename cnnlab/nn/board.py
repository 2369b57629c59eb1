"""Show on the gear board whose gradients a network runs on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from cnnlab.colours import TABLE
from cnnlab.course.exercise import Exercise
from cnnlab.course.learner_folder import show_path
from cnnlab.nn import gears
from cnnlab.terminal import count_columns, paint, wrap

#: state -> (mark, colour); mark and words carry the meaning, the colour only repeats it.
MARKS = {
    gears.CHECKED: ("●", TABLE["right"].fill),
    gears.UNCHECKED: ("◐", TABLE["right"].fill),
    gears.PYTORCH: ("○", TABLE["unwritten"].fill),
}

#: state -> the kind of its colour in a terminal
KINDS = {gears.CHECKED: "right", gears.UNCHECKED: "part", gears.PYTORCH: "quiet"}

CELL = "text-align:left;padding:.15em 1em .15em 0"


@dataclass(frozen=True)
class Row:
    """One gear. layers: those that use it.   place: where it is written, or is to be."""

    exercise: str
    chapter: str
    state: str
    layers: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Board:
    """The gear board: every gear of a network, in the order in which its layers need them first.

    Attributes:
        rows: One row for each gear: exercise, chapter, state, layers and place.

    Example:
        >>> from cnnlab import nn
        >>> board = nn.Sequential(nn.Flatten(), nn.ReLU()).gears()
        >>> [row.exercise for row in board.rows]
        ['flatten_backward', 'relu_backward']
    """

    rows: tuple[Row, ...]

    @classmethod
    def build_for(cls, ops: Iterable[tuple[str, gears.Op]], check: bool = False) -> Board:
        """Return the board of these ops.

        Args:
            ops: Pairs (name of the layer, op), as Module.ops() yields them.
            check: Whether to check what is written and not known to pass.

        Returns:
            A Board.
        """
        gears.look_again()
        users: dict[str, list[str]] = {}
        exercises: dict[str, Exercise] = {}
        for layer, op in ops:
            for exercise in op.exercises:
                exercises[exercise.name] = exercise
                users.setdefault(exercise.name, []).append(layer)
        return cls(tuple(_row(e, tuple(users[name]), check) for name, e in exercises.items()))

    @property
    def count(self) -> dict[str, int]:
        """Return how many gears are in each state."""
        return {state: sum(row.state == state for row in self.rows) for state in MARKS}

    def summary(self) -> str:
        """Return how many gears are in each state, in one line.

        Returns:
            A line such as "2 PyTorch's".
        """
        return ", ".join(f"{n} {state}" for state, n in self.count.items() if n) or "no gears"

    def to_text(self, colour: bool = False) -> str:
        """Return the text for a terminal: a line for each gear, or two where one is too wide.

        Args:
            colour: Whether to colour the marks.

        Returns:
            The text.
        """
        cells = [(f"{MARKS[r.state][0]} {r.state}", r.exercise, ", ".join(r.layers), r.place) for r in self.rows]
        return "\n".join([f"Gears: {self.summary()}", *_lines(cells, colour)])

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        titles = "".join(f'<th scope="col" style="{CELL}">{t}</th>' for t in ("whose", "gear", "layers", "where"))
        rows = "".join(map(_html_row, self.rows))
        return (
            f"<div><strong>Gears</strong>: {escape(self.summary())}"
            f'<table style="margin-top:.4em;color:inherit"><thead><tr>{titles}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )


def _lines(cells: list[tuple[str, ...]], colour: bool) -> Iterator[str]:
    if not cells:
        return
    columns = count_columns()
    state, name, layers, place = (max(map(len, column)) for column in zip(*cells, strict=True))
    fits = state + name + layers + place + 6 <= columns
    for row in cells:
        mark, kind = row[0][0], KINDS[row[0][2:]]
        line = f"{row[0]:{state}}  {row[1]:{name}}"
        if fits:
            lines = f"{line}  {row[2]:{layers}}  {row[3]}"
        else:
            lines = f"{line.rstrip()}\n{wrap(f'{row[2]}; {row[3]}', columns, '    ')}"
        yield paint(mark, kind, colour) + lines.removeprefix(mark)


def _row(exercise: Exercise, layers: tuple[str, ...], check: bool) -> Row:
    state = gears.state(exercise)
    if check and state == gears.UNCHECKED:
        from cnnlab.course.check import check as judged

        judged(exercise.name, stage="core")
        state = gears.state(exercise)
    file, line = gears.place(exercise), gears.load_topic(exercise.topic).reading.defined.get(exercise.name)
    place = show_path(file) + (f", line {line}" if line and file.exists() else "")
    place = f"chapter {int(exercise.chapter[2:])}, {place}" if state == gears.PYTORCH else place
    return Row(exercise.name, exercise.chapter, state, layers, place)


def _html_row(row: Row) -> str:
    mark, colour = MARKS[row.state]
    cells = (f'<span style="color:{colour}" aria-hidden="true">{mark}</span> {escape(row.state)}',)
    cells += (f"<code>{escape(row.exercise)}</code>", escape(", ".join(row.layers)), escape(row.place))
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in cells) + "</tr>"
