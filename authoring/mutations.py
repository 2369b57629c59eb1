"""Make single mistakes in a function's source: one operator, constant, argument or statement is changed or removed.

`mutations(function)` yields a changed copy of the function for each. It reads and writes syntax trees and runs nothing.
Code that refuses bad input is left alone: it does no arithmetic, and the tests of the solutions cover it.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

#: Operators, and what is typed in their place.
BINARY: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}

COMPARED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
}

#: Functions and methods, and their neighbours.
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "max": ("min",),
    "min": ("max",),
    "argmax": ("argmin",),
    "floor": ("ceil",),
    "ceil": ("floor",),
    "sum": ("mean", "max"),
    "mean": ("sum",),
    "exp": ("expm1", "log"),
    "log": ("exp", "log1p"),
    "sin": ("cos",),
    "cos": ("sin",),
    "sqrt": ("square", "abs"),
    "sign": ("abs",),
    "logaddexp": ("maximum",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "tanh": ("sin",),
    "var": ("std",),
}

#: Methods and functions of one array that may be forgotten.
FORGOTTEN = frozenset(
    {
        "copy",
        "swapaxes",
        "transpose",
        "reshape",
        "astype",
        "squeeze",
        "ravel",
        "ascontiguousarray",
        "sqrt",
        "abs",
        "sign",
    }
    | {"sum", "mean", "exp", "log"}
)


#: Functions whose first two arguments may change places.
COMMUTE = frozenset(["result_type", "swapaxes", "logaddexp", "maximum", "minimum", "max", "min"])

#: Keywords that only refuse bad input.
HARMLESS = frozenset({"strict"})


@dataclass(frozen=True)
class Mutation:
    """One mistake. line: its number in the file.   words: the code before and after the change."""

    line: int
    words: str
    function: ast.FunctionDef


def mutations(function: ast.FunctionDef) -> Iterator[Mutation]:
    """Return every single mistake in a function; the given tree stays as it is."""
    whole = ast.unparse(function)
    seen = {whole}
    siblings = _siblings(function)
    for place, node in enumerate(_arithmetic(function)):
        for changed in (*_expression(node, siblings), *_statement(node)):
            mutant = copy.deepcopy(function)
            target = list(_arithmetic(mutant))[place]
            _Replace(target, changed).visit(mutant)
            text = ast.unparse(ast.fix_missing_locations(mutant))
            if text not in seen:
                seen.add(text)
                words = f"{ast.unparse(node)}  ->  {ast.unparse(ast.fix_missing_locations(changed))}"
                yield Mutation(getattr(node, "lineno", 0), " ".join(words.split()), mutant)


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _arithmetic(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Return the nodes that compute: no docstring, no annotation, no default, nothing that refuses bad input."""
    pending: list[ast.AST] = list(reversed(function.body))
    while pending:
        node = pending.pop()
        if _refuses(node) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        yield node
        children = [c for c in ast.iter_child_nodes(node) if not isinstance(c, (ast.arguments, ast.expr_context))]
        if isinstance(node, ast.AnnAssign):
            children.remove(node.annotation)
        if isinstance(node, ast.keyword) and node.arg in HARMLESS:
            children = []
        pending += reversed(children)


#: The checks of arguments.py and of the losses, which return what they are given or raise.
CHECKS = frozenset(["upstream", "same_shape", "float_array", "float_values", "float_array_from", "image_array"])


def _refuses(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return isinstance(node.body[-1], ast.Raise) and not node.orelse
    call = node.value if isinstance(node, ast.Expr) else None
    name = call.func if isinstance(call, ast.Call) else None
    return isinstance(node, ast.Raise) or (isinstance(name, ast.Name) and name.id in CHECKS)


def _siblings(function: ast.FunctionDef) -> dict[str, str]:
    """Return names that are unpacked side by side, such as ph, pw: each with the next."""
    found: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store):
            names = [e.id for e in node.elts if isinstance(e, ast.Name)]
            if len(names) > 1:
                found |= dict(zip(names, names[1:] + names[:1], strict=True))
    return found


def _expression(node: ast.AST, siblings: dict[str, str]) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left, op, right):
            yield from (ast.BinOp(left, other(), right) for other in BINARY.get(type(op), ()))
            yield from (left, right)
            if isinstance(op, (ast.Sub, ast.Div, ast.FloorDiv, ast.MatMult, ast.Pow)):
                yield ast.BinOp(right, op, left)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Compare(left, [op], [right]):
            yield from (ast.Compare(left, [other()], [right]) for other in COMPARED.get(type(op), ()))
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            yield from values
        case ast.IfExp(test, body, orelse):
            yield from (body, orelse, ast.IfExp(test, orelse, body))
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield from (ast.Constant(v) for v in dict.fromkeys((value + 1, value - 1, 0, 2 * value)) if v != value)
        case ast.Name(name, ast.Load()) if name in siblings:
            yield ast.Name(siblings[name], ast.Load())
        case ast.Attribute(value, "T"):
            yield value
        case ast.Slice(lower, upper, step):
            yield from _slices(lower, upper, step)
        case ast.Tuple(elements, ast.Load()) if len(elements) > 1:
            if all(isinstance(e, ast.Constant) for e in elements):  # axes, whose order does not matter
                yield from (ast.Tuple(elements[:k] + elements[k + 1 :], ast.Load()) for k in range(len(elements)))
            else:
                yield ast.Tuple([elements[1], elements[0], *elements[2:]], ast.Load())
        case ast.Call(function, arguments, keywords):
            yield from _calls(function, arguments, keywords)


def _slices(lower, upper, step) -> Iterator[ast.expr]:
    one = ast.Constant(1)
    if lower:
        yield from (ast.Slice(None, upper, step), ast.Slice(ast.BinOp(lower, ast.Add(), one), upper, step))
    if upper:
        yield from (ast.Slice(lower, None, step), ast.Slice(lower, ast.BinOp(upper, ast.Sub(), one), step))
        yield ast.Slice(lower, ast.BinOp(upper, ast.Add(), one), step)
    if step:
        yield ast.Slice(lower, upper, None)


def _calls(function: ast.expr, arguments: list[ast.expr], keywords: list[ast.keyword]) -> Iterator[ast.expr]:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    for k in range(len(arguments) - 1 if name not in COMMUTE else 0):
        swapped = [*arguments[:k], arguments[k + 1], arguments[k], *arguments[k + 2 :]]
        yield ast.Call(function, swapped, keywords)
    for k in range(len(keywords)):
        if keywords[k].arg not in HARMLESS:
            yield ast.Call(function, arguments, keywords[:k] + keywords[k + 1 :])
    for other in NEIGHBOURS.get(name, ()):
        if isinstance(function, ast.Attribute):
            yield ast.Call(ast.Attribute(function.value, other, ast.Load()), arguments, keywords)
        else:
            yield ast.Call(ast.Name(other, ast.Load()), arguments, keywords)
    of_module = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "np"
    if name in FORGOTTEN and (not of_module or arguments):
        yield arguments[0] if of_module or not isinstance(function, ast.Attribute) else function.value
    if name == "range" and len(arguments) == 1:
        yield ast.Call(function, [ast.Constant(1), *arguments], keywords)
        yield ast.Call(function, [ast.BinOp(arguments[0], ast.Sub(), ast.Constant(1))], keywords)
    if name == "clip" and len(arguments) == 3:
        nothing = ast.Constant(None)
        yield ast.Call(function, [arguments[0], nothing, arguments[2]], keywords)
        yield ast.Call(function, [*arguments[:2], nothing], keywords)


def _statement(node: ast.AST) -> Iterator[ast.stmt]:
    match node:
        case ast.AugAssign(target, op, value):
            yield ast.Assign([target], value)
            yield from (ast.AugAssign(target, other(), value) for other in BINARY.get(type(op), ()))
            yield ast.Pass()
        case ast.Assign([ast.Subscript() as target], value):
            yield ast.Pass()
            yield ast.AugAssign(target, ast.Add(), value)
        case ast.Assign([ast.Name(name)], value) if any(
            isinstance(n, ast.Name) and n.id == name for n in ast.walk(value)
        ):
            yield ast.Pass()  # a name that has a value already: x = f(x)
        case ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.If(test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
            yield from (ast.If(ast.Constant(value), body, orelse) for value in (True, False))
