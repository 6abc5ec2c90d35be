"""The root lists of the Admin API: which kind of record each shows, how it sorts, and which filters it knows."""

from __future__ import annotations

from dataclasses import dataclass, field

from recon.sandbox.shopify.search import Filter


def _text(*names: str) -> dict[str, Filter]:
    return {name: Filter("text", name) for name in names}


def _words(name: str, *accepted: str) -> dict[str, Filter]:
    return {name: Filter("text", name, frozenset(accepted))}


_ID = {"id": Filter("id", "num")}
_CREATED = {"created_at": Filter("time", "created_at")}
_UPDATED = {"updated_at": Filter("time", "updated_at")}

_FINANCIAL = ("authorized", "expired", "paid", "partially_paid", "partially_refunded", "pending", "refunded", "voided", "unpaid")
_FULFILLMENT = (
    "unshipped", "shipped", "fulfilled", "partial", "partially_fulfilled", "scheduled", "on_hold", "unfulfilled", "request_declined",
    "in_progress", "open", "pending_fulfillment", "restocked", "fulfillment_not_required",
)  # fmt: skip
_RETURN = ("return_requested", "in_progress", "inspection_complete", "returned", "return_failed", "no_return")

_ORDERS = {
    **_ID, **_CREATED, **_UPDATED,
    "processed_at": Filter("time", "processed_at"),
    **_text("name", "email", "confirmation_number", "po_number", "source_name", "source_identifier", "tag", "tag_not", "discount_code",
            "sku", "gateway"),
    **_words("financial_status", *_FINANCIAL),
    **_words("fulfillment_status", *_FULFILLMENT),
    **_words("return_status", *_RETURN),
    **_words("status", "open", "closed", "cancelled", "not_closed"),
    "test": Filter("boolean", "test"),
    "customer_id": Filter("id", "customer_id"),
    "location_id": Filter("id", "location_id"),
    "current_total_price": Filter("number", "current_total_price"),
}  # fmt: skip

_PRODUCTS = {
    **_ID, **_CREATED, **_UPDATED,
    **_text("title", "handle", "vendor", "product_type", "tag", "tag_not", "sku", "barcode"),
    **_words("status", "active", "archived", "draft", "unlisted"),
    "gift_card": Filter("boolean", "gift_card"),
    "variant_id": Filter("id", "variant_id"),
}  # fmt: skip

_CUSTOMERS = {
    **_ID,
    # documented to match by whole day; the creation filter has another name than everywhere else
    "updated_at": Filter("day", "updated_at"),
    "customer_date": Filter("time", "created_at"),
    **_text("email", "phone", "first_name", "last_name", "country", "tag", "tag_not"),
    **_words("state", "enabled", "invited", "disabled", "declined"),
    "accepts_marketing": Filter("boolean", "accepts_marketing"),
    "orders_count": Filter("number", "orders_count"),
}

_LOCATIONS = {**_ID, **_CREATED, **_text("name", "active", "address1", "address2", "city", "country", "province", "zip")}
_EVENTS = {**_ID, **_CREATED, **_text("action", "subject_type")}
_FULFILLMENT_ORDERS = {**_ID, **_UPDATED, **_text("status"), "assigned_location_id": Filter("id", "assigned_location_id")}
_BULK = {
    **_ID, **_CREATED,
    **_words("status", "canceled", "canceling", "completed", "created", "failed", "running"),
    **_words("operation_type", "query", "mutation"),
}  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """One root list. ``words`` says whether plain words are searched, ``sort`` the sort key used without one."""

    kind: str
    filters: dict[str, Filter] = field(default_factory=dict)
    words: bool = True
    sort: str = "ID"
    strict_times: bool = False


LISTS: dict[str, Listing] = {
    "orders": Listing("orders", _ORDERS, sort="PROCESSED_AT"),
    "customers": Listing("customers", _CUSTOMERS),
    "products": Listing("products", _PRODUCTS),
    "productVariants": Listing(
        "product_variants", {**_ID, **_UPDATED, **_text("title", "sku", "barcode"), "taxable": Filter("boolean", "taxable")}
    ),
    "inventoryItems": Listing("inventory_items", {**_ID, **_CREATED, **_UPDATED, **_text("sku")}, words=False),
    "locations": Listing("locations", _LOCATIONS, sort="NAME"),
    "priceLists": Listing("price_lists"),
    "companies": Listing("companies", {**_ID, **_CREATED, **_UPDATED, **_text("name", "external_id")}),
    "companyLocations": Listing("company_locations", {**_ID, **_CREATED, **_UPDATED, **_text("name", "external_id")}),
    "fulfillmentOrders": Listing("fulfillment_orders", _FULFILLMENT_ORDERS),
    "events": Listing("events", _EVENTS, words=False),
    "collections": Listing("collections", {**_ID, **_UPDATED, **_text("title", "handle")}),
    "bulkOperations": Listing("bulk_operations", _BULK, words=False, sort="CREATED_AT", strict_times=True),
}

COUNTS: dict[str, Listing] = {
    "ordersCount": LISTS["orders"],
    # of customers a count knows these three only, and counts everybody for anything else
    "customersCount": Listing("customers", {**_ID, **_CREATED, "updated_at": Filter("day", "updated_at")}, words=False),
    "productsCount": LISTS["products"],
    "productVariantsCount": LISTS["productVariants"],
    "locationsCount": LISTS["locations"],
    "companiesCount": LISTS["companies"],
    "eventsCount": LISTS["events"],
}

SORT_SQL = {
    "ID": "idx.num",
    "CREATED_AT": "idx.created_at",
    "UPDATED_AT": "idx.updated_at",
    "PROCESSED_AT": "idx.processed_at",
    "NAME": "coalesce(json_extract(idx.facets, '$.name'), '')",
    "TITLE": "coalesce(json_extract(idx.facets, '$.title'), '')",
}
