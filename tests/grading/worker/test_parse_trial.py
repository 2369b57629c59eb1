"""What a worker says of changed versions is checked before it is used; and a change is said in few words."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.gradcheck.diagnosis.locate.change import Change, Edit, Kind
from grading.worker.parse_trial import parse_count, parse_pairs, parse_place
from grading.worker.sandboxed.change_words import describe_change, find_names, number_names
from grading.worker.sandboxed.limits import MAX_CHANGE_CHARS, MAX_CHANGE_LINES, MAX_LISTED_CHANGES
from grading.worker.sandboxed.wire import Message

FILES = {"conv.py": b"one\ntwo\n"}
PLACE = {"file": "conv.py", "line": 2, "function": "f", "kind": "name", "before": "two", "after": "2", "wrong": "two"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"line": 3},
        {"line": 0},
        {"line": True},
        {"line": "2"},
        {"file": "../conv.py"},
        {"file": ["conv.py"]},
        {"kind": "<b>"},
        {"kind": ["name"]},
    ],
)
def test_a_place_that_is_no_line_of_the_file_is_none(wrong: dict) -> None:
    assert parse_place(Message(1, PLACE), FILES) is not None
    assert parse_place(Message(1, {**PLACE, **wrong}), FILES) is None
    assert parse_place(Message(1, [PLACE]), FILES) is None


def test_texts_of_a_place_are_shortened_and_move_no_cursor() -> None:
    found = parse_place(Message(1, {**PLACE, "after": "\x1b[2J" + "x" * 10_000, "names": 7}), FILES)
    assert found
    assert len(found.after) <= 4 * MAX_CHANGE_CHARS
    assert "\x1b" not in found.after
    assert (found.alike, found.right) == ("two > ", "")


@pytest.mark.parametrize("name", ["function", "wrong", "right"])
def test_what_is_said_of_a_change_stays_on_one_line(name: str) -> None:
    found = parse_place(Message(1, {**PLACE, name: "a\nada: 100 of 100 points\tb"}), FILES)
    assert found
    assert "\n" not in getattr(found, name) + found.alike
    assert "\t" not in getattr(found, name)


def test_the_lines_of_a_change_do_not_fill_the_page() -> None:
    found = parse_place(Message(1, {**PLACE, "before": "\n" * 1000, "after": "x\n" * 1000}), FILES)
    assert found
    assert max(len(text.splitlines()) for text in (found.before, found.after)) <= MAX_CHANGE_LINES


@pytest.mark.parametrize(
    "forged", [{"alike": "= > +="}, {"names": ["=", "+="]}, {"names": [["dx"], 7, "dx +", "class"]}, {"names": "dx"}]
)
def test_no_text_of_a_file_is_taken_for_the_change_that_others_need(forged: dict) -> None:
    said = {"kind": "assignment", "wrong": "class dx", "right": "all others are wrong"}
    found = parse_place(Message(1, {**PLACE, **said, **forged}), FILES)
    assert found
    assert found.alike == "class dx > all others are wrong"


def test_only_the_names_of_a_file_are_numbered() -> None:
    found = parse_place(
        Message(1, {**PLACE, "wrong": "s.sum(m)", "right": "m.sum(s)", "names": ["m", "s", "sum"]}), FILES
    )
    assert found
    assert found.alike == "_1.sum(_2) > _2.sum(_1)"


@pytest.mark.parametrize("count", [-1, True, 1.0, "3", None, MAX_LISTED_CHANGES + 1])
def test_a_count_that_is_none_is_0(count: object) -> None:
    assert parse_count(Message(1, {"changes": count}), "changes") == 0


def test_pairs_are_of_changes_that_there_are() -> None:
    def parse(pairs: np.ndarray) -> list:
        return parse_pairs(Message(1, {"pairs": {"array": 0}}, (pairs,)), 3)

    assert parse(np.array([[0, 2], [1, 2]], np.int32)) == [(0, 2), (1, 2)]
    for pairs in ([[0, 3]], [[-1, 0]], [0, 1], [[0, 1, 2]]):
        assert parse(np.array(pairs, np.int32)) == []
    assert parse(np.array([[0.0, 1.0]])) == []
    assert parse_pairs(Message(1, {"pairs": {"array": 0}}), 3) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        ("dx = a * b", "=", "+=", ("=", "+=", "= > +=")),
        ("dw = s / len(x)", "s / len(x)", "s", ("/ len(x)", "", "/ len(x) > ")),
        ("dw = s", "s", "m * s", ("s", "m * s", "_1 > _2 * _1")),
        ("dw = q[:h]", ":h", "p:p+h", (":h", "p:p + h", ":h > p:p + h")),
        ("dw = q.sum((0, 1))", "(0, 1)", "(0, 2)", ("1", "2", "1 > 2")),
        ("dw = m + 1", "m + 1", "s + 1", ("m", "s", "_1 > _2")),
    ],
)
def test_a_change_is_said_in_few_words(text: str, old: str, new: str, said: tuple[str, str, str]) -> None:
    start = text.index(old)
    change = Change(0, (Edit(start, start + len(old), new),), Kind.NAME, 1.0)
    wrong, right = describe_change(text, change)
    names = find_names((wrong, right), {"m", "s", "other"})
    assert (wrong, right, number_names((wrong, right), names)) == said
    assert "other" not in names
