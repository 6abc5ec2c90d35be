"""The stand-in behaves as the vendor does, traps included, and keeps what it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from recon.sandbox.bigcommerce import ALL_SCOPES, Store

Ask = Callable[..., tuple[int, dict[str, str], bytes]]


def ids(body: bytes) -> list[int]:
    found = json.loads(body)
    return [one["id"] for one in (found if isinstance(found, list) else found["data"])]


def test_a_token_opens_what_its_scopes_say(ask: Ask, store: Store) -> None:
    assert ask("/v2/orders", X_Auth_Token="wrong")[0] == 401
    store.add_token("few", set(ALL_SCOPES) - {"store_v2_orders_read_only"})
    status, _, body = ask("/v2/orders", X_Auth_Token="few")
    assert (status, list(json.loads(body)[0])) == (403, ["status", "message"])
    status, _, body = ask("/v3/catalog/products/999/variants", X_Auth_Token="few")
    assert (status, set(json.loads(body))) == (404, {"status", "title", "type", "errors"})
    assert ask("/v2/orders", Accept=None)[0] in {200, 406}
    assert ask("/v3/customers/addresses", Content_Type=None)[0] == 415
    assert ask("/v2/orders/101", method="DELETE")[0] == 405


def test_an_empty_list_of_v2_is_204_without_a_body(ask: Ask) -> None:
    status, headers, body = ask("/v2/orders?min_id=900")
    assert (status, body) == (204, b"")
    assert "content-type" not in headers
    assert json.loads(ask("/v3/customers?id:in=900")[2])["data"] == []


def test_archived_orders_are_in_no_list_but_there_by_id(ask: Ask) -> None:
    assert ids(ask("/v2/orders")[2]) == [101, 102]
    assert ids(ask("/v2/orders?is_deleted=true")[2]) == [103]
    assert json.loads(ask("/v2/orders/103")[2])["is_deleted"] is True
    assert json.loads(ask("/v2/orders/count")[2])["count"] == 2


def test_lists_are_cut_at_fifty_and_addresses_at_ten(ask: Ask) -> None:
    order = json.loads(ask("/v2/orders?include=consignments.line_items&consignment_structure=object")[2])[0]
    assert len(order["consignments"]["shipping"][0]["line_items"]) == 50
    assert len(order["consignments"]["downloads"]) == len(order["consignments"]["email"]["gift_certificates"]) == 1
    assert order["products"]["resource"] == "/orders/101/products"
    assert len(ids(ask("/v2/orders/101/products")[2])) == 50
    assert len(ids(ask("/v2/orders/101/products?page=2")[2])) == 7
    customer = json.loads(ask("/v3/customers?include=addresses")[2])["data"][0]
    assert (len(customer["addresses"]), customer["address_count"]) == (10, 12)
    assert len(ids(ask("/v3/customers/addresses?customer_id:in=4")[2])) == 12


def test_the_cursor_comes_with_the_first_page_and_behind_a_cursor(ask: Ask) -> None:
    first = json.loads(ask("/v3/customers?limit=1")[2])
    after = first["meta"]["cursor_pagination"]["end_cursor"]
    second = json.loads(ask(f"/v3/customers?limit=1&after={after}")[2])
    assert [one["id"] for one in (*first["data"], *second["data"])] == [4, 5]
    assert "pagination" not in second["meta"]
    assert "cursor_pagination" not in json.loads(ask("/v3/customers?limit=1&page=2")[2])["meta"]


def test_times_must_come_as_each_list_wants_them(ask: Ask) -> None:
    assert ask("/v3/customers?date_modified:min=2026-11-01T00:00:00Z")[0] == 200
    assert ask("/v3/customers?date_modified:min=2026-11-01T00%3A00%3A00Z")[0] == 422
    assert ask("/v3/orders/payment_actions/refunds?created:min=2026-11-01T00%3A00%3A00Z")[0] == 200
    assert ask("/v3/orders/payment_actions/refunds?created:min=2026-11-01T00:00:00Z")[0] == 422
    assert ids(ask("/v2/orders?min_date_modified=Sun,%2022%20Nov%202026%2000:00:00%20%2B0000")[2] or b"[]") == []
    # at 18:00 a bare date means 18:00 of that day, just when the product changed; a day later it is too late
    assert ids(ask("/v3/catalog/products?date_modified:min=2026-11-21")[2]) == [20]
    assert ids(ask("/v3/catalog/products?date_modified:min=2026-11-22")[2]) == []


def test_the_quota_is_told_with_every_answer_and_ends(ask: Ask, store: Store) -> None:
    store.quota.size = 3
    for left in ("2", "1", "0"):
        status, headers, _ = ask("/v2/time")
        assert (status, headers["x-rate-limit-requests-left"]) == (200, left)
    status, headers, _ = ask("/v2/time")
    assert (status, headers["x-rate-limit-requests-quota"]) == (429, "3")
    store.skip(int(headers["x-rate-limit-time-reset-ms"]) / 1000 + 0.1)
    assert ask("/v2/time")[0] == 200


def test_b2b_edition_wants_the_store_hash(ask: Ask, store: Store) -> None:
    assert ask("/api/v3/io/companies", X_Store_Hash=store.hash)[0] == 200
    assert ask("/api/v3/io/companies")[0] == 401


def test_a_store_remembers(tmp_path: Path, store: Store) -> None:
    store.close()
    again = Store(store.folder)
    assert again.count("orders") == 3
    assert again.scopes_of("bc-token-0123456789abcdef") == frozenset(ALL_SCOPES)
    again.close()
