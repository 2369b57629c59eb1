"""A layer of one's own in the worker: the same score as at home, and nothing of a file in the feedback."""

import pytest

from cnnlab.course import catalogue
from cnnlab.course.check import examine
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.engine import CheckOptions
from cnnlab.loader import STUBS
from cnnlab.sourcefile import Reading
from grading.batch.judge_files import judge_files
from grading.intake.learner_files import collect_learner_files
from grading.worker.worker_subject import Submission, WorkerSubject
from tests.course.topics.own_layers import RIGHT, write_file
from tests.course.topics.test_own_layer import SOLUTIONS, cases, define, forward, third

EXERCISE = catalogue.exercise("own_layer_backward")
SEED = 7

#: What is exchanged in the gate -> the score, the code, and words of the sentence.
FILES = {
    "nothing": ({}, 1, None, ""),
    "the identity": (forward("return x + 0 * a, (x, a)"), 0, Code.FORWARD, "does not depend on a in any of your cases"),
    "many cases": (cases("[(np.ones((2, 2)), np.ones(1))] * 100_000"), 0, Code.STRUCTURE, "more than 8 cases"),
    "a huge case": (cases("[(np.ones((2000, 2000)), np.ones(1))]"), 0, Code.STRUCTURE, "more than 200 numbers"),
    "a word": (cases("[(np.ones((2, 2)), 'mean')]"), 0, Code.STRUCTURE, "a is a str"),
    "an input written to": (forward("x *= 2; return x * a, (x, a)"), 0, Code.MUTATION, "own_layer_forward changes x"),
    "a version that is missing": ({"wrong_3": ""}, 5 / 6, Code.NOT_REJECTED, "wrong_3 is not written yet"),
    "a version that ends the process": (
        {"wrong_2": "import os\n\n" + define("wrong_2", "os._exit(0)")},
        4 / 6,
        Code.NOT_REJECTED,
        "own_layer_wrong_2 gives no answer in case 1: the file's process ended without an answer",
    ),
    "a forward that ends the process": (
        {"forward": "import os\n\n" + define("forward", "os._exit(0)")},
        0,
        Code.RAISES,
        "the file's process ended without an answer",
    ),
}


def judge_in_worker(text: str, seed: int = SEED):
    """Return the report of a file that a worker has loaded."""
    content = text.encode()
    with Submission({"own_layer.py": content}) as submission:
        reading = Reading("work/own_layer.py", **submission.load("own_layer"))
        subject = WorkerSubject(submission, EXERCISE.topic, EXERCISE.problem.call)
        return examine(EXERCISE, reading, subject, CheckOptions(seed=seed, example=False))


@pytest.mark.parametrize("name", FILES)
def test_a_file_scores_the_same_in_the_worker(name):
    pieces, score, code, words = FILES[name]
    report = judge_in_worker(write_file(**pieces))
    assert report.score == pytest.approx(score)
    assert report.diagnosis_code == code
    assert words in (report.diagnosis or "")


@pytest.mark.parametrize("name", ["PReLU", "1-D convolution"])
def test_right_layers_of_other_kinds_score_in_full(name):
    assert judge_in_worker(write_file(RIGHT[name])).score == 1


@pytest.mark.slow
def test_a_version_that_never_ends_costs_itself_alone():
    report = judge_in_worker(write_file(wrong_2=define("wrong_2", "while True: pass")))
    assert report.score == pytest.approx(5 / 6)
    assert "own_layer_wrong_2 does not end in time in case 1" in report.diagnosis


def test_the_model_project_and_the_stub_in_a_whole_chapter(tmp_path):
    ids = {EXERCISE.grade_id}
    for folder, points in ((SOLUTIONS, 4), (STUBS, 0)):
        work = tmp_path / str(points)
        work.mkdir()
        (work / "own_layer.py").write_bytes((folder / "own_layer.py").read_bytes())
        verdict = judge_files("ch19", collect_learner_files(work), SEED, grade_ids=ids)
        assert (verdict.score, verdict.max_score) == (points, 4)
        assert not (verdict.attention or verdict.suspicions or verdict.process_failed)


#: A number that is in no file, and what computes it.
SECRET, COMPUTED = "8675309", "8675308 + 1"

LEAKS = {
    "message": third(f"raise ValueError(str({COMPUTED}))"),
    "type": third(f"raise type('E' + str({COMPUTED}), (Exception,), {{}})()"),
    "forward": forward(f"raise ValueError(str({COMPUTED}))"),
    "setting": cases(f"[(np.ones((2, 2)), {COMPUTED} + 0.5)]"),
    "number of cases": cases(f"[(np.ones((2, 2)),)] * ({COMPUTED})"),
    "numbers in a case": cases(f"[(np.ones({COMPUTED}), np.ones(1))]"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_no_number_of_a_file_reaches_the_feedback(name):
    report = judge_in_worker(write_file(**LEAKS[name]))
    public = report.public()
    shown = f"{public} {public.to_json()} {public._repr_mimebundle_()['text/html']}".replace(",", "").replace("\n", "")
    assert not report.passed and SECRET not in shown
    assert not any(g.shape for g in public.gradients.values())
