"""Reading a shop, against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.errors import AuthError, IncompleteError, RetriableError, SourceError
from recon.sandbox.adobe_commerce import records
from recon.systems.adobe_commerce.streams import BY_NAME

ALL = [
    "store", "customer_groups", "customers", "orders", "invoices", "shipments", "creditmemos", "returns", "products", "sources",
    "companies", "company_credits", "shared_catalogs", "source_items", "salable", "base_prices", "special_prices", "tier_prices",
]  # fmt: skip
ROWS = {"orders": 60, "customers": 30, "products": 46, "source_items": 90, "salable": 45, "base_prices": 45, "tier_prices": 9}
Pour = Callable[..., Any]
ORDERS = r"GET /rest/all/V1/orders"


@pytest.mark.parametrize("service", [False, True])
def test_a_full_read_is_complete_and_proven(open_world: Callable[..., Any], pour_stream: Pour, prove_stream: Pour, service: bool) -> None:
    world = open_world(service=service)
    reader = world.reader()
    assert [stream.name for stream in reader.streams()] == ALL
    for name in ALL:
        landed = pour_stream(reader, name, world.window())
        proof = prove_stream(reader, name, world.window(), landed)
        assert proof.complete, (name, proof.reason)
        assert proof.watermark is not None
        assert landed.lines
        assert len(landed.lines) == ROWS.get(name, len(landed.lines))
        assert len(landed.table()) == len(set(landed.table())), "nothing comes twice"
    assert "Tn4cYx2Demo" in {entry["path"].split("/")[1] for entry in world.requests()} or not service


def test_facts(world: Any) -> None:
    facts = world.reader().facts()
    assert (facts.currency, facts.time_zone, facts.title, facts.tax_included) == ("EUR", "Europe/Berlin", "Main Website", False)


def test_numbers_land_digit_by_digit_and_what_nobody_needs_does_not_land(world: Any, pour_stream: Pour) -> None:
    landed = pour_stream(world.reader(), "orders", world.window())
    raw = b"".join(landed.raw)
    assert b'"base_price":"13.505",' in raw
    assert b'"base_tax_amount":"5.1319"' in raw
    for word in (b"GIFT-SECRET", b"4111", b"additional_information", b'parent_item"', b"cc_last4"):
        assert word not in raw


def test_reading_sends_nothing_but_reads(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    for name in ALL:
        prove_stream(reader, name, world.window(), pour_stream(reader, name, world.window()))
    list(reader.checks())
    sent = {(entry["method"], entry["path"].rpartition("/")[2]) for entry in world.requests() if entry["method"] != "GET"}
    assert sent == {("POST", "base-prices-information"), ("POST", "special-price-information"), ("POST", "tier-prices-information")}


def test_a_write_does_not_leave_the_process(world: Any) -> None:
    reader = world.reader()
    reader.facts()
    before = len(world.requests())
    for method, path in (("POST", "orders"), ("PUT", "products/x"), ("DELETE", "products/x"), ("POST", "products/base-prices")):
        with pytest.raises(SourceError, match="mere read"):
            reader.client._once(method, f"/rest/all/V1/{path}", {})
    assert len(world.requests()) == before


# -- deltas -----------------------------------------------------------------------------------------------------------


def test_a_delta_brings_what_changed_since(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    window = world.window(world.shop.now() - timedelta(hours=6))
    landed = pour_stream(reader, "orders", window)
    assert {line["entity_id"] for line in landed.lines} == {n for n in range(1001, 1061) if n % 48 + 1 <= 6}
    proof = prove_stream(reader, "orders", window, landed)
    assert proof.complete
    assert proof.expected == len(landed.lines)


def test_shipments_are_read_again_for_tracking_numbers_added_later(world: Any, pour_stream: Pour) -> None:
    window = world.window(world.shop.now() - timedelta(hours=1))
    assert len(pour_stream(world.reader(), "shipments", window).lines) == 14
    assert not pour_stream(world.reader(tracking_days=0), "shipments", window).lines


def test_only_the_store_views_asked_for(world: Any, pour_stream: Pour) -> None:
    world.shop.update("orders", 1003, {"store_id": 2}, touch=False)
    landed = pour_stream(world.reader(stores=("default",)), "orders", world.window())
    assert len(landed.lines) == 59
    with pytest.raises(SourceError, match="no store view nowhere"):
        world.reader(stores=("nowhere",)).facts()


# -- interruptions and drift ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["orders", "customers", "source_items", "salable", "base_prices", "sources"])
def test_a_killed_read_goes_on_after_any_chunk_and_brings_the_same(world: Any, pour_stream: Pour, prove_stream: Pour, name: str) -> None:
    whole = pour_stream(world.reader(), name, world.window())
    for k in range(1, whole.chunks + 1):
        landed = pour_stream(world.reader(), name, world.window(), stop_after=k)
        again = world.reader()
        pour_stream(again, name, world.window(), landed)
        assert landed.table() == whole.table()
        assert prove_stream(again, name, world.window(), landed).complete


def test_records_that_come_and_go_during_the_walk_lose_nothing(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window(), stop_after=1)
    world.shop.delete("orders", 1002)
    world.shop.load("orders", [{**world.shop.get("orders", 1003), "entity_id": 1061, "created_at": "2026-11-23 18:00:00"}])
    pour_stream(reader, "orders", world.window(), landed)
    assert {line["entity_id"] for line in landed.lines} == set(range(1001, 1062))
    assert prove_stream(reader, "orders", world.window(), landed).complete


def test_a_record_too_few_is_noticed(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.faults.on(ORDERS, "hidden", times=1, after=2)
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert len(landed.lines) in {59, 60}
    assert proof.complete == (len(landed.lines) == 60)


def test_records_that_are_counted_but_never_shown_are_noticed(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    reader.facts()
    reader.streams()
    world.shop.faults.on(r"GET /rest/all/V1/orders", "stale_total", times=None, more=3)
    landed = pour_stream(reader, "orders", world.window())
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert not proof.complete
    assert "The shop counts 3 records that it does not show" in proof.reason


# -- documented traps -------------------------------------------------------------------------------------------------


def test_old_versions_that_repeat_the_last_page(open_world: Callable[..., Any], pour_stream: Pour, prove_stream: Pour) -> None:
    world = open_world(version="2.3.7")
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    assert len(landed.lines) == 60
    assert prove_stream(reader, "orders", world.window(), landed).complete


def test_a_limit_of_the_page_size_is_learned(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.largest_page = 7
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    assert len(landed.lines) == 60
    assert landed.chunks == 9
    assert prove_stream(reader, "orders", world.window(), landed).complete


def test_one_broken_record_costs_itself_and_nothing_else(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.break_record("orders", 1013)
    world.shop.break_record("orders", 1014)
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    assert {line["entity_id"] for line in landed.lines} == set(range(1001, 1061)) - {1013, 1014}
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert not proof.complete
    assert "2 records could not be read" in proof.reason


def test_signatures_that_2_4_6_refuses_for_a_blank_are_avoided(
    open_world: Callable[..., Any], pour_stream: Pour, prove_stream: Pour
) -> None:
    world = open_world(version="2.4.6-p1")
    reader = world.reader()
    window = world.window(world.shop.now() - timedelta(hours=6))
    landed = pour_stream(reader, "orders", window)
    asked = {n for n in range(1001, 1061) if n % 48 + 1 <= 6}
    assert asked <= {line["entity_id"] for line in landed.lines}
    assert prove_stream(reader, "orders", window, landed).complete


def test_a_product_deleted_between_list_and_prices(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    reader.skus()
    world.shop.delete("products", 5)
    landed = pour_stream(reader, "base_prices", world.window())
    assert len(landed.lines) == 44
    assert "1 record could not be read" in prove_stream(reader, "base_prices", world.window(), landed).reason


# -- access -----------------------------------------------------------------------------------------------------------


def test_what_the_integration_may_not_read_is_named(world: Any) -> None:
    world.shop.rights -= {"Magento_Sales::shipment", "Magento_InventoryApi::source"}
    reader = world.reader()
    assert "shipments" not in {stream.name for stream in reader.streams()}
    assert "Magento_Sales::shipment" in reader.not_covered()["fulfillments"]
    warnings = [check for check in reader.checks() if check.level == "warn"]
    assert {check.subject for check in warnings} == {"Shipments", "Stock sources", "Stock by source"}


def test_what_is_not_installed_is_said(world: Any) -> None:
    world.shop.modules = frozenset()
    reader = world.reader()
    covered = reader.not_covered()
    assert "Open Source" in covered["returns"]
    assert "B2B" in covered["companies"]
    assert "inventory" in covered["inventory_levels"]
    assert all(check.level == "ok" for check in reader.checks())


def test_where_stock_has_no_sources_it_is_read_by_product_on_request(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.modules = frozenset()
    products = [row[0] for row in world.shop.rows("select json_extract(doc, '$.sku') from docs where kind = 'products' order by num")]
    world.shop.load("stock_items", [records.stock_item(n, sku, Decimal(n)) for n, sku in enumerate(products, 1) if sku != "SET"])
    assert "stock_by_sku" in world.reader().not_covered()["inventory_levels"]
    reader = world.reader(stock_by_sku=True)
    assert "inventory_levels" not in reader.not_covered()
    landed = pour_stream(reader, "stock_items", world.window())
    read = sorted(sku for sku in products if sku != "SET" and "/" not in sku)
    assert sorted(line["sku"] for line in landed.lines) == read
    slashed = sum("/" in sku for sku in products)
    proof = prove_stream(reader, "stock_items", world.window(), landed)
    assert proof.complete is (slashed == 0)
    assert reader.estimate(BY_NAME["stock_items"].stream, world.window()).calls > len(read)
    half = pour_stream(world.reader(stock_by_sku=True), "stock_items", world.window(), stop_after=1)
    assert pour_stream(world.reader(stock_by_sku=True), "stock_items", world.window(), half).table() == landed.table()


def test_stock_by_product_is_left_where_there_are_sources(world: Any) -> None:
    reader = world.reader(stock_by_sku=True)
    assert "stock_items" not in {stream.name for stream in reader.streams()}
    assert all(check.level == "ok" for check in reader.checks())


def test_a_product_without_stock_of_its_own_is_counted_as_not_read(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.modules = frozenset()
    world.shop.load("stock_items", [records.stock_item(1, "MUG-001", Decimal(3))])
    reader = world.reader(stock_by_sku=True)
    landed = pour_stream(reader, "stock_items", world.window())
    proof = prove_stream(reader, "stock_items", world.window(), landed)
    assert len(landed.lines) == 1
    assert not proof.complete
    assert f"{ROWS['base_prices'] - 1:,} records" in proof.reason


def test_a_token_alone_is_refused_until_it_is_allowed(world: Any, pour_stream: Pour) -> None:
    bearer = {"consumer_key": None, "consumer_secret": None, "access_token": None, "access_token_secret": None}
    with pytest.raises(AuthError, match="four values"):
        world.reader(token="env:RECON_TEST_TOKEN", **bearer).facts()
    world.shop.bearer_allowed = True
    assert pour_stream(world.reader(token="env:RECON_TEST_TOKEN", **bearer), "sources", world.window()).lines


def test_a_wrong_secret_says_so_and_shows_nothing(world: Any, known_secrets: dict[str, str]) -> None:
    world.shop.add_integration(known_secrets["RECON_TEST_KEY"], "other", known_secrets["RECON_TEST_TOKEN"], "other")
    with pytest.raises(AuthError, match="signature") as caught:
        world.reader().facts()
    assert not any(secret in str(caught.value) for secret in known_secrets.values())


def test_a_token_of_the_service_that_ends_is_renewed(open_world: Callable[..., Any], pour_stream: Pour) -> None:
    world = open_world(service=True)
    reader = world.reader()
    reader.streams()
    world.shop.faults.on("GET .*/orders", "token_expired", times=1, after=1)
    assert len(pour_stream(reader, "orders", world.window()).lines) == 60
    world.shop.advance(4000)
    assert pour_stream(reader, "sources", world.window()).lines


def test_every_request_that_is_sent_again_is_signed_again(world: Any, pour_stream: Pour) -> None:
    world.shop.faults.on(ORDERS, "lost_answer", times=2)
    assert len(pour_stream(world.reader(), "orders", world.window()).lines) == 60


# -- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "options"),
    [
        ("status", {"status": 429, "body": {"message": "Too Many Requests"}, "headers": {"Retry-After": "7"}}),
        ("status", {"status": 503, "body": "<html>maintenance</html>"}),
        ("status", {"status": 504, "body": "<html>gateway</html>"}),
        ("html_200", {}),
        ("empty_200", {}),
        ("reset", {"share": 0.4}),
        ("truncate", {"share": 0.4}),
        ("bad_gzip", {}),
        ("lost_answer", {}),
        ("duplicate_page", {}),
    ],
)
def test_passing_faults_change_nothing(world: Any, pour_stream: Pour, prove_stream: Pour, action: str, options: dict[str, Any]) -> None:
    reader = world.reader()
    reader.streams()
    expected = pour_stream(reader, "orders", world.window()).table()
    world.shop.faults.on(ORDERS, action, times=2, after=1, **options)
    landed = pour_stream(reader, "orders", world.window())
    assert landed.table() == expected
    assert prove_stream(reader, "orders", world.window(), landed).complete
    assert world.slept


def test_the_shop_that_never_comes_back(world: Any, pour_stream: Pour, known_secrets: dict[str, str]) -> None:
    reader = world.reader(Limits(attempts=2))
    reader.streams()
    world.shop.faults.on(ORDERS, "status", times=None, status=503, body="<html></html>")
    with pytest.raises(RetriableError) as caught:
        pour_stream(reader, "orders", world.window())
    assert not any(secret in str(caught.value) for secret in known_secrets.values())


def test_a_cache_that_answers_for_the_shop_is_noticed(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    reader.streams()
    world.shop.faults.on(ORDERS, "duplicate_page", times=None, after=1)
    with pytest.raises(IncompleteError, match="same page again"):
        pour_stream(reader, "orders", world.window())


def test_doctor_and_estimate(world: Any) -> None:
    reader = world.reader()
    checks = list(reader.checks())
    assert {check.level for check in checks} == {"ok"}
    cost = next(check for check in checks if check.subject == "cost")
    assert "60 orders" in cost.message
    before = reader.calls
    orders = next(stream for stream in reader.streams() if stream.name == "orders")
    assert reader.estimate(orders, world.window()).rows == 60
    assert reader.calls - before == 0


def test_prices_and_stock_of_a_product_can_be_read_again(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    product = pour_stream(reader, "products", world.window()).lines[0]
    for table in ("prices", "inventory_levels"):
        for stream in reader.again(table, "variant")[1:]:
            landed = {line for look in reader.reread(stream, "variant", [str(product["id"])]) for line in look.lines}
            whole = [line for part in pour_stream(reader, stream.name, world.window()).raw for line in part.splitlines(keepends=True)]
            mine = [line for line in whole if json.loads(line)["sku"] == product["sku"]]
            assert landed == set(mine), stream.name


def test_states_are_json(world: Any, pour_stream: Pour) -> None:
    for name in ALL:
        assert json.loads(json.dumps(pour_stream(world.reader(), name, world.window(), stop_after=1).state))
