"""The same change in two places at once: rows and columns, heights and widths, two statements alike but for names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from cnnlab.gradcheck.diagnosis.locate.change import Change, Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.names import exchange
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Scope

#: How much less likely it is to make a mistake twice than once.
TWICE = 0.4

#: Names as they are found in the text of a change.
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def find_twins(scope: Scope) -> list[tuple[ast.AST, ast.AST, dict[str, str]]]:
    """Return pairs of neighbours of one form, with the names that take each other's place in them."""
    names = _paired_names(scope.source.function)
    found = []
    for node in ast.walk(scope.source.function):
        for group in _neighbours(node):
            for a, b in pairwise(group):
                renamed = _match(a, b, dict(names))
                if renamed is not None and type(a) is type(b) and hasattr(a, "lineno") and _size(a) > 1:
                    found.append((a, b, renamed))
    return found


def double_changes(scope: Scope, changes: list[Change]) -> Iterator[Change]:
    """Yield every change within one of two twins together with the same change in the other."""
    twins = find_twins(scope)
    spans = [
        (scope.source.span(a), scope.source.span(b), _align_places(scope, a, b), renamed) for a, b, renamed in twins
    ]
    for change in changes:
        for (a_start, a_end), (b_start, b_end), places, renamed in spans:
            if all(a_start <= e.start and e.end <= a_end for e in change.edits):
                other = [_translate(e, places, renamed) for e in change.edits]
                if all(e is not None and b_start <= e.start and e.end <= b_end for e in other):
                    edits = (*change.edits, *(e for e in other if e is not None))
                    yield Change(change.unit, edits, change.kind, change.cost + TWICE)


def exchange_twins(scope: Scope, unit: int) -> Iterator[Change]:
    """Yield every pair of twins with their texts exchanged: two loops whose ranges were taken for each other."""
    for a, b, _ in find_twins(scope):
        if isinstance(a, ast.expr) and scope.text(a) != scope.text(b):
            yield Change(unit, exchange(scope, a, b), Kind.ORDER, EXCHANGED)


#: How unlikely it is that two twins were taken for each other.
EXCHANGED = 1.8


def _neighbours(node: ast.AST) -> Iterator[list[Any]]:
    for value in vars(node).values():
        if isinstance(value, list) and len(value) > 1 and all(isinstance(v, ast.AST) for v in value):
            yield value
    if isinstance(node, ast.For) and len(node.body) == 1 and isinstance(node.body[0], ast.For):
        yield [node.iter, node.body[0].iter]
    if isinstance(node, ast.BinOp):
        yield [node.left, node.right]


def _paired_names(function: ast.AST) -> dict[str, str]:
    """Return names that are unpacked side by side, each with the next: ph, pw = padding."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store):
            names = [e.id for e in node.elts if isinstance(e, ast.Name)]
            if len(names) == len(node.elts) and len(names) in (2, 4):
                found.setdefault(names[-2], names[-1])
    return found


def _match(a: Any, b: Any, renamed: dict[str, str]) -> dict[str, str] | None:
    """Return the names of the first tree with those of the second, or None where their forms differ."""
    if isinstance(a, ast.operator) and isinstance(b, ast.operator):
        return renamed  # up and down: x + v and x - v
    if type(a) is not type(b):
        return None
    if isinstance(a, ast.Name):
        if renamed.setdefault(a.id, b.id) != b.id and a.id != b.id:
            renamed[a.id] = b.id
        return renamed
    if isinstance(a, ast.Constant):
        return renamed
    if isinstance(a, ast.AST):
        fields = [(getattr(a, f, None), getattr(b, f, None)) for f in a._fields]
    elif isinstance(a, list):
        if len(a) != len(b):
            return None
        fields = list(zip(a, b, strict=True))
    else:
        return renamed if a == b or isinstance(a, str) else None
    for x, y in fields:
        if _match(x, y, renamed) is None:
            return None
    return renamed


def _size(node: ast.AST) -> int:
    return sum(1 for _ in ast.walk(node))


def _align_places(scope: Scope, a: ast.AST, b: ast.AST) -> dict[int, int]:
    """Return where each beginning and end of a node of the first tree is in the second."""
    places: dict[int, int] = {}
    for x, y in zip(ast.walk(a), ast.walk(b), strict=False):
        if type(x) is type(y) and hasattr(x, "lineno"):
            (x_start, x_end), (y_start, y_end) = scope.source.span(x), scope.source.span(y)
            places.setdefault(x_start, y_start)
            places.setdefault(x_end, y_end)
    return places


def _translate(edit: Edit, places: dict[int, int], renamed: dict[str, str]) -> Edit | None:
    """Return the same edit in the other tree; one between two nodes is as far behind the node before it."""
    start, end = _find_place(edit.start, places), _find_place(edit.end, places)
    if start is None or end is None or end < start:
        return None
    return Edit(start, end, WORD.sub(lambda word: renamed.get(word[0], word[0]), edit.text))


def _find_place(place: int, places: dict[int, int]) -> int | None:
    before = [p for p in places if p <= place]
    nearest = max(before, default=None)
    return None if nearest is None or place - nearest > 4 else places[nearest] + place - nearest
