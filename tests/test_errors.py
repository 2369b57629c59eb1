"""The base of the errors says what is wrong, where, and what to do next."""

import doctest
import pickle
from importlib import import_module

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


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("cnnlab.course.catalogue.NoSuchExercise", LookupError),
        ("cnnlab.nn.gears.NoGear", RuntimeError),
        ("cnnlab.sourcefile.Unreadable", Exception),
        ("cnnlab.data.large.NotDownloaded", RuntimeError),
        ("cnnlab.train.NotFinite", ArithmeticError),
        ("cnnlab.gradcheck.reference.answer_key.JudgesDisagree", RuntimeError),
        ("cnnlab.errors.WrongValue", ValueError),
        ("cnnlab.errors.WrongType", TypeError),
        ("cnnlab.errors.UnusableFile", ImportError),
    ],
)
def test_every_error_keeps_its_builtin_base(name, builtin):
    module, _, attribute = name.rpartition(".")
    error = getattr(import_module(module), attribute)
    assert issubclass(error, CnnlabError) and issubclass(error, builtin)
    assert str(error("what is wrong", next_step="Do this.")) == "what is wrong. Do this."
