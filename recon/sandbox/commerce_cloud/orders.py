"""The Admin API Orders v1: a list without a total that ends at 10,000, one site per call, newest first unless asked otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from recon.sandbox.commerce_cloud import access
from recon.sandbox.commerce_cloud.shop import stamp, text_of
from recon.sandbox.commerce_cloud.web import Answer, Call, number, problem

WINDOW = 10_000
"""offset and limit together may not pass this (vendor's specification)"""
LISTED = ("new", "completed", "cancelled")
"""The statuses that can be asked for"""
UNPLACED = ("created", "failed")
"""Never in the list"""

_SETS = {
    "exportStatus": ("exportStatus", ("not_exported", "exported", "ready", "failed"), 3),
    "paymentStatus": ("paymentStatus", ("not_paid", "part_paid", "paid"), 3),
    "shippingStatus": ("shippingStatus", ("not_shipped", "part_shipped", "shipped"), 3),
    "confirmationStatus": ("confirmationStatus", ("confirmed", "not_confirmed"), 1),
    "status": ("status", LISTED, 2),
}
"""parameter → (key in the index, what may be asked, how many at once)"""
_TIMES = {
    "creationDateFrom": "creationDate >= ?",
    "creationDateTo": "creationDate < ?",
    "lastModifiedDateFrom": "lastModified >= ?",
    "lastModifiedDateTo": "lastModified < ?",
}
_SORTS = {"creation_date": "creationDate", "last_modified_date": "lastModified"}
_CHANGES = {
    "status": ("status", ("created", "new", "completed", "cancelled", "failed")),
    "export-status": _SETS["exportStatus"][:2],
    "payment-status": _SETS["paymentStatus"][:2],
    "shipping-status": _SETS["shippingStatus"][:2],
    "confirmation-status": _SETS["confirmationStatus"][:2],
}
"""What a client that may write can set: path → (key, values)"""


def answer(call: Call, organization: str, rest: list[str]) -> Answer:
    """Everything below ``…/orders``."""
    access.admin(call, organization, "sfcc.orders" if call.method == "GET" else "sfcc.orders.rw")
    site = _site(call)
    if call.method == "GET" and not rest:
        return Answer(200, _list(call, site))
    if call.method == "GET" and len(rest) == 1:
        return Answer(200, _one(call, site, rest[0]).encode())
    if call.method == "PUT" and len(rest) == 2 and rest[1] in _CHANGES:
        return _change(call, site, *rest)
    raise problem(405, "Method Not Allowed", "The resource does not know this method.")


def _site(call: Call) -> str:
    site = call.query.get("siteId")
    if not site:
        raise problem(400, "Bad Request", "The required parameter 'siteId' is missing.", parameter="siteId")
    if not call.shop.has("sites", site):
        raise problem(404, "Site Not Found", "There is no such site.", siteId=site)
    return site


def _list(call: Call, site: str) -> bytes:
    limit, offset = number(call, "limit", 100, 1, 200), number(call, "offset", 0, 0)
    if offset + limit > WINDOW:
        raise problem(400, "Bad Request", "Offset and limit together reach beyond 10,000.")
    where, values = _filters(call)
    sort = _chosen(call, "sortBy", _SORTS, "creation_date")
    direction = _chosen(call, "sortOrder", {"asc": "asc", "desc": "desc"}, "desc")
    call.shop.bring_index_up()
    rows = call.shop.rows(
        "select d.doc from order_index as i join docs as d on d.kind = 'orders' and d.owner = i.owner and d.key = i.key "
        f"where i.owner = ? and {where} order by i.{sort} {direction}, i.key {direction} limit ? offset ?",
        [site, *values, limit, offset],
    )
    if call.fault("hidden") is not None:
        rows = rows[:-1]
    return f'{{"data":[{",".join(row[0] for row in rows)}]}}'.encode()


def _chosen(call: Call, name: str, known: dict[str, str], default: str) -> str:
    try:
        return known[call.query.get(name, default)]
    except KeyError:
        raise problem(400, "Bad Request", f"The parameter '{name}' has an unknown value.", parameter=name) from None


def _filters(call: Call) -> tuple[str, list[Any]]:
    terms, values = [f"i.status not in ({', '.join('?' * len(UNPLACED))})"], list(UNPLACED)
    for name, (key, allowed, most) in _SETS.items():
        wanted = call.query[name].split(",") if name in call.query else []
        if len(wanted) > most or any(one not in allowed for one in wanted):
            raise problem(400, "Bad Request", f"The parameter '{name}' has unknown values or too many.", parameter=name)
        if wanted:
            terms.append(f"i.{key} in ({', '.join('?' * len(wanted))})")
            values += wanted
    if "externalStatus" in call.query:
        terms.append("i.externalOrderStatus = ?")
        values.append(call.query["externalStatus"])
    for name, term in _TIMES.items():
        if name in call.query:
            terms.append(f"i.{term}")
            values.append(_time(name, call.query[name]))
    return " and ".join(terms), values


def _time(name: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise problem(400, "Bad Request", f"The parameter '{name}' must be a date-time.", parameter=name)
    return stamp(moment)


def _one(call: Call, site: str, order_no: str) -> str:
    try:
        return text_of(call.shop.get("orders", order_no, site))
    except KeyError:
        raise problem(404, "Order Not Found", f"There is no order {order_no}.", orderNo=order_no) from None


def _change(call: Call, site: str, order_no: str, what: str) -> Answer:
    _one(call, site, order_no)
    key, allowed = _CHANGES[what]
    value = call.document().get("status")
    if value not in allowed:
        raise problem(400, "Bad Request", "The request body has an unknown status.")
    call.shop.update("orders", order_no, {key: value}, owner=site)
    return Answer(204)
