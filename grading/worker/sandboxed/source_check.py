"""Read a learner's source, without running it, for signs that its gradients are not its own. Standard library only.

It runs in the worker, before anything of the learner's has been executed there. What it finds costs nobody a point: a
person reads the lines. A determined author can write code that it does not recognise; the judge's cost_check.py
measures what cannot be written away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

#: What a finding means, by code; the judge fills in the line and the name.
SENTENCES = {
    "profiler": "uses {name}, which can hide calls from the profiler that sees differencing",
    "code": "uses {name}, which can make or change functions while the file runs",
    "module": "imports {name}, which no exercise needs and which can reach into the checker's process",
    "loop": "calls {name}, a forward, or a copy or a part of one, in a loop: it may difference the forward entry by "
    "entry",
    "units": "hands the unit vectors of {name} to code that calls a forward, or a part of one: it may probe the "
    "forward with all of them",
    "complex": "computes with complex numbers and calls a forward, or a part of one: it may take complex steps, which "
    "are differences",
}

#: Attributes, and names in strings, that set or find a profiler, a tracer or a frame.
PROFILERS = frozenset(
    (
        "setprofile",
        "settrace",
        "setprofile_all_threads",
        "settrace_all_threads",
        "getprofile",
        "gettrace",
        "monitoring",
        "_getframe",
        "_current_frames",
        "f_back",
        "f_locals",
        "f_globals",
        "tb_frame",
        "gi_frame",
        "cr_frame",
    )
)

#: Attributes and functions that make, change or find code.
CODE = frozenset(
    (
        "__code__",
        "__globals__",
        "__closure__",
        "__builtins__",
        "__subclasses__",
        "__getattribute__",
        "__dict__",
        "__loader__",
        "__spec__",
        "__import__",
        "FunctionType",
        "CodeType",
        "exec",
        "eval",
        "compile",
        "globals",
        "locals",
        "vars",
    )
)

#: Modules that reach into the interpreter, or out of it.
MODULES = frozenset(
    (
        "gc",
        "ctypes",
        "inspect",
        "importlib",
        "types",
        "builtins",
        "threading",
        "_thread",
        "multiprocessing",
        "concurrent",
        "asyncio",
        "signal",
        "marshal",
        "pickle",
        "socket",
        "subprocess",
        "atexit",
        "faulthandler",
        "dis",
        "trace",
        "tracemalloc",
        "cProfile",
        "profile",
        "bdb",
        "pdb",
        "mmap",
        "resource",
    )
)

#: How alike two functions are, from 0 to 1, to count as copies; names, docstrings and annotations do not count.
ALIKE = 0.85

#: Functions and parts of each that are compared, and findings that are reported; a file can hold a million lines.
MAX_FUNCTIONS, MAX_PARTS, MAX_FOUND = 200, 2_000, 20

LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

#: Functions that call what they are given once for each entry.
MAPPERS = frozenset(("map", "vectorize", "apply_along_axis", "fromfunction", "frompyfunc", "fromiter"))

UNIT_VECTORS = frozenset(("eye", "identity"))


@dataclass(frozen=True)
class Finding:
    """code: a key of SENTENCES.   line: in the file.   name: what was found there.   exercise: whose, or ""."""

    code: str
    line: int
    name: str
    exercise: str = ""


def inspect_source(
    tree: ast.Module, given: ast.Module | None, exercises: Iterable[tuple[str, str | None]]
) -> list[Finding]:
    """Return findings in a learner's file that a person should look at.

    Args:
        tree: the file.
        given: the file as it was handed out, whose forwards are known, or None.
        exercises: the function's name and its forward's for each exercise.
    """
    bindings, given_bindings = _bindings(tree), _bindings(given) if given else {}
    copies = _find_copies(bindings, given_bindings)
    found = list(_find_tampering(tree))
    for function, forward in exercises:
        parts = _find_parts(forward, bindings) if forward and _is_to_write(given_bindings.get(forward)) else set()
        forwards = {name for name in (forward, *copies, *parts) if name}
        found += _find_differencing(function, forwards, bindings)
    return sorted(set(found), key=lambda f: (f.line, f.code, f.name))[:MAX_FOUND]


def _find_tampering(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for name in _names_used(node):
            if name in PROFILERS:
                yield Finding("profiler", line, name)
            elif name in CODE:
                yield Finding("code", line, name)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and _name(node.func.func) == "type":
            if len(node.args) > 1:
                yield Finding("code", line, "type")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            imported = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (Finding("module", line, root) for n in imported if (root := n.partition(".")[0]) in MODULES)


def _names_used(node: ast.AST) -> list[str]:
    """Return every name that a node itself uses, including one in a string, as for getattr."""
    if isinstance(node, ast.Attribute):
        # re.compile, np.vectorize and the like are other functions than the builtin
        return [node.attr] if node.attr in PROFILERS or node.attr.startswith("__") or node.attr[:1].isupper() else []
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if node.value in PROFILERS or node.value.startswith("__") else []
    if isinstance(node, ast.ImportFrom):
        return [alias.name for alias in node.names]
    return []


def _find_differencing(function: str, forwards: set[str], bindings: Mapping[str, ast.AST]) -> Iterator[Finding]:
    """Find what of an exercise's own code, helpers included, may difference one of the forwards."""
    uses = {name: _references(node) & bindings.keys() for name, node in bindings.items()}
    reached = _reach(function, uses)
    if not reached & forwards:
        return
    inside = set().union(*(_reach(forward, uses) for forward in forwards))  # what the forwards are made of
    touching = {name for name in bindings if _reach(name, uses) & forwards}
    for name in (reached - inside) & bindings.keys():
        node = bindings[name]
        local = _parameters(node) | {n for n in _list_assigned_names(node) if n not in bindings}
        for call in _calls_in_loops(node):
            called = _name(call.func)
            if called in touching or called in local:
                yield Finding("loop", call.lineno, called, function)
        for part in ast.walk(node):
            if isinstance(part, (ast.Attribute, ast.Name)) and _name(part) in UNIT_VECTORS:
                yield Finding("units", part.lineno, _name(part), function)
            if isinstance(part, ast.Constant) and isinstance(part.value, complex):
                yield Finding("complex", part.lineno, "j", function)
            if isinstance(part, ast.Attribute) and part.attr == "imag":
                yield Finding("complex", part.lineno, "imag", function)


def _calls_in_loops(node: ast.AST) -> Iterator[ast.Call]:
    """Return the calls that a loop repeats; the sequence that a loop runs over is computed once."""
    for loop in ast.walk(node):
        if isinstance(loop, (ast.For, ast.While)):
            repeated: list[ast.AST] = [*loop.body, *([loop.test] if isinstance(loop, ast.While) else [])]
        elif isinstance(loop, LOOPS):
            repeated = [part for part in ast.iter_child_nodes(loop) if not isinstance(part, ast.comprehension)]
        elif isinstance(loop, ast.Call) and _name(loop.func) in MAPPERS and loop.args:
            yield ast.copy_location(ast.Call(func=loop.args[0], args=[], keywords=[]), loop)
            continue
        else:
            continue
        yield from (call for part in repeated for call in ast.walk(part) if isinstance(call, ast.Call))


def _bindings(tree: ast.Module) -> dict[str, ast.AST]:
    """Return what each name at the top of a file is bound to: a function, or the value of an assignment."""
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {n.id: node.value for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return found


def _find_copies(bindings: Mapping[str, ast.AST], given: Mapping[str, ast.AST]) -> set[str]:
    """Return the functions under other names that are nearly a forward: as it was handed out, or as it was written."""
    originals = {name: node for name, node in given.items() if name.endswith("_forward")}
    forwards = [_list_nodes(bindings.get(n, f) if _is_to_write(f) else f) for n, f in originals.items()]
    functions = [(n, f) for n, f in bindings.items() if isinstance(f, ast.FunctionDef) and n not in given]
    found = set()
    for name, node in functions[:MAX_FUNCTIONS]:
        nodes = _list_nodes(node)
        for forward in forwards:
            matcher = SequenceMatcher(None, nodes, forward, autojunk=False)
            if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
                found.add(name)
    return found


def _find_parts(forward: str, bindings: Mapping[str, ast.AST]) -> set[str]:
    """Return the functions that a forward is made of. To difference one of them may be to difference the forward."""
    uses = {name: _references(node) & bindings.keys() for name, node in bindings.items()}
    return {name for name in _reach(forward, uses) if isinstance(bindings.get(name), ast.FunctionDef)}


def _is_to_write(given: ast.AST | None) -> bool:
    """Return whether a function is handed out without a body, so that the learner's is the only one there is."""
    return isinstance(given, ast.FunctionDef) and isinstance(given.body[-1], ast.Raise)


def _list_nodes(function: ast.AST) -> list[str]:
    """Return a function's kinds of nodes, attributes and numbers, without names, annotations and docstring."""
    if not isinstance(function, ast.FunctionDef):
        return []
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    found = []
    for statement in body:
        for node in ast.walk(statement):
            detail = getattr(node, "attr", "") or (repr(node.value) if isinstance(node, ast.Constant) else "")
            found.append(f"{type(node).__name__} {detail[:40]}")
    return found[:MAX_PARTS]


def _references(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _parameters(node: ast.AST) -> set[str]:
    return {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}


def _list_assigned_names(node: ast.AST) -> set[str]:
    """Return the names that are bound inside a function: local functions, lambdas and variables."""
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n is not node}


def _reach(start: str, uses: Mapping[str, set[str]]) -> set[str]:
    """Return the names that a name uses, directly or through others, itself included."""
    found, waiting = {start}, [start]
    while waiting:
        new = uses.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
