"""Learner files import each other within their own folder, then from what was handed out, and nothing else changes."""

import sys

import pytest

from cnnlab import loader


@pytest.fixture
def folder(tmp_path):
    handed_out = tmp_path / "stubs"
    handed_out.mkdir()
    (handed_out / "unfold.py").write_text("def col2im(): return 'handed out'\n", encoding="utf-8")
    (tmp_path / "room").mkdir()
    return loader.Folder(tmp_path / "room", handed_out)


def put(folder, name, text):
    (folder.path / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "from cnnlab.ops.unfold import col2im",
        "from cnnlab.ops import unfold; col2im = unfold.col2im",
        "import cnnlab.ops.unfold; col2im = cnnlab.ops.unfold.col2im",
        "import cnnlab.ops.unfold as u; col2im = u.col2im",
        "from .unfold import col2im",
        "from . import unfold; col2im = unfold.col2im",
        "def col2im():\n    from cnnlab.ops.unfold import col2im\n    return col2im()",
    ],
)
def test_every_way_to_import(folder, line):
    put(folder, "conv.py", line)
    function = folder.load("conv").function("col2im")
    assert function is not None
    assert function() == "handed out"
    put(folder, "unfold.py", "def col2im(): return 'written'\n")
    function = folder.load("conv").function("col2im")
    assert function is not None
    assert function() == "written"


def test_nothing_is_left_in_the_interpreter(folder):
    before = set(sys.modules)
    put(folder, "conv.py", "from cnnlab.ops.unfold import col2im")
    folder.load("conv")
    assert set(sys.modules) - before == set()


def test_the_module_stays_the_same_object(folder):
    put(folder, "conv.py", "x = 1")
    first = folder.load("conv").module
    put(folder, "conv.py", "y = 2")
    second = folder.load("conv").module
    assert first is second
    assert not hasattr(second, "x")


def test_files_that_import_each_other_in_a_circle(folder):
    put(folder, "conv.py", "from cnnlab.ops.unfold import col2im\ny = 2")
    put(folder, "unfold.py", "from cnnlab.ops import conv\ndef col2im(): return conv.y")
    function = folder.load("conv").function("col2im")
    assert function is not None
    assert function() == 2


def test_two_folders_do_not_mix(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "unfold.py").write_text(f"name = {name!r}", encoding="utf-8")
        (tmp_path / name / "conv.py").write_text("from cnnlab.ops.unfold import name", encoding="utf-8")
    for name in "ab":
        assert loader.Folder(tmp_path / name).load("conv").module.name == name  # pyright: ignore


def test_dataclasses_and_named_tuples_work(folder):
    text = "from dataclasses import dataclass\nfrom typing import NamedTuple\n@dataclass\nclass A:\n    x: int\n"
    put(folder, "conv.py", text + "class B(NamedTuple):\n    y: int\n")
    module = folder.load("conv").module
    assert module is not None
    assert module.A(1).x == module.B(1).y


def test_a_fault_in_an_imported_file_names_it(folder):
    put(folder, "conv.py", "from cnnlab.ops.unfold import col2im")
    put(folder, "unfold.py", "def col2im(:")
    fault = folder.load("conv").reading.fault
    assert fault is not None
    assert "unfold.py line 1 is not Python" in fault


def test_a_named_pipe_is_refused_at_once(folder):
    import os

    if not hasattr(os, "mkfifo"):
        return  # Windows has none
    os.mkfifo(folder.path / "conv.py")
    assert "not a regular file" in (folder.load("conv").reading.fault or "")
