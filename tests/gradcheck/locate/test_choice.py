"""Of several changes that work, the one that a programmer would make; and what locate says where it finds none."""

import os

import numpy as np
import pytest

from cnnlab.gradcheck import gradcheck, locate


def square(x):
    return x**2, x


def sign_twice(dy, cache):
    slope = -2 * cache
    return slope * dy


def name_rather_than_constant(dy, cache, n=1):
    count = len(cache)
    return 2 * cache * dy * count / 3


def no_operation_dressed_up(dy, cache):
    slope = 2 * cache
    slope = slope + 1
    return slope * dy


@pytest.mark.parametrize(
    ("function", "after"),
    [
        (sign_twice, "    slope = 2 * cache"),
        (name_rather_than_constant, "    return 2 * cache * dy * count / count"),
        (no_operation_dressed_up, ""),
    ],
    ids=lambda value: getattr(value, "__name__", None) or "",
)
def test_the_change_is_the_one_that_a_person_would_make(function, after):
    found = locate(square, function, np.array([1.0, -2.0, 4.0]), cases=None)
    assert found and found.all
    assert found.after == after


def sixth_of_the_square(x):
    return x**2 / 6, x


def test_a_missing_factor_is_not_made_up_for_elsewhere():
    """To drop one of two equal divisions, or to multiply what is divided, would mend it too."""

    def backward(dy, cache, n=3):
        share = (dy / n) * (cache / n)
        return share + 0 * dy

    found = locate(sixth_of_the_square, backward, np.array([1.0, -2.0, 4.0]), cases=None)
    assert found and found.all
    assert found.text.strip() == "return share + 0 * dy"


def test_a_factor_that_is_there_twice_is_dropped_once():
    def backward(dy, cache, n=3):
        return dy * cache / n / n

    found = locate(sixth_of_the_square, backward, np.array([1.0, -2.0, 4.0]), cases=None)
    assert found and found.after == "        return dy * cache / n"


def test_functions_keep_their_code():
    x, code = np.array([1.0, -2.0, 4.0]), sign_twice.__code__
    locate(square, sign_twice, x)
    assert sign_twice.__code__ is code
    assert not gradcheck(square, sign_twice, x).passed


def test_what_passes_has_no_mistake():
    with pytest.raises(ValueError, match="no mistake"):
        locate(square, lambda dy, cache: 2 * cache * dy, np.array([1.0, 3.0]))


def test_what_has_no_source_is_not_searched():
    names = {}
    exec("def backward(dy, cache):\n    return dy * cache\n", names)
    assert locate(square, names["backward"], np.array([1.0, 3.0])) is None


def test_a_closure_and_a_default_are_searched():
    factor = 3

    def backward(dy, cache, power=2):
        return factor * power * cache * dy / 2

    found = locate(square, backward, np.array([1.0, -2.0, 4.0]))
    assert found and found.all
    assert "return factor * power" in found.text or "power=2" in found.text
    assert backward(1.0, 1.0) == 3.0


def test_a_forward_that_fails_is_refused():
    def forward(x):
        raise RuntimeError("no")

    with pytest.raises(ValueError, match="fails on the inputs"):
        locate(forward, sign_twice, np.array([1.0, 3.0]))


def never_ends(dy, cache):
    n, slopes = 0, []
    while n < len(cache):
        slopes.append(2 * cache[n])
        n -= 1  # wrong
        if len(slopes) > 10**7:
            slopes.clear()
    return np.array(slopes) * dy


def test_a_function_that_never_ends_is_mended():
    found = locate(square, never_ends, np.array([1.0, -2.0, 4.0]), seconds=60)
    assert found and found.all
    assert found.text.endswith("# wrong")


def asks_for_much(dy, cache):
    room = 10**6
    rows = np.zeros(room + room // 2)  # with `*` for `+` it asks for four terabytes
    return cache * dy + 0 * rows[0]  # wrong


def read_memory_limit():
    """Return the limit of this process; None on a system that has no such limits."""
    if os.name == "nt":
        return None
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)


def test_memory_is_limited_for_the_time_of_the_search():
    before = read_memory_limit()
    found = locate(square, asks_for_much, np.array([1.0, -2.0, 4.0]), seconds=30)
    assert found and found.all and found.text.endswith("# wrong")
    assert read_memory_limit() == before


FACTOR = 3


def takes_a_value_from_its_module(dy, cache):
    return FACTOR * cache * dy


def test_another_value_around_a_function_is_another_search(monkeypatch):
    x = np.array([1.0, -2.0, 4.0])
    assert locate(square, takes_a_value_from_its_module, x)
    monkeypatch.setitem(globals(), "FACTOR", 2)
    with pytest.raises(ValueError, match="no mistake"):
        locate(square, takes_a_value_from_its_module, x)


def prints(dy, cache):
    print("in the function")
    return cache * dy


def test_what_the_function_prints_in_a_trial_is_not_shown(capsys):
    assert locate(square, prints, np.array([1.0, -2.0, 4.0]))
    assert "in the function" not in capsys.readouterr().out
