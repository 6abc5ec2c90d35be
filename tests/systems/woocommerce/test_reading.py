"""Reading a site, against the stand-in: completeness, interruptions, drift, versions, and what hosts do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.errors import AuthError, IncompleteError, RetriableError, SourceError
from recon.systems.base import Window

Pour = Callable[..., Any]

STREAMS = ["orders", "refunds", "customers", "products", "variations", "coupons", "taxes"]
ROWS = {"orders": 230, "refunds": 12, "customers": 120, "products": 26, "variations": 15, "coupons": 1, "taxes": 1}


@pytest.mark.parametrize(("version", "hpos"), [("11.0.1", True), ("10.2.0", True), ("8.9.3", False), ("8.2.0", False)])
def test_a_full_read_is_complete_and_proven_on_every_version(
    world: Any, pour_stream: Pour, prove_stream: Pour, version: str, hpos: bool
) -> None:
    world.shop.set("version", version)
    world.shop.set("hpos", hpos)
    reader = world.reader(look_up=0)
    assert [stream.name for stream in reader.streams()] == STREAMS
    for name in STREAMS:
        landed = pour_stream(reader, name, world.window())
        proof = prove_stream(reader, name, world.window(), landed)
        assert proof.complete, (name, proof.reason)
        assert proof.expected is not None
        assert len(landed.ids) == len(set(landed.ids)) == proof.expected == ROWS[name], name
        assert proof.watermark is not None


def test_records_land_as_they_were_answered_with_exact_numbers(world: Any, pour_stream: Pour) -> None:
    order = world.shop.record("orders", 1001)
    order["line_items"][0]["price"] = 143.95000000000002
    world.shop.load("orders", [order])
    reader = world.reader()
    chunk = next(chunk for chunk in reader.read(reader.streams()[0], world.window(), None) if chunk.rows == 100)
    assert b'"price":143.95000000000002' in next(iter(chunk.lines))
    landed = pour_stream(world.reader(look_up=0), "orders", world.window())
    record = next(line for line in landed.lines if line["id"] == 1001)
    assert record["_links"]["self"]
    assert record["billing"]["email"] == "buyer1001@example.com"


def test_reading_goes_on_after_an_interruption_at_any_chunk(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    for name in ("orders", "refunds", "variations"):
        for version in ("11.0.1", "8.9.3"):
            world.shop.set("version", version)
            whole = pour_stream(world.reader(look_up=25, page_size=60), name, world.window())
            for stop in range(1, whole.chunks):
                landed = pour_stream(world.reader(look_up=25, page_size=60), name, world.window(), stop_after=stop)
                reader = world.reader(look_up=25, page_size=60)
                pour_stream(reader, name, world.window(), landed)
                assert sorted(landed.ids) == sorted(whole.ids), (name, version, stop)
                assert prove_stream(reader, name, world.window(), landed).complete


def test_orders_that_vanish_while_pages_are_read_make_nothing_slip_through(world: Any, prove_stream: Pour, pour_stream: Pour) -> None:
    reader = world.reader(page_size=20, look_up=0)
    stream = reader.streams()[0]
    landed: list[int] = []
    gone = set(range(1001, 1045, 2))
    for number, chunk in enumerate(reader.read(stream, world.window(), None)):
        landed += [json.loads(line)["id"] for line in chunk.lines]
        if number == 4:
            for order in gone:
                world.shop.delete("orders", order)
    assert set(landed) >= {1001 + 2 * n for n in range(230)} - gone
    assert len(landed) == len(set(landed))


def test_an_order_that_comes_back_behind_the_walk_is_fetched_in_a_second_round(world: Any, prove_stream: Pour) -> None:
    reader = world.reader(page_size=20, look_up=0)
    stream = reader.streams()[0]
    landed: list[int] = []
    state: Any = None
    for number, chunk in enumerate(reader.read(stream, world.window(), None)):
        landed += [json.loads(line)["id"] for line in chunk.lines]
        state = dict(chunk.state)
        if number == 5:
            world.shop.change("orders", 1001 + 2 * 17, status="processing")  # was a draft
    assert 1001 + 2 * 17 in landed
    assert reader.prove(stream, world.window(), len(landed), state).complete


def test_what_no_list_shows_is_found_by_its_id(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.set("plugin_statuses", {})  # the plugin is switched off: orders in its status vanish from every list
    reader = world.reader(look_up=400)
    landed = pour_stream(reader, "orders", world.window())
    assert {record["id"] for record in landed.lines if record["status"] == "shipped"} == {1001 + 2 * 27, 1001 + 2 * 28}
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert proof.complete
    assert "In a status that no list shows: 2 orders, found by their ids." in proof.reason
    assert len(landed.ids) == proof.expected == 230


def test_a_record_is_proven_missing_by_its_id(world: Any) -> None:
    world.shop.set("plugin_statuses", {})
    found = world.reader().records_by_id([1001 + 2 * 27, "1001", 999999])
    assert found[str(1001 + 2 * 27)]["status"] == "shipped"
    assert found["1001"]["id"] == 1001
    assert found["999999"] is None


def test_a_status_that_any_leaves_out_is_asked_for_by_name(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.set("unsearchable", ["shipped"])
    reader = world.reader(look_up=0)
    landed = pour_stream(reader, "orders", world.window())
    assert len(set(landed.ids)) == 230
    assert prove_stream(reader, "orders", world.window(), landed).complete


@pytest.mark.parametrize("since", [None, timedelta(hours=1)])
def test_before_9_0_refunds_of_such_orders_are_read_too(world: Any, pour_stream: Pour, prove_stream: Pour, since: timedelta | None) -> None:
    world.shop.set("version", "8.9.3")
    world.shop.set("unsearchable", ["shipped"])
    order = world.shop.listed("orders", "status = 'shipped'", [], "id", 1, 0)[0]["id"]
    world.shop.load("refunds", [{"id": 990001, "parent_id": order, "amount": "1.00"}])
    world.shop.change("orders", order, refunds=[{"id": 990001, "reason": "", "total": "-1.00"}])
    window = Window(world.shop.now() - since if since else None, world.shop.now())
    reader = world.reader()
    landed = pour_stream(reader, "refunds", window)
    assert 990001 in landed.ids
    assert prove_stream(reader, "refunds", window, landed).complete


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Tokyo"])
def test_changes_are_asked_for_in_utc_whatever_the_shops_zone(empty_world: Any, pour_stream: Pour, zone: str) -> None:
    empty_world.shop.set("time_zone", zone)
    since = empty_world.shop.now() - timedelta(hours=2)
    times = {1: since - timedelta(seconds=2), 2: since, 3: since + timedelta(seconds=1)}
    empty_world.shop.load(
        "orders",
        [{"id": n, "status": "processing", "date_modified_gmt": when.strftime("%Y-%m-%dT%H:%M:%S")} for n, when in times.items()]
        + [{"id": 4, "status": "trash", "date_modified_gmt": since.strftime("%Y-%m-%dT%H:%M:%S")}],
    )
    landed = pour_stream(empty_world.reader(), "orders", Window(since, empty_world.shop.now()))
    assert sorted(landed.ids) == [2, 3, 4]


def test_changes_in_a_status_that_any_leaves_out_are_asked_for_by_name(world: Any, pour_stream: Pour) -> None:
    world.shop.set("unsearchable", ["shipped"])
    world.shop.advance(3600)
    since = world.shop.now()
    world.shop.advance(60)
    world.shop.change("orders", 1001, status="shipped")
    assert pour_stream(world.reader(), "orders", Window(since, world.shop.now())).ids == [1001]


def test_only_orders_have_deltas(world: Any) -> None:
    assert {stream.name for stream in world.reader().streams() if stream.has_delta} == {"orders"}
    world.shop.set("version", "8.9.3")
    assert {stream.name for stream in world.reader().streams() if stream.has_delta} == {"orders", "refunds"}


def test_nothing_but_reads_is_sent(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader(look_up=5)
    for name in STREAMS:
        prove_stream(reader, name, world.window(), pour_stream(reader, name, world.window()))
    list(reader.checks())
    assert {entry["method"] for entry in world.requests()} <= {"GET", "HEAD"}
    with pytest.raises(SourceError, match="mere read"):
        reader.client.http.request("PUT", "/wp-json/wc/v3/orders/1001", json={"status": "completed"})


def test_subscriptions_are_read_where_the_plugin_is(world: Any, pour_stream: Pour) -> None:
    assert "plugin" in world.reader().not_covered()["subscriptions"]
    world.shop.set("subscriptions", True)
    world.shop.load("subscriptions", [{"id": 300, "status": "active", "billing_period": "month"}])
    reader = world.reader()
    assert "subscriptions" not in reader.not_covered()
    assert pour_stream(reader, "subscriptions", world.window()).ids == [300]


def test_a_shop_without_orders_is_complete(empty_world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = empty_world.reader()
    for name in STREAMS:
        landed = pour_stream(reader, name, empty_world.window())
        proof = prove_stream(reader, name, empty_world.window(), landed)
        assert proof.complete, (name, proof.reason)
        assert not landed.lines


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("status", {"status": 503, "body": "<html>maintenance</html>"}),
        ("status", {"status": 429, "headers": {"Retry-After": "2"}}),
        ("html_200", {}),
        ("empty_200", {}),
        ("reset", {}),
        ("truncate", {}),
        ("bad_gzip", {}),
        ("duplicate_page", {}),
        ("ignore_offset", {}),
        ("status", {"status": 200, "body": {"code": "odd"}}),
    ],
)
def test_a_broken_answer_changes_nothing(world: Any, pour_stream: Pour, prove_stream: Pour, action: str, args: dict[str, Any]) -> None:
    world.faults.on("GET /wp-json/wc/v3/orders($|[?])", action, times=2, after=3, **args)
    reader = world.reader(page_size=50, look_up=0)
    landed = pour_stream(reader, "orders", world.window())
    assert sorted(landed.ids) == [1001 + 2 * n for n in range(230)]
    assert prove_stream(reader, "orders", world.window(), landed).complete


def test_a_host_that_runs_out_of_memory_is_asked_for_smaller_pages(world: Any, pour_stream: Pour) -> None:
    world.faults.on("GET .*/orders", "out_of_memory", times=None)
    landed = pour_stream(world.reader(look_up=0), "orders", world.window())
    assert len(landed.ids) == 230
    assert any("per_page=50" in entry["query"] for entry in world.requests())


def test_a_host_that_gives_fewer_records_than_asked_for_is_read_to_the_end(world: Any, pour_stream: Pour) -> None:
    world.faults.on("GET .*/orders", "cap_page", times=None, size=20)
    landed = pour_stream(world.reader(look_up=0), "orders", world.window())
    assert len(landed.ids) == 230


def test_a_site_without_totals_is_read_until_nothing_new_comes(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.faults.on("GET .*/customers", "headers", times=None, headers={"X-WP-Total": "", "X-WP-TotalPages": ""})
    reader = world.reader(page_size=60)
    landed = pour_stream(reader, "customers", world.window())
    assert len(landed.ids) == 120
    proof = prove_stream(reader, "customers", world.window(), landed)
    assert proof.complete
    assert proof.expected is None


def test_where_positions_are_ignored_pages_are_numbered_and_where_those_are_too_it_is_an_error_and_no_loop(
    world: Any, pour_stream: Pour
) -> None:
    world.faults.on("GET .*/orders", "ignore_offset", times=None)
    landed = pour_stream(world.reader(look_up=0), "orders", world.window())
    assert set(landed.ids) == {1001 + 2 * n for n in range(230)}
    world.faults.on("GET .*/orders", "ignore_page", times=None)
    with pytest.raises(IncompleteError, match="again and again"):
        pour_stream(world.reader(look_up=0), "orders", world.window())


def test_a_site_that_is_down_stays_retriable(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(Limits(attempts=2))
    assert reader.streams()
    world.faults.on("GET .*/orders", "status", times=None, status=503)
    with pytest.raises(RetriableError, match="status 503"):
        pour_stream(reader, "orders", world.window())


def test_records_that_a_parent_names_and_that_do_not_come_are_counted(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.set("version", "8.9.3")
    world.shop.delete("refunds", 1002)
    reader = world.reader()
    proof = prove_stream(reader, "refunds", world.window(), pour_stream(reader, "refunds", world.window()))
    assert not proof.complete
    assert "1 record that their parents name" in proof.reason


def test_a_count_that_is_never_reached_is_no_proof(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.faults.on("GET .*/coupons", "headers", times=None, headers={"X-WP-Total": "7"})
    reader = world.reader()
    proof = prove_stream(reader, "coupons", world.window(), pour_stream(reader, "coupons", world.window()))
    assert not proof.complete
    assert "1 record came in the list 'all' where the shop counts 7" in proof.reason


def test_an_old_answer_of_a_cache_is_refused(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    assert reader.streams()
    world.faults.on("GET .*/products", "headers", times=None, headers={"Age": "3600"})
    with pytest.raises(SourceError, match="cache"):
        pour_stream(reader, "products", world.window())


def test_estimates_cost_no_page(world: Any) -> None:
    reader = world.reader()
    rows = {stream.name: reader.estimate(stream, world.window()).rows for stream in reader.streams()}
    assert rows == ROWS
    assert {entry["method"] for entry in world.requests() if "/orders" in entry["path"]} == {"HEAD"}


# -- access ---------------------------------------------------------------------------------------------------------------


def test_facts_name_the_site(world: Any) -> None:
    facts = world.reader().facts()
    assert facts.title == "Example shop"
    assert (facts.time_zone, facts.currency, facts.tax_included) == ("Europe/Berlin", "EUR", False)
    assert facts.api_version == "wc/v3 (11.0.1)"


def test_every_kind_of_record_has_its_own_page(world: Any, model: Any) -> None:
    site = world.running.url
    expected = {
        "orders": f"{site}/wp-admin/admin.php?page=wc-orders&action=edit&id=7",
        "products": f"{site}/wp-admin/post.php?action=edit&post=7",
        "customers": f"{site}/wp-admin/user-edit.php?user_id=7",
        "companies": None,
        "": None,
    }
    template = world.reader().facts().record_url_template
    found = {kind: model.execute("select record_url(?, ?, '7')", [template, kind]).fetchone()[0] for kind in expected}
    assert found == expected


@pytest.mark.parametrize(
    ("key", "secret", "role", "message"),
    [
        ("ck_unknown_key_of_nobody", "cs_x", "shop_manager", "did not see a key"),
        (None, "cs_wrong_secret_value", "shop_manager", "does not accept the consumer secret"),
        (None, None, "customer", "may not read this"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_without_the_key(
    world: Any, monkeypatch: pytest.MonkeyPatch, key: str | None, secret: str | None, role: str, message: str
) -> None:
    world.shop.add_key("ck_0123456789abcdef0123", "cs_fedcba9876543210fedc", role=role)
    if key:
        monkeypatch.setenv("RECON_TEST_WOO_KEY", key)
    if secret:
        monkeypatch.setenv("RECON_TEST_WOO_SECRET", secret)
    with pytest.raises(AuthError, match=message) as caught:
        world.reader().facts()
    assert "ck_" not in str(caught.value)
    assert "cs_" not in str(caught.value)


def test_a_host_that_strips_the_header_needs_the_key_in_the_query(world: Any) -> None:
    world.faults.on("GET", "strip_header", times=None)
    with pytest.raises(AuthError, match="keys_in_query"):
        world.reader().facts()
    assert world.reader(keys_in_query=True).facts().currency == "EUR"
    assert any("consumer_key=" in entry["query"] for entry in world.requests())


def test_the_key_never_stands_in_an_error(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(Limits(attempts=1), keys_in_query=True)
    assert reader.streams()
    world.faults.on("GET .*/orders", "status", times=None, status=503)
    with pytest.raises(RetriableError) as caught:
        pour_stream(reader, "orders", world.window())
    assert "ck_" not in str(caught.value)
    assert "cs_" not in str(caught.value)


def test_a_firewall_is_told_from_a_missing_right(world: Any) -> None:
    world.faults.on("GET .*system_status", "status", times=None, status=403, body="<html>Blocked</html>")
    with pytest.raises(SourceError, match="in front of WordPress"):
        world.reader().facts()


@pytest.mark.parametrize(("folder", "api"), [("/store", "/wp-json"), ("", "/api-of-mine"), ("/a/b", "/rest")])
def test_the_api_is_found_where_the_site_says(world: Any, folder: str, api: str) -> None:
    world.shop.set("folder_path", folder)
    world.shop.set("api_path", api)
    reader = world.reader()
    assert reader.facts().currency == "EUR"
    assert reader.client.root() == f"{folder}{api}/"


def test_plain_permalinks_are_named_as_the_cause(world: Any) -> None:
    world.shop.set("plain_permalinks", True)
    with pytest.raises(SourceError, match="plain permalinks"):
        world.reader().facts()


def test_versions_that_are_too_old_are_refused(world: Any) -> None:
    world.shop.set("version", "8.1.2")
    with pytest.raises(SourceError, match=r"older than 8\.2"):
        world.reader().facts()


def test_the_doctor_tells_what_can_be_read(world: Any) -> None:
    checks = list(world.reader().checks())
    assert {check.level for check in checks} == {"ok"}
    assert any("225 can be read" in check.message for check in checks)
    world.shop.set("version", "8.1.2")
    assert any(check.level == "fail" and "8.2" in check.message for check in world.reader().checks())
