"""A bound by one, the direction of a loop, what a loop runs over."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope


def change_bound(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other ranges, and a loop run backwards."""
    if isinstance(node, (ast.For, ast.comprehension)):
        text = scope.text(node.iter)
        called = getattr(getattr(node.iter, "func", None), "id", "")
        if called == "reversed" and isinstance(node.iter, ast.Call) and node.iter.args:
            yield (scope.put(node.iter, scope.text(node.iter.args[0])),), Kind.BOUND, 1.3
        elif called not in ("zip", "enumerate"):
            yield (scope.put(node.iter, f"reversed({text})", closed=True),), Kind.BOUND, 1.9
        else:
            yield (scope.put(node.iter, f"reversed(list({text}))", closed=True),), Kind.BOUND, 2.4
        for name, _ in scope.values_like(node, "other"):
            if name != text and "." not in name:
                yield (scope.put(node.iter, name, closed=True),), Kind.BOUND, 2.2
                yield (scope.put(node.iter, f"reversed({name})", closed=True),), Kind.BOUND, 2.3
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("range", "arange")):
        return
    words = [scope.text(a) for a in node.args]
    numbers = [name for name, _ in scope.values_like(node, "number")]
    others: list[tuple[list[str], float]] = []
    if len(words) == 1:
        stop = words[0]
        others = [([f"{stop} + 1"], 1.5), ([f"{stop} - 1"], 1.5), (["1", stop], 1.7), (["1", f"{stop} + 1"], 1.9)]
        others += [([f"{stop} - 1", "-1", "-1"], 2.3)]
        others += [(["0", stop, name], 2.4) for name in numbers]
    elif words:
        start, stop, *step = words
        others = [([start, f"{stop} + 1", *step], 1.5), ([start, f"{stop} - 1", *step], 1.5)]
        others += [
            ([f"{start} + 1", stop, *step], 1.8),
            ([f"{start} - 1", stop, *step], 1.8),
            (["0", stop, *step], 1.8),
        ]
        others += [([stop], 1.9)] if not step else [([start, stop], 1.8)]
        others += [([start, stop, name], 2.4) for name in numbers if not step]
    for other, cost in others:
        yield (scope.put(node, f"range({', '.join(other)})", closed=True),), Kind.BOUND, cost
