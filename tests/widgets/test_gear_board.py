"""The gear board follows the learner's files: asked by the page, and by itself."""

import asyncio
from pathlib import Path

import pytest

from cnnlab import loader, nn
from cnnlab.course import passes
from cnnlab.nn import gears
from cnnlab.widgets import gear_board, gearboard
from tests.patience import patience

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.setattr(loader, "_chosen", [])
    monkeypatch.setattr(passes, "_passed", set())
    for stub in loader.STUBS.glob("[!_]*.py"):
        (tmp_path / stub.name).write_bytes(stub.read_bytes())
    loader.choose(tmp_path)
    return tmp_path


def states(widget):
    return {exercise: state for exercise, state, *_ in widget.rows}


def write(room):
    (room / "activations.py").write_bytes((SOLUTIONS / "activations.py").read_bytes())
    gears.look_again()


def small():
    return nn.Sequential(fc=nn.Linear(3, 2, rng=0), act=nn.ReLU())


def test_it_shows_the_board_of_the_network(room):
    widget = gear_board(small())
    assert states(widget) == {"linear_backward": gears.PYTORCH, "relu_backward": gears.PYTORCH}
    assert "linear_backward turns fc; it is PyTorch's until you write it: chapter 5, " in widget.caption


def test_it_looks_again_when_it_is_asked(room):
    widget = gear_board(small())
    write(room)
    widget._handle_custom_msg("look", [])
    assert states(widget)["relu_backward"] == gears.UNCHECKED


def test_it_checks_what_it_is_told_to_check(room):
    write(room)
    assert states(gear_board(small(), check=True))["relu_backward"] == gears.CHECKED


def test_a_file_that_cannot_be_read_just_now_leaves_it_as_it_was(room):
    widget = gear_board(small())
    (room / "activations.py").write_text("def (:", encoding="utf-8")
    gears.look_again()
    before = widget.rows
    widget._handle_custom_msg("look", [])
    assert widget.rows == before


def test_it_follows_a_file_that_is_saved(room, monkeypatch):
    monkeypatch.setattr(gearboard, "EVERY", 0.01)

    class Shown:
        comm = object()

    async def saved():
        widget, looked = Shown(), []
        task = asyncio.create_task(gearboard._follow(gearboard.weakref.ref(widget), lambda: looked.append(1)))
        await asyncio.sleep(0.05)
        assert looked == []
        write(room)
        for _ in range(int(patience(500))):
            await asyncio.sleep(0.01)
            if looked:
                break
        del widget  # a board that is gone is not followed any more
        await asyncio.wait_for(task, patience(10))
        return looked

    assert asyncio.run(saved())
