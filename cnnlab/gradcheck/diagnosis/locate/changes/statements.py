"""A statement dropped, repeated, moved up or down, into a loop or out of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope

#: How far the lines inside a block stand to the right.
INDENT = 4


def change_statement(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield the changes of whole statements; each takes or moves whole lines."""
    if not isinstance(node, ast.stmt) or isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return
    block, number = _find_block(scope, node)
    if block is None or not has_own_lines(scope, node):
        return
    start, end, lines = line_span(scope, node)
    column = len(lines) - len(lines.lstrip(" "))
    if not isinstance(node, (ast.Return, ast.Pass, ast.Break, ast.Continue)):
        yield (Edit(start, end, f"{column * ' '}pass\n" if len(block) == 1 else ""),), Kind.STATEMENT, 1.8
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
        yield (Edit(end, end, lines),), Kind.STATEMENT, 3.4
    if isinstance(node, (ast.Break, ast.Continue)):
        other = "continue" if isinstance(node, ast.Break) else "break"
        yield (Edit(*scope.source.span(node), other),), Kind.STATEMENT, 1.8
        yield (Edit(*scope.source.span(node), "pass"),), Kind.STATEMENT, 1.8
    movable = not isinstance(node, (ast.Return, ast.Break, ast.Continue))
    after, before = block[number + 1 :], block[:number]
    if movable and after and not isinstance(after[0], ast.Return):
        yield _move(start, end, lines, line_span(scope, after[0])[1]), Kind.STATEMENT, 2.0
    for k, other in enumerate(before[::-1][:3]):
        if movable and k and not is_docstring(other):
            yield _move(start, end, lines, line_span(scope, other)[0]), Kind.STATEMENT, 2.3
    for other in after[1:3]:
        if movable and not isinstance(other, ast.Return):
            yield _move(start, end, lines, line_span(scope, other)[1]), Kind.STATEMENT, 2.3
    yield from _move_between_blocks(scope, node, block, number, (start, end, lines, column))


def _move_between_blocks(scope: Scope, node: Any, block: list, number: int, place: tuple) -> Iterator[Draft]:
    start, end, lines, column = place
    parent: Any = scope.source.parents.get(node)
    if isinstance(parent, (ast.For, ast.While, ast.If, ast.With)) and len(block) > 1 and has_own_lines(scope, parent):
        first, last, head = line_span(scope, parent)
        outer = len(head) - len(head.lstrip(" "))
        moved = _shift(lines, outer - column)
        if number == len(block) - 1 or isinstance(node, (ast.Return, ast.AugAssign, ast.Expr)):
            yield _move(start, end, moved, last), Kind.STATEMENT, 1.7
        if not isinstance(node, ast.Return):
            yield _move(start, end, moved, first), Kind.STATEMENT, 1.9
    if not isinstance(node, (ast.Return,)):
        for other, side in ((block[number - 1] if number else None, "end"), (_next(block, number), "start")):
            if isinstance(other, (ast.For, ast.While, ast.If, ast.With)) and has_own_lines(scope, other):
                inner = other
                while True:
                    body = inner.body
                    edge = body[-1] if side == "end" else body[0]
                    first, last, text = line_span(scope, edge)
                    deeper = len(text) - len(text.lstrip(" "))
                    if not has_own_lines(scope, edge):
                        break
                    yield (
                        _move(start, end, _shift(lines, deeper - column), last if side == "end" else first),
                        Kind.STATEMENT,
                        1.9,
                    )
                    if not isinstance(edge, (ast.For, ast.While)):
                        break
                    inner = edge


def _next(block: list, number: int) -> Any:
    return block[number + 1] if number + 1 < len(block) else None


def _move(start: int, end: int, lines: str, to: int) -> tuple[Edit, ...]:
    lines = lines if lines.endswith("\n") else lines + "\n"
    return Edit(start, end, ""), Edit(to, to, lines)


def _shift(lines: str, columns: int) -> str:
    def move(line: str) -> str:
        if columns >= 0:
            return " " * columns + line if line.strip() else line
        return line[-columns:] if not line[:-columns].strip() else line.lstrip(" ")

    return "".join(move(line) for line in lines.splitlines(keepends=True))


def is_docstring(node: ast.AST) -> bool:
    """Return whether a statement is a text alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _find_block(scope: Scope, node: ast.stmt) -> tuple[list | None, int]:
    """Return the statements among which one stands, and its place there."""
    parent = scope.source.parents.get(node)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and node in block:
            return block, block.index(node)
    return None, 0


def has_own_lines(scope: Scope, node: Any) -> bool:
    """Return whether nothing else stands in the lines of a statement."""
    start, end = scope.source.span(node)
    text = scope.source.text
    before = text[text.rfind("\n", 0, start) + 1 : start]
    stop = text.find("\n", end)
    after = text[end : stop if stop >= 0 else len(text)].strip()
    return not before.strip() and (not after or after.startswith("#"))


def line_span(scope: Scope, node: Any) -> tuple[int, int, str]:
    """Return where the lines of a statement begin and end, and their text."""
    start, end = scope.source.span(node)
    text = scope.source.text
    first, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    last = stop + 1 if stop >= 0 else len(text)
    return first, last, text[first:last]
