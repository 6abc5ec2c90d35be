"""OCAPI Data: sites, inventory lists, their records, and customer lists, with the property selector.

Without ``select`` an entry of a list is only its id and a link. Pages hold 25 entries unless asked, 200 at most.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from recon.sandbox.commerce_cloud import access
from recon.sandbox.commerce_cloud.shop import Document, parsed, text_of
from recon.sandbox.commerce_cloud.web import OCAPI_VERSION, Answer, Call, fault

FRONT = "/s/-/dw/data/"
MOST = 200
_TOKEN = re.compile(r"\*\*|[(),.]|[A-Za-z_][A-Za-z0-9_]*")

Selector = dict[str, Any] | None
"""Keys to keep with what to keep of each; None keeps everything"""


def answer(call: Call) -> Answer:
    """Everything below ``/s/-/dw/data``."""
    version, _, path = call.path.removeprefix(FRONT).partition("/")
    if not re.fullmatch(r"v(1[789]|2[0-5])_\d+", version) or version > "v25_6":
        raise fault(404, "UnknownVersionException", "This API version is not known.")
    access.data(call)
    parts = path.split("/")
    if call.method != "GET":
        raise fault(403, "ClientAccessForbiddenException", "Access to this resource is not allowed for the client.")
    match parts:
        case ["sites"]:
            return _list(call, "sites", "", "id")
        case ["inventory_lists"]:
            return _list(call, "inventory_lists", "", "id")
        case ["inventory_lists", name]:
            return _one(call, "inventory_lists", name, "inventory_list", "InventoryListNotFoundException")
        case ["inventory_lists", name, "product_inventory_records"]:
            _known(call, "inventory_lists", name, "InventoryListNotFoundException")
            return _list(call, "inventory_records", name, "product_id")
        case ["customer_lists", name]:
            return _one(call, "customer_lists", name, "customer_list", "CustomerListNotFoundException")
    raise fault(404, "NotFoundException", "There is no such resource.")


_TYPES = {"sites": "site", "inventory_lists": "inventory_list", "inventory_records": "product_inventory_record"}
_RESULTS = {"sites": "sites", "inventory_lists": "inventory_lists", "inventory_records": "product_inventory_records"}


def _known(call: Call, kind: str, name: str, error: str) -> None:
    if not call.shop.has(kind, name):
        raise fault(404, error, "There is no such object.", {"id": name})


def _one(call: Call, kind: str, name: str, type_: str, error: str) -> Answer:
    _known(call, kind, name, error)
    return Answer(200, text_of({"_v": OCAPI_VERSION, "_type": type_, **call.shop.get(kind, name)}).encode())


def _number(call: Call, name: str, default: int, most: int | None) -> int:
    text = call.query.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or (most is not None and not 1 <= int(text) <= most):
        raise fault(400, "InvalidParameterException", f"The parameter {name} is not valid.", {"parameter": name})
    return int(text)


def _list(call: Call, kind: str, owner: str, key: str) -> Answer:
    start, count = _number(call, "start", 0, None), _number(call, "count", 25, MOST)
    where = "from docs where kind = ? and owner = ?"
    total = int(call.shop.rows(f"select count(*) {where}", [kind, owner])[0][0])
    rows = call.shop.rows(f"select doc {where} order by key limit ? offset ?", [kind, owner, count, start])
    selector = select(call.query["select"]) if "select" in call.query else {"data": {key: None, "link": None}}
    base = f"https://{call.header('host')}{call.path}"
    data = [
        {"_type": _TYPES[kind], **record, "link": f"{base}/{quote(str(record[key]), safe='')}"}
        for record in (parsed(row[0]) for row in rows)
    ]
    page: Document = {"count": len(data), "data": data, "start": start, "total": total}
    if start + len(data) < total:
        page["next"] = f"{base}?start={start + count}&count={count}"
    if start:
        page["previous"] = f"{base}?start={max(0, start - count)}&count={count}"
    # NOTE: the page's own keys come whatever was selected; the selector is about its entries
    inner = selector if selector is None else selector.get("data")
    page["data"] = [kept(entry, inner) for entry in data]
    if "select" in call.query:
        page["select"] = call.query["select"]
    return Answer(200, text_of({"_v": OCAPI_VERSION, "_type": _RESULTS[kind], **page}).encode())


def kept(record: Any, selector: Selector) -> Any:
    """What a selector leaves of a record; its type always stays."""
    if selector is None:
        return record
    if isinstance(record, list):
        return [kept(entry, selector) for entry in record]
    if not isinstance(record, dict):
        return record
    return {key: kept(value, selector.get(key)) for key, value in record.items() if key in selector or key.startswith("_")}


def select(text: str) -> Selector:
    """Read a property selector such as ``(**)`` or ``(data.(id,allocation.(**)))``; 400 for one that is malformed."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text or not tokens:
        raise _malformed(text)
    found, rest = _group(text, tokens)
    if rest:
        raise _malformed(text)
    return found


def _malformed(text: str) -> Exception:
    return fault(400, "MalformedSelectorException", "The property selector is malformed.", {"selector": text})


def _group(text: str, tokens: list[str]) -> tuple[Selector, list[str]]:
    if tokens[:1] != ["("]:
        raise _malformed(text)
    tokens, found, everything = tokens[1:], {}, False
    while True:
        if not tokens or tokens[0] in {"(", ")", ",", "."}:
            raise _malformed(text)
        name, tokens, inner = tokens[0], tokens[1:], None
        if tokens[:1] == ["."]:
            inner, tokens = _group(text, tokens[1:])
        everything = everything or name == "**"
        found[name] = inner
        if tokens[:1] == [")"]:
            return None if everything else found, tokens[1:]
        if tokens[:1] != [","]:
            raise _malformed(text)
        tokens = tokens[1:]
