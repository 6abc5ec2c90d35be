"""An org, a network and a proxy that misbehave: nothing is lost, nothing is doubled, nothing is called complete that is not."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from recon.errors import AuthError, IncompleteError, QuotaError, RetriableError, SourceError
from recon.systems.salesforce_api import bulk, client

QUERY = r"GET .*/query(All)?(/|$)"
ANYTHING = r"(GET|POST) /services/data/"


@pytest.fixture(autouse=True)
def small_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAGE", 25)


ORDERS = {"orders": {"object": "Order", "fields": {"external_id": "Shopify_Order_Id__c", "total": "Shop_Total__c"}}}


def expect_all(world: Any, threshold: int) -> Any:
    """All 60 orders and their proof, with an extractor that never talked to the org before."""
    extractor = world.open(threshold=threshold, settings={"mapping": ORDERS})
    reading = world.read(extractor, "order")
    assert len(reading.lines) == 60 and len(set(reading.ids)) == 60
    assert world.prove(extractor, "order", reading).complete
    return extractor


METHODS = pytest.mark.parametrize("threshold", [10**9, 0], ids=["rest", "bulk"])


@METHODS
@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("status", {"status": 429, "headers": {"Retry-After": "3"}}),
        ("status", {"status": 503, "body": "<html>maintenance</html>", "content_type": "text/html"}),
        ("status", {"status": 502}),
        ("html_200", {}),
        ("empty_200", {}),
        ("reset", {}),
        ("reset", {"share": 0}),
        ("truncate", {}),
        ("bad_gzip", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values()))[:20],
)
@pytest.mark.fault("salesforce", 1, 2, 3, 4, 5)
def test_a_fault_at_any_request_is_survived(world: Any, threshold: int, action: str, args: dict[str, Any]) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=25)
    calls = expect_all(world, threshold).calls
    for place in range(0, calls, 3):
        world.faults.clear()
        world.faults.on("GET .*/query", "short_page", times=None, rows=25)
        world.faults.on(ANYTHING, action, after=place, **args)
        expect_all(world, threshold)


@METHODS
@pytest.mark.fault("salesforce", 8)
def test_the_token_may_expire_at_any_request(world: Any, threshold: int) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=25)
    calls = expect_all(world, threshold).calls
    for place in range(calls):
        world.faults.clear()
        world.faults.on("GET .*/query", "short_page", times=None, rows=25)
        world.faults.on(ANYTHING, "expire_token", after=place)
        expect_all(world, threshold)


@pytest.mark.fault("salesforce", 8)
def test_a_token_that_is_refused_again_ends_the_run(world: Any) -> None:
    world.faults.on(ANYTHING, "expire_token", times=None, after=3)
    extractor = world.open()
    with pytest.raises(AuthError, match="access token"):
        world.read(extractor, "order")
    tokens = [entry for entry in world.requests() if entry["path"].endswith("/token")]
    assert len(tokens) == 2


def test_the_same_headers_go_with_the_repeated_call(world: Any) -> None:
    extractor = world.open()
    extractor.streams()
    seen: list[Any] = []
    send = extractor.client.http.send

    def watch(request: Any, **kwargs: Any) -> Any:
        seen.append(request)
        return send(request, **kwargs)

    extractor.client.http.send = watch
    world.faults.on("GET .*/queryAll", "expire_token")
    extractor.client.query("SELECT Id FROM Order", {"Sforce-Query-Options": "batchSize=200"})
    first, _, again = seen
    assert first.url == again.url and first.headers["Sforce-Query-Options"] == again.headers["Sforce-Query-Options"] == "batchSize=200"
    assert first.headers["Authorization"] != again.headers["Authorization"]


@pytest.mark.fault("salesforce", 9)
def test_an_expired_cursor_is_replaced(world: Any) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=7)
    world.faults.on("GET .*/query/", "locator_expired", after=2, times=1)
    expect_all(world, 10**9)
    world.faults.on("GET .*/query/", "locator_expired", times=None)
    expect_all(world, 10**9)


@pytest.mark.fault("salesforce", 6)
def test_a_repeated_page_is_noticed(world: Any) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=7)
    for place in range(1, 9):
        world.faults.on("GET .*/query(All)?/", "duplicate_page", after=place)
        expect_all(world, 10**9)


def test_a_cursor_that_leads_nowhere_ends(world: Any) -> None:
    world.faults.on("GET .*/query", "short_page", times=None, rows=7)
    world.faults.on("GET .*/query", "looping_locator", times=None)
    expect_all(world, 10**9)  # each page is asked for anew from the last record


@pytest.mark.fault("salesforce", 6)
def test_a_server_that_only_repeats_itself_is_given_up(world: Any) -> None:
    extractor = world.open()
    world.faults.on("GET .*/query", "short_page", times=None, rows=7)
    first = world.read(extractor, "order", chunks=1)
    last = dict(first.states[-1], stamp="2026-12-01T00:00:00.000+0000")
    page = extractor.client.query("SELECT Id, SystemModstamp FROM Order ORDER BY SystemModstamp, Id")
    extractor.client.query = lambda *_: page
    with pytest.raises(IncompleteError, match="repeat"):
        world.read(extractor, "order", state=last)


@pytest.mark.fault("salesforce", 7)
def test_silently_missing_rows_are_never_called_complete(world: Any) -> None:
    world.faults.on("GET .*/queryAll", "missing_rows", count=3)
    extractor = world.open()
    extractor.streams()
    reading = world.read(extractor, "order")
    proof = world.prove(extractor, "order", reading)
    assert len(reading.lines) == 57 and not proof.complete and "60" in proof.reason and "57" in proof.reason


def test_a_wrong_count_only_changes_the_way_of_reading(world: Any) -> None:
    world.faults.on("GET .*/recordCount", "stale_count", times=None, by=-50)
    expect_all(world, 30)


@pytest.mark.parametrize("action", ["bulk_failed", "bulk_aborted", "bulk_vanished", "bulk_locator_lost"])
@pytest.mark.fault("salesforce", 10)
def test_a_lost_job_is_begun_again(world: Any, action: str) -> None:
    match = "results" if action == "bulk_locator_lost" else "GET .*/jobs/query"
    world.faults.on(match, action)
    extractor = world.open(threshold=0)
    reading = world.read(extractor, "order")
    assert len(set(reading.ids)) == 60
    assert world.prove(extractor, "order", reading).complete
    assert sum(entry["method"] == "POST" and entry["path"].endswith("jobs/query") for entry in world.requests()) == 2


@pytest.mark.parametrize("action", ["bulk_failed", "bulk_aborted", "bulk_vanished"])
@pytest.mark.fault("salesforce", 10)
def test_jobs_that_keep_failing_end_the_stream(world: Any, action: str) -> None:
    world.faults.on("GET .*/jobs/query", action, times=None)
    with pytest.raises(RetriableError, match="again and again"):
        world.read(world.open(threshold=0), "order")


@pytest.mark.fault("salesforce", 10)
def test_a_job_lost_half_way_leaves_no_false_count(world: Any) -> None:
    extractor = world.open(threshold=0)
    first = world.read(extractor, "order", chunks=2)
    world.faults.on("GET .*/jobs/query", "bulk_vanished")
    rest = world.read(extractor, "order", state=first.states[-1])
    first.lines += rest.lines
    first.states += rest.states
    assert len(first.lines) == 85 and len(set(first.ids)) == 60
    assert world.prove(extractor, "order", first).complete


def test_a_stuck_job_is_waited_for_and_then_left_for_the_next_run(world: Any) -> None:
    world.faults.on("GET .*/jobs/query", "bulk_stuck", times=6)
    expect_all(world, 0)
    assert max(world.slept) < 33 and sum(world.slept) > 10
    world.faults.on("GET .*/jobs/query", "bulk_stuck", times=None)
    extractor = world.open(threshold=0, run_seconds=600)
    reading = world.read(extractor, "order", chunks=1)
    with pytest.raises(RetriableError, match="did not end"):
        world.read(extractor, "order", state=reading.states[-1])
    world.faults.clear()
    jobs = len([entry for entry in world.requests() if entry["method"] == "POST" and entry["path"].endswith("jobs/query")])
    assert len(world.read(extractor, "order", state=reading.states[-1]).lines) == 60
    assert len([entry for entry in world.requests() if entry["method"] == "POST" and entry["path"].endswith("jobs/query")]) == jobs


@pytest.mark.fault("salesforce", 4, 10)
def test_a_result_page_with_fewer_records_than_promised_is_fetched_again(world: Any) -> None:
    world.faults.on("results", "bulk_short", count=3)
    expect_all(world, 0)
    world.faults.on("results", "bulk_short", times=None, count=3)
    with pytest.raises(IncompleteError, match="announces"):
        world.read(world.open(threshold=0), "order")


@pytest.mark.parametrize("body", ["[]", "{}", "7", '{"totalSize": 1, "done": true, "records": {"a": 1}}', '[{"errorCode": "X"}]'])
@METHODS
@pytest.mark.fault("salesforce", 3)
def test_answers_of_a_wrong_shape_are_errors_and_no_crash(world: Any, threshold: int, body: str) -> None:
    calls = expect_all(world, threshold).calls
    for place in range(calls - 1):
        world.faults.clear()
        world.faults.on(ANYTHING, "status", status=200, body=body, content_type="application/json", after=place)
        try:
            expect_all(world, threshold)
        except SourceError:
            continue
        except AssertionError as error:  # an answer without a count is no answer
            raise AssertionError(f"request {place}") from error


def test_an_address_that_is_too_long_for_a_proxy_goes_into_a_body(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LONGEST_QUERY", 10**6)
    wanted = ", ".join(f"'{'x' * 30}{n}'" for n in range(600))
    page = world.open().client.query(f"SELECT Id FROM Order WHERE Shopify_Order_Id__c IN ({wanted}, '9001')")
    assert page["totalSize"] == 1
    assert 431 in {entry["status"] for entry in world.requests()}
    for status in (414, 431):
        world.faults.on("GET .*/queryAll", "status", status=status, body="<html>too long</html>", content_type="text/html")
        expect_all(world, 10**9)


@pytest.mark.fault("salesforce", 34)
def test_the_daily_limit_ends_the_run_at_once(world: Any) -> None:
    world.faults.on(ANYTHING, "daily_limit", times=None, after=5)
    extractor = world.open()
    with pytest.raises(QuotaError, match="daily API calls"):
        world.read(extractor, "order")
    assert not world.slept


@pytest.mark.fault("salesforce", 34)
def test_a_run_keeps_to_its_share_of_the_day(build: Any) -> None:
    world = build(daily_limit=40)
    extractor = world.open(api_share=0.25)
    with pytest.raises(QuotaError, match="share"):
        for stream in extractor.streams():
            world.read(extractor, stream.name)
    assert len(world.requests()) <= 13


def test_too_many_long_calls_are_waited_out(world: Any) -> None:
    world.faults.on(ANYTHING, "concurrent_limit", times=2, after=4)
    expect_all(world, 10**9)
    assert 2 <= sum(wait >= 45 for wait in world.slept) <= 3


@pytest.mark.fault("salesforce", 5)
def test_a_slow_answer_is_still_an_answer(world: Any) -> None:
    world.faults.on("GET .*/queryAll", "slow", bytes=4096, pause=0.01)
    expect_all(world, 10**9)


@pytest.mark.fault("salesforce", 23)
def test_a_schema_that_changes_under_a_run_is_said(world: Any) -> None:
    extractor = world.open()
    extractor.streams()
    world.org.hide("Order", "Shop_Total__c")
    with pytest.raises(SourceError, match="INVALID_FIELD"):
        world.read(extractor, "order")


@pytest.mark.fault("salesforce", 35)
def test_no_secret_and_no_customer_reaches_a_log_or_an_error(world: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    extractor = world.open()
    expect_all(world, 0)
    world.read(extractor, "account")
    token = extractor.client._token
    world.faults.on(
        ANYTHING,
        "status",
        times=None,
        status=400,
        body='[{"errorCode": "MALFORMED_QUERY", "message": "ann1@example.com"}]',
        content_type="application/json",
    )
    with pytest.raises(SourceError) as caught:
        world.read(extractor, "order")
    text = caplog.text + str(caught.value) + repr(caught.value)
    for secret in (token, "client-secret-0123456789", "ann1@example.com", "SELECT"):
        assert secret not in text
    assert "/services/data/v66.0/query" in caplog.text
