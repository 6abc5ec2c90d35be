"""What the store's search index knows of each kind of record: the values that filters of a list compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Facets = dict[str, Any]

_FULFILLMENT_WORDS = {
    "FULFILLED": ["fulfilled", "shipped"],
    "UNFULFILLED": ["unfulfilled", "unshipped"],
    "PARTIALLY_FULFILLED": ["partial", "partially_fulfilled"],
}


def times_of(document: Document) -> tuple[str | None, str | None, str | None]:
    """Creation, change and processing time as the index orders them."""
    created = document.get("createdAt")
    return created, document.get("updatedAt") or created, document.get("processedAt") or created


def facets_of(kind: str, document: Document) -> Facets:
    """The filterable values of a document; text is lower case because filters ignore case."""
    make = _MAKERS.get(kind)
    if make is None:
        return {}
    return {name: value for name, value in make(document).items() if value is not None and value != []}


def _low(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) else None


def _lows(values: Any) -> list[str]:
    return [value.lower() for value in values or () if isinstance(value, str)]


def _number(gid: Any) -> str | None:
    return gid.rsplit("/", 1)[-1].split("?")[0] if isinstance(gid, str) else None


def _id_of(document: Document, key: str) -> str | None:
    return _number((document.get(key) or {}).get("id"))


def _amount(bag: Any) -> float | None:
    # an index over money is a float at the vendor's too; nothing reads money from here
    return float(bag["shopMoney"]["amount"]) if bag else None


def _order(doc: Document) -> Facets:
    status = "cancelled" if doc.get("cancelledAt") else "closed" if doc.get("closedAt") else "open"
    fulfillment = str(doc.get("displayFulfillmentStatus") or "UNFULFILLED")
    return {
        "name": _low(doc.get("name")),
        "email": _low(doc.get("email")),
        "confirmation_number": _low(doc.get("confirmationNumber")),
        "po_number": _low(doc.get("poNumber")),
        "source_name": _low(doc.get("sourceName")),
        "source_identifier": _low(doc.get("sourceIdentifier")),
        "financial_status": _low(doc.get("displayFinancialStatus")),
        "fulfillment_status": _FULFILLMENT_WORDS.get(fulfillment, fulfillment.lower()),
        "return_status": _low(doc.get("returnStatus") or "NO_RETURN"),
        "status": [status] if status == "closed" else [status, "not_closed"],
        "test": bool(doc.get("test")),
        "tag": _lows(doc.get("tags")),
        "discount_code": _lows(doc.get("discountCodes")),
        "customer_id": _id_of(doc, "customer"),
        "location_id": _id_of(doc, "retailLocation"),
        "sku": _lows(line.get("sku") for line in doc.get("lineItems") or ()),
        "gateway": sorted(set(_lows(transaction.get("gateway") for transaction in doc.get("transactions") or ()))),
        "current_total_price": _amount(doc.get("currentTotalPriceSet") or doc.get("totalPriceSet")),
        "default": _lows([doc.get("name"), doc.get("email"), *(doc.get("tags") or ())]),
    }


def _customer(doc: Document) -> Facets:
    email = _low((doc.get("defaultEmailAddress") or {}).get("emailAddress"))
    phone = _low((doc.get("defaultPhoneNumber") or {}).get("phoneNumber"))
    consent = (doc.get("defaultEmailAddress") or {}).get("marketingState")
    return {
        "email": email,
        "phone": phone,
        "first_name": _low(doc.get("firstName")),
        "last_name": _low(doc.get("lastName")),
        "name": f"{_low(doc.get('lastName')) or ''} {_low(doc.get('firstName')) or ''}".strip(),
        "state": _low(doc.get("state") or "DISABLED"),
        "tag": _lows(doc.get("tags")),
        "country": _lows(address.get("country") for address in doc.get("addressesV2") or ()),
        "accepts_marketing": consent == "SUBSCRIBED",
        "orders_count": int(doc.get("numberOfOrders") or 0),
        "default": _lows([email, phone, doc.get("firstName"), doc.get("lastName")]),
    }


def _product(doc: Document) -> Facets:
    variants = doc.get("variants") or ()
    return {
        "title": _low(doc.get("title")),
        "name": _low(doc.get("title")),
        "handle": _low(doc.get("handle")),
        "vendor": _low(doc.get("vendor")),
        "product_type": _low(doc.get("productType")),
        "status": _low(doc.get("status") or "ACTIVE"),
        "tag": _lows(doc.get("tags")),
        "gift_card": bool(doc.get("isGiftCard")),
        "sku": _lows(variant.get("sku") for variant in variants),
        "barcode": _lows(variant.get("barcode") for variant in variants),
        "variant_id": [_number(variant["id"]) for variant in variants],
        "default": _lows([doc.get("title"), doc.get("vendor"), *(variant.get("sku") for variant in variants)]),
    }


def _variant(doc: Document) -> Facets:
    return {
        "title": _low(doc.get("title")),
        "name": _low(doc.get("displayName") or doc.get("title")),
        "sku": _low(doc.get("sku")),
        "barcode": _low(doc.get("barcode")),
        "taxable": doc.get("taxable", True),
        "default": _lows([doc.get("title"), doc.get("sku")]),
    }


def _inventory_item(doc: Document) -> Facets:
    return {"sku": _low(doc.get("sku"))}


def _location(doc: Document) -> Facets:
    address = doc.get("address") or {}
    return {
        "name": _low(doc.get("name")),
        "active": "false" if doc.get("isActive") is False else "true",
        "legacy": bool(doc.get("isFulfillmentService")),
        **{key: _low(address.get(key)) for key in ("address1", "address2", "city", "country", "province", "zip")},
        "default": _lows([doc.get("name")]),
    }


def _named(doc: Document) -> Facets:
    return {"name": _low(doc.get("name")), "external_id": _low(doc.get("externalId")), "default": _lows([doc.get("name")])}


def _fulfillment_order(doc: Document) -> Facets:
    location = (doc.get("assignedLocation") or {}).get("location") or {}
    return {"status": _low(doc.get("status")), "assigned_location_id": _number(location.get("id"))}


def _event(doc: Document) -> Facets:
    return {"action": _low(doc.get("action")), "subject_type": _low(doc.get("subjectType"))}


def _bulk_operation(doc: Document) -> Facets:
    return {"status": _low(doc.get("status")), "operation_type": _low(doc.get("type") or "QUERY")}


_MAKERS: dict[str, Callable[[Document], Facets]] = {
    "orders": _order,
    "customers": _customer,
    "products": _product,
    "product_variants": _variant,
    "inventory_items": _inventory_item,
    "locations": _location,
    "companies": _named,
    "company_locations": _named,
    "price_lists": _named,
    "fulfillment_orders": _fulfillment_order,
    "events": _event,
    "bulk_operations": _bulk_operation,
}
