"""Without TensorFlow and JAX: one sentence says what to install, and nothing else needs them."""

import importlib.util
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from cnnlab.errors import CnnlabError
from cnnlab.gradcheck import by_jax, by_tensorflow
from cnnlab.gradcheck.reference.framework_oracle import MissingFramework

ROOT = Path(__file__).parents[3]


@pytest.fixture
def without(monkeypatch):
    """Python does not find the two, here or on a machine that has them."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name in ("tensorflow", "jax") else find(name, *more)
    )


@pytest.mark.usefixtures("without")
@pytest.mark.parametrize(("by", "name"), [(by_tensorflow, "TensorFlow"), (by_jax, "JAX")])
def test_one_sentence_says_what_to_install(by, name):
    with pytest.raises(MissingFramework) as found:
        by(np.square)
    assert isinstance(found.value, (CnnlabError, ImportError))
    said = str(found.value)
    assert said.startswith(f"{name} is not installed. Install it")
    extra = re.search(r"-c constraints\.txt -e '\.\[(\w+)\]'$", said)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extra and any(name.lower() in line for line in project["optional-dependencies"][extra[1]])


@pytest.mark.parametrize("by", [by_tensorflow, by_jax])
def test_what_is_no_function_is_refused_first(by):
    with pytest.raises(TypeError, match="needs a function of tensors, not a int"):
        by(3)


def test_the_constraints_pin_what_the_extra_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = {line.partition(" ;")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    named = {re.sub(r"\[.*\]", "", line.partition(" ;")[0]) for line in project["optional-dependencies"]["frameworks"]}
    assert named <= pins and {"jax", "tensorflow-cpu"} <= {name.partition("==")[0] for name in named}


def test_ci_runs_the_tests_that_need_them():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^nice .*tests/frameworks/run\.py --prepare .*&$", script, re.M)
    assert re.search(r"^python3 tests/frameworks/run\.py( >.*&)?$", script, re.M)


def test_the_suite_does_not_collect_them(pytestconfig, request):
    assert (ROOT / "tests" / "frameworks" / "test_oracles.py").is_file()
    assert not any(item.path.parent.name == "frameworks" for item in request.session.items)
