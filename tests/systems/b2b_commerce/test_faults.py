"""An org, a network and a proxy that misbehave: nothing is lost, nothing is doubled, nothing is called complete that is not."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from recon.errors import AuthError, IncompleteError, RetriableError, SourceError
from recon.systems.b2b_commerce import extract
from recon.systems.b2b_commerce.streams import READINGS
from recon.systems.salesforce_api import bulk

ANYTHING = r"(GET|POST) /services/data/"
METHODS = pytest.mark.parametrize("threshold", [10**9, 0], ids=["rest", "bulk"])


@pytest.fixture(autouse=True)
def small_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 12)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders and stores only: describing all the other objects takes its time, and each is asked for in the same way."""
    monkeypatch.setattr(extract, "READINGS", tuple(one for one in READINGS if one.name in {"web_stores", "orders"}))


def expect_all(world: Any, threshold: int) -> Any:
    """All 40 orders of the stores and their proof, with an extractor that never talked to the org before."""
    reader = world.open(threshold=threshold, stores=["Retail", "Wholesale"])
    landed = world.read(reader, "orders")
    assert len(set(landed.ids)) == 40
    assert world.prove(reader, "orders", landed).complete
    return reader


def paged(world: Any) -> None:
    world.faults.clear()
    world.faults.on("GET .*/query", "short_page", times=None, rows=9)


@METHODS
@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("status", {"status": 429, "headers": {"Retry-After": "3"}}),
        ("status", {"status": 503, "body": "<html>maintenance</html>", "content_type": "text/html"}),
        ("html_200", {}),
        ("empty_200", {}),
        ("reset", {}),
        ("truncate", {}),
        ("bad_gzip", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values()))[:20],
)
def test_a_fault_at_any_request_of_reading_is_survived(few: None, world: Any, threshold: int, action: str, args: dict[str, Any]) -> None:
    paged(world)
    reader = expect_all(world, threshold)
    for place in range(0, reader.calls, 2):
        paged(world)
        world.faults.on(ANYTHING, action, after=place, **args)
        expect_all(world, threshold)


@METHODS
def test_the_token_may_expire_while_reading(few: None, world: Any, threshold: int) -> None:
    paged(world)
    calls = expect_all(world, threshold).calls
    for place in range(1, calls, 2):
        paged(world)
        world.faults.on(ANYTHING, "expire_token", after=place)
        expect_all(world, threshold)


def test_a_refused_token_ends_the_run(world: Any) -> None:
    world.faults.on(ANYTHING, "expire_token", times=None, after=3)
    with pytest.raises(AuthError, match="access token"):
        world.read(world.open(), "orders")


def test_expired_and_repeated_cursors(few: None, world: Any) -> None:
    paged(world)
    world.faults.on("GET .*/query/", "locator_expired", times=None)
    expect_all(world, 10**9)
    for place in range(1, 6):
        paged(world)
        world.faults.on("GET .*/query(All)?/", "duplicate_page", after=place)
        expect_all(world, 10**9)


def test_silently_missing_rows_are_never_called_complete(world: Any) -> None:
    reader = world.open()
    reader.streams()
    world.faults.on("GET .*/queryAll", "missing_rows", count=3)
    landed = world.read(reader, "orders")
    proof = world.prove(reader, "orders", landed)
    assert len(landed.rows) < 40 and not proof.complete and "40" in proof.reason


def test_an_order_that_moves_while_pages_are_read_is_no_gap(world: Any) -> None:
    paged(world)
    reader = world.open()
    first = world.read(reader, "orders", chunks=2)
    moved = first.ids[0]
    world.org.store.update("Order", moved, {"SystemModstamp": "2026-11-23T12:00:01.000Z"})
    rest = world.read(reader, "orders", state=first.states[-1])
    first.rows += rest.rows
    first.states += rest.states
    assert len(set(first.ids)) == 40 and len(first.ids) == 41
    assert world.prove(reader, "orders", first).complete


@pytest.mark.parametrize("action", ["bulk_failed", "bulk_vanished", "bulk_locator_lost"])
def test_a_lost_job_is_begun_again_and_not_for_ever(few: None, world: Any, action: str) -> None:
    match = "results" if action == "bulk_locator_lost" else "GET .*/jobs/query"
    world.faults.on(match, action)
    expect_all(world, 0)
    world.faults.on(match, action, times=None)
    with pytest.raises(RetriableError, match="again and again"):
        world.read(world.open(threshold=0), "orders")


def test_a_result_with_fewer_records_than_announced_is_no_result(world: Any) -> None:
    world.faults.on("results", "bulk_short", times=None, count=3)
    with pytest.raises(IncompleteError, match="announces"):
        world.read(world.open(threshold=0), "orders")


def test_a_schema_that_changes_under_a_run_is_said(world: Any) -> None:
    reader = world.open()
    reader.streams()
    world.org.hide("Order", "GrandTotalAmount")
    with pytest.raises(SourceError, match="INVALID_FIELD"):
        world.read(reader, "orders")


def test_no_secret_and_no_customer_reaches_a_log_or_an_error(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reader = expect_all(world, 0)
    world.read(reader, "contacts")
    body = '[{"errorCode": "MALFORMED_QUERY", "message": "zoe@example.com"}]'
    world.faults.on(ANYTHING, "status", times=None, status=400, body=body, content_type="application/json")
    with pytest.raises(SourceError) as caught:
        world.read(reader, "orders")
    text = caplog.text + str(caught.value) + repr(caught.value)
    for secret in (reader.client._token, "commerce-secret-0123456789", "zoe@example.com", "SELECT"):
        assert secret not in text


@METHODS
def test_reading_sends_nothing_that_could_change_anything(world: Any, threshold: int) -> None:
    before = [row for name in ("Order", "OrderSummary", "Contact", "Product2") for row in world.org.rows(name)]
    reader = world.open(threshold=threshold)
    for stream in reader.streams():
        world.read(reader, stream.name)
    list(reader.checks())
    posts = {entry["path"].rpartition("/")[2] for entry in world.requests() if entry["method"] == "POST"}
    assert {entry["method"] for entry in world.requests()} == {"GET", "POST"} and posts <= {"token", "query"}
    assert world.org.effects() == []
    assert [row for name in ("Order", "OrderSummary", "Contact", "Product2") for row in world.org.rows(name)] == before
