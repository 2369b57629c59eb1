"""An index, or the parts of a slice, alone and together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.names import exchange
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope


def change_index(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other indices of a subscript: shifted by one, turned round, exchanged, dropped."""
    if not isinstance(node, ast.Subscript):
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.Slice):
            continue
        if isinstance(part, (ast.Name, ast.BinOp, ast.Attribute)):
            text = scope.text(part)
            yield (scope.put(part, f"{text} + 1"),), Kind.INDEX, 2.0
            yield (scope.put(part, f"{text} - 1"),), Kind.INDEX, 2.0
            yield (scope.put(part, f"-1 - {scope.closed_text(part)}"),), Kind.INDEX, 2.4
        if isinstance(part, ast.Constant) and isinstance(part.value, int):
            yield (scope.put(part, ":", closed=True),), Kind.INDEX, 2.6
    yield from _pair_with_rows(scope, node, parts)
    for a, b in combinations(parts, 2):
        if scope.text(a) != scope.text(b):
            yield exchange(scope, a, b), Kind.INDEX, 1.7
    if isinstance(node.ctx, ast.Load):
        yield (Edit(scope.whole_span(node.value)[1], scope.source.span(node)[1], ""),), Kind.INDEX, 2.0
    turned = [p for p in parts if isinstance(p, (ast.Name, ast.BinOp))]
    if len(turned) == 2:
        edits = tuple(scope.put(p, f"-1 - {scope.closed_text(p)}") for p in turned)
        yield edits, Kind.INDEX, 2.2


def _pair_with_rows(scope: Scope, node: ast.Subscript, parts: list) -> Iterator[Draft]:
    """Yield one entry of each row, a[arange(n), index], for whole columns, a[:, index]."""
    if not (isinstance(node.value, ast.Name) and len(parts) == 2 and isinstance(parts[0], ast.Slice)):
        return
    whole, index = parts
    seen = scope.seen_value(index)
    may_be_array = isinstance(index, ast.Call) or (seen is not None and seen.form == "array")
    if scope.text(whole) == ":" and may_be_array:
        yield (scope.put(whole, f"np.arange(len({node.value.id}))", closed=True),), Kind.INDEX, 1.7


def change_slice(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other bounds and steps of a slice, written `a:b:s` or `slice(a, b, s)`."""
    if isinstance(node, ast.Slice):
        start, end = scope.source.span(node) if hasattr(node, "lineno") else (0, 0)
        for parts, cost in _other_bounds(scope, node, node.lower, node.upper, node.step):
            yield (Edit(start, end, _write_slice(parts)),), Kind.SLICE, cost
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "slice":
        lower, upper, step = (*node.args, None, None)[:3] if len(node.args) > 1 else (None, *node.args, None)
        for parts, cost in _other_bounds(scope, node, lower, upper, step):
            yield (scope.put(node, f"slice({', '.join(p or 'None' for p in parts)})", closed=True),), Kind.SLICE, cost


def _write_slice(parts: tuple[str, str, str]) -> str:
    lower, upper, step = parts
    simple = all(p.isalnum() for p in (lower, upper) if p)
    text = f"{lower}:{upper}" if simple else f"{lower} : {upper}".strip()
    return f"{text}:{step}" if step and simple else f"{text} : {step}" if step else text


Bounds = tuple[tuple[str, str, str], float]


def _other_bounds(scope: Scope, node: ast.AST, lower, upper, step) -> Iterator[Bounds]:
    low, high, by = (scope.text(part) if part else "" for part in (lower, upper, step))
    numbers = [name for name, _ in scope.values_like(node, "number")]
    if low:
        yield ("", high, by), 1.7
        yield (f"{low} + 1", high, by), 2.0
        yield (f"{low} - 1", high, by), 2.0
    if high:
        yield (low, "", by), 1.8
        yield (low, f"{high} + 1", by), 1.5
        yield (low, f"{high} - 1", by), 1.7
        if high.startswith("-"):  # up to -0 there is nothing
            yield (low, f"{high} or None", by), 1.7
        if low.startswith("-") is False and low and high:
            yield (low, f"{_operand(low)} + {high}", by), 1.6
    if by:
        yield (low, high, ""), 1.6
        if by == "-1":
            return
    for name in numbers:
        if low.isidentifier() and low != name:  # every occurrence of the lower bound times a step
            word = re.compile(rf"\b{low}\b")
            yield (f"{name} * {low}", word.sub(f"{name} * {low}", high), by), 1.7
            if high.startswith(f"{low} + ") and not by:
                yield (low, f"{low} + {name} * {_operand(high[len(low) + 3 :])}", name), 2.0
                yield (f"{name} * {low}", f"{name} * {high}", by), 2.2
        if not by:
            yield (low, high, name), 2.2
        elif by != name:
            yield (low, high, name), 1.9
        if high.startswith("-") and low:
            yield (low, f"{low} + {name}", by), 2.0
        if not low and high:
            yield (name, f"{name} + {high}", by), 1.8
            yield (name, high, by), 2.0
        if not low and not high:
            yield (name, "", by), 2.6
            yield ("", name, by), 2.6
            yield (name, f"-{name}", by), 2.6
        if low and low != name:
            yield (name, high, by), 2.0
            yield (f"{low} + {name}", high, by), 2.4
            if high:
                yield (f"{low} + {name}", f"{high} + {name}", by), 2.3
        if high and high != name:
            yield (low, name, by), 2.1
            yield (low, f"{high} + {name}", by), 2.3
            yield (low, f"{high} - {name}", by), 2.5
    if not (low or high or by):
        yield ("", "", "-1"), 2.1
        yield ("1", "", ""), 2.8
        yield ("", "-1", ""), 2.8


def _operand(text: str) -> str:
    return text if text.isidentifier() or text.isdigit() else f"({text})"
