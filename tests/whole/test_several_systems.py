"""Two shops of one kind, an ERP and one org, from files to the verdict: nothing crosses over, and the owner is who is compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recon.audit.result import AuditResult
from recon.audit.run import audit
from recon.config.settings import Settings

SHOP = {
    "orders": ["number", "email", "status", "currency", "total", "customer_id"],
    "customers": ["email"],
    "products": ["sku", "status"],
    "prices": ["product_id", "amount", "currency"],
    "locations": ["name"],
    "inventory_levels": ["product_id", "location_id", "on_hand"],
}
OLD = "2026-11-01T10:00:00Z"


def rows(table: str, *values: tuple[Any, ...], columns: list[str]) -> list[dict[str, Any]]:
    return [{"Id": row[0], "CreatedDate": OLD, "LastModifiedDate": OLD, **dict(zip(columns, row[1:], strict=True))} for row in values]


def tables(name: str, side: str = "shop", **content: list[tuple[Any, ...]]) -> dict[str, Any]:
    """A system of flat files; every table has the columns of ``SHOP``."""
    mapping = {table: [{"object": table, "fields": {role: role for role in SHOP[table]}}] for table in content}
    streams = {table: rows(table, *values, columns=SHOP[table]) for table, values in content.items()}
    return {"name": name, "kind": "files", "side": side, "currency": "EUR", "title": name.title(), "mapping": mapping, "streams": streams}


def shop(name: str, *, email: str, stock: str = "7", price: str = "12.00", total: str = "12.00") -> dict[str, Any]:
    """A shop that counts from 1: its ids and numbers are those of every other one."""
    return tables(
        name,
        orders=[("1001", "1001", email, "open", "EUR", total, "1")],
        customers=[("1", email)],
        products=[("1", "TEE-M", "active")],
        prices=[("1", "1", price, "EUR")],
        locations=[("1", "Main store")],
        inventory_levels=[("1", "1", "1", stock)],
    )


def erp(stock: str = "7", price: str = "12.00", **without: Any) -> dict[str, Any]:
    content = {
        "products": [("A-1", "TEE-M", "active")],
        "prices": [("P1", "A-1", price, "EUR")],
        "locations": [("W", "Main-Store")],
        "inventory_levels": [("S1", "A-1", "W", stock)],
    }
    return tables("erp", "erp", **{table: values for table, values in content.items() if table not in without})


def org(*, total: str = "12.00", stock: str = "7", price: str = "12.00", email: str = "ada@x.example", own: bool = True) -> dict[str, Any]:
    """Both shops' orders, one customer of both, one product of all; with ``own`` each shop has fields of its own."""
    ids = {"magento": "Magento_Id__c", "woo": "Woo_Id__c"}
    common = {"Id": None, "IsDeleted": "false", "CreatedDate": OLD, "LastModifiedDate": OLD, "SystemModstamp": OLD}

    def flat(identity: str, magento: str | None, woo: str | None, **fields: str) -> dict[str, Any]:
        return {**common, "Id": identity, "Magento_Id__c": magento, "Woo_Id__c": woo, **fields}

    def mapped(kind: str, **fields: str) -> list[dict[str, Any]]:
        return [{"object": kind, "fields": fields, **({"external_ids": ids} if own else {})}]

    orders = [
        flat("801000000000001AAA", "1001", None, Number__c="1001", Email__c="ada@x.example", Status="Activated", Total__c=total),
        flat("801000000000002AAA", None, "1001", Number__c="1001", Email__c="ada@x.example", Status="Activated", Total__c="12.00"),
    ]
    for order in orders:
        order["AccountId"] = "001000000000001AAA"
    plain = {key: value for key, value in common.items() if key != "Id"}
    return {
        "name": "salesforce",
        "kind": "salesforce",
        "side": "salesforce",
        "currency": "EUR",
        "mapping": {
            "orders": mapped("Order", number="Number__c", email="Email__c", status="Status", total="Total__c", customer_id="AccountId"),
            "customers": mapped("Account", email="Email__c"),
            "products": mapped("Product2", sku="Sku__c", is_active="IsActive"),
            "prices": [
                {
                    "object": "PricebookEntry",
                    "fields": {"price_list": "Book__c", "product_id": "Product2Id", "amount": "UnitPrice"},
                    "values": {"price_list": {"Standard": "default"}},
                }
            ],
            "locations": mapped("Location", name="Name"),
            "inventory_levels": [
                {"object": "ProductItem", "fields": {"product_id": "Product2Id", "location_id": "LocationId", "on_hand": "QuantityOnHand"}}
            ],
        },
        "streams": {
            "order": orders,
            "account": [flat("001000000000001AAA", "1", "1", Email__c=email)],
            "product2": [flat("01t000000000001AAA", "1", "1", Sku__c="TEE-M", IsActive="true")],
            "pricebookentry": [
                {"Id": "01u000000000001AAA", **plain, "Book__c": "Standard", "Product2Id": "01t000000000001AAA", "UnitPrice": price}
            ],
            "location": [flat("131000000000001AAA", "1", "1", Name="Main store")],
            "productitem": [
                {
                    "Id": "1Bs000000000001AAA",
                    **plain,
                    "Product2Id": "01t000000000001AAA",
                    "LocationId": "131000000000001AAA",
                    "QuantityOnHand": stock,
                }
            ],
        },
    }


Judge = Callable[..., AuditResult]

ASKED = (
    "order.missing_in_salesforce", "order.missing_in_shop", "order.unlinked", "order.duplicate_in_salesforce", "order.total_drift",
    "order.customer_mismatch", "customer.missing_in_salesforce", "customer.duplicate_in_salesforce", "customer.email_drift",
    "product.missing_in_salesforce", "price.drift", "price.shop_drift", "inventory.quantity_drift", "inventory.shop_drift",
    "integrity.missing_external_id",
)  # fmt: skip


@pytest.fixture
def judge(tmp_path: Path, write_snapshot: Callable[..., Path]) -> Judge:
    """Audit a snapshot written by hand; ``ownership`` stands in its manifest."""

    def run(*systems: dict[str, Any], ownership: dict[str, list[str]] | None = None) -> AuditResult:
        folder = write_snapshot(tmp_path / f"s{len(list(tmp_path.iterdir()))}", *systems, ownership=ownership)
        return audit(Settings(path=tmp_path / "recon.toml"), folder)

    return run


def found(result: AuditResult) -> list[tuple[str, str, str | None, str | None, str | None]]:
    return [(f.rule, f.system, f.record_id, f.salesforce_id, f.owning_system) for f in result.findings if f.rule in ASKED]


def states(result: AuditResult) -> dict[str, str]:
    return {rule.id: rule.state for rule in result.rules if rule.id in ASKED}


BOTH = (shop("magento", email="ada@x.example"), shop("woo", email="ada@x.example"))


def test_shops_with_the_same_ids_numbers_and_addresses_are_clean_and_never_cross(judge: Judge) -> None:
    result = judge(*BOTH, org())
    assert found(result) == []
    wanted = dict.fromkeys(ASKED, "clean") | {"inventory.shop_drift": "not_applicable", "price.shop_drift": "not_applicable"}
    assert states(result) == wanted
    rates = {(rate.entity, rate.shop_system): (rate.compared, rate.unmatched_shop, rate.unmatched_salesforce) for rate in result.match}
    assert rates == {(table, name): (1, 0, 0) for table in ("customers", "locations", "orders", "products") for name in ("magento", "woo")}


def test_a_difference_is_found_at_the_shop_whose_order_it_is(judge: Judge) -> None:
    result = judge(*BOTH, org(total="15.00"))
    assert found(result) == [("order.total_drift", "magento", "1001", "801000000000001AAA", "magento")]
    assert result.findings[0].message == "Order 1001 totals 12.00 EUR in Magento and 15.00 EUR in Salesforce."


def test_what_is_only_in_salesforce_counts_for_the_shop_that_it_names(judge: Judge) -> None:
    lost = shop("woo", email="ada@x.example")
    lost["streams"]["orders"] = [dict(lost["streams"]["orders"][0], Id="2002", number="2002", email="eve@x.example")]
    result = judge(BOTH[0], lost, org())
    assert ("order.missing_in_shop", "salesforce", None, "801000000000002AAA", None) in found(result)
    only = {rate.shop_system: rate.unmatched_salesforce for rate in result.match if rate.entity == "orders"}
    assert only == {"magento": 0, "woo": 1}


def test_one_shared_field_without_a_store_is_told_apart_or_ambiguous(judge: Judge) -> None:
    shared = org(own=False)
    for order in shared["streams"]["order"]:
        order["Shop_Id__c"] = "1001"
    shared["mapping"]["orders"][0]["fields"]["external_id"] = "Shop_Id__c"
    other = shop("woo", email="bob@x.example", total="99.00")
    shared["streams"]["order"][1] |= {"Email__c": "bob@x.example", "Total__c": "99.00"}
    result = judge(BOTH[0], other, shared)
    assert [f for f in found(result) if f[0].startswith("order.") and f[0] != "order.customer_mismatch"] == []


def test_an_erp_that_owns_stock_and_prices_is_compared_with_salesforce_and_the_shops_with_it(judge: Judge) -> None:
    systems = (
        shop("magento", email="ada@x.example", stock="9"),
        shop("woo", email="ada@x.example", price="11.00"),
        erp(),
        org(stock="6", price="10.00"),
    )
    result = judge(*systems, ownership={"stock": ["erp"], "prices": ["erp"]})
    assert found(result) == [
        ("inventory.quantity_drift", "erp", "S1", "1Bs000000000001AAA", "erp"),
        ("inventory.shop_drift", "magento", "1", None, "erp"),
        ("price.drift", "erp", "A-1", "01u000000000001AAA", "erp"),
        ("price.shop_drift", "woo", "1", None, "erp"),
    ]


def test_without_a_word_about_it_an_erp_is_compared_with_nothing(judge: Judge) -> None:
    assert found(judge(*BOTH, erp(stock="1", price="1.00"), org())) == []


def test_an_erp_without_a_table_of_products_is_matched_by_the_sku_of_its_stock(judge: Judge) -> None:
    bare = erp(products=True)
    for table in ("prices", "inventory_levels"):
        bare["mapping"][table][0]["fields"]["sku"] = "sku"
        for row in bare["streams"][table]:
            del row["product_id"]
            row["sku"] = "tee-m"
        del bare["mapping"][table][0]["fields"]["product_id"]
    result = judge(*BOTH, bare, org(stock="6"), ownership={"stock": ["erp"]})
    assert found(result) == [("inventory.quantity_drift", "erp", "S1", "1Bs000000000001AAA", "erp")]


def test_where_salesforce_owns_customers_the_comparison_stays_and_the_finding_says_so(judge: Judge) -> None:
    result = judge(*BOTH, org(email="new@x.example"), ownership={"accounts": ["salesforce"]})
    assert found(result) == [
        ("customer.email_drift", "magento", "1", "001000000000001AAA", "salesforce"),
        ("customer.email_drift", "woo", "1", "001000000000001AAA", "salesforce"),
    ]


def test_an_owner_that_does_not_hold_the_table_gives_no_verdict(judge: Judge) -> None:
    result = judge(*BOTH, erp(inventory_levels=True), org(), ownership={"inventory": ["erp"]})
    rules = {rule.id: rule for rule in result.rules}
    for rule_id in ("inventory.quantity_drift", "inventory.shop_drift"):
        assert rules[rule_id].state == "not_run"
        assert (rules[rule_id].reason or "").startswith("inventory_levels of erp are not there")
    assert states(result)["price.drift"] == "clean"
    assert result.run.exit_code == 3


def test_an_owner_that_is_not_in_the_snapshot_gives_no_verdict(judge: Judge) -> None:
    result = judge(*BOTH, org(), ownership={"prices": ["sap"]})
    rules = {rule.id: rule for rule in result.rules}
    for rule_id in ("price.drift", "price.shop_drift"):
        assert rules[rule_id].state == "not_run"
        assert (rules[rule_id].reason or "").startswith("prices belong to sap by [ownership], and the snapshot does not hold that system.")


def test_a_shop_whose_ids_no_field_holds_is_left_out_of_rules_about_ids(judge: Judge) -> None:
    some = org()
    some["mapping"]["orders"][0]["external_ids"] = {"magento": "Magento_Id__c"}
    some["streams"]["order"][0]["Magento_Id__c"] = None
    result = judge(*BOTH, some)
    unlinked = next(rule for rule in result.rules if rule.id == "order.unlinked")
    assert [gap.system for gap in unlinked.left_out] == ["woo"]
    assert all(system != "woo" for rule, system, *_ in found(result) if rule == "order.unlinked")
