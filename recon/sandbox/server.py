"""A small HTTPS server for the stand-ins: HTTP/1.1 with keep-alive, a thread per connection, TLS from :mod:`recon.sandbox.tls`.

It differs from the usual development servers in two ways that tests of a network client need: connections stay open
between requests, and an application can make one break at an exact byte by raising :class:`DropConnection`.
"""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any, cast
from urllib.parse import unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.tls import Certs

MAX_BODY = 160 * 2**20
"""Bytes of a request; Salesforce takes 150 MB in one ingest file, nothing else is larger."""

Headers = list[tuple[str, str]]


class DropConnection(Exception):
    """Raised by an application, before or inside its body: the connection ends here.

    ``reset`` sends a TCP reset; otherwise the peer sees an ordinary but early end.
    """

    def __init__(self, *, reset: bool) -> None:
        super().__init__("the connection is dropped on purpose")
        self.reset = reset


class Server:
    """Serves one WSGI application on loopback; ``port=0`` takes a free one.

    ``url`` is ``https://localhost:PORT`` from construction on. Use as a context manager, or :meth:`start` and :meth:`stop`.
    """

    def __init__(self, app: WSGIApplication, certs: Certs, host: str = "127.0.0.1", port: int = 0) -> None:
        self._http = _Http((host, port), app, certs.server_context())
        self._thread: threading.Thread | None = None
        self.port: int = self._http.server_address[1]
        self.url = f"https://localhost:{self.port}"

    def start(self) -> Server:
        """Begin to answer, in a thread of its own."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name=f"sandbox-{self.port}", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering, end open connections and free the port."""
        if self._thread is not None:
            self._http.shutdown()
            self._thread.join()
            self._thread = None
        self._http.end_connections()
        self._http.server_close()

    def wait(self) -> None:
        """Block until another thread calls :meth:`stop` or the user interrupts."""
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Http(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: WSGIApplication, context: ssl.SSLContext) -> None:
        self.app = app
        self.context = context
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer looks its own name up in the DNS; a stand-in must not ask anybody anything
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", cast("tuple[str, int]", self.server_address)[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        # the handshake happens here, in the connection's thread: a silent client blocks nobody else
        request.settimeout(30)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            secure = self.context.wrap_socket(request, server_side=True)
        except (OSError, ssl.SSLError):
            return
        with self._lock:
            self._open.add(secure)
        try:
            secure.settimeout(120)
            _Handler(secure, client_address, self)
        finally:
            with self._lock:
                self._open.discard(secure)
            with contextlib.suppress(OSError):
                secure.shutdown(socket.SHUT_RDWR)
            secure.close()

    def end_connections(self) -> None:
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if not isinstance(error, (OSError, ssl.SSLError)):  # clients that go away are everyday life
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Translates one connection's requests to WSGI calls."""

    protocol_version = "HTTP/1.1"
    server: _Http
    rbufsize = 64 * 1024
    wbufsize = 64 * 1024

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the stand-ins keep their own log of requests."""

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(1_048_577)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if not self.parse_request():
            self.wfile.flush()
            return
        try:
            body = self._body()
            self._respond(body)
            self.wfile.flush()
        except DropConnection as drop:
            self._drop(drop)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            raise DropConnection(reset=True)
        return self.rfile.read(length) if length else b""

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while size := int(self.rfile.readline(1024).split(b";")[0] or b"0", 16):
            total += size
            if total > MAX_BODY:
                raise DropConnection(reset=True)
            yield self.rfile.read(size)
            self.rfile.readline(8)
        while self.rfile.readline(65_537).strip():  # trailers
            continue

    def _environ(self, body: bytes) -> WSGIEnvironment:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "RAW_URI": self.path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "recon.head_bytes": len(self.raw_requestline) + sum(len(k) + len(v) + 4 for k, v in self.headers.items()),
        }
        for name, value in self.headers.items():
            key = "HTTP_" + name.upper().replace("-", "_")
            if key not in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _respond(self, body: bytes) -> None:
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return _no_write

        result = self.server.app(self._environ(body), cast("StartResponse", start_response))
        try:
            self._send(started, result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def _send(self, started: list[tuple[str, Headers]], result: Iterable[bytes]) -> None:
        pieces = iter(result)
        first = next(pieces, b"")
        status, headers = started[0]
        code = int(status.split(" ", 1)[0])
        names = {name.lower() for name, _ in headers}
        bodiless = self.command == "HEAD" or code in {204, 304} or code < 200
        chunked = not bodiless and "content-length" not in names
        self.send_response_only(code, status.partition(" ")[2])
        for name, value in headers:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if bodiless:
            return
        self._write(first, chunked)
        for piece in pieces:
            self._write(piece, chunked)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _write(self, piece: bytes, chunked: bool) -> None:
        if not piece:
            self.wfile.flush()  # an empty piece means: what is there goes out now
            return
        self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)

    def _drop(self, drop: DropConnection) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
        if drop.reset:
            # lingering for zero seconds turns the close into a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                self.connection.close()


def _no_write(data: bytes) -> None:
    raise RuntimeError("the stand-ins return their bodies")
