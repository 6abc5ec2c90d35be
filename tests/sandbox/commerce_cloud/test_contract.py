"""The vendor's OpenAPI files judge what the stand-in answers, its XSDs what it exports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from recon.sandbox.commerce_cloud import Shop, impex, records
from recon.sandbox.merchant import commerce_cloud
from recon.sandbox.merchant.build import make_world

ORDERS, PRODUCTS = "scapi/orders-oas-1.5.2.yaml", "scapi/products-oas-1.2.0.yaml"
CATALOGS, CUSTOMERS = "scapi/catalogs-oas-1.0.46.yaml", "scapi/customers-oas-1.1.3.yaml"
OCAPI, RECORDS = "ocapi/data-api.json", "product_inventory_records"
LIST = "/organizations/{organizationId}"
PEOPLE = f"{LIST}/customer-lists/{{customerListId}}"

ANSWERS: list[tuple[str, str, str, str, str, Any]] = [
    (ORDERS, "get", f"{LIST}/orders", "checkout/orders", "orders?siteId=Nordhaus&limit=200", None),
    (ORDERS, "get", f"{LIST}/orders/{{orderNo}}", "checkout/orders", "orders/00000004?siteId=Nordhaus", None),
    (PRODUCTS, "post", f"{LIST}/product-search", "product/products", "product-search", {"query": {"matchAllQuery": {}}, "limit": 200}),
    (PRODUCTS, "get", f"{LIST}/products/{{productId}}", "product/products", "products/MUGS", None),
    (CATALOGS, "get", f"{LIST}/catalogs", "product/catalogs", "catalogs", None),
    (CATALOGS, "get", f"{LIST}/catalogs/{{catalogId}}", "product/catalogs", "catalogs/master", None),
    (CUSTOMERS, "post", f"{PEOPLE}/customer-search", "customer/customers", "customer-lists/Nordhaus/customer-search",
     {"query": {"textQuery": {"fields": ["firstName"], "searchPhrase": "ida"}}}),
    (CUSTOMERS, "get", f"{PEOPLE}/customers/{{customerNo}}", "customer/customers", "customer-lists/Nordhaus/customers/00000001", None),
    (CUSTOMERS, "get", f"{PEOPLE}/customers/{{customerNo}}/addresses", "customer/customers",
     "customer-lists/Nordhaus/customers/00000001/addresses", None),
]  # fmt: skip


def exactly(response: Any) -> Any:
    return json.loads(response.content, parse_float=Decimal)


@pytest.mark.parametrize(("name", "method", "template", "family", "path", "body"), ANSWERS)
def test_admin_answers_are_what_the_vendor_declares(
    ask: Any, contract: Callable[[str], Any], name: str, method: str, template: str, family: str, path: str, body: Any
) -> None:
    answer = ask.admin(family, path, method.upper(), json=body)
    assert answer.status_code == 200
    spec = contract(name)
    assert spec.wrong(spec.answer(method, template), exactly(answer)) == []


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/inventory_lists", "inventory_lists?select=(**)"),
        ("/inventory_lists", "inventory_lists"),
        ("/inventory_lists/{id}", "inventory_lists/inventory-eu"),
        (f"/inventory_lists/{{inventory_list_id}}/{RECORDS}", f"inventory_lists/inventory-eu/{RECORDS}?select=(**)"),
        ("/customer_lists/{list_id}", "customer_lists/Nordhaus"),
        ("/sites", "sites?select=(**)"),
    ],
)  # fmt: skip
def test_ocapi_answers_are_what_the_vendor_declares(ask: Any, contract: Callable[[str], Any], template: str, path: str) -> None:
    answer = ask.send("GET", f"/s/-/dw/data/v25_6/{path}")
    assert answer.status_code == 200
    spec = contract(OCAPI)
    assert spec.wrong(spec.answer("get", template), exactly(answer)) == []


def test_refusals_are_what_the_vendor_declares(ask: Any, contract: Callable[[str], Any]) -> None:
    spec = contract(ORDERS)
    for answer in (ask.orders(limit=0), ask.orders(siteId="none"), ask.admin("checkout/orders", "nothing")):
        assert spec.wrong({"$ref": "#/components/schemas/ErrorResponse"}, answer.json()) == []
    fault = ask.send("GET", "/s/-/dw/data/v25_6/inventory_lists?count=900").json()
    assert contract(OCAPI).wrong({"$ref": "#/components/schemas/fault"}, fault) == []


def test_the_check_finds_what_is_wrong(ask: Any, contract: Callable[[str], Any]) -> None:
    spec = contract(ORDERS)
    answer = exactly(ask.orders(limit=1))
    order = answer["data"][0]
    order |= {"orderTotal": "12.50", "status": "lost", "colour": "red", "c_mine": 1}
    del order["orderNo"]
    assert set(spec.wrong(spec.answer("get", f"{LIST}/orders"), answer)) == {
        "$.data[0].orderNo is missing", "$.data[0].orderTotal is no number", "$.data[0].status is 'lost'", "$.data[0].colour is unknown",
    }  # fmt: skip


def test_the_vendors_own_examples_pass_the_check(shared: Path, contract: Callable[[str], Any]) -> None:
    spec = contract(ORDERS)
    example = shared / "data" / "commerce_cloud" / "scapi_orders_admin" / "001_components__examples__OrdersGet.json"
    assert spec.wrong(spec.answer("get", f"{LIST}/orders"), json.loads(example.read_text(), parse_float=Decimal)) == []


def test_what_an_order_of_the_stand_in_adds_up_to(ask: Any) -> None:
    for order in exactly(ask.orders(limit=200))["data"]:
        added = 0 if order["taxation"] == "gross" else order["taxTotal"]
        assert order["orderTotal"] == order["productTotal"] + order["shippingTotal"] + added
        assert order["productTotal"] == sum(item["priceAfterOrderDiscount"] for item in order["productItems"])
        for item in order["productItems"]:
            assert item["grossPrice"] - item["netPrice"] == item["tax"]
            less = sum(entry["basePrice"] for entry in item.get("priceAdjustments", []))
            assert item["basePrice"] * item["quantity"] + less == item["priceAfterItemDiscount"]


# -- exports --------------------------------------------------------------------------------------------------------------

SCHEMAS = {"orders": "order", "customers": "customerlist2", "inventory": "inventory", "catalog": "catalog", "pricebooks": "pricebook"}


def problems(shared: Path, path: Path) -> Iterator[str]:
    """What the vendor's XSD says against a file."""
    name = SCHEMAS[path.name.partition(".")[0].partition("-")[0]]
    schema = etree.XMLSchema(etree.parse(shared / "contracts" / "commerce_cloud" / "xsd" / f"{name}.xsd"))
    schema.validate(etree.parse(path))
    for entry in schema.error_log:
        yield f"{path.name}:{entry.line} {entry.message}"


def test_exports_are_valid(shop: Shop, shared: Path) -> None:
    shop.update("orders", "00000003", {"status": "replaced", "cancelDescription": "a < b & c"}, owner="Nordhaus")
    paths = impex.export(shop)
    assert {path.name.partition(".")[0].partition("-")[0] for path in paths} == set(SCHEMAS)
    assert [problem for path in paths for problem in problems(shared, path)] == []


def test_the_schemas_find_what_is_wrong(shop: Shop, shared: Path) -> None:
    shop.update("orders", "00000003", {"status": "lost"}, owner="Nordhaus")
    path = next(path for path in impex.export(shop) if path.name.startswith("orders"))
    assert any("LOST" in problem for problem in problems(shared, path))


def test_exports_hold_what_the_apis_say(shop: Shop) -> None:
    text = {path.name.partition(".")[0]: etree.parse(path).getroot() for path in impex.export(shop)}
    spaces = {name: {"x": root.nsmap[None]} for name, root in text.items()}
    orders, where = text["orders-Nordhaus"], spaces["orders-Nordhaus"]
    assert len(orders) == 12, "unplaced orders are never exported"
    for node, order in zip(orders, shop.all("orders", "Nordhaus"), strict=False):
        assert node.get("order-no") == order["orderNo"]
        assert Decimal(node.findtext("x:totals/x:order-total/x:gross-price", "", where)) == order["orderTotal"]
        assert node.findtext("x:custom-attributes/x:custom-attribute", "", where) == "low"
    stock = text["inventory"].find("x:inventory-list/x:records/x:record", spaces["inventory"])
    assert (stock.get("product-id"), stock.findtext("x:allocation", "", spaces["inventory"])) == ("MUG-0", "100")
    people, where = text["customers-Nordhaus"], spaces["customers-Nordhaus"]
    assert people.findtext("x:customer/x:credentials/x:password", "", where) == impex.HASH, "exports carry hashes of passwords"


def test_the_merchant_is_valid_too(shared: Path, tmp_path: Path, contract: Callable[[str], Any]) -> None:
    now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    world = make_world(7, 120, now)
    commerce_cloud.shape(world)
    shop = Shop(tmp_path / "merchant", now=lambda: now)
    commerce_cloud.load(shop, world)
    assert [problem for path in impex.export(shop) for problem in problems(shared, path)] == []
    orders, products = contract(ORDERS), contract(PRODUCTS)
    for kind, spec, name in (("orders", orders, "Order"), ("products", products, "Product")):
        found = [*shop.all(kind)]
        assert found
        assert [problem for one in found for problem in spec.wrong({"$ref": f"#/components/schemas/{name}"}, one)] == []
    people, allowed = contract(CUSTOMERS), {"listId", "addresses"}
    shown = [{key: value for key, value in one.items() if key not in allowed} for one in shop.all("customers")]
    assert [problem for one in shown for problem in people.wrong({"$ref": "#/components/schemas/Customer"}, one)] == []
    shop.close()


def test_amounts_are_never_binary_fractions(shop: Shop) -> None:
    with pytest.raises(TypeError):
        shop.load("orders", [{**records.order("1", "Nordhaus", [], created=shop.now()), "orderTotal": 12.5}])
