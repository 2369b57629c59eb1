"""The train of gears is LeNet's, and shows what the learner's files hold now."""

import shutil
from pathlib import Path

import pytest

from cnnlab import check, nn
from cnnlab.course.gear_train import LENET_GEARS, find_gear_train
from cnnlab.loader import STUBS

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"


@pytest.fixture
def folder(tmp_path):
    """A folder of stubs in which activations.py is solved."""
    room = tmp_path / "work"
    shutil.copytree(STUBS, room)
    shutil.copy(SOLUTIONS / "activations.py", room)
    return room


def test_the_gears_are_those_of_the_board():
    board = nn.lenet().gears(nn.CrossEntropyLoss(), nn.SGD(lr=0.1))
    assert {row.exercise for row in board.rows} == set(LENET_GEARS)


def test_a_pass_points_at_its_gear(folder):
    train = check("relu_backward", folder=folder, torch=False).gears
    assert train is not None
    assert (train.mine, train.new) == ({"relu_backward"}, {"relu_backward"})


def test_a_gear_whose_file_was_changed_counts_no_more(folder):
    check("relu_backward", folder=folder, torch=False)
    path = folder / "activations.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    train = find_gear_train(("linear_backward",), folder)
    assert train is not None and train.mine == frozenset()


@pytest.mark.parametrize("name", ["sigmoid_backward", "conv2d_weight_grad"])
def test_no_gear_of_lenet_and_no_pass_have_no_train(folder, name):
    assert check(name, folder=folder, torch=False).gears is None


def test_a_report_knows_the_line_of_its_function(folder):
    line = check("conv2d_weight_grad", folder=folder).line
    assert line is not None and line.line is not None
    text = (folder / "conv.py").read_text(encoding="utf-8").splitlines()
    assert text[line.line - 1].startswith("def conv2d_weight_grad(")
    assert Path(line.address).name == "conv.py"
    assert check("conv2d_weight_grad", folder=folder).public().line.address == ""
