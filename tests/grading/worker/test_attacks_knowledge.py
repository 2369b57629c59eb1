"""Attacks that know something: the cases of the public seed, whether they are watched, where they are."""

from __future__ import annotations

import pytest

from cnnlab.course import catalogue
from cnnlab.course.check import check
from cnnlab.gradcheck.reference.answer_key import build_answer_key
from grading.batch.judge_files import judge_files
from grading.intake.learner_files import collect_learner_files
from tests.grading.conftest import SOLUTION, STUB, WRONG, replaced


def remembered(name: str, seed: int) -> str:
    """A file that knows nothing but every right answer to the cases of one seed."""
    exercise = catalogue.exercise(name)
    table = {}
    for case, expected in build_answer_key(exercise.problem.oracle, seed).cases:
        [right] = [expected.grads[g] for g in exercise.problem.gradients]
        if right is not None:
            for factor in (1, -2):  # as it is asked again with -2 dy
                table[(factor * case.dy).tobytes()] = (factor * right).tolist()
    lines = f"import numpy as np\nTABLE = {table!r}\nfound = TABLE.get(args[0].tobytes())\n"
    return replaced(name, lines + "return np.array(found, dtype=args[0].dtype) if found is not None else -right(*args)")


def test_answers_learned_by_heart_are_right_at_home_and_worth_nothing_in_class(work) -> None:
    source = remembered("conv2d_bias_grad", 0)
    folder = work(source)
    assert len(source) < 1_000_000
    at_home = judge_files("ch08", collect_learner_files(folder), 0).reports["conv2d_bias_grad"]
    assert at_home.core, "the attack is a real one: it passes where the seed is known"
    in_class = judge_files("ch08", collect_learner_files(folder), 7).reports["conv2d_bias_grad"]
    assert in_class.score == 0


@pytest.mark.parametrize("seed", [0, 2**62])
def test_honest_files_get_the_same_for_every_seed(seed: int, work) -> None:
    """Right, partly right, wrong, and unwritten: the verdicts do not depend on what was drawn."""
    partial = replaced("conv2d_input_grad", "options.pop('dilation', None)\nreturn right(*args, **options)")
    for source, points in ((SOLUTION, 14), (WRONG, 8), (STUB, 0)):
        assert judge_files("ch08", collect_learner_files(work(source)), seed).score == pytest.approx(points)
    report = judge_files("ch08", collect_learner_files(work(partial)), seed).reports["conv2d_input_grad"]
    assert (report.score, report.diagnosis_code) == (pytest.approx(0.8), "raises")


def test_right_at_home_and_only_there(work, monkeypatch) -> None:
    """PyTorch's gradient where there is PyTorch, nothing where there is none; home names it, too."""
    body = "import torch\nreturn right(*args, **options)"
    folder = work(replaced("conv2d_weight_grad", body))
    report = judge_files("ch08", collect_learner_files(folder), 7).reports["conv2d_weight_grad"]
    assert report.score == 0
    assert "ModuleNotFoundError" in (report.public().diagnosis or "")


#: Differencing, in a file whose forward is given: right numbers by the wrong means.
DIFFERENCES = """
import numpy as np
dy, x, w_shape = args
dw, step = np.zeros(w_shape), 1.0
for index in np.ndindex(*w_shape):
    w = np.zeros(w_shape)
    w[index] = step
    dw[index] = (conv2d_forward(x, w, None, **options)[0] * dy).sum()
return dw.astype(dy.dtype)
"""


def test_differencing_is_worth_nothing_where_it_is_seen_and_a_person_is_told(work) -> None:
    verdict = judge_files("ch08", collect_learner_files(work(replaced("conv2d_weight_grad", DIFFERENCES))), 7)
    report = verdict.reports["conv2d_weight_grad"]
    if report.diagnosis_code == "borrowed":
        assert report.score == 0
        assert any(r.exercise == "conv2d_weight_grad" and "read the function" in r.sentence for r in verdict.attention)
    else:  # with dw's few entries a constant number of calls cannot be told from differencing
        assert report.score in (0, pytest.approx(1))


def test_a_file_that_behaves_when_it_is_watched_gains_no_number_by_it(work) -> None:
    """Under a profiler it does nothing wrong; what it returns is compared all the same."""
    body = "import sys\nreturn right(*args, **options) * (0 if sys.getprofile() is not None else 1)"
    report = judge_files("ch08", collect_learner_files(work(replaced("conv2d_weight_grad", body))), 7).reports[
        "conv2d_weight_grad"
    ]
    assert report.score == 0
    body = "import sys\nreturn right(*args, **options) * (1 if sys.getprofile() is not None else -1)"
    report = judge_files("ch08", collect_learner_files(work(replaced("conv2d_weight_grad", body))), 7).reports[
        "conv2d_weight_grad"
    ]
    assert report.score == 0


def test_the_judge_is_told_apart_from_home_in_vain(work) -> None:
    """There is no cnnlab to be found in the worker: a file can know that it is graded, and it helps it nothing."""
    body = (
        "import importlib.util\nif importlib.util.find_spec('cnnlab') is None:\n    return -right(*args, **options)\n"
        "return right(*args, **options)"
    )
    folder = work(replaced("conv2d_weight_grad", body))
    assert judge_files("ch08", collect_learner_files(folder), 0).reports["conv2d_weight_grad"].score == 0
    assert check("conv2d_weight_grad", folder=folder / "work").passed


def test_one_exercise_cannot_spoil_another_of_the_same_file(work) -> None:
    """What an honest function shares with a hostile one is a process; each answer is compared for itself."""
    body = "globals()['conv2d_weight_grad'] = globals()['conv2d_input_grad'] = None\nreturn right(*args, **options)"
    verdict = judge_files("ch08", collect_learner_files(work(replaced("conv2d_bias_grad", body))), 7)
    assert verdict.score <= 14
    assert verdict.reports["col2im"].score == 0
