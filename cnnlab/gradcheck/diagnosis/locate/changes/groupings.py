"""Operations in another grouping: parentheses that are missing or too many, a term in or out of a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.operators import BINDING, SYMBOLS
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope


def change_grouping(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield an operation with its operands grouped in another way."""
    if not isinstance(node, ast.BinOp) or type(node.op) not in SYMBOLS:
        return
    symbol, source = SYMBOLS[type(node.op)], scope.source
    start, end = source.span(node)
    left, right = node.left, node.right
    if isinstance(left, ast.BinOp) and type(left.op) in SYMBOLS:  # (a . b) : c  ->  a . (b : c)
        inner = SYMBOLS[type(left.op)]
        a, b, c = (source.text[slice(*scope.whole_span(n))] for n in (left.left, left.right, right))
        if (inner, symbol) not in (("+", "+"), ("*", "*"), ("+", "-")):
            again = f"{b} {symbol} {c}"
            needs = BINDING[symbol] <= BINDING[inner]
            yield (Edit(start, end, f"{a} {inner} ({again})" if needs else f"{a} {inner} {again}"),), Kind.GROUPING, 1.7
    if isinstance(right, ast.BinOp) and type(right.op) in SYMBOLS:  # a . (b : c)  ->  (a . b) : c
        inner = SYMBOLS[type(right.op)]
        a, b, c = (source.text[slice(*scope.whole_span(n))] for n in (left, right.left, right.right))
        if (symbol, inner) not in (("+", "+"), ("*", "*"), ("+", "-")):
            text = f"{a} {symbol} {b}"
            needs = BINDING[inner] > BINDING[symbol]
            changed = f"({text}) {inner} {c}" if needs else f"{text} {inner} {c}"
            inside = isinstance(source.parents.get(node), ast.BinOp) and not scope.has_parentheses(node)
            yield (Edit(start, end, f"({changed})" if inside else changed),), Kind.GROUPING, 1.7
    for first in {source.span(left)[0], scope.whole_span(_outer_leaf(left, "right"))[0]}:
        for last in {end, scope.whole_span(_outer_leaf(right, "left"))[1]}:
            if (first, last) != (start, end):
                text = source.text[first:last]
                yield (Edit(first, last, f"({text})"),), Kind.GROUPING, 1.7
    for side, other, first in ((left, right, True), (right, left, False)):
        if isinstance(side, ast.Call) and len(side.args) == 1 and not side.keywords and symbol in "+-*/":
            called, argument = scope.text(side.func), scope.text(side.args[0])
            operand = source.text[slice(*scope.whole_span(other))]
            text = f"{argument} {symbol} {operand}" if first else f"{operand} {symbol} {argument}"
            yield (scope.put(node, f"{called}({text})", closed=True),), Kind.GROUPING, 2.0


def _outer_leaf(node: ast.expr, side: str) -> ast.expr:
    """Return the operand that stands at one side of a chain of operations."""
    while isinstance(node, ast.BinOp):
        node = getattr(node, side)
    return node


def take_out_of_call(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield f(a) + f(b) and f(a) + b for f(a + b)."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        inner = node.args[0]
        if isinstance(inner, ast.BinOp) and type(inner.op) in SYMBOLS:
            called, symbol = scope.text(node.func), SYMBOLS[type(inner.op)]
            a, b = (scope.source.text[slice(*scope.whole_span(n))] for n in (inner.left, inner.right))
            yield (scope.put(node, f"{called}({a}) {symbol} {b}"),), Kind.GROUPING, 1.9
            yield (scope.put(node, f"{called}({a}) {symbol} {called}({b})"),), Kind.GROUPING, 1.9
            yield (scope.put(node, f"{a} {symbol} {called}({b})"),), Kind.GROUPING, 2.2
