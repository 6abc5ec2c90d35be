"""The stand-in shop over HTTP.

Faults that this platform shows besides those of :mod:`recon.sandbox.faults`; expressions are searched in ``METHOD /path``:

=======================  =========================================================================================
``token_expired``        the cloud service's tokens end before this request (401)
``integration_revoked``  somebody takes the integration's access away
``stale_total``          total_count says ``more`` (1) records more than there are
``hidden``               the page lacks its last record, total_count does not
=======================  =========================================================================================
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote
from wsgiref.handlers import format_date_time
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.adobe_commerce import access, criteria
from recon.sandbox.adobe_commerce.criteria import BadCriteria
from recon.sandbox.adobe_commerce.routes import (
    BY_KIND,
    BY_PATH,
    LISTS,
    PRICE_RIGHT,
    PRICES,
    SALABLE,
    SALABLE_RIGHT,
    STOCK_ITEM,
    STOCK_ITEM_RIGHT,
    STORE,
    STORE_RIGHT,
    Route,
)
from recon.sandbox.adobe_commerce.shop import TOKEN_SECONDS, Shop
from recon.sandbox.control import RequestLog
from recon.sandbox.faults import Faults, faulty
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.exact import dump, exact

COMPOSITE = frozenset({"configurable", "grouped", "bundle"})


class Failure(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, parameters: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message}
        if parameters is not None:
            self.body["parameters"] = parameters


def create_app(shop: Shop, faults: Faults | None = None) -> WSGIApplication:
    """The REST API of a shop, with faults (kept in the shop's folder unless given), the log of requests and the clock around it."""
    shop.faults = faults if faults is not None else shop.faults

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            status, body = 200, _answer(shop, environ)
        except Failure as failure:
            status, body = failure.status, json.dumps(failure.body).encode()
        return _send(shop, start_response, status, body)

    return faulty(app, shop.faults, RequestLog(shop.folder / "requests.jsonl"), shop.clock)


def create_ims_app(shop: Shop) -> WSGIApplication:
    """The token service of the cloud."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        form = dict(parse_qsl(environ["wsgi.input"].read().decode()))
        client = shop.meta("client") or ["", "", ""]
        right = form.get("grant_type") == "client_credentials" and [form.get("client_id"), form.get("client_secret")] == client[:2]
        if environ["PATH_INFO"] != "/ims/token/v3" or environ["REQUEST_METHOD"] != "POST":
            return _send(shop, start_response, 404, b'{"error":"not_found"}')
        if not right or "commerce.accs" not in form.get("scope", ""):
            return _send(shop, start_response, 400, b'{"error":"invalid_client","error_description":"invalid client_id parameter"}')
        body = {"access_token": shop.new_token(), "token_type": "bearer", "expires_in": TOKEN_SECONDS}
        return _send(shop, start_response, 200, json.dumps(body).encode())

    return faulty(app, shop.faults, RequestLog(shop.folder / "ims-requests.jsonl"), shop.clock)


def _send(shop: Shop, start_response: StartResponse, status: int, body: bytes) -> Iterable[bytes]:
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Date", format_date_time(shop.now().timestamp())),
    ]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]


@dataclass
class Running:
    """A shop and its token service, both served; a context manager."""

    shop: Shop
    api: Server
    ims: Server

    @property
    def url(self) -> str:
        """Address of the shop."""
        return self.api.url

    def stop(self) -> None:
        """End both servers; the shop stays open."""
        self.api.stop()
        self.ims.stop()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(shop: Shop, certs: Certs, *, port: int = 0, ims_port: int = 0) -> Running:
    """Serve a shop's API and, at another origin, its token service."""
    running = Running(shop, Server(create_app(shop), certs, port=port), Server(create_ims_app(shop), certs, port=ims_port))
    running.api.start()
    running.ims.start()
    return running


# -- routes -------------------------------------------------------------------------------------------------------------


def _answer(shop: Shop, environ: WSGIEnvironment) -> bytes:
    method, place = environ["REQUEST_METHOD"], f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    sent = environ["wsgi.input"].read()
    path = _below(shop, unquote(str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0]))
    if shop.faults.take("token_expired", place) is not None:
        shop.revoke()
    if shop.faults.take("integration_revoked", place) is not None:
        shop.add_integration("", "", "", "")
    right = _right(shop, path)
    try:
        access.check(shop, environ)
    except access.NotAllowed as error:
        raise Failure(401, str(error), {"resources": right} if "%resources" in str(error) else None) from None
    if right not in shop.rights:
        raise Failure(401, "The consumer isn't authorized to access %resources.", {"resources": right})
    if path in PRICES and method == "POST":
        return _prices(shop, PRICES[path], sent)
    if method != "GET" or path in PRICES:
        raise Failure(404, "Request does not match any route.")
    return _read(shop, path, parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True), place)


def _below(shop: Shop, path: str) -> str:
    parts = path.split("/V1/", 1)
    front = parts[0].strip("/").split("/")
    known = front == [shop.tenant] if shop.service else front[:1] == ["rest"] and len(front) in {1, 2}
    if len(parts) != 2 or not known:
        raise Failure(404, "Request does not match any route.")
    return parts[1].rstrip("/")


def _right(shop: Shop, path: str) -> str:
    """The right that a path needs; 404 where nothing is installed behind it."""
    if path in STORE:
        return STORE_RIGHT
    if path in PRICES:
        return PRICE_RIGHT
    if path.startswith(STOCK_ITEM):
        return STOCK_ITEM_RIGHT
    route, _ = _route(path)
    if (route is None and not path.startswith(SALABLE)) or (route is not None and route.module and route.module not in shop.modules):
        raise Failure(404, "Request does not match any route.")
    if route is not None:
        return route.right
    if "msi" not in shop.modules:
        raise Failure(404, "Request does not match any route.")
    return SALABLE_RIGHT


def _route(path: str) -> tuple[Route | None, str]:
    """The list of a path, or the list that one record belongs to and the record's key."""
    if path in BY_PATH:
        return BY_PATH[path], ""
    front, _, key = path.rpartition("/")
    return next((route for route in LISTS if route.one == front and key.isdigit()), None), key


def _read(shop: Shop, path: str, query: list[tuple[str, str]], place: str) -> bytes:
    if path in STORE:
        return json.dumps(shop.meta("stores")[STORE[path]], ensure_ascii=False).encode()
    if path.startswith(STOCK_ITEM):
        return _stock_item(shop, path.removeprefix(STOCK_ITEM))
    route, key = _route(path)
    if route is not None and key:
        found = shop.rows("select doc from docs where kind = ? and key = ?", (route.kind, key))
        if not found:
            raise Failure(404, "No such entity with %fieldName = %fieldValue", {"fieldName": "entityId", "fieldValue": key})
        return str(found[0][0]).encode()
    try:
        wanted = criteria.parse(query)
        answer = _page(shop, route, wanted, place) if route is not None else _salable(shop, path.removeprefix(SALABLE), wanted)
    except BadCriteria as error:
        raise Failure(400, str(error), {"fieldName": "searchCriteria"}) from None
    fields = dict(query).get("fields")
    if fields:
        return dump(criteria.trimmed(json.loads(answer, parse_float=exact), fields)).rstrip(b"\n")
    return answer


def _stock_item(shop: Shop, sku: str) -> bytes:
    """Stock of a product by SKU, whatever its case; a slash in it is the end of the route's parameter."""
    if "/" in sku:
        raise Failure(404, "Request does not match any route.")
    found = shop.rows("select doc from docs where kind = 'stock_items' and key = ?", (sku.lower(),))
    if not found:
        raise Failure(404, "The product that was requested doesn't exist. Verify the product and try again.")
    return str(found[0][0]).encode()


def _page(shop: Shop, route: Route, wanted: criteria.Criteria, place: str) -> bytes:
    rows, total = _found(shop, route, wanted)
    if shop.is_broken(route.kind, [row[0] for row in rows]):
        raise Failure(500, "Internal Error. Details are available in Magento log file. Report ID: webapi-66f1a2b3c4d5e")
    if shop.faults.take("hidden", place) is not None:
        rows = rows[:-1]
    stale = shop.faults.take("stale_total", place)
    total += int(stale.args.get("more", 1)) if stale is not None else 0
    items = f"[{','.join(row[1] for row in rows)}]" if rows or not route.null_when_empty else "null"
    return f'{{"items":{items},"search_criteria":{{"filter_groups":[]}},"total_count":{total}}}'.encode()


def _found(shop: Shop, route: Route, wanted: criteria.Criteria) -> tuple[list[tuple[str, str]], int]:
    size = wanted.size or (20 if shop.largest_page else 100_000)
    if shop.largest_page and size > shop.largest_page:
        raise Failure(400, "Maximum SearchCriteria pageSize is %max", {"max": shop.largest_page})
    condition, values = criteria.where(wanted, route.key)
    total = int(shop.rows(f"select count(*) from docs where kind = ? and {condition}", [route.kind, *values])[0][0])
    page = wanted.page
    if shop.version < "2.4":
        page = max(min(page, -(-total // size)), 1)  # past the end the last page comes again and again
    order = criteria.order(wanted, route.key)
    sql = f"select key, doc from docs where kind = ? and {condition} order by {order}, num limit ? offset ?"
    return [(str(key), str(doc)) for key, doc in shop.rows(sql, [route.kind, *values, size, (page - 1) * size])], total


def _salable(shop: Shop, website: str, wanted: criteria.Criteria) -> bytes:
    if website not in {entry["code"] for entry in shop.meta("stores")["websites"]}:
        raise Failure(404, "No such entity with %fieldName = %fieldValue", {"fieldName": "website", "fieldValue": website})
    rows, total = _found(shop, BY_KIND["products"], wanted)
    items = []
    for _, text in rows:
        product = json.loads(text)
        found = shop.rows("select doc from docs where kind = 'salable' and key = ?", (f"{website}/{product['sku']}",))
        if found and product.get("type_id") not in COMPOSITE:
            row = json.loads(found[0][0], parse_float=exact)
            items.append({key: row[key] for key in ("sku", "qty", "is_salable")})
    return dump({"items": items, "search_criteria": {"filter_groups": []}, "total_count": total}).rstrip(b"\n")


def _prices(shop: Shop, kind: str, sent: bytes) -> bytes:
    try:
        skus = [str(sku) for sku in json.loads(sent)["skus"]]
    except (ValueError, KeyError, TypeError):
        raise Failure(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "skus"}) from None
    known = {str(row[0]).lower() for row in shop.rows("select json_extract(doc, '$.sku') from docs where kind = 'products'")}
    lost = [sku for sku in skus if sku.lower() not in known]
    if lost:
        raise Failure(400, "Requested products don't exist: %sku", {"sku": ", ".join(lost)})
    marks = ", ".join("?" * len(skus))
    rows = shop.rows(f"select doc from prices where kind = ? and sku in ({marks}) order by sku", [kind, *skus])
    return f"[{','.join(str(row[0]) for row in rows)}]".encode()
