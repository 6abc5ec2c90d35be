"""The stand-in as a WSGI application.

Faults of the platform, for :meth:`recon.sandbox.faults.Faults.on` (those of the middleware are in :mod:`recon.sandbox.faults`).
Unless said otherwise expressions are searched in ``"METHOD /path"``.

======================  ============================================================================================================
``expire_token``        the request's token is expired (401 INVALID_SESSION_ID); ``after=k`` lets k requests pass
``token_refused``       the token endpoint refuses; ``error``, ``description``
``daily_limit``         403 REQUEST_LIMIT_EXCEEDED as when the day's calls are spent
``concurrent_limit``    403 REQUEST_LIMIT_EXCEEDED as when too many long calls run
``locator_expired``     a ``nextRecordsUrl`` is answered with INVALID_QUERY_LOCATOR
``looping_locator``     ``nextRecordsUrl`` points to the page itself
``short_page``          a page has only ``rows`` rows (and says where the next begins, as wide objects do)
``missing_rows``        a page silently lacks its last ``count`` rows
``stale_count``         ``/limits/recordCount`` is off by ``by``
``bulk_failed``         a query job fails when polled; ``message``
``bulk_aborted``        a job is aborted by somebody when polled
``bulk_stuck``          a job stays InProgress for this poll
``bulk_vanished``       a job is gone for good (404)
``bulk_short``          result headers promise ``count`` rows more than are sent
``bulk_locator_lost``   a result locator is refused
``ingest_failed``       an ingest job fails after ``after_rows`` rows; the rest is unprocessed
``row_lock``            a row is refused with UNABLE_TO_LOCK_ROW; searched in ``"create Order <id or key>"``
``row_error``           a row is refused with ``code``, ``message``, ``fields``; searched likewise
``duplicates_detected`` a row is refused by a duplicate rule; ``ids``, ``allow`` (the rule only warns); searched likewise
``maintenance``         a row is refused since the org is read-only; searched likewise
``results_fewer``       an answer of collections lacks its last ``count`` results
``results_more``        an answer of collections has its last result twice
``results_reordered``   an answer of collections is in another order
``record_changed``      after the request, another user changes record ``id`` of ``object`` to ``fields``
======================  ============================================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.faults import Faults, faulty
from recon.sandbox.salesforce import bulk, composite, ingest, limits, query, sobjects, tokens
from recon.sandbox.salesforce.org import API_VERSIONS, Org
from recon.sandbox.salesforce.values import Problem
from recon.sandbox.salesforce.web import ROUTES, Answer, Call, answer_json, answer_problem, compressed

LONGEST_HEAD = 16_384
"""Bytes of address and headers; more is refused before the application sees it, with a page in HTML."""

AREAS = (query, sobjects, composite, bulk, ingest, limits)
"""Modules whose functions answer; importing them registers the routes."""

_VERSIONED = re.compile(r"/services/data/v(\d+\.\d)(/.*)?")
_TOO_LONG = (
    b"<html><head><title>Error</title></head><body><h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre></body></html>"
)


def create_app(org: Org, faults: Faults | None = None) -> WSGIApplication:
    """The org over WSGI, with faults, log of requests and clock under ``/__sandbox__/``."""
    shown = Faults(org.folder / "faults.json") if faults is None else faults

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = compressed(_answer(org, shown, environ), environ.get("HTTP_ACCEPT_ENCODING", ""))
        headers = list(answer.headers)
        headers.append(("Date", format_datetime(org.clock(), usegmt=True)))
        if answer.status != 204:
            headers += [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    return faulty(application, shown, org.log, org.clock)


def _answer(org: Org, faults: Faults, environ: WSGIEnvironment) -> Answer:
    if int(environ.get("recon.head_bytes", 0)) > LONGEST_HEAD:
        return Answer(431, _TOO_LONG, "text/html;charset=iso-8859-1")
    call = _call(org, faults, environ)
    try:
        return _routed(call)
    except Problem as problem:
        return _counted(call, answer_problem(problem))


def _call(org: Org, faults: Faults, environ: WSGIEnvironment) -> Call:
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return Call(
        org=org,
        faults=faults,
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        headers=headers,
        body=environ["wsgi.input"].read(),
        base_url=f"https://{headers.get('host', 'localhost')}",
        request_id=int(environ.get("recon.request_id", 0)),
    )


def _routed(call: Call) -> Answer:
    if call.path == "/services/oauth2/token":
        return tokens.token(call) if call.method == "POST" else answer_json({"error": "invalid_request"}, 400)
    if call.path in {"/services/data", "/services/data/"}:
        return answer_json(limits.versions())
    signed = replace(call, user_id=_signed_in(call))
    if call.path == "/services/oauth2/userinfo":
        return tokens.userinfo(signed)
    _spend(call)
    versioned = _VERSIONED.fullmatch(call.path)
    if versioned is None:
        raise Problem("NOT_FOUND", "The requested resource does not exist")
    version, rest = versioned[1], versioned[2] or "/"
    if float(version) < 31:
        raise Problem("UNSUPPORTED_API_VERSION", f"API version {version} is retired")
    if version not in API_VERSIONS:
        raise Problem("NOT_FOUND", "The requested resource does not exist")
    ready = replace(signed, version=version)
    answer = ROUTES.handle(ready, rest)
    _somebody_else(ready)
    return _counted(call, answer)


def _signed_in(call: Call) -> str:
    authorization = call.headers.get("authorization", "")
    if call.take("expire_token") is not None:
        tokens.expire(call.org, authorization)
    user_id = tokens.user_of(call.org, authorization)
    if user_id is None:
        raise Problem("INVALID_SESSION_ID", "Session expired or invalid")
    return user_id


def _spend(call: Call) -> None:
    """Count the call against the day's quota."""
    if call.take("concurrent_limit") is not None:
        raise Problem("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
    used, allowed = limits.usage(call.org)
    if used >= allowed or call.take("daily_limit") is not None:
        raise Problem("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    limits.spend(call.org)


def _counted(call: Call, answer: Answer) -> Answer:
    used, allowed = limits.usage(call.org)
    answer.headers.append(("Sforce-Limit-Info", f"api-usage={used}/{allowed}"))
    return answer


def _somebody_else(call: Call) -> None:
    changed = call.take("record_changed")
    if changed is not None:
        call.org.change(changed.args["object"], changed.args["id"], changed.args["fields"])
