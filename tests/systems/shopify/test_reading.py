"""Both ways of reading, against the stand-in shop."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from recon.config.settings import Limits
from recon.errors import AuthError, IncompleteError, RetriableError, SourceError
from recon.systems.base import GONE, HERE, Chunk, Fate
from recon.systems.shopify import pages
from recon.systems.shopify.client import TOKEN_PATH
from recon.systems.shopify.streams import BY_NAME

ALL = [
    "shop",
    "customers",
    "orders",
    "refunds",
    "returns",
    "fulfillments",
    "products",
    "inventory",
    "locations",
    "price_lists",
    "companies",
    "deletions",
]
BY_BULK = [name for name in ALL if name in BY_NAME and BY_NAME[name].bulk]
GRAPHQL = r"POST /admin/api/.*graphql\.json"

Pour = Callable[..., Any]


@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
def test_a_full_read_is_complete_and_proven_and_both_ways_bring_the_same(
    world: Any, pour_stream: Pour, prove_stream: Pour, version: str
) -> None:
    window = world.window()
    bulk, paged = world.reader(api_version=version), world.reader(api_version=version, full_read="pages")
    assert [stream.name for stream in bulk.streams()] == ALL
    for name in ALL:
        landed = {reader: pour_stream(reader, name, window) for reader in (bulk, paged)}
        for reader, found in landed.items():
            proof = prove_stream(reader, name, window, found)
            assert proof.complete, (name, proof.reason)
            assert proof.watermark is not None
            assert found.lines
        assert landed[bulk].table() == landed[paged].table(), name


def test_everything_below_a_record_comes_along(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(full_read="pages")
    orders = pour_stream(reader, "orders", world.window())
    lines = [line for line in orders.lines if line.get("__parentId") == "gid://shopify/Order/1003" and "LineItem" in line["id"]]
    assert len(lines) == 45
    assert not any(key in orders.roots[0] for key in ("lineItems", "shippingLines"))
    returned = pour_stream(reader, "returns", world.window())
    assert sum("ReturnLineItem" in line["id"] for line in returned.lines) == 6 * (25 + 4)
    refunds = pour_stream(reader, "refunds", world.window())
    assert {len(line["refunds"]) for line in refunds.lines} == {2}
    assert max(len(refund["refundLineItems"]) for line in refunds.lines for refund in line["refunds"]) == 45
    assert not refunds.lines[0]["refunds"][0]["orderAdjustments"]


def test_reading_sends_no_mutation_but_the_start_of_bulk_operations(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    for name in ALL:
        prove_stream(reader, name, world.window(), pour_stream(reader, name, world.window()))
    list(reader.checks())
    mutations = {tuple(entry["fields"]) for entry in world.shop.operations() if entry["kind"] != "query"}
    assert mutations == {("bulkOperationRunQuery",)}


def test_a_mutation_does_not_leave_the_process(world: Any) -> None:
    reader = world.reader()
    reader.facts()
    before = len(world.shop.operations())
    for text in (
        'mutation x { orderDelete(orderId: "gid://shopify/Order/1000") { deletedId } }',
        "query a { shop { id } } mutation b { x }",
    ):
        with pytest.raises(SourceError, match="mere read"):
            reader.client.ask(text)
    assert len(world.shop.operations()) == before


# -- deltas ----------------------------------------------------------------------------------------------------------------


def test_a_delta_brings_what_changed_since(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    since = world.shop.now() - timedelta(hours=6)
    window = world.window(since)
    orders = pour_stream(reader, "orders", window)
    assert {line["id"] for line in orders.roots} == {f"gid://shopify/Order/{n}" for n in range(1000, 1060) if n % 48 + 1 <= 6}
    proof = prove_stream(reader, "orders", window, orders)
    assert proof.complete
    assert proof.expected == len(orders.roots)
    assert "bulkOperationRunQuery" not in {field for entry in world.shop.operations() for field in entry["fields"]}


def test_customers_are_filtered_again_because_the_vendor_compares_days(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    window = world.window(world.shop.now() - timedelta(hours=105))
    landed = pour_stream(reader, "customers", window)
    assert {line["id"] for line in landed.roots} == {f"gid://shopify/Customer/{n}" for n in range(100, 106)}
    assert prove_stream(reader, "customers", window, landed).complete


def test_deletions_since(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    assert [line["subjectId"] for line in pour_stream(reader, "deletions", world.window()).lines] == ["gid://shopify/Order/999"]
    world.shop.advance(7200)
    since = world.shop.now() - timedelta(hours=1)
    assert not pour_stream(reader, "deletions", world.window(since)).lines


def test_a_large_delta_is_read_by_a_bulk_operation(
    world: Any, pour_stream: Pour, prove_stream: Pour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recon.systems.shopify.extractor.BULK_FROM", 5)
    window = world.window(world.shop.now() - timedelta(hours=6))
    bulk = world.reader()
    by_bulk = pour_stream(bulk, "orders", window)
    assert by_bulk.state["mode"] == "bulk"
    assert by_bulk.table() == pour_stream(world.reader(full_read="pages"), "orders", window).table()
    assert prove_stream(bulk, "orders", window, by_bulk).complete


@pytest.mark.fault("shopify", 7)
def test_a_record_that_changes_during_the_walk_comes_in_its_newest_version(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    window = world.window(world.shop.now() - timedelta(days=3))
    stream = next(stream for stream in reader.streams() if stream.name == "orders")
    found: dict[str, str] = {}
    state = None
    for number, chunk in enumerate(reader.read(stream, window, None)):
        for line in map(json.loads, chunk.lines):
            if "__parentId" not in line:
                found[line["id"]] = max(found.get(line["id"], ""), line["updatedAt"])
        state = chunk.state
        if number == 0:
            world.shop.advance(60)
            world.shop.update("orders", "gid://shopify/Order/1007", {"email": "new@example.com"})
            world.shop.update("orders", "gid://shopify/Order/1046", {"email": "new@example.com"})
    assert len(found) == 60
    changed = world.shop.get("gid://shopify/Order/1046")["updatedAt"]
    assert found["gid://shopify/Order/1046"] == found["gid://shopify/Order/1007"] == changed
    assert reader.prove(stream, window, 62, state).complete


@pytest.mark.fault("shopify", 9)
def test_long_walks_begin_anew_before_the_vendor_ends_them(
    world: Any, pour_stream: Pour, prove_stream: Pour, changed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WALK_ROWS", 20)
    world.shop.walk_limit = 25
    for window in (world.window(), world.window(world.shop.now() - timedelta(days=3))):
        for name in ("orders", "refunds", "customers"):
            reader = world.reader(full_read="pages")
            changed(name, page=10)
            landed = pour_stream(reader, name, window)
            assert prove_stream(reader, name, window, landed).complete
            if name == "orders":
                assert len({line["id"] for line in landed.roots}) == len(landed.roots) == 60


# -- interruptions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["bulk", "pages"])
@pytest.mark.parametrize("name", ["customers", "orders", "refunds", "inventory", "locations"])
def test_a_killed_read_goes_on_after_any_chunk_and_brings_the_same(
    world: Any,
    pour_stream: Pour,
    prove_stream: Pour,
    changed: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    name: str,
) -> None:
    monkeypatch.setattr("recon.systems.shopify.extractor._NODES", 6)
    changed(name, page=20 if name in {"orders", "refunds", "inventory"} else 10)
    window = world.window()
    whole = pour_stream(world.reader(full_read=way), name, window)
    for k in range(1, whole.chunks + 1):
        landed = pour_stream(world.reader(full_read=way), name, window, stop_after=k)
        again = world.reader(full_read=way)
        pour_stream(again, name, window, landed)
        assert landed.table() == whole.table()
        assert len(landed.lines) == len(whole.lines), "nothing comes twice"
        assert prove_stream(again, name, window, landed).complete


def test_a_kill_between_start_and_result_does_not_start_a_second_operation(world: Any, pour_stream: Pour) -> None:
    landed = pour_stream(world.reader(), "orders", world.window(), stop_after=1)
    assert landed.state["operation"].startswith("gid://shopify/BulkOperation/")
    pour_stream(world.reader(), "orders", world.window(), landed)
    started = [entry for entry in world.shop.operations() if entry["kind"] == "mutation"]
    assert len(started) == 1
    assert len(landed.roots) == 60


@pytest.mark.fault("shopify", 10)
def test_an_operation_that_is_too_old_is_started_again(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    landed = pour_stream(world.reader(), "orders", world.window(), stop_after=1)
    world.shop.bulk.read(landed.state["operation"])
    world.shop.bulk.read(landed.state["operation"])
    world.shop.advance(8 * 86_400)
    reader = world.reader()
    pour_stream(reader, "orders", world.window(), landed)
    assert len(landed.roots) == 60
    assert landed.state["tries"] == 2 if "tries" in landed.state else landed.state["walked"]


# -- faults of bulk operations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *(
            ("products", fault)
            for fault in (
                "bulk_failed",
                "bulk_expired",
                "bulk_cut_file",
                "bulk_url_expired",
                "bulk_in_progress",
                "bulk_slow",
                "bulk_shuffled",
            )
        ),
        ("orders", "bulk_shuffled"),
        ("orders", "bulk_cut_file"),
        ("refunds", "bulk_failed"),
        ("refunds", "bulk_shuffled"),
    ],
)
@pytest.mark.fault("shopify", 10)
def test_a_bulk_fault_that_passes_is_overcome(world: Any, pour_stream: Pour, prove_stream: Pour, name: str, fault: str) -> None:
    whole = pour_stream(world.reader(full_read="pages"), name, world.window())
    world.faults.on(fault, fault, times=3 if fault in {"bulk_in_progress", "bulk_slow"} else 1)
    reader = world.reader()
    landed = pour_stream(reader, name, world.window())
    assert [entry.struck for entry in world.faults.list()][-1] >= 1
    assert landed.table() == whole.table()
    assert prove_stream(reader, name, world.window(), landed).complete


@pytest.mark.parametrize("fault", ["bulk_failed", "bulk_expired", "bulk_cut_file"])
@pytest.mark.fault("shopify", 10)
def test_a_bulk_fault_that_stays_makes_the_stream_incomplete(world: Any, pour_stream: Pour, fault: str) -> None:
    world.faults.on(fault, fault, times=None)
    with pytest.raises(IncompleteError, match="orders"):
        pour_stream(world.reader(), "orders", world.window())
    assert len([entry for entry in world.shop.operations() if entry["kind"] == "mutation"]) == 2


@pytest.mark.fault("shopify", 7)
def test_rows_lost_without_a_trace_in_the_operation_are_noticed_by_the_shops_count(
    world: Any, pour_stream: Pour, prove_stream: Pour
) -> None:
    world.faults.on("bulk_lost_rows", "bulk_lost_rows", times=1)
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert not proof.complete
    assert proof.expected == 60
    assert "60" in proof.reason


def test_an_operation_without_rows_has_no_file(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    world.shop.delete("price_lists", "gid://shopify/PriceList/3")
    reader = world.reader()
    landed = pour_stream(reader, "price_lists", world.window())
    assert not landed.lines
    assert prove_stream(reader, "price_lists", world.window(), landed).complete


def test_children_that_are_fewer_than_stated_are_noticed(
    world: Any, pour_stream: Pour, prove_stream: Pour, changed: Callable[..., None]
) -> None:
    changed("products", counts={"variantsCount": "Metafield"})  # of which none come
    for way in ("bulk", "pages"):
        reader = world.reader(full_read=way)
        landed = pour_stream(reader, "products", world.window())
        proof = prove_stream(reader, "products", world.window(), landed)
        assert not proof.complete
        assert "children" in proof.reason
    assert len([entry for entry in world.shop.operations() if entry["kind"] == "mutation"]) == 2, "a second operation is tried"


def test_waiting_for_an_operation_ends_with_the_run(world: Any, pour_stream: Pour) -> None:
    world.faults.on("bulk_slow", "bulk_slow", times=None)
    with pytest.raises(RetriableError, match=r"limits\.run_seconds"):
        pour_stream(world.reader(limits=Limits(run_seconds=120)), "orders", world.window())
    waits = [seconds for seconds in world.slept if seconds >= 1]
    assert waits == sorted(waits)


# -- faults of the wire -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["truncate", "reset", "bad_gzip"])
@pytest.mark.fault("shopify", 4, 11)
def test_a_result_file_that_is_cut_on_its_way_is_fetched_again(world: Any, pour_stream: Pour, action: str) -> None:
    world.shop.gzip_results = action == "bad_gzip"
    world.faults.on("GET /", action, times=2)
    landed = pour_stream(world.reader(), "orders", world.window())
    assert len(landed.roots) == 60
    assert len([entry for entry in world.shop.operations() if entry["kind"] == "mutation"]) == 1


def test_a_result_on_an_unexpected_host_is_not_fetched(world: Any, pour_stream: Pour) -> None:
    with pytest.raises(SourceError, match="host that is not expected"):
        pour_stream(world.reader(result_hosts=("storage.googleapis.com",)), "orders", world.window())


@pytest.mark.parametrize("action", ["status", "truncate", "reset", "html_200", "empty_200", "bad_gzip", "lost_answer"])
@pytest.mark.fault("shopify", 2, 3, 4, 5)
def test_pages_survive_faults_of_the_wire(world: Any, pour_stream: Pour, prove_stream: Pour, action: str) -> None:
    reader = world.reader(full_read="pages")
    reader.facts()
    world.faults.on(GRAPHQL, action, times=3, after=1, chance=0.7, seed=7)
    landed = pour_stream(reader, "orders", world.window())
    assert len(landed.roots) == 60
    assert prove_stream(reader, "orders", world.window(), landed).complete


@pytest.mark.parametrize("after", [1, 2, 3, 5])
@pytest.mark.fault("shopify", 6)
def test_a_page_that_comes_twice_changes_nothing(world: Any, pour_stream: Pour, prove_stream: Pour, after: int) -> None:
    reader = world.reader(full_read="pages")
    whole = pour_stream(reader, "orders", world.window())
    world.faults.on(GRAPHQL, "duplicate_page", times=1, after=after)
    landed = pour_stream(reader, "orders", world.window())
    assert landed.table() == whole.table()
    assert len(landed.lines) == len(whole.lines)


@pytest.mark.fault("shopify", 6)
def test_a_cursor_that_leads_back_is_a_loop(world: Any, pour_stream: Pour) -> None:
    world.faults.on("loop_cursor", "loop_cursor", times=None)
    with pytest.raises(IncompleteError, match="loop was detected"):
        pour_stream(world.reader(full_read="pages"), "orders", world.window())


@pytest.mark.fault("shopify", 1)
def test_throttling_is_waited_out_without_using_up_attempts(world: Any, pour_stream: Pour) -> None:
    world.faults.on("throttled", "throttled", times=12)
    landed = pour_stream(world.reader(full_read="pages"), "orders", world.window())
    assert len(landed.roots) == 60


def test_a_small_bucket_is_respected_before_the_shop_refuses(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(full_read="pages")
    world.shop.budget(400, 20)
    landed = pour_stream(reader, "orders", world.window())
    assert len(landed.roots) == 60
    assert sum(world.slept) > 5


@pytest.mark.fault("shopify", 1)
def test_throttling_without_end_meets_the_deadline(world: Any) -> None:
    reader = world.reader(limits=Limits(deadline_seconds=60))
    world.faults.on("throttled", "throttled", times=None)
    with pytest.raises(RetriableError, match=r"throttled|too slowly"):
        reader.facts()


def test_an_internal_error_passes_and_one_that_stays_shrinks_the_page(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(full_read="pages")
    reader.streams()
    world.faults.on("internal_error", "internal_error", times=5)
    landed = pour_stream(reader, "orders", world.window())
    assert len(landed.roots) == 60


def test_a_page_that_costs_too_much_is_asked_for_in_smaller_ones(world: Any, pour_stream: Pour, changed: Callable[..., None]) -> None:
    sizes = dict.fromkeys(BY_NAME["fulfillments"].sizes, 100)
    changed("fulfillments", page=250, sizes=sizes)
    reader = world.reader(full_read="pages")
    landed = pour_stream(reader, "fulfillments", world.window())
    assert len(landed.roots) == 60
    assert reader.calls > 6


@pytest.mark.fault("shopify", 3)
def test_data_that_is_null_without_an_error_is_asked_for_again(world: Any, pour_stream: Pour) -> None:
    reader = world.reader(full_read="pages")
    reader.facts()
    world.faults.on("empty_data", "empty_data", times=2)
    assert len(pour_stream(reader, "orders", world.window()).roots) == 60


@pytest.mark.fault("shopify", 1)
def test_a_storm_of_refusals_ends_with_all_rows(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader(full_read="pages")
    reader.streams()
    world.faults.on(
        GRAPHQL, "status", times=None, chance=0.3, seed=3, status=429, body={"errors": "slow down"}, headers={"Retry-After": "2"}
    )
    for name in ("orders", "customers", "inventory"):
        landed = pour_stream(reader, name, world.window())
        assert prove_stream(reader, name, world.window(), landed).complete
    assert sum(world.slept) >= 2


def test_streams_read_at_the_same_time_share_one_token(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    window = world.window()
    with ThreadPoolExecutor(4) as pool:
        landed = dict(zip(ALL, pool.map(lambda name: pour_stream(reader, name, window), ALL), strict=True))
    assert len(landed["orders"].roots) == 60
    assert (world.shop.folder / "requests.jsonl").read_text().count(TOKEN_PATH) == 1


# -- token and version ---------------------------------------------------------------------------------------------------------


@pytest.mark.fault("shopify", 8)
def test_a_token_that_expires_at_any_call_is_renewed_once(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    def tokens() -> int:
        return (world.shop.folder / "requests.jsonl").read_text().count(TOKEN_PATH)

    whole = pour_stream(world.reader(), "products", world.window())
    struck = True
    k = 0
    while struck:
        world.faults.clear()
        world.faults.on("token_expired", "token_expired", times=1, after=k)
        reader, before = world.reader(), tokens()
        landed = pour_stream(reader, "products", world.window())
        assert prove_stream(reader, "products", world.window(), landed).complete
        assert landed.table() == whole.table()
        struck = bool(world.faults.list()[0].struck)
        assert tokens() - before == 1 + struck
        k += 1
    assert k > 5


@pytest.mark.fault("shopify", 8)
def test_a_token_that_is_never_accepted_ends_the_run(world: Any) -> None:
    world.faults.on("token_expired", "token_expired", times=None)
    with pytest.raises(AuthError, match="does not accept"):
        world.reader().facts()
    assert not world.shop.operations()


def test_a_token_is_asked_for_again_before_it_ends(world: Any) -> None:
    reader = world.reader()
    reader.facts()
    reader.client.sleep(86_399 - 299)
    by_id(reader, "1000")
    asked = [json.loads(line)["path"] for line in (world.shop.folder / "requests.jsonl").read_text().splitlines()]
    assert asked.count(TOKEN_PATH) == 2
    assert all(json.loads(line)["status"] == 200 for line in (world.shop.folder / "requests.jsonl").read_text().splitlines())


def test_a_static_token_works_and_is_not_asked_for_again(world: Any) -> None:
    reader = world.reader(client_id=None, client_secret=None, token="env:RECON_TEST_SHOP_TOKEN")
    assert reader.facts().currency == "EUR"
    assert reader.calls == 1
    world.faults.on("token_expired", "token_expired", times=1)
    with pytest.raises(AuthError, match="does not accept"):
        by_id(reader, "1000")


@pytest.mark.fault("shopify", 35)
def test_a_wrong_secret_is_named_but_never_shown(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECON_TEST_SHOP_SECRET", "shpss_canary_12345")
    with pytest.raises(AuthError, match="client id or the secret is wrong") as caught:
        world.reader().facts()
    assert "canary" not in str(caught.value)


@pytest.mark.fault("shopify", 23)
def test_another_version_than_asked_for_stops_reading(world: Any) -> None:
    world.faults.on("version_fell_forward", "version_fell_forward", times=None)
    with pytest.raises(SourceError, match="version 2026-10 where 2026-07"):
        world.reader().facts()


@pytest.mark.fault("shopify", 36)
def test_another_shop_than_configured_stops_reading(world: Any) -> None:
    with pytest.raises(SourceError, match=r"is acme-demo\.myshopify\.com, not other\.myshopify\.com"):
        world.reader(shop="other.myshopify.com").facts()


@pytest.mark.parametrize(
    ("status", "word"), [(402, "frozen"), (423, "locked"), (430, "security"), (403, "not allowed"), (404, "no such shop")]
)
@pytest.mark.fault("shopify", 2)
def test_statuses_that_stay_are_explained(world: Any, status: int, word: str) -> None:
    world.faults.on(GRAPHQL, "status", times=None, status=status, body={"errors": "x"})
    with pytest.raises(SourceError, match=word):
        world.reader().facts()


@pytest.mark.parametrize(
    ("errors", "word"),
    [
        ([{"message": "canary", "extensions": {"code": "SHOP_INACTIVE"}}], "not active"),
        ([{"message": "canary", "extensions": {"code": "undefinedField"}}], "undefinedField"),
        ([{"message": "canary", "extensions": {"code": "<canary>"}}], "without a code"),
        ([{"message": "canary"}], "without a code"),
        ("canary", "without a code"),
    ],
)
@pytest.mark.fault("shopify", 3, 35)
def test_errors_with_status_200_are_errors_and_their_text_is_not_repeated(world: Any, errors: Any, word: str) -> None:
    headers = {"X-Shopify-API-Version": "2026-07"}
    world.faults.on(GRAPHQL, "status", times=None, status=200, body={"errors": errors}, headers=headers)
    with pytest.raises(SourceError, match=word) as caught:
        world.reader().facts()
    assert "canary" not in str(caught.value)


@pytest.mark.fault("shopify", 35)
def test_the_token_never_reaches_the_storage_and_no_secret_is_in_any_address(world: Any, pour_stream: Pour) -> None:
    pour_stream(world.reader(), "orders", world.window())
    storage = (world.shop.folder / "storage-requests.jsonl").read_text()
    assert '"status": 200' in storage
    assert "CredentialsLeaked" not in storage
    assert "shpat_" not in storage
    assert TOKEN_PATH in (world.shop.folder / "requests.jsonl").read_text()


def test_a_filter_that_the_shop_does_not_understand_is_a_failure(world: Any) -> None:
    reader = world.reader(full_read="pages")
    reader.facts()
    text = "query page($first: Int!, $filter: String) { orders(first: $first, query: $filter) { nodes { id } } }"
    with pytest.raises(SourceError, match="did not understand a filter"):
        reader.client.ask(text, {"first": 1, "filter": "changed_at:>='2026-01-01T00:00:00Z'"})


# -- rights --------------------------------------------------------------------------------------------------------------------


def without(world: Any, *scopes: str) -> None:
    world.shop.scopes = [scope for scope in world.shop.scopes if scope not in scopes]


@pytest.mark.parametrize("way", ["bulk", "pages"])
def test_without_all_orders_the_window_is_named(world: Any, pour_stream: Pour, prove_stream: Pour, way: str) -> None:
    without(world, "read_all_orders")
    reader = world.reader(full_read=way)
    window = world.window()
    landed = pour_stream(reader, "orders", window)
    assert len(landed.roots) == 50
    proof = prove_stream(reader, "orders", window, landed)
    assert proof.complete
    assert proof.window_from is not None
    assert abs(proof.window_from - (window.until - timedelta(days=60))) < timedelta(minutes=1)
    assert "read_all_orders" in proof.reason
    since = world.window(world.shop.now() - timedelta(hours=6))
    assert prove_stream(reader, "orders", since, pour_stream(reader, "orders", since)).window_from is None


def test_with_all_orders_there_is_no_window(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    reader = world.reader()
    landed = pour_stream(reader, "orders", world.window())
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert proof.window_from is None
    assert not proof.reason


@pytest.mark.fault("shopify", 8)
def test_a_missing_scope_closes_its_streams_and_fields_with_a_reason(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    without(world, "read_customers", "read_companies", "read_returns", "read_products")
    reader = world.reader()
    offered = {stream.name for stream in reader.streams()}
    assert offered.isdisjoint({"customers", "returns", "products", "companies", "price_lists"})
    closed = reader.not_covered()
    assert "read_customers" in closed["customers"]
    assert "read_products" in closed["prices"]
    landed = pour_stream(reader, "orders", world.window())
    assert "customer" not in landed.roots[0]
    proof = prove_stream(reader, "orders", world.window(), landed)
    assert proof.complete
    assert {"orders.customer_id", "order_lines.variant_id", "order_lines.product_id"} <= set(proof.unreadable)


def test_an_app_without_scopes_is_told_so(world: Any) -> None:
    world.shop.scopes = ()
    with pytest.raises(AuthError, match="without any scope"):
        world.reader().facts()


def test_a_part_of_the_fulfilment_orders_is_not_called_complete(world: Any, pour_stream: Pour, prove_stream: Pour) -> None:
    without(world, "read_third_party_fulfillment_orders")
    reader = world.reader()
    landed = pour_stream(reader, "fulfillments", world.window())
    proof = prove_stream(reader, "fulfillments", world.window(), landed)
    assert not proof.complete
    assert "read_third_party_fulfillment_orders" in proof.reason


@pytest.mark.parametrize("way", ["bulk", "pages"])
def test_protected_data_that_is_denied_is_unreadable_and_not_blank(world: Any, pour_stream: Pour, prove_stream: Pour, way: str) -> None:
    world.shop.protected_data = False
    reader = world.reader(full_read=way)
    landed = pour_stream(reader, "customers", world.window())
    assert len(landed.roots) == 30
    assert "firstName" not in landed.roots[0]
    assert landed.roots[0]["defaultEmailAddress"]["marketingState"] == "SUBSCRIBED"
    proof = prove_stream(reader, "customers", world.window(), landed)
    assert proof.complete
    assert {"customers.first_name", "customers.email", "customers.postal_code"} <= set(proof.unreadable)
    again = world.reader(full_read=way)
    stream = next(stream for stream in again.streams() if stream.name == "customers")
    assert again.prove(stream, world.window(), 30, landed.state).unreadable == proof.unreadable, "known after an interruption, too"


def test_records_that_are_denied_make_the_stream_unreadable(world: Any, pour_stream: Pour) -> None:
    reader = world.reader()
    reader.facts()
    without(world, "read_returns")
    with pytest.raises(SourceError, match="denies access to returns"):
        pour_stream(reader, "returns", world.window())


def by_id(reader: Any, *keys: str, table: str = "orders", by: Any = "id") -> tuple[list[dict[str, Any]], dict[str, Fate]]:
    """Records that a second look brings, and what became of each."""
    lines: list[dict[str, Any]] = []
    fates: dict[str, Fate] = {}
    for look in reader.reread(reader.again(table, by)[0], by, keys):
        lines += [json.loads(line) for line in look.lines]
        fates.update(look.fates)
    return lines, fates


def test_looking_up_records_by_id(world: Any) -> None:
    world.shop.merge_customers("gid://shopify/Customer/101", "gid://shopify/Customer/102")
    reader = world.reader()
    lines, fates = by_id(reader, *map(str, range(999, 1003)))
    assert [line["name"] for line in lines if "__parentId" not in line] == ["#1000", "#1001", "#1002"]
    assert fates == {"999": Fate("deleted"), **dict.fromkeys(["1000", "1001", "1002"], HERE)}
    _, fates = by_id(reader, "100", "101", table="customers")
    assert fates == {"100": HERE, "101": Fate("merged")}, "a merge leaves no event"
    lines, fates = by_id(reader, "#1003", 'no "name"', by="number")
    assert [line["id"] for line in lines if "__parentId" not in line] == ["gid://shopify/Order/1003"]
    assert fates == {"#1003": HERE, 'no "name"': GONE}


def test_a_second_look_reads_all_children_and_stock_by_variant(world: Any) -> None:
    reader = world.reader()
    lines, _ = by_id(reader, "1003")
    assert sum(line["id"].startswith("gid://shopify/LineItem/") for line in lines) == 45
    lines, fates = by_id(reader, "5000", "5001", "4", table="inventory_levels", by="variant")
    assert fates == {"5000": HERE, "5001": HERE, "4": GONE}
    assert sum(line["id"].startswith("gid://shopify/InventoryLevel/") for line in lines) == 14
    lines, fates = by_id(reader, "5001", "4", table="products")
    assert fates == {"5001": HERE, "4": GONE}
    assert sum(line["id"].startswith("gid://shopify/ProductVariant/") for line in lines) == 120
    lines, fates = by_id(reader, "1001", "1003", table="refunds", by="order")
    assert {line["id"]: len(line["refunds"]) for line in lines} == {"gid://shopify/Order/1001": 0, "gid://shopify/Order/1003": 2}


def test_orders_out_of_reach_are_not_called_gone(world: Any) -> None:
    without(world, "read_all_orders")
    _, fates = by_id(world.reader(), "1003", "1020", "999")
    assert fates == {"1003": Fate("hidden"), "1020": HERE, "999": Fate("deleted")}


def test_facts_say_where_records_are_shown(world: Any) -> None:
    facts = world.reader().facts()
    assert facts.account_id == "acme-demo.myshopify.com"
    assert facts.time_zone == "Europe/Berlin"
    assert facts.tax_included is True
    assert facts.record_url_template.format(object="orders", record_id=1) == "https://admin.shopify.com/store/acme-demo/orders/1"


# -- doctor --------------------------------------------------------------------------------------------------------------------


def levels(world: Any) -> dict[str, str]:
    return {check.subject: check.level for check in world.reader().checks()}


def test_doctor_is_content_with_a_good_app(world: Any) -> None:
    found = levels(world)
    assert set(found.values()) == {"ok"}
    assert {"access", "API version", "clock", "protected customer data", "cost", "scope read_orders"} <= set(found)


def test_doctor_names_what_is_lost_and_what_is_too_many(world: Any) -> None:
    world.shop.scopes = ["read_orders", "read_customers", "write_products"]
    world.shop.protected_data = False
    checks = {check.subject: check for check in world.reader().checks()}
    assert "stock" in checks["scope read_inventory"].message
    assert checks["scope write_products"].level == "warn"
    assert checks["orders older than 60 days"].level == "warn"
    assert "customers.email" in checks["protected customer data"].message


def test_doctor_says_why_there_is_no_access(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECON_TEST_SHOP_SECRET", "wrong")
    (only,) = world.reader().checks()
    assert only.level == "fail"
    assert only.hint


def test_doctor_warns_when_the_clock_is_wrong(world: Any) -> None:
    reader = world.reader()
    reader.client.http.host._now = lambda: world.shop.now() + timedelta(minutes=5)
    assert {check.subject: check.level for check in reader.checks()}["clock"] == "warn"


def test_estimates_are_the_shops_own_counts(world: Any) -> None:
    reader = world.reader()
    rows = {stream.name: reader.estimate(stream, world.window()).rows for stream in reader.streams()}
    assert rows["orders"] == 60
    assert rows["customers"] == 30
    assert rows["refunds"] is None


def test_chunks_are_json_all_the_way(world: Any) -> None:
    reader = world.reader(full_read="pages")
    for stream in reader.streams():
        for chunk in reader.read(stream, world.window(), None):
            assert isinstance(chunk, Chunk)
            json.dumps(dict(chunk.state))
