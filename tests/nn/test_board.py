"""The gear board, as text and as HTML."""

from html.parser import HTMLParser

import numpy as np
import pytest

from cnnlab import nn
from cnnlab.course.learner_folder import show_path
from cnnlab.nn import gears
from cnnlab.nn.board import Board, Row


class Cells(HTMLParser):
    """The text of every cell of every row, and what a screen reader leaves out."""

    def __init__(self, html):
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.hidden = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        self.hidden += ("aria-hidden", "true") in attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.hidden -= self.hidden and tag == "span"

    def handle_data(self, data):
        if self.rows and "tr" in self.open and not self.hidden:
            self.rows[-1][-1] += data


def network():
    return nn.Sequential(fc1=nn.Linear(2, 3), relu1=nn.ReLU(), fc2=nn.Linear(3, 2))


def test_one_line_for_each_gear(room):
    room.solve("linear")
    board = network().gears(nn.CrossEntropyLoss(), nn.SGD(0.1), check=True)
    first, *lines = str(board).splitlines()
    assert first == "Gears: 1 yours and checked, 3 PyTorch's"
    assert [line.split("  ")[0] for line in lines] == ["● yours and checked", *["○ PyTorch's"] * 3]
    expected = {"linear_backward": "fc1, fc2", "relu_backward": "relu1", "cross_entropy_backward": "loss"}
    assert [(row.exercise, ", ".join(row.layers)) for row in board.rows] == [
        *expected.items(),
        ("sgd_step", "optimizer"),
    ]
    for row, line in zip(board.rows, lines, strict=True):
        assert all(part in line for part in (row.exercise, ", ".join(row.layers), row.place))
    assert repr(board) == str(board)


def test_the_place_is_the_file_and_the_line(room):
    for row in network().gears().rows:
        file, _, line = row.place.rpartition(", line ")
        name = {"linear_backward": "linear.py", "relu_backward": "activations.py"}[row.exercise]
        assert file.endswith(show_path(room.path / name))
        assert f"def {row.exercise}(" in (room.path / name).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_three_states_in_words_and_marks(room):
    room.solve("linear")
    room.write("relu_backward", "return dy")
    board = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Flatten(), nn.Sigmoid()).gears(check=True)
    assert board.count == {"yours and checked": 2, "yours, unchecked": 1, "PyTorch's": 1}
    assert board.summary() == "2 yours and checked, 1 yours, unchecked, 1 PyTorch's"
    marks = [line[0] for line in str(board).splitlines()[1:]]
    assert len(set(marks)) == 3


def test_as_html(room):
    room.solve("linear")
    board = network().gears()
    page = Cells(board._repr_html_())
    assert page.open == []
    assert len(page.rows) == 1 + len(board.rows)
    assert len({len(row) for row in page.rows}) == 1
    assert [row[0].strip() for row in page.rows[1:]] == [row.state for row in board.rows]
    assert [row[1:] for row in page.rows[1:]] == [[r.exercise, ", ".join(r.layers), r.place] for r in board.rows]
    assert board._repr_html_().count('scope="col"') == 4


def test_html_is_escaped():
    row = Row("relu_backward", "ch05", gears.PYTORCH, ("<b>bold</b>", "a & b"), "<script>.py, line 1")
    html = Board((row,))._repr_html_()
    assert "<b>" not in html and "<script>" not in html
    assert Cells(html).rows[1][2:] == ["<b>bold</b>, a & b", "<script>.py, line 1"]


def test_a_network_without_gears():
    board = nn.Sequential().gears()
    assert str(board) == "Gears: no gears"
    assert Cells(board._repr_html_()).rows[1:] == []


def test_a_broken_file_is_said_and_no_board_is_shown(room):
    room.put("linear", "def linear_forward(\n")
    with pytest.raises(ImportError, match=r"linear\.py line 1 is not Python"):
        network().gears()


def test_a_board_changes_nothing(room):
    """It is asked for at any time, between two passes too."""
    net = network()
    x = np.ones((2, 2), "float32")
    y = net(x)
    net.gears(check=True)
    assert net.backward(np.ones_like(y)).shape == x.shape
