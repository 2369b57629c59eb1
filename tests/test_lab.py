"""`cnnlab lab` opens JupyterLab as start.py does, and says so where it cannot."""

import importlib.util
import sys
from pathlib import Path

from cnnlab import lab

ROOT = Path(__file__).parents[1]


def test_the_settings_are_those_of_start_py():
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec and spec.loader
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    jupyter = {name: value for name, value in start.environment().items() if name in lab.settings()}
    assert lab.settings() == jupyter
    assert len(jupyter) == 4


def test_without_jupyterlab_it_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert lab.main() == 2
    assert "python3 start.py installs it" in capsys.readouterr().err


def test_a_copy_without_the_settings_opens_jupyterlab_as_it_is(monkeypatch, tmp_path):
    ran = {}

    def run(command, env, check):
        ran.update(command=command, env=env)
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(lab, "ROOT", tmp_path)
    monkeypatch.setattr(lab.subprocess, "run", run)
    assert lab.main() == 0
    assert ran["command"] == [sys.executable, "-P", "-m", "jupyterlab"]
    assert str(tmp_path) not in ran["env"].get("JUPYTER_CONFIG_PATH", "")
