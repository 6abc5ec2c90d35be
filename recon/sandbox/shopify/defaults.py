"""What the stand-in answers for keys that a document leaves out though the schema promises a value."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from recon.sandbox.shopify.schema import FieldFacts

Document = dict[str, Any]

CONSTANTS: dict[tuple[str, str], Any] = {
    ("Order", "displayFulfillmentStatus"): "UNFULFILLED",
    ("Order", "returnStatus"): "NO_RETURN",
    ("Order", "confirmed"): True,
    ("LineItem", "requiresShipping"): True,
    ("LineItem", "taxable"): True,
    ("LineItem", "restockable"): True,
    ("Customer", "state"): "DISABLED",
    ("Customer", "locale"): "en",
    ("CustomerEmailAddress", "marketingState"): "NOT_SUBSCRIBED",
    ("CustomerEmailAddress", "validFormat"): True,
    ("Product", "status"): "ACTIVE",
    ("Product", "tracksInventory"): True,
    ("ProductVariant", "inventoryPolicy"): "DENY",
    ("ProductVariant", "title"): "Default Title",
    ("ProductVariant", "taxable"): True,
    ("ProductVariant", "availableForSale"): True,
    ("InventoryItem", "tracked"): True,
    ("InventoryItem", "requiresShipping"): True,
    ("InventoryLevel", "isActive"): True,
    ("Location", "isActive"): True,
    ("Location", "hasActiveInventory"): True,
    ("Location", "fulfillsOnlineOrders"): True,
    ("Location", "shipsInventory"): True,
    ("Location", "address"): {},
    ("FulfillmentOrder", "requestStatus"): "UNSUBMITTED",
    ("FulfillmentOrder", "assignedLocation"): {},
    ("FulfillmentOrderAssignedLocation", "countryCode"): "ZZ",
    ("FulfillmentOrderLineItem", "requiresShipping"): True,
    ("Fulfillment", "requiresShipping"): True,
    ("AppCatalog", "status"): "ACTIVE",
    ("CompanyLocationCatalog", "status"): "ACTIVE",
    ("MarketCatalog", "status"): "ACTIVE",
    ("CompanyAddress", "countryCode"): "ZZ",
    ("BulkOperation", "type"): "QUERY",
    **{
        (f"{kind}Application", key): value
        for kind in ("AutomaticDiscount", "DiscountCode", "ManualDiscount", "ScriptDiscount")
        for key, value in (
            ("allocationMethod", "ACROSS"),
            ("targetSelection", "ALL"),
            ("targetType", "LINE_ITEM"),
            ("value", {"percentage": 0.0}),
        )
    },
}

SAME_AS: dict[tuple[str, str], tuple[str, ...]] = {
    ("Order", "presentmentCurrencyCode"): ("currencyCode",),
    ("Order", "totalPriceSet"): ("originalTotalPriceSet", "currentTotalPriceSet"),
    ("Order", "originalTotalPriceSet"): ("totalPriceSet", "currentTotalPriceSet"),
    ("Order", "currentTotalPriceSet"): ("totalPriceSet", "originalTotalPriceSet"),
    ("Order", "subtotalPriceSet"): ("currentSubtotalPriceSet",),
    ("Order", "currentSubtotalPriceSet"): ("subtotalPriceSet",),
    ("Order", "currentTotalTaxSet"): ("totalTaxSet",),
    ("Order", "currentTotalDiscountsSet"): ("totalDiscountsSet",),
    ("Order", "currentShippingPriceSet"): ("totalShippingPriceSet",),
    ("Order", "currentTaxLines"): ("taxLines",),
    ("LineItem", "name"): ("title",),
    ("LineItem", "currentQuantity"): ("quantity",),
    ("LineItem", "refundableQuantity"): ("currentQuantity", "quantity"),
    ("LineItem", "discountedUnitPriceSet"): ("originalUnitPriceSet",),
    ("LineItem", "discountedUnitPriceAfterAllDiscountsSet"): ("discountedUnitPriceSet", "originalUnitPriceSet"),
    ("LineItem", "discountedTotalSet"): ("originalTotalSet",),
    ("LineItem", "priceAfterAllDiscountsBeforeTaxesSet"): ("discountedTotalSet", "originalTotalSet"),
    ("ShippingLine", "discountedPriceSet"): ("originalPriceSet",),
    ("ShippingLine", "currentDiscountedPriceSet"): ("discountedPriceSet", "originalPriceSet"),
    ("MoneyBag", "presentmentMoney"): ("shopMoney",),
    ("Refund", "processedAt"): ("createdAt",),
    ("OrderTransaction", "createdAt"): ("processedAt",),
    ("FulfillmentOrderLineItem", "remainingQuantity"): ("totalQuantity",),
    ("ReturnLineItem", "refundableQuantity"): ("quantity",),
    ("Company", "customerSince"): ("createdAt",),
    ("ProductVariant", "displayName"): ("title",),
    ("ProductVariant", "sellableOnlineQuantity"): ("inventoryQuantity",),
    ("CompanyContact", "locale"): ("locale",),
}
"""(type, field) → fields of the same document that say the same unless told otherwise"""

_PLAIN: dict[str, Any] = {"Boolean": False, "Int": 0, "Float": 0.0, "String": "", "FormattedString": "", "UnsignedInt64": "0", "URL": ""}


def zero_bag(shop: str, presentment: str) -> Document:
    """A MoneyBag of nothing."""
    return {
        "shopMoney": {"amount": "0.0", "currencyCode": shop},
        "presentmentMoney": {"amount": "0.0", "currencyCode": presentment},
    }


def _names(document: Document) -> str:
    return " ".join(part for part in (document.get("firstName"), document.get("lastName")) if part)


def _email(document: Document) -> str:
    return str((document.get("defaultEmailAddress") or {}).get("emailAddress") or "")


def _slug(text: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in text.lower()).split())


def _sum(document: Document, key: str) -> int:
    return sum(int(item.get("quantity") or 0) for item in document.get(key) or ())


def _line_total(document: Document) -> Document:
    """Quantity times unit price, per side."""
    from decimal import Decimal

    bag, quantity = document["originalUnitPriceSet"], int(document["quantity"])
    return {
        side: {"amount": str(Decimal(bag[side]["amount"]) * quantity), "currencyCode": bag[side]["currencyCode"]}
        for side in ("shopMoney", "presentmentMoney")
        if side in bag
    }


COMPUTED: dict[tuple[str, str], Callable[[Document], Any]] = {
    ("Order", "closed"): lambda doc: doc.get("closedAt") is not None,
    ("Order", "number"): lambda doc: int("".join(c for c in doc.get("name", "") if c.isdigit()) or 0),
    ("LineItem", "originalTotalSet"): _line_total,
    ("Customer", "displayName"): lambda doc: _names(doc) or _email(doc),
    ("CustomerPhoneNumber", "marketingState"): lambda doc: (doc.get("smsMarketingConsent") or {}).get("state", "NOT_SUBSCRIBED"),
    ("CustomerPhoneNumber", "smsMarketingConsent"): lambda doc: {
        "state": doc.get("marketingState", "NOT_SUBSCRIBED"),
        "optInLevel": doc.get("marketingOptInLevel"),
        "updatedAt": doc.get("marketingUpdatedAt"),
        "collectedFrom": doc.get("marketingCollectedFrom"),
    },
    ("Product", "handle"): lambda doc: _slug(doc.get("title", "")),
    ("Product", "hasOnlyDefaultVariant"): lambda doc: len(doc.get("variants") or ()) <= 1,
    ("PriceList", "fixedPricesCount"): lambda doc: sum(price["originType"] == "FIXED" for price in doc.get("prices") or ()),
    ("Return", "totalQuantity"): lambda doc: _sum(doc, "returnLineItems"),
    ("Fulfillment", "totalQuantity"): lambda doc: _sum(doc, "fulfillmentLineItems"),
    ("Order", "subtotalLineItemsQuantity"): lambda doc: _sum(doc, "lineItems"),
}


def fallback(facts: FieldFacts, kind: str, document: Document, currencies: tuple[str, str], born: str) -> Any:
    """The answer for a missing key of an object of type ``kind``; ``born`` is the creation time of what it is part of."""
    place = (kind, facts.name)
    if place in CONSTANTS:
        return CONSTANTS[place]
    if place in COMPUTED:
        return COMPUTED[place](document)
    for name in SAME_AS.get(place, ()):
        if document.get(name) is not None:
            return document[name]
    if facts.connection or (facts.depth and facts.non_null):
        return []
    return _by_type(facts, document, currencies, born) if facts.non_null else None


def _by_type(facts: FieldFacts, document: Document, currencies: tuple[str, str], born: str) -> Any:
    if facts.target == "MoneyBag":
        return zero_bag(*currencies)
    if facts.target == "MoneyV2":
        return {"amount": "0.0", "currencyCode": currencies[0]}
    if facts.target == "Money":
        return "0.0"
    if facts.target == "CurrencyCode":
        return currencies[0]
    if facts.target == "DateTime":
        return document.get("updatedAt") or document.get("createdAt") or born
    if facts.target == "ID":
        return f"gid://shopify/{facts.owner}/{zlib.crc32(repr(sorted(document.items(), key=str)).encode())}"
    return _PLAIN.get(facts.target) if facts.leaf else {}
