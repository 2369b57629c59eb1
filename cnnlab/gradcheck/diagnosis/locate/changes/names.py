"""A name for another in scope; every occurrence in a statement; two names exchanged; a field for another."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope

#: A statement that is read for names, and not the statements inside it.
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)


def change_name(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield every other value of the same form that a name or a field may have stood for."""
    if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
        return
    parent = scope.source.parents.get(node)
    if isinstance(parent, ast.Call) and node is parent.func:
        return
    seen, here = scope.seen_value(node), scope.text(node)
    if seen is None:
        return
    for constant in ("0", "1", "2") if seen.form == "number" else ():
        yield (scope.put(node, constant, closed=True),), Kind.CONSTANT, 2.6
    for other, value in scope.values_like(node, seen.form):
        if other != here:
            cost = 1.5 + 0.5 * (value.shape != seen.shape) + 0.3 * ("." in other) - 0.4 * _is_similar(here, other)
            yield (scope.put(node, other, closed=True),), Kind.NAME, cost


def change_names_together(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield changes of every occurrence of a name in a statement, and two names that change places there."""
    if not isinstance(node, (*SIMPLE, ast.For, ast.If)):
        return
    places: dict[str, list[ast.AST]] = defaultdict(list)
    for part in _parts(node):
        for name in ast.walk(part):
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load):
                places[name.id].append(name)
    known = scope.names(node)
    for name, found in places.items():
        if len(found) > 1 and name in known:
            for other, _ in scope.values_like(node, known[name].form):
                if other != name:
                    cost = 2.0 - 0.4 * _is_similar(name, other)
                    yield tuple(scope.put(n, other, closed=True) for n in found), Kind.NAME, cost
    for name, found in places.items():
        if name in known and known[name].form == "number":
            yield from _exchange_with_rest(scope, name, found)
    for a, b in combinations(places, 2):
        if a in known and b in known and known[a].form == known[b].form:
            edits = (
                *(scope.put(n, b, closed=True) for n in places[a]),
                *(scope.put(n, a, closed=True) for n in places[b]),
            )
            yield edits, Kind.NAME, 2.0 - 0.4 * _is_similar(a, b)


def _exchange_with_rest(scope: Scope, name: str, places: list[ast.AST]) -> Iterator[Draft]:
    """Yield a statement in which a share and the rest of it, `a` and `1 - a`, have changed places."""
    parents = scope.source.parents
    rests = [p for n in places if isinstance(p := parents[n], ast.BinOp) and scope.text(p) == f"1 - {name}"]
    if rests:
        inside = {rest.right for rest in rests}
        edits = [Edit(*scope.whole_span(rest), name) for rest in rests]
        edits += [scope.put(n, f"(1 - {name})", closed=True) for n in places if n not in inside]
        yield tuple(edits), Kind.NAME, 1.8


def _parts(statement: ast.AST) -> list[ast.AST]:
    if isinstance(statement, ast.For):
        return [statement.iter]
    if isinstance(statement, ast.If):
        return [statement.test]
    return list(ast.iter_child_nodes(statement))


def _is_similar(a: str, b: str) -> bool:
    """Return whether names differ in a letter or an ending only, such as kh and kw."""
    if 1 in (len(a), len(b)) and len(a) != len(b):  # a letter is in almost every name
        return False
    a, b = a.rpartition(".")[2], b.rpartition(".")[2]
    return (len(a) == len(b) and sum(p != q for p, q in zip(a, b, strict=True)) == 1) or a in b or b in a


def exchange(scope: Scope, a: ast.AST, b: ast.AST) -> tuple[Edit, ...]:
    """Return the edits that exchange the texts of two nodes."""
    first, second = scope.source.span(a), scope.source.span(b)
    return Edit(*first, scope.text(b)), Edit(*second, scope.text(a))
