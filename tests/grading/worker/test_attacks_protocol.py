"""Attacks on the wire: a file finds the socket and speaks for itself. Nothing it says is worth a point."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlab.gradcheck.runner.calls import FunctionCall
from grading.worker import parse_answer, worker_subject
from grading.worker.sandboxed import wire
from grading.worker.sandboxed.limits import MAX_BODY_BYTES
from grading.worker.sandboxed.wire import Message
from tests.grading.conftest import STUB, WRONG, replaced, sampled
from tests.patience import patience

#: Finds the wire among the descriptors, and speaks its language.
FIND = """
import json, os, stat, struct, zlib

def is_wire(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False

def message(number, content, specs=(), body=b"", lengths=None):
    header = json.dumps([number, content, list(specs)]).encode()
    return struct.pack(">II", *(lengths or (len(header), len(body)))) + header + body

[channel] = [n for n in range(64) if is_wire(n)]
GOOD = {"y": None, "grads": None, "changed": [], "repeatable": True, "linear": True, "borrowed": None, "error": None}
LOADED = {"fault": None, "line": None, "unwritten": [],
          "defined": {n: 1 for n in ("conv2d_forward", "conv2d_weight_grad", "conv2d_bias_grad", "conv2d_input_grad")}}
"""

#: What a file sends as soon as it is loaded, in the place of the worker's own answer or before it.
SENT = {
    "that it is loaded and whole": "message(1, LOADED)",
    "empty answers to come": "b''.join(message(n, LOADED if n < 2 else GOOD) for n in range(1, 300))",
    "the first answer twice": "message(1, LOADED) * 2",
    "an old number": "message(0, LOADED)",
    "a number to come": "message(2, LOADED)",
    "a number that is text": "message('1', LOADED)",
    "a fraction for a number": "message(1.0, LOADED)",
    "no length of the header": "message(1, LOADED, lengths=(0, 0))",
    "a header that is longer than it says": "message(1, LOADED, lengths=(5, 0))",
    "a body that never comes": "message(1, LOADED, lengths=(len(message(1, LOADED)) - 8, 1000))",
    "4 GB": "struct.pack('>II', 2**32 - 1, 2**32 - 1)",
    "little-endian lengths": "struct.pack('<II', 100, 0) + b'[' * 100",
    "compressed": "zlib.compress(message(1, LOADED) * 1000)",
    "compressed in the body": "message(1, LOADED, [['<f8', [10**6]]], zlib.compress(bytes(8 * 10**6)))",
    "pickled": "b'\\x80\\x04cos\\nsystem\\n(Vtrue\\ntR.'",
    "an .npy": "b'\\x93NUMPY\\x01\\x00v\\x00' + b'x' * 200",
    "a thousand small messages": "bytes(8000)",
    "a score": "message(1, {**LOADED, 'score': 18.0, 'passed': True})",
}


@pytest.fixture
def short(monkeypatch) -> None:
    monkeypatch.setattr(worker_subject, "REPLY_SECONDS", patience(1.5))
    monkeypatch.setattr(worker_subject, "EXERCISE_SECONDS", patience(6.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", sampled(SENT))
def test_what_a_stub_says_of_itself_is_worth_nothing(name: str, judged, short) -> None:
    verdict = judged(STUB + FIND + f"\nos.write(channel, {SENT[name]})\n")
    assert verdict.score == 0
    assert all(report.diagnosis for report in verdict.reports.values())


#: Bodies of the weight gradient: it is asked, and speaks before or instead of the worker.
SPOKEN = {
    "before the answer": "os.write(channel, message(99, GOOD))\nreturn right(*args, **options)",
    "twice": "os.write(channel, message(4, GOOD) * 2)\nreturn right(*args, **options)",
    "and hangs up": "os.write(channel, message(4, GOOD))\nos.close(channel)\nreturn right(*args, **options)",
    "nothing, and hangs up": "os.close(channel)\nreturn right(*args, **options)",
    "half of it, and ends": "os.write(channel, message(4, GOOD)[:20])\nos._exit(0)",
    "drop by drop": (
        "import time\nfor byte in message(4, GOOD, [['<f8', [64]]], bytes(512)):\n"
        "    os.write(channel, bytes([byte]))\n    time.sleep(0.05)"
    ),
    "without an end": "while True:\n    os.write(channel, bytes(2**16))",
    "what the judge asked": (
        "import socket\nwire = socket.socket(fileno=os.dup(channel))\nwire.setblocking(False)\n"
        "try:\n    said = wire.recv(10**6, socket.MSG_PEEK)\nexcept OSError:\n    said = b''\n"
        "wire.setblocking(True)\nos.write(channel, said or b'?' * 8)\nreturn right(*args, **options)"
    ),
    "with a descriptor": (
        "import socket\nwire = socket.socket(fileno=os.dup(channel))\n"
        "socket.send_fds(wire, [b'x' * 8], [os.open(__file__, os.O_RDONLY)])\nreturn right(*args, **options)"
    ),
}


@pytest.mark.parametrize("name", sampled(SPOKEN))
def test_whoever_speaks_for_the_worker_loses_and_the_judge_goes_on(name: str, judged, short) -> None:
    source = replaced("conv2d_weight_grad", SPOKEN[name]) + FIND
    verdict = judged(source)
    report = verdict.reports["conv2d_weight_grad"]
    assert report.score == 0
    assert report.diagnosis


def test_a_breach_is_something_for_a_person_to_look_at(judged, short) -> None:
    verdict = judged(replaced("conv2d_weight_grad", SPOKEN["before the answer"]) + FIND)
    assert any("broke the protocol" in r.sentence and "read its files" in r.sentence for r in verdict.attention)


def test_a_forged_answer_is_worth_what_its_numbers_are(judged, short) -> None:
    """A file that has found the wire may answer for itself; it does not know the right numbers any better for it."""
    body = (
        "number = NUMBER[0]\nNUMBER[0] += 1\n"
        "values = __import__('numpy').zeros(args[2])\n"
        "said = {**GOOD, 'grads': {'array': 0}}\n"
        "os.write(channel, message(number, said, [['<f8', list(values.shape)]], bytes(values)))\n"
        "os._exit(0)"
    )
    verdict = judged(replaced("conv2d_weight_grad", body) + FIND + "\nNUMBER = [4]\n")
    assert verdict.reports["conv2d_weight_grad"].score == 0


def test_one_array_named_a_hundred_times_is_not_copied_a_hundred_times() -> None:
    big = np.zeros(MAX_BODY_BYTES // 8)
    content = {"y": None, "grads": {"tuple": [{"array": 0}] * 100}, "changed": [], "repeatable": True, "linear": True}
    message = wire.decode(*_parts(Message(1, {**content, "borrowed": None}, (big,))), 1)
    answer = parse_answer.parse_answer(message, 0.1, parse_answer.Words(FunctionCall("f")))
    assert isinstance(answer.grads, tuple)
    assert len(answer.grads) == 100
    assert all(np.may_share_memory(answer.grads[0], g) for g in answer.grads if isinstance(g, np.ndarray))


def _parts(message: Message) -> tuple[bytes, bytes]:
    data = wire.encode(message)
    header, _ = wire.check_lengths(data[:8])
    return data[8 : 8 + header], data[8 + header :]


def test_a_wrong_file_stays_wrong_however_it_is_told(judged, short) -> None:
    lie = (
        "\nimport gc\nfor found in gc.get_objects():\n"
        "    if type(found) is dict and found.get('__name__') == 'grading.worker.sandboxed.wire':\n"
        "        found['encode'] = lambda m: message(m.number, {**GOOD, 'score': 1.0})\n"
    )
    verdict = judged(WRONG + FIND + lie)
    assert verdict.reports["conv2d_weight_grad"].score == 0
    assert verdict.score <= 8
