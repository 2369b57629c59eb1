"""An operator for another, operands in another order, a sign, a comparison, a condition."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope

SYMBOLS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.MatMult: "@",
    ast.Pow: "**",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

#: operator -> what is typed in its place, and how unlikely that is
OTHERS: dict[str, dict[str, float]] = {
    "+": {"-": 1.0, "*": 2.4},
    "-": {"+": 1.0, "*": 2.6},
    "*": {"/": 1.3, "+": 2.3, "@": 2.0, "**": 2.8},
    "/": {"*": 1.3, "//": 2.2},
    "//": {"/": 2.0, "*": 2.2, "%": 2.2},
    "@": {"*": 1.9},
    "**": {"*": 2.0},
    "%": {"//": 1.9},
    "&": {"|": 1.5},
    "|": {"&": 1.5},
}

#: It is less likely that `+=` was written for `-=` than `+` for `-`.
AUGMENTED = 0.5

COMPARED: dict[str, dict[str, float]] = {
    "<": {"<=": 1.2, ">": 1.4, ">=": 1.8},
    "<=": {"<": 1.2, ">=": 1.4, ">": 1.8, "==": 2.5},
    ">": {">=": 1.2, "<": 1.4, "<=": 1.8},
    ">=": {">": 1.2, "<=": 1.4, "<": 1.8, "==": 2.5},
    "==": {"!=": 1.2, ">=": 2.0, "<=": 2.0},
    "!=": {"==": 1.2},
}

#: How tightly operators bind; one that binds more tightly takes its operands out of their group.
BINDING = {"|": 0, "&": 1, "+": 2, "-": 2, "*": 3, "/": 3, "//": 3, "%": 3, "@": 3, "**": 4}


def change_operator(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield every exchange of an operator, of its operands or of a sign."""
    match node:
        case ast.BinOp(left, op, right) if type(op) in SYMBOLS:
            symbol = SYMBOLS[type(op)]
            place = _find_symbol(scope, left, right, symbol)
            for other, cost in OTHERS[symbol].items() if place else ():
                assert place
                yield (Edit(place[0], place[1], other),), Kind.OPERATOR, cost
                if BINDING[other] > BINDING[symbol]:
                    text = f"{_write_operand(scope, left)} {other} {_write_operand(scope, right)}"
                    if text != scope.text(node).replace(symbol, other, 1):
                        yield (scope.put(node, text),), Kind.OPERATOR, cost + 0.6
            if symbol in ("-", "/", "@", "**", "//", "%"):
                turned = f"{_write_operand(scope, right)} {symbol} {_write_operand(scope, left)}"
                yield (scope.put(node, turned),), Kind.ORDER, 1.4
            if symbol == "//":
                a, b = _write_operand(scope, left), _write_operand(scope, right)
                yield (scope.put(node, f"-(-{a} // {b})"),), Kind.OPERATOR, 1.8
            if symbol in ("%", "//"):  # members of a group lie side by side, or every so many apart
                a, b = _write_operand(scope, left), _write_operand(scope, right)
                for name, _ in scope.values_like(node, "number"):
                    if name not in (a, b):
                        yield (scope.put(node, f"{a} // ({name} // {b})"),), Kind.OPERATOR, 2.4
                        yield (scope.put(node, f"{a} % ({name} // {b})"),), Kind.OPERATOR, 2.6
            if symbol == "@":
                turned = f"{_transpose(scope, right)} @ {_transpose(scope, left)}"
                yield (scope.put(node, turned),), Kind.ORDER, 1.3
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            start, _ = scope.source.span(node)
            yield (Edit(start, scope.whole_span(operand)[0], ""),), Kind.OPERATOR, 0.8
        case ast.Compare(left, [op], [right]) if type(op) in SYMBOLS:
            symbol = SYMBOLS[type(op)]
            place = _find_symbol(scope, left, right, symbol)
            for other, cost in COMPARED[symbol].items() if place else ():
                assert place
                yield (Edit(place[0], place[1], other),), Kind.COMPARISON, cost
            yield (scope.put(node, scope.text(left)),), Kind.COMPARISON, 2.2
            if symbol == ">" and scope.text(right) in ("0", "0.0"):
                yield (scope.put(node, f"np.sign({scope.text(left)})", closed=True),), Kind.COMPARISON, 2.4
        case ast.BoolOp(op, values):
            word, other = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
            parts = [scope.text(v) for v in values]
            yield (scope.put(node, f" {other} ".join(parts)),), Kind.COMPARISON, 1.4
            for k in range(len(parts)):
                kept = parts[:k] + parts[k + 1 :]
                yield (scope.put(node, f" {word} ".join(kept)),), Kind.COMPARISON, 1.8
        case ast.IfExp(test, body, orelse):
            first, condition, second = map(scope.text, (body, test, orelse))
            yield (scope.put(node, f"{second} if {condition} else {first}"),), Kind.COMPARISON, 1.5
            yield (scope.put(node, first),), Kind.COMPARISON, 1.9
            for value in (body, orelse):
                if scope.text(value) != "None":
                    yield (scope.put(value, "None", closed=True),), Kind.COMPARISON, 1.7
            yield (scope.put(node, second),), Kind.COMPARISON, 2.1
        case ast.AugAssign(target, op, value) if type(op) in SYMBOLS:
            symbol = SYMBOLS[type(op)]
            place = _find_symbol(scope, target, value, symbol)
            for other, cost in OTHERS[symbol].items() if place else ():
                assert place
                yield (Edit(place[0], place[1], other),), Kind.OPERATOR, cost + AUGMENTED
    if isinstance(node, ast.expr) and _may_be_negated(scope, node):
        start, _ = scope.whole_span(node)
        text = "-" if isinstance(node, (ast.BinOp, *_CALLED)) else ""
        if text:
            yield (Edit(start, start, text),), Kind.OPERATOR, 1.8


_CALLED = (ast.Call, ast.Name, ast.Attribute, ast.Subscript)


def change_condition(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield the conditions of `if` and `where` turned round, and statements that no longer depend on theirs."""
    if isinstance(node, (ast.If, ast.While)):
        yield (scope.put(node.test, f"not ({scope.text(node.test)})"),), Kind.COMPARISON, 1.9
        if isinstance(node, ast.If):
            yield (scope.put(node.test, "True"),), Kind.COMPARISON, 2.9
            yield (scope.put(node.test, "False"),), Kind.COMPARISON, 2.9


def _may_be_negated(scope: Scope, node: ast.expr) -> bool:
    """Return whether a sign may have been forgotten here: in front of what is assigned, returned or handed over."""
    if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return False
    parent = scope.source.parents.get(node)
    if isinstance(parent, (ast.Assign, ast.AugAssign, ast.Return, ast.Lambda)):
        return node is getattr(parent, "value", None) or node is getattr(parent, "body", None)
    if isinstance(parent, ast.Call):
        return node in parent.args
    if isinstance(parent, ast.Tuple):
        return isinstance(scope.source.parents.get(parent), (ast.Return, ast.Assign, ast.Call))
    if isinstance(parent, ast.BinOp):
        return node is parent.left or (isinstance(parent.op, (ast.Mult,)) and node is parent.right)
    return isinstance(parent, ast.Slice)


def _write_operand(scope: Scope, node: ast.expr) -> str:
    start, end = scope.whole_span(node)
    text = scope.source.text[start:end]
    return text if text.startswith("(") and (start, end) != scope.source.span(node) else scope.closed_text(node)


def _transpose(scope: Scope, node: ast.expr) -> str:
    """Return the text of an operand transposed: without its .T, or with one."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return _write_operand(scope, node.value)
    return f"{_write_operand(scope, node)}.T"


def _find_symbol(scope: Scope, left: ast.AST, right: ast.AST, symbol: str) -> tuple[int, int] | None:
    """Return where an operator stands between its two operands."""
    start, end = scope.source.span(left)[1], scope.source.span(right)[0]
    at = scope.source.text.find(symbol, start, end)
    return (at, at + len(symbol)) if at >= 0 else None
