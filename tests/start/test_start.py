"""start.py as a learner runs it, in a small project of its own whose packages are a few lines each.

Everything is real but the packages: Python, venv, pip, the processes, the files. The full set-up runs these tests.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import pty
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import start
from tests.start.project import KERNEL, PYPROJECT, ROOT, Project, finish, set_up_venv

TORCH = {"torch.py": "__version__ = '2.13.0'\n"}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that is set up, on a machine for which the index has no PyTorch."""
    project = Project(tmp_path_factory.mktemp("ready"))
    project.first = project.run("status")
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


# --- the set-up ---


def test_says_what_it_will_download_and_how_large_that_is(ready: Project) -> None:
    announced, _, rest = ready.first.err.partition("PyTorch (torch==2.13.0): ")
    assert "JupyterLab, NumPy" in announced
    assert announced.count(" MB") == 2
    assert " MB" in rest.splitlines()[0]


def test_without_a_build_of_pytorch_it_starts_and_says_the_cost(ready: Project) -> None:
    assert ready.first.code == 0
    assert "has no build for this machine" in ready.first.err
    assert "finite differences alone" in ready.first.err
    assert ready.record["torch"] == "unavailable"


def test_steps_are_counted_a_line_each(ready: Project) -> None:
    steps = [line for line in ready.first.err.splitlines() if " of 3: " in line]
    assert steps == [
        "1 of 3: an empty environment",
        "2 of 3: JupyterLab, NumPy, matplotlib, nbgrader and what they need",
        "3 of 3: PyTorch",
    ]
    assert "\r" not in ready.first.err, "what a terminal shows while it waits belongs on a terminal"


def test_on_a_terminal_no_line_of_pip_is_shown(ready: Project, tmp_path: Path) -> None:
    """Only a count that fits the narrowest terminal comes and goes between the steps."""
    project = Project(tmp_path)
    leader, follower = pty.openpty()
    process = project.popen("--no-torch", "status", stderr=follower)
    os.close(follower)
    seen = read_terminal(leader)
    assert finish(process).code == 0
    shown = [part for line in seen.splitlines() for part in line.split("\r")]
    assert "   3 packages found" in [part.rstrip() for part in shown]
    assert not any(word in seen for word in ("Collecting", "Requirement", "Successfully", "http"))


def read_terminal(leader: int) -> str:
    """Read all that a program shows on a terminal, until it has ended."""
    seen = b""
    with contextlib.suppress(OSError):  # the terminal ends with its last program
        while part := os.read(leader, 1000):
            seen += part
    os.close(leader)
    return seen.decode()


def test_cnnlab_learns_how_it_was_started(ready: Project, tmp_path: Path) -> None:
    command = ready.run("status", cwd=tmp_path).told["environment"]["CNNLAB_COMMAND"]
    assert shlex.split(command) == [sys.executable, str(ready.folder / "start.py")]


def test_a_release_has_no_tests_and_its_environment_is_left_alone(ready: Project) -> None:
    (ready.folder / "tests").rename(ready.folder / "put away")
    record = ready.record
    try:
        run = ready.run("test")
    finally:
        (ready.folder / "put away").rename(ready.folder / "tests")
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("start.py: `test` runs the tests of the course itself")
    assert "start.py' check NAME" in run.err
    assert ready.record == record


def test_a_second_run_installs_nothing_and_says_nothing(ready: Project) -> None:
    before = (ready.folder / "start.log").stat().st_mtime_ns
    run = ready.run("status")
    assert (run.code, run.err) == (0, "")
    assert (ready.folder / "start.log").stat().st_mtime_ns == before


def test_a_changed_rule_of_the_linter_installs_nothing(ready: Project) -> None:
    ready.write("pyproject.toml", PYPROJECT + "[tool.ruff]\nline-length = 90\n")
    assert ready.run("status").err == ""


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--json", "conv2d"), 0), (("fail",), 7)])
def test_other_words_go_to_cnnlab(ready: Project, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    run = ready.run("check", *arguments, cwd=tmp_path)
    assert run.told["arguments"] == ["check", *arguments]
    assert Path(run.told["cwd"]) == tmp_path
    assert Path(run.told["python"]).is_relative_to(ready.folder / ".venv")
    assert run.code == code


def test_a_stray_module_in_the_current_folder_is_not_imported(ready: Project, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('stray')")
    assert ready.run("status", cwd=tmp_path).code == 0


@pytest.mark.parametrize("options", [(), ("--no-browser",)], ids=["browser", "no browser"])
def test_without_a_word_it_opens_jupyterlab_with_the_settings_of_the_course(
    ready: Project, options: tuple[str, ...]
) -> None:
    told = ready.run(*options).told
    assert told["arguments"] == ["lab", *options]
    assert told["environment"]["JUPYTER_CONFIG_PATH"] == str(ready.folder / "config" / "jupyter")
    assert Path(told["environment"]["JUPYTER_CONFIG_DIR"]).is_relative_to(ready.folder)


def test_kernels_and_only_kernels_are_kept_from_stray_modules(ready: Project) -> None:
    path = ready.folder / ".venv/share/jupyter/kernels/python3/kernel.json"
    kernel = json.loads(path.read_text(encoding="utf-8"))
    assert kernel["argv"] == [*KERNEL["argv"], "--IPKernelApp.ignore_cwd=True"]
    assert kernel["env"] == {"PYTHONSAFEPATH": "1"}
    assert ready.run("--no-browser").told["environment"]["PYTHONSAFEPATH"] is None


def test_test_adds_the_tools_and_runs_pytest_in_the_repository(ready: Project, tmp_path: Path) -> None:
    run = ready.run("test", "--slow", "-k", "conv", cwd=tmp_path)
    assert "pytest, ruff" in run.err
    assert "JupyterLab" not in run.err
    assert run.told["arguments"] == ["--slow", "-k", "conv"]
    assert Path(run.told["cwd"]) == ready.folder
    assert run.told["environment"]["OMP_NUM_THREADS"] == "1"
    assert ready.run("status").err == "", "the tools stay, and are not wanted away again"


@pytest.mark.parametrize("arguments", [(), ("--slow",)], ids=["plain", "slow"])
def test_the_whole_suite_runs_on_several_cores(ready: Project, arguments: tuple[str, ...]) -> None:
    assert ready.run("test", *arguments).told["arguments"] == [*start.WHOLE_SUITE, *arguments]


def test_pytorch_is_installed_once_it_is_asked_for_and_there(ready: Project) -> None:
    ready.offer("torch", "2.13.0", TORCH)
    assert "--torch installs it" in ready.run("--no-browser").err
    assert ready.record["torch"] == "unavailable", "it is not tried again at every start"
    assert ready.run("--torch", "status").code == 0
    assert ready.record["torch"] == "installed"
    assert ready.run("--no-browser").err == ""


# --- what can go wrong with a folder ---


WHOLE = {"complete": True, "location": "/here", "python": "3.12", "extras": ["lab"]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"extras": []}, None),
        ({"complete": False}, set_up_venv.AFRESH["complete"]),
        ({"location": "/there"}, set_up_venv.AFRESH["location"]),
        ({"python": "3.11"}, set_up_venv.AFRESH["python"]),
    ],
    ids=["same", "more extras", "unfinished", "moved", "python upgraded"],
)
def test_why_a_venv_is_made_anew(change: dict[str, object], reason: str | None) -> None:
    assert set_up_venv.why_afresh({**WHOLE, **change}, WHOLE) == reason


@pytest.mark.parametrize("text", ["", '{"complete": tr', "[1]"], ids=["empty", "half", "no record"])
def test_a_record_that_cannot_be_read_is_none(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up_venv, "VENV", tmp_path)
    (tmp_path / set_up_venv.RECORD).write_text(text)
    assert set_up_venv.read_record() == {}


def test_of_two_starts_at_once_one_waits(project: Project) -> None:
    both = [project.popen("--no-torch", "status") for _ in range(2)]
    ends = [finish(process) for process in both]
    assert [run.code for run in ends] == [0, 0]
    assert sorted("waiting for it" in run.err for run in ends) == [False, True]
    assert sorted("Nothing is set up" in run.err for run in ends) == [False, True]


# --- what ends in a sentence ---


def file_in_the_way(project: Project) -> None:
    project.write(".venv", "")


def foreign_venv(project: Project) -> None:
    python = project.folder / ".venv" / set_up_venv.PYTHON.relative_to(set_up_venv.VENV)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)


def no_ensurepip(project: Project) -> None:
    project.write("ensurepip.py", "raise ImportError('No module named ensurepip')")


def folder_for_a_file(project: Project) -> None:
    (project.folder / "start.log").mkdir()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        pytest.param(file_in_the_way, ".venv is in the way", id="a file called .venv"),
        pytest.param(foreign_venv, ".venv is in the way", id="somebody else's .venv"),
        pytest.param(no_ensurepip, "has no ensurepip module", id="no ensurepip"),
        pytest.param(folder_for_a_file, "start.log: Is a directory", id="a file that cannot be written"),
    ],
)
def test_refuses_in_one_sentence(project: Project, damage: Callable[[Project], None], sentence: str) -> None:
    damage(project)
    there = (project.folder / ".venv").exists()
    run = project.run("status")
    assert (run.code, run.out) == (1, "")
    assert sentence in run.err.splitlines()[-1]
    assert "Traceback" not in run.err
    assert (project.folder / ".venv").exists() == there, "no half-made .venv is left, and nobody else's is removed"


def test_debian_is_told_the_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda path: str(path) == "/etc/debian_version")
    assert f"sudo apt install python3.{sys.version_info.minor}-venv;" in set_up_venv.no_pip()


def test_without_a_network_one_sentence_names_the_log(project: Project) -> None:
    nowhere = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "1"}
    run = project.run("status", **nowhere)
    assert run.code == 1
    assert "the package index cannot be reached over the network" in run.err.splitlines()[-1]
    assert "Connection refused" in (project.folder / "start.log").read_text(encoding="utf-8")


# --- its parts ---


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 15)], ids=str)
def test_another_python_is_refused_and_what_is_needed_said(version: tuple[int, int]) -> None:
    fault = start.find_python_fault(version)
    assert re.search(r"needs Python 3\.11 to 3\.14, and this is Python 3\.\d+ .*start\.py", fault or "")


@pytest.mark.parametrize("version", [(3, 11), (3, 14)], ids=str)
def test_these_pythons_will_do(version: tuple[int, int]) -> None:
    assert start.find_python_fault(version) is None


@pytest.mark.parametrize("path", ["start.py", "config/set_up_venv.py"])
def test_python_3_6_can_read_the_file(path: str) -> None:
    ast.parse((ROOT / path).read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("path", ["start.py", "config/set_up_venv.py"])
def test_only_the_standard_library_is_imported(path: str) -> None:
    nodes = list(ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert names <= {*sys.stdlib_module_names, "os.path"}


def test_a_folder_without_the_set_up_says_so_and_installs_nothing(project: Project) -> None:
    (project.folder / "config" / "set_up_venv.py").unlink()
    run = project.run("status")
    assert (run.code, run.out) == (1, "")
    [sentence] = run.err.splitlines()
    assert sentence.startswith(f"start.py: {Path('config/set_up_venv.py')} is missing in {project.folder}. Unpack the ")
    assert not (project.folder / ".venv").exists()


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: [Errno 13] Permission denied: '/a/b'", "a file may not be written"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'\n"
            "ERROR: No matching distribution found for hatchling",
            "the package index cannot be reached over the network",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", set_up_venv.NOT_OFFERED),
        ("ERROR: ResolutionImpossible: for help visit", set_up_venv.NOT_OFFERED),
        ("collecting\nerror: something else.\nbye", "error: something else"),
        ("", "it gave no reason"),
    ],
    ids=["disk full", "permission", "offline", "no build", "no build as pinned", "unknown", "silence"],
)
def test_what_pip_says_becomes_one_reason(output: str, meaning: str) -> None:
    assert set_up_venv.cause(output) == meaning


def test_windows_waits_for_the_child_and_returns_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up_venv, "WINDOWS", True)
    monkeypatch.setattr(set_up_venv, "PYTHON", Path(sys.executable))
    assert start.hand_over(set_up_venv, ["-c", "raise SystemExit(5)"], dict(os.environ)) == 5


@pytest.mark.parametrize("arguments", [["--no-torch", "--torch"], ["--nonsense"]], ids=" ".join)
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        start.parse(arguments)
    assert end.value.code == 2


def test_the_pin_of_pytorch_is_a_plain_release() -> None:
    assert set_up_venv.torch_requirement() == "torch==2.13.0"
