"""A scripted server on loopback which can also send what no sane server sends, and a context whose waiting costs no time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.systems.base import Context

Answer = Callable[["Handler"], None]


class Scripted(ThreadingHTTPServer):
    """Answers requests by a script; the last entry is repeated."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Answer] = []
        self.seen: list[dict[str, Any]] = []
        self.on_request: Callable[[], Any] = lambda: None
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_answer(self) -> Answer:
        with self._lock:
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Scripted

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(
            {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body, "at": self.server.on_request()}
        )
        self.server.next_answer()(self)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = _any

    def log_message(self, format: str, *args: Any) -> None:
        pass


def reply(body: bytes | str = b"{}", status: int = 200, content_type: str = "application/json", **headers: str) -> Answer:
    """A complete answer; header names are written with underscores."""
    data = body.encode() if isinstance(body, str) else body

    def send(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", headers.pop("Content_Length", str(len(data))))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)

    return send


def raw(data: bytes) -> Answer:
    """Bytes as they are, then the connection ends."""

    def send(handler: Handler) -> None:
        handler.wfile.write(data)
        handler.wfile.flush()
        handler.close_connection = True

    return send


class Waits(list[float]):
    """An injected sleep that only remembers."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    thread = threading.Thread(target=scripted.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield scripted
    scripted.shutdown()
    scripted.server_close()
    thread.join()


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def context(waits: Waits) -> Context:
    return Context(name="shop", now=lambda: datetime.now(UTC), sleep=waits, limits=Limits(read_seconds=1, connect_seconds=1))


@pytest.fixture
def answers() -> Any:
    """``answers.reply(…)`` and ``answers.raw(…)``: with import by path, tests get helpers as fixtures."""

    class Answers:
        pass

    found: Any = Answers()
    found.reply, found.raw = staticmethod(reply).__func__, staticmethod(raw).__func__
    return found
