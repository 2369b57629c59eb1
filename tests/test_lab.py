"""`cnnlab lab` opens JupyterLab as start.py does, and says so where it cannot."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest

from cnnlab import lab
from tests.patience import patience

ROOT = Path(__file__).parents[1]
EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'

#: Longer than JupyterLab takes to start on a busy machine.
START_SECONDS = 60


def test_the_settings_are_those_of_start_py():
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec and spec.loader
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    jupyter = {name: value for name, value in start.environment(start.load_set_up()).items() if name in lab.settings()}
    assert lab.settings() == jupyter
    assert len(jupyter) == 5


def test_without_jupyterlab_it_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert lab.main() == 2
    assert "python3 start.py installs it" in capsys.readouterr().err


def test_a_copy_without_the_settings_opens_jupyterlab_as_it_is(monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    monkeypatch.setattr(lab, "run_until_closed", lambda command: started.append(command) or 0)
    assert lab.main(browser=False) == 0
    assert started == [[sys.executable, "-P", "-m", "jupyterlab", "--LabApp.default_url=/lab", "--no-browser"]]
    assert str(tmp_path) not in lab.environment().get("JUPYTER_CONFIG_PATH", "")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of the course, as far as `cnnlab lab` looks at it, and what it would have started and opened."""
    root = tmp_path / "a course"
    (root / "notebooks" / "ch08_second").mkdir(parents=True)
    (root / "notebooks" / "ch07_first").mkdir()
    for chapter in ("ch07_first", "ch08_second"):
        (root / "notebooks" / chapter / f"{chapter}.ipynb").write_text(EMPTY)
    (root / "config").mkdir()
    shutil.copytree(ROOT / "config" / "jupyter", root / "config" / "jupyter")
    course = SimpleNamespace(root=root, started=[], opened=[])
    monkeypatch.setattr(lab, "ROOT", root.resolve())
    monkeypatch.setattr(lab, "run_until_closed", lambda command: course.started.append(command) or 0)
    monkeypatch.setattr(lab.webbrowser, "open", course.opened.append)
    monkeypatch.setattr(lab.webbrowser, "get", lambda: None)
    return course


@pytest.mark.parametrize(("browser", "options"), [(True, []), (False, ["--no-browser"])], ids=["browser", "none"])
def test_it_opens_the_first_chapter(course, browser, options):
    assert lab.main(browser) == 0
    page = "--LabApp.default_url=/lab/tree/notebooks/ch07_first/ch07_first.ipynb"
    assert course.started == [[sys.executable, "-P", "-m", "jupyterlab", page, *options]]


def test_the_first_start_shows_the_learners_file_beside_the_chapter(course):
    (course.root / "cnnlab" / "ops").mkdir(parents=True)
    (course.root / "cnnlab" / "ops" / "unfold.py").write_text("")
    lab.main(browser=False)
    [file] = course.root.glob(".jupyter/config/lab/workspaces/*")
    left, right = json.loads(file.read_text())["data"]["layout-restorer:data"]["main"]["dock"]["children"]
    assert left["widgets"] == ["notebook:notebooks/ch07_first/ch07_first.ipynb"]
    assert right["widgets"] == ["editor:cnnlab/ops/unfold.py"]
    file.write_text("what the learner has open")
    lab.main(browser=False)
    assert file.read_text() == "what the learner has open"


def test_in_a_copy_of_one_chapter_the_learners_file_is_the_one_in_work(course):
    work = course.root / "notebooks" / "ch07_first" / "work"
    work.mkdir()
    (work / "unfold.py").write_text("")
    assert lab.find_learner_file(course.root / "notebooks" / "ch07_first" / "ch07_first.ipynb") == work / "unfold.py"


def test_a_second_one_names_the_first_and_opens_it(course, capsys):
    """With a real server, and a file such as one that was killed leaves behind."""
    leave_file_of_a_dead_server(course.root, pid=os.getpid())
    options = ["--no-browser", "--ServerApp.port=0", "--IdentityProvider.token=secret"]
    command = [sys.executable, "-P", "-m", "jupyterlab", *options]
    server = subprocess.Popen(command, env=lab.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + patience(START_SECONDS)
        while lab.find_running_server() is None:
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail("the server did not start")
            time.sleep(0.2)
        assert lab.main() == 0
        out = capsys.readouterr().out
        (address,) = course.opened
        assert "JupyterLab is already running for this folder" in out and address in out
        assert urlopen(address, timeout=patience(START_SECONDS)).status == 200
        assert course.started == []
        assert lab.main(browser=False) == 0
        assert len(course.opened) == 1
    finally:
        server.kill()  # so that its file stays
        server.communicate()
    assert lab.main(browser=False) == 0
    assert len(course.started) == 1, "the file of a dead server does not count"


def leave_file_of_a_dead_server(root, pid):
    """Leave the file of a server that was killed, and whose process number another program has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    runtime = root / ".jupyter" / "runtime"
    runtime.mkdir(parents=True)
    server = {"url": f"http://127.0.0.1:{port}/", "root_dir": str(root), "token": "old", "pid": pid}
    (runtime / f"jpserver-{pid}.json").write_text(json.dumps(server))


def test_the_server_of_another_folder_does_not_count(course, monkeypatch):
    monkeypatch.setattr(lab, "answers", lambda server: True)
    leave_file_of_a_dead_server(course.root, pid=os.getpid())
    assert lab.find_running_server() is not None
    monkeypatch.setattr(lab, "ROOT", course.root.parent)
    assert lab.find_running_server() is None
