"""Orders as V2 answers them: links to their parts, or the parts themselves where they are asked for."""

from __future__ import annotations

from typing import Any

from recon.sandbox.bigcommerce.store import Document, Store

STATUSES = (
    "Incomplete", "Pending", "Shipped", "Partially Shipped", "Refunded", "Cancelled", "Declined", "Awaiting Payment", "Awaiting Pickup",
    "Awaiting Shipment", "Completed", "Awaiting Fulfillment", "Manual Verification Required", "Disputed", "Partially Refunded",
)  # fmt: skip
"""Names by id; a store may show others, which is why only the id says anything."""

_PARTS = ("products", "shipping_addresses", "coupons")


def shown(store: Store, document: Document, include: frozenset[str], base: str) -> Document:
    """An order with links, and with what ``include`` names."""
    number = document["id"]
    order = {key: value for key, value in document.items() if key not in {*_PARTS, "fees"}}

    def link(part: str) -> Document:
        return {"url": f"{base}/v2/orders/{number}/{part}", "resource": f"/orders/{number}/{part}"}

    order.update({part: link(part) for part in _PARTS})
    order["fees"] = list(document.get("fees") or ()) if "fees" in include else link("fees")
    order["consignments"] = link("consignments")
    if include & {"consignments", "consignments.line_items"}:
        order["consignments"] = consignments(store, document, link, lines="consignments.line_items" in include)
    return order


def consignments(store: Store, document: Document, link: Any, *, lines: bool) -> Document:
    """Lines by the way in which they reach the buyer. A list inside an order is cut where a page would end."""
    products = list(document.get("products") or ())

    def items(chosen: list[Document]) -> list[Document]:
        return chosen[: store.lines_embedded] if lines else [link(f"products/{line['id']}") for line in chosen]

    shipping = [
        {**address, "line_items": items([line for line in products if line.get("order_address_id") == address["id"]])}
        for address in document.get("shipping_addresses") or ()
    ]
    digital = [line for line in products if line.get("type") == "digital"]
    certificates = [line for line in products if line.get("type") == "giftcertificate"]
    email = document.get("billing_address", {}).get("email", "")
    return {
        "pickups": [],
        "shipping": shipping,
        "downloads": [{"recipient_email": email, "line_items": items(digital)}] if digital else [],
        "email": {"gift_certificates": [{"recipient_email": email, "line_items": items(certificates)}] if certificates else []},
    }


def counts(store: Store, where: str, values: list[Any]) -> Document:
    """GET /v2/orders/count."""
    found = dict(
        store.rows(f"select json_extract(doc, '$.status_id'), count(*) from records where kind = 'orders' and ({where}) group by 1", values)
    )
    statuses = [
        {"id": number, "name": name, "system_label": name, "custom_label": name, "system_description": name, "count": found.get(number, 0),
         "sort_order": number}
        for number, name in enumerate(STATUSES)
    ]  # fmt: skip
    return {"statuses": statuses, "count": sum(found.values())}
