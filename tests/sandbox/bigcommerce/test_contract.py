"""The vendor's OpenAPI files judge what the stand-in answers, what recon asks, and which fields it reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from recon.config.settings import Limits
from recon.sandbox.bigcommerce import Store
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs
from recon.systems.base import Context, Window
from recon.systems.bigcommerce import Settings, open_system

PATHS = [
    "/v2/store", "/v2/time", "/v2/orders/count", "/v2/orders", "/v2/orders?include=consignments&consignment_structure=object",
    "/v2/orders?include=consignments.line_items,fees&consignment_structure=object", "/v2/orders/101", "/v2/orders/101/products",
    "/v2/orders/101/shipments", "/v3/orders/payment_actions/refunds", "/v3/orders/101/transactions", "/v3/customers",
    "/v3/customers?include=addresses", "/v3/customers/addresses?customer_id:in=4", "/v3/customers/subscribers",
    "/v3/catalog/products?include=variants",
    "/v3/catalog/products/20/variants", "/v3/inventory/items", "/v3/inventory/locations", "/v3/pricelists",
    "/v3/pricelists/3/records?include=bulk_pricing_tiers,sku", "/v3/channels",
]  # fmt: skip

UNDECLARED = {"is_deleted"}
"""What the vendor's connectors use although the file does not declare it"""


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_what_the_vendor_declares(ask: Callable[..., Any], spec_of: Callable[[str], Any], path: str) -> None:
    status, _, body = ask(path)
    assert status == 200
    spec, inner = spec_of(path.partition("?")[0])
    answer = spec.follow(spec.operation(inner)["responses"]["200"])
    assert spec.wrong(answer["content"]["application/json"]["schema"], json.loads(body)) == []


def test_the_check_finds_what_is_wrong(ask: Callable[..., Any], spec_of: Callable[[str], Any]) -> None:
    spec, inner = spec_of("/v2/orders")
    schema = spec.follow(spec.operation(inner)["responses"]["200"])["content"]["application/json"]["schema"]
    orders = json.loads(ask("/v2/orders")[2])
    orders[0]["id"], orders[0]["total_inc_tax"] = "101", 12.5
    assert set(spec.wrong(schema, orders)) == {"$[0].id is no integer", "$[0].total_inc_tax is no string"}


def test_what_recon_asks_is_what_the_vendor_takes(
    store: Store, served: Server, certs: Certs, spec_of: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BC_TOKEN", "bc-token-0123456789abcdef")
    store.change("orders", 101, items_shipped=2)
    settings = Settings(
        store=store.hash, token="env:BC_TOKEN", url=served.url, ca_bundle=certs.ca_file, per_order=("shipments", "transactions")
    )  # fmt: skip
    reader = open_system(settings, Context(name="shop", now=store.now, sleep=store.skip, limits=Limits()))
    for since in (None, store.now().replace(day=1)):
        for stream in reader.streams():
            window = Window(since, store.now())
            last: Any = None
            for chunk in reader.read(stream, window, None):
                last = (list(chunk.lines), chunk.state)
            reader.prove(stream, window, 1, last[1])
            reader.estimate(stream, window)
    list(reader.checks())
    reader.close()
    asked = [json.loads(line) for line in (store.folder / "requests.jsonl").read_text().splitlines()]
    paths = {entry["path"].removeprefix(f"/stores/{store.hash}") for entry in asked}
    assert {"/v2/orders/101/products", "/v3/customers/addresses", "/v2/orders/101/shipments", "/v3/pricelists/3/records"} <= paths
    for entry in asked:
        spec, inner = spec_of(entry["path"].removeprefix(f"/stores/{store.hash}"))
        known = {one["name"]: one["schema"] for one in map(spec.follow, spec.operation(inner)["parameters"]) if one["in"] == "query"}
        for name, value in parse_qsl(entry["query"]):
            assert name in known or name in UNDECLARED, (inner, name)
            schema = spec.follow(known.get(name, {}))
            kind = schema.get("type")
            single = value.partition(":")[0] if inner == "/orders" and name == "sort" else value
            typed: Any = int(value) if kind in {"integer", "number"} else value.split(",") if kind == "array" else single
            if kind == "array" and spec.follow(schema.get("items", {})).get("type") == "integer":
                typed = [int(part) for part in typed]
            assert spec.wrong(schema, typed, name) == []


READ = {
    "/v2/orders": (
        "id customer_id date_created date_modified date_shipped status_id status payment_status payment_method is_deleted "
        "is_tax_inclusive_pricing subtotal_ex_tax subtotal_inc_tax shipping_cost_ex_tax shipping_cost_inc_tax handling_cost_ex_tax "
        "handling_cost_inc_tax wrapping_cost_ex_tax wrapping_cost_inc_tax total_inc_tax total_tax discount_amount coupon_discount "
        "gift_certificate_amount store_credit_amount currency_code currency_exchange_rate default_currency_code "
        "store_default_currency_code items_total items_shipped channel_id order_source external_source external_id external_order_id "
        "external_merchant_id billing_address.email billing_address.country_iso2 fees.[].cost_ex_tax fees.[].cost_inc_tax "
        "consignments.shipping.[].country_iso2 consignments.shipping.[].line_items.[].id consignments.pickups.[].line_items.[].id "
        "consignments.downloads.[].line_items.[].id consignments.email.gift_certificates.[].line_items.[].id"
    ),
    "/v2/orders/101/products": (
        "id product_id variant_id name sku type price_ex_tax price_inc_tax total_ex_tax total_inc_tax total_tax quantity quantity_shipped "
        "quantity_refunded parent_order_product_id external_id applied_discounts.[].amount"
    ),
    "/v2/orders/101/shipments": (
        "id order_id date_created tracking_number tracking_carrier shipping_provider shipping_method "
        "items.[].order_product_id items.[].quantity"
    ),
    "/v3/orders/payment_actions/refunds": (
        "id order_id created reason total_amount total_tax items.[].item_type items.[].item_id items.[].quantity "
        "items.[].requested_amount payments.[].id payments.[].provider_id payments.[].amount payments.[].offline payments.[].is_declined"
    ),
    "/v3/orders/101/transactions": "id date_created order_id event method amount currency gateway status test reference_transaction_id",
    "/v3/customers": (
        "id date_created date_modified email first_name last_name company phone customer_group_id origin_channel_id channel_ids "
        "address_count addresses.[].id addresses.[].postal_code addresses.[].country_code addresses.[].state_or_province"
    ),
    "/v3/customers/addresses": "id customer_id company address1 address2 city state_or_province postal_code country country_code phone",
    "/v3/customers/subscribers": "id email channel_id consents date_modified",
    "/v3/catalog/products": (
        "id name type sku upc price retail_price sale_price is_visible availability inventory_tracking base_variant_id "
        "date_created date_modified"
    ),
    "/v3/catalog/products/20/variants": "id sku upc price retail_price sale_price purchasing_disabled option_values.[].label",
    "/v3/inventory/items": (
        "identity.sku identity.variant_id identity.product_id locations.[].location_id locations.[].location_code "
        "locations.[].location_enabled locations.[].available_to_sell locations.[].total_inventory_onhand "
        "locations.[].settings.safety_stock"
    ),
    "/v3/inventory/locations": "id code label enabled updated_at",
    "/v3/pricelists": "id name active date_modified",
    "/v3/pricelists/3/records": (
        "price_list_id variant_id sku currency price retail_price sale_price date_modified bulk_pricing_tiers.[].quantity_min "
        "bulk_pricing_tiers.[].type bulk_pricing_tiers.[].amount"
    ),
    "/v3/channels": "id name type platform status date_modified",
}  # fmt: skip


@pytest.mark.parametrize("path", READ)
def test_every_field_that_is_read_is_known_to_the_vendor(spec_of: Callable[[str], Any], path: str) -> None:
    spec, inner = spec_of(path)
    schema = spec.follow(spec.operation(inner)["responses"]["200"])["content"]["application/json"]["schema"]
    above = "[]." if path.startswith("/v2/") else "data.[]."
    assert [field for field in READ[path].split() if not spec.known(schema, above + field)] == []


def test_the_vendors_own_examples_pass_the_check(spec_of: Callable[[str], Any]) -> None:
    for path in ("/v2/orders", "/v3/orders/payment_actions/refunds", "/v3/pricelists", "/v3/inventory/items"):
        spec, inner = spec_of(path)
        content = spec.follow(spec.operation(inner)["responses"]["200"])["content"]["application/json"]
        for example in (content.get("examples") or {}).values():
            assert spec.wrong(content["schema"], spec.follow(example)["value"]) == []
