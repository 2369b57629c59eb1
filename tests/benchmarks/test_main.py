"""The one command of all benchmarks."""

import json
import sys
from types import ModuleType

import pytest

from benchmarks.__main__ import NAMES, THREADS, main


@pytest.fixture
def measured(monkeypatch):
    """A benchmark that measures nothing in place of "conv"; the arguments it was given are kept."""
    for variable in THREADS:
        monkeypatch.setenv(variable, "1")
    module = ModuleType("benchmarks.conv")
    module.run = lambda arguments: {"ratio": {"ours over theirs": 0.5}, "given": arguments}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.conv", module)


@pytest.mark.usefixtures("measured")
def test_json_holds_ratios_command_and_machine(capsys):
    assert main(["conv", "--json", "--rounds", "3"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ratio"] == {"ours over theirs": 0.5}
    assert found["command"] == "python -m benchmarks conv --json --rounds 3"
    assert found["given"] == ["--rounds", "3"]
    assert found["machine"]["cores"] >= 1


@pytest.mark.usefixtures("measured")
def test_without_json_a_line_each(capsys):
    main(["conv"])
    assert "  ours over theirs: 0.5" in capsys.readouterr().out.splitlines()


def test_an_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["speed"])
    said = capsys.readouterr().err
    assert all(name in said for name in NAMES)
