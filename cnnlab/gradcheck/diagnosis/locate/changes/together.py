"""The same change at every like place of a statement: each axis=1 another axis, each sum a mean."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.axes import AXES, AXIS_SETS, list_axes
from cnnlab.gradcheck.diagnosis.locate.changes.calls import NEIGHBOURS
from cnnlab.gradcheck.diagnosis.locate.changes.names import SIMPLE
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope


def change_like_places(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other axes and similar functions for all calls of a statement that have the same."""
    if not isinstance(node, SIMPLE):
        return
    axes: dict[str, list[ast.expr]] = defaultdict(list)
    names: dict[str, list[ast.Attribute]] = defaultdict(list)
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            names[call.func.attr].append(call.func)
            for keyword in call.keywords:
                if keyword.arg == "axis":
                    axes[scope.text(keyword.value)].append(keyword.value)
    for text, places in axes.items():
        if len(places) > 1:
            others = [*AXES, *(f"({', '.join(map(str, axes))})" for axes in AXIS_SETS), *list_axes(scope, node)]
            for other in others:
                if other != text:
                    yield tuple(scope.put(p, other, closed=True) for p in places), Kind.AXIS, 1.7
    for name, called in names.items():
        if len(called) > 1:
            ends = [scope.source.span(c)[1] for c in called]
            for other in NEIGHBOURS.get(name, ()):
                yield tuple(Edit(end - len(name), end, other) for end in ends), Kind.CALL, 1.9
