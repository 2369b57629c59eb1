"""Whatever interrupts start.py, and wherever, the next run mends it, and what worked stays until it is replaced."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import patience
from tests.start.project import PYPROJECT, Project, copy_start, finish, set_up_venv
from tests.start.stand_in import load, run_until_killed

#: How long a test waits for a sign that a run has come to a certain point.
SIGN_SECONDS = 60

#: A set-up of the small project takes a few seconds; it is killed at moments drawn from this span.
KILL_SECONDS = 6.0


def wait_for(sign: Callable[[], bool]) -> None:
    until = time.monotonic() + patience(SIGN_SECONDS)
    while not sign():
        if time.monotonic() > until:
            pytest.fail("the sign did not come")
        time.sleep(0.02)


def is_held(project: Project) -> bool:
    """Return whether pip is in the hook that a file called `slow` holds up."""
    return (project.folder / "slow").read_text(encoding="utf-8") == "held"


def leftovers(project: Project) -> list[str]:
    return sorted(path.name for path in project.folder.glob(".venv*"))


# --- interrupted with Ctrl-C ---


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose set-up was interrupted with Ctrl-C while pip was at work."""
    project = Project(tmp_path_factory.mktemp("interrupted"))
    project.write("slow", "")
    process = project.popen("--no-torch", "status")
    wait_for(lambda: is_held(project) or process.poll() is not None)
    os.killpg(process.pid, signal.SIGINT)
    project.first = finish(process)
    (project.folder / "slow").unlink()
    return project


def test_interrupted_at_the_terminal_it_ends_without_a_traceback(interrupted: Project) -> None:
    assert interrupted.first.code == 130, interrupted.first.err
    assert interrupted.first.err.splitlines()[-1].startswith("start.py: Interrupted.")
    assert "Traceback" not in interrupted.first.err


def nothing_more(project: Project) -> None:
    assert not project.record["complete"]


def move(project: Project) -> None:
    project.run("status")
    project.folder = project.folder.rename(project.folder.with_name("moved here"))


def lose_python(project: Project) -> None:
    project.run("status")
    shutil.rmtree(project.folder / ".venv" / set_up_venv.PROGRAMS.name)


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
    assert leftovers(interrupted) == [".venv"]


# --- killed before every single change of a file ---

COURSE = {"grading", "lab"}


class Folder:
    """A folder for start.py, with stand-ins for venv and pip."""

    def __init__(self, path: Path):
        self.path = path
        path.mkdir()
        copy_start(path)
        (path / "pyproject.toml").write_text(PYPROJECT)
        (path / "constraints.txt").write_text("torch==2.13.0\n")

    def set_up(self, extras: set[str] = COURSE, online: bool = True) -> list[list[str]]:
        """Run the set-up; the commands that it ran."""
        venv = load(self.path, online)
        record = venv.set_up(extras, None)
        assert record == venv.make_plan(record, extras, None) == self.read_record()
        assert package_is_whole(self)
        assert self.leftovers() == [".venv"]
        return vars(venv)["commands"]

    def read_record(self, name: str = ".venv") -> dict:
        return json.loads((self.path / name / "cnnlab.json").read_text(encoding="utf-8"))

    def change_record(self, **changes: object) -> None:
        path = self.path / ".venv" / "cnnlab.json"
        path.write_text(json.dumps({**self.read_record(), **changes}), encoding="utf-8")

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in self.path.glob(".venv*"))

    def copy(self, path: Path) -> Folder:
        """Copy the folder, and say in its record that it has always been there."""
        other = object.__new__(Folder)
        other.path = shutil.copytree(self.path, path, symlinks=True)
        if (path / ".venv").exists():
            record = other.read_record()
            before = {"before": {**record["before"], "location": str(path)}} if "before" in record else {}
            other.change_record(location=str(path), **before)
        return other


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("empty") / "course")


@pytest.fixture(scope="module")
def whole(empty: Folder, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder that is set up."""
    folder = empty.copy(tmp_path_factory.mktemp("whole") / "course")
    folder.set_up()
    return folder


@pytest.mark.parametrize("case", ["first set-up", "made anew", "tools added", "other versions"])
def test_killed_before_any_change_it_is_mended(case: str, empty: Folder, whole: Folder, tmp_path: Path) -> None:
    """What worked before is still there, with or without a network, and the next run with one finishes."""
    extras = COURSE | {"dev"} if case == "tools added" else COURSE
    number = 0
    running = True
    while running:
        number += 1
        folder = (empty if case == "first set-up" else whole).copy(tmp_path / str(number))
        if case == "made anew":
            folder.change_record(python="3.6", mark="from before")
        if case == "other versions":
            (folder.path / "constraints.txt").write_text("torch==2.14.0\n")
        running = run_until_killed(folder.path, extras, number)
        if case == "tools added" and package_is_whole(folder):
            folder.copy(tmp_path / f"{number} as before").set_up(online=False)
        elif case == "made anew":
            offline = folder.copy(tmp_path / f"{number} offline")
            with contextlib.suppress(BaseException):
                load(offline.path, online=False).set_up(COURSE, None)
            assert offline.read_record()["complete"]
            assert offline.leftovers() == [".venv"]
        folder.set_up(extras)
    assert number > 10, "the kills came at no change"


def package_is_whole(folder: Folder) -> bool:
    return any(folder.path.glob(".venv/lib/python3*/site-packages/cnnlab-*/RECORD"))


# --- states beside those ---


def an_empty_folder(folder: Folder) -> None:
    (folder.path / ".venv").mkdir()


def half_a_record(folder: Folder) -> None:
    (folder.path / ".venv").mkdir()
    (folder.path / ".venv" / "cnnlab.json").write_text('{"compl')


def trash_that_was_not_deleted(folder: Folder) -> None:
    (folder.path / ".venv.trash" / "lib").mkdir(parents=True)


@pytest.mark.parametrize("leave", [an_empty_folder, half_a_record, trash_that_was_not_deleted])
def test_what_else_may_be_left_is_no_obstacle(leave: Callable[[Folder], None], empty: Folder, tmp_path: Path) -> None:
    folder = empty.copy(tmp_path / "course")
    leave(folder)
    assert folder.set_up()
    assert folder.set_up() == []


@pytest.mark.parametrize("lost", ["cnnlab.pth", "cnnlab-0.1.0.dist-info/RECORD", None], ids=str)
def test_an_update_that_broke_a_package_is_recognised(
    lost: str | None, whole: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the environment's own Python looks for what is missing."""
    folder = whole.copy(tmp_path / "course")
    monkeypatch.setattr(set_up_venv, "PYTHON", folder.path / set_up_venv.PYTHON.relative_to(set_up_venv.HERE))
    if lost:
        next(folder.path.glob(f".venv/lib/python3*/site-packages/{lost}")).unlink()
    assert set_up_venv.has_every_file() == (lost is None)
    folder.change_record(complete=False, before=folder.read_record())
    made = any("venv" in command for command in folder.set_up())
    assert made == (lost is not None)


@pytest.mark.parametrize("old", [False, True], ids=["alone", "beside one that was put aside"])
def test_an_environment_that_start_py_did_not_make_is_left_alone(old: bool, whole: Folder, tmp_path: Path) -> None:
    folder = whole.copy(tmp_path / "course")
    if old:
        shutil.copytree(folder.path / ".venv", folder.path / ".venv.old", symlinks=True)
    (folder.path / ".venv" / "cnnlab.json").unlink()
    before = sorted(folder.path.rglob(".venv*/**"))
    venv = load(folder.path)
    with pytest.raises(venv.Stop, match=r"\.venv is in the way, and start\.py did not make it"):
        venv.set_up(COURSE, None)
    assert sorted(folder.path.rglob(".venv*/**")) == before


def test_where_the_new_one_cannot_be_made_the_old_one_is_put_back(
    whole: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = whole.copy(tmp_path / "course")
    folder.change_record(python="3.6", mark="from before")  # so it has to be made anew
    offline = load(folder.path, online=False)
    with pytest.raises(offline.Stop, match="pip could not install the course"):
        offline.set_up(COURSE, None)
    assert "the one from before is back in its place" in capsys.readouterr().err
    assert folder.read_record()["mark"] == "from before"
    assert folder.leftovers() == [".venv"]
    folder.set_up()
    assert "mark" not in folder.read_record()


# --- killed for good, at any moment, with real venv and pip ---


@pytest.mark.slow
def test_killed_at_any_moment_it_is_mended(tmp_path: Path) -> None:
    rng = random.Random(0)
    project = Project(tmp_path)
    for _ in range(4):
        process = project.popen("--no-torch", "status")
        time.sleep(rng.uniform(0, KILL_SECONDS))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    run = project.run("--no-torch", "status")
    assert run.code == 0, run.err
    assert Path(run.told["python"]).is_relative_to(project.folder / ".venv")
    assert leftovers(project) == [".venv"]


def test_a_pip_that_outlives_start_py_is_waited_for(tmp_path: Path) -> None:
    """Where start.py alone is killed, its pip writes on; the next run waits for its end before it deletes anything."""
    project = Project(tmp_path)
    project.write("slow", "")
    process = project.popen("--no-torch", "status")
    wait_for(lambda: is_held(project) or process.poll() is not None)
    process.kill()
    process.wait()
    second = project.popen("--no-torch", "status")
    assert second.stderr is not None
    assert "waiting for it" in second.stderr.readline()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (project.folder / "slow").unlink()
    run = finish(second)
    assert run.code == 0, run.err
    assert leftovers(project) == [".venv"]
