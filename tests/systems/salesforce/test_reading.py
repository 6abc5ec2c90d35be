"""Reading an org: what comes out, by REST and by Bulk API, whole, once, and resumable after every chunk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recon.errors import AuthError, SourceError
from recon.systems.salesforce_api import bulk
from recon.systems.salesforce_api.org import id18

METHODS = pytest.mark.parametrize("threshold", [10**9, 0], ids=["rest", "bulk"])


@pytest.fixture(autouse=True)
def small_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 25)


def comparable(row: dict[str, Any]) -> dict[str, Any]:
    """REST and Bulk write times and nothing differently; all else is the same text."""
    return {
        key: None if value in {"", None} else value.replace("+0000", "Z") if key.endswith(("Date", "stamp", "At__c")) else value
        for key, value in row.items()
    }


def test_streams_are_what_the_mapping_names_and_what_explains_it(world: Any) -> None:
    extractor = world.open()
    streams = {stream.name: stream for stream in extractor.streams()}
    assert list(streams)[:9] == [
        "order", "orderitem", "account", "contact", "product2", "pricebookentry", "location", "productitem", "order_refund__c",
    ]  # fmt: skip
    assert {"pricebook2", "user", "orderhistory", "accounthistory"} <= set(streams)
    order = streams["order"]
    assert order.source == "Order" and order.entities == ("orders",) and streams["orderhistory"].entities == ("field_changes",)
    assert order.columns is not None and order.columns[:7] == (
        "Id", "IsDeleted", "CreatedDate", "LastModifiedDate", "SystemModstamp", "CreatedById", "LastModifiedById",
    )  # fmt: skip
    assert (
        "Shopify_Order_Id__c" in order.columns and "BillingAddress" not in order.columns and len(set(order.columns)) == len(order.columns)
    )
    assert "Product2.StockKeepingUnit" in (streams["orderitem"].columns or ())
    assert {"PersonEmail", "LastName"} <= set(streams["account"].personal)
    unmapped = {"fulfillments", "fulfillment_lines", "returns", "companies", "subscriptions", "write_errors"}
    assert set(extractor.not_covered()) == unmapped


def test_facts_name_the_org_and_the_exact_mapping(world: Any) -> None:
    facts = world.open().facts()
    assert facts.account_id == world.org.org_id and facts.title == "Acme Demo" and facts.time_zone == "Europe/Berlin"
    assert facts.currency == "EUR" and facts.record_url_template == f"{world.server.url}/{{record_id}}"
    assert facts.mapping is not None
    fields = facts.mapping["orders"][0]["fields"]
    assert fields["external_id"] == "Shopify_Order_Id__c" and fields["currency"] == "CurrencyIsoCode"
    assert facts.mapping["customers"][0]["fields"]["merged_into"] == "MasterRecordId"
    assert facts.mapping["order_lines"][0]["fields"]["order_id"] == "OrderId"


@pytest.mark.fault("salesforce", 36)
def test_another_org_is_refused(world: Any) -> None:
    with pytest.raises(AuthError, match="another org"):
        world.open(settings={"org_id": "00D000000000001"}).facts()
    assert world.open(settings={"org_id": world.org.org_id[:15]}).facts().account_id == world.org.org_id


@METHODS
def test_every_stream_is_read_whole_and_proven(world: Any, threshold: int) -> None:
    extractor = world.open(threshold=threshold)
    for stream in extractor.streams():
        reading = world.read(extractor, stream.name)
        proof = world.prove(extractor, stream.name, reading)
        assert proof.complete and proof.expected == len(reading.lines) and not proof.unreadable, stream.name
        assert len(set(reading.ids)) == len(reading.ids)
        assert all(tuple(row) == stream.columns for row in reading.lines)
    assert len(world.read(extractor, "order").lines) == 60


def test_both_ways_bring_the_same_values(world: Any) -> None:
    for name in ("order", "account", "orderitem", "order_refund__c", "product2"):
        rest, large = world.read(world.open(), name), world.read(world.open(threshold=0), name)
        assert rest.formats == {"jsonl"} and large.formats == {"csv"}
        assert sorted(map(comparable, rest.lines), key=lambda row: row["Id"]) == sorted(
            map(comparable, large.lines), key=lambda row: row["Id"]
        )
    totals = {row["Shopify_Order_Id__c"]: row for row in world.read(world.open(), "order").lines}
    assert totals["9007"]["Shop_Total__c"] == "7.005" and totals["9007"]["Is_Test__c"] == "true"


@METHODS
def test_reading_goes_on_after_every_chunk(world: Any, threshold: int) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=7)
    whole = world.read(world.open(threshold=threshold), "order")
    assert len(whole.states) >= 4
    for place, state in enumerate(whole.states):
        extractor = world.open(threshold=threshold)
        rest = world.read(extractor, "order", state=state)
        assert whole.ids[: whole.stored[place]] + rest.ids == whole.ids
        assert world.prove(extractor, "order", rest if rest.states else whole, rows=60).complete


@METHODS
def test_a_second_half_alone_is_not_called_complete(world: Any, threshold: int) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=7)
    extractor = world.open(threshold=threshold)
    whole = world.read(extractor, "order")
    proof = world.prove(extractor, "order", whole, rows=53)
    assert not proof.complete and "53" in proof.reason and proof.watermark is None


@METHODS
def test_a_window_brings_only_what_changed(world: Any, threshold: int) -> None:
    since = datetime(2026, 11, 22, 12, 25, tzinfo=UTC)
    extractor = world.open(threshold=threshold)
    reading = world.read(extractor, "order", since=since)
    assert sorted(row["Shopify_Order_Id__c"] for row in reading.lines) == [str(n) for n in range(9050, 9060)]
    proof = world.prove(extractor, "order", reading, since=since)
    assert proof.complete and proof.expected == 10 and proof.watermark == datetime(2026, 11, 22, 12, 0, tzinfo=UTC) + timedelta(days=1)


@METHODS
def test_deleted_and_merged_records_are_seen(world: Any, threshold: int) -> None:
    winner, loser = [row["Id"] for row in world.org.rows("Account")][:2]
    world.org.merge("Account", winner, [loser])
    extractor = world.open(threshold=threshold)
    rows = {row["Id"]: row for row in world.read(extractor, "account").lines}
    assert rows[loser]["IsDeleted"] == "true" and rows[loser]["MasterRecordId"] == winner
    assert sum(row["IsDeleted"] == "true" for row in world.read(extractor, "order").lines) == 1


def test_the_size_decides_how_an_object_is_read(world: Any) -> None:
    extractor = world.open(threshold=30)
    assert world.read(extractor, "order").formats == {"csv"} and world.read(extractor, "orderitem").formats == {"jsonl"}
    streams = {stream.name: stream for stream in extractor.streams()}
    from recon.systems.base import Window

    window = Window(None, datetime(2026, 11, 23, tzinfo=UTC))
    assert extractor.estimate(streams["orderitem"], window).rows == 20
    assert extractor.estimate(streams["order"], window).calls > extractor.estimate(streams["orderitem"], window).calls


def test_objects_that_bulk_does_not_know_are_read_by_rest(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.faults.on(
        "POST .*/jobs/query",
        "status",
        times=None,
        status=400,
        body='[{"errorCode": "INVALIDENTITY", "message": "x"}]',
        content_type="application/json",
    )
    reading = world.read(world.open(threshold=0), "order")
    assert reading.formats == {"jsonl"} and len(reading.lines) == 60


def test_hidden_fields_are_said_and_not_taken_for_blank(world: Any) -> None:
    world.org.hide("Order", "Shop_Total__c")
    extractor = world.open()
    reading = world.read(extractor, "order")
    assert "Shop_Total__c" not in reading.lines[0]
    assert "field-level security" in world.prove(extractor, "order", reading).unreadable["Shop_Total__c"]
    mapping = extractor.facts().mapping
    assert mapping is not None and mapping["orders"][0]["fields"]["total"] == "Shop_Total__c"


def test_rows_that_cannot_be_told_apart_are_not_covered(world: Any) -> None:
    world.org.hide("Order", "Shop_Total__c")
    mapping = {"orders": {"object": "Order", "where_field": "Shop_Total__c", "where_values": ["1"], "fields": {"status": "Status"}}}
    extractor = world.open(settings={"mapping": mapping})
    facts = extractor.facts()
    assert facts.mapping is not None and facts.mapping["orders"] == []
    assert "cannot be told" in extractor.not_covered()["orders"]


@pytest.mark.fault("salesforce", 30)
def test_large_numbers_are_written_out(world: Any) -> None:
    account = next(world.org.rows("Account"))["Id"]
    world.org.load("Order", [{"AccountId": account, "Status": "Draft", "EffectiveDate": "2026-11-01", "Shop_Total__c": "12500000.5"}])
    assert {row["Shop_Total__c"] for row in world.read(world.open(), "order").lines if len(row["Shop_Total__c"]) > 8} == {"12500000.5"}


def test_hidden_objects_are_not_covered(world: Any) -> None:
    world.org.hide("Order_Refund__c")
    extractor = world.open()
    assert "order_refund__c" not in {stream.name for stream in extractor.streams()}
    assert "Order_Refund__c cannot be queried" in extractor.not_covered()["refunds"]


def test_an_org_without_person_accounts_or_currencies(build: Callable[..., Any]) -> None:
    world = build(person_accounts=False, multi_currency=False)
    extractor = world.open(settings={"currency": "CHF"})
    facts = extractor.facts()
    assert facts.currency == "CHF" and facts.mapping is not None
    assert [item["object"] for item in facts.mapping["customers"]] == ["Contact"]
    assert facts.mapping["customers"][0]["where_field"] is None
    assert "account" not in {stream.name for stream in extractor.streams()}
    assert "CurrencyIsoCode" not in (next(iter(extractor.streams())).columns or ())
    assert world.prove(extractor, "order", world.read(extractor, "order")).complete


def test_an_empty_object_is_proven_empty(build: Callable[..., Any]) -> None:
    world = build()
    for threshold in (0, 10**9):
        extractor = world.open(threshold=threshold)
        reading = world.read(extractor, "order")
        proof = world.prove(extractor, "order", reading)
        assert not reading.lines and proof.complete and proof.expected == 0


def test_orders_may_live_in_opportunities(build: Callable[..., Any]) -> None:
    world = build()
    extractor = world.open(settings={"mapping": {"orders": {"object": "Opportunity", "fields": {"number": "Name", "total": "Amount"}}}})
    assert {"opportunity"} <= {stream.name for stream in extractor.streams()} and "order" not in {
        stream.name for stream in extractor.streams()
    }


@pytest.mark.fault("salesforce", 7)
def test_records_that_change_meanwhile_explain_a_difference(world: Any) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=20)
    record = next(iter(world.org.rows("Order")))["Id"]
    extractor = world.open()
    reading = world.read(extractor, "order", chunks=1)
    world.org.change("Order", record, {"Description": "changed"})
    rest = world.read(extractor, "order", state=reading.states[-1])
    reading.lines += rest.lines
    reading.states += rest.states
    assert len(reading.lines) == 61 and len(set(reading.ids)) == 60
    proof = world.prove(extractor, "order", reading)
    assert proof.complete and "1 records changed" in proof.reason


def test_nothing_but_reads_is_sent(world: Any) -> None:
    for threshold in (0, 10**9):
        extractor = world.open(threshold=threshold)
        extractor.facts()
        for stream in extractor.streams():
            world.prove(extractor, stream.name, world.read(extractor, stream.name))
        list(extractor.checks())
    sent = {(entry["method"], entry["path"].split("/services/")[1]) for entry in world.requests() if entry["method"] != "GET"}
    assert sent == {("POST", "oauth2/token"), ("POST", "data/v66.0/jobs/query")}
    assert world.org.effects() == []


def test_quotas_are_read_lightly(world: Any) -> None:
    extractor = world.open()
    extractor.facts()
    streams = extractor.streams()
    before = extractor.calls
    for stream in streams:
        world.prove(extractor, stream.name, world.read(extractor, stream.name))
    assert extractor.calls - before <= 3 * len(streams)
    assert before <= 5 + 2 * len(streams)


def test_very_long_queries_go_into_a_body(world: Any) -> None:
    client = world.open().client
    wanted = ", ".join(f"'{'x' * 30}{n}'" for n in range(600))
    page = client.query(f"SELECT Id FROM Order WHERE Shopify_Order_Id__c IN ({wanted}, '9001')")
    assert page["totalSize"] == 1
    assert ("POST", "/services/data/v66.0/composite") in {(entry["method"], entry["path"]) for entry in world.requests()}
    with pytest.raises(SourceError, match="INVALID_FIELD"):
        client.query(f"SELECT Nothing__c FROM Order WHERE Shopify_Order_Id__c IN ({wanted})")


@pytest.mark.parametrize(("short", "long"), [("00D7Q0000000001", "00D7Q0000000001UAA"), ("001A0000006Vm9r", "001A0000006Vm9rIAC")])
@pytest.mark.fault("salesforce", 30)
def test_ids_have_eighteen_characters(short: str, long: str) -> None:
    assert id18(short) == id18(long) == long
    with pytest.raises(SourceError):
        id18("001")
