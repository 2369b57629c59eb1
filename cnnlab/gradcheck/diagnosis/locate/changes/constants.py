"""Another constant: a number, a truth value, a word, a default of a parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope

#: Numbers that are common in formulas, and are tried in place of any other.
COMMON = (0, 1, 2, -1, 3, 4, 0.5)

#: Pairs of words that are taken for each other.
WORDS = {"mean": ("sum", "none"), "sum": ("mean", "none"), "constant": ("edge", "reflect"), "C": ("F",), "F": ("C",)}
WORDS |= {"edge": ("constant",), "reflect": ("constant",), "wrap": ("constant",), "none": ("mean", "sum")}
WORDS |= {"valid": ("full", "same"), "full": ("valid", "same"), "same": ("full", "valid")}

#: Roots and coefficients of known functions, told by their first digits: one digit wrong is mended by the whole.
KNOWN = (0.7978845608028654, 0.044715, 0.134145, 3.141592653589793, 0.01, 0.9, 0.99, 0.999, 1e-8, 1e-5)


#: What it adds to a constant's cost that the operation would do nothing.
NEUTRAL_COST = 1.2


#: What it adds that the constant is a parameter's default, which was most likely handed out.
DEFAULT_COST = 1.2


def change_constant(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield other values of a constant, and names that may have been meant by a number."""
    if not isinstance(node, ast.Constant) or isinstance(scope.source.parents.get(node), (ast.JoinedStr, ast.Expr)):
        return
    value = node.value
    if isinstance(value, bool):
        yield (scope.put(node, str(not value), closed=True),), Kind.CONSTANT, 1.3
    elif isinstance(value, (int, float)):
        yield from _other_numbers(scope, node, value)
    elif isinstance(value, str) and value in WORDS:
        for other in WORDS[value]:
            yield (Edit(*scope.source.span(node), f'"{other}"'),), Kind.CONSTANT, 1.7
    elif value is None:
        for other in ("0", "1", "True"):
            yield (scope.put(node, other, closed=True),), Kind.CONSTANT, 3.0


def _other_numbers(scope: Scope, node: ast.Constant, value: int | float) -> Iterator[Draft]:
    others: dict[int | float, float] = {}
    if isinstance(value, int):
        others |= {value + 1: 1.4, value - 1: 1.4, 2 * value: 2.4}
    else:
        others |= {value / 2: 2.4, 2 * value: 2.4, value / 10: 2.4, value * 10: 2.4, value + 1: 2.6, value - 1: 2.6}
        others |= {1 - value: 2.4}
        others |= dict.fromkeys(KNOWN, 2.6)
    others |= {other: others.get(other, 1.9) for other in COMMON}
    for other, cost in others.items():
        if other != value:
            cost += NEUTRAL_COST * _is_neutral(scope, node, other)
            cost += DEFAULT_COST * isinstance(scope.source.parents.get(node), ast.arguments)
            text = repr(float(f"{other:.12g}")) if isinstance(value, float) else repr(other)
            yield (scope.put(node, text, closed=other >= 0),), Kind.CONSTANT, cost
    if not _is_axis_or_size(scope, node):
        for name, _ in scope.values_like(node, "number"):
            yield (scope.put(node, name, closed=True),), Kind.NAME, 1.9
    for name, _ in scope.values_like(node, "number") if isinstance(value, float) else ():
        yield (scope.put(node, f"1 - {name}"),), Kind.NAME, 2.8


def _is_neutral(scope: Scope, node: ast.Constant, value: float) -> bool:
    """Return whether an operation with this constant would change nothing; to drop it says so more plainly."""
    match scope.source.parents.get(node):
        case ast.BinOp(_, ast.Add() | ast.Sub(), right):
            return value == 0 and node is right
        case ast.BinOp(_, ast.Div() | ast.Pow() | ast.FloorDiv(), right):
            return value == 1 and node is right
        case ast.BinOp(_, ast.Mult(), _):
            return value == 1
        case _:
            return False


def _is_axis_or_size(scope: Scope, node: ast.AST) -> bool:
    parent = scope.source.parents.get(node)
    return isinstance(parent, ast.keyword) and parent.arg in ("axis", "dtype")
