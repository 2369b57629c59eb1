"""The smallest case in full: what is wrong in it, its sum, and the case as Python."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.gradcheck.example import ByHand, Example, Term
from cnnlab.gradcheck.render.as_python import write_as_python
from cnnlab.gradcheck.render.case_in_full import find_wrong_cells, lay_out_case, write_exactly

WHOLE = {"x": np.array([[2.0, -3.0]])}
SMALL = Example("dx", "a", WHOLE, {"stride": 1}, np.ones((1, 2)), np.array([[4.0, -5.0]]), np.array([[4.0, -6.0]]))


def test_got_expected_and_their_difference():
    case = lay_out_case(SMALL)
    (row,) = case.results
    assert [part.name for part in row] == ["dx", "dx", "got − expected"]
    assert [part.cells for part in row] == [(("4", "-5"),), (("4", "-6"),), (("0", "+1"),)]
    assert row[0].wrong == ((False, True),)
    assert (case.options, case.said, row[0].chosen) == ("stride 1", "1 of 2 cells wrong.", (0, 1))


@pytest.mark.parametrize(
    ("inputs", "off", "wrong"),
    [(WHOLE, 1e-6, True), ({"x": np.array([[0.5, 0.1]])}, 1e-6, False), (WHOLE, 1e-12, False)],
    ids=["whole numbers are exact", "float32 inside is right", "rounding is right"],
)
def test_a_cell_is_wrong_by_the_limit_of_the_checker(inputs, off, wrong):
    got = SMALL.expected + np.array([[off, 1.0]])
    found = find_wrong_cells(replace(SMALL, inputs=inputs, got=got))
    assert found.tolist() == [[wrong, True]]


def test_another_shape_is_not_subtracted():
    case = lay_out_case(replace(SMALL, got=np.zeros(2)))
    assert not case.compared
    assert case.said == "The shape is (2,); (1, 2) is needed."


def test_no_answer_is_said_in_words():
    case = lay_out_case(replace(SMALL, got=None))
    assert case.results[0][0].text == "no array"


def test_a_sum_adds_up_however_much_of_it_is_shown():
    terms = tuple(Term(("dy[0]", f"w[{i}]"), (-1.0, float(i)), -float(i)) for i in range(30))
    case = lay_out_case(replace(SMALL, by_hand=(ByHand((0, 1), terms, -435.0, 0.0),)))
    (worked,) = case.sums
    assert worked.rows[2] == ("dy[0]·w[2]", "(-1) · 2", "-2")
    assert worked.rows[-1][0] == "18 more products"
    assert sum(float(product) for *_, product in worked.rows) == float(worked.expected)


def test_a_sum_of_nothing_says_so():
    (worked,) = lay_out_case(replace(SMALL, by_hand=(ByHand((0, 1), (), 0.0, 3.0),))).sums
    assert worked.rows == (("nothing is added here", "", "0"),)


@pytest.mark.parametrize(("value", "text"), [(-6.0, "-6"), (0.1 + 0.2, "0.3"), (1 / 3, "0.333333333")])
def test_numbers_of_a_sum(value, text):
    assert write_exactly(value) == text


def test_the_case_as_python_makes_the_same_arrays():
    names: dict = {}
    exec(write_as_python(SMALL), names)
    assert np.array_equal(names["x"], SMALL.inputs["x"]) and np.array_equal(names["dy"], SMALL.dy)
    assert names["stride"] == 1 and np.array_equal(names["expected"], SMALL.expected)


@pytest.mark.parametrize("value", [object(), np.ones((60, 60))], ids=["no literal", "too long"])
def test_what_cannot_be_pasted_is_left_out(value):
    assert write_as_python(replace(SMALL, inputs={"x": value})) == ""
