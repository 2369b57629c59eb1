"""Diagnosis codes: ranked, with a meaning, plain strings in every output, and no others accepted."""

import json

import pytest

from cnnlab.gradcheck import Property, Rival
from cnnlab.gradcheck.codes import MEANINGS, VIOLATIONS, Code


def test_codes_are_ranked_in_the_order_of_the_table():
    assert [code.rank for code in Code] == list(range(len(Code)))
    assert Code.LOAD.rank < Code.SIGN.rank < Code.FORMULA.rank


def test_every_code_has_a_meaning():
    assert list(MEANINGS) == list(Code)
    assert all(MEANINGS.values())
    assert set(Code) >= VIOLATIONS


def test_a_code_is_the_plain_string_in_text_and_json():
    code = Code("flip")
    assert (code, f"{code}", repr(code), json.dumps({"code": code})) == ("flip", "flip", "'flip'", '{"code": "flip"}')


@pytest.mark.parametrize(
    "make", [lambda c: Rival("dx", c, "halved", lambda case, right: None), lambda c: Property("p", c)]
)
def test_another_code_is_refused_with_the_list_of_codes(make):
    with pytest.raises(ValueError, match=r"'halved' is not a diagnosis code; the codes are load, .*, update_rule"):
        make("halved")
    assert make("scale").code is Code.SCALE


def test_a_property_may_have_no_code():
    assert Property("larger numbers", "").code == ""
