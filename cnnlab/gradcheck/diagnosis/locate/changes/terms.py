"""A factor or a term too many, or one that is missing and can be made of what is in scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.axes import list_axes
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope

#: Powers and constants that are forgotten, written around an expression {0}.
AROUND: dict[str, float] = {
    "2 * {0}": 2.6,
    "{0} / 2": 2.8,
    "1 - {0}": 2.8,
    "{0} + 1": 3.2,
    "{0} - 1": 3.2,
    "{0} ** 2": 2.7,
    "1 / {0}": 3.2,
}


def drop_term(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield an operation without its right or without its left operand, and a result that is one of its own names."""
    if isinstance(node, ast.expr) and is_result(scope, node) and not isinstance(node, ast.Name):
        inner = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & scope.names(node).keys()
        fields = (n for n in ast.walk(node) if isinstance(n, ast.Attribute) and scope.seen_value(n))
        inner |= {scope.text(n) for n in fields}
        yield from (((scope.put(node, name, closed=True),), Kind.TERM, 1.9) for name in sorted(inner))
    if isinstance(node, ast.BinOp):
        (start, end), text = scope.source.span(node), scope.source.text
        left, right = scope.whole_span(node.left), scope.whole_span(node.right)
        yield (Edit(left[1], end, ""),), Kind.TERM, 1.4
        edit = Edit(start, right[0], "")
        if isinstance(node.op, ast.Sub):
            yield (Edit(start, right[0], "-"),), Kind.TERM, 1.9
        if not isinstance(node.op, ast.Div) or text[slice(*right)] != "1":
            yield (edit,), Kind.TERM, 1.5


def add_term(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield an expression multiplied with, divided by or added to what is in scope."""
    if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return
    root = is_result(scope, node)
    if not (root or _is_operand(scope, node)):
        return
    if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)):
        return
    start, end = scope.whole_span(node)
    text = scope.source.text[start:end]
    closed = (
        text
        if isinstance(node, CLOSED_FACTORS) or (text.startswith("(") and start != scope.source.span(node)[0])
        else f"({text})"
    )
    parent = scope.source.parents.get(node)
    inside = isinstance(parent, (ast.BinOp, ast.UnaryOp))
    extra = 0.0 if root or is_index(scope, node) else 0.5
    for name, cost in list_factors(scope, node, root):
        if name == text:
            continue
        yield (
            (Edit(end, end, f" * {name}") if _is_product(node) else Edit(start, end, f"{closed} * {name}"),),
            Kind.TERM,
            cost + extra,
        )
        divided = f"{closed} / {name}"
        yield (
            (Edit(start, end, divided) if not _is_product(node) else Edit(end, end, f" / {name}"),),
            Kind.TERM,
            cost + extra + 0.1,
        )
        if not inside or (isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub))):
            yield (Edit(end, end, f" + {name}"),), Kind.TERM, cost + extra + 0.2
            yield (Edit(end, end, f" - {name}"),), Kind.TERM, cost + extra + 0.2
        elif inside:
            yield (Edit(start, end, f"({text} + {name})"),), Kind.TERM, cost + extra + 0.5
            yield (Edit(start, end, f"({text} - {name})"),), Kind.TERM, cost + extra + 0.5
    extra -= 0.4 * (extra > 0 and isinstance(node, ast.Name))
    for pattern, cost in AROUND.items():
        changed = pattern.format(closed)
        yield (Edit(start, end, f"({changed})" if inside else changed),), Kind.TERM, cost + extra


CLOSED_FACTORS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript)


def list_factors(scope: Scope, node: ast.AST, root: bool) -> Iterator[tuple[str, float]]:
    """Yield what is in scope and may be a factor or a term, with the cost of adding it."""
    for name, _ in scope.values_like(node, "array"):
        yield name, 2.2
        if root:
            yield f"(1 - {name})", 3.0
            yield f"{name}.shape[0]", 2.6
            yield f"{name}.size", 2.8
            yield f"{name}.shape[1]", 3.2
            yield f"({name} > 0)", 3.0
            yield f"np.sign({name})", 3.2
            yield f"(1 - {name} ** 2)", 3.2
            yield f"({name} * (1 - {name}))", 3.2
            yield f"{name}.sum()", 3.4
            yield f"np.sqrt({name})", 3.3
    for name, _ in scope.values_like(node, "array") if root else ():
        for axes in list_axes(scope, node):
            yield f"{name}.mean(axis={axes}, keepdims=True)", 2.9
            yield f"{name}.sum(axis={axes}, keepdims=True)", 3.0
    for text in list_factors_elsewhere(scope):
        yield text, 2.8 if root else 2.1
    for name, _ in scope.values_like(node, "number"):
        yield name, 2.3
        if root:
            yield f"(1 - {name})", 2.7


def list_factors_elsewhere(scope: Scope) -> list[str]:
    """Return the fields and items that are factors somewhere in the function, each index also 0 and 1."""
    if scope.factors is None:
        found: dict[str, None] = {}
        for node in ast.walk(scope.source.function):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
                for factor in (node.left, node.right):
                    text = scope.text(factor)
                    if isinstance(factor, ast.Attribute):
                        found[text] = None
                    elif isinstance(factor, ast.Subscript) and isinstance(factor.slice, ast.Constant):
                        holder = scope.text(factor.value)
                        found |= dict.fromkeys([text, f"{holder}[0]", f"{holder}[1]"])
        scope.factors = list(found)[:MOST_FACTORS]
    return scope.factors


#: Of the factors that a function has elsewhere, so many are tried.
MOST_FACTORS = 12


def is_result(scope: Scope, node: ast.AST) -> bool:
    """Return whether an expression is all of what is assigned or returned, or one place of it."""
    parent = scope.source.parents.get(node)
    if isinstance(parent, (ast.Assign, ast.AugAssign, ast.Return)):
        return node is parent.value and not isinstance(node, ast.Tuple)
    if isinstance(parent, ast.Lambda):
        return node is parent.body and not isinstance(node, ast.Tuple)
    if isinstance(parent, ast.Tuple):
        return isinstance(scope.source.parents.get(parent), (ast.Return, ast.Assign, ast.Lambda))
    if isinstance(parent, ast.IfExp):  # one of the two values of a result
        return node is not parent.test and is_result(scope, parent)
    return False


def is_index(scope: Scope, node: ast.AST) -> bool:
    """Return whether an expression is part of an index or of a slice."""
    parent = scope.source.parents.get(node)
    while isinstance(parent, (ast.BinOp, ast.Tuple, ast.Slice)):
        if isinstance(parent, ast.Slice):
            return True
        node, parent = parent, scope.source.parents.get(parent)
    called = getattr(getattr(parent, "func", None), "id", "")
    return (isinstance(parent, ast.Subscript) and node is parent.slice) or called == "slice"


def _is_operand(scope: Scope, node: ast.AST) -> bool:
    parent = scope.source.parents.get(node)
    if isinstance(parent, ast.Call):
        return node in parent.args
    if isinstance(parent, ast.Attribute):
        return isinstance(node, ast.BinOp)
    if isinstance(parent, ast.Tuple):  # an index among several
        return isinstance(scope.source.parents.get(parent), ast.Subscript) and not isinstance(node, ast.Slice)
    if isinstance(parent, ast.Subscript):
        return node is parent.slice and not isinstance(node, (ast.Slice, ast.Tuple))
    return isinstance(parent, (ast.BinOp, ast.Slice, ast.Compare, ast.IfExp, ast.UnaryOp))


def _is_product(node: ast.AST) -> bool:
    """Return whether a factor may be written behind an expression as it stands."""
    return isinstance(node, (ast.BinOp,)) and isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult))
