"""`=` for `+=` and back, and np.add.at for either."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope


def change_assignment(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other ways to put a value where it goes: over what is there, onto it, or onto it for each index."""
    source = scope.source
    match node:
        case ast.Assign([ast.Subscript() as target], value):
            place = _find_sign(scope, target, value, "=")
            yield (Edit(*place, "+="),), Kind.ASSIGNMENT, 0.6
            yield (Edit(*place, "-="),), Kind.ASSIGNMENT, 1.6
            yield _add_at(scope, node, target, value), Kind.ASSIGNMENT, 1.4
        case ast.Assign([ast.Name(name) as target], value):
            place = _find_sign(scope, target, value, "=")
            if name in scope.names(node):
                yield (Edit(*place, "+="),), Kind.ASSIGNMENT, 1.2
                yield (Edit(*place, "-="),), Kind.ASSIGNMENT, 2.0
                yield (Edit(*place, "*="),), Kind.ASSIGNMENT, 2.2
                text = source.text[slice(*scope.whole_span(value))]
                yield (Edit(*source.span(node), f"{name} = {name} + {text}"),), Kind.ASSIGNMENT, 1.9
        case ast.AugAssign(target, _, value):
            start, end = source.span(target)[1], scope.whole_span(value)[0]
            counts = isinstance(value, ast.Constant)  # `+= 1` is hardly ever written for `= 1`
            yield (Edit(start, end, " = "),), Kind.ASSIGNMENT, 2.2 if counts else 1.3
            if isinstance(target, ast.Subscript) and isinstance(node.op, ast.Add):
                yield _add_at(scope, node, target, value), Kind.ASSIGNMENT, 1.1
        case ast.Expr(ast.Call(ast.Attribute(ast.Attribute(_, operation), "at"), [array, index, value])):
            sign = {"add": "+=", "subtract": "-=", "multiply": "*="}.get(operation, "+=")
            target = f"{scope.text(array)}[{_strip_parentheses(scope, index)}]"
            for symbol, cost in ((sign, 1.8), ("=", 1.8)):
                yield (Edit(*source.span(node), f"{target} {symbol} {scope.text(value)}"),), Kind.ASSIGNMENT, cost


def _add_at(scope: Scope, node: ast.AST, target: ast.Subscript, value: ast.expr) -> tuple[Edit, ...]:
    index = scope.text(target.slice)
    index = f"({index})" if isinstance(target.slice, ast.Tuple) and not index.startswith("(") else index
    if ":" in index:
        parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        words = [_slice_call(scope, p) if isinstance(p, ast.Slice) else scope.text(p) for p in parts]
        index = f"({', '.join(words)},)" if len(words) == 1 else f"({', '.join(words)})"
    text = f"np.add.at({scope.text(target.value)}, {index}, {scope.text(value)})"
    return (Edit(*scope.source.span(node), text),)


def _slice_call(scope: Scope, part: ast.Slice) -> str:
    words = [scope.text(p) if p else "None" for p in (part.lower, part.upper, part.step)]
    return f"slice({', '.join(words)})"


def _strip_parentheses(scope: Scope, node: ast.expr) -> str:
    text = scope.text(node)
    return text[1:-1] if isinstance(node, ast.Tuple) and text.startswith("(") else text


def _find_sign(scope: Scope, target: ast.AST, value: ast.expr, sign: str) -> tuple[int, int]:
    at = scope.source.text.index(sign, scope.source.span(target)[1])
    return at, at + len(sign)
