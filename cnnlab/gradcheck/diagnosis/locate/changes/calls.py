"""A call dropped, added, or exchanged for its neighbour."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cnnlab.gradcheck.diagnosis.locate.change import Edit, Kind
from cnnlab.gradcheck.diagnosis.locate.changes.axes import list_axes
from cnnlab.gradcheck.diagnosis.locate.changes.scope import Draft, Scope
from cnnlab.gradcheck.diagnosis.locate.changes.terms import is_result

#: Functions that are taken for each other, in groups; each may have been meant for any other of its group.
GROUPS = (
    *(("maximum", "minimum", "fmax", "fmin"), ("max", "min", "sum", "mean"), ("argmax", "argmin"), ("floor", "ceil")),
    *(("sum", "mean", "prod"), ("exp", "log", "expm1", "log1p"), ("sin", "cos", "tan"), ("sinh", "cosh", "tanh")),
    *(("sqrt", "square", "abs"), ("sign", "abs"), ("zeros", "ones", "empty"), ("var", "std"), ("any", "all")),
    *(
        ("zeros_like", "ones_like", "empty_like"),
        ("logical_and", "logical_or"),
        ("greater", "less"),
        ("add", "subtract"),
    ),
    *(
        ("dot", "matmul", "multiply"),
        ("outer", "dot", "inner"),
        ("rot90", "flip"),
        ("flipud", "fliplr"),
        ("floor", "round"),
    ),
    *(("hstack", "vstack", "stack"), ("tile", "repeat"), ("row_stack", "column_stack"), ("log", "log2", "log10")),
    *(("append", "extend"), ("greater_equal", "greater"), ("less_equal", "less"), ("reversed", "sorted", "list")),
    *(("pop", "popleft"), ("int", "round"), ("exp", "tanh"), ("power", "multiply"), ("divide", "multiply")),
)

NEIGHBOURS: dict[str, tuple[str, ...]] = {}
for _group in GROUPS:
    for _name in _group:
        NEIGHBOURS[_name] = (*NEIGHBOURS.get(_name, ()), *(n for n in _group if n != _name))

#: Calls that change nothing but form; taking one away hardly ever mends a number.
HARMLESS = frozenset({"float", "int", "list", "tuple", "range", "len", "zip", "enumerate", "zeros", "slice"})

#: What is written around an expression {0}, and how unlikely it is that just this was forgotten.
ADDED: dict[str, float] = {
    "{0}.T": 1.9,
    "{0}.copy()": 2.2,
    "{0}.sum()": 2.8,
    "{0}.sum(axis=0)": 2.3,
    "{0}.sum(axis=1)": 2.6,
    "{0}.sum(axis=-1, keepdims=True)": 2.7,
    "{0}.sum(axis=1, keepdims=True)": 2.6,
    "{0}.sum(axis=(0, 2, 3))": 2.7,
    "{0}.sum(axis=(2, 3))": 2.8,
    "{0}.mean(axis=0)": 2.9,
    "{0}.swapaxes(-1, -2)": 2.7,
    "{0}[::-1]": 2.8,
    "{0}[:, ::-1]": 3.2,
    "{0}[:, :, ::-1, ::-1]": 2.6,
    "{0}[..., ::-1, ::-1]": 2.6,
    "{0}[..., ::-1]": 3.1,
    "{0}[:, None]": 2.9,
    "{0}[:, None, None]": 3.1,
    "{0}[:, :, None, None]": 2.9,
    "{0}[0]": 3.0,
    "{0}[1:]": 3.2,
    "{0}[:-1]": 3.2,
    "np.exp({1})": 2.7,
    "np.log({1})": 3.0,
    "np.sqrt({1})": 2.2,
    "np.abs({1})": 2.8,
    "np.sign({1})": 2.9,
    "np.tanh({1})": 3.2,
    "(1 / (1 + np.exp(-{0})))": 2.9,
    "np.square({1})": 2.9,
    "np.floor({1})": 3.2,
    "int({1})": 3.3,
    "float({1})": 3.0,
    "len({1})": 3.0,
    "list({1})": 3.2,
    "tuple({1})": 3.2,
    "reversed({1})": 2.8,
    "sorted({1})": 3.2,
    "set({1})": 3.2,
}

#: Of these, those that are for numbers too.
FOR_NUMBERS = frozenset(k for k in ADDED if k.startswith(("np.", "int", "float", "(1")))


def change_call(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield a call without the call, and other functions in its place."""
    if isinstance(node, ast.Attribute) and node.attr == "T" and isinstance(node.ctx, ast.Load):
        yield (Edit(scope.whole_span(node.value)[1], scope.source.span(node)[1], ""),), Kind.CALL, 1.3
    if not isinstance(node, ast.Call):
        return
    called, source = node.func, scope.source
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    of_module = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in MODULES
    place = (source.span(called)[1] - len(name), source.span(called)[1])
    for other in NEIGHBOURS.get(name, ()):
        yield (Edit(*place, other),), Kind.CALL, 1.5
    if isinstance(called, ast.Name) and name in scope.module_names:
        for other in scope.module_names:
            if other != name and other != source.unit.name:
                yield (Edit(*place, other),), Kind.CALL, 1.9
    if isinstance(called, ast.Attribute) and not of_module:
        cut = source.text.rfind(".", 0, place[0])
        yield (Edit(cut, source.span(node)[1], ""),), Kind.CALL, 1.8 + (name == "copy")
    elif name not in HARMLESS:
        for argument in node.args[:3]:
            if not isinstance(argument, ast.Starred):
                yield (scope.put(node, scope.text(argument)),), Kind.CALL, 1.8
    for k, keyword in enumerate(node.keywords):
        if keyword.arg is not None:
            yield _drop_argument(scope, node, keyword), Kind.CALL, 1.9 + 0.01 * k
    if len(node.args) > 1:
        yield _drop_argument(scope, node, node.args[-1]), Kind.CALL, 2.1
    if name == "len" and len(node.args) == 1:
        text = scope.closed_text(node.args[0])
        for part in ("shape[1]", "shape[-1]", "size", "ndim"):
            yield (scope.put(node, f"{text}.{part}", closed=True),), Kind.CALL, 2.0
    if name == "clip" and len(node.args) == 3:
        first, low, high = map(scope.text, node.args)
        for text in (f"np.maximum({first}, {low})", f"np.minimum({first}, {high})"):
            yield (scope.put(node, text, closed=True),), Kind.CALL, 2.2


MODULES = ("np", "numpy", "math")


def _drop_argument(scope: Scope, call: ast.Call, argument: ast.AST) -> tuple[Edit, ...]:
    """Return the edit that takes an argument out, with the comma in front of it or behind it."""
    text, (start, end) = scope.source.text, scope.source.span(argument)
    before = text[:start].rstrip()
    if before.endswith(","):
        return (Edit(len(before) - 1, end, ""),)
    after = text[end:]
    comma = len(after) - len(after.lstrip()) if after.lstrip().startswith(",") else -1
    stop = end + comma + 1 if comma >= 0 else end
    while comma >= 0 and text[stop : stop + 1] == " ":
        stop += 1
    return (Edit(start, stop, ""),)


def add_call(scope: Scope, node: ast.AST) -> Iterator[Draft]:
    """Yield calls, attributes and indices written around an expression."""
    if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return
    if isinstance(node, (ast.Constant, ast.Tuple, ast.Slice, ast.Starred, ast.Lambda)):
        return
    parent = scope.source.parents.get(node)
    root = is_result(scope, node)
    operand = isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.For, ast.Compare)) or (
        isinstance(parent, ast.Call) and node in parent.args
    )
    if not root and not operand:
        return
    seen = scope.seen_value(node)
    form = seen.form if seen else "number" if isinstance(node, ast.Compare) else ""
    start, end = scope.whole_span(node)
    text = scope.source.text[start:end]
    closed = text if start != scope.source.span(node)[0] else scope.closed_text(node)
    for pattern, cost in ADDED.items():
        if (form == "number" and pattern not in FOR_NUMBERS) or form in ("none", "function"):
            continue
        if form == "array" and seen and pattern.count(":") > 1 + len(seen.shape) * 2:
            continue
        yield (Edit(start, end, pattern.format(closed, text)),), Kind.CALL, cost + (0.0 if root else 0.2)
    for axes in list_axes(scope, node) if form in ("", "array") else ():
        yield (Edit(start, end, f"{closed}.sum(axis={axes}, keepdims=True)"),), Kind.CALL, 2.3 + (0.0 if root else 0.2)
        yield (Edit(start, end, f"{closed}.sum(axis={axes})"),), Kind.CALL, 2.5 + (0.0 if root else 0.2)
        yield (Edit(start, end, f"{closed}.mean(axis={axes}, keepdims=True)"),), Kind.CALL, 2.6
    yield from _add_helpers(scope, node, (start, end, text), form)


def _add_helpers(scope: Scope, node: ast.AST, place: tuple[int, int, str], form: str) -> Iterator[Draft]:
    """Yield calls of the file's own functions, alone and with another value, such as crop(dx, geo)."""
    start, end, text = place
    if form not in ("", "array"):
        return
    others = [n for kind in ("tuple", "other") for n, _ in scope.values_like(node, kind) if "." not in n]
    for name in scope.module_names:
        if name != scope.source.unit.name:
            yield (Edit(start, end, f"{name}({text})"),), Kind.CALL, 2.9
            for other in others[:4]:
                yield (Edit(start, end, f"{name}({text}, {other})"),), Kind.CALL, 3.0
