"""Files that attack: none gains a point, none raises in the judge, none spoils another exercise's score by accident."""

from __future__ import annotations

import pytest

from cnnlab.gradcheck.runner.calls import FunctionCall
from grading.worker import parse_answer, worker_subject
from grading.worker.isolation import Isolation
from grading.worker.parse_violation import Words
from grading.worker.sandboxed.wire import Message
from tests.grading.conftest import SOLUTION, STUB, WRONG, replaced
from tests.patience import patience

EIGHT = pytest.approx(8.0)  # everything but the weight gradient's 6 of 14

#: Code in front of a wrong file, meant to make it right. 8 points are what the file is worth without it.
TRICKS = {
    "NumPy's comparisons": "import numpy as np\nnp.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
    "NumPy's array": "import numpy as np\nnp.ndarray = object",
    "NumPy's bytes": "import numpy as np\nnp.ascontiguousarray = lambda a, *b: np.zeros(10 ** 6)",
    "builtins": "import builtins\nbuiltins.abs = builtins.max = builtins.sum = lambda *a, **k: 0.0",
    "isinstance": "import builtins\nbuiltins.isinstance = lambda *a: True",
    "the import system": "import sys\nsys.meta_path.insert(0, None)\nsys.modules.clear()",
    "the module that runs cases": (
        "import gc, types\nfor m in gc.get_objects():\n"
        "    if isinstance(m, types.ModuleType) and 'run_case' in m.__name__:\n"
        "        m.run_case = lambda *a, **k: m.Answer(score=1.0)"
    ),
    "the caller's frames": (
        "import sys\nf = sys._getframe()\nwhile f:\n    for k, v in list(f.f_globals.items()):\n"
        "        if k in ('run_case', 'judge', 'check', 'equal_bits', '_agree'):\n"
        "            f.f_globals[k] = lambda *a, **k: True\n"
        "    f = f.f_back"
    ),
    "trace": "import sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)",
    "atexit": "import atexit, os\natexit.register(os.write, 1, b'14')",
    "signals": (
        "import signal\nfor s in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):\n    signal.signal(s, signal.SIG_IGN)"
    ),
    "recursion": "import sys\nsys.setrecursionlimit(10 ** 9)",
    "another module's name": "__name__ = 'cnnlab.gradcheck.calling'\n__file__ = '/etc/passwd'\n__spec__ = None",
    "the module's getattr": "def __getattr__(name):\n    return lambda *a, **k: 14.0",
    "a score of its own": "score = passed = 1.0\n__score__ = 14\n__all__ = ['score']",
    "prints": "print('score: 14')\nprint(14.0)\nimport sys\nsys.stderr.write('14')",
    "floods": "import os\nfor _ in range(50):\n    os.write(1, b'x' * 10 ** 6)\n    os.write(2, b'y' * 10 ** 6)",
    "warnings": "import warnings\nwarnings.warn('a warning')\nwarnings.simplefilter('error')",
    "closed streams": "import sys, os\nsys.stdout.close()\nsys.stderr.close()\nos.close(1)",
}


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_gains_nothing(name: str, judged) -> None:
    verdict = judged(TRICKS[name] + "\n" + WRONG)
    assert verdict.reports["conv2d_weight_grad"].score == 0
    assert verdict.score < 8.1


@pytest.mark.parametrize("name", ["prints", "floods", "warnings", "closed streams", "atexit"])
def test_noise_costs_an_honest_file_nothing(name: str, judged) -> None:
    assert judged(TRICKS[name] + "\n" + SOLUTION).score == 14


#: Bodies of the weight gradient that give no usable answer; the other exercises keep their points.
BODIES = {
    "leaves": "import os\nos._exit(0)",
    "exits": "raise SystemExit(14.0)",
    "interrupts": "raise KeyboardInterrupt",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "overflows the stack": "return conv2d_weight_grad(*args, **options)",
    "imports torch": "import torch\nreturn torch.zeros(1)",
    "an object array": "import numpy as np\nreturn np.array([object()])",
    "a subclass": "import numpy as np\nreturn right(*args, **options).view(type('mine', (np.ndarray,), {}))",
    "a matrix of text": "import numpy as np\nreturn right(*args, **options).astype(str)",
    "a gigantic view": "import numpy as np\nreturn np.broadcast_to(0.0, (10 ** 12,))",
    "a gigantic array": "import numpy as np\nreturn np.zeros(2 ** 26)",
    "an empty gigantic shape": "import numpy as np\nreturn np.zeros((0, 2 ** 40))",
    "long doubles": "import numpy as np\nreturn right(*args, **options).astype(np.longdouble).astype('c32')",
    "not numbers": "return right(*args, **options) * float('nan')",
    "infinity": "return right(*args, **options) * float('inf')",
    "complex numbers": "return right(*args, **options) + 1e300j",
    "a masked array": "import numpy as np\nr = right(*args, **options)\nreturn np.ma.masked_array(-r, r == r)",
    "inputs set to 0": "r = right(*args, **options)\nargs[0].fill(0)\nargs[1].fill(0)\nreturn r",
    "a chain of errors": (
        "e = None\nfor k in range(100_000):\n    n = ValueError(str(k))\n    n.__cause__, e = e, n\nraise e"
    ),
    "errors in errors": "e = ValueError()\nfor _ in range(5000):\n    e = ExceptionGroup('x', [e])\nraise e",
    "a class that lies": (
        "class Array:\n    __class__ = type(args[0])\n    shape = args[2]\n    dtype = args[0].dtype\n"
        "    __eq__ = lambda *a: True\nreturn Array()"
    ),
    "an unprintable error": "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Odd",
    "a long error": "raise ValueError('\\x1b[2J\\ud800' * 10 ** 6)",
    "an error with a long name": "raise type('X' * 10 ** 6, (Exception,), {})",
}


@pytest.mark.parametrize("name", BODIES)
def test_an_unusable_answer_scores_nothing_and_says_why(name: str, judged) -> None:
    verdict = judged(replaced("conv2d_weight_grad", BODIES[name]))
    report = verdict.reports["conv2d_weight_grad"]
    assert report.score == 0
    assert not report.passed
    assert report.diagnosis or name in ("not numbers", "infinity")
    assert verdict.score == EIGHT, "another exercise lost its points"
    assert len(str(report.public()).encode("utf-8")) < 20_000


@pytest.mark.parametrize("name", ["leaves", "crashes"])
def test_the_judges_own_words_are_public(name: str, judged) -> None:
    verdict = judged(replaced("conv2d_weight_grad", BODIES[name]))
    assert "the file's process ended without an answer" in (
        verdict.reports["conv2d_weight_grad"].public().diagnosis or ""
    )
    assert verdict.process_failed == {"conv2d_weight_grad"}


def test_an_exception_is_no_failure_of_the_process(judged) -> None:
    verdict = judged(replaced("conv2d_weight_grad", 'raise RuntimeError("the file\'s process ended")'))
    assert verdict.reports["conv2d_weight_grad"].diagnosis_code == "raises"
    assert verdict.process_failed == frozenset()


def test_a_failure_from_a_worker_never_counts_as_the_judges_words() -> None:
    raised = {"violation": "Raised", "type_name": "secret", "message": "17", "bases": []}
    said = {"cause": raised, "frames": [], "ours": True}
    error = parse_answer.parse_answer(Message(1, {"y": None, "error": said}, ()), 0.1, Words(FunctionCall("f"))).error
    assert error is not None
    assert (error.message, error.ours) == ("secret: 17", False)


#: What a file writes into every descriptor that it finds, while it is being asked: replies of its own.
FORGERIES = {
    "noise": "b'x' * 100",
    "a gigantic header": "b'\\xff' * 8",
    "an endless body": "(2).to_bytes(4, 'big') + (2 ** 24).to_bytes(4, 'big') + b'[]'",
    "no reply": "message(b'[]')",
    "another number": "message(b'[99, {}, []]')",
    "an empty answer": "b''.join(message(b'[%d, {}, []]' % k) for k in range(60))",
    "a score": "b''.join(message(b'[%d, {\"score\": 1.0, \"passed\": true}, []]' % k) for k in range(60))",
    "nothing changed": (
        'b\'\'.join(message(b\'[%d, {"y": null, "grads": null, "changed": [], "repeatable": true}, []]\' % k) '
        "for k in range(60))"
    ),
}

FORGER = """
import os, socket, stat

def message(header, body=b""):
    return len(header).to_bytes(4, "big") + len(body).to_bytes(4, "big") + header + body

for number in range(64):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            os.write(number, FORGED)
    except OSError:
        pass
"""


#: A forgery that keeps the judge waiting until the limit.
WAITED_FOR = "an endless body"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == WAITED_FOR else ()) for name in FORGERIES]
)
def test_a_forged_reply_scores_nothing(name: str, judged, monkeypatch) -> None:
    monkeypatch.setattr(worker_subject, "REPLY_SECONDS", patience(1.0))
    forger = FORGER.replace("FORGED", FORGERIES[name])
    verdict = judged(SOLUTION + forger)
    assert verdict.score == 0
    assert all(report.diagnosis for report in verdict.reports.values())


def test_a_file_that_broke_the_protocol_gets_no_other_worker(judged, monkeypatch) -> None:
    monkeypatch.setattr(worker_subject, "REPLY_SECONDS", patience(1.0))
    body = FORGER.replace("FORGED", "b'x' * 100") + "return right(*args, **options)"
    verdict = judged(replaced("conv2d_bias_grad", body))
    assert verdict.score == 0
    assert "broke the protocol" in verdict.reports["conv2d_input_grad"].diagnosis


def test_an_endless_reply_ends(judged, monkeypatch) -> None:
    monkeypatch.setattr(worker_subject, "REPLY_SECONDS", patience(1.0))
    monkeypatch.setattr(worker_subject, "EXERCISE_SECONDS", patience(2.0))
    body = FORGER.replace(
        "os.write(number, FORGED)", "[os.write(number, b'\\0\\0\\0\\2\\1\\0\\0\\0[]' + b'x') for _ in iter(int, 1)]"
    )
    verdict = judged(replaced("conv2d_weight_grad", body))
    assert verdict.reports["conv2d_weight_grad"].score == 0


@pytest.mark.slow
def test_all_cases_of_an_exercise_have_a_limit_and_the_next_exercise_its_own(judged, monkeypatch) -> None:
    seconds = min(round(patience(3.0)), 30)
    monkeypatch.setattr(worker_subject, "EXERCISE_SECONDS", seconds)
    slow = "import time\ntime.sleep(0.5)\nreturn right(*args, **options)"
    verdict = judged(replaced("conv2d_weight_grad", slow))
    report = verdict.reports["conv2d_weight_grad"]
    assert report.score == 0
    assert report.diagnosis == f"its cases took longer than {seconds} s together."
    assert verdict.score == EIGHT
    assert any(str(r).startswith("conv2d_weight_grad: it did not end in time") for r in verdict.attention)


def test_right_answers_by_remembering_are_not_to_be_had(judged) -> None:
    """A second call with another dy: an answer that was kept from the first does not fit."""
    body = "kept = globals().setdefault('kept', right(*args, **options))\nreturn kept"
    assert judged(replaced("conv2d_bias_grad", body)).reports["conv2d_bias_grad"].score == 0


def test_a_stub_that_raises_something_else_scores_nothing(judged) -> None:
    assert judged(STUB.replace("NotImplementedError", "ValueError")).score == 0


def test_both_isolations_give_the_same_score(how: Isolation, judged) -> None:
    assert judged(SOLUTION, how).score == 14
    assert judged(WRONG, how).score == EIGHT
    assert judged(STUB, how).score == 0
