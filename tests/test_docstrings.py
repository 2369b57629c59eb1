"""Every public function and class is documented in a form that tools read, and every example does what it shows."""

from __future__ import annotations

import gzip
import importlib.resources
import inspect
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnlab
from cnnlab import data, gradcheck, loader, nn, widgets
from cnnlab.course import catalogue
from cnnlab.data import large
from cnnlab.nn import gears
from tests.docstrings import find_faults, names_a_chapter, run_example

SOLUTIONS = Path(__file__).parents[1] / "solutions" / "ops"

#: What the course gives besides forwards and backwards, by learner file.
GIVEN = {"scalar_graph": ("apply", "local_slopes", "evaluate"), "network": ("two_layers", "squared_error")}


def list_public_api() -> dict[str, Any]:
    """Return every public function and class by its full name."""
    modules = {
        "cnnlab": cnnlab,
        "cnnlab.data": data,
        "cnnlab.gradcheck": gradcheck,
        "cnnlab.nn": nn,
        "cnnlab.widgets": widgets,
    }
    found = {f"{m}.{n}": getattr(module, n) for m, module in modules.items() for n in module.__all__}
    return {name: value for name, value in found.items() if not inspect.ismodule(value)}


def list_methods() -> dict[str, Any]:
    """Return the public methods of public classes by their full names; inherited methods are listed once."""
    found: dict[Any, str] = {}
    for name, kind in list_public_api().items():
        if inspect.isclass(kind):
            fields = getattr(kind, "__dataclass_fields__", {})  # a default may be a function, and is no method
            for method, value in inspect.getmembers(kind, inspect.isroutine):
                if (
                    method not in fields
                    and not method.startswith("_")
                    and getattr(value, "__module__", "").startswith("cnnlab")
                ):
                    found.setdefault(getattr(value, "__func__", value), f"{name}.{method}")
    return {name: value for value, name in found.items()}


def list_ops() -> dict[str, Any]:
    """Return the functions of the learner files by file and name: exercises, and what is given beside them."""
    asked, found = catalogue.EXERCISES, {}
    for path in sorted(SOLUTIONS.glob("[!_]*.py")):
        module = loader.folder(SOLUTIONS).load(path.stem).module
        for name, value in vars(module).items():
            wanted = name in asked or name in GIVEN.get(path.stem, ()) or name.endswith(("_forward", "_backward"))
            if wanted and not name.startswith("_") and value.__module__ == module.__name__:
                found[f"{path.stem}.{name}"] = value
    del found["own_layer.own_layer_forward"]  # its docstring is handed out with other arguments than the model's
    return found


API, METHODS, OPS = list_public_api(), list_methods(), list_ops()


@pytest.fixture
def learner_files(monkeypatch, tmp_path: Path) -> None:
    """Run on the solutions, in an empty folder, with two downloaded data sets of three images each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loader, "_chosen", [])
    loader.choose(SOLUTIONS)
    gears.look_again()
    contents = {"images": (3, np.zeros((3, 28, 28), np.uint8)), "labels": (1, np.zeros(3, np.uint8))}
    for name in large.FILES["mnist"]:
        axes, array = contents["images" if "images" in name else "labels"]
        sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
        (tmp_path / name).write_bytes(gzip.compress(bytes((0, 0, 8, axes)) + sizes + array.tobytes()))
    files = {name: tmp_path / name for name in large.FILES["mnist"]}
    monkeypatch.setattr(large, "fetch", lambda name, folder=None: files)


@pytest.mark.parametrize("name", API)
def test_a_public_name_is_documented(name: str):
    value = API[name]
    is_error = inspect.isclass(value) and issubclass(value, Exception)
    assert find_faults(value, example=not is_error) == []


@pytest.mark.parametrize("name", METHODS)
def test_a_public_method_is_documented(name: str):
    assert find_faults(METHODS[name], example=False) == []


@pytest.mark.parametrize("name", OPS)
def test_an_op_is_documented(name: str):
    assert find_faults(OPS[name], example=not name.endswith("_backward")) == []
    assert names_a_chapter(OPS[name])


@pytest.mark.parametrize("name", sorted(OPS.keys() & {f"{e.topic}.{e.name}" for e in catalogue.EXERCISES.values()}))
def test_an_exercise_names_the_step_that_derives_it(name: str):
    where = catalogue.exercise(name.partition(".")[2]).where
    assert f"({where})" in (inspect.getdoc(OPS[name]) or "").partition("\n")[0]


def test_every_exercise_is_looked_at():
    assert {name.partition(".")[2] for name in OPS} >= catalogue.EXERCISES.keys()


#: Their examples need TensorFlow and JAX: tests/frameworks/test_documented.py runs them.
ELSEWHERE = {"cnnlab.gradcheck.by_tensorflow", "cnnlab.gradcheck.by_jax"}


@pytest.mark.parametrize("name", sorted(API.keys() - ELSEWHERE))
@pytest.mark.usefixtures("learner_files")
def test_an_example_does_what_it_shows(name: str):
    assert run_example(API[name], name) == []


@pytest.mark.parametrize("name", [name for name in OPS if not name.endswith("_backward")])
def test_an_example_of_an_op_does_what_it_shows(name: str):
    assert run_example(OPS[name], name, OPS[name].__globals__) == []


def complete(x: np.ndarray, *, p: float = 0.5) -> np.ndarray:
    """Return x, scaled.

    Args:
        x: Numbers, of any shape.
        p: Factor.

    Returns:
        Numbers of x's shape.

    Example:
        >>> complete(2.0)
        1.0
    """
    return x * p


def test_a_complete_docstring_has_no_fault():
    assert find_faults(complete) == []
    assert run_example(complete, "complete", {"complete": complete}) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Return x, scaled.", "x, scaled", "The first line is no sentence."),
        ("        p: Factor.\n", "", "Args lacks p."),
        ("        p: Factor.", "        p:", "Args lacks p."),
        ("        p: Factor.", "        p: Factor.\n        q: Another.", "Args has q, which is no parameter."),
        ("Returns:\n        Numbers of x's shape.\n", "", "Returns is missing."),
        (">>> complete(2.0)\n", "", "Example is missing."),
    ],
    ids=["summary", "argument", "description", "stranger", "returns", "example"],
)
def test_what_a_docstring_lacks_is_found(monkeypatch, old: str, new: str, fault: str):
    assert complete.__doc__ and old in complete.__doc__
    monkeypatch.setattr(complete, "__doc__", complete.__doc__.replace(old, new))
    assert find_faults(complete) == [fault]


def untyped(x):
    """Print x.

    Args:
        x: A number.

    Example:
        >>> untyped(1)
        1
    """
    print(x)


def test_a_missing_type_is_found():
    assert find_faults(untyped) == ["x has no type."]


def test_a_missing_docstring_is_found(monkeypatch):
    monkeypatch.setattr(complete, "__doc__", None)
    assert find_faults(complete) == ["It has no docstring."]


def warn(x: float) -> float:
    warnings.warn("old", DeprecationWarning, stacklevel=2)
    return x


@pytest.mark.parametrize(
    ("old", "new", "printed"),
    [("        1.0", "        1.5", "Expected:"), ("complete(2.0)", "complete(2.0, q=1)", "TypeError")],
    ids=["another number", "another signature"],
)
def test_a_wrong_example_is_found(monkeypatch, old: str, new: str, printed: str):
    assert complete.__doc__
    monkeypatch.setattr(complete, "__doc__", complete.__doc__.replace(old, new))
    assert printed in "".join(run_example(complete, "complete", {"complete": complete}))


def test_an_example_that_warns_is_found():
    assert "DeprecationWarning" in "".join(run_example(complete, "complete", {"complete": warn}))


def test_type_checkers_see_the_annotations():
    assert importlib.resources.files("cnnlab").joinpath("py.typed").is_file()
