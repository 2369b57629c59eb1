"""Attacks with arrays, and on NumPy and Python in the worker: what crosses is numbers, and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnlab.gradcheck.runner.calls import FunctionCall
from grading.worker import parse_answer
from grading.worker.sandboxed import wire
from grading.worker.sandboxed.wire import Message, WireError
from tests.grading.conftest import SOLUTION, WRONG, replaced, sampled

#: Bodies of the weight gradient that are worth nothing; the other exercises keep their 8 points.
BODIES = {
    "objects": "import numpy as np\nreturn np.full(args[2], 0.0, dtype=object)",
    "objects that say they are equal": (
        "import numpy as np\nclass Equal:\n    __eq__ = __le__ = __ge__ = __lt__ = lambda *a: True\n"
        "    __sub__ = __abs__ = lambda *a: 0.0\nreturn np.full(args[2], Equal(), dtype=object)"
    ),
    "a subclass that finalizes": (
        "import numpy as np\nclass Mine(np.ndarray):\n"
        "    def __array_finalize__(self, other):\n        self.score = 1.0\n"
        "    def __array_ufunc__(self, *a, **k):\n        return True\n    def tobytes(self, *a):\n        return b''\n"
        "return right(*args, **options).view(Mine)"
    ),
    "a masked array": "import numpy as np\nreturn np.ma.masked_all(args[2])",
    "a record": "import numpy as np\nreturn np.zeros(args[2], dtype=[('a', 'f8')])",
    "text": "import numpy as np\nreturn np.full(args[2], '0.0')",
    "times": "import numpy as np\nreturn np.zeros(args[2], dtype='M8[s]')",
    "void": "import numpy as np\nreturn np.zeros(args[2], dtype='V8')",
    "another byte order": "return -right(*args, **options).astype('>f8')",
    "quiet NaN with a payload": (
        "import numpy as np\nreturn np.full(args[2], 0x7FF8DEADBEEF0001, dtype='u8').view('f8')"
    ),
    "signalling NaN": "import numpy as np\nreturn np.full(args[2], 0x7FF0000000000001, dtype='u8').view('f8')",
    "NaN where it is wrong": ("import numpy as np\ngood = right(*args, **options)\ngood.flat[0] = np.nan\nreturn good"),
    "infinity everywhere": "import numpy as np\nreturn np.full(args[2], np.inf)",
    "the largest numbers": "import numpy as np\nreturn np.full(args[2], np.finfo(float).max)",
    "subnormal numbers": "import numpy as np\nreturn np.full(args[2], 5e-324)",
    "complex": "return right(*args, **options) + 0j",
    "whole numbers": "return right(*args, **options).astype('i8')",
    "truth": "import numpy as np\nreturn np.ones(args[2], dtype=bool)",
    "a third truth": "import numpy as np\nreturn np.full(args[2], 7, dtype='u1').view(bool)",
    "half precision": "return right(*args, **options).astype('f2')",
    "nothing, in the right number of axes": "import numpy as np\nreturn np.zeros((0,) * len(args[2]))",
    "nothing, gigantically": "import numpy.lib.stride_tricks as n\nreturn n.as_strided(args[0], (0, 2**62), (0, 0))",
    "one number, gigantically": "import numpy as np\nreturn np.broadcast_to(np.float64(0), (2**40,))",
    "a view of nowhere": (
        "import numpy as np\nreturn np.lib.stride_tricks.as_strided(np.zeros(1), args[2], [8 * 10**6] * len(args[2]))"
    ),
    "sixty-four axes": "import numpy as np\nreturn np.zeros((1,) * 64)",
    "a thousand arrays": "return (right(*args, **options),) * 1000",
    "an array in itself": "a = []\na.append(a)\nreturn a",
    "a list of the numbers": "return right(*args, **options).tolist()",
    "a promise": "return (g for g in [right(*args, **options)])",
    "a function": "return lambda: right(*args, **options)",
    "a memoryview": "return memoryview(right(*args, **options))",
    "an array interface": (
        "a = right(*args, **options)\nclass Like:\n    __array_interface__ = a.__array_interface__\nreturn Like()"
    ),
}


@pytest.mark.parametrize("name", sampled(BODIES))
def test_what_is_no_right_array_of_numbers_is_worth_nothing(name: str, judged) -> None:
    verdict = judged(replaced("conv2d_weight_grad", BODIES[name]))
    report = verdict.reports["conv2d_weight_grad"]
    assert report.score == 0
    assert not report.passed
    assert verdict.score == pytest.approx(8), "another exercise lost its points"


#: What a file does to the NumPy, or the Python, that will pack its answer; the weight gradient stays wrong.
PATCHES = {
    "np.frombuffer": "np.frombuffer = lambda *a, **k: np.zeros(10**6)",
    "np.array": "np.array = np.asarray = np.ascontiguousarray = lambda *a, **k: np.zeros(3)",
    "np.ndarray": "np.ndarray = type('ndarray', (), {})",
    "np.dtype": "np.dtype = lambda *a: 'O'",
    "np.array_equal": "np.array_equal = np.allclose = np.isclose = np.may_share_memory = lambda *a, **k: True",
    "np.errstate": "np.seterr(all='raise')",
    "np.random": "np.random.default_rng = lambda *a: None\nnp.random.seed(0)",
    "np._core": "np._core.multiarray.copyto = np._core.multiarray.array = lambda *a, **k: np.zeros(3)",
    "a method of arrays": (
        "import ctypes, gc\nmethods = gc.get_referents(np.ndarray.__dict__)[0]\n"
        "methods['tobytes'] = lambda self, *a: bytes(8)\n"
        "methods['astype'] = methods['copy'] = lambda self, *a, **k: self"
    ),
    "json": "import json\njson.dumps = lambda *a, **k: '[2, {\"score\": 1}, []]'",
    "struct": "import struct\nstruct.Struct = None\nstruct.pack = lambda *a: b'\\xff' * 8",
    "os.write": "import os\nwrite = os.write\nos.write = lambda n, data: write(n, bytes(data)[:-1] + b'!')",
    "os.read": "import os\nos.read = lambda n, count: bytes(count)",
    "builtins.len": "import builtins\nbuiltins.len = lambda a: 0",
    "builtins.type": "import builtins\nbuiltins.type = lambda *a: np.ndarray",
    "dataclasses": "import dataclasses\ndataclasses.asdict = lambda a: {'kind': 'raises', 'score': 1}",
    "inspect": "import inspect\ninspect.unwrap = lambda f: None",
    "time": "import time\ntime.perf_counter = time.monotonic = lambda: 0.0",
    "an import hook": (
        "import sys\nclass Hook:\n    find_spec = lambda self, *a: exec('raise SystemExit')\n"
        "sys.meta_path.insert(0, Hook())"
    ),
    "every module": "import sys\nfor n in list(sys.modules):\n    sys.modules[n] = None",
    "the garbage collector": "import gc\ngc.disable()\ngc.callbacks.append(lambda *a: exec('raise SystemExit'))",
    "the frames above": (
        "import sys\nframe = sys._getframe()\nwhile frame:\n    frame.f_locals.clear() if frame.f_back else None\n"
        "    frame.f_trace = lambda *a: None\n    frame = frame.f_back"
    ),
    "a code object": (
        "import gc, types\nfor f in gc.get_objects():\n    if type(f) is types.FunctionType and f.__name__ in "
        "('answer', '_once', 'value', 'pack', 'plain', 'encode', 'serve', 'run'):\n"
        "        f.__code__ = (lambda *a, **k: {'score': 1.0}).__code__"
    ),
    "the alarm": "import signal\nsignal.signal = signal.setitimer = lambda *a: None",
    "the exit": "import atexit, sys\natexit.register(lambda: print(18.0))\nsys.excepthook = lambda *a: None",
    "an audit hook": "import sys\nsys.addaudithook(lambda *a: None)",
    "a thread's hook": "import threading\nthreading.setprofile(lambda *a: None)\nthreading.settrace(lambda *a: None)",
    "a profiler": "import sys\nsys.setprofile(lambda *a: None)",
}


@pytest.mark.parametrize("name", sampled(PATCHES))
def test_a_wrong_gradient_stays_wrong_whatever_was_patched(name: str, judged) -> None:
    lines = "".join(f"    {line}\n" for line in f"import numpy as np\n{PATCHES[name]}".splitlines())
    verdict = judged(f"{WRONG}\ntry:\n{lines}except Exception:\n    pass\n")
    assert verdict.reports["conv2d_weight_grad"].score == 0
    assert verdict.score < 8.1


@pytest.mark.parametrize("shape", [[0, 2**62], [2**31, 2**31], [2**24, 0, 2**24], [1] * 9])
def test_a_shape_of_nothing_is_refused_before_numpy_sees_it(shape: list[int]) -> None:
    with pytest.raises(WireError):
        wire.decode(json.dumps([1, {}, [["<f8", shape]]]).encode(), b"", 1)


def test_numbers_are_taken_bit_by_bit_and_no_more() -> None:
    """A NaN with a payload is a NaN: nothing reads the payload."""
    odd = np.array([0x7FF8DEADBEEF0001], dtype="u8").view("f8")
    content = {"y": None, "grads": {"array": 0}, "changed": [], "repeatable": True, "linear": True, "borrowed": None}
    answer = parse_answer.parse_answer(Message(1, content, (odd,)), 0.1, parse_answer.Words(FunctionCall("f")))
    assert type(answer.grads) is np.ndarray
    assert np.isnan(answer.grads).all()


def test_what_helps_nobody_costs_nobody(judged) -> None:
    """An honest file that changes NumPy's settings for itself is judged as it is."""
    assert judged("import numpy as np\nnp.seterr(all='raise')\nnp.set_printoptions(3)\n" + SOLUTION).score == 14
