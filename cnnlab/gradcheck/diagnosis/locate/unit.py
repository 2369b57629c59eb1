"""Units: the functions that may hold the mistake, each with its source text and syntax tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Unit:
    """One function of a learner's file, as text.

    file: where it is.   name: what it is called.   first_line: the number of its first line in the file.
    text: its whole lines, or of a lambda the expression alone.   head, tail: what stands around that in its lines.
    free: the names that it takes from the function around it.   role: "function", "forward" or "helper".
    """

    file: str
    name: str
    first_line: int
    text: str
    head: str = ""
    tail: str = ""
    free: tuple[str, ...] = ()
    role: str = "function"

    @property
    def is_lambda(self) -> bool:
        return self.name == "<lambda>"


def wrap_text(text: str, is_lambda: bool, free: tuple[str, ...] = ()) -> str:
    """Return the text of a unit as a module that can be compiled; it begins in the second line.

    The code of a function keeps the names that it took from around it, even where a change no longer uses them.
    """
    names = ", ".join(free)
    if is_lambda:
        head = f"def _around({names}): return (" if free else "_ = ("
        return f"{head}\n{text}\n)\n"
    indent = text[: len(text) - len(text.lstrip(" \t"))]
    if not indent:
        return f"\n{text}\n"
    return f"def _around({names}):\n{text}\n" if free else f"if 1:\n{text}\n"


class Source:
    """The text of a unit with its tree: where each node begins and ends, and what stands there."""

    def __init__(self, unit: Unit, text: str | None = None):
        self.unit = unit
        self.text = unit.text if text is None else text
        module = ast.parse(wrap_text(self.text, unit.is_lambda, unit.free))
        wanted = ast.Lambda if unit.is_lambda else ast.FunctionDef
        self.function: Any = next(n for n in ast.walk(module) if isinstance(n, wanted) and n.lineno > 1)
        self.lines = self.text.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        """Return the place in the text of a position in the tree; columns there count bytes."""
        text = self.lines[line - 2] if line - 2 < len(self.lines) else ""
        column = column if text.isascii() else len(text.encode()[:column].decode(errors="replace"))
        return self.starts[min(line - 2, len(self.starts) - 1)] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends in the text."""
        place: Any = node
        return self.offset(place.lineno, place.col_offset), self.offset(place.end_lineno, place.end_col_offset)

    def segment(self, node: ast.AST) -> str:
        """Return the text of a node, character by character."""
        start, end = self.span(node)
        return self.text[start:end]

    def line_number(self, place: int) -> int:
        """Return the line in the file of a place in the text."""
        return self.unit.first_line + self.text.count("\n", 0, place)

    def file_line(self, node: Any) -> int:
        """Return the line in the file at which a node begins."""
        return self.unit.first_line + node.lineno - 2

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Return the parent of every node."""
        return {child: node for node in ast.walk(self.function) for child in ast.iter_child_nodes(node)}
