"""Which Salesforce object and field holds what.

A mapping is data: canonical table → objects → canonical column (or role) → field. Presets for known integrations lie in
``presets/*.toml``; recon.toml overrides them key by key. Nothing is ever chosen silently: a detector
proposes (:mod:`recon.systems.salesforce.detect`), a person writes.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

ROLES: dict[str, tuple[str, ...]] = {
    "orders": (
        "external_id",
        "number",
        "store",
        "customer_id",
        "contact_id",
        "email",
        "status",
        "payment_status",
        "fulfillment_status",
        "currency",
        "presentment_currency",
        "subtotal",
        "discount",
        "shipping",
        "tax",
        "duties",
        "tip",
        "gift_card",
        "rounding",
        "total",
        "current_total",
        "refunded",
        "is_test",
        "channel",
        "gateway",
        "country",
        "ship_street",
        "ship_city",
        "ship_postal_code",
        "ship_country",
        "bill_street",
        "bill_city",
        "bill_postal_code",
        "bill_country",
        "placed_at",
        "placed_date",
        "cancelled_at",
        "edited_at",
        "last_synced_at",
        "original_order_id",
        "summary_id",
        "note",
    ),
    "order_lines": (
        "external_id",
        "order_id",
        "line_no",
        "sku",
        "product_id",
        "title",
        "quantity",
        "unit_price",
        "discount",
        "tax",
        "total",
        "currency",
    ),
    "customers": (
        "external_id",
        "store",
        "email",
        "phone",
        "first_name",
        "last_name",
        "birth_date",
        "company",
        "address1",
        "address2",
        "city",
        "region",
        "postal_code",
        "country",
        "account_id",
        "email_opt_out",
        "email_consent",
        "sms_consent",
        "consent_at",
        "orders_count",
        "total_spent",
        "currency",
        "is_person_account",
        "merged_into",
        "note",
    ),
    "products": ("external_id", "product_id", "sku", "barcode", "title", "product_type", "status", "is_active"),
    "prices": (
        "price_list",
        "store",
        "product_id",
        "amount",
        "currency",
        "min_quantity",
        "company_id",
        "is_negotiated",
        "valid_from",
        "valid_to",
        "is_active",
    ),
    "locations": ("external_id", "name", "code", "is_active"),
    "inventory_levels": ("store", "product_id", "sku", "location_id", "on_hand", "available", "committed", "safety_stock"),
    "refunds": ("external_id", "order_id", "amount", "tax", "currency", "reason", "created_at"),
    "fulfillments": ("external_id", "order_id", "status", "tracking_number", "carrier", "location_id", "quantity", "shipped_at"),
    "fulfillment_lines": ("external_id", "fulfillment_id", "line_id", "quantity"),
    "returns": ("external_id", "order_id", "status", "is_exchange", "total_quantity", "created_at", "closed_at"),
    "companies": ("external_id", "name", "price_list", "credit_limit", "currency", "status"),
    "subscriptions": ("external_id", "customer_id", "status", "next_billing_at", "interval", "amount", "currency"),
    "write_errors": ("message", "target_id", "target_type", "store", "occurred_at", "is_resolved"),
}
"""Roles that a field can play for each canonical table. Staging reads roles, never field names."""


_SALESFORCE_ONLY = frozenset({"contact_id", "summary_id", "is_person_account", "note"})

_ORG_ONLY = frozenset({"write_errors"})
"""Canonical tables that only Salesforce fills: where the integration leaves what went wrong."""

_MORE: dict[str, tuple[str, ...]] = {
    "orders": ("authorized", "presentment_total", "tax_included", "is_guest", "is_edited", "closed_at", "created_by"),
    "order_lines": (
        "variant_id", "current_quantity", "fulfilled_quantity", "refunded_quantity", "tax_included", "is_gift_card", "parent_line_id",
    ),
    "customers": ("state", "is_guest"),
    "products": ("variant_title", "is_tracked", "is_gift_card"),
    "prices": ("sku", "compare_at"),
    "inventory_levels": ("incoming",),
    "refunds": ("money_moved",),
    "fulfillments": ("delivered_at",),
}  # fmt: skip

TABLE_KINDS = ("files", "database")
"""Platforms without a vendor's model: recon.toml says which column of a file or of a SELECT plays which role. They share one staging."""

TABLE_ROLES: dict[str, tuple[str, ...]] = {
    table: tuple(
        dict.fromkeys(
            (
                *(role for role in roles if role not in _SALESFORCE_ONLY),
                *_MORE.get(table, ()),
                *("created_at", "updated_at", "deleted_at", "is_deleted"),
            )
        )
    )
    for table, roles in ROLES.items()
    if table not in _ORG_ONLY
} | {
    "payments": (
        "order_id", "kind", "status", "gateway", "amount", "currency", "is_test", "parent_id", "processed_at", "expires_at",
        "is_deleted",
    ),
    "returns": (
        "external_id", "order_id", "status", "is_exchange", "total_quantity", "created_at", "closed_at", "deleted_at", "is_deleted",
    ),
    "return_lines": ("return_id", "line_id", "quantity", "direction", "is_deleted"),
    "refund_lines": ("refund_id", "line_id", "quantity", "amount", "tax", "currency", "restock_type", "is_deleted"),
    "fulfillment_lines": ("fulfillment_id", "line_id", "quantity", "is_deleted"),
}  # fmt: skip
"""Roles of such systems: those of Salesforce's mapping, what the canonical model holds besides, and its other tables."""


class ObjectMapping(BaseModel):
    """One Salesforce object that holds rows of one canonical table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: str
    kind: str | None = None
    """for customers: contact, person_account or account"""
    fields: dict[str, str] = Field(default_factory=dict)
    """role → field; a field may go through one relationship, as in ``Product2.StockKeepingUnit``"""
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    """role → value in Salesforce → canonical value, such as ``status.Activated = "open"``"""
    external_ids: dict[str, str] = Field(default_factory=dict)
    """system name in recon.toml → field that holds that system's id, where several shops write into one org; shops without one share
    the role ``external_id``"""
    stores: dict[str, str] = Field(default_factory=dict)
    """value of the store role → system name in recon.toml, where several shops write into one org; a blank one is every shop's"""
    where_field: str | None = None
    """only rows in which this field has one of ``where_values`` belong to the table (a record type, a channel)"""
    where_values: tuple[str, ...] = ()


GENERIC_ID = "external_id"
"""Key of the shared id in a record's ``external_ids``; every other key is the name of a system."""


def roles_of(kind: str) -> dict[str, tuple[str, ...]]:
    """Canonical table → roles that the mapping of a system of this kind knows."""
    return TABLE_ROLES if kind in TABLE_KINDS else ROLES


def id_fields(entry: ObjectMapping) -> dict[str, str]:
    """Key in ``external_ids`` → field, the shared id first."""
    shared = {GENERIC_ID: entry.fields[GENERIC_ID]} if GENERIC_ID in entry.fields else {}
    return {**shared, **entry.external_ids}


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _as_names(value: Any) -> Any:
    return {key: [one] if isinstance(one, str) else one for key, one in value.items()} if isinstance(value, dict) else value


ObjectMappings = Annotated[list[ObjectMapping], BeforeValidator(_as_list)]


class Mapping(BaseModel):
    """The whole mapping of one org."""

    model_config = ConfigDict(extra="forbid")

    preset: str | None = None
    orders: ObjectMappings = Field(default_factory=list)
    order_lines: ObjectMappings = Field(default_factory=list)
    customers: ObjectMappings = Field(default_factory=list)
    products: ObjectMappings = Field(default_factory=list)
    prices: ObjectMappings = Field(default_factory=list)
    locations: ObjectMappings = Field(default_factory=list)
    inventory_levels: ObjectMappings = Field(default_factory=list)
    refunds: ObjectMappings = Field(default_factory=list)
    fulfillments: ObjectMappings = Field(default_factory=list)
    companies: ObjectMappings = Field(default_factory=list)
    subscriptions: ObjectMappings = Field(default_factory=list)
    fulfillment_lines: ObjectMappings = Field(default_factory=list)
    returns: ObjectMappings = Field(default_factory=list)
    write_errors: ObjectMappings = Field(default_factory=list)
    """error fields of records (``message``), and objects whose records are faults about others (``target_id``)"""
    writers: Annotated[dict[str, list[str]], BeforeValidator(_as_names)] = Field(default_factory=dict)
    """user of the org, by name or id → systems in whose name it writes, ``shop`` for every shop; all others are people and flows"""


class TableMapping(Mapping):
    """The whole mapping of a system of files or of a database, which may fill every canonical table."""

    payments: ObjectMappings = Field(default_factory=list)
    return_lines: ObjectMappings = Field(default_factory=list)
    refund_lines: ObjectMappings = Field(default_factory=list)


def model_of(kind: str) -> type[Mapping]:
    """The mapping's model for a system of this kind."""
    return TableMapping if kind in TABLE_KINDS else Mapping
