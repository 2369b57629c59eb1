"""What every test shares: one thread, the --slow option, and the one place that may leave tests out."""

from __future__ import annotations

import glob
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything imports NumPy or PyTorch, which read it then: no test should depend on the number of cores.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

# How start.py was typed, which messages repeat: the tests expect what an activated environment says.
os.environ.pop("CNNLAB_COMMAND", None)

# An example that is slow on a busy machine is no failure; what may take how long is said in tests/patience.py.
settings.register_profile("cnnlab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cnnlab")

#: Need TensorFlow and JAX, and have an environment of their own: python3 tests/frameworks/run.py runs them, as .ci/run
#: does. A run of the suite does not collect them, so they do not count as skipped.
collect_ignore = ["frameworks"]

#: A program that some tests need -> the names that it goes by.
PROGRAMS = {
    "bwrap": ("bwrap",),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "initdb": ("initdb",),
}

#: Folders of programs that are not on PATH: where Debian keeps PostgreSQL's.
MORE_FOLDERS = ("/usr/lib/postgresql/*/bin",)

#: The files that take longest, longest first.
LONG_FILES = (
    "rejects/test_rejects.py",
    "authoring/test_chapters.py",
    "grading/test_instructor_page.py",
    "grading/worker/test_attacks.py",
    "grading/nbgrader_steps/test_nbgrader.py",
    "grading/nbgrader_steps/test_pipeline.py",
    "authoring/test_interrupted_fits.py",
    "grading/batch/test_cost_check.py",
    "grading/test_class_config.py",
    "grading/batch/test_regrade.py",
    "grading/test_postgres.py",
    "browser/test_written_answers.py",
    "browser/test_chapters.py",
    "browser/test_grading.py",
    "browser/test_chapter_08.py",
    "rejects/test_causes.py",
    "compatibility/test_version_0_1_0.py",
    "grading/handout/test_release.py",
    "grading/batch/test_judge_files.py",
    "grading/nbgrader_steps/test_exchange.py",
    "grading/handout/test_leaks.py",
    "start/test_kernel_connection.py",
    "start/test_interrupted.py",
    "grading/batch/test_audit.py",
    "grading/batch/test_search_lines.py",
)

#: Files whose tests ask the same of many things, at a second or more each. Without --slow every other one is asked.
SAMPLED_FILES = (
    "authoring/test_interrupted_fits.py",  # each chapter before its first step
    "authoring/test_mutants.py",
    "gradcheck/test_example.py",
    "grading/batch/test_audit.py",
    "grading/batch/test_cost_check.py",
    "grading/batch/test_judge_files.py",
    "grading/batch/test_regrade.py",
    "grading/batch/test_resume.py",
    "grading/test_instructor_page.py",
    "grading/worker/test_attacks_system.py",
    "grading/worker/test_attacks_arrays.py",
    "grading/worker/test_attacks_protocol.py",
    "widgets/test_numbers.py",
    "widgets/test_on_a_page.py",
    "widgets/test_scenes.py",
    "widgets/test_words_fit.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that are marked slow")


def pytest_report_header(config: pytest.Config) -> str:
    return "" if config.getoption("--slow") else "slow tests are left out: python3 start.py test --slow runs them"


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make no items of parameters that are marked slow, without --slow: they are half of all, and each process of a run
    would make every one of them.
    """
    if metafunc.config.getoption("--slow"):
        return
    parametrize = metafunc.parametrize

    def leave_slow_ones_out(argnames, argvalues, *args, ids=None, **options) -> None:
        values = list(argvalues)
        kept = [k for k, value in enumerate(values) if not is_slow(value)]
        if kept:  # where all are slow they are made, and deselected below: pytest would report an empty set as skipped
            if ids is not None and not callable(ids):
                ids = list(ids)
                ids = [ids[k] for k in kept]
            values = [values[k] for k in kept]
        parametrize(argnames, values, *args, ids=ids, **options)

    metafunc.parametrize = leave_slow_ones_out  # type: ignore[method-assign]


def is_slow(value: object) -> bool:
    """Return whether a value of a parameter is pytest.param(..., marks=pytest.mark.slow)."""
    return any(mark.name == "slow" for mark in getattr(value, "marks", ()))


def put_longest_first(items: list[pytest.Item]) -> None:
    """Order the files for several processes, each of which takes the next one: a long one at the end would be waited
    for by all the others. First LONG_FILES, then the files of many tests.
    """
    counts = Counter(item.path for item in items)
    folder = Path(__file__).parent
    ranks = {folder / name: rank for rank, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: (ranks.get(item.path, len(ranks)), -counts[item.path], str(item.path)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        put_longest_first(items)
    if config.getoption("--slow"):
        return
    kept = leave_out_every_other([item for item in items if not item.get_closest_marker("slow")])
    if len(kept) < len(items):  # not skipped: most tests are slow ones, and thousands of reports cost time too
        chosen = set(kept)
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = kept


def leave_out_every_other(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the items without every second parameter of a test in SAMPLED_FILES; the first one always stays."""
    folder = Path(__file__).parent
    sampled = {folder / name for name in SAMPLED_FILES}
    counts: Counter[tuple[Path, str]] = Counter()
    kept = []
    for item in items:
        if item.path in sampled and hasattr(item, "callspec"):
            test = (item.path, item.originalname)  # type: ignore[attr-defined]
            counts[test] += 1
            if counts[test] % 2 == 0:
                continue
        kept.append(item)
    return kept


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the terminal wide and colourless, so that tests find sentences in the output unbroken."""
    monkeypatch.setenv("COLUMNS", "1000")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """needs("bwrap"): the program's path. Without it the test is left out, and under .ci/run it fails."""

    def find(program: str) -> str:
        folders = [os.environ.get("PATH", os.defpath), *(f for p in MORE_FOLDERS for f in sorted(glob.glob(p)))]
        path = next(filter(None, (shutil.which(p, path=os.pathsep.join(folders)) for p in PROGRAMS[program])), None)
        if path:
            return path
        missing = f"{' or '.join(PROGRAMS[program])} is not on PATH"
        if os.environ.get("CNNLAB_CI"):
            pytest.fail(f"{missing}, and .ci/run installs it: nothing is left out there")
        pytest.skip(missing)

    return find


@pytest.fixture(scope="session")
def chromium(needs: Callable[[str], str]) -> str:
    """Chromium's path, by the rule of `needs`."""
    return needs("chromium")
