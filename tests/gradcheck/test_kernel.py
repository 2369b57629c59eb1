"""In a notebook's kernel: Interrupt reaches a backward that never ends, its limit too, and the notebook goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from jupyter_client.manager import start_new_kernel

from tests.patience import patience

LOOP = """
from cnnlab import check
import cnnlab.gradcheck.subject as subject

def for_ever(dy):
    print("looping")
    while True:
        pass

def whatever_fails(dy):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass

subject.SECONDS = {seconds}
check("conv2d_bias_grad", function={function}, torch=False)
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator:
    manager, client = start_new_kernel(startup_timeout=patience(60), kernel_name="python3")
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def replies(client, message: str, until) -> list:
    """Every message that answers `message`, up to the one for which `until` holds."""
    found = []
    while True:
        answer = client.get_iopub_msg(timeout=patience(60))
        if answer["parent_header"].get("msg_id") == message:
            found.append(answer)
            if until(answer):
                return found


def idle(answer) -> bool:
    return answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle"


def shown(client, code: str) -> str:
    """What a cell shows, as text."""
    answers = replies(client, client.execute(code), idle)
    texts = [a["content"]["data"]["text/plain"] for a in answers if a["msg_type"] == "execute_result"]
    errors = [a["content"]["ename"] for a in answers if a["msg_type"] == "error"]
    return "".join(texts + errors)


def test_interrupt_ends_the_cell_and_the_notebook_goes_on(kernel):
    manager, client = kernel
    message = client.execute(LOOP.format(seconds=100, function="for_ever"))
    replies(client, message, lambda a: a["msg_type"] == "stream" and "looping" in a["content"]["text"])
    time.sleep(0.2)
    manager.interrupt_kernel()
    errors = [a["content"]["ename"] for a in replies(client, message, idle) if a["msg_type"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    assert shown(client, "6 * 7") == "42"


@pytest.mark.parametrize("function", ["for_ever", "whatever_fails"])
def test_the_limit_ends_it_with_a_sentence(kernel, function):
    _, client = kernel
    assert "no answer after 0.2 s" in shown(client, LOOP.format(seconds=0.2, function=function))
    assert shown(client, "6 * 7") == "42"
