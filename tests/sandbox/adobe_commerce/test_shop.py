"""The stand-in shop behaves as the vendor documents, traps included."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recon.sandbox.adobe_commerce import Shop, records
from recon.systems import oauth1

Search = Callable[..., dict[str, str]]


def ids(answer: Any, key: str = "entity_id") -> list[int]:
    return [record[key] for record in answer["items"]]


# -- lists ------------------------------------------------------------------------------------------------------------


def test_filters_order_and_pages(shop: Any, search: Search) -> None:
    answer = shop.get("orders", search(("entity_id", "gt", "4"), sort="entity_id", size=3))
    assert (ids(answer), answer["total_count"]) == ([5, 6, 7], 6)
    assert ids(shop.get("orders", search(sort="entity_id", size=4, page=3))) == [9, 10]
    assert ids(shop.get("customers/search", search(("entity_id", "in", "2,5"), sort="entity_id", size=9)), "id") == [2, 5]
    assert shop.get("orders", search(("created_at", "gteq", "2026-01-01 08:00:01"), size=9))["total_count"] == 0
    assert shop.get("orders", search(("created_at", "gteq", "2026-01-01"), size=9))["total_count"] == 10
    assert shop.get("products", search(("sku", "eq", "sku 3/X"), size=9))["total_count"] == 1
    assert shop.get("orders", search(("customer_id", "null", ""), size=9))["total_count"] == 5


def test_filters_of_one_group_are_alternatives(shop: Any) -> None:
    query = {}
    for number, value in enumerate(("2", "7")):
        place = f"searchCriteria[filterGroups][0][filters][{number}]"
        query |= {f"{place}[field]": "entity_id", f"{place}[value]": value}
    assert sorted(ids(shop.get("orders", {**query, "searchCriteria[pageSize]": "9"}))) == [2, 7]


def test_fields_trim_the_answer(shop: Any, search: Search) -> None:
    answer = shop.get("products", {**search(("entity_id", "eq", "1"), size=1), "fields": "items[id,sku],total_count"})
    assert answer == {"items": [{"id": 1, "sku": "SKU 1/x"}], "total_count": 1}


def test_amounts_are_exact_numbers_and_empty_keys_are_left_out(shop: Any) -> None:
    text = shop.send("orders/2").text
    assert '"base_price":13.505' in text
    assert '"customer_id"' not in text
    assert '"account_status":null' in text


def test_without_an_order_pages_repeat_and_lose_records(shop: Any, search: Search) -> None:
    seen = [number for page in range(1, 6) for number in ids(shop.get("orders", search(size=2, page=page)))]
    assert len(seen) == 10
    assert len(set(seen)) < 10


@pytest.mark.parametrize(("version", "last"), [("2.3.7", [9, 10]), ("2.4.8", [])])
def test_past_the_end(open_shop: Callable[..., Any], search: Search, version: str, last: list[int]) -> None:
    assert ids(open_shop(version=version).get("orders", search(sort="entity_id", size=4, page=9))) == last


def test_limits_for_input(shop: Any, search: Search) -> None:
    shop.shop.largest_page = 5
    refused = shop.send("orders", search(size=6))
    assert (refused.status_code, refused.json()["parameters"]) == (400, {"max": 5})
    assert len(shop.get("orders", search(size=5))["items"]) == 5


def test_criteria_are_required_and_checked(shop: Any, search: Search) -> None:
    assert shop.send("orders").status_code == 400
    assert shop.send("orders", search(("x'--", "eq", "1"), size=1)).status_code == 400
    assert shop.send("orders", search(("entity_id", "near", "1"), size=1)).status_code == 400


def test_an_empty_list_of_companies_is_null(shop: Any, search: Search) -> None:
    assert shop.get("company/", search(size=5)) == {"items": None, "search_criteria": {"filter_groups": []}, "total_count": 0}


def test_one_bad_record_breaks_its_page(shop: Any, search: Search) -> None:
    shop.shop.break_record("orders", 3)
    assert shop.send("orders", search(sort="entity_id", size=5)).status_code == 500
    assert shop.send("orders", search(("entity_id", "gt", "3"), sort="entity_id", size=5)).status_code == 200


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_prices_are_asked_by_sku(shop: Any) -> None:
    answer = shop.send("products/base-prices-information", method="POST", json={"skus": ["SKU 1/x", "sku 2/X"]})
    assert [row["sku"] for row in answer.json()] == ["SKU 1/x", "SKU 2/x"]
    refused = shop.send("products/base-prices-information", method="POST", json={"skus": ["SKU 1/x", "gone"]})
    assert (refused.status_code, refused.json()["parameters"]) == (400, {"sku": "gone"})


def test_salable_quantities_leave_composite_products_out(shop: Any, search: Search) -> None:
    answer = shop.get("inventory/export-stock-salable-qty/website/base", search(("entity_id", "gteq", "9"), sort="entity_id", size=9))
    assert [row["sku"] for row in answer["items"]] == ["SKU 9/x", "SKU 10/x"]
    assert answer["total_count"] == 3
    assert shop.send("inventory/export-stock-salable-qty/website/x", search(size=1)).status_code == 404


def test_nothing_can_be_written(shop: Any) -> None:
    for method, path in (("POST", "orders"), ("PUT", "products/A"), ("DELETE", "products/A")):
        assert shop.send(path, method=method, json={}).status_code == 404
    assert len(shop.shop.rows("select 1 from docs where kind = 'orders'")) == 10


def test_what_is_not_installed_has_no_route(shop: Any, search: Search) -> None:
    shop.shop.modules = frozenset()
    answer = shop.send("inventory/sources", search(size=1))
    assert (answer.status_code, answer.json()["message"]) == (404, "Request does not match any route.")


# -- access -----------------------------------------------------------------------------------------------------------


def test_signatures(shop: Any, search: Search, credentials: oauth1.Credentials) -> None:
    query = search(("created_at", "gteq", "2026-01-01 08:00:00"), size=1)
    assert shop.send("orders", query).status_code == 200
    for signed, message in (
        ({"signature_method": "HMAC-SHA1"}, "not supported"),
        ({"credentials": replace(credentials, token_secret="x")}, "signature is invalid"),
        ({"credentials": replace(credentials, consumer_key="x")}, "does not exist"),
        ({"timestamp": 4_000_000_000}, "timestamp"),
    ):
        refused = shop.send("orders", query, signed=signed)
        assert (refused.status_code, message in refused.json()["message"]) == (401, True)


def test_a_nonce_is_good_once(shop: Any) -> None:
    assert shop.send("store/websites", signed={"nonce": "n1"}).status_code == 200
    assert shop.send("store/websites", signed={"nonce": "n1"}).status_code == 401


def test_version_2_4_6_refuses_blanks(open_shop: Callable[..., Any], search: Search) -> None:
    old = open_shop(version="2.4.6")
    assert old.send("orders", search(("created_at", "gteq", "2026-01-01 08:00:00"), size=1)).status_code == 401
    assert old.send("orders", search(("created_at", "gteq", "2026-01-01"), size=1)).status_code == 200


def test_a_token_as_bearer_is_off_by_default(shop: Any) -> None:
    bearer = {"headers": {"Authorization": "Bearer token"}}
    assert shop.send("store/websites", **bearer).status_code == 401
    shop.shop.bearer_allowed = True
    assert shop.send("store/websites", **bearer).status_code == 200


def test_a_right_that_is_missing_is_named(shop: Any, search: Search) -> None:
    shop.shop.rights = frozenset()
    refused = shop.send("orders", search(size=1))
    assert (refused.status_code, refused.json()["parameters"]) == (401, {"resources": "Magento_Sales::actions_view"})


# -- state ------------------------------------------------------------------------------------------------------------


def test_everything_outlives_a_restart(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    first = Shop(tmp_path, now=lambda: now)
    first.load("products", [records.product(1, "A", "A", Decimal("13.505"), created=now)])
    first.add_integration("a", "b", "c", "d")
    first.close()
    second = Shop(tmp_path, now=lambda: now)
    assert second.get("products", 1)["price"] == Decimal("13.505")
    assert second.meta("integration") == ["a", "b", "c", "d"]
    second.advance(60)
    second.update("products", 1, {"name": "B"})
    assert second.get("products", 1)["updated_at"] == "2026-11-23 18:01:00"
    second.update("products", 1, {"name": "C"}, touch=False)
    second.delete("products", 1)
    with pytest.raises(KeyError):
        second.get("products", 1)
    second.close()


def test_binary_fractions_are_refused(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with pytest.raises(TypeError, match="never float"):
        shop.load("products", [{"id": 1, "sku": "A", "price": 1.5}])
    with pytest.raises(ValueError, match="no list"):
        shop.load("carts", [{}])
    shop.close()


# -- the vendor's contract --------------------------------------------------------------------------------------------

LISTS = ("orders", "invoices", "shipments", "creditmemos", "customers/search", "customerGroups/search", "products", "inventory/sources",
         "inventory/source-items", "store/websites", "store/storeViews", "store/storeConfigs")  # fmt: skip


@pytest.mark.parametrize("version", ["2.4.6", "2.4.9", "accs"])
def test_answers_fit_the_contract(shop: Any, search: Search, contract: Callable[[str], Any], version: str) -> None:
    vendor = contract(version)
    problems = []
    for path in LISTS:
        answer = shop.get(path, search(size=20) if "store/" not in path else None)
        found = vendor.operation("GET", f"/V1/{path}")
        assert found, path
        told = vendor.problems(answer, found[1]["responses"]["200"]["schema"], path)
        problems += [problem for problem in told if "search_criteria" not in problem]
    assert not sorted(set(problems))


@pytest.mark.parametrize("name", ["base-prices-information", "special-price-information", "tier-prices-information"])
def test_prices_fit_the_contract(shop: Any, contract: Callable[[str], Any], name: str) -> None:
    vendor = contract("2.4.9")
    answer = json.loads(shop.send(f"products/{name}", method="POST", json={"skus": ["SKU 1/x"]}).content, parse_float=Decimal)
    assert answer
    _, operation = vendor.operation("POST", f"/V1/products/{name}")
    assert not list(vendor.problems(answer, operation["responses"]["200"]["schema"]))


@pytest.mark.parametrize("version", ["2.4.6", "2.4.9", "accs"])
def test_stock_by_product_fits_the_contract(shop: Any, contract: Callable[[str], Any], version: str) -> None:
    vendor = contract(version)
    shop.shop.load("stock_items", [records.stock_item(1, "Tea 1", Decimal("2.5"))])
    answer = shop.get("stockItems/TEA%201")
    assert answer["qty"] == Decimal("2.5")
    _, operation = vendor.operation("GET", "/V1/stockItems/x")
    assert not list(vendor.problems(answer, operation["responses"]["200"]["schema"]))


def test_the_comparison_with_the_contract_finds_differences(contract: Callable[[str], Any]) -> None:
    vendor = contract("2.4.9")
    _, operation = vendor.operation("GET", "/V1/orders")
    answer = {"items": [{"entity_id": "1", "base_grand_total": 1, "grand_total": True, "items": {}, "nonsense": 1}], "total_count": 1}
    assert set(vendor.problems(answer, operation["responses"]["200"]["schema"])) == {
        ".search_criteria: missing",
        ".items[].customer_email: missing",
        ".items[].nonsense: unknown",
        ".items[].entity_id: str where integer is due",
        ".items[].grand_total: bool where number is due",
        ".items[].items: no list",
    }
