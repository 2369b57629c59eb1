"""The trainings of chapters 14 and 15 run from their own cells, for other seeds too."""

import re

import pytest

import cnnlab
from authoring import measure_trainings, train_fcn
from authoring.chapter_code import read_definitions
from cnnlab import loader


@pytest.fixture
def keep_folder():
    before = loader.learner_folder()
    yield
    cnnlab.use(before)


@pytest.mark.parametrize(("chapter", "rows", "classes"), [("ch14", 4, 4), ("ch15", 2, 3)])
def test_two_steps_from_two_seeds(chapter, rows, classes, monkeypatch, capsys, keep_folder):
    monkeypatch.setenv("CNNLAB_STEPS", "2")
    assert measure_trainings.main([chapter, "--seeds", "2"]) == 0
    found = re.findall(rf"(?m)^{chapter}, (seed \d.*) ([\d.]+), of the classes (.*)$", capsys.readouterr().out)
    assert len(found) == rows and len({words for words, *_ in found}) == rows
    for _, mean, figures in found:
        each = [float(figure) for figure in figures.split(", ")]
        assert len(each) == classes and abs(sum(each) / classes - float(mean)) < 1e-3


def test_another_chapter_is_refused(capsys):
    with pytest.raises(SystemExit):
        measure_trainings.main(["ch13"])
    assert "there is no ch13" in capsys.readouterr().err


def test_the_pictures_network_is_the_chapters():
    source = read_definitions("ch14_segmentation", train_fcn.TAKEN)
    assert "class FCN(nn.Module)" in source and "def train(net, seed=0)" in source and "def judge" not in source


def test_what_a_chapter_does_not_define_is_an_error():
    with pytest.raises(ValueError, match="ch14_segmentation defines no nothing_of_this_name"):
        read_definitions("ch14_segmentation", ["FCN", "nothing_of_this_name"])
