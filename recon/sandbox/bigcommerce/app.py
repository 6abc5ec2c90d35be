"""The stand-in over HTTP.

Faults that this platform shows besides those of :mod:`recon.sandbox.faults`; what an expression is searched in is ``GET /path`` and the
same with the query:

====================  ================================================================================================
``token_revoked``     401 and the API account is gone
``scope_missing``     403, as without the scope
``overload``          429 without any header: the platform itself is overloaded
``throttled``         429 with the quota's headers, ``reset_ms`` (1000)
``locked``            423
``too_large``         413 where the limit is above ``above`` (50)
``loop_cursor``       the cursor handed out is that of the page before
``hidden``            a page of /v2/orders lacks its last order, which the count has
``other_store``       GET /v2/store tells of another store
====================  ================================================================================================

Traps of the vendor that it always shows: 204 without body for an empty V2 list; V2 pages of 50 unless asked; lists inside an order cut
at 50 and addresses inside a customer at 10; archived orders in no list; ``refunded_amount`` and ``refund_amount`` always zero; a cursor
only behind the first page or another cursor; times that must not be encoded (/v3/customers) or must be (refunds); a bare date that gets
the present time of day (catalogue).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.handlers import format_date_time
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.bigcommerce import lists
from recon.sandbox.bigcommerce.lists import BadQuery
from recon.sandbox.bigcommerce.store import Store
from recon.sandbox.control import RequestLog
from recon.sandbox.faults import Faults, faulty, targets_of


@dataclass
class Request:
    """A GET as the handlers see it; ``raw`` is the query as it came over the wire."""

    store: Store
    path: str
    query: dict[str, str]
    raw: str
    targets: tuple[str, str]
    environ: WSGIEnvironment
    scopes: frozenset[str] = frozenset()

    def fault(self, action: str) -> Any:
        """The fault of this name that strikes this request, if any."""
        return self.store.faults.take(action, *self.targets)


@dataclass
class Answer:
    """Status, JSON body (None: no body) and further headers."""

    status: int
    body: Any = None
    headers: list[tuple[str, str]] = field(default_factory=list)


Handler = Callable[..., Any]

_ORDERS = "store_v2_orders_read_only"
_CUSTOMERS = "store_v2_customers_read_only"
_PRODUCTS = "store_v2_products_read_only"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    (r"/v2/store", "store_v2_information_read_only", lists.information),
    (r"/v2/time", "", lists.time),
    (r"/v2/orders/count", _ORDERS, lists.order_count),
    (r"/v2/orders", _ORDERS, lists.orders),
    (r"/v2/orders/(\d+)", _ORDERS, lists.order),
    (r"/v2/orders/(\d+)/products", _ORDERS, lists.order_products),
    (r"/v2/orders/(\d+)/shipments", _ORDERS, lists.shipments),
    (r"/v3/orders/payment_actions/refunds", _ORDERS, lists.refunds),
    (r"/v3/orders/(\d+)/transactions", "store_v2_transactions_read_only", lists.transactions),
    (r"/v3/customers", _CUSTOMERS, lists.customers),
    (r"/v3/customers/addresses", _CUSTOMERS, lists.addresses),
    (r"/v3/customers/subscribers", _CUSTOMERS, lists.subscribers),
    (r"/v3/catalog/products", _PRODUCTS, lists.products),
    (r"/v3/catalog/products/(\d+)/variants", _PRODUCTS, lists.variants),
    (r"/v3/inventory/items", "store_inventory_read_only", lists.inventory),
    (r"/v3/inventory/locations", "store_locations_read_only", lists.locations),
    (r"/v3/pricelists", _PRODUCTS, lists.price_lists),
    (r"/v3/pricelists/(\d+)/records", _PRODUCTS, lists.price_records),
    (r"/v3/channels", "store_channel_settings_read_only", lists.channels),
)
"""Path, the scope it needs, and what answers it"""

CONTENT_TYPE_NEEDED = re.compile(r"/v2/orders/\d+/products|/v3/customers/addresses")


def create_app(store: Store, faults: Faults | None = None) -> WSGIApplication:
    """The store's APIs, with faults (kept in the store's folder unless given), the log of requests and the clock around them."""
    store.faults = faults if faults is not None else store.faults

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read()
        answer = _answer(store, environ)
        data = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = [("Date", format_date_time(store.now().timestamp())), *answer.headers]
        if answer.status != 204:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [data]

    return faulty(app, store.faults, RequestLog(store.folder / "requests.jsonl"), store.clock)


def error(status: int, title: str, *, v2: bool, errors: dict[str, str] | None = None) -> Answer:
    """An error in the form of its API."""
    if v2:
        return Answer(status, [{"status": status, "message": title}])
    return Answer(status, {"status": status, "title": title, "type": "about:blank", "errors": errors or {}})


def _answer(store: Store, environ: WSGIEnvironment) -> Answer:
    raw = environ.get("QUERY_STRING", "")
    request = Request(store, environ["PATH_INFO"], dict(parse_qsl(raw, keep_blank_values=True)), raw, targets_of(environ), environ)
    b2b = request.path.startswith("/api/v3/io/")
    prefix = f"/stores/{store.hash}"
    path = request.path.removeprefix(prefix)
    v2 = path.startswith("/v2/")
    if not b2b and path == request.path:
        return error(404, "There is no such store.", v2=False)
    if environ["REQUEST_METHOD"] != "GET":
        return error(405, "This stand-in is only read.", v2=v2)
    refusal = _refused(request, v2=v2, b2b=b2b)
    if refusal is not None:
        return refusal
    passes, headers = (True, []) if b2b else store.quota.take()
    answer = _routed(request, path, v2=v2, b2b=b2b) if passes else error(429, "Too many requests.", v2=v2)
    answer.headers += headers
    return answer


def _refused(request: Request, *, v2: bool, b2b: bool) -> Answer | None:
    """What stops a request before it is looked at: faults, token, headers."""
    if request.fault("overload"):
        return error(429, "The platform is overloaded.", v2=v2)
    throttled = request.fault("throttled")
    if throttled:
        reset = str(throttled.args.get("reset_ms", 1000))
        headers = [("x-rate-limit-requests-left", "0"), ("x-rate-limit-requests-quota", "150"), ("x-rate-limit-time-reset-ms", reset)]
        return Answer(429, error(429, "Too many requests.", v2=v2).body, headers)
    if request.fault("locked"):
        return error(423, "The store is locked.", v2=v2)
    large = request.fault("too_large") if int(request.query.get("limit") or 50) > 50 else None
    if large:
        return error(413, "The limit is too large.", v2=v2)
    token = request.environ.get("HTTP_X_AUTH_TOKEN", "")
    if request.fault("token_revoked"):
        request.store.revoke(token)
    scopes = request.store.scopes_of(token)
    if scopes is None or (b2b and request.environ.get("HTTP_X_STORE_HASH") != request.store.hash):
        return error(401, "The token is not known.", v2=v2)
    request.scopes = scopes
    if not request.environ.get("HTTP_ACCEPT"):
        return error(406, "Accept is missing.", v2=v2)
    return None


def _routed(request: Request, path: str, *, v2: bool, b2b: bool) -> Answer:
    if b2b:
        if path != "/api/v3/io/companies" or not request.store.count("companies"):
            return error(404, "This store has no B2B Edition.", v2=False)
        return Answer(200, lists.companies(request))
    for pattern, scope, handler in ROUTES:
        found = re.fullmatch(pattern, path)
        if not found:
            continue
        if (scope and scope not in request.scopes) or request.fault("scope_missing"):
            return error(403, "You don't have a required scope to access the endpoint.", v2=v2)
        if CONTENT_TYPE_NEEDED.fullmatch(path) and not request.environ.get("CONTENT_TYPE"):
            return error(415, "Content-Type is missing.", v2=v2)
        try:
            body = handler(request, *(int(part) for part in found.groups()))
        except BadQuery as bad:
            return error(422, "The query is not valid.", v2=v2, errors={bad.name: bad.why})
        except LookupError:
            return error(404, "The requested resource was not found.", v2=v2)
        return Answer(204) if v2 and body == [] else Answer(200, body)
    return error(404, "The requested resource was not found.", v2=v2)
