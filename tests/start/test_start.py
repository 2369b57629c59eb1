"""start.py as a learner runs it, in a small project of its own whose packages are a few lines each.

Everything is real but the packages: Python, venv, pip, the processes, the files. The full set-up runs these tests.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import start
from tests.patience import patience
from tests.start.tiny_backend import make_wheel

ROOT = Path(start.__file__).parent
TORCH = {"torch.py": "__version__ = '2.13.0'\n"}

# Each stand-in prints what it was started with.
TELL = """
import json, os, sys
shown = ("JUPYTER_CONFIG_PATH", "JUPYTER_CONFIG_DIR", "OMP_NUM_THREADS", "VIRTUAL_ENV", "PYTHONSAFEPATH")
print(json.dumps({"name": __name__, "arguments": sys.argv[1:], "cwd": os.getcwd(), "python": sys.executable,
                  "environment": {name: os.environ.get(name) for name in shown}}))
sys.exit(7 if "fail" in sys.argv else 0)
"""
KERNEL = {"argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3"}
PYPROJECT = """
[build-system]
requires = []
build-backend = "tiny_backend"
backend-path = ["."]
[project]
name = "cnnlab"
dynamic = ["version", "dependencies", "optional-dependencies"]
"""


class Project:
    """A folder with start.py, the few files that it reads, and a package index beside it."""

    def __init__(self, folder: Path):
        self.first: Run  # what a fixture's own run of start.py ended with
        self.folder = folder / "a course"
        self.index = folder / "index"
        self.index.mkdir(parents=True)
        (self.folder / "cnnlab").mkdir(parents=True)
        self.write("cnnlab/__init__.py", "")
        self.write("cnnlab/__main__.py", TELL)
        self.write("pyproject.toml", PYPROJECT)
        self.write("constraints.txt", "jupyterlab==1.0\ntorch==2.13.0\n")
        for chapter in ("ch08_second", "ch07_first"):
            self.write(f"notebooks/{chapter}/{chapter}.ipynb", "{}")
        shutil.copy(ROOT / "start.py", self.folder)
        shutil.copy(ROOT / "tests" / "start" / "tiny_backend.py", self.folder)
        kernel = "ipykernel-1.0.data/data/share/jupyter/kernels/python3/kernel.json"
        self.offer("ipykernel", "1.0", {"ipykernel.py": "", kernel: json.dumps(KERNEL)})
        self.offer("jupyterlab", "1.0", {"jupyterlab.py": TELL})
        self.offer("jupyterlab", "2.0", {"jupyterlab.py": "raise SystemExit('not what constraints.txt says')"})
        self.offer("pytest", "1.0", {"pytest.py": TELL})

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def offer(self, name: str, version: str, files: dict[str, str]) -> None:
        make_wheel(self.index, name, version, files)

    def popen(self, *arguments: str, cwd: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.index.as_uri(), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.Popen(
            [sys.executable, str(self.folder / "start.py"), *arguments],
            cwd=cwd or self.folder,
            env={**kept, **pip, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # with its children it can be interrupted as a terminal does
        )

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str) -> Run:
        process = self.popen(*arguments, cwd=cwd, **variables)
        out, err = process.communicate(timeout=patience(120))
        return Run(process.returncode, out, err)

    @property
    def record(self) -> dict[str, object]:
        return json.loads((self.folder / ".venv" / "cnnlab.json").read_text(encoding="utf-8"))


class Run:
    """What a run of start.py ended with."""

    def __init__(self, code: int, out: str, err: str):
        self.code, self.out, self.err = code, out, err

    @property
    def told(self) -> dict:
        """What the stand-in that was handed over to printed: the whole of stdout."""
        assert self.out, self.err
        return json.loads(self.out)


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


def test_jupyterlab_opens_the_first_chapter_with_the_settings_of_the_course(ready: Project) -> None:
    told = ready.run("--no-browser").told
    page = "--LabApp.default_url=/lab/tree/notebooks/ch07_first/ch07_first.ipynb"
    assert told["arguments"] == [page, "--no-browser"]
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


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose set-up was interrupted with Ctrl-C while pip was at work."""
    project = Project(tmp_path_factory.mktemp("interrupted"))
    project.write("slow", "")
    process = project.popen("--no-torch", "status")
    log = project.folder / "start.log"
    while "editable" not in (log.read_text(encoding="utf-8") if log.exists() else ""):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=patience(60))
    project.first = Run(process.returncode, out, err)
    (project.folder / "slow").unlink()
    return project


def test_interrupted_at_the_terminal_it_ends_without_a_traceback(interrupted: Project) -> None:
    assert interrupted.first.code == 130
    assert interrupted.first.err.splitlines()[-1].startswith("start.py: Interrupted.")
    assert "Traceback" not in interrupted.first.err


def nothing_more(project: Project) -> None:
    assert not project.record["complete"]


def move(project: Project) -> None:
    project.run("status")
    project.folder = project.folder.rename(project.folder.with_name("moved here"))


def lose_python(project: Project) -> None:
    project.run("status")
    shutil.rmtree(project.folder / ".venv" / start.PROGRAMS.name)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(nothing_more, "The last set-up did not finish", id="interrupted"),
        pytest.param(move, "This folder was moved or copied", id="moved"),
        pytest.param(lose_python, "The Python in .venv is missing or was replaced", id="python is gone"),
    ],
)
def test_a_damaged_set_up_is_mended(interrupted: Project, damage: Callable[[Project], None], reason: str) -> None:
    damage(interrupted)
    run = interrupted.run("--no-torch", "status")
    assert reason in run.err
    assert Path(run.told["python"]).is_relative_to(interrupted.folder / ".venv")
    assert interrupted.record["torch"] == "omitted"


WHOLE = {"complete": True, "location": "/here", "python": "3.12", "extras": ["lab"]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"extras": []}, None),
        ({"complete": False}, start.AFRESH["complete"]),
        ({"location": "/there"}, start.AFRESH["location"]),
        ({"python": "3.11"}, start.AFRESH["python"]),
    ],
    ids=["same", "more extras", "unfinished", "moved", "python upgraded"],
)
def test_why_a_venv_is_made_anew(change: dict[str, object], reason: str | None) -> None:
    assert start.why_afresh({**WHOLE, **change}, WHOLE) == reason


@pytest.mark.parametrize("text", ["", '{"complete": tr', "[1]"], ids=["empty", "half", "no record"])
def test_a_record_that_cannot_be_read_is_none(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "RECORD", tmp_path / "cnnlab.json")
    start.RECORD.write_text(text)
    assert start.read_record() == {}


def test_of_two_starts_at_once_one_waits(project: Project) -> None:
    both = [project.popen("--no-torch", "status") for _ in range(2)]
    ends = [process.communicate(timeout=patience(120)) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("waiting for it" in err for _, err in ends) == [False, True]
    assert sorted("Nothing is set up" in err for _, err in ends) == [False, True]


# --- what ends in a sentence ---


def file_in_the_way(project: Project) -> None:
    project.write(".venv", "")


def foreign_venv(project: Project) -> None:
    python = project.folder / ".venv" / start.PYTHON.relative_to(start.VENV)
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
    assert f"sudo apt install python3.{sys.version_info.minor}-venv;" in start.no_pip()


def test_without_a_network_one_sentence_names_the_log(project: Project) -> None:
    nowhere = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_RETRIES": "1"}
    run = project.run("status", **nowhere)
    assert run.code == 1
    assert "the package index cannot be reached over the network" in run.err.splitlines()[-1]
    assert "Connection refused" in (project.folder / "start.log").read_text(encoding="utf-8")


# --- its parts ---


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 15)], ids=str)
def test_another_python_is_refused_and_what_is_needed_said(version: tuple[int, int]) -> None:
    with pytest.raises(start.Stop, match=r"needs Python 3\.11 to 3\.14, and this is Python 3\.\d+ .*start\.py"):
        start.require_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 14)], ids=str)
def test_these_pythons_will_do(version: tuple[int, int]) -> None:
    start.require_python(version)


def test_python_3_6_can_read_the_file() -> None:
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 6))


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
        ("ERROR: No matching distribution found for torch==2.13.0", start.NOT_OFFERED),
        ("ERROR: ResolutionImpossible: for help visit", start.NOT_OFFERED),
        ("collecting\nerror: something else.\nbye", "error: something else"),
        ("", "it gave no reason"),
    ],
    ids=["disk full", "permission", "offline", "no build", "no build as pinned", "unknown", "silence"],
)
def test_what_pip_says_becomes_one_reason(output: str, meaning: str) -> None:
    assert start.cause(output) == meaning


def test_windows_waits_for_the_child_and_returns_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "WINDOWS", True)
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    assert start.hand_over(["-c", "raise SystemExit(5)"], dict(os.environ)) == 5


@pytest.mark.parametrize("arguments", [["--no-torch", "--torch"], ["--nonsense"]], ids=" ".join)
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        start.parse(arguments)
    assert end.value.code == 2


def test_the_pin_of_pytorch_is_a_plain_release() -> None:
    assert start.torch_requirement() == "torch==2.13.0"
