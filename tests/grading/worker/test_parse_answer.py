"""What a worker says: checked word by word, and never an exception in the judge."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.gradcheck.runner.answer import Answer, Foreign
from cnnlab.gradcheck.runner.calls import Call
from grading.worker import parse_answer
from grading.worker.parse_violation import Words
from grading.worker.sandboxed.limits import MAX_TEXT_CHARS
from grading.worker.sandboxed.wire import Message, WireError

SOURCE = b"def f():\n    return 1 / 0\n    x\n"
WORDS = Words(Call("conv2d_forward", "conv2d_backward"), ("x", "w"), {"conv.py": SOURCE})

GOOD = {"y": {"array": 0}, "grads": {"tuple": [{"array": 1}, None]}, "changed": [], "repeatable": True, "linear": True}
GOOD["borrowed"] = None
ARRAYS = (np.ones(2), np.zeros(3))

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(sorted(GOOD)), inner, max_size=4)
    ),
    max_leaves=5,
)


def said(**changed) -> Answer:
    return parse_answer.parse_answer(Message(1, {**GOOD, **changed}, ARRAYS), 0.5, WORDS)


def test_an_honest_answer_is_taken_as_it_is() -> None:
    answer = said()
    assert answer.error is None
    np.testing.assert_array_equal(answer.y, ARRAYS[0])
    np.testing.assert_array_equal(answer.grads[0], ARRAYS[1])
    assert answer.grads[1] is None
    assert answer.seconds == 0.5


BAD = {
    "an index out of range": {"grads": {"array": 2}},
    "a negative index": {"grads": {"array": -1}},
    "an index that is true": {"grads": {"array": True}},
    "a tuple in a tuple": {"grads": {"tuple": [{"tuple": []}]}},
    "a scalar": {"grads": {"scalar": 0}},
    "a number": {"y": 3.0},
    "repeatable as a number": {"repeatable": 1},
    "changed as text": {"changed": "dy"},
    "changed as a sentence": {"changed": ["changes dy"]},
    "changed without a known name": {"changed": [{"violation": "Changed", "path": "<script>"}]},
    "changed with another field": {"changed": [{"violation": "Changed", "path": "dy", "owner": "dy"}]},
    "changed with a number for a path": {"changed": [{"violation": "Changed", "path": 17}]},
    "changed by a time limit": {"changed": [{"violation": "TimedOut", "seconds": 5.0}]},
    "borrowed as text": {"borrowed": "PyTorch"},
    "borrowed from somebody unknown": {"borrowed": {"violation": "FromLibraries", "names": "a friend"}},
    "borrowed with true for a count": {
        "borrowed": {"violation": "Differenced", "function": "conv2d_forward", "calls": True, "entries": 1}
    },
    "an error without a cause": {"error": {"frames": []}},
    "an error that is a change": {"error": {"cause": {"violation": "Overwritten"}, "frames": []}},
    "an unknown kind of error": {"error": {"cause": {"violation": "Loaded"}, "frames": []}},
    "a kind that is a list": {"error": {"cause": {"violation": ["Raised"]}, "frames": []}},
    "frames that are none": {
        "error": {"cause": {"violation": "Raised", "type_name": "E", "message": "", "bases": []}, "frames": [1]}
    },
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_an_error_with_a_sentence(name: str) -> None:
    answer = said(**BAD[name])
    assert answer.error is not None
    assert "no answer" in answer.error.message
    assert answer.grads is None


@settings(max_examples=300)
@given(anything)
def test_no_content_raises(content) -> None:
    assert isinstance(parse_answer.parse_answer(Message(1, content, ARRAYS), 0.1, WORDS), Answer)
    with contextlib.suppress(WireError):
        parse_answer.parse_reading(Message(1, content, ARRAYS))


@settings(max_examples=300)
@given(anything, anything, anything)
def test_no_part_of_an_answer_raises(grads, error, frames) -> None:
    said(grads=grads)
    said(error=error)
    said(error={"cause": {"violation": "Raised", "type_name": "E", "message": grads, "bases": []}, "frames": [frames]})
    said(changed=[grads], borrowed=frames)


@given(st.text())
def test_words_can_be_printed_and_stored(words: str) -> None:
    cleaned = parse_answer.parse_text(words + "\x1b[2J\ud800\u202e\x00")
    cleaned.encode("utf-8")
    assert not set(cleaned) & set("\x1b\x00\u202e\r")
    assert len(cleaned) <= MAX_TEXT_CHARS


def test_a_frame_keeps_the_file_name_alone_and_its_text_is_read_from_the_file() -> None:
    frame = {"file": "/work/../secret/conv.py", "line": 2, "function": "f", "text": "x = 17.25"}
    answer = said(
        error={
            "cause": {"violation": "Raised", "type_name": "ValueError", "message": "no", "bases": ["ValueError"]},
            "frames": [frame] * 1000,
        }
    )
    assert answer.error is not None
    [*_, last] = answer.error.frames
    assert (last.file, last.line, last.function, last.text) == ("conv.py", 2, "f", "return 1 / 0")
    assert len(answer.error.frames) <= 10


def test_a_foreign_value_keeps_its_name_where_that_is_a_name() -> None:
    assert said(grads={"foreign": "matrix"}).grads == Foreign("matrix")
    assert said(grads={"foreign": "x_is_17_25"}).grads == Foreign("value of a type of its own")
