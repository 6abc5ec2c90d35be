"""Reading stores: what comes out, by REST and by Bulk API, whole, once, resumable, and only what belongs to the chosen stores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon import assets
from recon.errors import AuthError, ConfigError
from recon.systems.b2b_commerce.streams import LICENSED, NEVER, READINGS, SELLABLE
from recon.systems.salesforce_api import bulk
from recon.systems.salesforce_api.plan import SYSTEM_FIELDS
from recon.warehouse import build as warehouse

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
METHODS = pytest.mark.parametrize("threshold", [10**9, 0], ids=["rest", "bulk"])


@pytest.fixture(autouse=True)
def small_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 12)


def test_facts_name_org_and_stores(world: Any) -> None:
    facts = world.open().facts()
    assert (facts.account_id, facts.title) == (world.org.org_id, "Acme Demo: Retail, Wholesale")
    assert facts.currency == "EUR" and facts.mapping is None and facts.record_url_template.endswith("/{record_id}")
    assert world.open(stores=["wholesale"]).facts().title == "Acme Demo: Wholesale"
    with pytest.raises(AuthError, match="another org"):
        world.open(org_id="00D000000000001").facts()


@METHODS
def test_every_stream_is_read_whole_and_proven(world: Any, threshold: int) -> None:
    reader = world.open(threshold=threshold)
    assert [stream.name for stream in reader.streams()] == [reading.name for reading in READINGS]
    for name in ("web_stores", "orders", "order_items", "order_summaries", "order_item_summaries", "contacts", "accounts", "shipments"):
        landed = world.read(reader, name)
        proof = world.prove(reader, name, landed)
        assert proof.complete and proof.expected == len(landed.lines) and not proof.unreadable, name
        assert len(set(landed.ids)) == len(landed.lines)
    assert len(world.read(reader, "orders").lines) == 40


@METHODS
@pytest.mark.parametrize(("stores", "count"), [(("Retail",), 30), (("wholesale",), 10), (("Retail", "Wholesale"), 40), ((), 40)])
def test_only_the_chosen_stores_are_read(world: Any, threshold: int, stores: tuple[str, ...], count: int) -> None:
    reader = world.open(threshold=threshold, stores=stores)
    for name in ("orders", "order_items", "order_summaries", "order_item_summaries"):
        landed = world.read(reader, name)
        assert len(landed.lines) == count, name
        assert world.prove(reader, name, landed).complete
    assert len(world.read(reader, "web_stores").lines) == (len(stores) or 2)


def test_a_store_is_known_by_its_id_too(world: Any) -> None:
    store = next(row["Id"] for row in world.org.rows("WebStore") if row["Name"] == "Wholesale")
    for text in (store, store[:15]):
        assert len(world.read(world.open(stores=[text]), "orders").lines) == 10
    with pytest.raises(ConfigError, match="Nowhere") as caught:
        world.open(stores=["Nowhere"]).streams()
    assert "Retail, Wholesale" in caught.value.hint


@METHODS
def test_a_window_brings_what_changed(world: Any, threshold: int) -> None:
    since = NOW - timedelta(days=1) + timedelta(minutes=30)
    reader = world.open(threshold=threshold)
    landed = world.read(reader, "orders", since=since)
    assert len(landed.lines) == 10
    assert world.prove(reader, "orders", landed, since=since).complete


def test_summaries_are_always_read_whole(world: Any) -> None:
    """Their amounts are computed from other records, which moves no time stamp."""
    deltas = {stream.name: stream.has_delta for stream in world.open().streams()}
    assert [name for name, has in deltas.items() if not has] == ["order_summaries", "order_item_summaries", "order_payment_summaries"]


def test_deleted_orders_come_with_their_mark(world: Any) -> None:
    assert [row["IsDeleted"] for row in world.read(world.open(), "orders").lines].count("true") == 1


# -- orgs that lack something --------------------------------------------------------------------------------------------


def test_an_org_with_order_management_alone_is_one_shop(build: Callable[..., Any]) -> None:
    world = build(commerce=False)
    world.org.load("Order", [{"Status": "Draft", "EffectiveDate": "2026-11-01"} for _ in range(3)])
    reader = world.open()
    names = {stream.name for stream in reader.streams()}
    assert {"orders", "order_summaries", "fulfillment_orders"} <= names and not {"web_stores", "buyer_groups"} & names
    assert len(world.read(reader, "orders").lines) == 3
    assert reader.facts().title == "Acme Demo"
    assert set(reader.not_covered()) == set(NEVER)


def test_an_org_with_neither_has_orders_and_says_what_it_lacks(build: Callable[..., Any]) -> None:
    world = build(commerce=False, order_management=False)
    reader = world.open()
    lost = reader.not_covered()
    assert {"fulfillments", "returns", "refunds", "payments"} <= set(lost) and "Order Management" in lost["returns"]
    assert "orders" not in lost and "products" not in lost
    assert set(reader.absent()) <= {*NEVER, *LICENSED}
    assert all(check.level != "fail" for check in reader.checks())


def test_hidden_fields_are_told_by_the_column_that_they_cost(world: Any) -> None:
    world.org.hide("Order", "GrandTotalAmount")
    world.org.hide("CommerceEntitlementPolicy", "CanViewProduct")
    world.org.hide("CommerceEntitlementProduct")
    reader = world.open()
    landed = world.read(reader, "orders")
    assert {"orders.total", "orders.current_total"} <= set(world.prove(reader, "orders", landed).unreadable)
    unreadable = reader.plans()["entitlement_policies"].unreadable
    assert set(unreadable) == {SELLABLE} and "CanViewProduct" in unreadable[SELLABLE]
    assert "CommerceEntitlementProduct" in reader.plans()["products"].unreadable[SELLABLE]
    checks = {check.subject: check for check in reader.checks()}
    assert checks["Orders"].level == "warn" and "orders.total" in checks["Orders"].message


def test_doctor_names_stores_and_managed_summaries(world: Any) -> None:
    checks = {check.subject: check for check in world.open(org_id=world.org.org_id).checks()}
    assert checks["stores"].level == "ok" and "Retail (B2C), Wholesale (B2B)" in checks["stores"].message
    assert "22 of 45" in checks["summaries"].message and "never written" in checks["summaries"].message
    assert {check.level for check in checks.values()} == {"ok"}
    failed = {check.subject: check for check in world.open(stores=["Nowhere"]).checks()}["stores"]
    assert failed.level == "fail" and "Nowhere" in failed.message


# -- what staging may count on --------------------------------------------------------------------------------------------


def test_staging_knows_every_column_that_is_read() -> None:
    shapes = Path(str(assets.folder("queries"))) / "staging" / "b2b_commerce" / "_flat"
    assert {file.stem for file in shapes.glob("*.sql")} == {reading.name for reading in READINGS}
    for reading in READINGS:
        wanted = list(dict.fromkeys(name.lower() for name in (*SYSTEM_FIELDS, "CurrencyIsoCode", *reading.fields)))
        text = (shapes / f"{reading.name}.sql").read_text()
        assert [line.split(" as ")[-1].rstrip(",") for line in text.splitlines() if line.startswith("  cast(")] == wanted, reading.name


def test_entities_are_canonical_tables() -> None:
    tables = {*warehouse.tables()}
    assert {entity for reading in READINGS for entity in reading.entities} <= tables
    assert {column.split(".")[0] for reading in READINGS for columns in reading.means.values() for column in columns} <= tables


def test_no_count_is_taken_for_that_of_a_table_that_several_streams_fill() -> None:
    for table in {entity for reading in READINGS for entity in reading.entities} - {"locations", "inventory_levels"}:
        feeding = [reading for reading in READINGS if table in reading.entities]
        assert len(feeding) == 1 or any(reading.entities[0] != table for reading in feeding), table
