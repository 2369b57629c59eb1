"""A training that is interrupted before its first step is over: the cells after it say so, and nothing fails."""

import re

import numpy as np
import pytest

from authoring.build_notebooks import CHAPTERS
from cnnlab.picture import Picture, make_figure

#: Chapter -> words of the cell that reads the losses, where its reading begins and ends, and what it prints.
CELLS = {
    "ch14_segmentation": ("the loss falls below", "means =", 'print("an image', ""),
    "ch14_segmentation, the line": ("the loss falls below", "when =", "with_skip =", "at none of its steps yet"),
    "ch15_detection": ("mean of 30 steps", "", None, ""),
    "ch16_gans": ("if D cannot tell", "", None, "seed 0: interrupted before its first round was over"),
    "ch18_beyond_cnns": ('always answering 1", **', "", None, ""),
}


def read_part(chapter, words, first, last):
    text = (CHAPTERS / f"{chapter}.md").read_text(encoding="utf-8")
    (cell,) = [c for c in re.findall(r"```\{code-cell\}\n(.*?)```", text, re.DOTALL) if words in c]
    return cell[cell.index(first) : cell.index(last) if last else None]


@pytest.mark.parametrize("name", CELLS)
def test_no_step_was_made(name, capsys):
    words, first, last, printed = CELLS[name]
    names = {
        "np": np,
        "make_figure": make_figure,
        "Picture": Picture,
        "BLUE": "C0",
        "ORANGE": "C1",
        "GREY": "C2",
        "losses": [],
        "one_to_one": [(None, None, np.array([]))],
        "share": np.full(4, 0.25),
        "always_one": 1 / 6,
        "alike": 1.0,
        "first": None,
    }
    exec(read_part(name.partition(",")[0], words, first, last), names)
    if "figure" in names:
        names["figure"].canvas.draw()
    assert printed in capsys.readouterr().out
