"""The command line: what it prints, and its exit codes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import cli, loader
from cnnlab.command_line import STARTED_AS
from cnnlab.course.catalogue import EXERCISES
from cnnlab.course.chapters import TITLES
from cnnlab.course.learner_folder import show_path

ROOT = Path(__file__).parents[1]
STUBS = str(loader.STUBS)

#: The exercises that chapters ask for.
ASKED = [name for name, e in EXERCISES.items() if not e.optional]


@pytest.fixture(autouse=True)
def cnnlab_on_path(monkeypatch):
    """Commands are named as in an activated environment, wherever the tests run."""
    monkeypatch.setenv(STARTED_AS, "cnnlab")


@pytest.fixture
def room(tmp_path):
    (tmp_path / "conv.py").write_bytes((loader.STUBS / "conv.py").read_bytes())
    return tmp_path


def run(capsys, *arguments):
    code = cli.main(list(map(str, arguments)))
    return code, *capsys.readouterr()


def test_the_solutions_pass(capsys):
    code, out, _ = run(capsys, "check", "conv2d", "--solutions", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["passed"], found["failed"]) == (3, 0)
    assert all(report["passed"] and report["score"] == 1 for report in found["reports"])


@pytest.mark.parametrize(
    ("option", "judge"), [("--torch", "PyTorch and finite differences"), ("--no-torch", "finite differences")]
)
def test_who_judges_is_an_option(capsys, option, judge):
    _, out, _ = run(capsys, "check", "relu_backward", "--solutions", "--json", option)
    assert json.loads(out)["reports"][0]["judge"] == judge


def test_the_stubs_say_what_to_write_and_where(capsys):
    code, out, _ = run(capsys, "check", "conv2d", "--folder", STUBS)
    assert code == 1
    for name in ("conv2d_bias_grad", "conv2d_weight_grad", "conv2d_input_grad"):
        assert f"to write: {name} · " in out
    assert "conv.py, line" in out


def test_all_is_one_line_each(capsys):
    code, out, _ = run(capsys, "check", "--all", "--folder", STUBS)
    assert code == 1
    assert len(out.splitlines()) == len(ASKED) + 1
    assert out.splitlines()[-1] == f"0 of {len(ASKED)} exercises passed"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check"], "name what to check"),
        (["check", "conv2d", "--all"], "name what to check"),
        (["check", "conv3d"], "did you mean conv2d"),
        (["check", "conv2d", "--folder", "nowhere"], "nowhere is not a folder"),
        (["check", "conv2d", "--seed", "-1"], "seed is -1"),
        (["hint", "conv"], "the course has no 'conv'"),
        (["solution", "relu"], "the course has no 'relu'"),
        (["reset", "ch99"], "the course has no 'ch99'"),
    ],
    ids=" ".join,
)
def test_bad_commands_exit_2_with_one_sentence(capsys, arguments, says):
    code, out, error = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert says in error
    assert len(error.splitlines()) == 1


def fail_with(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.parametrize("error", [ValueError("not in tuple"), TypeError("a bug"), KeyError("x"), LookupError("y")])
def test_a_fault_of_the_course_is_no_usage_error(monkeypatch, error):
    monkeypatch.setattr(cli, "check", fail_with(error))
    with pytest.raises(type(error)):
        cli.main(["check", "relu_backward"])


def test_a_full_disk_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(cli, "check", fail_with(OSError(28, "No space left on device", "conv.py")))
    code, out, error = run(capsys, "check", "relu_backward")
    assert (code, out, error) == (2, "", "cnnlab check: conv.py: No space left on device\n")


def test_what_the_course_has_is_listed_once_each(capsys):
    _, _, error = run(capsys, "check", "conv3d")
    near = error.strip().rpartition("did you mean ")[2].rstrip("?").split(" or ")
    assert len(near) == len(set(near)) > 1
    _, _, error = run(capsys, "check", "zzzzzzzz")
    names = error.strip().rpartition("there are ")[2].split(", ")
    assert {"conv2d_weight_grad", "conv2d", "conv_output_size", "ch08"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["check", "--seed", "x"], ["hint", "conv2d", "--level", "4"]])
def test_what_argparse_refuses_exits_2(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert "usage: cnnlab" in capsys.readouterr().err


def test_status(capsys):
    code, out, _ = run(capsys, "status", "--folder", STUBS)
    assert code == 0
    assert f"0 of {sum(e.points for e in EXERCISES.values() if e.chapter in TITLES)} points" in out
    assert len(out.splitlines()) <= 24
    _, every, _ = run(capsys, "status", "--all", "--folder", STUBS)
    assert every.count("unwritten") == len(EXERCISES)


def test_hints_grow(capsys):
    seen = [run(capsys, "hint", "conv2d_weight_grad", "--level", level)[1] for level in (1, 2, 3)]
    assert "Fix one weight" in seen[0]
    assert "--level 2" in seen[0]
    assert "--level" not in seen[2]


def test_solution(capsys):
    code, out, _ = run(capsys, "solution", "conv2d_bias_grad")
    assert code == 0
    assert out.startswith("def conv2d_bias_grad(")
    assert "dy.sum(" in out


def test_a_copy_without_solutions_points_to_the_hints(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "SOLUTIONS", tmp_path / "nowhere")
    code, out, err = run(capsys, "solution", "conv2d_bias_grad")
    assert (code, out) == (2, "")
    assert "does not contain the solutions" in err
    assert "cnnlab hint conv2d_bias_grad --level 3" in err


def test_reset_of_a_function_keeps_the_others_and_a_backup(capsys, room):
    file = room / "conv.py"
    stub = file.read_text(encoding="utf-8")
    written = stub.replace('raise NotImplementedError("ch08: write conv2d_bias_grad")', "return 1")
    written = written.replace('raise NotImplementedError("ch08: write conv2d_weight_grad")', "return 2")
    file.write_text(written, encoding="utf-8")
    code, out, _ = run(capsys, "reset", "conv2d_bias_grad", "--folder", room)
    assert code == 0
    text = file.read_text(encoding="utf-8")
    assert "return 1" not in text and "return 2" in text
    (backup,) = room.glob("*.bak")
    assert backup.read_text(encoding="utf-8") == written
    assert show_path(backup) in out
    run(capsys, "reset", "conv2d", "--folder", room)
    assert file.read_text(encoding="utf-8") == stub
    assert len(list(room.glob("*.bak"))) == 2


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\r\n"), ("utf-8-sig", "\n"), ("latin-1", "\n")])
def test_reset_keeps_encoding_and_line_ends(capsys, room, encoding, end):
    file = room / "conv.py"
    head = f"# -*- coding: {encoding} -*-\n# caf\xe9 \x0c and more\n" if encoding == "latin-1" else "# caf\xe9\n"
    text = head + file.read_text(encoding="utf-8").replace("\u00d7", "x")
    stub = text.replace("\n", end).encode(encoding)
    file.write_bytes(stub.replace(b'raise NotImplementedError("ch08: write conv2d_bias_grad")', b"return 1"))
    assert run(capsys, "reset", "conv2d_bias_grad", "--folder", room)[0] == 0
    assert file.read_bytes() == stub


def test_prints_of_a_learner_do_not_spoil_the_json(capsys, room):
    text = (room / "conv.py").read_text(encoding="utf-8")
    (room / "conv.py").write_text("print('loaded')\n" + text, encoding="utf-8")
    code, out, error = run(capsys, "check", "conv2d", "--folder", room, "--json")
    assert (code, json.loads(out)["failed"]) == (1, 3)
    assert "loaded" in error


def test_reset_of_a_broken_file(capsys, room):
    (room / "conv.py").write_text("def (:\n", encoding="utf-8")
    code, _, error = run(capsys, "reset", "conv2d_bias_grad", "--folder", room)
    assert code == 2
    assert "cnnlab reset conv puts the whole file back" in error
    assert run(capsys, "reset", "conv", "--folder", room)[0] == 0
    assert (room / "conv.py").read_bytes() == (loader.STUBS / "conv.py").read_bytes()


def test_reset_of_a_missing_file(capsys, room):
    (room / "conv.py").unlink()
    assert run(capsys, "reset", "conv2d_bias_grad", "--folder", room)[0] == 0
    assert (room / "conv.py").exists()
    assert list(room.glob("*.bak")) == []


def test_doctor(capsys):
    code, out, _ = run(capsys, "doctor")
    assert "Python" in out and "numpy" in out
    assert code == (1 if "To fix" in out else 0)


def test_a_terminal_without_unicode():
    command = [sys.executable, "-m", "cnnlab", "check", "conv2d_bias_grad", "--folder", STUBS]
    found = subprocess.run(
        command, cwd=ROOT, env={"PYTHONIOENCODING": "ascii", "PATH": ""}, capture_output=True, text=True
    )
    assert (found.returncode, found.stderr) == (1, "")
    assert "to write: conv2d_bias_grad" in found.stdout


def test_pytest_runs_the_exercises(room):
    text = (ROOT / "solutions" / "ops" / "conv.py").read_text(encoding="utf-8")
    (room / "conv.py").write_text(
        text.replace("return dy.sum(axis=(0, 2, 3))", "return dy.mean(axis=(0, 2, 3))"), "utf-8"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--pyargs",
        "cnnlab.course",
        "-m",
        "ch08",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CNNLAB_FOLDER": str(room)}
    found = subprocess.run(command, cwd=room, env=environment, capture_output=True, text=True)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "2 passed" in found.stdout and "2 failed" in found.stdout
    assert "db is exactly 1/(N·OH·OW) times the right answer" in found.stdout
    assert "warning" not in found.stdout.lower()


def test_the_demo_trains(capsys, monkeypatch):
    monkeypatch.setattr(loader, "_chosen", [])
    assert cli.main(["demo", "--epochs", "1"]) == 0
    told = capsys.readouterr().out
    assert "1442 images for training" in told and "Gears: 9" in told and "of the test images" in told


@pytest.mark.slow
def test_the_demo_reads_96_of_100_digits(capsys, monkeypatch):
    monkeypatch.setattr(loader, "_chosen", [])
    assert cli.main(["demo"]) == 0
    found = re.search(r"LeNet reads ([0-9.]+)% of the test images", capsys.readouterr().out)
    assert found and float(found[1]) >= 96
