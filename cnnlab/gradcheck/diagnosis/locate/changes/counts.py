"""How many: a length, a size or a product of sizes for another."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope

#: Ways to count what an array {0} holds, and how unlikely each is in place of another.
COUNTS: dict[str, float] = {
    "{0}.shape[0]": 1.6,
    "{0}.shape[1]": 1.7,
    "{0}.shape[-1]": 1.9,
    "{0}.size": 1.7,
    "({0}.size // {0}.shape[1])": 1.9,
    "np.prod({0}.shape[2:])": 2.0,
    "{0}[0].size": 2.0,
}


def change_count(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other counts of the same array, or the same count of another one."""
    match node:
        case ast.Subscript(ast.Name() as sizes, ast.Constant(int(k))) if _is_tuple(scope, sizes):
            yield (scope.put(node, f"int(np.prod({sizes.id}[{k}:]))", closed=True),), Kind.CALL, 1.9
            return
        case ast.Call(ast.Name("len"), [array]):
            pass
        case ast.Attribute(array, "size"):
            pass
        case ast.Subscript(ast.Attribute(array, "shape"), ast.Constant() | ast.UnaryOp()):
            pass
        case _:
            return
    text = scope.text(array)
    for pattern, cost in COUNTS.items():
        yield (scope.put(node, pattern.format(text), closed=True),), Kind.CALL, cost


def _is_tuple(scope: Scope, node: ast.AST) -> bool:
    seen = scope.seen_value(node)
    return seen is not None and seen.form == "tuple"
