"""A copy that is missing: of what is returned, of what is changed in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.operators import SYMBOLS
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope
from cnnlab.gradcheck.diagnosis.locate.changes.terms import is_result


def change_copy(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a new array where memory that belongs to another was returned or changed."""
    source = scope.source
    if isinstance(node, ast.expr) and is_result(scope, node):
        start, end = scope.whole_span(node)
        text = source.text[start:end]
        closed = text if start != source.span(node)[0] else scope.closed_text(node)
        if isinstance(node, (ast.Name, ast.Subscript, ast.Call, ast.Attribute)):
            yield (Edit(start, end, f"{closed}.copy()"),), Kind.COPY, 1.6
        yield from (
            ((Edit(start, end, f"{closed}.astype({name}.dtype)"),), Kind.COPY, 2.6) for name in _arrays(scope, node)
        )
        yield (Edit(start, end, f"np.array({text})"),), Kind.COPY, 2.8
    match node:
        case ast.AugAssign(ast.Name(name), op, value) if type(op) in SYMBOLS:
            text = source.text[slice(*scope.whole_span(value))]
            yield (Edit(*source.span(node), f"{name} = {name} {SYMBOLS[type(op)]} {text}"),), Kind.COPY, 1.3
        case ast.Assign([ast.Subscript(ast.Name(name))], _):
            place = source.span(node)[0]
            column = place - source.text.rfind("\n", 0, place) - 1
            yield (Edit(place, place, f"{name} = {name}.copy()\n{column * ' '}"),), Kind.COPY, 2.0
        case ast.AugAssign(ast.Subscript(ast.Name(name)), _, _):
            place = source.span(node)[0]
            column = place - source.text.rfind("\n", 0, place) - 1
            yield (Edit(place, place, f"{name} = {name}.copy()\n{column * ' '}"),), Kind.COPY, 2.2
        case ast.Call(ast.Attribute(ast.Name("np"), "asarray"), _):
            end = source.span(node.func)[1]
            yield (Edit(end - len("asarray"), end, "array"),), Kind.COPY, 1.4
        case ast.Call(keywords=keywords):
            for keyword in keywords:
                if keyword.arg == "out":
                    start = source.span(keyword)[0]
                    before = source.text[:start].rstrip()
                    if before.endswith(","):
                        yield (Edit(len(before) - 1, source.span(keyword)[1], ""),), Kind.COPY, 1.3
                if keyword.arg == "dtype":
                    for text in ("np.float64", "float", *(f"{n}.dtype" for n in _arrays(scope, node))):
                        yield (scope.put(keyword.value, text, closed=True),), Kind.COPY, 1.9
        case ast.Attribute(ast.Name("np"), "float32" | "float16" | "int32" | "int64" | "float128" | "longdouble"):
            yield (scope.put(node, "np.float64", closed=True),), Kind.COPY, 1.5
            for name in _arrays(scope, node):
                yield (scope.put(node, f"{name}.dtype", closed=True),), Kind.COPY, 1.6
        case ast.Name("int"):
            yield (scope.put(node, "float", closed=True),), Kind.COPY, 1.9


def add_dtype(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield arrays that are made with the dtype of another one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        made = node.func.attr in ("zeros", "ones", "empty", "full", "arange", "array", "asarray", "eye")
        if made and not any(k.arg == "dtype" for k in node.keywords):
            end = scope.source.span(node)[1] - 1
            yield (Edit(end, end, ", dtype=np.float64"),), Kind.COPY, 2.1
            for name in _arrays(scope, node):
                yield (Edit(end, end, f", dtype={name}.dtype"),), Kind.COPY, 2.2


def _arrays(scope: Scope, node: ast.AST) -> list[str]:
    return [name for name, _ in scope.values_like(node, "array")]
