"""A web server on this machine that gives out files, and breaks off in the ways that servers do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.patience import patience


class Server(ThreadingHTTPServer):
    """files: their bytes by name.   fault: how every answer goes wrong, or None.   requests: what was asked for."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.fault = files, ""
        self.requests: list[str] = []
        self.released = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        name, fault = self.path.removeprefix("/"), self.server.fault
        self.server.requests.append(name)
        body = self.server.files[name]
        if fault == "not found":
            self.send_error(404)
            return
        if fault == "another body":
            body = b"<html>Please log in</html>"
        self.send_response(200)
        if fault != "no length, cut":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if "cut" not in fault and fault != "stall" else body[: len(body) // 2])
        if fault == "stall":
            self.wfile.flush()
            self.server.released.wait(patience(10))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    """A server of these files while the block runs."""
    server = Server(files)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
