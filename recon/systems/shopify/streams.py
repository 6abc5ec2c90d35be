"""What is read from a shop, in which way, and with which scopes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from recon.systems.base import Stream
from recon.systems.shopify.documents import Operation, Path, only

ORDERS_DAYS = 60
"""Without ``read_all_orders`` Shopify simply leaves older orders out of every answer."""

ALL_ORDERS = "read_all_orders"


@dataclass(frozen=True)
class Walk:
    """An order in which a list can be walked and taken up again: sort key, filter and the field both speak of."""

    sort: str
    filter: str
    field: str


BY_ID = Walk("ID", "id", "id")
BY_CHANGE = Walk("UPDATED_AT", "updated_at", "updatedAt")
BY_CREATION = Walk("CREATED_AT", "created_at", "createdAt")


@dataclass(frozen=True)
class Reading:
    """How one stream is read.

    ``scopes``: of each group one scope is needed. ``field_scopes``: fields that need more; without it they are left out and named as
    unreadable. ``essential``: fields without which the stream is worth nothing. ``search``: a filter that always holds. ``sizes``: how
    many of each nested connection come with a page. ``counts``: which count of a parent speaks of which children. ``count``: the operation
    of counts.graphql that counts the roots; ``count_filter``: it takes a filter. ``whole_days``: the vendor's change filter compares days,
    so one day more is asked for. ``window``: limited to 60 days without the scope for older orders.
    """

    stream: Stream
    document: str
    page: int
    scopes: tuple[frozenset[str], ...]
    full: Walk | None = BY_ID
    changes: Walk | None = BY_CHANGE
    sizes: Mapping[Path, int] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    count: str = ""
    count_filter: bool = True
    search: str = ""
    field_scopes: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    essential: frozenset[Path] = frozenset()
    bulk: bool = True
    whole_days: bool = False
    window: bool = False

    def operation(self, version: str) -> Operation:
        """The stream's document for an API version."""
        return only(self.document, version)

    def missing(self, granted: Collection[str]) -> list[str]:
        """One scope of each group that is not granted."""
        return [sorted(group)[-1] if len(group) > 1 else next(iter(group)) for group in self.scopes if not group & set(granted)]

    def left_out(self, granted: Collection[str]) -> dict[Path, str]:
        """Fields that these scopes do not open, and why."""
        return {
            path: f"the app lacks the scope {' or '.join(sorted(group))}"
            for path, group in self.field_scopes.items()
            if not group & set(granted)
        }


def _any(*scopes: str) -> frozenset[str]:
    return frozenset(scopes)


_ORDERS = _any("read_orders")
_PLACES = _any("read_locations", "read_inventory")
_FULFILLMENTS = _any("read_merchant_managed_fulfillment_orders", "read_third_party_fulfillment_orders", "read_assigned_fulfillment_orders")
FULFILLMENT_PARTS = ("read_merchant_managed_fulfillment_orders", "read_third_party_fulfillment_orders")
"""Each opens only its own part of the fulfilment orders, without an error for the rest."""

_ADDRESS = ("name", "address1", "address2", "zip", "phone")

SHOP = Stream("shop", (), "shop", "Shop", has_delta=False)

READINGS: tuple[Reading, ...] = (
    Reading(
        Stream(
            "customers",
            ("customers",),
            "customers",
            "Customers",
            personal=(
                "firstName",
                "lastName",
                "defaultEmailAddress.emailAddress",
                "defaultPhoneNumber.phoneNumber",
                *(f"addressesV2.{name}" for name in ("firstName", "lastName", *_ADDRESS)),
            ),
        ),
        "customers",
        page=100,
        scopes=(_any("read_customers"),),
        sizes={("addressesV2",): 5},
        count="customers",
        whole_days=True,
    ),
    Reading(
        Stream(
            "orders",
            ("orders", "order_lines", "payments"),
            "orders",
            "Orders with lines, shipping, transactions and heads of refunds",
            personal=("email", "phone", *(f"{kind}.{name}" for kind in ("billingAddress", "shippingAddress") for name in _ADDRESS)),
        ),
        "orders",
        page=25,
        scopes=(_ORDERS,),
        sizes={("lineItems",): 20, ("shippingLines",): 3},
        essential=frozenset({("lineItems",)}),
        counts={"transactionsCount": "transactions", "fulfillmentsCount": "fulfillments"},
        count="orders",
        field_scopes={
            ("customer",): _any("read_customers"),
            ("purchasingEntity",): _any("read_customers", "read_companies"),
            ("retailLocation",): _PLACES,
            ("fulfillments", "location"): _PLACES,
            ("lineItems", "product"): _any("read_products"),
            ("lineItems", "variant"): _any("read_products"),
        },
        window=True,
    ),
    Reading(
        Stream("refunds", ("refunds", "refund_lines"), "orders", "Refunds with lines, shipping, adjustments and transactions"),
        "refund_heads",
        page=250,
        scopes=(_ORDERS,),
        sizes={
            ("refunds", "refundLineItems"): 20,
            ("refunds", "refundShippingLines"): 3,
            ("refunds", "orderAdjustments"): 3,
            ("refunds", "transactions"): 5,
        },
        essential=frozenset({("refunds",), ("refunds", "refundLineItems"), ("refunds", "transactions")}),
        field_scopes={("refunds", "return"): _any("read_returns"), ("refunds", "refundLineItems", "location"): _PLACES},
        window=True,
    ),
    Reading(
        Stream("returns", ("returns", "return_lines"), "orders", "Returns and exchanges"),
        "returns",
        page=25,
        scopes=(_ORDERS, _any("read_returns")),
        sizes={("returns",): 3, ("returns", "returnLineItems"): 10, ("returns", "exchangeLineItems"): 5},
        search="NOT return_status:no_return",
        count="orders",
        essential=frozenset({("returns",)}),
        window=True,
    ),
    Reading(
        Stream("fulfillments", ("fulfillments", "fulfillment_lines"), "fulfillmentOrders", "Fulfilment orders and shipments"),
        "fulfillments",
        page=25,
        scopes=(_ORDERS, _FULFILLMENTS),
        essential=frozenset({("fulfillments",)}),
        sizes={("lineItems",): 10, ("fulfillments",): 3, ("fulfillments", "fulfillmentLineItems"): 10},
        field_scopes={("assignedLocation", "location"): _PLACES, ("fulfillments", "location"): _PLACES},
        window=True,
    ),
    Reading(
        Stream("products", ("products", "prices"), "products", "Products with variants"),
        "products",
        page=25,
        scopes=(_any("read_products"),),
        sizes={("variants",): 50},
        essential=frozenset({("variants",)}),
        counts={"variantsCount": "ProductVariant"},
        count="products",
    ),
    Reading(
        Stream("inventory", ("inventory_levels",), "inventoryItems", "Stock by location", has_delta=False),
        "inventory",
        page=50,
        scopes=(_any("read_inventory"),),
        full=None,
        changes=None,
        sizes={("variants",): 2, ("inventoryLevels",): 10},
        essential=frozenset({("inventoryLevels",)}),
        field_scopes={("variants",): _any("read_products")},
    ),
    Reading(
        Stream("locations", ("locations",), "locations", "Locations", has_delta=False),
        "locations",
        page=100,
        scopes=(_any("read_locations"),),
        changes=None,
        count="locations",
        bulk=False,
    ),
    Reading(
        Stream("price_lists", ("prices",), "priceLists", "Price lists", has_delta=False),
        "price_lists",
        page=10,
        scopes=(_any("read_products"),),
        full=None,
        changes=None,
        sizes={("prices",): 50},
        counts={"fixedPricesCount": "PriceListPrice:FIXED"},
        essential=frozenset({("prices",)}),
    ),
    Reading(
        Stream(
            "companies",
            ("companies",),
            "companies",
            "Companies with locations and contacts",
            personal=("locations.phone", "locations.billingAddress.address1", "locations.shippingAddress.address1"),
        ),
        "companies",
        page=25,
        scopes=(_any("read_customers", "read_companies"),),
        sizes={("locations",): 10, ("contacts",): 10},
        counts={"locationsCount": "CompanyLocation", "contactsCount": "CompanyContact"},
        count="companies",
        count_filter=False,
        field_scopes={("contacts", "customer"): _any("read_customers")},
    ),
    Reading(
        Stream("deletions", ("deletions",), "events", "What was deleted"),
        "deletions",
        page=250,
        scopes=(),
        full=BY_CREATION,
        changes=BY_CREATION,
        search="action:destroy",
        bulk=False,
    ),
)

BY_NAME: Mapping[str, Reading] = {reading.stream.name: reading for reading in READINGS}

WANTED_SCOPES: Mapping[str, str] = {
    "read_orders": "orders, lines, payments and refunds",
    ALL_ORDERS: f"orders older than {ORDERS_DAYS} days",
    "read_customers": "customers, their consent, and who bought",
    "read_products": "products, prices and which product an order line sold",
    "read_inventory": "stock",
    "read_locations": "locations",
    "read_returns": "returns and exchanges",
    "read_merchant_managed_fulfillment_orders": "shipments from the merchant's own locations",
    "read_third_party_fulfillment_orders": "shipments from fulfilment services",
}
"""Scope → what is lost without it."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "customers.firstName": ("customers.first_name",),
    "customers.lastName": ("customers.last_name",),
    "customers.defaultEmailAddress": ("customers.email", "customers.email_consent", "customers.state"),
    "customers.defaultEmailAddress.emailAddress": ("customers.email",),
    "customers.defaultPhoneNumber": ("customers.phone", "customers.sms_consent", "customers.state"),
    "customers.defaultPhoneNumber.phoneNumber": ("customers.phone",),
    "customers.addressesV2": ("customers.address1", "customers.address2", "customers.city", "customers.postal_code", "customers.country"),
    "customers.addressesV2.address1": ("customers.address1",),
    "customers.addressesV2.address2": ("customers.address2",),
    "customers.addressesV2.zip": ("customers.postal_code",),
    "orders.email": ("orders.email",),
    "orders.customer": ("orders.customer_id",),
    "orders.transactions": ("orders.authorized", "orders.gift_card"),
    "orders.transactions.authorizationExpiresAt": ("payments.expires_at",),
    "orders.lineItems.product": ("order_lines.product_id",),
    "orders.lineItems.variant": ("order_lines.variant_id",),
    "inventory.variants": ("inventory_levels.variant_id",),
    "fulfillments.fulfillments.location": ("fulfillments.location_id",),
}
"""Stream and field as the vendor has it → canonical table and column that become unknown when access is denied."""


UNTOLD: Mapping[str, Mapping[str, str]] = {
    "companies": {"companies.price_list": "It hangs on the catalogues of a company's locations, which are not read."},
}
"""Stream → canonical column that Shopify's answers never hold → why."""


def unreadable(stream: str, denied: Mapping[Path, str]) -> dict[str, str]:
    """Reasons by canonical column, or by the vendor's path where no column stands for the field."""
    result: dict[str, str] = {}
    for path, why in sorted(denied.items()):
        name = ".".join((stream, *path))
        for column in COLUMNS.get(name, (name,)):
            result[column] = why
    return result


def search_text(*terms: str) -> str:
    """Filters that all must hold."""
    return " AND ".join(filter(None, terms))


def since_term(walk: Walk, value: str) -> str:
    """From a value on, itself included. Times must be in quotes: without, Shopify splits them at the colons."""
    return f"{walk.filter}:>={value}" if walk.filter == "id" else f"{walk.filter}:>='{value}'"
