"""A learner who thinks for a minute keeps the connection to the kernel."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from tornado.websocket import websocket_connect

from tests.browser.jupyter import TOKEN, jupyterlab
from tests.patience import patience

#: More than two of the 30 s after which a server with the wrong settings closes an idle connection.
IDLE_SECONDS = 75

#: Longer than any kernel takes to start on a busy machine.
ANSWER_SECONDS = 60


@pytest.mark.slow
def test_an_idle_connection_to_a_kernel_is_not_cut(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "home").mkdir()
    with jupyterlab(tmp_path / "files", tmp_path / "home") as url:
        create = Request(f"{url}/api/kernels", b"{}", {"Authorization": f"token {TOKEN}"}, method="POST")
        with urlopen(create, timeout=patience(ANSWER_SECONDS)) as reply:
            kernel = json.load(reply)["id"]
        channels = f"{url.replace('http', 'ws')}/api/kernels/{kernel}/channels?token={TOKEN}&session_id=test"
        asyncio.run(stay_idle_then_ask(channels))
    log = (tmp_path / "home" / "server.log").read_text(encoding="utf-8")
    assert "WebSocket ping timeout" not in log
    assert "[W " not in log, "no warning at the start, either"


async def stay_idle_then_ask(channels: str) -> None:
    """Keep a connection idle and then ask the kernel something over it; fails where it was closed meanwhile."""
    connection = await websocket_connect(channels)
    until = time.monotonic() + IDLE_SECONDS
    while (left := until - time.monotonic()) > 0:
        try:  # messages of the kernel's start are read; None means that the server has closed the connection
            assert await asyncio.wait_for(connection.read_message(), left) is not None, "the connection was cut"
        except TimeoutError:
            break
    header = {"msg_id": "1", "msg_type": "kernel_info_request", "session": "test", "username": "", "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}, "channel": "shell", "buffers": []}
    await connection.write_message(json.dumps(message))
    while True:
        answer = await asyncio.wait_for(connection.read_message(), patience(ANSWER_SECONDS))
        assert answer is not None, "the connection was cut"
        if isinstance(answer, str) and json.loads(answer)["msg_type"] == "kernel_info_reply":
            break
    connection.close()
