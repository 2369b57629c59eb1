"""A matrix in a terminal: rows and columns numbered, a mark behind what is wrong."""

from __future__ import annotations

from cnnlab.gradcheck.render.matrices import Matrix
from cnnlab.gradcheck.render.palette import Role
from cnnlab.gradcheck.render.text.sheet import Block, Sheet
from cnnlab.gradcheck.render.values import Inline, Part
from cnnlab.terminal import paint, wrap

#: What an array is -> the kind of its colour in a terminal
KINDS = {Role.INPUT: "input", Role.WEIGHT: "weight", Role.OUTPUT: "output", Role.GRADIENT: "above", Role.OTHER: ""}


def make_block(part: Part, sheet: Sheet) -> Block:
    """Return a value of a case as lines."""
    kind = KINDS[part.role]
    if isinstance(part, Inline):
        lines = wrap(
            f"{part.name}{f'  {part.title}' if part.title else ''} = {part.text}", sheet.width, "", "    "
        ).splitlines()
        return _paint_first(lines, part.name, kind, sheet)
    if isinstance(part, Matrix):
        return _make_matrix_block(part, kind, sheet)
    lines = [f"{part.name}  {part.title}"]
    lines += [row for line in part.lines for row in wrap(line, sheet.width, "  ", "       ").splitlines()]
    return _paint_first(lines, part.name, kind, sheet)


def _paint_first(lines: list[str], name: str, kind: str, sheet: Sheet) -> Block:
    """Return the block with the name in the colour of what it is."""
    first = paint(name, kind, sheet.colour and bool(kind)) + lines[0].removeprefix(name)
    return Block(tuple(lines), (first, *lines[1:]))


def _make_matrix_block(matrix: Matrix, kind: str, sheet: Sheet) -> Block:
    width = max(len(text) for row in (*matrix.cells, tuple(map(str, matrix.columns))) for text in row)
    edge = max((len(str(i)) for i in matrix.rows), default=0)
    title = f"{matrix.name}  {matrix.title}".rstrip()
    head = " " * (edge + 1) + "".join(f" {j:>{width}} " for j in matrix.columns)
    lines, painted = [title, head.rstrip()], [title, head.rstrip()]
    for i, row in enumerate(matrix.cells):
        label = f"{matrix.rows[i]:>{edge}} " if matrix.rows else " "
        cells = [f" {text:>{width}}{'✗' if matrix.is_wrong(i, j) else ' '}" for j, text in enumerate(row)]
        coloured = [paint(c, "wrong", sheet.colour) if matrix.is_wrong(i, j) else c for j, c in enumerate(cells)]
        lines.append(label + "".join(cells).rstrip())
        painted.append(label + "".join(coloured).rstrip())
    painted[0] = paint(matrix.name, kind, sheet.colour and bool(kind)) + title.removeprefix(matrix.name)
    return Block(tuple(lines), tuple(painted))
