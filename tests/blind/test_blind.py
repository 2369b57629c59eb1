"""What the checker says of implementations that were written without sight of it."""

from __future__ import annotations

import warnings

import pytest

from cnnlab import check
from tests.blind.implementations import Implementation, read_all

#: Wrong by their authors' reading of the chapters, and passed; why.
PASSED = {
    "first/033_ch03_hunt_cases_integer_arrays": "whole numbers are taken as floats",
    "first/102_ch08_conv2d_weight_grad_zeros_in_float64": "float64 for float32 is right",
    "second/004_ch00_square_backward_zeros_of_shape": "float64 for float32 is right",
    "second/038_ch03_hunt_cases_whole_numbers": "whole numbers are taken as floats",
    "second/057_ch04_gelu_backward_not_clipped": "PyTorch's own gradient is NaN there",
    "second/071_ch05_cross_entropy_backward_onehot_float64": "float64 for float32 is right",
    "second/093_ch08_conv2d_bias_grad_begins_with_first_image": "empty batches are not asked for",
    "second/127_ch10_init_parameters_global_seed": "a Generator that is replaced by a seeded one is not found",
}

#: Right by what the docstring said when it was written; why it fails now.
FAILED = {"second/031_ch03_relative_error_math_hypot": "the docstring asks for NaN since"}

#: Of those that are caught, how many have no cause at most; fewer is better.
MOST_WITHOUT_CAUSE = 18


def judge(implementation: Implementation):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their arithmetic is their own
        return check(implementation.exercise, function=implementation.load(), torch=False)


EVERY = read_all()


def sample_right(every: int = 4):
    """The right ones as parameters: those of FAILED and one of so many always, the others where slow tests run."""
    for k, one in enumerate(one for one in EVERY if one.right):
        always = k % every == 0 or one.name in FAILED
        yield pytest.param(one, marks=() if always else pytest.mark.slow, id=one.name)


@pytest.mark.parametrize("one", list(sample_right()))
def test_right_ones_pass(one):
    assert judge(one).passed == (one.name not in FAILED)


def test_the_sample_is_of_every_set():
    chosen = [param.values[0] for param in sample_right() if not param.marks]
    assert {one.path.parent for one in chosen} == {one.path.parent for one in EVERY if one.right}
    assert len({one.exercise for one in chosen}) >= 20


@pytest.mark.slow
def test_wrong_ones_are_caught_and_most_have_a_cause():
    wrong = [one for one in EVERY if not one.right]
    reports = {one.name: judge(one) for one in wrong}
    assert {name for name, report in reports.items() if report.passed} == set(PASSED)
    mute = [name for name, report in reports.items() if not report.passed and not report.causes]
    assert len(mute) <= MOST_WITHOUT_CAUSE, mute
    assert len(wrong) >= 419
