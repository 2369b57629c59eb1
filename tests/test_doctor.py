"""doctor looks for what the code really imports, and says what to do about what is missing."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import cnnlab
from cnnlab import doctor

ROOT = Path(__file__).parents[1]

#: Modules that are imported, and the distribution that brings them along.
COMPANIONS = {
    "IPython": "ipykernel",
    "jupyter_client": "ipykernel",
    "jupyter_core": "jupyterlab",
    "jupyter_server": "jupyterlab",
    "jupyterlab_server": "jupyterlab",
    "traitlets": "ipywidgets",
    "nbformat": "nbgrader",
    "nbconvert": "nbgrader",
    "dateutil": "nbgrader",
    "sqlalchemy": "nbgrader",
    "requests": "pooch",
    "tensorflow": doctor.TENSORFLOW,
    "jax": "jax",
}

#: Distributions that are used by name, and not imported.
NAMED = {"jupyterlab", "ipykernel", "ipywidgets", "colorama", "markdown-it-py", "mdit-py-plugins", doctor.TENSORFLOW}

#: Imported only where a test suite runs anyway.
ONLY_IN_TESTS = {"pytest"}


def imported_modules():
    """Every top-level module that the package and the grading import and Python does not come with."""
    found = set()
    for path in [*(ROOT / "cnnlab").rglob("*.py"), *(ROOT / "grading").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    own = {path.stem for path in (ROOT / "cnnlab" / "course" / "stubs").glob("*.py")}
    return found - sys.stdlib_module_names - ONLY_IN_TESTS - own - {"cnnlab", "grading", "__future__"}


def requirements(*extras):
    """The distributions that pyproject.toml names, and those of extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] + [line for e in extras for line in project["optional-dependencies"][e]]
    return {re.split(r"[<>=!;\[ ]", line)[0] for line in lines}


def test_every_import_is_looked_for():
    distributions = metadata.packages_distributions()
    for module in imported_modules():
        names = {COMPANIONS.get(module)} | set(distributions.get(module, ()))
        assert names & doctor.PACKAGES.keys(), f"{module} is imported, and doctor does not look for it"


def test_nothing_is_looked_for_or_required_that_is_not_used():
    used = imported_modules() | NAMED
    assert doctor.PACKAGES.keys() <= used
    assert requirements() <= used


def test_what_is_looked_for_is_what_the_set_up_installs():
    elsewhere = {"colorama", *({"tensorflow", "tensorflow-cpu"} - {doctor.TENSORFLOW})}  # on other systems
    assert doctor.PACKAGES.keys() == requirements("lab", "torch", "frameworks", "grading") - elsewhere


@pytest.mark.parametrize("name", doctor.PACKAGES)
def test_a_missing_package_has_a_consequence_and_a_remedy(name, monkeypatch, capsys):
    version = metadata.version

    def without(wanted):
        if wanted == name:
            raise metadata.PackageNotFoundError(wanted)
        return version(wanted) if wanted in ("numpy", "cnnlab") else "1"

    monkeypatch.setattr(metadata, "version", without)
    assert doctor.main() == doctor.PACKAGES[name].needed
    line = next(line for line in capsys.readouterr().out.splitlines() if name in line)
    assert line.startswith("✗" if doctor.PACKAGES[name].needed else "–")
    assert "not installed: " in line and "install" in line.partition("; ")[2]


def test_bubblewrap_is_looked_for_where_it_exists(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(doctor.platform, "system", lambda: "Linux")
    found = doctor._bubblewrap()
    assert not found.fine and not found.needed and "apt install bubblewrap" in found.found
    monkeypatch.setattr(doctor.platform, "system", lambda: "Darwin")
    assert doctor._bubblewrap().fine


@pytest.mark.parametrize("columns", [60, 80])
def test_it_fits_the_terminal(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(columns))

    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", nothing)
    assert doctor.main() == 1
    assert max(map(len, capsys.readouterr().out.splitlines())) <= columns


def test_the_project_file_and_the_package_name_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == cnnlab.__version__
