"""The error map has its row and column numbers, is cropped around the worst cell, and shows no error as 0."""

import numpy as np
import pytest

from cnnlab.gradcheck.render.error_map import MOST_COLUMNS, MOST_ROWS, describe_wrong_area, draw_error_map
from cnnlab.gradcheck.report import GradientResult


def make_gradient(errors, shape=None):
    """A gradient with this error map; its worst entry is where the map has it."""
    errors = np.atleast_2d(np.asarray(errors, float))
    shape = shape or errors.shape
    worst = np.unravel_index(int(np.argmax(errors)), errors.shape)
    index = (*(0,) * (len(shape) - 2), *map(int, worst))[-len(shape) :]
    return GradientResult("dx", "fail", shape, "a", float(errors.max()), 1.0, index, 1.0, 2.0, errors)


@pytest.mark.parametrize(
    ("errors", "cells", "unit"),
    [
        ([[0, 2], [10, 300]], (("0", "2"), ("10", "300")), ""),
        ([[0, 0.25], [0.001, 3]], (("0", "0.25"), ("<.01", "3.00")), ""),
        ([[0, 12.34], [0.01, 0]], (("0", "12.3"), ("<.1", "0")), ""),
        ([[0, 5e-7], [2e-6, 0]], (("0", "0.50"), ("2.00", "0")), "1e-6"),
        ([[1e9, 0]], (("1", "0"),), "1e9"),
        ([[np.inf, 1]], (("inf", "1"),), ""),
    ],
    ids=["whole", "fractions", "tens", "tiny", "huge", "infinite"],
)
def test_errors_are_short_and_none_reads_as_0(errors, cells, unit):
    drawing = draw_error_map(make_gradient(errors))
    assert drawing.cells == cells
    assert (f"in units of {unit}" in drawing.sentences[0]) == bool(unit)


def test_a_large_map_is_cropped_around_the_worst_cell_and_says_so():
    errors = np.zeros((40, 50))
    errors[30, 44], errors[0, 0] = 7, 1
    drawing = draw_error_map(make_gradient(errors))
    assert (len(drawing.rows), len(drawing.columns)) == (MOST_ROWS, MOST_COLUMNS)
    i, j = drawing.worst
    assert (drawing.rows[i], drawing.columns[j], drawing.cells[i][j]) == (30, 44, "7")
    assert drawing.title == "2 of 2000 cells are wrong"
    assert "This is the part around the worst cell: rows 24 to 35 and columns 39 to 48 of 40 × 50." in drawing.sentences
    assert describe_wrong_area(drawing) == "2 of 2000 cells are wrong; in row 30, column 44."


def test_a_map_of_more_axes_says_what_its_numbers_are():
    drawing = draw_error_map(make_gradient(np.eye(3), (2, 4, 3, 3)))
    assert drawing.sentences[0] == "Each number is the largest error at this row and column, over the first 2 axes."


def test_one_axis_has_no_rows():
    drawing = draw_error_map(make_gradient([0, 3, 1], (3,)))
    assert (drawing.rows, drawing.columns, drawing.worst) == ((), (0, 1, 2), (0, 1))
    assert drawing.title == "2 of 3 cells are wrong"
