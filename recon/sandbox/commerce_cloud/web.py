"""A request as the handlers see it, their answers, and the refusals of the four APIs in the form of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote
from wsgiref.types import WSGIEnvironment

from recon.sandbox.commerce_cloud.shop import Shop
from recon.sandbox.faults import Fault, targets_of

ERRORS = "https://api.commercecloud.salesforce.com/documentation/error/v1/errors/"
JSON = "application/json;charset=UTF-8"
PROBLEM = "application/problem+json;charset=UTF-8"
OCAPI_VERSION = "25.6"


@dataclass
class Answer:
    """Status, body and further headers."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: list[tuple[str, str]] = field(default_factory=list)


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer


@dataclass
class Call:
    """A request. ``path`` is decoded; ``query`` keeps the last of several values; ``client`` and ``scopes`` are those of its token."""

    shop: Shop
    environ: WSGIEnvironment
    method: str
    path: str
    query: dict[str, str]
    body: bytes
    client: str = ""
    scopes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, shop: Shop, environ: WSGIEnvironment) -> Call:
        """The call behind a WSGI request."""
        path = unquote(str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0])
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        return cls(shop, environ, environ["REQUEST_METHOD"], path, query, environ["wsgi.input"].read())

    def fault(self, action: str) -> Fault | None:
        """The fault of this name that strikes this request, if any."""
        return self.shop.faults.take(action, *targets_of(self.environ))

    def header(self, name: str) -> str:
        """A header of the request."""
        return str(self.environ.get("HTTP_" + name.upper().replace("-", "_"), ""))

    def document(self) -> Any:
        """The JSON body; refused with 400 where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise problem(400, "Bad Request", "The request body is not valid JSON.") from None


def as_json(body: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), JSON, headers or [])


def problem(status: int, title: str, detail: str, **more: Any) -> Refused:
    """A refusal of an Admin API: RFC 7807."""
    kind = ERRORS + title.lower().replace(" ", "-")
    body = json.dumps({"title": title, "type": kind, "detail": detail, **more}, ensure_ascii=False).encode()
    return Refused(Answer(status, body, PROBLEM))


def fault(status: int, kind: str, message: str, arguments: Mapping[str, Any] | None = None) -> Refused:
    """A refusal of OCAPI."""
    body = {"_v": OCAPI_VERSION, "fault": {"arguments": dict(arguments or {}), "type": kind, "message": message}}
    return Refused(as_json(body, status))


def oauth(status: int, error: str, description: str) -> Refused:
    """A refusal of the token endpoint."""
    return Refused(as_json({"error_description": description, "error": error}, status))


def number(call: Call, name: str, default: int, least: int, most: int | None = None) -> int:
    """A whole number of the query of an Admin API; 400 outside its bounds."""
    text = call.query.get(name)
    if text is None:
        return default
    if not text.lstrip("-").isdecimal() or not text.isascii():
        raise problem(400, "Bad Request", f"The parameter '{name}' must be a whole number.", parameter=name)
    value = int(text)
    if value < least or (most is not None and value > most):
        raise problem(400, "Bad Request", f"The parameter '{name}' lies outside of its bounds.", parameter=name)
    return value
