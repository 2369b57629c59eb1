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


def sample_wrong(every=12):
    """The wrong ones as parameters: of each exercise the first with each code, and one of so many others. The rest are
    slow tests: most of them are caught by the same cases and named by the same rival as the first.
    """
    seen, others = set(), 0
    for one in WRONG:
        always = (one.exercise, one.codes[0]) not in seen
        seen.add((one.exercise, one.codes[0]))
        others += not always
        yield pytest.param(one, marks=() if always or others % every == 0 else pytest.mark.slow, id=str(one))


@pytest.mark.parametrize("implementation", list(sample_wrong()))
def test_wrong_is_caught_and_named(implementation):
    holds(implementation, True)


@pytest.mark.parametrize("implementation", WRONG[::16], ids=str)
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


def sample_right(seeds=23, early=2):
    """The right ones with their seeds as parameters: seed 0 always, and one of the next two for the first one of an
    exercise, seed 1 and 2 in turn from exercise to exercise. The rest are slow tests.
    """
    numbers, counted = {}, {}
    for one in RIGHT:
        number = numbers.setdefault(one.exercise, len(numbers))
        place = counted[one.exercise] = counted.get(one.exercise, -1) + 1
        for seed in range(seeds):
            fast = seed == 0 or (place == 0 and seed == 1 + number % early)
            yield pytest.param(one, seed, marks=() if fast else pytest.mark.slow, id=f"{one}-{seed}")


@pytest.mark.parametrize(("implementation", "seed"), list(sample_right()))
def test_right_passes(implementation, seed):
    report = check(implementation.exercise, function=implementation.function, seed=seed, torch=True)
    assert report.passed, str(report)
    assert report.score == 1


def test_the_samples_have_every_exercise_and_every_code():
    fast = [param.values for param in sample_wrong() if not param.marks]
    assert {(one.exercise, one.codes[0]) for (one,) in fast} == {(one.exercise, one.codes[0]) for one in WRONG}
    assert len(fast) < len(WRONG) / 2
    seeds = {seed: {one for one, s in (p.values for p in sample_right() if not p.marks) if s == seed} for seed in (0, 1, 2)}
    assert seeds[0] == set(RIGHT)
    assert {one.exercise for one in seeds[1] | seeds[2]} == {one.exercise for one in RIGHT}
    assert seeds[1] and seeds[2]


@pytest.mark.parametrize(
    "implementation",
    [pytest.param(one, marks=() if k % 2 == 0 else pytest.mark.slow, id=str(one)) for k, one in enumerate(RIGHT)],
)
def test_right_passes_without_pytorch(implementation):
    report = check(implementation.exercise, function=implementation.function, torch=False)
    assert report.passed, str(report)
