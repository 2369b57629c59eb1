"""What the kinds of changes need to know: a unit's tree and text, and which names there are at each place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.observation import Observation, Seen
from cnnlab.gradcheck.diagnosis.locate.unit import Source

#: One change before its place is weighed: its edits, its kind, and its cost where it is most likely.
Draft = tuple[tuple[Edit, ...], Kind, float]

#: Nodes that need no parentheses wherever they stand.
CLOSED = (
    *(ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.JoinedStr),
)


@dataclass
class Scope:
    """One unit, and what was seen when it ran.

    module_names: the functions of the file, by name, that a call may be exchanged for.
    factors: what is a factor somewhere in the unit, once that was asked for.
    """

    source: Source
    seen: Observation
    module_names: tuple[str, ...] = ()
    factors: list[str] | None = None
    _names: dict[ast.AST, dict[str, Seen]] = field(default_factory=dict)

    def text(self, node: ast.AST) -> str:
        return self.source.segment(node)

    def closed_text(self, node: ast.AST) -> str:
        """Return the text of an expression as an operand, in parentheses where it needs them."""
        text = self.text(node)
        return text if isinstance(node, CLOSED) else f"({text})"

    def put(self, node: ast.AST, text: str, closed: bool = False) -> Edit:
        """Return the edit that puts an expression in the place of another.

        closed: whether the new text needs no parentheses anywhere.
        """
        start, end = self.source.span(node)
        if not closed and self._needs_parentheses(node) and not self.has_parentheses(node):
            text = f"({text})"
        return Edit(start, end, text)

    def has_parentheses(self, node: ast.AST) -> bool:
        """Return whether parentheses stand directly around a node."""
        start, end = self.source.span(node)
        before, after = self.source.text[:start].rstrip(), self.source.text[end:].lstrip()
        return before.endswith("(") and after.startswith(")")

    def whole_span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends with the parentheses that belong to it alone."""
        start, end = self.source.span(node)
        parent = self.source.parents.get(node)
        while parent is not None and self._operand_of(node, parent):
            before, after = self.source.text[:start].rstrip(), self.source.text[end:]
            if not (before.endswith("(") and after.lstrip().startswith(")")):
                break
            start, end = len(before) - 1, end + len(after) - len(after.lstrip()) + 1
        return start, end

    def _operand_of(self, node: ast.AST, parent: ast.AST) -> bool:
        return isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Assign, ast.AugAssign))

    def _needs_parentheses(self, node: ast.AST) -> bool:
        parent = self.source.parents.get(node)
        if isinstance(parent, (ast.Attribute, ast.Starred, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp)):
            return True
        if isinstance(parent, ast.Call):
            return node is parent.func
        return isinstance(parent, ast.Subscript) and node is parent.value

    def statement(self, node: ast.AST) -> Any:
        """Return the statement that a node belongs to; itself where it is one."""
        while not isinstance(node, ast.stmt) and node in self.source.parents:
            node = self.source.parents[node]
        return node

    def head_lines(self, statement: Any) -> tuple[int, int]:
        """Return the first and the last line in the file of a statement, without its body."""
        first = self.source.file_line(statement)
        body = getattr(statement, "body", None)
        if isinstance(body, list) and body:
            return first, max(first, self.source.file_line(body[0]) - 1)
        return first, first + (statement.end_lineno or statement.lineno) - statement.lineno

    def ran(self, statement: Any) -> bool:
        """Return whether a statement was run in the case that was observed."""
        unit = self.source.unit
        return unit.is_lambda or self.seen.ran(unit.file, *self.head_lines(statement))

    def names(self, node: ast.AST) -> dict[str, Seen]:
        """Return the names that have a value where a node is evaluated."""
        statement = self.statement(node)
        if statement not in self._names:
            unit = self.source.unit
            first, last = self.head_lines(statement) if isinstance(statement, ast.stmt) else (unit.first_line, 10**6)
            found = self.seen.names_at(unit.file, first, last) or self.arguments
            self._names[statement] = {n: s for n, s in found.items() if n.isidentifier() and n != "_"}
        return self._names[statement]

    @cached_property
    def arguments(self) -> dict[str, Seen]:
        """Return what the unit's arguments stood for, as far as that was seen."""
        unit = self.source.unit
        lines = [line for file, line in self.seen.values if file == unit.file and line >= unit.first_line]
        found = self.seen.values[unit.file, min(lines)] if lines else {}
        given = self.source.function.args
        names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        return {n: found.get(n, Seen("other")) for n in names}

    def values_like(self, node: ast.AST, form: str) -> Iterator[tuple[str, Seen]]:
        """Yield every name, and every field of a named tuple, that stands for a value of this form."""
        for name, seen in self.names(node).items():
            if seen.form == form:
                yield name, seen
            for part, held in seen.fields.items():
                if held.form == form:
                    yield f"{name}.{part}", held

    def seen_value(self, node: ast.AST) -> Seen | None:
        """Return what a name, or a field of one, stood for."""
        if isinstance(node, ast.Name):
            return self.names(node).get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            holder = self.names(node).get(node.value.id)
            return holder.fields.get(node.attr) if holder else None
        return None
