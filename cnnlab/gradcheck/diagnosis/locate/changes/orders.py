"""An order: of arguments, of results, of what is unpacked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from cnnlab.gradcheck.diagnosis.locate.change import Kind
from cnnlab.gradcheck.diagnosis.locate.changes.names import exchange
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope


def change_order(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield exchanges of two arguments of a call, or of two places of a tuple or list."""
    if isinstance(node, ast.Call):
        arguments = [a for a in node.args if not isinstance(a, ast.Starred)]
        for a, b in list(combinations(arguments, 2))[:15]:
            if scope.text(a) != scope.text(b):
                yield exchange(scope, a, b), Kind.ORDER, 1.5
        for first, second in combinations(node.keywords, 2):
            if scope.text(first.value) != scope.text(second.value):
                yield exchange(scope, first.value, second.value), Kind.ORDER, 1.8
        arguments, keywords = node.args, node.keywords
        if len(arguments) == 1 and len(keywords) == 1 and scope.text(arguments[0]) != scope.text(keywords[0].value):
            yield exchange(scope, arguments[0], keywords[0].value), Kind.ORDER, 2.4
    elif isinstance(node, (ast.Tuple, ast.List)) and 1 < len(node.elts) <= 6:
        cost = 1.2 if isinstance(scope.statement(node), ast.Return) else 1.8 if isinstance(node.ctx, ast.Store) else 1.5
        for a, b in combinations(node.elts, 2):
            if scope.text(a) != scope.text(b) and not isinstance(a, ast.Starred) and not isinstance(b, ast.Starred):
                yield exchange(scope, a, b), Kind.ORDER, cost
