"""A crop that is missing: the part of a padded array that belongs to the image."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope


def add_crop(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a returned array without its padding, for each pair of names that may be the padding."""
    if not (isinstance(node, ast.Name) and isinstance(scope.statement(node), (ast.Return, ast.Lambda))):
        return
    seen = scope.seen_value(node)
    if seen is None or seen.form != "array":
        return
    numbers = [name for name, _ in scope.values_like(node, "number") if "." not in name]
    pairs = [(a, b) for a, b in _pairs(scope) if a in numbers and b in numbers] + [(n, n) for n in numbers]
    end = scope.source.span(node)[1]
    for rows, columns in pairs:
        for height, width in _pairs(scope):
            if {height, width} <= set(numbers) and height != rows:
                part = f"[:, :, {rows} : {rows} + {height}, {columns} : {columns} + {width}]"
                yield (Edit(end, end, part),), Kind.SLICE, 2.2
        image = f"[..., {rows} : -{rows} or None, {columns} : -{columns} or None]"
        yield (Edit(end, end, image),), Kind.SLICE, 2.4


def _pairs(scope: Scope) -> list[tuple[str, str]]:
    """Return names that are unpacked side by side, rows and columns; of several, the last two."""
    found = []
    for node in ast.walk(scope.source.function):
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store):
            names = [e.id for e in node.elts if isinstance(e, ast.Name)]
            if len(names) in (2, 4) and len(names) == len(node.elts):
                found.append((names[-2], names[-1]))
    return list(dict.fromkeys(found))


def change_pair(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a pair of sizes, such as those of a padding in front and behind, made of one name."""
    inside = isinstance(scope.source.parents.get(node), (ast.Tuple, ast.List))
    if not (isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 2 and inside):
        return
    left, right = ("(", ")") if isinstance(node, ast.Tuple) else ("[", "]")
    for name, _ in scope.values_like(node, "number"):
        for pair, cost in ((f"{name}, {name}", 1.9), (f"0, {name}", 2.3), (f"{name}, 0", 2.3)):
            yield (Edit(*scope.source.span(node), f"{left}{pair}{right}"),), Kind.ORDER, cost
