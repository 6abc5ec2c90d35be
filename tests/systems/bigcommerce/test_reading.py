"""Reading a whole store over HTTPS: complete, resumable, unharmed by what shops and networks do meanwhile."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from recon.errors import AuthError, ConfigError, IncompleteError, QuotaError, ReconError, RetriableError, SourceError
from recon.sandbox.bigcommerce import ALL_SCOPES
from recon.sandbox.bigcommerce import documents as docs
from recon.systems.base import Window

Pour = Callable[..., Any]

ALL = [
    "store", "channels", "customers", "subscribers", "orders", "refunds", "shipments", "transactions", "products", "inventory", "locations",
    "price_lists", "price_records", "companies",
]  # fmt: skip
SIZES = {
    "store": 1, "channels": 2, "customers": 30, "subscribers": 15, "orders": 41, "refunds": 12, "shipments": 9, "transactions": 30,
    "products": 20, "inventory": 20, "locations": 2, "price_lists": 2, "price_records": 20, "companies": 12,
}  # fmt: skip
LISTS = [name for name in ALL if name != "store"]


def key(line: dict[str, Any]) -> Any:
    return (
        line.get("id") or line.get("companyId") or line.get("identity", {}).get("variant_id") or (line["price_list_id"], line["variant_id"])
    )


@pytest.mark.usefixtures("small_pages")
def test_a_full_read_is_complete_proven_and_brings_nothing_twice(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    assert [stream.name for stream in reader.streams()] == ALL
    for name in ALL:
        landed = pour_stream(reader, name, world.window())
        keys = [key(line) for line in landed.lines]
        assert len(keys) == len(set(keys)) == SIZES[name], name
        proof = prove_stream(reader, name, world.window(), landed)
        assert proof.complete, (name, proof.reason)
        assert proof.watermark == world.store.now()
    assert reader.calls == len(world.requests())


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("name", LISTS)
def test_reading_goes_on_after_any_chunk(world: Any, pour_stream: Pour, prove_stream: Pour, name: str) -> None:
    whole = pour_stream(world.reader(), name, world.window())
    for stop in range(1, whole.chunks + 1):
        cut = pour_stream(world.reader(), name, world.window(), stop_after=stop)
        reader = world.reader()
        landed = pour_stream(reader, name, world.window(), cut)
        assert landed.table() == whole.table()
        assert len(landed.lines) == len(whole.lines)
        assert prove_stream(reader, name, world.window(), landed).complete


def test_facts_come_from_the_store(world: Any) -> None:
    facts = world.reader(title="Our shop").facts()
    assert (facts.account_id, facts.title, facts.currency, facts.time_zone) == ("a1b2c3d4e5", "Our shop", "EUR", "Europe/Berlin")
    assert facts.tax_included is True
    assert facts.record_url_template == "https://store-a1b2c3d4e5.mybigcommerce.com/manage/{object}/{record_id}"


# -- the vendor's traps ------------------------------------------------------------------------------------------------------


def test_an_order_of_63_lines_keeps_them_all(world: Any, pour_stream: Pour) -> None:
    orders = {line["id"]: line for line in pour_stream(world.reader(), "orders", world.window()).lines}
    assert len(orders[103]["__lines"]) == 63
    assert len(orders[103]["consignments"]["shipping"][0]["line_items"]) == 50
    assert "__lines" not in orders[104]
    lists = [entry["path"] for entry in world.requests() if entry["path"].endswith("/products") and "/v2/orders/" in entry["path"]]
    assert set(lists) == {"/stores/a1b2c3d4e5/v2/orders/103/products"}


def test_a_store_that_counts_items_in_its_own_way_does_not_cost_a_call_for_every_order(world: Any, pour_stream: Pour) -> None:
    for number in range(104, 141):
        world.store.change("orders", number, items_total=9)
    pour_stream(world.reader(), "orders", world.window())
    fetched = Counter(entry["path"] for entry in world.requests() if entry["path"].endswith("/products") and "/v2/orders/" in entry["path"])
    assert len(fetched) == 1 + 20


def test_addresses_beyond_ten_are_fetched(world: Any, pour_stream: Pour) -> None:
    customers = {line["id"]: line for line in pour_stream(world.reader(), "customers", world.window()).lines}
    assert {number: len(one["addresses"]) for number, one in customers.items() if len(one["addresses"]) > 1} == {5: 14, 6: 10}
    asked = [entry["query"] for entry in world.requests() if entry["path"].endswith("/addresses")]
    assert all(query.startswith("customer_id:in=5&") for query in asked)


def test_archived_orders_are_read_and_marked(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    assert [line["id"] for line in landed.lines if line["is_deleted"]] == [150]
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert (proof.complete, proof.expected) == (True, 40)
    first, *_ = reader.again("orders", "id")
    looks = list(reader.reread(first, "id", ["150", "999999"]))
    assert {key: fate.state for look in looks for key, fate in look.fates.items()} == {"150": "trashed", "999999": "gone"}
    assert [json.loads(line)["id"] for look in looks for line in look.lines] == [150]


def test_where_the_store_does_not_list_archived_orders_that_is_said(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.store.knows_is_deleted = False
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    assert sorted(landed.ids) == list(range(101, 141))
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert proof.complete
    assert "archived" in proof.unreadable["orders.deleted_at"]


def test_amounts_keep_every_digit(world: Any, pour_stream: Pour) -> None:
    landed = pour_stream(world.reader(), "refunds", world.window())
    assert b'"total_amount":12.0,' in landed.raw[0]
    orders = pour_stream(world.reader(), "orders", world.window())
    assert b'"total_inc_tax":"53.0000"' in orders.raw[0]


# -- changes while reading ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("name", ["orders", "customers", "products", "subscribers", "inventory", "refunds", "price_records", "companies"])
def test_what_vanishes_while_reading_takes_nobody_else_with_it(world: Any, pour_stream: Pour, prove_stream: Pour, name: str) -> None:
    reader = world.reader()
    first = pour_stream(reader, name, world.window(), stop_after=1)
    gone = [key(line) for line in first.lines][:3]
    for one in gone:
        world.store.delete(name, one[1] if isinstance(one, tuple) else one)
    everybody = {key(line) for line in pour_stream(world.reader(), name, world.window()).lines}
    landed = pour_stream(world.reader(), name, world.window(), first)
    assert {key(line) for line in landed.lines} == everybody | set(gone)
    proof = prove_stream(reader, name, world.window(), landed)
    assert proof.complete, proof.reason


@pytest.mark.usefixtures("small_pages")
def test_what_comes_while_reading_disturbs_nothing(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    first = pour_stream(reader, "orders", world.window(), stop_after=2)
    world.store.load("orders", [{**world.store.get("orders", 120), "id": 500}, {**world.store.get("orders", 120), "id": 90}])
    landed = pour_stream(reader, "orders", world.window(), first)
    assert len(landed.ids) == len(set(landed.ids))
    assert {*range(101, 141), 150, 500} == set(landed.ids)


# -- deltas -------------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(
    ("name", "expected"), [("orders", set(range(101, 111))), ("customers", set(range(1, 13))), ("refunds", set(range(900, 909)))]
)
def test_a_delta_brings_what_changed_since(world: Any, pour_stream: Pour, prove_stream: Pour, name: str, expected: set[int]) -> None:
    reader = world.reader()
    window = world.window(world.store.now() - timedelta(hours=50))
    landed = pour_stream(reader, name, window)
    assert set(landed.ids) == expected
    proof = prove_stream(reader, name, window, landed)
    assert proof.complete
    assert proof.expected == len(expected)


def test_an_order_archived_since_comes_with_the_delta(world: Any, pour_stream: Pour) -> None:
    world.store.archive(120, docs.rfc2822(world.store.now() - timedelta(minutes=20)))
    landed = pour_stream(world.reader(), "orders", world.window(world.store.now() - timedelta(hours=1)))
    assert [(line["id"], line["is_deleted"]) for line in landed.lines] == [(120, True)]


def test_times_are_encoded_as_each_list_wants_them(world: Any, pour_stream: Pour) -> None:
    window = world.window(world.store.now() - timedelta(hours=50))
    reader = world.reader()
    for name in ("customers", "subscribers", "refunds", "orders"):
        pour_stream(reader, name, window)
    queries = {entry["path"].split("/", 3)[3]: entry["query"] for entry in world.requests() if "min" in entry["query"]}
    assert "date_modified:min=2026-11-21T16:00:00Z" in queries["v3/customers"]
    assert "created:min=2026-11-21T16%3A00%3A00Z" in queries["v3/orders/payment_actions/refunds"]


# -- quota and trouble --------------------------------------------------------------------------------------------------------


def test_a_tenth_of_the_quota_is_left_to_others(world: Any, pour_stream: Pour) -> None:
    world.store.quota.size = 20
    reader = world.reader()
    landed = pour_stream(reader, "transactions", world.window())
    assert len(landed.lines) == 30
    assert not any(entry["status"] == 429 for entry in world.requests())
    assert any(wait > 10 for wait in world.slept)


def test_what_other_apps_use_up_is_waited_for(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    reader.facts()
    world.store.quota.spend(10_000)
    assert len(pour_stream(reader, "locations", world.window()).lines) == 2
    assert [entry["status"] for entry in world.requests()].count(429) == 1
    assert sum(world.slept) > 20


TROUBLE: dict[str, dict[str, Any]] = {
    "quota used up": {"action": "throttled", "reset_ms": 2500},
    "platform overloaded": {"action": "overload"},
    "503 as a page": {"action": "status", "status": 503},
    "502 as JSON": {"action": "status", "status": 502, "body": {"status": 502}},
    "page instead of data": {"action": "html_200"},
    "nothing instead of data": {"action": "empty_200"},
    "connection reset": {"action": "reset"},
    "no answer": {"action": "lost_answer"},
    "cut": {"action": "truncate"},
    "broken gzip": {"action": "bad_gzip"},
    "page twice": {"action": "duplicate_page", "after": 1},
}


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("kind", TROUBLE)
@pytest.mark.parametrize("name", ["orders", "customers", "subscribers", "companies"])
def test_passing_trouble_leaves_no_trace(world: Any, pour_stream: Pour, prove_stream: Pour, name: str, kind: str) -> None:
    trouble = dict(TROUBLE[kind])
    paths = {"orders": "/v2/orders", "customers": "/v3/customers", "subscribers": "/subscribers", "companies": "/companies"}
    reader = world.reader()
    reader.streams()
    # the two requests that are struck are neighbours, and neither is the first
    world.store.faults.on(rf"GET .*{paths[name]}\?", trouble.pop("action"), after=trouble.pop("after", 2), times=2, **trouble)
    landed = pour_stream(reader, name, world.window())
    assert {key(line) for line in landed.lines} == {key(line) for line in pour_stream(world.reader(), name, world.window()).lines}
    assert prove_stream(reader, name, world.window(), landed).complete
    assert all(fault.struck for fault in world.store.faults.list())


def test_pages_too_large_are_asked_for_in_smaller_ones(world: Any, pour_stream: Pour) -> None:
    world.store.faults.on("GET .*/v2/orders", "too_large", times=None)
    assert len(pour_stream(world.reader(), "orders", world.window()).lines) == 41
    assert any("limit=31" in entry["query"] for entry in world.requests())


@pytest.mark.usefixtures("small_pages")
def test_a_cursor_that_turns_in_a_circle_ends_the_read(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    reader.streams()
    world.store.faults.on("GET .*/v3/customers", "loop_cursor", times=None, after=2)
    with pytest.raises(IncompleteError, match="do not go on"):
        pour_stream(reader, "customers", world.window())


def test_a_token_that_dies_ends_the_read_with_what_to_do(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    reader.streams()
    world.store.faults.on("GET .*/v2/orders", "token_revoked")
    with pytest.raises(AuthError, match="does not accept the access token"):
        pour_stream(reader, "orders", world.window())


def test_a_locked_store_is_not_asked_again(world: Any) -> None:
    world.store.faults.on("GET", "locked", times=None)
    with pytest.raises(SourceError, match="locked"):
        world.reader().facts()
    assert len(world.requests()) == 1


def test_trouble_that_stays_is_an_error_that_can_be_tried_again(world: Any) -> None:
    world.store.faults.on("GET", "status", times=None, status=500)
    with pytest.raises(RetriableError):
        world.reader().facts()
    assert len(world.requests()) == 4


def test_another_store_is_refused(world: Any) -> None:
    world.store.faults.on("GET .*/v2/store", "other_store")
    with pytest.raises(SourceError, match="not a1b2c3d4e5"):
        world.reader().facts()


# -- rights -------------------------------------------------------------------------------------------------------------------


def test_what_a_scope_does_not_open_is_named_and_left_out(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.store.add_token("bc-token-0123456789abcdef", set(ALL_SCOPES) - {"store_inventory_read_only", "store_locations_read_only"})
    world.store.price_lists = False
    reader = world.reader(per_order=(), b2b=False)
    assert {stream.name for stream in reader.streams()} == set(ALL) - {
        "inventory", "locations", "price_lists", "price_records", "shipments", "transactions", "companies",
    }  # fmt: skip
    why = reader.not_covered()
    assert "store_inventory_read_only" in why["inventory_levels"]
    assert "store_locations_read_only" in why["locations"]
    assert "per_order" in why["fulfillments"]
    assert "per_order" in why["payments"]
    assert "b2b" in why["companies"]
    assert "returns" in why["returns"]
    assert "prices" not in why  # the catalogue still has prices
    levels = {check.subject: check.level for check in reader.checks()}
    assert levels["stream inventory"] == "warn"
    assert levels["stream orders"] == "ok"
    assert "fail" not in levels.values()


def test_without_refunds_and_subscribers_their_columns_are_unknown(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.store.faults.on("GET .*/(refunds|subscribers)", "scope_missing", times=None)
    reader = world.reader()
    unknown: dict[str, str] = {}
    for name in ("orders", "customers"):
        landed = pour_stream(reader, name, world.window())
        unknown |= prove_stream(reader, name, world.window(), landed).unreadable
    assert set(unknown) == {"orders.refunded", "orders.current_total", "customers.email_consent"}


def test_doctor_speaks_of_access_clock_quota_and_cost(world: Any) -> None:
    checks = {check.subject: check for check in world.reader().checks()}
    assert {check.level for check in checks.values()} == {"ok"}
    assert "of 450 requests" in checks["quota"].message
    assert "40 orders" in checks["cost"].message
    world.store.add_token("bc-token-0123456789abcdef", [])
    refused = list(world.reader().checks())
    assert [check.level for check in refused] == ["fail"]


# -- nothing but reads, no secrets -----------------------------------------------------------------------------------------------


def test_nothing_but_get_is_ever_sent(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    for name in ALL:
        prove_stream(reader, name, world.window(), pour_stream(reader, name, world.window()))
    list(reader.checks())
    assert {entry["method"] for entry in world.requests()} == {"GET"}
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        before = len(world.requests())
        with pytest.raises(SourceError, match="mere read"):
            reader.client.http.request(method, f"/stores/{world.store.hash}/v2/orders/101", json={"status_id": 5})
        assert len(world.requests()) == before


def test_no_error_and_no_log_holds_the_token(world: Any, pour_stream: Pour, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reader = world.reader()
    reader.streams()
    errors: list[ReconError] = []
    for action, more in (("token_revoked", {}), ("status", {"status": 500, "times": None}), ("locked", {})):
        world.store.faults.clear()
        world.store.add_token("bc-token-0123456789abcdef")
        world.store.faults.on("GET .*/v2/orders", action, **more)
        with pytest.raises(ReconError) as caught:
            pour_stream(world.reader(), "orders", Window(None, world.store.now()))
        errors.append(caught.value)
    text = caplog.text + json.dumps([str(error) for error in errors])
    assert "bc-token-0123456789abcdef" not in text
    assert "buyer" not in text


def test_settings_say_what_is_wrong(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (
        {"store": "https://api.bigcommerce.com/stores/x"},
        {"token": "abc"},
        {"per_order": ("refunds",)},
        {"b2b_url": "http://x"},
    ):
        with pytest.raises(ValueError, match=r"Input|must|Value"):
            world.reader(**wrong)
    monkeypatch.delenv("BC_TOKEN")
    with pytest.raises(ConfigError, match="BC_TOKEN"):
        world.reader()


def test_a_budget_of_calls_ends_the_read(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    reader.streams()
    reader.client.http.host.budget = 2
    with pytest.raises(QuotaError):
        pour_stream(reader, "transactions", world.window())
