"""The base of the errors says what is wrong, where, and what to do next."""

import doctest
import pickle

import pytest

from cnnlab import errors
from cnnlab.errors import CnnlabError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (CnnlabError("there is no chapter ch99"), "there is no chapter ch99"),
        (CnnlabError("it is empty", where="conv.py"), "conv.py: it is empty"),
        (CnnlabError("It is empty.", next_step="Reset it."), "It is empty. Reset it."),
        (CnnlabError("it is empty", where="conv.py", next_step="Reset it."), "conv.py: it is empty. Reset it."),
    ],
)
def test_it_reads_as_one_sentence(error, sentence):
    assert str(error) == sentence
    assert str(pickle.loads(pickle.dumps(error))) == sentence


def test_its_parts_stay_apart():
    error = CnnlabError("it is empty", where="conv.py", next_step="Reset it.")
    assert (error.what, error.where, error.next_step) == ("it is empty", "conv.py", "Reset it.")


def test_its_example_is_true():
    assert doctest.testmod(errors).failed == 0
