"""Checks the documents that a test or the demo merchant loads: every key and value must exist in our schema.

A document is plain JSON in the shape of the GraphQL type; a connection is a plain list of its nodes. What is not null in
the schema may be left out where the stand-in has a sensible answer (see :mod:`recon.sandbox.shopify.defaults`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from recon.errors import UsageError
from recon.sandbox.shopify.schema import NEWEST, FieldFacts, api_schema

ROOTS = {
    "customers": "Customer",
    "orders": "Order",
    "products": "Product",
    "locations": "Location",
    "inventory_items": "InventoryItem",
    "price_lists": "PriceList",
    "companies": "Company",
    "fulfillment_orders": "FulfillmentOrder",
    "events": "Event",
    "bulk_operations": "BulkOperation",
}
"""kind of document → GraphQL type"""

FINDABLE = frozenset({
    "LineItem", "Refund", "Return", "Fulfillment", "ProductVariant", "InventoryLevel", "CompanyLocation", "CompanyContact",
    "OrderTransaction", "ReturnLineItem", "FulfillmentLineItem", "ShippingLine", "Duty",
})  # fmt: skip
"""Types inside documents that are found by their id."""

NEEDED = {
    "Customer": ("id", "createdAt"),
    "Order": ("id", "createdAt", "name"),
    "LineItem": ("id", "title", "quantity", "originalUnitPriceSet"),
    "Refund": ("id",),
    "RefundLineItem": ("lineItem", "quantity", "restockType"),
    "OrderTransaction": ("id", "kind", "status", "amountSet"),
    "Fulfillment": ("id", "status"),
    "FulfillmentLineItem": ("id", "lineItem"),
    "FulfillmentOrder": ("id", "status", "orderId"),
    "FulfillmentOrderLineItem": ("id", "lineItem", "totalQuantity"),
    "Return": ("id", "status"),
    "Product": ("id", "title", "createdAt"),
    "ProductVariant": ("id", "price", "inventoryItem"),
    "InventoryItem": ("id",),
    "InventoryLevel": ("id", "location"),
    "Location": ("id", "name"),
    "PriceList": ("id", "name", "currency"),
    "PriceListPrice": ("variant", "price", "originType"),
    "Company": ("id", "name", "createdAt"),
    "CompanyLocation": ("id", "name"),
    "CompanyContact": ("id",),
    "BasicEvent": ("id", "action", "createdAt", "subjectId", "subjectType"),
    "CommentEvent": ("id", "action", "createdAt"),
    "PriceListAdjustment": ("type", "value"),
    "CustomerSmsMarketingConsent": ("state",),
    "FulfillmentEvent": ("status",),
    **dict.fromkeys(("OrderAgreement", "OrderEditAgreement", "RefundAgreement", "ReturnAgreement"), ("id", "reason", "happenedAt")),
    **dict.fromkeys(
        ("ProductSale", "GiftCardSale", "TipSale", "ShippingLineSale", "DutySale", "AdditionalFeeSale", "AdjustmentSale", "UnknownSale"),
        ("id", "actionType", "lineType"),
    ),
    "MoneyBag": ("shopMoney",),
    "MoneyV2": ("amount", "currencyCode"),
}
"""What a document of a type must hold; a lone ``{"id": …}`` is a reference and needs nothing more."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")

Found = list[tuple[str, str]]
_Check = Callable[[Any, str, Found], None]
_CHECKS: dict[str, _Check] = {}


def check_document(kind: str, document: dict[str, Any]) -> Found:
    """Check one document; returns (id, type) of everything in it that can be found by id.

    Raises UsageError naming the place for unknown keys, wrong values and missing keys.
    """
    if kind not in ROOTS:
        raise UsageError(f"The stand-in shop keeps no {kind}.", f"It keeps {', '.join(ROOTS)}.")
    found: Found = []
    _check_object(ROOTS[kind], document, kind, found)
    return found


def _check_object(declared: str, value: Any, path: str, found: Found) -> None:
    if not isinstance(value, dict):
        raise _wrong(path, f"is a {declared} and must be an object")
    try:
        name = api_schema(NEWEST).type_of(declared, value)
    except LookupError:
        kinds = ", ".join(api_schema(NEWEST).concrete(declared))
        raise _wrong(path, f"needs a __typename, one of {kinds}") from None
    check = _CHECKS.get(name)
    if check is None:
        check = _CHECKS[name] = _compile(name)
    check(value, path, found)


def _compile(name: str) -> _Check:
    fields = {key: _field_check(facts) for key, facts in api_schema(NEWEST).fields[name].items()}
    needed, findable = NEEDED.get(name, ()), name in FINDABLE

    def check(document: dict[str, Any], path: str, found: Found) -> None:
        for key, value in document.items():
            one = fields.get(key)
            if one is None:
                if key == "__typename":
                    continue
                raise _wrong(f"{path}.{key}", f"is not a field of {name} in the stand-in's schema")
            if value is not None:
                one(value, f"{path}.{key}", found)
        if len(document) > 1 or "id" not in document:
            for key in needed:
                if document.get(key) is None:
                    raise _wrong(f"{path}.{key}", f"is missing: a {name} needs it")
            if findable and "id" in document:
                found.append((document["id"], name))

    return check


def _field_check(facts: FieldFacts) -> _Check:
    one: _Check = _leaf_check(facts.target) if facts.leaf else _object_check(facts.target)
    depth = 1 if facts.connection else facts.depth
    return _list_check(one) if depth else one


def _object_check(target: str) -> _Check:
    return lambda value, path, found: _check_object(target, value, path, found)


def _list_check(one: _Check) -> _Check:
    def check(value: Any, path: str, found: Found) -> None:
        if not isinstance(value, list):
            raise _wrong(path, "must be a list")
        for item in value:
            one(item, path, found)

    return check


def _leaf_check(target: str) -> _Check:
    values = api_schema(NEWEST).enum(target)
    fits = _FITS.get(target) if values is None else (lambda value: isinstance(value, str) and value in values)

    def check(value: Any, path: str, found: Found) -> None:
        if fits is not None and not fits(value):
            raise _wrong(path, f"holds {value!r}, which is not a {target}")

    return check


_FITS: dict[str, Callable[[Any], bool]] = {
    "ID": lambda value: isinstance(value, str) and value.startswith("gid://shopify/"),
    "String": lambda value: isinstance(value, str),
    "URL": lambda value: isinstance(value, str),
    "FormattedString": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "DateTime": lambda value: isinstance(value, str) and _TIME.fullmatch(value) is not None,
    "Money": lambda value: isinstance(value, str) and _NUMBER.fullmatch(value) is not None,
    "Decimal": lambda value: isinstance(value, str) and _NUMBER.fullmatch(value) is not None,
    "UnsignedInt64": lambda value: isinstance(value, str) and value.isdigit(),
}


def _wrong(path: str, what: str) -> UsageError:
    return UsageError(
        f"The document cannot be loaded into the stand-in shop: {path} {what}.", "Use names of the Admin API's GraphQL schema."
    )


def number_of(gid: str) -> int:
    """The number at the end of a global id; ``gid://shopify/InventoryLevel/1?inventory_item_id=2`` counts as 1."""
    tail = gid.rsplit("/", 1)[-1].split("?", maxsplit=1)[0]
    return int(tail) if tail.isdigit() else 0
