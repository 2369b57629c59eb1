"""A matrix on a page: a table with its rows and columns numbered, and what is wrong in it hatched."""

from __future__ import annotations

from cnnlab.gradcheck.render.html.tags import write_tag, write_text
from cnnlab.gradcheck.render.matrices import Matrix
from cnnlab.gradcheck.render.palette import Role
from cnnlab.gradcheck.render.values import Inline, Lines, Part
from cnnlab.gradcheck.wording import typeset_minus

#: What an array is -> the class of its colour.
CLASSES = {Role.INPUT: "x", Role.WEIGHT: "w", Role.OUTPUT: "y", Role.GRADIENT: "up", Role.OTHER: "other"}


def write_part(part: Part) -> str:
    """Return a value of a case: a matrix, some lines, or a name with its value."""
    if isinstance(part, Matrix):
        return write_tag("div", write_matrix(part), "cr-block")
    tag = write_tag("span", write_text(part.name), "cr-tag cr-mono") + " "
    if isinstance(part, Inline):
        inside = tag + (write_tag("span", write_text(f"{part.title} "), "cr-soft") if part.title else "")
        inside += write_tag("span", write_text(typeset_minus(part.text)), "cr-mono")
    else:
        assert isinstance(part, Lines)
        inside = tag + write_tag("span", write_text(part.title), "cr-soft")
        inside += write_tag("pre", write_text("\n".join(part.lines)), "cr-lines cr-mono")
    return write_tag("div", inside, f"cr-block cr-{CLASSES[part.role]}")


def write_matrix(matrix: Matrix) -> str:
    """Return a matrix as a table under its name."""
    tag = write_tag("span", write_text(matrix.name), "cr-tag cr-mono") + " "
    head = write_tag("div", tag + write_tag("span", write_text(matrix.title), "cr-soft"), "cr-head")
    corner = "<td></td>" if matrix.rows else ""
    columns = corner + "".join(write_tag("th", str(j), scope="col") for j in matrix.columns)
    rows = "".join(_write_row(matrix, i) for i in range(len(matrix.cells)))
    table = write_tag("thead", write_tag("tr", columns)) + write_tag("tbody", rows)
    label = f"{matrix.name} {matrix.title}".strip()
    role = f"cr-{CLASSES[matrix.role]}"
    return write_tag(
        "div", head + write_tag("table", table, "cr-grid", aria_label=label, style=size_cells(matrix.cells)), role
    )


def size_cells(cells: tuple[tuple[str, ...], ...]) -> str:
    """Return the style that gives every cell the width of the longest number."""
    return f"--cr-longest:{max((len(text) for row in cells for text in row), default=1)}ch"


def _write_row(matrix: Matrix, i: int) -> str:
    head = write_tag("th", str(matrix.rows[i]), scope="row") if matrix.rows else ""
    return write_tag("tr", head + "".join(_write_cell(matrix, i, j) for j in range(len(matrix.columns))))


def _write_cell(matrix: Matrix, i: int, j: int) -> str:
    classes = ["cr-first"] if j == 0 else []
    wrong = matrix.is_wrong(i, j)
    sign = matrix.signs[i][j]
    if matrix.role in (Role.INPUT, Role.WEIGHT, Role.OUTPUT):
        classes.append("cr-field")
    elif matrix.role == Role.GRADIENT and sign and not wrong:
        classes += ["cr-field", "cr-up" if sign > 0 else "cr-down"]
    if matrix.chosen == (i, j):
        classes.append("cr-chosen")
    number = write_number_field(matrix.cells[i][j], 5 if wrong else 0)
    return write_tag("td", number, " ".join(classes))


def write_number_field(text: str, frame: int) -> str:
    """Return a number on a clear field. frame: the pixels of the hatching around it, 0 where it is right."""
    shown = write_text(typeset_minus(text))
    if not frame:
        return write_tag("div", shown, "cr-cell")
    wide = {} if frame == 5 else {"style": f"border-width:{frame}px;border-image-slice:{frame}"}
    return write_tag("div", f'{shown}<span class="cr-sr"> ✗</span>', "cr-cell cr-bad", **wide)
