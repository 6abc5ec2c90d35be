"""The Admin APIs of products, catalogs and customers, as far as they read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from recon.sandbox.commerce_cloud import access
from recon.sandbox.commerce_cloud.search import Fields, Search, understand
from recon.sandbox.commerce_cloud.shop import Document, parsed, text_of
from recon.sandbox.commerce_cloud.web import Answer, Call, number, problem

_DEFAULT = "json_extract(doc, '$.{}.default')"
PRODUCT_FIELDS = Fields(
    {
        "id": ("key", "main"),
        "name": (_DEFAULT.format("name"), "main"),
        "online": (_DEFAULT.format("onlineFlag"), "main"),
        "searchable": (_DEFAULT.format("searchable"), "main"),
        "validFrom": (_DEFAULT.format("validFrom"), "main"),
        "validTo": (_DEFAULT.format("validTo"), "main"),
        "creationDate": ("json_extract(doc, '$.creationDate')", "main"),
        "lastModified": ("json_extract(doc, '$.lastModified')", "main"),
        "type": ("coalesce(json_extract(doc, ?), 0)", "main"),
        "catalogId": ("json_extract(doc, '$.owningCatalogId')", "catalog"),
        "categoryId": ("json_extract(doc, '$.primaryCategoryId')", "category"),
    },
    frozenset({"id", "name", "creationDate"}),
)
_NAMES = ("customerNo", "firstName", "secondName", "lastName", "suffix", "salutation", "title", "fax", "phoneHome", "phoneBusiness",
          "phoneMobile", "email", "gender", "companyName", "credentials.login", "credentials.enabled")  # fmt: skip
CUSTOMER_FIELDS = Fields(
    {name: (f"json_extract(doc, '$.{name}')", "main") for name in _NAMES}, frozenset({"customerNo", "email", "lastName"})
)
"""NOTE: no times among them, so customers can neither be read since a moment nor beyond 10,000"""

EXPANDED = {"prices": ("price", "priceCurrency"), "availability": ("ats", "inStock", "online"), "categories": ("assignedCategories",)}
_EXPANDS = frozenset({"all", "none", "images", "allImages", "sets", "bundles", *EXPANDED})


def products(call: Call, organization: str, rest: list[str]) -> Answer:
    """GET …/products/{id}."""
    access.admin(call, organization, "sfcc.products" if call.method == "GET" else "sfcc.products.rw")
    if call.method != "GET" or len(rest) != 1:
        raise problem(405, "Method Not Allowed", "The resource does not know this method.")
    try:
        return Answer(200, text_of(call.shop.get("products", rest[0])).encode())
    except KeyError:
        raise problem(404, "Product Not Found", f"There is no product {rest[0]}.", productId=rest[0]) from None


def product_search(call: Call, organization: str, rest: list[str]) -> Answer:
    """POST …/product-search."""
    access.admin(call, organization, "sfcc.products")
    if call.method != "POST" or rest:
        raise problem(405, "Method Not Allowed", "The resource does not know this method.")
    wanted = understand(call, PRODUCT_FIELDS, frozenset({"expand"}))
    expand = frozenset(wanted.request.get("expand", ["all"]))
    if expand - _EXPANDS:
        value = min(expand - _EXPANDS)
        raise problem(400, "Invalid Expand Value", f"The expand value '{value}' is unknown.", value=value)
    hidden = [] if "all" in expand else [key for name, keys in EXPANDED.items() if name not in expand for key in keys]
    rows, total = _found(call, "products", "", wanted)
    hits = rows if not hidden else [text_of({key: value for key, value in parsed(row).items() if key not in hidden}) for row in rows]
    return _result(wanted, hits, total)


def _found(call: Call, kind: str, owner: str, wanted: Search) -> tuple[list[str], int]:
    where = f"kind = ? and owner = ? and {wanted.condition}"
    values = [kind, owner, *wanted.values]
    total = int(call.shop.rows(f"select count(*) from docs where {where}", values)[0][0])
    sql = f"select doc from docs where {where} order by {wanted.order} limit ? offset ?"
    return [row[0] for row in call.shop.rows(sql, [*values, wanted.limit, wanted.offset])], total


def _result(wanted: Search, hits: list[str], total: int) -> Answer:
    head: Mapping[str, Any] = {
        "limit": wanted.limit,
        "offset": wanted.offset,
        "total": total,
        "query": wanted.request["query"],
        **({"sorts": wanted.request["sorts"]} if "sorts" in wanted.request else {}),
    }
    return Answer(200, f'{json.dumps(head)[:-1]},"hits":[{",".join(hits)}]}}'.encode())


def catalogs(call: Call, organization: str, rest: list[str]) -> Answer:
    """GET …/catalogs and …/catalogs/{id}."""
    access.admin(call, organization, "sfcc.catalogs" if call.method == "GET" else "sfcc.catalogs.rw")
    if call.method != "GET" or len(rest) > 1:
        raise problem(405, "Method Not Allowed", "The resource does not know this method.")
    if rest:
        try:
            return Answer(200, text_of(call.shop.get("catalogs", rest[0])).encode())
        except KeyError:
            raise problem(404, "Catalog Not Found", f"There is no catalog {rest[0]}.", catalogId=rest[0]) from None
    limit, offset = number(call, "limit", 25, 1, 50), number(call, "offset", 0, 0)
    found = [*call.shop.all("catalogs")]
    page = found[offset : offset + limit]
    return Answer(200, text_of({"limit": limit, "offset": offset, "total": len(found), "data": page}).encode())


# -- customers ------------------------------------------------------------------------------------------------------------


def customers(call: Call, organization: str, rest: list[str]) -> Answer:
    """Everything below ``…/customer-lists``: the search, one customer and the addresses of one."""
    reads = call.method == "GET" or (call.method == "POST" and rest[1:] == ["customer-search"])
    access.admin(call, organization, "sfcc.customerlists" if reads else "sfcc.customerlists.rw")
    if not rest or not call.shop.has("customer_lists", rest[0]):
        name = rest[0] if rest else ""
        raise problem(404, "Customer List Not Found", f"There is no customer list {name}.", listId=name)
    if call.method == "POST" and rest[1:] == ["customer-search"]:
        return _customer_search(call, rest[0])
    if call.method != "GET" or rest[1:2] != ["customers"] or len(rest) not in {3, 4} or rest[3:] not in ([], ["addresses"]):
        raise problem(405, "Method Not Allowed", "The resource does not know this method.")
    try:
        found = call.shop.get("customers", rest[2], rest[0])
    except KeyError:
        raise problem(404, "Customer Not Found", f"There is no customer {rest[2]}.") from None
    return _addresses(call, found) if len(rest) == 4 else Answer(200, text_of(_shown(found)).encode())


def _shown(customer: Document) -> Document:
    """A customer as the API shows it: with the preferred address only."""
    shown = {key: value for key, value in customer.items() if key not in {"listId", "addresses", "password"}}
    addresses = customer.get("addresses", [])
    chosen = next((one for one in addresses if one.get("preferred")), None)
    return {**shown, "primaryAddress": _address(chosen)} if chosen else shown


def _address(address: Mapping[str, Any]) -> Document:
    return {key: value for key, value in address.items() if key != "preferred"}


def _customer_search(call: Call, list_id: str) -> Answer:
    wanted = understand(call, CUSTOMER_FIELDS)
    rows, total = _found(call, "customers", list_id, wanted)
    return _result(wanted, [text_of({"data": _shown(parsed(row)), "relevance": 1}) for row in rows], total)


def _addresses(call: Call, customer: Document) -> Answer:
    limit, offset = number(call, "limit", 10, 1, 200), number(call, "offset", 0, 0)
    found = [_address(one) for one in customer.get("addresses", [])]
    body: Document = {"limit": limit, "offset": offset, "total": len(found), "data": found[offset : offset + limit]}
    return Answer(200, text_of(body).encode())
