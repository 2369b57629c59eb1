"""Start one worker process, send it requests, and wait for its replies within a timeout."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from grading.errors import WorkerUnavailable
from grading.worker import sandbox
from grading.worker.sandbox import IsolationKind
from grading.worker.sandboxed import wire
from grading.worker.sandboxed.limits import START_SECONDS


class NoReply(Exception):
    """A worker gave no usable reply. late: whether it took too long; broken: whether it broke the protocol."""

    def __init__(self, reason: str, *, late: bool = False, broken: bool = False):
        super().__init__(reason)
        self.late, self.broken = late, broken


class WorkerProcess:
    """One worker process, fresh for one submission. trials: whether it is asked to change what it runs."""

    def __init__(self, files: Path, user: int | None, kind: IsolationKind, trials: bool = False):
        ours, theirs = socket.socketpair()
        self._socket, self._number = ours, 0
        self._process = subprocess.Popen(
            sandbox.build_command(files, user, kind, trials),
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=sandbox.ENVIRONMENT,
            start_new_session=True,  # a process group of its own, to be killed as one
            close_fds=True,
        )
        theirs.close()
        try:
            hello = wire.receive(self._reader(START_SECONDS), 0)
        except (NoReply, wire.WireError) as error:
            self.close()
            raise WorkerUnavailable(f"the worker did not start: {self.complaint or error}") from None
        self.unset = tuple(hello.content["unset"])

    def ask(self, content: dict, arrays: list[np.ndarray], seconds: float) -> wire.Message:
        """Return the reply to one request. Raises NoReply, and WireError if the request itself is not allowed."""
        self._number += 1
        request = wire.encode(wire.Message(self._number, content, tuple(arrays)))
        read = self._reader(seconds)
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(request)
            return wire.receive(read, self._number)
        except TimeoutError:
            raise NoReply(f"no answer after {seconds:g} s", late=True) from None
        except OSError:
            raise NoReply(_describe_end(self._process)) from None
        except wire.WireError as error:
            raise NoReply(f"the file's process broke the protocol: {error}", broken=True) from None

    def close(self) -> None:
        """End the process and everything it may have started."""
        self._socket.close()
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        try:
            _, stderr = self._process.communicate(timeout=5)
        except subprocess.TimeoutExpired:  # something outlived it and holds its stderr; there is no complaint to read
            stderr = b""
        self.complaint = (stderr.decode("utf-8", "replace").strip().splitlines() or [""])[-1][:300]

    def processor_seconds(self) -> float | None:
        """Return the worker's processor seconds as the kernel counts them, or None if it does not count them."""
        ticks, waiting = 0, [self._process.pid]
        try:
            while waiting:
                process = Path(f"/proc/{waiting.pop()}")
                fields = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])  # in user mode and in the kernel
                waiting += map(int, (process / "task" / process.name / "children").read_text().split())
        except (OSError, ValueError, IndexError):
            return None
        return ticks / os.sysconf("SC_CLK_TCK")

    def _reader(self, seconds: float) -> Callable[[int], bytes]:
        deadline = time.monotonic() + seconds

        def read(count: int) -> bytes:
            data = bytearray()
            while len(data) < count:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NoReply(f"no answer after {seconds:g} s", late=True)
                self._socket.settimeout(left)
                try:
                    chunk = self._socket.recv(min(count - len(data), 1 << 20))
                except TimeoutError:
                    continue
                except OSError:
                    chunk = b""
                if not chunk:
                    raise NoReply(_describe_end(self._process))
                data += chunk
            return bytes(data)

        return read


def _describe_end(process: subprocess.Popen) -> str:
    try:
        code = process.wait(1)
    except subprocess.TimeoutExpired:
        return "the file's process closed the connection"
    # bubblewrap reports a signal as 128 + its number
    number = -code if code < 0 else code - 128
    named = signal.Signals(number).name if number in signal.Signals._value2member_map_ else ""
    return "the file's process ended without an answer" + (f" ({named})" if named else f" (exit code {code})")
