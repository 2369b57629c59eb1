"""Values that are handed back as they came, as by the steps of two networks, earn nothing alone."""

import numpy as np
import pytest

from cnnlab import check
from tests.solutions.agreement import solution

STEPS = ("discriminator_step", "generator_step")


def loss_of(name, *args, **options):
    return getattr(solution("gan"), name)(*args, **options)[0]


@pytest.mark.parametrize("name", STEPS)
def test_what_is_handed_back_unchanged_scores_nothing(name):
    report = check(name, function=lambda *args, lr, saturating=False: (0.0, *args[-2:]))
    assert report.score == 0
    assert sum(g.passed for g in report.gradients.values()) == 4


@pytest.mark.parametrize("name", STEPS)
def test_the_loss_alone_counts_one_part_of_five(name):
    report = check(name, function=lambda *args, **options: (loss_of(name, *args, **options), *args[-2:]))
    assert report.score == pytest.approx(1 / 5)


@pytest.mark.parametrize("name", STEPS)
def test_the_other_network_that_moves_too_costs_its_part(name):
    def move_both(*args, **options):
        loss, g, d = getattr(solution("gan"), name)(*args, **options)
        far = [p + np.float32(0.5) for p in (g if name == "discriminator_step" else d)]
        return (loss, far, d) if name == "discriminator_step" else (loss, g, far)

    assert check(name, function=move_both).score == pytest.approx(5 / 9)


@pytest.mark.parametrize("name", STEPS)
def test_a_right_step_scores_in_full(name):
    assert check(name, function=getattr(solution("gan"), name)).score == 1
