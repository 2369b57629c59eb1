"""The order in which several processes take the files of the suite, and which parameters they make."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import conftest


def test_long_files_come_first_then_files_of_many_tests_and_each_stays_whole():
    here = Path(conftest.__file__).parent
    long, *_, last = (here / name for name in conftest.LONG_FILES)
    counts = {here / "few.py": 1, last: 2, here / "many.py": 5, long: 3}
    items = [SimpleNamespace(path=path, name=k) for k in range(5) for path, n in counts.items() if k < n]
    conftest.put_longest_first(items)
    assert list(dict.fromkeys(item.path for item in items)) == [long, last, here / "many.py", here / "few.py"]
    assert Counter(item.path for item in items) == counts
    assert [item.name for item in items] == [*range(3), *range(2), *range(5), 0]


def test_the_long_files_exist():
    here = Path(conftest.__file__).parent
    assert [name for name in conftest.LONG_FILES if not (here / name).is_file()] == []


def make_parameters(values, ids, slow):
    made = []
    config = SimpleNamespace(getoption=lambda name: slow)
    metafunc = SimpleNamespace(
        config=config, parametrize=lambda _, values, ids: made.extend(zip(ids, values, strict=True))
    )
    conftest.pytest_generate_tests(metafunc)
    metafunc.parametrize("number", values, ids=ids)
    return made


def test_slow_parameters_are_made_with_slow_or_where_there_are_no_others():
    slow = pytest.param(2, marks=pytest.mark.slow)
    assert make_parameters([1, slow, 3], "abc", slow=False) == [("a", 1), ("c", 3)]
    assert make_parameters([1, slow, 3], "abc", slow=True) == [("a", 1), ("b", slow), ("c", 3)]
    assert make_parameters([slow], "a", slow=False) == [("a", slow)]
