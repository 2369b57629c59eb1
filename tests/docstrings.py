"""Check public docstrings, in sections of Google's style, and run their examples."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import inspect
import re
import textwrap
import warnings
from typing import Any, Protocol

from docstring_parser import DocstringStyle, parse
from docstring_parser.common import Docstring

#: In an example "..." stands for any text, and lines may be broken anywhere between words.
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def find_faults(value: Any, *, example: bool = True) -> list[str]:
    """Return what the docstring of a function or class lacks, one sentence each; none if it is complete."""
    text = value.__doc__ if inspect.isclass(value) else inspect.getdoc(value)
    if not text or (dataclasses.is_dataclass(value) and text.startswith(f"{value.__name__}(")):
        return ["It has no docstring."]
    found = parse(text, style=DocstringStyle.GOOGLE)
    faults = [] if (found.short_description or "").endswith(".") else ["The first line is no sentence."]
    described, wanted = describe_parameters(found), list_parameters(value)
    faults += [f"Args lacks {name}." for name in wanted if not described.get(name)]
    faults += [f"Args has {name}, which is no parameter." for name in described if wanted and name not in wanted]
    if not inspect.isclass(value) and returns_something(value) and not (found.returns and found.returns.description):
        faults.append("Returns is missing.")
    faults += [f"{n} has no type." for n, p in list_signature(value).items() if p.annotation is p.empty]
    if example and not doctest.DocTestParser().get_examples(text):
        faults.append("Example is missing.")
    return faults


def describe_parameters(found: Docstring) -> dict[str, str | None]:
    """Return the description of every parameter; one entry may describe several: `left, right: Arrays`."""
    return {n.strip(" *"): p.description for p in found.params for n in p.arg_name.split(",")}


def list_parameters(value: Any) -> list[str]:
    """Return the names of a function's parameters, or of those of a class's constructor; self is left out."""
    return list(list_signature(value))


def list_signature(value: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters by name, without self; none of an exception, a protocol or a class without constructor."""
    no_constructor = (Exception, Protocol)
    if inspect.isclass(value) and (
        value.__init__ is object.__init__ or any(k in no_constructor for k in value.__mro__)
    ):
        return {}
    return {n: p for n, p in inspect.signature(value).parameters.items() if n not in ("self", "cls")}


def returns_something(function: Any) -> bool:
    """Return whether a function returns a value; a generator does, a function annotated with None does not."""
    annotated = inspect.signature(function).return_annotation
    if annotated is not inspect.Signature.empty:
        return annotated not in (None, "None")
    nodes = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))
    return any(isinstance(n, ast.Return) and n.value is not None for n in nodes)


def run_example(value: Any, name: str, names: dict[str, Any] | None = None) -> list[str]:
    """Run the example of a docstring, with warnings as errors; return what it printed where that is wrong."""
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(value) or "", dict(names or {}), name, name, 0)
    printed: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=printed.append)
    return printed


def names_a_chapter(value: Any) -> bool:
    """Return whether the first line names the source of the formula, such as "(chapter 8, step 3)"."""
    return re.search(r"\(chapters? \d+", (inspect.getdoc(value) or "").partition("\n")[0]) is not None
