"""The stand-in over HTTP: one origin for Account Manager, the Admin APIs, OCAPI Data and WebDAV.

Faults that this platform shows besides those of :mod:`recon.sandbox.faults`; expressions are searched in ``METHOD /path`` and the same
with the query:

======================  ==============================================================================================
``load``                the headers that tell of load: ``level`` (80) percent; at 100 status 503
``throttled``           429 with ``Retry-After: seconds`` (1)
``token_expired``       all tokens end before this request
``scope_missing``       403 of an Admin API, as without the scope
``resource_forbidden``  403 of OCAPI, as without an entry for the resource
``hidden``              a page of orders lacks its last one
======================  ==============================================================================================

Traps of the vendor that it always shows: no total of orders; nothing behind the 10,000th; newest first unless asked; unplaced orders in
no list; an answer above 10 MB is status 500; a 401 that repeats the token; fields that start with ``c_``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from wsgiref.handlers import format_date_time
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.commerce_cloud import access, lists, load, ocapi, orders, webdav
from recon.sandbox.commerce_cloud.shop import Shop
from recon.sandbox.commerce_cloud.web import Answer, Call, Refused, problem
from recon.sandbox.control import RequestLog
from recon.sandbox.faults import Faults, faulty
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs

LARGEST_REQUEST = 5 * 2**20
LARGEST_HEAD = 24 * 1024

Handler = Callable[[Call, str, list[str]], Answer]
"""Takes the call, the organisation of its path and what follows the resource's name"""

ADMIN: Mapping[str, Mapping[str, Handler]] = {
    "/checkout/orders/v1/organizations/": {"orders": orders.answer},
    "/product/products/v1/organizations/": {"products": lists.products, "product-search": lists.product_search},
    "/product/catalogs/v1/organizations/": {"catalogs": lists.catalogs},
    "/customer/customers/v1/organizations/": {"customer-lists": lists.customers},
}
"""Front of an Admin API's path → what follows the organisation → what answers it"""


def create_app(shop: Shop, faults: Faults | None = None) -> WSGIApplication:
    """Everything the instance serves, with faults (kept in its folder unless given), the log of requests and the clock around it."""
    shop.faults = faults if faults is not None else shop.faults

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = Call.of(shop, environ)
        try:
            answer = _answer(call)
        except Refused as refusal:
            answer = refusal.answer
        headers = [("Date", format_date_time(shop.now().timestamp())), *answer.headers]
        if answer.status != 204:
            headers += [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    return faulty(app, shop.faults, RequestLog(shop.folder / "requests.jsonl"), shop.clock)


def _answer(call: Call) -> Answer:
    if call.fault("token_expired") is not None:
        call.shop.revoke()
    if call.path == access.TOKEN_PATH:
        return access.token(call)
    if call.path.startswith(ocapi.FRONT):
        return _throttled(call) or ocapi.answer(call)
    if call.path.startswith(webdav.FRONT):
        return webdav.answer(call)
    for front, handlers in ADMIN.items():
        if call.path.startswith(front):
            return _admin(call, call.path.removeprefix(front).split("/"), handlers)
    raise problem(404, "Resource Not Found", "There is no such resource.")


def _admin(call: Call, parts: list[str], handlers: Mapping[str, Handler]) -> Answer:
    """An Admin API with its limits around it; every answer carries the id by which the vendor's support finds it."""
    told = [("x-correlation-id", call.header("correlation-id") or str(uuid.uuid4()))]
    fault = call.fault("load")
    level = call.shop.meter.take() if fault is None else int(fault.args.get("level", 80))
    if level is not None:
        told += load.headers(level)
    try:
        answer = _within_limits(call, parts, handlers, full=level is not None and level >= load.FULL)
    except Refused as refusal:
        answer = refusal.answer
    answer.headers += told
    return answer


def _throttled(call: Call) -> Answer | None:
    fault = call.fault("throttled")
    if fault is None:
        return None
    answer = problem(429, "Too Many Requests", "Too many requests were sent.").answer
    answer.headers.append(("Retry-After", str(fault.args.get("seconds", 1))))
    return answer


def _within_limits(call: Call, parts: list[str], handlers: Mapping[str, Handler], *, full: bool) -> Answer:
    if full:
        raise problem(503, "Service Unavailable", "The service is at capacity.")
    throttled = _throttled(call)
    if throttled is not None:
        return throttled
    if call.environ.get("recon.head_bytes", 0) > LARGEST_HEAD:
        raise problem(400, "Bad Request", "The address and the headers are too large.")
    if len(call.body) > LARGEST_REQUEST:
        raise problem(413, "Payload Too Large", "The request is too large.")
    handler = handlers.get(parts[1]) if len(parts) > 1 else None
    if handler is None:
        raise problem(404, "Resource Not Found", "There is no such resource.")
    answer = handler(call, parts[0], parts[2:])
    if len(answer.body) > call.shop.largest_answer:
        raise problem(500, "Internal Server Error", "The answer is too large.")
    return answer


@dataclass
class Running:
    """An instance that is served; a context manager."""

    shop: Shop
    server: Server

    @property
    def url(self) -> str:
        """The one origin of everything."""
        return self.server.url

    def stop(self) -> None:
        """End the server; the instance stays open."""
        self.server.stop()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(shop: Shop, certs: Certs, *, port: int = 0) -> Running:
    """Serve an instance."""
    return Running(shop, Server(create_app(shop), certs, port=port).start())
