"""An axis, a set of axes, an order of axes, the letters of an einsum."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope

#: Functions and methods that reduce along axes; the axis may be the argument behind the array.
REDUCTIONS = frozenset(
    (
        *("sum", "mean", "max", "min", "var", "std", "prod", "argmax", "argmin", "any", "all", "cumsum", "flip"),
        *("concatenate", "stack", "expand_dims", "squeeze", "roll", "repeat", "take", "moveaxis", "swapaxes", "amax"),
        *("amin", "softmax"),
    )
)

AXES = ("0", "1", "2", "3", "-1", "-2", "None")

#: Every set of two or three of the four axes of images.
AXIS_SETS = tuple(s for n in (2, 3, 4) for s in combinations((0, 1, 2, 3), n))


def change_axes(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other axes of a reduction, and other orders of axes."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given = [k.value for k in node.keywords if k.arg in ("axis", "axes", "dim")]
    if name in REDUCTIONS:
        method = not (isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "np")
        given += node.args if method and isinstance(node.func, ast.Attribute) else node.args[1:]
    reduced = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(reduced, ast.Name) and reduced.id == "np" and node.args:
        reduced = node.args[0]
    for axis in given:
        yield from _other_axes(scope, axis)
        if isinstance(reduced, ast.Name) and name in REDUCTIONS:
            whole = f"tuple(range({reduced.id}.ndim - 1))"  # all but the last
            yield (scope.put(axis, whole, closed=True),), Kind.AXIS, 1.8
    if name in REDUCTIONS:
        yield from _keepdims(scope, node, bool(given))
    if name in ("transpose", "permute"):
        yield from _other_orders(scope, node)
    if name == "einsum" and node.args and isinstance(node.args[0], ast.Constant):
        for subscripts, cost in _other_subscripts(str(node.args[0].value)):
            yield (Edit(*scope.source.span(node.args[0]), f'"{subscripts}"'),), Kind.AXIS, cost


def list_axes(scope: Scope, node: ast.AST) -> list[str]:
    """Return the names in scope that say which axes: dim, axis, axes."""
    names = [name for form in ("number", "tuple") for name, _ in scope.values_like(node, form)]
    return [name for name in names if name.rpartition(".")[2] in ("dim", "axis", "axes", "dims", "over", "shared")]


def _other_axes(scope: Scope, axis: ast.expr) -> Iterator[Draft]:
    text = scope.text(axis).replace(" ", "")
    yield from (
        ((scope.put(axis, name, closed=True),), Kind.AXIS, 1.4) for name in list_axes(scope, axis) if name != text
    )
    if isinstance(axis, (ast.Constant, ast.UnaryOp)):
        yield from (((scope.put(axis, a, closed=True),), Kind.AXIS, 1.1) for a in AXES if a != text)
    if isinstance(axis, ast.Tuple) or text in AXES:
        now = _read_axes(axis)
        for axes in AXIS_SETS:
            cost = 1.1 + 0.25 * len(now ^ set(axes))
            if set(axes) != now:
                yield (scope.put(axis, f"({', '.join(map(str, axes))})", closed=True),), Kind.AXIS, cost
    if isinstance(axis, ast.Tuple):
        yield from (((scope.put(axis, a, closed=True),), Kind.AXIS, 1.7) for a in AXES[:5])
        for k, item in enumerate(axis.elts):
            rest = [scope.text(e) for n, e in enumerate(axis.elts) if n != k]
            kept = f"({', '.join(rest)}{',' if len(rest) == 1 else ''})"
            yield (scope.put(axis, kept, closed=True),), Kind.AXIS, 1.5
            del item


def _read_axes(axis: ast.expr) -> set[int]:
    try:
        value = ast.literal_eval(axis)
    except ValueError:
        return set()
    values = value if isinstance(value, tuple) else (value,)
    return {v for v in values if isinstance(v, int)}


def _keepdims(scope: Scope, node: ast.Call, has_axis: bool) -> Iterator[Draft]:
    end = scope.source.span(node)[1] - 1
    if not any(k.arg == "keepdims" for k in node.keywords):
        comma = ", " if node.args or node.keywords else ""
        yield (Edit(end, end, f"{comma}keepdims=True"),), Kind.AXIS, 1.9
    if not has_axis:
        comma = ", " if node.args or node.keywords else ""
        for axis in (*AXES[:5], "(0, 2, 3)", "(2, 3)", "(0, 1)"):
            yield (Edit(end, end, f"{comma}axis={axis}"),), Kind.AXIS, 2.0


def _other_orders(scope: Scope, node: ast.Call) -> Iterator[Draft]:
    order = node.args[-1].elts if node.args and isinstance(node.args[-1], (ast.Tuple, ast.List)) else node.args
    texts = [scope.text(e) for e in order]
    if not 2 <= len(texts) <= 6:
        return
    start, end = scope.source.span(order[0])[0], scope.source.span(order[-1])[1]
    others = permutations(texts) if len(texts) <= 5 else _swaps(texts)
    for other in others:
        moved = sum(a != b for a, b in zip(texts, other, strict=True))
        if moved:
            yield (Edit(start, end, ", ".join(other)),), Kind.AXIS, 1.0 + 0.3 * moved


def _swaps(items: list[str]) -> Iterator[list[str]]:
    for a, b in combinations(range(len(items)), 2):
        other = list(items)
        other[a], other[b] = other[b], other[a]
        yield other


def _other_subscripts(subscripts: str) -> Iterator[tuple[str, float]]:
    """Yield einsum strings with two letters exchanged, one letter another, or one dropped."""
    left, arrow, right = subscripts.partition("->")
    terms = left.split(",")
    letters = sorted({c for c in subscripts if c.isalpha()})
    for k, term in enumerate([*terms, right]):
        changed = [(t, 1.3) for t in map("".join, _swaps(list(term)))]
        changed += [(term[:n] + c + term[n + 1 :], 1.7) for n in range(len(term)) for c in letters if c != term[n]]
        changed += [(term[:n] + term[n + 1 :], 2.2) for n in range(len(term))]
        changed += [(term[:n] + c + term[n:], 1.9) for n in range(len(term) + 1) for c in letters if c not in term]
        if k == len(terms) and len(term) <= 5:
            changed += [("".join(p), 1.6) for p in permutations(term)]
        for other, cost in changed:
            parts = [*terms, right]
            parts[k] = other
            text = ",".join(parts[:-1]) + (arrow or "") + parts[-1]
            if text != subscripts:
                yield text, cost
    for a, b in combinations(range(len(terms)), 2):
        parts = list(terms)
        parts[a], parts[b] = parts[b], parts[a]
        yield ",".join(parts) + arrow + right, 1.6
