"""Requests and answers as the routes see them, and the vendor's shape of errors."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from recon.sandbox.faults import Faults
from recon.sandbox.salesforce.values import Problem

if TYPE_CHECKING:
    from recon.sandbox.salesforce.dml import Dml
    from recon.sandbox.salesforce.org import Org

JSON = "application/json;charset=UTF-8"

HTTP_STATUS = {
    "INVALID_SESSION_ID": 401, "REQUEST_LIMIT_EXCEEDED": 403, "INSUFFICIENT_ACCESS_OR_READONLY": 403, "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404, "METHOD_NOT_ALLOWED": 405, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE": 412, "UNSUPPORTED_API_VERSION": 410,
    "UNSUPPORTED_MEDIA_TYPE": 415, "SERVER_UNAVAILABLE": 503,
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request, or one part of a composite request."""

    org: Org
    faults: Faults
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    base_url: str
    request_id: int
    version: str = ""
    user_id: str = ""

    @property
    def target(self) -> str:
        """What expressions of faults are searched in."""
        return f"{self.method} {self.path}"

    def json(self) -> Any:
        """The body; raises JSON_PARSER_ERROR."""
        try:
            return json.loads(self.body, parse_float=Decimal)
        except ValueError:
            raise Problem("JSON_PARSER_ERROR", "The request body is not valid JSON") from None

    def json_object(self) -> dict[str, Any]:
        """The body, which must be an object."""
        sent = self.json()
        if not isinstance(sent, dict):
            raise Problem("JSON_PARSER_ERROR", "The request body must be a JSON object")
        return sent

    def take(self, name: str, *more: str) -> Any:
        """Ask for a fault of the platform at this place."""
        return self.faults.take(name, self.target, *more)

    def dml(self) -> Dml:
        """Writes on behalf of this request."""
        from recon.sandbox.salesforce.dml import Dml

        allow = "allowsave=true" in self.headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", "")
        return Dml(self.org, user_id=self.user_id, request_id=self.request_id, faults=self.faults, allow_save=allow)

    def part(self, method: str, url: str, body: Any, headers: dict[str, str]) -> Call:
        """A part of a composite request."""
        path, _, query = url.partition("?")
        return replace(
            self,
            method=method.upper(),
            path=unquote(path),
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers={key.lower(): str(value) for key, value in headers.items()},
            body=b"" if body is None else dump(body).encode(),
        )


@dataclass
class Answer:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: list[tuple[str, str]] = field(default_factory=list)


class Literally(str):
    """Text that is JSON already, such as a row made by :mod:`recon.sandbox.salesforce.query`."""

    __slots__ = ()


def dump(value: Any) -> str:
    """JSON text; decimals are written digit by digit, :class:`Literally` as it is."""
    if isinstance(value, Literally):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{dump(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dump, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)


def answer_json(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """An answer in JSON."""
    return Answer(status, dump(value).encode(), JSON, list(headers))


def error_entry(problem: Problem) -> dict[str, Any]:
    """One refusal as single-record resources and queries tell it."""
    entry: dict[str, Any] = {"message": problem.message, "errorCode": problem.code}
    if problem.fields:
        entry["fields"] = list(problem.fields)
    return entry | {key: value for key, value in problem.more.items() if key != "http"}


def answer_problem(problem: Problem) -> Answer:
    """A refused request."""
    status = problem.more.get("http") or HTTP_STATUS.get(problem.code, 400)
    return answer_json([error_entry(problem)], int(status))


def compressed(answer: Answer, accepted: str) -> Answer:
    """The answer in gzip where the client takes it and it is worth it."""
    if "gzip" not in accepted or len(answer.body) < 1000:
        return answer
    headers = [*answer.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    return Answer(answer.status, gzip.compress(answer.body, 1, mtime=0), answer.content_type, headers)


Handler = Callable[..., Answer]


class Routes:
    """Method and pattern → function. Patterns are paths under ``/services/data/vNN.0`` with ``{name}`` for one segment."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, method: str, pattern: str) -> Callable[[Handler], Handler]:
        """Decorator: the function answers this."""
        expression = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "/?")

        def register(handler: Handler) -> Handler:
            self._routes.append((method, expression, handler))
            return handler

        return register

    def handle(self, call: Call, path: str) -> Answer:
        """Answer a call; refusals become answers here."""
        methods: set[str] = set()
        for method, expression, handler in self._routes:
            found = expression.fullmatch(path)
            if found is None:
                continue
            if method == call.method:
                return handler(call, **found.groupdict())
            methods.add(method)
        if methods:
            raise Problem("METHOD_NOT_ALLOWED", f"HTTP Method '{call.method}' not allowed. Allowed are {', '.join(sorted(methods))}")
        raise Problem("NOT_FOUND", "The requested resource does not exist")


ROUTES = Routes()
