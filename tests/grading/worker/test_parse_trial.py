"""What a worker says of changed versions is checked before it is used; and a change is said in few words."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.gradcheck.diagnosis.locate.change import Change, Edit, Kind
from grading.worker.parse_trial import parse_count, parse_pairs, parse_place
from grading.worker.sandboxed.change_words import describe_change
from grading.worker.sandboxed.limits import MAX_CHANGE_CHARS, MAX_LISTED_CHANGES
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
    found = parse_place(Message(1, {**PLACE, "after": "\x1b[2J" + "x" * 10_000, "alike": 7}), FILES)
    assert found
    assert len(found.after) <= 4 * MAX_CHANGE_CHARS
    assert "\x1b" not in found.after
    assert (found.alike, found.right) == ("", "")


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
    found = describe_change(text, change, frozenset({"m", "s"}))
    assert found == said
