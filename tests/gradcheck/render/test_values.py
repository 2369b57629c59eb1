"""What a case hands over can be read: arrays, graphs, layer lists, numbers; no foreign object is called."""

import numpy as np
import pytest

from cnnlab.gradcheck.render.matrices import MOST_COLUMNS, MOST_PLANES, MOST_ROWS, Matrix, list_planes
from cnnlab.gradcheck.render.palette import Role
from cnnlab.gradcheck.render.values import Inline, Lines, list_parts, write_options, write_value


class Hostile:
    def __repr__(self):
        raise AssertionError("nobody may call this")

    __str__ = __format__ = __repr__


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3, "3"),
        (0.1, "0.1"),
        (-0.0, "0"),
        (True, "True"),
        (None, "None"),
        ("cube", "'cube'"),
        ((2, 3), "(2, 3)"),
        ((2,), "(2,)"),
        ([1, [2]], "[1, [2]]"),
        (np.float64(1.5), "1.5"),
        (np.array(4.0), "4"),
        (np.zeros((0, 2)), "an array of shape (0, 2) and dtype float64"),
        (Hostile(), "a Hostile"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_short_values(value, written):
    assert write_value(value) == written


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ([("input", []), ("mul", [0, 0])], ("0  input", "1  mul of 0, 0")),
        ([("conv", {"kernel_size": 3, "stride": 2})], ("0  conv  kernel_size 3, stride 2",)),
        ([("linear", {})], ("0  linear",)),
    ],
    ids=["graph", "layers", "no options"],
)
def test_graphs_and_layers_stand_line_by_line(value, lines):
    (part,) = list_parts("nodes", value)
    assert isinstance(part, Lines)
    assert part.lines == lines


def test_a_long_list_is_cut_and_counted():
    (part,) = list_parts("nodes", [("input", [])] * 20)
    assert isinstance(part, Lines) and part.lines[-1] == "… and 8 more"


def test_arrays_inside_a_tuple_have_names():
    parts = list_parts("params", (np.ones(2), np.ones((1, 2))))
    assert [part.name for part in parts] == ["params[0]", "params[1]"]
    assert all(isinstance(part, Matrix) and part.role == Role.WEIGHT for part in parts)


def test_a_number_stands_in_a_line():
    assert list_parts("size", 23) == [Inline("size", "", Role.OUTPUT, "23")]


def test_options_stand_in_a_line():
    assert write_options({"stride": 1, "padding": (0, 1)}) == "stride 1 · padding (0, 1)"


def test_planes_are_named_by_their_place():
    planes = list_planes("x", "", Role.INPUT, np.arange(24.0).reshape(2, 1, 3, 4))
    assert [plane.name for plane in planes] == ["x[0, 0]", "x[1, 0]"]
    assert planes[1].cells[2] == ("20", "21", "22", "23")
    assert (planes[0].rows, planes[0].columns) == ((0, 1, 2), (0, 1, 2, 3))


def test_a_large_array_is_cropped_around_the_chosen_cell_and_says_so():
    array = np.zeros((9, 40, 50))
    array[7, 30, 44] = 5
    first, *others = list_planes("x", "9×40×50", Role.INPUT, array, array > 0, (7, 30, 44))
    assert 1 + len(others) == MOST_PLANES
    assert (first.name, len(first.rows), len(first.columns)) == ("x[7]", MOST_ROWS, MOST_COLUMNS)
    assert "part of 40×50" in first.title
    i, j = first.chosen
    assert (first.rows[i], first.columns[j], first.cells[i][j], first.is_wrong(i, j)) == (30, 44, "5", True)
