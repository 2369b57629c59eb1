"""A layer of one's own in the worker: the same score as at home, and nothing of a file in the feedback."""

import ast

import numpy as np
import pytest

from cnnlab.course import catalogue
from cnnlab.course.check import examine
from cnnlab.gradcheck.codes import Code
from cnnlab.gradcheck.engine import CheckOptions
from cnnlab.gradcheck.own_layer import learner_forward
from cnnlab.gradcheck.runner.answer import Answer, Foreign
from cnnlab.loader import STUBS
from cnnlab.sourcefile import Reading
from grading.batch.judge_files import judge_files
from grading.intake.learner_files import collect_learner_files
from grading.worker.sandboxed.source_check import inspect_source
from grading.worker.sandboxed.wire import DTYPES
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
    "an empty shape": cases(f"[(np.ones((0, {COMPUTED})), np.ones(1))]"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_no_number_of_a_file_reaches_the_feedback(name):
    report = judge_in_worker(write_file(**LEAKS[name]))
    public = report.public()
    shown = f"{public} {public.to_json()} {public._repr_mimebundle_()['text/html']}".replace(",", "").replace("\n", "")
    assert not report.passed and SECRET not in shown
    assert not any(g.shape for g in public.gradients.values())


#: What a file puts in place of the function that reads its cases in the worker, and what it then says of them.
FORGED = """
import gc

def forge(returned):
    return {said}

for found in gc.get_objects():
    if getattr(found, "__name__", "") == "_lay_out_cases":
        found.__code__ = forge.__code__
        found.__globals__["np"] = np
"""

COUNTS = "np.array([2]), np.array([5])"

FORGED_CASES = {
    "no number": f"(np.array(np.nan), {COUNTS}, np.ones((2, 2)), np.ones(1))",
    "an endless number": f"(np.array(np.inf), {COUNTS}, np.ones((2, 2)), np.ones(1))",
    "a complex number": f"(np.array(1j), {COUNTS}, np.ones((2, 2)), np.ones(1))",
    "a number as text": f"(np.array('1'), {COUNTS}, np.ones((2, 2)), np.ones(1))",
    "more numbers than it says": f"(np.array(1), {COUNTS}, np.ones((1000, 1000)), np.ones(1))",
    "fewer values than it says": f"(np.array(1), {COUNTS}, np.ones((2, 2)))",
    "less than no length": "(np.array(2), np.array([2, -2]), np.array([5, 5]))",
}


@pytest.mark.parametrize("name", FORGED_CASES)
def test_forged_cases_are_refused_and_stop_nobody(name):
    forged = FORGED.format(said=FORGED_CASES[name])
    report = judge_in_worker(write_file(cases=f"{define('cases', 'return [(np.ones((2, 2)), np.ones(1))]')}\n{forged}"))
    assert (report.score, report.diagnosis_code) == (0, Code.STRUCTURE)


def test_a_y_that_grows_to_millions_of_numbers_is_not_gathered():
    """The judge would otherwise hold one for every point at which differences are taken."""
    grows = "CALLS = []\n\n" + define(
        "forward", "CALLS.append(0); y = x * a; return (y if len(CALLS) < 21 else np.zeros((1_000_000, 1)) + a), x"
    )
    report = judge_in_worker(write_file(forward=grows))
    assert (report.score, report.diagnosis_code) == (0, Code.FORWARD)
    assert "gives a y of another shape than in the case itself" in report.diagnosis


def test_what_is_kept_of_a_forward_has_a_limit(monkeypatch):
    monkeypatch.setattr(learner_forward, "MAX_KEPT_NUMBERS", 50)
    made = []
    original = learner_forward.LearnerForward.limit_calls
    monkeypatch.setattr(
        learner_forward.LearnerForward,
        "limit_calls",
        lambda self, number: (made.append(self), original(self, number))[1],
    )
    assert judge_in_worker(write_file()).score == 1
    [forward] = made
    assert sum(y.size for y in forward._kept.values()) <= 50


class AnyAnswers:
    """A subject that answers as the gate does, and now and then with anything at all that can cross from a worker."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.share = self.rng.choice([0.001, 0.02, 0.3])
        self.asked = 0
        self.first = self.rng.choice([0, 8, 60])

    def change_call(self, call):
        return type("Asked", (), {"run": lambda _, case: self.run(case, call)})()

    def run(self, case, call=EXERCISE.problem.call):
        self.asked += 1
        if call.function == "own_layer_cases":
            x, a = np.arange(1.0, 5.0).reshape(2, 2), np.array([0.7])
            return Answer(None, tuple(map(self.spoil, (np.array(1), np.array([2]), np.array([5]), x, a))))
        if not {"x", "a"} <= case.inputs.keys():
            return Answer(None, self.draw())
        x, a = (np.asarray(case.inputs[name], float) for name in "xa")
        if call.forward is None:
            return Answer(None, (self.spoil(x * x * a), Foreign("tuple")))
        factor = {"own_layer_wrong_1": 2, "own_layer_wrong_2": 3, "own_layer_wrong_3": 4}.get(call.function, 1)
        right = factor * 2 * x * a * case.dy, factor * np.sum(x * x * case.dy).reshape(1)
        return Answer(x * x * a, tuple(map(self.spoil, right)), repeatable=self.rng.random() > self.share / 10)

    def spoil(self, array):
        return self.draw(array) if self.asked > self.first and self.rng.random() < self.share else array

    def draw(self, array=None):
        """Return an array with numbers, a dtype or a shape that nobody asked for, or something else."""
        numbers = np.array([0.0, 1.0, np.nan, -np.inf, 1e308, 5e-324])
        array = (
            self.rng.choice(numbers, tuple(self.rng.integers(0, 4, self.rng.integers(0, 5))))
            if array is None
            else array
        )
        with np.errstate(all="ignore"):
            changed = (
                None,
                Foreign("str"),
                array * self.rng.choice(numbers),
                array[None],
                array.reshape(-1)[:1],
                np.concatenate([array.reshape(-1)] * 3),
                np.array(self.rng.choice(numbers)),
                array.astype(self.rng.choice(sorted(DTYPES))),
            )
        return changed[self.rng.integers(len(changed))]


def test_whatever_numbers_a_worker_sends_become_a_report():
    written = ("forward", "backward", "cases", "wrong_1", "wrong_2", "wrong_3")
    defined = {f"own_layer_{name}": 1 for name in written}
    reading = Reading("work/own_layer.py", defined=defined, arguments={"own_layer_forward": ("x", "a")})
    codes = set()
    for seed in range(300):
        report = examine(EXERCISE, reading, AnyAnswers(seed), CheckOptions(seed=SEED, example=False))
        assert 0 <= report.score <= 1 and report.public().to_json() and report.public()._repr_mimebundle_()
        codes.add(report.diagnosis_code)
    assert {None, Code.NOT_REJECTED, Code.STRUCTURE, Code.FORWARD} <= codes, "answers of every kind were drawn"


#: Right numbers by differences of the forward, which is split up or written once more so that it is not itself called.
DIFFERENCED = """
    {found}
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = 1e-5
        dx[i] = (dy * ({name}(x + e, a) - {name}(x - e, a))).sum() / 2e-5
    return dx, ((dy * ({name}(x, a + 1e-5) - {name}(x, a - 1e-5))).sum() / 2e-5).reshape(1)
"""

GATE_LINES = """
    m = x.mean(axis=1, keepdims=True)
    s = (1 + np.tanh(a * m / 2)) / 2
"""

SPLIT_UP = {
    "forward": f"def gate(x, a):{GATE_LINES}    return s * x\n\n" + define("forward", "return gate(x, a), (x, a)"),
    "backward": "def own_layer_backward(dy, cache):" + DIFFERENCED.format(found="x, a = cache", name="gate"),
}

WRITTEN_AGAIN = {
    "backward": f"def again(x, a):{GATE_LINES}    return s * x, (x, a, m, s)\n\n"
    "def take(x, a):\n    return again(x, a)[0]\n\n"
    "def own_layer_backward(dy, cache):" + DIFFERENCED.format(found="x, a, m, s = cache", name="take"),
}


@pytest.mark.parametrize(("pieces", "name"), [(SPLIT_UP, "gate"), (WRITTEN_AGAIN, "take")])
def test_differences_of_what_the_forward_is_made_of_are_named(pieces, name, tmp_path):
    text = write_file(**pieces)
    (tmp_path / "own_layer.py").write_text(text, encoding="utf-8")
    verdict = judge_files("ch19", collect_learner_files(tmp_path), SEED, grade_ids={EXERCISE.grade_id})
    [remark] = verdict.suspicions
    assert f"calls {name}, a forward, or a copy or a part of one, in a loop" in str(remark)
    assert remark.exercise == EXERCISE.name


@pytest.mark.parametrize("name", RIGHT)
def test_no_right_layer_is_named(name):
    given = ast.parse((STUBS / "own_layer.py").read_text(encoding="utf-8"))
    assert inspect_source(ast.parse(write_file(RIGHT[name])), given, [(EXERCISE.name, "own_layer_forward")]) == []
