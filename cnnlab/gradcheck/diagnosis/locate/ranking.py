"""The order in which changes are tried: what a programmer would make, near the wrong gradient, first."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cnnlab.gradcheck.diagnosis.locate.change import Change, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Scope

#: What it adds to a change's cost that its line does not lead to the wrong gradient.
FAR_COST = 2.0

#: What it adds that its line leads to a right gradient too, which the change must not touch.
SHARED_COST = 0.4

#: What it adds that a change is in a helper, or in the forward.
HELPER_COST, FORWARD_COST = 0.3, 1.2

#: What it adds that a helper is in another file than the function.
OTHER_FILE_COST = 0.3

#: What it adds to writing something more that its statement only unpacks what was handed in, as in `x = cache.x`.
RENAMING_COST = 0.6

#: What it adds that a condition is changed in more than its comparison: that switches a whole branch off.
CONDITION_COST = 0.5

#: What it adds that a value which was computed is no longer used: its own line is more likely wrong.
UNUSED_COST = 0.6

#: What it adds that an operand is dropped which the same operation beside it has too, as in `(a // n) * (b // n)`.
UNLIKE_COST = 1.6

#: What it adds that a value is multiplied by what it is divided by, or the other way round: to drop one says the same.
CANCELLED_COST = 0.8

#: What it takes off a copy or a dtype where nothing else is wrong.
MEMORY_GAIN = 1.2

#: A factor or a divisor behind an expression.
FACTOR_BEHIND = re.compile(r" ([*/]) ([\w.]+)$")

#: Kinds that write something more.
WRITING = frozenset({Kind.TERM, Kind.CALL, Kind.OPERATOR, Kind.GROUPING})

#: Methods that change what they are called on, as an assignment does.
FILLING = frozenset({"at", "append", "extend", "insert", "fill", "sort", "copyto", "update", "add"})


def rank_changes(
    scopes: Sequence[Scope],
    changes: Sequence[list[Change]],
    wrong: Collection[str],
    gradients: Sequence[str],
    memory: bool = False,
) -> list[Change]:
    """Return the changes of all units, the most likely first. memory: whether only a copy or a dtype is wrong."""
    ranked = []
    for scope, own in zip(scopes, changes, strict=True):
        near = find_leading_statements(scope, wrong, gradients)
        right = set(gradients) - set(wrong)
        shared = find_leading_statements(scope, right, gradients) if right else set()
        extra = {"function": 0.0, "helper": HELPER_COST}.get(scope.source.unit.role, FORWARD_COST)
        extra += OTHER_FILE_COST * (scope.source.unit.file != scopes[0].source.unit.file)
        reads = _count_reads(scope.source.function)
        spans = [(scope.source.span(s), s) for s in _statements(scope.source.function)]
        for change in own:
            statement = _innermost(spans, change.start)
            cost = change.cost + extra
            if statement is not None and statement not in near:
                cost += FAR_COST
            elif statement in shared and not isinstance(statement, ast.Return):
                cost += SHARED_COST
            cost -= MEMORY_GAIN * (memory and change.kind == Kind.COPY)
            cost += _weigh_place(scope, change, statement, reads)
            cost += 0.002 * sum(len(e.text) for e in change.edits) if change.kind != Kind.STATEMENT else 0.0
            ranked.append((cost, len(ranked), change))
    ranked.sort(key=lambda item: item[:2])
    return [change for _, _, change in ranked]


def _weigh_place(scope: Scope, change: Change, statement: Any, reads: Mapping[str, int]) -> float:
    """Return what the place of a change adds to its cost."""
    cost = 0.0
    if isinstance(statement, ast.Assign) and _only_unpacks(statement.value, reads) and change.kind in WRITING:
        cost += RENAMING_COST
    if isinstance(statement, (ast.If, ast.While)) and change.kind not in (Kind.COMPARISON, Kind.STATEMENT):
        cost += CONDITION_COST
    if change.kind == Kind.NAME:
        replaced = Counter(scope.source.text[e.start : e.end] for e in change.edits)
        written = " ".join(e.text for e in change.edits)
        if any(reads.get(name) == count and name not in written for name, count in replaced.items()):
            cost += UNUSED_COST
    if statement is not None:
        cost += UNLIKE_COST * _breaks_likeness(scope, change, statement)
        cost += CANCELLED_COST * (change.kind == Kind.TERM and _cancels(scope, change, statement))
    return cost


def _breaks_likeness(scope: Scope, change: Change, statement: Any) -> bool:
    """Return whether a change drops the right operand of one of two operations that have it in common."""
    edit = change.edits[0]
    if len(change.edits) != 1 or edit.text not in ("", "1"):
        return False
    operations = [n for part in _own_parts(statement) for n in ast.walk(part) if isinstance(n, ast.BinOp)]
    dropped = []
    for node in operations:
        start, end = scope.whole_span(node.right)
        start = start if edit.text else scope.whole_span(node.left)[1]  # the number 1 in its place, or nothing
        dropped += [node] if (start, end) == (edit.start, edit.end) else []
    return any(
        type(a.op) is type(b.op) and scope.text(a.right) == scope.text(b.right) and not _shares_chain(a, b)
        for a in dropped
        for b in operations
        if a is not b
    )


def _shares_chain(a: ast.BinOp, b: ast.BinOp) -> bool:
    """Return whether one of two operations is part of the other, as both divisions are of `x / n / n`."""
    return any(n is b for n in ast.walk(a)) or any(n is a for n in ast.walk(b))


def _cancels(scope: Scope, change: Change, statement: Any) -> bool:
    """Return whether a change multiplies a value by what it is divided by already, or the other way round."""
    value, edit = getattr(statement, "value", None), change.edits[0]
    written = FACTOR_BEHIND.search(edit.text)
    if value is None or written is None or len(change.edits) != 1:
        return False
    operations = [n.op for n in ast.walk(value) if isinstance(n, ast.BinOp)]
    product = all(isinstance(op, (ast.Mult, ast.Div, ast.FloorDiv)) for op in operations)
    if edit.end != scope.source.span(value)[1] and not product:
        return False
    inverse = "//?" if written[1] == "*" else r"(?<!\*)\*"
    return re.search(rf"{inverse} {re.escape(written[2])}\b(?![.\w(\[])", scope.text(value)) is not None


def _only_unpacks(value: ast.expr, own: Mapping[str, int]) -> bool:
    """Return whether a value is a parameter or fields, and nothing that the function made itself."""
    if isinstance(value, ast.Tuple):
        return all(_only_unpacks(v, own) for v in value.elts)
    return isinstance(value, ast.Attribute) or (isinstance(value, ast.Name) and value.id not in own)


def _count_reads(function: Any) -> dict[str, int]:
    """Return how often each name is read that the function gives a value itself."""
    names = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
    own = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    return Counter(n.id for n in names if isinstance(n.ctx, ast.Load) and n.id in own)


def find_leading_statements(scope: Scope, wanted: Collection[str], gradients: Sequence[str]) -> set[Any]:
    """Return the statements from which a value flows to one of these gradients, or which decide whether it does."""
    function = scope.source.function
    if isinstance(function, ast.Lambda):
        return set()
    statements = _statements(function)
    leading = {s for s in statements if isinstance(s, ast.Return) or _gives_values(s)}
    if not leading:
        return set(statements)
    names: set[str] = set()
    for statement in leading:
        names |= _read_names(_wanted_results(statement, wanted, gradients))
    views = _find_views(statements)
    while True:
        found = {s for s in statements if s not in leading and _written_names(s, views) & names}
        around = {p for s in (*found, *leading) for p in _list_enclosing(scope, s)} - leading
        new = (found | around) - leading
        if not new:
            return leading
        leading |= new
        names |= {name for s in new for name in _read_names(_own_parts(s))}


def _gives_values(statement: Any) -> bool:
    """Return whether a statement of a generator gives a value to the loop that reads it."""
    parts = (n for part in _own_parts(statement) for n in ast.walk(part))
    return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in parts)


def _wanted_results(statement: Any, wanted: Collection[str], gradients: Sequence[str]) -> list[ast.AST]:
    value = statement.value
    if not isinstance(statement, ast.Return):
        return _own_parts(statement)
    if isinstance(value, ast.Tuple) and len(value.elts) == len(gradients):
        return [e for e, g in zip(value.elts, gradients, strict=True) if g in wanted]
    return [value] if value is not None else []


def _statements(function: Any) -> list[Any]:
    return [n for n in ast.walk(function) if isinstance(n, ast.stmt) and n is not function]


def _own_parts(statement: Any) -> list[ast.AST]:
    return [c for c in ast.iter_child_nodes(statement) if not isinstance(c, ast.stmt)]


def _read_names(nodes: Sequence[ast.AST]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def _find_views(statements: Sequence[Any]) -> dict[str, set[str]]:
    """Return the names whose memory another name may be a view of: in `a = split(b)` that of b."""
    views: dict[str, set[str]] = {}
    for statement in statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.Call, ast.Subscript, ast.Name)):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    views.setdefault(target.id, set()).update(_read_names([statement.value]))
    return views


def _written_names(statement: Any, views: Mapping[str, set[str]]) -> set[str]:
    """Return the names that a statement binds or whose values it changes."""
    bound = _bound_names(statement)
    found: set[str] = set()
    for part in _own_parts(statement):
        for node in ast.walk(part):
            if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
                found |= _read_names([node.value])
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FILLING:
                found |= _read_names([node.func.value, *node.args[:1]])
    if isinstance(statement, ast.AugAssign):
        found |= bound
    filled = found | {b for name in found for b in views.get(name, ())}
    return bound | filled | {b for name in filled for b in views.get(name, ())}


def _bound_names(statement: Any) -> set[str]:
    nodes = (n for part in _own_parts(statement) for n in ast.walk(part))
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _list_enclosing(scope: Scope, statement: Any) -> list[Any]:
    """Return the loops and conditions around a statement."""
    found, node = [], scope.source.parents.get(statement)
    while node is not None and node is not scope.source.function:
        if isinstance(node, ast.stmt):
            found.append(node)
        node = scope.source.parents.get(node)
    return found


def _innermost(spans: list[tuple[tuple[int, int], Any]], place: int) -> Any:
    inside = [(end - start, s) for (start, end), s in spans if start - 40 <= place <= end]
    exact = [(end - start, s) for (start, end), s in spans if start <= place <= end]
    return min(exact or inside, key=lambda pair: pair[0], default=(0, None))[1]
