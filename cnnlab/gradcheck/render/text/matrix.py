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
        lines = wrap(f"{part.name} {part.title or '='} {part.text}", sheet.width, "", "    ").splitlines()
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
    """Return the matrix as lines; columns that do not fit beside the others stand below them."""
    width = max(len(text) for row in (*matrix.cells, tuple(map(str, matrix.columns))) for text in row)
    edge = max((len(str(i)) for i in matrix.rows), default=0)
    fit = max(1, (sheet.width - edge - 1) // (width + 2))
    title = wrap(f"{matrix.name}  {matrix.title}".rstrip(), sheet.width, "", "  ").splitlines()
    lines = list(title)
    painted = [paint(matrix.name, kind, sheet.colour and bool(kind)) + title[0].removeprefix(matrix.name), *title[1:]]
    for start in range(0, len(matrix.columns), fit):
        columns = range(start, min(start + fit, len(matrix.columns)))
        head = " " * (edge + 1) + "".join(f" {matrix.columns[j]:>{width}} " for j in columns)
        lines.append(head.rstrip())
        painted.append(head.rstrip())
        for i, row in enumerate(matrix.cells):
            label = f"{matrix.rows[i]:>{edge}} " if matrix.rows else " "
            wrong = [matrix.is_wrong(i, j) for j in columns]
            cells = [f" {row[j]:>{width}}{'✗' if w else ' '}" for j, w in zip(columns, wrong, strict=True)]
            coloured = [paint(c, "wrong", sheet.colour) if w else c for c, w in zip(cells, wrong, strict=True)]
            lines.append((label + "".join(cells)).rstrip())
            painted.append((label + "".join(coloured)).rstrip())
    return Block(tuple(lines), tuple(painted))
