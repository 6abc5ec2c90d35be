"""What each path answers: filters, order and pages of V2 and V3."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from recon.sandbox.bigcommerce import orders as shapes
from recon.sandbox.bigcommerce.store import Document, moment

if TYPE_CHECKING:
    from recon.sandbox.bigcommerce.app import Request

DEFAULT, MOST = 50, 250
ADDRESSES = 10
"""Addresses embedded in a customer"""


class BadQuery(Exception):
    """A parameter that the vendor refuses."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name)
        self.name = name
        self.why = why


class Where:
    """Conditions of a list, collected from its parameters."""

    def __init__(self, *fixed: str) -> None:
        self.terms: list[str] = list(fixed)
        self.values: list[Any] = []

    def add(self, term: str, *values: Any) -> None:
        """One more condition."""
        self.terms.append(term)
        self.values += values

    @property
    def sql(self) -> str:
        """All conditions."""
        return " and ".join(self.terms) or "1"


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit():
        raise BadQuery(name, "must be a number")
    return int(text)


def _time(name: str, text: str) -> str:
    try:
        return moment(text)
    except ValueError:
        raise BadQuery(name, "must be a date") from None


def _page(request: Request, most: int = MOST) -> tuple[int, int]:
    """(limit, offset)."""
    limit = min(max(1, _number(request, "limit", DEFAULT)), most)
    return limit, (max(1, _number(request, "page", 1)) - 1) * limit


def information(request: Request) -> Document:
    """GET /v2/store."""
    hash_ = "another1" if request.fault("other_store") else request.store.hash
    panel = f"https://store-{hash_}.mybigcommerce.com"
    return {"id": hash_, "control_panel_base_url": panel, **request.store.information}


def time(request: Request) -> Document:
    """GET /v2/time."""
    return {"time": int(request.store.now().timestamp())}


# -- V2 -------------------------------------------------------------------------------------------------------------------

_V2_COLUMNS = {"id": "id", "date_created": "created", "date_modified": "modified"}
_V2_FIELDS = ("customer_id", "status_id", "channel_id", "external_order_id", "payment_method", "cart_id")


def _v2_where(request: Request) -> Where:
    where = Where()
    archived = request.query.get("is_deleted") == "true" and request.store.knows_is_deleted
    where.add("hidden = ?", int(archived))
    for field, column in _V2_COLUMNS.items():
        for edge, sign in (("min", ">="), ("max", "<=")):
            name = f"{edge}_{field}"
            if name in request.query:
                value: Any = _number(request, name, 0) if field == "id" else _time(name, request.query[name])
                where.add(f"{column} {sign} ?", value)
    for field in _V2_FIELDS:
        if field in request.query:
            where.add(f"cast(json_extract(doc, '$.{field}') as text) = ?", request.query[field])
    return where


def orders(request: Request) -> list[Document]:
    """GET /v2/orders."""
    field, _, way = request.query.get("sort", "id:asc").partition(":")
    column = _V2_COLUMNS.get(field)
    if column is None:
        raise BadQuery("sort", "is not a field to sort by")
    down = "desc" if way == "desc" else "asc"
    where, (limit, offset) = _v2_where(request), _page(request)
    include = frozenset(filter(None, request.query.get("include", "").split(",")))
    if include - {"consignments", "consignments.line_items", "fees"}:
        raise BadQuery("include", "names something that cannot be included")
    if include & {"consignments", "consignments.line_items"} and request.query.get("consignment_structure") != "object":
        raise BadQuery("consignment_structure", "must be object")
    found = request.store.listed("orders", where.sql, where.values, f"{column} {down}, id {down}", limit, offset)
    if request.fault("hidden"):
        del found[-1:]
    base = f"https://api.bigcommerce.com/stores/{request.store.hash}"
    return [shapes.shown(request.store, document, include, base) for document in found]


def order(request: Request, number: int) -> Document:
    """GET /v2/orders/{id}: archived ones as well."""
    return shapes.shown(request.store, _order(request, number), frozenset(), f"https://api.bigcommerce.com/stores/{request.store.hash}")


def _order(request: Request, number: int) -> Document:
    document = request.store.get("orders", number)
    if document is None:
        raise LookupError(number)
    return document


def order_count(request: Request) -> Document:
    """GET /v2/orders/count."""
    where = _v2_where(request)
    return shapes.counts(request.store, where.sql, where.values)


def order_products(request: Request, number: int) -> list[Document]:
    """GET /v2/orders/{id}/products: 50 a page unless asked."""
    limit, offset = _page(request)
    return list(_order(request, number).get("products") or ())[offset : offset + limit]


def shipments(request: Request, number: int) -> list[Document]:
    """GET /v2/orders/{id}/shipments."""
    order = _order(request, number)
    found = request.store.listed("shipments", "parent = ?", [number], "id", *_page(request))
    to = next(iter(order.get("shipping_addresses") or ()), order["billing_address"])
    addresses = {"billing_address": order["billing_address"], "shipping_address": to}
    return [{**addresses, **shipment} for shipment in found]


# -- V3 -------------------------------------------------------------------------------------------------------------------


def _meta(total: int, count: int, limit: int, offset: int) -> Document:
    page, pages = offset // limit + 1, ceil(total / limit)
    links: Document = {"current": f"?page={page}&limit={limit}"}
    if page > 1:
        links["previous"] = f"?page={page - 1}&limit={limit}"
    if page < pages:
        links["next"] = f"?page={page + 1}&limit={limit}"
    return {"pagination": {"total": total, "count": count, "per_page": limit, "current_page": page, "total_pages": pages, "links": links}}


def _listed(request: Request, kind: str, where: Where, *, sort: str = "id", most: int = MOST) -> Document:
    limit, offset = _page(request, most)
    found = request.store.listed(kind, where.sql, where.values, sort, limit, offset)
    total = request.store.count(kind, where.sql, where.values)
    return {"data": found, "meta": _meta(total, len(found), limit, offset)}


def _dates(request: Request, where: Where, fields: Mapping[str, str], *, bare: Callable[[str], str] = lambda text: text) -> None:
    for field, column in fields.items():
        for edge, sign in ((":min", ">="), (":max", "<="), ("", "=")):
            name = field + edge
            if name in request.query:
                where.add(f"{column} {sign} ?", _time(name, bare(request.query[name])))


def _ids(request: Request, where: Where, name: str, column: str) -> None:
    if name in request.query:
        try:
            numbers = [int(part) for part in request.query[name].split(",")]
        except ValueError:
            raise BadQuery(name, "must be numbers") from None
        where.add(f"{column} in ({','.join('?' * len(numbers))})", *numbers)


_V3_DATES = {"date_created": "created", "date_modified": "modified"}


def _sent(request: Request, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Parameters of these names as they came over the wire."""
    for part in request.raw.split("&"):
        name, _, value = part.partition("=")
        if name.replace("%3A", ":") in names:
            yield name, value


def customers(request: Request) -> Document:
    """GET /v3/customers, by page or by cursor. A time must not come percent-encoded."""
    names = {f"{field}{edge}" for field in _V3_DATES for edge in (":min", ":max", "")}
    if any("%3A" in value.upper() for _, value in _sent(request, names)):
        raise BadQuery("date_modified:min", "is not a date")
    where = Where()
    _dates(request, where, _V3_DATES)
    _ids(request, where, "id:in", "id")
    limit, offset = _page(request)
    total = request.store.count("customers", where.sql, where.values)
    after = request.query.get("after")
    if after is not None:
        where.add("id > ?", _from_cursor(after))
        offset = 0
    found = request.store.listed("customers", where.sql, where.values, "id", limit, offset)
    include = request.query.get("include", "").split(",")
    data = [_customer(document, addresses="addresses" in include) for document in found]
    meta = _meta(total, len(found), limit, offset) if after is None else {}
    if after is not None or offset == 0:
        meta["cursor_pagination"] = _cursor_meta(request, found, limit, after)
    return {"data": data, "meta": meta}


def _customer(document: Document, *, addresses: bool) -> Document:
    own = list(document.get("addresses") or ())
    shown = {key: value for key, value in document.items() if key != "addresses"} | {"address_count": len(own)}
    return shown | {"addresses": own[:ADDRESSES]} if addresses else shown


def cursor(number: int) -> str:
    """The vendor's cursor behind a record."""
    return base64.b64encode(f"id:{number}".encode()).decode()


def _from_cursor(text: str) -> int:
    try:
        return int(base64.b64decode(text).decode().removeprefix("id:"))
    except ValueError:
        raise BadQuery("after", "is no cursor") from None


def _cursor_meta(request: Request, found: list[Document], limit: int, after: str | None, key: str = "id") -> Document:
    start, end = (cursor(found[0][key]), cursor(found[-1][key])) if found else ("", "")
    if request.fault("loop_cursor"):
        end = after or end
    return {"count": len(found), "per_page": limit, "start_cursor": start, "end_cursor": end, "links": {}}


def addresses(request: Request) -> Document:
    """GET /v3/customers/addresses."""
    where = Where()
    _ids(request, where, "customer_id:in", "id")
    customers_ = request.store.listed("customers", where.sql, where.values, "id", -1, 0)
    every = sorted((address for one in customers_ for address in one.get("addresses") or ()), key=lambda address: int(address["id"]))
    limit, offset = _page(request)
    found = every[offset : offset + limit]
    return {"data": found, "meta": _meta(len(every), len(found), limit, offset)}


def subscribers(request: Request) -> Document:
    """GET /v3/customers/subscribers."""
    where = Where()
    _dates(request, where, _V3_DATES)
    return _listed(request, "subscribers", where)


def refunds(request: Request) -> Document:
    """GET /v3/orders/payment_actions/refunds, oldest first. A time must come percent-encoded."""
    if any(":" in value for _, value in _sent(request, {"created:min", "created:max"})):
        raise BadQuery("created:min", "must be url-encoded RFC 3339")
    where = Where()
    _dates(request, where, {"created": "created"})
    _ids(request, where, "order_id:in", "parent")
    _ids(request, where, "id:in", "id")
    return _listed(request, "refunds", where)


def transactions(request: Request, number: int) -> Document:
    """GET /v3/orders/{id}/transactions."""
    _order(request, number)
    found = request.store.listed("transactions", "parent = ?", [number], "id", -1, 0)
    return {"data": found, "meta": {}}


def products(request: Request) -> Document:
    """GET /v3/catalog/products. A date without a time gets the present time of day."""
    where = Where()
    clock = request.store.now().strftime("T%H:%M:%SZ")
    _dates(request, where, {"date_modified": "modified"}, bare=lambda text: text + clock if len(text) == 10 else text)
    _ids(request, where, "id:in", "id")
    for name, sign in (("id:greater", ">"), ("id:min", ">="), ("id:max", "<="), ("id:less", "<")):
        if name in request.query:
            where.add(f"id {sign} ?", _number(request, name, 0))
    include = request.query.get("include", "").split(",")
    answer = _listed(request, "products", where)
    if "variants" not in include:
        answer["data"] = [{key: value for key, value in one.items() if key != "variants"} for one in answer["data"]]
    return answer


def variants(request: Request, number: int) -> Document:
    """GET /v3/catalog/products/{id}/variants."""
    product = request.store.get("products", number)
    if product is None:
        raise LookupError(number)
    every = product.get("variants") or []
    limit, offset = _page(request)
    found = every[offset : offset + limit]
    return {"data": found, "meta": _meta(len(every), len(found), limit, offset)}


def inventory(request: Request) -> Document:
    """GET /v3/inventory/items: up to 1000 a page, no dates."""
    return _listed(request, "inventory", Where(), most=1000)


def locations(request: Request) -> Document:
    """GET /v3/inventory/locations."""
    return _listed(request, "locations", Where())


def channels(request: Request) -> Document:
    """GET /v3/channels."""
    return _listed(request, "channels", Where())


def price_lists(request: Request) -> Document:
    """GET /v3/pricelists; not part of every plan."""
    if not request.store.price_lists:
        raise LookupError("price lists")
    return _listed(request, "price_lists", Where())


def price_records(request: Request, number: int) -> Document:
    """GET /v3/pricelists/{id}/records by cursor (over variant and currency)."""
    if request.store.get("price_lists", number) is None:
        raise LookupError(number)
    limit, _ = _page(request)
    where = Where()
    where.add("parent = ?", number)
    total = request.store.count("price_records", where.sql, where.values)
    after = request.query.get("after")
    if after is not None:
        variant, currency = json.loads(base64.b64decode(after))
        where.add("(id, part) > (?, ?)", variant, currency)
    found = request.store.listed("price_records", where.sql, where.values, "id, part", limit, 0)
    end = base64.b64encode(json.dumps([found[-1]["variant_id"], found[-1]["currency"]]).encode()).decode() if found else ""
    meta = _meta(total, len(found), limit, 0) if after is None else {}
    meta["cursor_pagination"] = {"count": len(found), "per_page": limit, "start_cursor": "", "end_cursor": end, "links": {}}
    include = request.query.get("include", "").split(",")
    left_out = {"bulk_pricing_tiers", "sku"} - set(include)
    return {"data": [{key: value for key, value in one.items() if key not in left_out} for one in found], "meta": meta}


def companies(request: Request) -> Document:
    """B2B Edition: GET /companies by offset, by default the last changed first."""
    limit = min(max(1, _number(request, "limit", 10)), MOST)
    offset = _number(request, "offset", 0)
    way = "asc" if request.query.get("orderBy") == "ASC" else "desc"
    found = request.store.listed("companies", "1", [], f"modified {way}, id {way}", limit, offset)
    total = request.store.count("companies")
    return {
        "code": 200,
        "data": found,
        "meta": {"message": "SUCCESS", "pagination": {"totalCount": total, "offset": offset, "limit": limit}},
    }
