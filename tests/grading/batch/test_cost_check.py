"""Right gradients by differencing the forward: however it hides, a person hears of it, and of no honest one."""

from __future__ import annotations

import ast
import json
import time
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

import tests.rejects
from cnnlab import loader
from cnnlab.course import catalogue
from cnnlab.gradcheck.runner.answer import Answer
from cnnlab.gradcheck.subject import FunctionSubject
from grading import class_folder
from grading.batch import cost_check, verdict_store
from grading.batch.cost_check import draw_larger_case, find_suspicion
from grading.batch.remark import Remark
from grading.worker.sandbox import IsolationKind
from grading.worker.sandboxed.source_check import inspect_source
from grading.worker.worker_subject import Submission, WorkerSubject
from tests.grading.conftest import SOLUTION, STUB, WRONG, replaced, sampled
from tests.rejects import RIGHT

for topic in iter_modules(tests.rejects.__path__):
    if not topic.name.startswith("test_"):
        import_module(f"tests.rejects.{topic.name}")  # registers what is in it

WEIGHT = "conv2d_weight_grad"

#: A weight gradient by probing: the forward is linear in w, so a unit vector for each entry gives it exactly.
PROBING = """
import numpy as np
dy, x, w_shape = args
dw = np.zeros(w_shape)
for k in range(dw.size):
    w = np.zeros(dw.size, TYPE)
    w[k] = STEP
    dw.flat[k] = (PROBED(x, w.reshape(w_shape), **options)PART * dy).sum()
return dw.astype(dy.dtype)
"""

GIVEN = "def probed(*args, **options):\n    return conv2d_forward(*args, **options)[0]\n"

EINSUM = """
def probed(x, w, *, stride=1, padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (dh, dw) = (size_pair("option", v, 0) for v in (stride, padding, dilation))
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    reach = (dh * (w.shape[2] - 1) + 1, dw * (w.shape[3] - 1) + 1)
    windows = np.lib.stride_tricks.sliding_window_view(x, reach, (2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    windows = windows.reshape(len(x), groups, -1, *windows.shape[2:])
    w = w.reshape(groups, -1, *w.shape[1:])
    y = np.einsum("ngcijuv,gfcuv->ngfij", windows, w)
    return y.reshape(len(x), -1, *y.shape[3:])
"""

COPY = ast.unparse(
    next(n for n in ast.parse(SOLUTION).body if isinstance(n, ast.FunctionDef) and n.name == "conv2d_forward")
).replace("conv2d_forward", "another")

RENAMED = (
    "another = type(conv2d_forward)(conv2d_forward.__code__.replace(co_name='another'), globals(), 'another')\n"
    "another.__kwdefaults__ = conv2d_forward.__kwdefaults__\nanother.__defaults__ = conv2d_forward.__defaults__\n"
)

BATCHED = """
import numpy as np
dy, x, w_shape = args
size = int(np.prod(w_shape[1:]))
groups = options.get("groups", 1)
own = {**options, "groups": 1}
per, dw = w_shape[1], np.zeros(w_shape)
for g in range(groups):
    f = slice(g * w_shape[0] // groups, (g + 1) * w_shape[0] // groups)
    units = np.eye(size).reshape(size, *w_shape[1:])
    y = conv2d_forward(x[:, g * per : (g + 1) * per], units, **own)[0]
    dw[f] = np.einsum("nfij,nkij->fk", dy[:, f], y).reshape(dw[f].shape)
return dw.astype(dy.dtype)
"""


def probing(probed: str = "probed", kind: str = "float", step: str = "1", part: str = "") -> str:
    """The body of the weight gradient."""
    return PROBING.replace("PROBED", probed).replace("TYPE", kind).replace("STEP", step).replace("PART", part)


def file_with(prefix: str, body: str) -> str:
    """A conv.py whose weight gradient is this body, with code before it."""
    return replaced(WEIGHT, body, f"{SOLUTION}\nimport sys\n{prefix}\n")


#: By name, a file that differences, and what the source alone shows of it ("" where it is nothing).
KINDS = {
    "plainly": (file_with("", probing("(lambda *a, **k: conv2d_forward(*a, **k)[0])")), "loop"),
    "a profiler set at import": (file_with(f"sys.setprofile(lambda *a: None)\n{GIVEN}", probing()), "profiler"),
    "a profiler of threads": (
        file_with(f"import threading\nthreading.setprofile(lambda *a: None)\n{GIVEN}", probing()),
        "profiler",
    ),
    "a profiler by a name in parts": (
        file_with(f"getattr(sys, 'set' + 'profile')(lambda *a: None)\n{GIVEN}", probing()),
        "loop",
    ),
    "monitoring": (file_with(f"getattr(sys, 'monitoring', None)\n{GIVEN}", probing()), "profiler"),
    "renamed code": (file_with(RENAMED, probing("another", part="[0]")), "code"),
    "a copied source": (file_with(COPY, probing("another", part="[0]")), "loop"),
    "written anew": (file_with(EINSUM, probing()), ""),
    "complex steps": (file_with(EINSUM, probing(kind="complex", step="1e-20j", part=".imag / 1e-20")), ""),
    "all unit vectors at once": (file_with("", BATCHED), "units"),
}


@pytest.mark.parametrize("name", sampled(KINDS))
def test_differencing_scores_nothing_or_is_named(name: str, judged) -> None:
    source, _ = KINDS[name]
    verdict = judged(source)
    report = verdict.reports[WEIGHT]
    named = [s for s in map(str, verdict.suspicions) if s.startswith((f"{WEIGHT}: ", "conv.py, line "))]
    assert report.score == 0 or named, "full marks, and nobody hears of it"
    assert report.diagnosis_code in (None, "borrowed"), "the attack is a real one: it gives right numbers"
    assert all(str(r).startswith((WEIGHT, "conv.py")) for r in verdict.suspicions), "honest ones are not named"


@pytest.mark.parametrize("name", KINDS)
def test_the_source_shows_it(name: str) -> None:
    source, code = KINDS[name]
    found = inspect_source(ast.parse(source), ast.parse(STUB), [(WEIGHT, "conv2d_forward")])
    assert (code in {f.code for f in found}) if code else not found


#: Each is asked twice and takes its five seconds each time. With every run of the suite: the first in both kinds of
#: worker, and the second, of which nothing but the cost tells, in one.
COSTLY = [
    pytest.param(name, kind, marks=[*marks, *([pytest.mark.slow] if number >= always else [])])
    for number, name in enumerate(("a profiler set at import", "written anew", "complex steps", "renamed code"))
    for kind, marks, always in (
        (IsolationKind.BUBBLEWRAP, [pytest.mark.isolation], 1),
        (IsolationKind.LIMITS, [], 2),
    )
]


@pytest.mark.parametrize(("name", "how"), COSTLY, indirect=["how"], ids=str)
def test_the_cost_shows_it(name: str, how) -> None:
    """However it is written: nothing is taken from the worker's word but the numbers, and the time they take."""
    problem = catalogue.exercise(WEIGHT).problem
    with Submission({"conv.py": KINDS[name][0].encode()}, how) as submission:
        submission.load("conv")
        said = find_suspicion(problem, WorkerSubject(submission, "conv", problem.call))
    assert said
    assert "calling a forward once for each entry costs" in said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "return 2 * right(*args, **options) if LARGE else right(*args, **options)",
            "another answer",
        ),
        (
            "import numpy as np\nreturn np.zeros(3) if LARGE else right(*args, **options)",
            "another answer",
        ),
        (
            "if LARGE:\n    raise ValueError\nreturn right(*args, **options)",
            "no answer",
        ),
        (
            "if LARGE:\n    import os\n    os._exit(0)\nreturn right(*args, **options)",
            "no answer",
        ),
        (
            "while LARGE:\n    pass\nreturn right(*args, **options)",
            "did not end in time",
        ),
    ],
    ids=["wrong", "another shape", "raises", "ends", "loops"],
)
def test_a_file_that_knows_the_larger_case_is_named(body: str, words: str, judged) -> None:
    body = body.replace("LARGE", "args[2][0] * args[2][1] * args[2][2] * args[2][3] > 3000")
    verdict = judged(replaced(WEIGHT, body))
    assert verdict.score == 14, "no point depends on it"
    [remark] = verdict.suspicions
    assert remark.exercise == WEIGHT and remark.sentence.startswith("Asked a larger case")
    assert words in remark.sentence


class Measured:
    """An implementation in this process, with the processor time that it takes."""

    def __init__(self, exercise, function):
        call = exercise.problem.call
        functions = {call.function: function}
        if call.forward:
            functions[call.forward] = loader.load_stub_function(exercise.topic, call.forward)
        if exercise.topic == "conv_transpose":  # its given forward calls an exercise
            solutions = loader.folder(class_folder.ROOT / "solutions" / "ops")
            functions[call.forward] = solutions.load(exercise.topic).function(call.forward)
        self._subject = FunctionSubject(functions, call, seconds=120.0)  # the limit is on processor time

    def run(self, case):
        return self._subject.run(case)

    def processor_seconds(self):
        return time.process_time()


class Reporting:
    """The right answer, and as many forwards for each entry as it is told to have taken, one number for each time."""

    def __init__(self, larger, slower: float, shares: list[float]):
        self._grads = tuple(larger.expected.grads.values())
        self._unit = larger.entries * larger.forward_seconds * slower
        self._shares, self._seconds = shares, 0.0

    def run(self, case):
        self._seconds += self._unit * self._shares.pop(0)
        return Answer(grads=self._grads)

    def processor_seconds(self):
        return self._seconds


@pytest.mark.parametrize("slower", [0.1, 1.0, 30.0])
@pytest.mark.parametrize(
    ("shares", "named"), [([0.2], False), ([2.0, 0.2], False), ([2.0, 2.0], True)], ids=["right", "once late", "late"]
)
def test_a_slow_machine_names_nobody_and_a_quick_one_excuses_nobody(slower, shares, named, monkeypatch) -> None:
    """What counts is the forward's time on the same machine, and what is late once may be quick when asked again."""
    problem = catalogue.exercise("square_backward").problem
    larger = draw_larger_case(problem.oracle, problem.gradients)
    assert larger
    monkeypatch.setattr(cost_check, "_time_forward", lambda *_: larger.forward_seconds * slower)
    said = find_suspicion(problem, Reporting(larger, slower, list(shares)))
    assert (said is not None) == named


@pytest.mark.parametrize("implementation", sampled(RIGHT), ids=str)
def test_no_right_implementation_is_named(implementation) -> None:
    """Loops over every product, einsum, im2col, FFT, float32 inside: none costs what differencing costs."""
    exercise = catalogue.exercise(implementation.exercise)
    assert find_suspicion(exercise.problem, Measured(exercise, implementation.function)) is None


def test_a_full_correlation_by_the_forward_is_ones_own_work() -> None:
    """A few calls of the forward, none in a loop."""
    body = "wide = conv2d_forward(args[0], args[1])\nother = conv2d_forward(args[1], args[0])\nreturn wide, other"
    tree = ast.parse(replaced(WEIGHT, body))
    assert inspect_source(tree, ast.parse(STUB), [(WEIGHT, "conv2d_forward")]) == []


def test_what_is_found_in_a_file_without_points_is_not_named(judged) -> None:
    assert judged(f"import gc\n{STUB}").suspicions == ()


def test_a_larger_case_is_large_enough_for_every_backward_with_a_given_forward() -> None:
    """One forward for each entry takes far longer than the limit, and the answer is known."""
    found = {}
    for exercise in catalogue.EXERCISES.values():
        if exercise.problem.call.forward and exercise.problem.oracle.wrt:
            found[exercise.name] = draw_larger_case(exercise.problem.oracle, exercise.problem.gradients)
    assert {name for name, larger in found.items() if larger is None} == {"flatten_backward"}, "its forward is a view"
    for larger in filter(None, found.values()):
        assert larger.entries * larger.forward_seconds >= cost_check.DIFFERENCING_SECONDS
        assert all(np.isfinite(g).all() for g in larger.expected.grads.values() if g is not None)


def test_suspicions_are_stored_and_old_verdicts_have_none(tmp_path) -> None:
    place = class_folder.ClassFolder(tmp_path)
    stored = verdict_store.StoredVerdict("ch08_convolution_backward", "ada", (), {}, suspicions=(Remark("a"),))
    verdict_store.write_verdict(place, stored)
    assert verdict_store.read_verdict(place, "ada", "ch08_convolution_backward") == stored
    path = place.verdict_file("ada", "ch08_convolution_backward")
    found = json.loads(path.read_text())
    del found["suspicions"]
    path.write_text(json.dumps(found))
    assert verdict_store.read_verdict(place, "ada", "ch08_convolution_backward") == replace(stored, suspicions=())


def test_an_honest_file_with_a_mistake_is_not_named(judged) -> None:
    assert judged(WRONG).suspicions == ()
