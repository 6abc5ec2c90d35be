"""An org, a network and a proxy that misbehave: nothing is lost, nothing is doubled, nothing is called complete that is not."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from recon.errors import IncompleteError, RetriableError, SourceError
from recon.systems.salesforce_api import bulk

ANYTHING = r"(GET|POST) /services/data/"


@pytest.fixture(autouse=True)
def small_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 12)


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


@pytest.mark.fault("b2b_commerce", 10)
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
def test_a_fault_at_any_request_of_a_job_is_survived(few: None, world: Any, action: str, args: dict[str, Any]) -> None:
    paged(world)
    reader = expect_all(world, 0)
    for place in range(0, reader.calls, 2):
        paged(world)
        world.faults.on(ANYTHING, action, after=place, **args)
        expect_all(world, 0)


@pytest.mark.fault("b2b_commerce", 6, 9)
def test_expired_and_repeated_cursors(few: None, world: Any) -> None:
    paged(world)
    world.faults.on("GET .*/query/", "locator_expired", times=None)
    expect_all(world, 10**9)
    for place in range(1, 6):
        paged(world)
        world.faults.on("GET .*/query(All)?/", "duplicate_page", after=place)
        expect_all(world, 10**9)


@pytest.mark.fault("b2b_commerce", 10)
@pytest.mark.parametrize("action", ["bulk_failed", "bulk_vanished", "bulk_locator_lost"])
def test_a_lost_job_is_begun_again_and_not_for_ever(few: None, world: Any, action: str) -> None:
    match = "results" if action == "bulk_locator_lost" else "GET .*/jobs/query"
    world.faults.on(match, action)
    expect_all(world, 0)
    world.faults.on(match, action, times=None)
    with pytest.raises(RetriableError, match="again and again"):
        world.read(world.open(threshold=0), "orders")


@pytest.mark.fault("b2b_commerce", 10)
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
