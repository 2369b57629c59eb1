"""Every wrong implementation is caught, with the right code; every right one passes, at several seeds and by both judges."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

import tests.rejects
from cnnlab import check
from tests.rejects import RIGHT, WRONG

for topic in iter_modules(tests.rejects.__path__):
    if not topic.name.startswith("test_"):
        import_module(f"tests.rejects.{topic.name}")  # registers what is in it

@pytest.mark.parametrize("implementation", WRONG, ids=str)
def test_wrong_is_caught_and_named(implementation):
    holds(implementation, True)


@pytest.mark.parametrize("implementation", WRONG[::8], ids=str)
def test_wrong_is_caught_and_named_without_pytorch(implementation):
    holds(implementation, False)


@pytest.mark.slow
@pytest.mark.parametrize("implementation", WRONG, ids=str)
def test_every_wrong_one_is_caught_and_named_without_pytorch(implementation):
    holds(implementation, False)


def holds(implementation, torch):
    report = check(implementation.exercise, function=implementation.function, torch=torch)
    assert not report.passed
    assert report.diagnosis_code in implementation.codes, f"{report.diagnosis_code}: {report.diagnosis}"
    assert report.score < 1


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(s, marks=pytest.mark.slow) for s in range(3, 23))])
@pytest.mark.parametrize("implementation", RIGHT, ids=str)
def test_right_passes(implementation, seed):
    report = check(implementation.exercise, function=implementation.function, seed=seed, torch=True)
    assert report.passed, str(report)
    assert report.score == 1


@pytest.mark.parametrize("implementation", RIGHT, ids=str)
def test_right_passes_without_pytorch(implementation):
    report = check(implementation.exercise, function=implementation.function, torch=False)
    assert report.passed, str(report)
