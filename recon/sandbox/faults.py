"""Faults that a stand-in shows on request, and the WSGI middleware that shows them.

A :class:`Fault` names the requests it strikes (a regular expression searched in ``"METHOD /path"`` and in
``"METHOD /path?query"``), what happens, how often, and after how many matching requests. Actions of the middleware:

=================  =====================================================================================================
``status``         answers ``status`` (503) with ``body``, ``headers``, ``content_type``; the application is not asked
``html_200``       answers 200 with a login page in HTML; the application is not asked
``empty_200``      answers 200 without a body; the application is not asked
``hang``           waits ``seconds`` (60), then drops the connection; the application is not asked
``reset``          sends ``share`` (0.5) of the body, then resets the connection; ``share = 0`` sends no header either
``truncate``       announces the whole length, sends ``share`` (0.5) of the body (or ``bytes``), ends the connection
``lost_answer``    the application does its work, then the connection is reset without an answer
``bad_gzip``       says ``Content-Encoding: gzip`` over a body whose checksum is wrong
``slow``           sends the body in pieces of ``bytes`` (64), ``pause`` (0.05) seconds apart, after ``first`` (0) seconds
``duplicate_page`` sends the previous answer to a matching request again; the application is not asked
``headers``        sets ``headers`` on the application's answer
=================  =====================================================================================================

All other actions belong to the platforms: their applications ask :meth:`Faults.take` where they can happen.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.control import Clock, RequestLog
from recon.sandbox.server import DropConnection, Headers

MIDDLEWARE = frozenset({
    "status", "html_200", "empty_200", "hang", "reset", "truncate", "lost_answer", "bad_gzip", "slow", "duplicate_page", "headers",
})  # fmt: skip

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form><input name='pw'></form></body></html>"


@dataclass
class Fault:
    """One fault. ``times`` None means for ever; ``after`` lets that many matching requests pass first.

    ``chance`` strikes only that share of the rest, decided by ``seed`` so that a run can be repeated.
    """

    match: str
    action: str
    times: int | None = 1
    after: int = 0
    chance: float = 1.0
    seed: int = 0
    args: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    seen: int = 0
    struck: int = 0

    def strikes(self, targets: Iterable[str]) -> bool:
        """Count a request and say whether it is struck."""
        if not any(re.search(self.match, target) for target in targets):
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        # the draw depends on seed and position only, not on what other faults drew
        if self.chance < 1.0 and random.Random(f"{self.seed}/{self.id}/{self.seen}").random() >= self.chance:  # noqa: S311
            return False
        self.struck += 1
        return True


class Faults:
    """The faults of one stand-in: thread-safe, kept in ``path`` (JSON) when one is given."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._faults: list[Fault] = []
        self._next = 1
        self._last: dict[int, _Answer] = {}
        if path is not None and path.exists():
            self._faults = [Fault(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
            self._next = 1 + max((fault.id for fault in self._faults), default=0)

    def add(self, fault: Fault) -> int:
        """Add a fault; returns its number. Raises ``re.error`` for a bad expression."""
        re.compile(fault.match)
        with self._lock:
            fault.id = self._next
            self._next += 1
            self._faults.append(fault)
            self._save()
            return fault.id

    def on(self, match: str, action: str, *, times: int | None = 1, after: int = 0, chance: float = 1.0, seed: int = 0, **args: Any) -> int:
        """Shorthand of :meth:`add`."""
        return self.add(Fault(match, action, times=times, after=after, chance=chance, seed=seed, args=args))

    def list(self) -> list[Fault]:
        """All faults with how often they were seen and struck."""
        with self._lock:
            return [Fault(**asdict(fault)) for fault in self._faults]

    def clear(self, number: int | None = None) -> None:
        """Forget one fault or all."""
        with self._lock:
            self._faults = [fault for fault in self._faults if number is not None and fault.id != number]
            self._last.clear()
            self._save()

    def take(self, action: str, target: str = "", *more: str) -> Fault | None:
        """Ask whether ``action`` strikes ``target`` now, and use the fault up if so.

        Platforms pass whatever identifies the place: ``"METHOD /path"``, a record id, an object name.
        """
        with self._lock:
            for fault in self._faults:
                if fault.action == action and fault.strikes((target, *more)):
                    self._save()
                    return fault
            return None

    def strike(self, targets: Iterable[str]) -> Fault | None:
        """The first fault of the middleware that strikes a request."""
        wanted = tuple(targets)
        with self._lock:
            for fault in self._faults:
                if fault.action in MIDDLEWARE and fault.strikes(wanted):
                    self._save()
                    return fault
            return None

    def remember(self, targets: Iterable[str], answer: _Answer) -> None:
        """Keep the answer for the faults that repeat one."""
        wanted = tuple(targets)
        with self._lock:
            for fault in self._faults:
                if fault.action == "duplicate_page" and any(re.search(fault.match, target) for target in wanted):
                    self._last[fault.id] = answer

    def last(self, fault: Fault) -> _Answer | None:
        """The previous answer to a request that ``fault`` matches."""
        with self._lock:
            return self._last.get(fault.id)

    def wants_answers(self) -> bool:
        """Whether any fault repeats answers, so that they must be kept."""
        with self._lock:
            return any(fault.action == "duplicate_page" for fault in self._faults)

    def _save(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".part")
        temporary.write_text(json.dumps([asdict(fault) for fault in self._faults], indent=1), encoding="utf-8")
        temporary.replace(self._path)


@dataclass
class _Answer:
    status: str
    headers: Headers
    body: bytes


def targets_of(environ: WSGIEnvironment) -> tuple[str, str]:
    """What expressions are searched in: ``METHOD /path`` and the same with the query."""
    plain = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    query = environ.get("QUERY_STRING")
    return plain, f"{plain}?{query}" if query else plain


def faulty(app: WSGIApplication, faults: Faults, log: RequestLog | None = None, clock: Clock | None = None) -> WSGIApplication:
    """Put faults, the log of requests and the control paths around a stand-in.

    ``/__sandbox__/faults`` (GET, POST one or a list, DELETE), ``/__sandbox__/requests`` (GET, DELETE) and
    ``/__sandbox__/clock`` (GET, POST ``{"offset_seconds": n}``). ``environ["recon.request_id"]`` is the request's number in the log.
    """
    requests = RequestLog() if log is None else log
    moment = Clock() if clock is None else clock

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/__sandbox__/"):
            return _control(environ, start_response, faults, requests, moment)
        number = requests.new_id()
        environ["recon.request_id"] = number
        status = [0]

        def started(line: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
            status[0] = int(line.split(" ", 1)[0])
            return start_response(line, headers, exc_info) if exc_info else start_response(line, headers)

        try:
            return _answer(app, environ, cast("StartResponse", started), faults)
        except DropConnection:
            status[0] = 0
            raise
        finally:
            method, path, query = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")
            requests.add(number, moment(), method=method, path=path, query=query, status=status[0])

    return middleware


def _answer(app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse, faults: Faults) -> Iterable[bytes]:
    targets = targets_of(environ)
    fault = faults.strike(targets)
    if fault is None and not faults.wants_answers():
        return app(environ, start_response)
    answer = _instead(fault, faults) if fault is not None else None
    if answer is None:
        answer = _collect(app, environ)
        faults.remember(targets, answer)
    pieces = _mangle(fault, answer) if fault is not None else iter((answer.body,))
    start_response(answer.status, answer.headers)
    return pieces


def _instead(fault: Fault, faults: Faults) -> _Answer | None:
    """The answer of the faults that do not ask the application; None for the others."""
    args = fault.args
    if fault.action == "hang":
        time.sleep(float(args.get("seconds", 60)))
        raise DropConnection(reset=False)
    if fault.action == "html_200":
        return _made("200 OK", str(args.get("body", LOGIN_PAGE.decode())).encode(), "text/html; charset=UTF-8")
    if fault.action == "empty_200":
        return _made("200 OK", b"", str(args.get("content_type", "application/json;charset=UTF-8")))
    if fault.action == "duplicate_page":
        return faults.last(fault)
    if fault.action == "status":
        body = args.get("body", "")
        text = body if isinstance(body, str) else json.dumps(body)
        kind = str(args.get("content_type", "text/html" if isinstance(body, str) else "application/json;charset=UTF-8"))
        answer = _made(f"{args.get('status', 503)} Fault", text.encode(), kind)
        answer.headers += [(str(name), str(value)) for name, value in dict(args.get("headers", {})).items()]
        return answer
    return None


def _made(status: str, body: bytes, content_type: str) -> _Answer:
    return _Answer(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))], body)


def _collect(app: WSGIApplication, environ: WSGIEnvironment) -> _Answer:
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
        started[:] = [(status, list(headers))]
        return lambda data: None

    result = app(environ, cast("StartResponse", start_response))
    try:
        body = b"".join(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    answer = _Answer(status, [(k, v) for k, v in headers if k.lower() != "content-length"], body)
    if not status.startswith(("204", "304")):
        answer.headers.append(("Content-Length", str(len(body))))
    return answer


def _mangle(fault: Fault, answer: _Answer) -> Iterator[bytes]:
    """Change headers at once and give the pieces of the body; raises DropConnection where nothing at all is sent."""
    args = fault.args
    share = float(args.get("share", 0.5))
    if fault.action == "lost_answer" or (fault.action == "reset" and share <= 0):
        raise DropConnection(reset=True)
    if fault.action == "headers":
        changed = {str(name): str(value) for name, value in dict(args.get("headers", {})).items()}
        lower = {name.lower() for name in changed}
        answer.headers = [(k, v) for k, v in answer.headers if k.lower() not in lower] + list(changed.items())
    if fault.action == "bad_gzip":
        _break_gzip(answer)
    if fault.action in {"reset", "truncate"}:
        cut = int(args.get("bytes", len(answer.body) * share))
        return _cut(answer.body[:cut], reset=fault.action == "reset")
    if fault.action == "slow":
        return _dribble(answer.body, int(args.get("bytes", 64)), float(args.get("pause", 0.05)), float(args.get("first", 0)))
    return iter((answer.body,))


def _break_gzip(answer: _Answer) -> None:
    zipped = any(k.lower() == "content-encoding" for k, _ in answer.headers)
    packed = answer.body if zipped else gzip.compress(answer.body)
    # the last eight bytes are checksum and length
    answer.body = packed[:-8] + bytes(255 - byte for byte in packed[-8:])
    answer.headers = [(k, v) for k, v in answer.headers if k.lower() not in {"content-encoding", "content-length"}]
    answer.headers += [("Content-Encoding", "gzip"), ("Content-Length", str(len(answer.body)))]


def _cut(body: bytes, *, reset: bool) -> Iterator[bytes]:
    yield body
    yield b""  # flush
    raise DropConnection(reset=reset)


def _dribble(body: bytes, size: int, pause: float, first: float) -> Iterator[bytes]:
    time.sleep(first)
    for start in range(0, len(body), size):
        yield body[start : start + size]
        yield b""
        time.sleep(pause)


def _control(environ: WSGIEnvironment, start_response: StartResponse, faults: Faults, log: RequestLog, clock: Clock) -> Iterable[bytes]:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/__sandbox__/")
    sent = environ["wsgi.input"].read()
    status, answer = "200 OK", cast("Any", None)
    try:
        answer = _controlled(method, path, json.loads(sent) if sent else None, faults=faults, log=log, clock=clock)
    except (ValueError, TypeError, KeyError, re.error) as error:
        status, answer = "400 Bad Request", {"error": str(error)}
    body = json.dumps(answer).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _controlled(method: str, path: str, sent: Any, *, faults: Faults, log: RequestLog, clock: Clock) -> Any:
    if path == "faults" and method == "POST":
        return {"ids": [faults.add(Fault(**entry)) for entry in (sent if isinstance(sent, list) else [sent])]}
    if path == "faults" and method == "DELETE":
        faults.clear()
    if path == "faults":
        return [asdict(fault) for fault in faults.list()]
    if path == "requests":
        if method == "DELETE":
            log.clear()
        return log.list()
    if path == "clock":
        if method == "POST":
            clock.offset_seconds = float(sent["offset_seconds"])
        return {"offset_seconds": clock.offset_seconds, "now": clock().isoformat()}
    raise ValueError("nothing is controlled by this path; there are faults, requests and clock")
