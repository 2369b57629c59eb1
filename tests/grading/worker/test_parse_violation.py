"""What a worker may say: every sentence that an honest one says passes as it is, and nothing that was made up does."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from cnnlab.gradcheck.runner import records, run_case
from cnnlab.gradcheck.runner.answer import Answer
from cnnlab.gradcheck.runner.calls import Call, UpdateRuleCall
from cnnlab.gradcheck.runner.violations import (
    Differenced,
    DifferencedAtOnce,
    FromLibraries,
    StepShape,
    from_wire,
    to_wire,
)
from grading.batch.judge_files import judge_files
from grading.intake.learner_files import collect_learner_files
from grading.worker import parse_answer
from grading.worker.parse_violation import STRANGE, Words, type_name
from grading.worker.sandboxed.wire import Message
from tests.grading.conftest import replaced

PAIR = Call("foo_forward", "foo_backward")
RULE = UpdateRuleCall("foo_step")
X, DY = np.ones((2, 3)), np.ones((2, 3))
STEPS = {"param": np.zeros(2), "grads": np.ones((3, 2)), "rates": np.ones(3)}
WORDS = Words(PAIR, ("x",), {"foo.py": b"def foo():\n    pass\n"})


def fill(x):
    x[:] = 0
    return x, None


def honest(forward, backward) -> Answer:
    """What the runner says of a pair, where it runs beside the judge."""
    return run_case.run_case({"foo_forward": forward, "foo_backward": backward}, PAIR, {"x": X}, {}, DY)


def stepped(step) -> Answer:
    return run_case.run_case({"foo_step": step}, RULE, STEPS, {}, None)


FAILURES = {
    "no pair": honest(lambda x: x, None),
    "a list": honest(lambda x: [x], None),
    "None": honest(lambda x: None, None),
    "a forward that changes its input": honest(fill, None),
    "a step that is no pair": stepped(lambda *a, lr: a[0]),
    "a step without a param": stepped(lambda *a, lr: ("no", None)),
    "a step of another shape": stepped(lambda *a, lr: (np.zeros(3), None)),
}


@pytest.mark.parametrize("name", FAILURES)
def test_an_honest_failure_is_told_as_it_is(name: str) -> None:
    error = FAILURES[name].error
    assert error is not None
    assert error.kind in ("structure", "mutation")
    assert error.cause is not None
    words = Words(RULE if "step" in name else PAIR, ("x", "param", "grads"), shapes=[(2,)])
    cause = from_wire(json.loads(json.dumps(to_wire(error.cause))))
    assert cause == error.cause
    assert words.restrict_cause(cause).describe() == error.message


def kept(x, state=[]):  # noqa: B006, that is the mistake
    state[:] = state or [np.zeros((2, 3))]
    return state[0]


CHANGES = {
    "its upstream": honest(lambda x: (x, x), lambda dy, cache: np.multiply(dy, 2, out=dy)),
    "the cache": honest(lambda x: (x, {"x": x.copy()}), lambda dy, cache: cache["x"].fill(0)),
    "its own result": honest(lambda x: (x, x), lambda dy, cache: kept(dy)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_honest_change_is_told_as_it_is(name: str) -> None:
    changed = CHANGES[name].changed
    assert changed
    assert [WORDS.restrict_change(from_wire(to_wire(violation))) for violation in changed] == list(changed)


def test_an_honest_borrowing_is_told() -> None:
    forward = [lambda x: (x, x)]

    def differencing(dy, cache):
        for _ in range(64):
            forward[0](cache)
        return dy

    said = honest(forward[0], differencing).borrowed
    assert said == Differenced("foo_forward", 64, 6)
    assert WORDS.restrict_borrowed(said).describe() == "differences: it called foo_forward for each entry"
    assert WORDS.restrict_borrowed(DifferencedAtOnce("foo_forward", 1725)) == Differenced("foo_forward")
    assert WORDS.restrict_borrowed(FromLibraries("PyTorch and JAX")).describe() == "PyTorch and JAX"


@pytest.mark.parametrize("returned", [[[1]], {"a": 1}, "text", {1}, object, np.ma.ones(2), np.array(["a"]), print])
def test_an_honest_type_is_told(returned) -> None:
    value = records.record_value(returned)
    found = value[0] if isinstance(value, tuple) else value
    assert type_name(found.type_name) == found.type_name


SECRET = "17.25"


def failed(violation: str, **fields) -> dict:
    """An error as a worker may send it."""
    return {"error": {"cause": {"violation": violation, **fields}, "frames": []}}


MADE_UP = {
    "a change": {"changed": [{"violation": "Changed", "path": SECRET}]},
    "a change of a number": {"changed": [{"violation": "Changed", "path": "x17_25"}]},
    "a field of a cache": {"changed": [{"violation": "Changed", "path": "cache.x17_25"}]},
    "an owner": {"changed": [{"violation": "Aliased", "owner": f"x.{SECRET}"}]},
    "a borrowing": {"borrowed": {"violation": "FromLibraries", "names": SECRET}},
    "a differencing": {
        "borrowed": {"violation": "Differenced", "function": "foo_forward", "calls": 1725, "entries": 1725}
    },
    "a differencing at once": {
        "borrowed": {"violation": "DifferencedAtOnce", "function": "foo_forward", "numbers": 1725}
    },
    "a differencing of something": {
        "borrowed": {"violation": "Differenced", "function": SECRET, "calls": 1, "entries": 1}
    },
    "a type": {"grads": {"foreign": f"x_{SECRET}"}},
    "a dtype": {"grads": {"foreign": f"ndarray of dtype {SECRET}"}},
    "a structure": failed("Unusable", function=SECRET),
    "a mutation": failed("InputChanged", function="foo_forward", path=SECRET),
    "who changes an input": failed("InputChanged", function=SECRET, path="x"),
    "a timeout": failed("TimedOut", seconds=17.25),
    "a pair's type": failed("NotAPair", function="foo_forward", type_name=f"x_{SECRET}", length=2),
    "a pair's function": failed("NotAPair", function=SECRET, type_name="list", length=2),
    "a pair's length": failed("NotAPair", function="foo_forward", type_name="list", length=1725),
    "a step where there are none": failed("StepNotAPair", step=1725, type_name="list", length=2),
    "a param where there are no steps": failed("StepNotAnArray", step=1725, type_name="list"),
    "a shape where there are no steps": failed("StepShape", step=1, shape=[1725], needed=[17, 25]),
    "a function's name": {
        "error": {
            "cause": {"violation": "TimedOut", "seconds": 5.0},
            "frames": [{"file": "foo.py", "line": 1, "function": SECRET, "text": SECRET}],
        }
    },
    "a file": {
        "error": {
            "cause": {"violation": "TimedOut", "seconds": 5.0},
            "frames": [{"file": f"{SECRET}.py", "line": 1, "function": "foo", "text": SECRET}],
        }
    },
}


@pytest.mark.parametrize("name", MADE_UP)
def test_what_is_made_up_carries_nothing(name: str) -> None:
    good = {"y": None, "grads": None, "changed": [], "repeatable": True, "linear": True, "borrowed": None}
    answer = parse_answer.parse_answer(Message(1, {**good, **MADE_UP[name]}), 0.1, WORDS)
    assert not re.search(r"17.?25", repr(answer))
    assert not re.search(r"17.?25", repr(answer.error and answer.error.cause))


@pytest.mark.parametrize(
    ("shape", "needed"), [((3, 1), (1725, 1725)), ((1725,) * 8, (3, 3)), ((17, 25, 17, 25, 1725, 1725), (3, 3))]
)
def test_the_shapes_of_a_step_are_one_that_memory_can_hold_and_that_of_the_case(shape, needed) -> None:
    words = Words(RULE, ("param",), shapes=[(3, 3)])
    assert words.restrict_cause(StepShape(1, (3, 1), (3, 3))) == StepShape(1, (3, 1), (3, 3))
    assert "1725" not in words.restrict_cause(StepShape(1, shape, needed)).describe()


def test_a_strange_type_is_said_to_be_one() -> None:
    assert type_name("Answer") == STRANGE


#: Ways in which a file tries to write a number of its case into what its author will read.
CARRIERS = {
    "the message": "raise ValueError(float(args[1].flat[0]) * 1e9)",
    "the type": "raise type('x%d' % int(args[1].flat[0] * 1e9), (Exception,), {})",
    "the type of the answer": "return type('x%d' % int(args[1].flat[0] * 1e9), (), {})()",
    "the frame": (
        "import sys\nname = 'x%d' % int(args[1].flat[0] * 1e9)\n"
        "exec(compile(f'def {name}(): raise ValueError\\n{name}()', __file__, 'exec'))"
    ),
    "the line": (
        "import linecache\nline = 'x = %d' % int(args[1].flat[0] * 1e9)\n"
        "linecache.cache[__file__] = (1, None, [line] * 1000, __file__)\nraise ValueError"
    ),
    "the shape": "return np.zeros((0, abs(int(args[1].flat[0] * 1e6)) or 10**6))",
    "another number of axes": "return np.zeros((1, abs(int(args[1].flat[0] * 1e6)) or 10**6, 1))",
    "a factor": (
        "far = 1e9 * abs(args[1].flat[0]) or 1e9\n"
        "return right(args[0], args[1] + np.where(args[1] > 0, far, -far), *args[2:], **options)"
    ),
    "what is written elsewhere": (
        "import gc\nfor m in gc.get_objects():\n    if type(m) is dict and m.get('__name__', '') == "
        "'cnnlab.gradcheck.runner.call_once':\n        C = m['Failure']\n        "
        "m['record_exception'] = lambda e, k='': C('raises', str(int(args[1].flat[0] * 1e9)))\nraise ValueError"
    ),
}


@pytest.mark.parametrize("name", CARRIERS)
def test_no_number_of_a_case_reaches_the_feedback(name: str, work) -> None:
    """Entries of the cases are whole numbers from -9 to 9: times a billion none of them can be there by chance."""
    verdict = judge_files("ch08", collect_learner_files(work(replaced("conv2d_weight_grad", CARRIERS[name]))), 7)
    report = verdict.reports["conv2d_weight_grad"]
    assert report.score == 0
    shown = str(report.public()) + report.to_json(public=True)
    assert not re.search(r"\d0{6,}|\de\+\d", shown)
