"""A planted mistake of every kind is found on its line, and proved on every case."""

import inspect

import pytest

from cnnlab import check, locate
from tests.gradcheck.locate.wrong_functions import WRONG

SECONDS = 30.0


@pytest.mark.parametrize(("kind", "exercise", "function"), WRONG, ids=[f.__name__ for _, _, f in WRONG])
def test_the_line_is_found(kind, exercise, function):
    lines, first = inspect.getsourcelines(function)
    wrong = next(number for number, line in enumerate(lines, start=first) if line.rstrip().endswith("# wrong"))
    assert not check(exercise, function=function).passed
    found = locate(exercise, function=function, seconds=SECONDS)
    assert found is not None, kind
    assert (found.all, found.cases, found.then) == (True, found.of, None)
    assert found.line == wrong, found.to_text(show=True)
    assert found.text.endswith("# wrong")
    assert found.before != found.after
    assert not check(exercise, function=function).passed  # the function is as it was
