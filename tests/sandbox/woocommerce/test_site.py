"""The stand-in site's own oddities, as seen on running shops."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from recon.sandbox.tls import Certs
from recon.sandbox.woocommerce import Shop, serve

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
Get = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path / "woo", now=lambda: NOW, time_zone="America/New_York")
    shop.add_key("ck_1", "cs_1")
    shop.load("orders", [{"id": n, "status": "processing", "date_modified_gmt": f"2026-11-23T{n:02}:00:00"} for n in range(1, 16)])
    yield shop
    shop.close()


@pytest.fixture
def get(shop: Shop, certs: Certs) -> Iterator[Get]:
    with serve(shop, certs) as running, requests.Session() as session:
        session.trust_env = False  # certificates of the environment would win
        session.verify = str(certs.ca_file)

        def ask(path: str, *, method: str = "GET", auth: str = "ck_1:cs_1", **params: Any) -> requests.Response:
            headers = {"Authorization": "Basic " + base64.b64encode(auth.encode()).decode()} if auth else {}
            return session.request(method, f"{running.url}/wp-json/{path}", params=params, headers=headers, timeout=10)

        yield ask


def ids(answer: requests.Response) -> list[int]:
    return [record["id"] for record in answer.json()]


def test_pages_and_totals(get: Get) -> None:
    first = get("wc/v3/orders", orderby="id", order="asc")
    assert ids(first) == list(range(1, 11))
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("15", "2")
    assert 'rel="next"' in first.headers["Link"]
    assert ids(get("wc/v3/orders", orderby="id", order="asc", offset=9, per_page=3)) == [10, 11, 12]
    head = get("wc/v3/orders", method="HEAD")
    assert (head.content, head.headers["X-WP-Total"]) == (b"", "15")


@pytest.mark.parametrize(
    ("value", "is_gmt", "expected"),
    [
        ("2026-11-23T10:00:00", "true", [11, 12, 13, 14, 15]),  # UTC, and exclusive
        ("2026-11-23T05:00:00", None, [11, 12, 13, 14, 15]),  # the shop's time
        ("2026-11-23T10:00:00Z", None, [11, 12, 13, 14, 15]),
        ("2026-11-23T10:00:00Z", "true", list(range(6, 16))),  # turned into the shop's time and then taken for UTC
    ],
)
def test_filters_of_time_are_understood_as_woocommerce_does(get: Get, value: str, is_gmt: str | None, expected: list[int]) -> None:
    params = {"modified_after": value, **({"dates_are_gmt": is_gmt} if is_gmt else {})}
    assert ids(get("wc/v3/orders", orderby="id", order="asc", per_page=100, **params)) == expected


def test_unknown_parameters_are_ignored_and_bad_values_are_not(get: Get) -> None:
    assert len(ids(get("wc/v3/orders", nonsense="x", per_page=100))) == 15
    for params in ({"per_page": 0}, {"page": 0}, {"orderby": "color"}, {"status": "unheard-of"}, {"modified_after": "soon"}):
        answer = get("wc/v3/orders", **params)
        assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")


def test_orders_of_a_plugin_that_is_switched_off_are_only_seen_by_id(get: Get, shop: Shop) -> None:
    shop.set("plugin_statuses", {"shipped": "Shipped"})
    shop.change("orders", 3, status="shipped")
    assert 3 in ids(get("wc/v3/orders", per_page=100))
    shop.set("plugin_statuses", {})
    assert 3 not in ids(get("wc/v3/orders", per_page=100))
    assert get("wc/v3/orders", status="shipped").status_code == 400
    assert not ids(get("wc/v3/orders", include="3"))
    assert get("wc/v3/orders/3").json()["status"] == "shipped"


@pytest.mark.parametrize(("hpos", "seen"), [(True, False), (False, True)])
def test_any_shows_no_trash_and_drafts_only_where_orders_are_posts(get: Get, shop: Shop, hpos: bool, seen: bool) -> None:
    shop.set("hpos", hpos)
    shop.trash("orders", 1)
    shop.change("orders", 2, status="checkout-draft")
    listed = ids(get("wc/v3/orders", per_page=100))
    assert 1 not in listed
    assert (2 in listed) is seen
    assert ids(get("wc/v3/orders", status="trash")) == [1]
    assert get("wc/v3/orders/1").json()["status"] == "trash"


def test_customers_are_only_those_of_that_role_unless_all_are_asked_for(get: Get, shop: Shop) -> None:
    shop.load("customers", [{"id": 1, "role": "administrator"}, {"id": 2}])
    assert ids(get("wc/v3/customers")) == [2]
    assert sorted(ids(get("wc/v3/customers", role="all"))) == [1, 2]


def test_routes_depend_on_the_version(get: Get, shop: Shop) -> None:
    for version, refunds, variations in (("8.9.3", 404, 404), ("9.0.0", 200, 404), ("10.3.0", 200, 200)):
        shop.set("version", version)
        assert (get("wc/v3/refunds").status_code, get("wc/v3/variations").status_code) == (refunds, variations)
    assert get("wc/v3/products/999999/variations").json() == []


def test_keys_decide_what_is_answered(get: Get, shop: Shop) -> None:
    shop.add_key("ck_2", "cs_2", role="customer")
    for auth, status, code in (
        ("", 401, "woocommerce_rest_cannot_view"),
        ("ck_9:cs_1", 401, "woocommerce_rest_cannot_view"),
        ("ck_1:wrong", 401, "woocommerce_rest_authentication_error"),
        ("ck_2:cs_2", 403, "woocommerce_rest_cannot_view"),
    ):
        answer = get("wc/v3/orders", auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    refused = get("wc/v3/orders/1", method="PUT")
    assert (refused.status_code, refused.json()["code"]) == (401, "woocommerce_rest_authentication_error")
    assert get("wc/v3/orders", auth="", consumer_key="ck_1", consumer_secret="cs_1").status_code == 200


def test_times_of_the_shops_zone_follow_from_utc(shop: Shop) -> None:
    shop.load("orders", [{"id": 50, "date_created_gmt": "2026-11-01T05:30:00"}, {"id": 51, "date_created_gmt": "2026-11-01T06:30:00"}])
    shown = [shop.record("orders", number)["date_created"] for number in (50, 51)]  # type: ignore[index]
    assert shown == ["2026-11-01T01:30:00", "2026-11-01T01:30:00"]  # the hour that comes twice


def test_unknown_fields_are_refused_and_nothing_is_kept_of_a_bad_load(shop: Shop) -> None:
    with pytest.raises(ValueError, match="colour"):
        shop.load("orders", [{"id": 60}, {"id": 61, "colour": "red"}])
    assert shop.record("orders", 60) is None


def test_records_settings_and_keys_outlive_a_restart(shop: Shop, tmp_path: Path) -> None:
    again = Shop(tmp_path / "woo", now=lambda: NOW)
    assert again.record("orders", 5) == shop.record("orders", 5)
    assert again.get("time_zone") == "America/New_York"
    assert again.key("ck_1") is not None
    again.close()
