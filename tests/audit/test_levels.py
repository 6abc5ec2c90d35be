"""Service levels: every number with its denominator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

Order = Callable[..., dict[str, Any]]
BEGIN = datetime(2026, 11, 19, 9)  # noqa: DTZ001 - as a TIMESTAMP in UTC; the first snapshot is made a day later


def pair(order: Order, n: int, minutes: int = 1, *, channel: str = "web", hour: int = 9, **held: Any) -> list[dict[str, Any]]:
    placed = BEGIN.replace(hour=hour)
    held = {"created_at": placed + timedelta(minutes=minutes), "number": f"#{n}", **held}
    return [order(str(n), created_at=placed, channel=channel), order(f"801{n}", system="salesforce", **held)]


def linked(count: int) -> list[dict[str, Any]]:
    return [{"shop_id": str(n), "salesforce_id": f"801{n}"} for n in range(count)]


def test_latency_of_a_shop_is_told_by_channel_and_hour_too(workspace: Any, order: Order) -> None:
    pairs = [pair(order, 0), pair(order, 1, 5), pair(order, 3, 30, channel="pos"), pair(order, 4, 2, channel=None)]
    pairs.append(pair(order, 2, 6, channel="pos", hour=23))
    (latency,) = workspace.audit({"orders": list(chain(*pairs)), "order_links": linked(5)}).latency
    assert (latency.orders, latency.in_target, latency.p50_seconds, latency.p99_seconds) == (5, 3, 300.0, 1800.0)
    assert [(one.name, one.orders, one.in_target, one.p95_seconds) for one in latency.by_channel] == [
        ("", 1, 1, 120.0), ("pos", 2, 0, 1800.0), ("web", 2, 2, 300.0),
    ]  # fmt: skip
    assert [(one.name, one.orders) for one in latency.by_hour] == [("9", 4), ("23", 1)]


def test_updates_are_followed_late_or_failed(workspace: Any, order: Order) -> None:
    changed = BEGIN + timedelta(hours=3)
    pairs = [pair(order, n) for n in range(6)]
    for n, (mine, theirs) in enumerate(pairs):
        mine["updated_at"] = changed
        theirs["updated_at"] = changed + timedelta(minutes=1 + n)
    pairs[1][1]["last_synced_at"] = changed + timedelta(minutes=10)  # it is asked before the last modification
    pairs[2][1].update(updated_at=BEGIN, total="99.00")  # never followed, and it shows
    pairs[3][0]["updated_at"] = BEGIN + timedelta(seconds=30)  # creating it, no change
    pairs[4][0]["updated_at"] = BEGIN + timedelta(hours=23, minutes=50)  # within the grace
    pairs[5][1]["updated_at"] = changed + timedelta(days=8)  # beyond the backfill limit: followed, but it says nothing about speed
    (updates,) = [
        one for one in workspace.audit({"orders": list(chain(*pairs)), "order_links": linked(6)}).updates if one.entity == "orders"
    ]
    assert (updates.shop_system, updates.changed, updates.followed, updates.failed) == ("shop", 4, 3, 1)
    assert (updates.p50_seconds, updates.p95_seconds) == (60.0, 600.0)


def test_stock_is_behind_where_it_changed_after_it_was_written(workspace: Any) -> None:
    levels = [
        {
            "system": "shop",
            "record_id": str(n),
            "variant_id": str(n),
            "location_id": "L",
            "available": "5",
            "updated_at": BEGIN + timedelta(hours=n),
        }
        for n in range(1, 5)
    ]
    written = [BEGIN + timedelta(hours=1, minutes=2), BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=4), None]
    held = [
        {**level, "system": "salesforce", "record_id": f"1PI{n}", "variant_id": f"01t{n}", "location_id": "131", "updated_at": written[n]}
        for n, level in enumerate(levels)
    ]
    rows = {
        "inventory_levels": [*levels, *held],
        "product_links": [{"shop_id": str(n + 1), "salesforce_id": f"01t{n}"} for n in range(4)],
        "location_links": [{"shop_id": "L", "salesforce_id": "131"}],
    }
    (stock,) = workspace.audit(rows).stock
    assert (stock.shop_system, stock.levels, stock.behind, stock.p50_seconds, stock.p99_seconds) == ("shop", 4, 1, 120.0, 3600.0)
    assert str(stock.newest_shop_at) == "2026-11-19 13:00:00+00:00" and str(stock.newest_salesforce_at) == "2026-11-19 13:00:00+00:00"


def test_duplicates_are_what_would_be_left_over(workspace: Any, order: Order) -> None:
    rows = {
        "orders": [*pair(order, 0), order("801X", system="salesforce"), order("801Y", system="salesforce", deleted_at=BEGIN)],
        "order_links": [*linked(1), *({"shop_id": "0", "salesforce_id": f"801{x}", "is_primary": False} for x in "XY")],
        "customers": [{"system": "salesforce", "record_id": f"003{n}"} for n in range(6)],
        "customer_clusters": [
            {"cluster_id": cluster, "certain_id": cluster, "system": "salesforce", "record_id": f"003{n}", "certainty": certainty}
            for n, (cluster, certainty) in enumerate(
                [("a", "certain"), ("a", "certain"), ("a", "certain"), ("b", "review"), ("b", "review")]
            )
        ],
    }
    found = {one.entity: (one.system, one.records, one.surplus) for one in workspace.audit(rows).duplicates}
    assert found == {"orders": ("salesforce", 2, 1), "customers": ("salesforce", 6, 2)}


def test_levels_are_kept_with_the_run(workspace: Any, order: Order) -> None:
    from recon.audit import history

    result = workspace.audit({"orders": pair(order, 0), "order_links": linked(1)})
    kept = history.load(workspace.settings.state_dir)
    assert kept.latency == result.latency and kept.latency[0].by_hour and kept.duplicates == result.duplicates != ()


def test_what_was_not_read_has_no_level(workspace: Any, order: Order) -> None:
    coverage = [{"system": system, "entity": "customers", "readable": True, "complete": True} for system in ("shop", "salesforce")]
    result = workspace.audit({"orders": pair(order, 0), "order_links": linked(1)}, coverage=coverage)
    assert [one.entity for one in result.duplicates] == ["customers"] and result.stock == () and result.updates == ()


def test_match_rates_are_told_of_every_area_and_method(workspace: Any, order: Order) -> None:
    def both(table: str, *rows: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        return {table: [{"system": "salesforce" if str(row["record_id"]).startswith("a") else "shop", **row} for row in rows]}

    doubt = {"certainty": "ambiguous", "is_primary": False}
    mine, theirs = {"order_id": "0"}, {"order_id": "8010"}
    rows: dict[str, Any] = {
        "orders": pair(order, 0),
        "order_links": linked(1),
        **both(
            "companies", {"record_id": "4", "status": "pending"}, *({"record_id": one} for one in ("1", "2", "3", "aA", "aB", "aC", "aD"))
        ),
        "company_links": [
            {"shop_id": "1", "salesforce_id": "aA", "method": "name"},
            {"shop_id": "2", "salesforce_id": "aB", "method": "name", **doubt},
            {"shop_id": "2", "salesforce_id": "aC", "method": "name", **doubt},
        ],
        **both("subscriptions", *({"record_id": one} for one in ("1", "2", "aA", "aB"))),
        "subscription_links": [{"shop_id": "1", "salesforce_id": "aA"}, {"shop_id": "2", "salesforce_id": "aB", "method": "customer"}],
        **both(
            "refunds",
            {"record_id": "1", **mine, "amount": "5", "money_moved": True},
            {"record_id": "2", **mine, "amount": "6", "money_moved": True},
            {"record_id": "3", **mine, "amount": "7", "money_moved": True},
            {"record_id": "aA", **theirs, "amount": "5"},
            {"record_id": "aB", **theirs, "amount": "6", "external_ids": {"external_id": "2"}},
        ),
        **both(
            "returns",
            {"record_id": "1", **mine, "status": "open"},
            {"record_id": "2", **mine, "status": "declined"},
            {"record_id": "aA", **theirs, "external_ids": {"external_id": "9"}},
        ),
        **both(
            "fulfillments",
            {"record_id": "1", **mine, "status": "success", "tracking_number": "T-1"},
            {"record_id": "aA", **theirs, "tracking_number": "T1"},
        ),
    }
    told = {
        rate.entity: (dict(rate.linked), rate.compared, rate.unmatched_shop, rate.unmatched_salesforce, rate.ambiguous)
        for rate in workspace.audit(rows).match
    }
    assert {name: told[name] for name in ("companies", "subscriptions", "refunds", "returns", "fulfillments")} == {
        "companies": ({"name": 1}, 1, 1, 1, 1),
        "subscriptions": ({"customer": 1, "external_id": 1}, 2, 0, 0, 0),
        "refunds": ({"amount": 1, "external_id": 1}, 2, 1, 0, 0),
        "returns": ({}, 0, 1, 1, 0),
        "fulfillments": ({"tracking_number": 1}, 1, 0, 0, 0),
    }
    assert set(told) == {
        "companies", "customers", "fulfillments", "locations", "order_lines", "orders", "products", "refunds", "returns", "subscriptions",
    }  # fmt: skip
