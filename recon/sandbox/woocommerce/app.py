"""The stand-in site over HTTP.

Faults that this platform shows besides those of :mod:`recon.sandbox.faults`, searched in ``GET /path``:

==================  =================================================================================================
``out_of_memory``   500 with WordPress' page of a critical error when more than ``records`` (50) are asked for
``cap_page``        lists give at most ``size`` (20) records, whatever was asked for
``ignore_offset``   a plugin ignores the offset: the first records come again
``ignore_page``     a plugin ignores the number of the page as well
``strip_header``    the host drops the Authorization header
``hidden``          lists lack the last record of a page, which their totals count
``key_revoked``     somebody deletes the API key
==================  =================================================================================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs
from wsgiref.handlers import format_date_time
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from recon.sandbox.control import RequestLog
from recon.sandbox.faults import Faults, faulty
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.sandbox.woocommerce import lists, routes
from recon.sandbox.woocommerce.access import Refused, admit
from recon.sandbox.woocommerce.shop import Shop

_NO_ROUTE = ("rest_no_route", "No route was found matching the URL and request method.")
_INVALID = {
    "orders": "woocommerce_rest_shop_order_invalid_id", "refunds": "woocommerce_rest_shop_order_refund_invalid_id",
    "customers": "woocommerce_rest_invalid_id", "products": "woocommerce_rest_product_invalid_id",
    "variations": "woocommerce_rest_product_variation_invalid_id", "coupons": "woocommerce_rest_shop_coupon_invalid_id",
    "taxes": "woocommerce_rest_invalid_id", "subscriptions": "woocommerce_rest_shop_subscription_invalid_id",
}  # fmt: skip


@dataclass
class _Answer:
    status: int
    body: Any
    headers: list[tuple[str, str]] = field(default_factory=list)
    kind: str = "application/json; charset=UTF-8"


def create_app(shop: Shop, faults: Faults | None = None) -> WSGIApplication:
    """A site, with faults (kept in its folder unless given), the log of requests and the clock around it."""
    shop.faults = faults if faults is not None else shop.faults

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = _site(shop, environ)
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
        data = text.encode()
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [
                ("Content-Type", answer.kind),
                ("Content-Length", str(len(data))),
                ("Date", format_date_time(shop.now().timestamp())),
                *answer.headers,
            ],
        )
        return [data]

    return faulty(app, shop.faults, RequestLog(shop.folder / "requests.jsonl"), shop.clock)


@dataclass
class Running:
    """A site that is served; a context manager."""

    shop: Shop
    api: Server
    faults: Faults

    @property
    def url(self) -> str:
        """Address of the site."""
        return self.api.url + str(self.shop.get("folder_path"))

    def stop(self) -> None:
        """End the server; the shop stays open."""
        self.api.stop()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(shop: Shop, certs: Certs, faults: Faults | None = None, *, port: int = 0) -> Running:
    """Serve a site on loopback."""
    planted = faults if faults is not None else shop.faults
    return Running(shop, Server(create_app(shop, planted), certs, port=port).start(), planted)


def _site(shop: Shop, environ: WSGIEnvironment) -> _Answer:
    folder, path = str(shop.get("folder_path")), environ["PATH_INFO"]
    api = folder + str(shop.get("api_path"))
    if shop.get("plain_permalinks"):
        api = "/nowhere"
    if path in {folder, folder + "/"}:
        link = f"{folder}{shop.get('api_path')}/" if not shop.get("plain_permalinks") else f"{folder}/index.php?rest_route=/"
        address = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}{link}"
        return _Answer(200, "<!DOCTYPE html><title>Shop</title>", [("Link", f'<{address}>; rel="https://api.w.org/"')], "text/html")
    if path != api and not path.startswith(api + "/"):
        return _Answer(404, "<!DOCTYPE html><title>Page not found</title>", [], "text/html; charset=UTF-8")
    try:
        return _api(shop, environ, path[len(api) :].strip("/"))
    except Refused as refused:
        return _error(refused.status, refused.code, refused.message)
    except lists.Wrong as wrong:
        details = {wrong.name: {"code": wrong.code, "message": wrong.message, "data": None}}
        name = wrong.name.partition("[")[0]
        return _Answer(
            400,
            {
                "code": "rest_invalid_param",
                "message": f"Invalid parameter(s): {name}",
                "data": {"status": 400, "params": {name: wrong.message}, "details": details},
            },
        )


def _error(status: int, code: str, message: str) -> _Answer:
    return _Answer(status, {"code": code, "message": message, "data": {"status": status}})


def _api(shop: Shop, environ: WSGIEnvironment, route: str) -> _Answer:
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    fields = [name for name in query.get("_fields", [""])[-1].split(",") if name]
    if route == "":
        site = {"name": shop.get("name"), "timezone_string": shop.get("time_zone"), "gmt_offset": "0", "namespaces": ["wc/v3", "wp/v2"]}
        return _Answer(200, _only(site, fields))
    if route == "wc/v3":
        return _Answer(200, {"namespace": "wc/v3", "routes": routes.index(shop)})
    target = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    if shop.faults.take("strip_header", target) is not None:
        environ.pop("HTTP_AUTHORIZATION", None)
    if shop.faults.take("key_revoked", target) is not None:
        shop.run("delete from keys")
    for expression, (answer, kind) in routes.routes(shop).items():
        hit = re.fullmatch("wc/v3/" + expression, route)
        if hit is not None:
            admit(shop, environ)
            if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
                return _error(404, *_NO_ROUTE)  # nothing can be written to the stand-in from outside
            numbers = {name: int(value) for name, value in hit.groupdict().items()}
            return _answered(shop, environ, answer, kind, query, fields, numbers)
    return _error(404, *_NO_ROUTE)


def _answered(
    shop: Shop,
    environ: WSGIEnvironment,
    answer: str,
    kind: str,
    query: dict[str, list[str]],
    fields: list[str],
    numbers: dict[str, int],
) -> _Answer:
    path, site = environ["PATH_INFO"], f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}"
    if answer == "list":
        heavy = shop.faults.take("out_of_memory", f"GET {path}") if int(query.get("per_page", ["10"])[-1] or 0) > 50 else None
        if heavy is not None:
            return _error(500, "internal_server_error", "<p>There has been a critical error on this website.</p>")
        found = lists.find(shop, kind, query, path, numbers.get("parent"))
        headers = [("X-WP-Total", str(found.total)), ("X-WP-TotalPages", str(found.pages))]
        headers += [("Link", found.links)] if found.links else []
        below = "parent" in numbers
        return _Answer(200, [_only(_shown(record, kind, site, path, below), fields) for record in found.records], headers)
    if answer == "item":
        record = shop.record(kind, numbers["id"])
        if record is None or ("parent" in numbers and record.get("parent_id") != numbers["parent"]):
            return _error(404, _INVALID[kind], "Invalid ID.")
        return _Answer(200, _only(_shown(record, kind, site, path.rpartition("/")[0], "parent" in numbers), fields))
    return _Answer(200, _special(shop, answer, fields))


def _shown(record: dict[str, Any], kind: str, site: str, path: str, below: bool) -> dict[str, Any]:
    """The record with its links. Below an order a refund does not name it but there; the list of all variations names no parent there."""
    parent = record.get("parent_id")
    shown = {name: value for name, value in record.items() if name != "_links"}
    links: dict[str, Any] = {"self": [{"href": f"{site}{path}/{record['id']}"}], "collection": [{"href": f"{site}{path}"}]}
    api = path.partition("/wc/v3/")[0] + "/wc/v3"
    if kind == "refunds":
        links["up"] = [{"href": f"{site}{api}/orders/{parent}"}]
        if below:
            del shown["parent_id"]
    if kind == "variations":
        links["up"] = [{"href": f"{site}{api}/products/{parent if below else 0}"}]
    return {**shown, "_links": links}


def _only(record: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name in fields} if fields else record


def _special(shop: Shop, answer: str, fields: list[str]) -> Any:
    if answer == "setting":
        return _only({"id": "woocommerce_prices_include_tax", "value": "yes" if shop.get("tax_included") else "no"}, fields)
    if answer == "statuses":
        return [{"slug": slug, "name": name} for slug, name in shop.statuses().items()]
    if answer == "totals":
        counts = dict(shop.rows("select status, count(*) from docs where kind = 'orders' group by status"))
        return [{"slug": slug, "name": name, "total": counts.get(slug, 0)} for slug, name in shop.statuses().items()]
    store = "Orders\\OrdersTableDataStore" if shop.get("hpos") else "WC_Order_Data_Store_CPT"
    status = {
        "environment": {"version": shop.get("version"), "wp_version": shop.get("wordpress"), "default_timezone": "UTC"},
        "settings": {
            "currency": shop.get("currency"),
            "number_of_decimals": shop.get("decimals"),
            "order_datastore": store,
            "HPOS_enabled": shop.get("hpos"),
        },
    }
    return _only(status, fields)
