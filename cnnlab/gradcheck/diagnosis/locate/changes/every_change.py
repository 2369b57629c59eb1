"""Make every change of a unit, those within twins twice, each with its cost."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Change, Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.assignments import change_assignment
from cnnlab.gradcheck.diagnosis.locate.changes.axes import change_axes
from cnnlab.gradcheck.diagnosis.locate.changes.bounds import change_bound
from cnnlab.gradcheck.diagnosis.locate.changes.calls import add_call, change_call
from cnnlab.gradcheck.diagnosis.locate.changes.constants import change_constant
from cnnlab.gradcheck.diagnosis.locate.changes.copies import add_dtype, change_copy
from cnnlab.gradcheck.diagnosis.locate.changes.counts import change_count
from cnnlab.gradcheck.diagnosis.locate.changes.crops import add_crop, change_pair
from cnnlab.gradcheck.diagnosis.locate.changes.groupings import change_grouping, take_out_of_call
from cnnlab.gradcheck.diagnosis.locate.changes.indices import change_index, change_slice
from cnnlab.gradcheck.diagnosis.locate.changes.missing import (
    add_guard,
    add_none,
    add_seed,
    hand_on_options,
    make_default_anew,
)
from cnnlab.gradcheck.diagnosis.locate.changes.names import change_name, change_names_together
from cnnlab.gradcheck.diagnosis.locate.changes.operators import change_condition, change_operator
from cnnlab.gradcheck.diagnosis.locate.changes.orders import change_order
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Scope
from cnnlab.gradcheck.diagnosis.locate.changes.statements import change_statement
from cnnlab.gradcheck.diagnosis.locate.changes.terms import add_term, drop_term
from cnnlab.gradcheck.diagnosis.locate.changes.together import change_like_places
from cnnlab.gradcheck.diagnosis.locate.changes.twins import double_changes, exchange_twins

MAKERS = (
    *(change_operator, change_condition, change_name, change_names_together, change_index, change_slice, change_axes),
    *(change_order, change_assignment, drop_term, add_term, change_call, add_call, change_statement, change_bound),
    *(
        change_like_places,
        change_count,
        add_crop,
        change_pair,
        change_constant,
        change_copy,
        add_dtype,
        change_grouping,
        take_out_of_call,
    ),
    *(add_none, hand_on_options, add_seed, make_default_anew, add_guard),
)

#: Changes of these kinds are made twice where there are twins.
DOUBLED = frozenset(Kind) - {Kind.STATEMENT}

#: What is dearer than this alone is not tried twice.
MAX_DOUBLED_COST = 2.9


def make_changes(scope: Scope, unit: int) -> list[Change]:
    """Return every change of a unit, each once, with the cost of its kind."""
    cheapest: dict[tuple, Change] = {}
    text = scope.source.text
    for node in _nodes(scope):
        for maker in MAKERS:
            for edits, kind, cost in maker(scope, node):
                edits = tuple(e for e in edits if text[e.start : e.end] != e.text)
                key = tuple(sorted(edits))
                if not edits or _is_idle(scope, node, edits):
                    continue
                if key not in cheapest or cost < cheapest[key].cost:
                    cheapest[key] = Change(unit, edits, kind, cost)
    single = list(cheapest.values())
    doubled = [c for c in single if c.kind in DOUBLED and c.cost <= MAX_DOUBLED_COST]
    for change in (*double_changes(scope, doubled), *exchange_twins(scope, unit)):
        cheapest.setdefault(tuple(sorted(change.edits)), change)
    return list(cheapest.values())


def _is_idle(scope: Scope, node: ast.AST, edits: tuple[Edit, ...]) -> bool:
    """Return whether a statement would only assign a name to itself; to drop it says the same more plainly."""
    statement = scope.statement(node)
    if len(edits) != 1 or not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    start, end = scope.source.span(statement.value)
    edit = edits[0]
    if not (start <= edit.start and edit.end <= end):
        return False
    value = scope.source.text[start : edit.start] + edit.text + scope.source.text[edit.end : end]
    return value.strip("() ") == statement.targets[0].id


def _nodes(scope: Scope) -> Iterator[ast.AST]:
    """Yield the nodes that compute and were run: no docstring, no annotation, nothing that refuses bad input."""
    function = scope.source.function
    if isinstance(function, ast.Lambda):
        yield from _walk(scope, [function.body])
        return
    defaults = [d for d in (*function.args.defaults, *function.args.kw_defaults) if d is not None]
    yield from _walk(scope, defaults)
    yield from _walk(scope, function.body)


def _walk(scope: Scope, nodes: list) -> Iterator[ast.AST]:
    pending = list(reversed(nodes))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt) and (not scope.ran(node) and not isinstance(node, ast.FunctionDef)):
            continue
        if _refuses(node) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        yield node
        children = [c for c in ast.iter_child_nodes(node) if not isinstance(c, (ast.arguments, ast.expr_context))]
        if isinstance(node, ast.AnnAssign):
            children.remove(node.annotation)
        pending += reversed(children)


def _refuses(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return isinstance(node.body[-1], ast.Raise) and not node.orelse
    return isinstance(node, (ast.Raise, ast.Assert))
