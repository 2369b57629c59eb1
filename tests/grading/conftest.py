"""What the grading tests share: learner files of every kind, and the two ways of keeping a worker apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from cnnlab.loader import STUBS
from grading import home, sandbox
from grading.isolation import Isolation, isolation, limits_alone
from grading.judge import Verdict, judge
from grading.learner_files import collect
from grading.sandbox import BUBBLEWRAP, LIMITS

SOLUTION = (home.ROOT / "solutions" / "ops" / "conv.py").read_text(encoding="utf-8")
STUB = (STUBS / "conv.py").read_text(encoding="utf-8")
CHAPTER = "ch08_convolution_backward"


def replaced(function: str, body: str, source: str = SOLUTION) -> str:
    """The solution with another function in the place of one; `right` is the one it replaces."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{source}\n\nright = {function}\n\n\ndef {function}(*args, **options):\n{lines}"


WRONG = replaced("conv2d_weight_grad", "return -right(*args, **options)")


def sampled(names: Iterable[str], every: int = 3) -> list:
    """The names as parameters: one of so many always, the others where slow tests run."""
    return [pytest.param(n, marks=() if k % every == 0 else pytest.mark.slow) for k, n in enumerate(names)]


#: What a file begins with that wants to run for longer than it may.
ALARMS_OFF = """import signal
for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
    signal.setitimer(timer, 0)
"""


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    path = tmp_path / "seed"
    path.write_text("7\n")
    return path


@pytest.fixture
def bubblewrap(needs: Callable[[str], str]) -> Isolation:
    """Workers in bubblewrap. Where it is missing or does not work, the test is left out, and fails under .ci/run."""
    needs("bwrap")
    found = isolation()
    if found.kind != BUBBLEWRAP:
        (pytest.fail if os.environ.get("CNNLAB_CI") else pytest.skip)(str(found.missing))
    return found


@pytest.fixture(params=[pytest.param(BUBBLEWRAP, marks=pytest.mark.isolation), LIMITS])
def how(request: pytest.FixtureRequest) -> Isolation:
    """Each kind of isolation in turn."""
    if request.param == BUBBLEWRAP:
        return request.getfixturevalue("bubblewrap")
    return limits_alone("A test asks for it")


@pytest.fixture
def unfiltered(monkeypatch) -> None:
    """Start workers without the filter of system calls, to see that what lies behind it holds on its own."""
    monkeypatch.setattr(sandbox, "_filter", lambda kind: b"")


@pytest.fixture
def work(tmp_path: Path):
    """work(text): a submission's folder with that conv.py in its work/."""

    def make(content: str | bytes, name: str = "conv.py") -> Path:
        folder = tmp_path / "submission"
        (folder / "work").mkdir(parents=True, exist_ok=True)
        (folder / "work" / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make


@pytest.fixture
def judged(work):
    """judged(text): the verdict on a conv.py."""

    def run(content: str | bytes, how: Isolation | None = None) -> Verdict:
        return judge("ch08", collect(work(content)), 7, how)

    return run
