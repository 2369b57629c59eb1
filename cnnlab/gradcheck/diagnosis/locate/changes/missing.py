"""What is missing: None for an option that is not given, options handed on, a fresh default, a seed, a guard."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope
from cnnlab.gradcheck.diagnosis.locate.changes.statements import has_own_lines, is_docstring, line_span
from cnnlab.gradcheck.diagnosis.locate.changes.terms import is_result

#: What a dict of options is called that a call hands on.
OPTIONS = ("options", "kwargs", "opts", "kw")

#: What makes random numbers, and is the same at every call only with a seed.
SEEDED = ("default_rng", "RandomState", "Random", "seed")


def add_none(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield None for a result, where something that it goes with is None."""
    if isinstance(node, ast.expr) and is_result(scope, node) and not isinstance(node, (ast.IfExp, ast.Constant)):
        for name, _ in scope.values_like(node, "none"):
            yield (scope.put(node, f"None if {name} is None else {scope.text(node)}"),), Kind.TERM, 2.0


def hand_on_options(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a call with the options that the function got."""
    if isinstance(node, ast.Call) and all(k.arg for k in node.keywords):
        end = scope.source.span(node)[1] - 1
        for name in scope.names(node).keys() & set(OPTIONS):
            text = f"**{name}" if not (node.args or node.keywords) else f", **{name}"
            yield (Edit(end, end, text),), Kind.CALL, 2.0


def add_seed(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a generator of random numbers with a seed."""
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in SEEDED:
            end = scope.source.span(node)[1] - 1
            yield (Edit(end, end, "0"),), Kind.CALL, 1.0


def make_default_anew(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a list or dict that is a default, made anew at every call."""
    given = scope.source.parents.get(node)
    if not isinstance(given, ast.arguments) or not isinstance(node, (ast.List, ast.Dict, ast.Set)):
        return
    places = [*given.posonlyargs, *given.args]
    named = dict(zip(given.defaults[::-1], places[::-1], strict=False))
    named |= {d: a for d, a in zip(given.kw_defaults, given.kwonlyargs, strict=True) if d is not None}
    body = scope.source.function.body
    first = body[1] if is_docstring(body[0]) and len(body) > 1 else body[0]
    if not has_own_lines(scope, first):
        return
    start, _, lines = line_span(scope, first)
    name, margin = named[node].arg, " " * (len(lines) - len(lines.lstrip(" ")))
    fresh = f"{margin}{name} = {scope.text(node)} if {name} is None else {name}\n"
    yield (scope.put(node, "None", closed=True), Edit(start, start, fresh)), Kind.COPY, 1.6


def add_guard(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a loop that passes over what is below 0 or None: marks that stand for "there is none"."""
    if not isinstance(node, ast.For) or not has_own_lines(scope, node.body[0]):
        return
    targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
    names = [t.id for t in targets if isinstance(t, ast.Name)]
    place = ", ".join(names)
    arrays = [array for array, s in scope.values_like(node, "array") if len(s.shape) == len(names)]
    yield from _put_guards(scope, node.body[0], [f"{array}[{place}] < 0" for array in arrays], 2.5)
    yield from _put_guards(scope, node.body[0], [f"{name} < 0" for name in names], 2.9)
    for before, after in zip(node.body, node.body[1:], strict=False):
        if isinstance(before, ast.Assign) and has_own_lines(scope, after):
            made = {n.id for t in before.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            known = scope.names(after)
            numbers = [f"{n} < 0" for n in made if n in known and known[n].form == "number"]
            others = [f"{n} is None" for n in made if n in known and known[n].form != "number"]
            yield from _put_guards(scope, after, numbers + others, 2.6)


def _put_guards(scope: Scope, statement: ast.stmt, conditions: list[str], cost: float) -> Iterator[Draft]:
    start, _, lines = line_span(scope, statement)
    margin = " " * (len(lines) - len(lines.lstrip(" ")))
    for condition in conditions:
        guard = f"{margin}if {condition}:\n{margin}    continue\n"
        yield (Edit(start, start, guard),), Kind.STATEMENT, cost
