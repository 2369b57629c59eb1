"""Find the functions that an exercise runs, with their source, and give them other code for a trial."""

from __future__ import annotations

import ast
import inspect
import linecache
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from cnnlab.gradcheck.diagnosis.locate.unit import Source, Unit, wrap_text

#: A function that is reached in more steps than this from the one that is judged is looked at no more.
MAX_UNITS = 12


@dataclass
class LiveFunction:
    """A function of this process whose code is exchanged for a trial, and put back."""

    function: Any
    unit: Unit

    def __post_init__(self) -> None:
        f = self.function
        self._before = f.__code__, f.__defaults__, f.__kwdefaults__
        self._head = find_body(self.unit)

    def put_text(self, text: str) -> None:
        """Give the function the code of another text; raise SyntaxError or ValueError where there is none."""
        code, outer = compile_unit(self.unit, text)
        f = self.function
        if len(code.co_freevars) != len(self._before[0].co_freevars):
            raise ValueError("the changed function takes other names from around it")
        f.__code__ = code
        same_head = text[: self._head] == self.unit.text[: self._head]
        if self.unit.is_lambda or self.unit.free or same_head:
            f.__defaults__, f.__kwdefaults__ = self._before[1:]
        else:
            held: dict[str, Any] = {}
            exec(outer, dict(f.__globals__), held)
            f.__defaults__, f.__kwdefaults__ = held[self.unit.name].__defaults__, held[self.unit.name].__kwdefaults__

    def list_outer_values(self) -> list[Any]:
        """Return what the function takes from its module and from around it, but for functions and modules."""
        f = self.function
        values = [f.__globals__[n] for n in f.__code__.co_names if n in f.__globals__]
        for cell in f.__closure__ or ():
            with suppress(ValueError):  # not yet filled
                values.append(cell.cell_contents)
        values += [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()]
        return [v for v in values if not callable(v) and not isinstance(v, ModuleType)]

    def put_back(self) -> None:
        """Give the function its own code again."""
        f = self.function
        f.__code__, f.__defaults__, f.__kwdefaults__ = self._before


def compile_unit(unit: Unit, text: str) -> tuple[CodeType, CodeType]:
    """Return the code of a unit with this text, and the code that defines it; lines are numbered as in the file."""
    whole = wrap_text(text + _keep_free_names(unit, text), unit.is_lambda, unit.free)
    blank = "\n" * (unit.first_line - 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outer = compile(
            blank + (whole[1:] if unit.first_line == 1 and whole.startswith("\n") else whole),
            unit.file,
            "exec",
            dont_inherit=True,
        )
    code = next((c for c in nested_codes(outer) if c.co_name == unit.name), None)
    if code is None:
        raise ValueError("there is no such function in the changed text")
    if not (unit.is_lambda or unit.free) and sum(isinstance(c, CodeType) for c in outer.co_consts) != 1:
        raise ValueError("the changed text is not one function")
    return code, outer


def find_body(unit: Unit) -> int:
    """Return where in the text of a function its body begins, behind its parameters."""
    if unit.is_lambda:
        return 0
    source = Source(unit)
    return source.span(source.function.body[0])[0]


def _keep_free_names(unit: Unit, text: str) -> str:
    """Return lines that are never run, and keep a function's code in need of the names from around it."""
    if not unit.free or unit.is_lambda:
        return ""
    lines = [line for line in text.splitlines() if line.strip()]
    indent = lines[-1][: len(lines[-1]) - len(lines[-1].lstrip(" \t"))]
    return f"\n{indent}if 0: {', '.join(unit.free)}\n"


def nested_codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code objects inside one, from the outside in."""
    pending = [code]
    while pending:
        for constant in pending.pop(0).co_consts:
            if isinstance(constant, CodeType):
                yield constant
                pending.append(constant)


def find_functions(roots: Sequence[tuple[Callable, str]]) -> list[LiveFunction]:
    """Return the functions that the roots reach in their own files and beside them, those reached first in front.

    roots: each function with its role, "function" or "forward". Beside a learner's file are the learner's other files,
    beside a notebook's cell the other cells.
    """
    pending = [(unwrap(f), role) for f, role in roots]
    files = {f.__code__.co_filename for f, _ in pending if f is not None}
    places = [find_place(f) for f, _ in pending if f is not None]
    found: dict[FunctionType, LiveFunction] = {}
    while pending and len(found) < MAX_UNITS:
        pending.sort(key=lambda one: one[0] is not None and one[0].__code__.co_filename not in files)
        function, role = pending.pop(0)
        if function is None or function in found or find_place(function) not in places:
            continue
        unit = read_unit(function, role)
        if unit is not None:
            found[function] = LiveFunction(function, unit)
        inner = "forward helper" if role.startswith("forward") else "helper"
        pending += [(f, inner) for f in _list_reached(function)]
    return list(found.values())


def find_place(function: FunctionType) -> str:
    """Return the folder of a function's file, of a notebook's cell "<", and of an installed package's file itself."""
    file = function.__code__.co_filename
    if file.startswith("<"):
        return "<" if file.startswith("<ipython-input") else file
    folder = os.path.dirname(file)
    return file if {"site-packages", "dist-packages"} & {*Path(folder).parts} else folder


def unwrap(function: Any) -> FunctionType | None:
    """Return the plain function behind wrappers, partial functions and bound methods."""
    for _ in range(10):
        if isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
            return function
        inner = getattr(function, "__wrapped__", None) or getattr(function, "func", None)
        function = inner or getattr(function, "__func__", None)
    return None


def _list_reached(function: FunctionType) -> Iterator[FunctionType]:
    """Yield the functions that another one names, or holds from around it."""
    names = dict.fromkeys(n for c in (function.__code__, *nested_codes(function.__code__)) for n in c.co_names)
    values = [function.__globals__.get(name) for name in names]
    values += [vars(m).get(name) for m in values if isinstance(m, ModuleType) for name in names]
    for cell in function.__closure__ or ():
        try:
            values.append(cell.cell_contents)
        except ValueError:  # not yet filled
            continue
    held = [v for v in values if callable(v) and not isinstance(v, type)]
    held += [w for v in values if isinstance(v, (tuple, list, dict)) for w in _callables(v)]
    yield from (f for f in map(unwrap, held) if f is not None)


def _callables(values: Any) -> list[Any]:
    items = values.values() if isinstance(values, dict) else values
    return [v for v in list(items)[:30] if callable(v) and not isinstance(v, type)]


def read_unit(function: FunctionType, role: str) -> Unit | None:
    """Return a function's source as it was when it was compiled, or None where it cannot be found."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines:
        return None
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return _read_fragment(function, role)
    node = _find_node(tree, code)
    if node is None:
        return None
    unit = _make_unit(code, node, lines, role)
    return unit if unit and _is_current(unit, function) else None


def _read_fragment(function: FunctionType, role: str) -> Unit | None:
    """Return the unit of a function in a file that is no Python as a whole, such as a cell with magics."""
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        return None
    if function.__code__.co_name == "<lambda>":
        return None
    unit = Unit(function.__code__.co_filename, function.__code__.co_name, max(first, 1), "".join(lines), role=role)
    return unit if _is_current(unit, function) else None


def _find_node(tree: ast.Module, code: CodeType) -> Any:
    """Return the function in a tree that a code object was compiled from."""
    name = code.co_name
    kind = ast.Lambda if name == "<lambda>" else ast.FunctionDef
    nodes: list[Any] = [n for n in ast.walk(tree) if isinstance(n, kind)]
    nodes = [n for n in nodes if kind is ast.Lambda or n.name == name]
    if kind is ast.FunctionDef:
        first = code.co_firstlineno
        return next((n for n in nodes if min([n.lineno, *(d.lineno for d in n.decorator_list)]) == first), None)
    lines = [(a, b, c, d) for a, b, c, d in code.co_positions() if None not in (a, b, c, d) and (a, c) != (a, 0)]
    fits = [n for n in nodes if _parameters(n) == code.co_varnames[: len(_parameters(n))]]
    if lines:
        at = lines[-1]
        fits = [
            n
            for n in fits
            if (n.lineno, n.col_offset) <= (at[0], at[2]) and (n.end_lineno, n.end_col_offset) >= (at[1], at[3])
        ]
        return max(fits, key=lambda n: (n.lineno, n.col_offset), default=None)
    fits = [n for n in fits if n.lineno == code.co_firstlineno]
    return fits[0] if len(fits) == 1 else None


def _parameters(node: ast.Lambda) -> tuple[str, ...]:
    given = node.args
    return tuple(a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs))


def _make_unit(code: CodeType, node: Any, lines: list[str], role: str) -> Unit | None:
    free = code.co_freevars
    if isinstance(node, ast.Lambda):
        rows = lines[node.lineno - 1 : node.end_lineno]
        last, first = rows[-1].encode(), rows[0].encode()
        tail, head = last[node.end_col_offset :].decode().rstrip("\n"), first[: node.col_offset].decode()
        rows[-1] = last[: node.end_col_offset].decode()
        rows[0] = rows[0][len(head) :]
        return Unit(code.co_filename, "<lambda>", node.lineno, "".join(rows), head, tail, free, role)
    text = "".join(lines[node.lineno - 1 : node.end_lineno])
    if lines[node.lineno - 1][: node.col_offset].strip():
        return None  # something else stands in its first line
    return Unit(code.co_filename, node.name, node.lineno, text, free=free, role=role)


def _is_current(unit: Unit, function: FunctionType) -> bool:
    """Return whether the text still says what the function does: an edited file says something else."""
    try:
        code, _ = compile_unit(unit, unit.text)
    except (SyntaxError, ValueError, NameError, AttributeError, TypeError):
        return False
    now = function.__code__
    same = (code.co_names, code.co_varnames, code.co_freevars) == (now.co_names, now.co_varnames, now.co_freevars)
    return same and len(code.co_consts) == len(now.co_consts)
