"""Every solution passes its own check at every seed, by both judges: a right answer is never called wrong."""

from pathlib import Path

import pytest

from cnnlab import check
from cnnlab.course import catalogue

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "ops"
JUDGES = [pytest.param(None, id="pytorch"), pytest.param(False, id="differences")]


@pytest.mark.parametrize(
    ("torch", "seed"), [pytest.param(None, 11, id="pytorch"), pytest.param(False, 12, id="differences")]
)
@pytest.mark.parametrize("name", catalogue.EXERCISES)
def test_a_solution_passes_at_another_seed(name, torch, seed):
    report = check(name, folder=SOLUTIONS, seed=seed, torch=torch)
    assert report.passed, str(report)


@pytest.mark.slow
@pytest.mark.parametrize("torch", JUDGES)
@pytest.mark.parametrize("name", catalogue.EXERCISES)
def test_a_solution_passes_at_200_seeds(name, torch):
    for seed in range(200):
        report = check(name, folder=SOLUTIONS, seed=seed, torch=torch)
        assert report.passed, f"seed {seed}\n{report}"
