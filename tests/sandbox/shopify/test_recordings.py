"""The stand-in answers as recorded live stores did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Path:
    return shared / "contracts/shopify/recorded"


def load(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def test_bulk_queries_are_refused_in_the_same_words(client: Any, recorded: Path) -> None:
    for name in ("validators", "user-error-codes"):
        cases = load(recorded, f"2026-04_bulk-operations_bulk-operation-run-query-{name}.json")["validations"]
        assert cases
        for case, entry in cases.items():
            told = client.ask(entry["query"], entry["variables"])
            assert told["data"] == entry["response"]["data"], case
            cost = told["extensions"]["cost"]
            assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (10, 10)


def test_the_sixth_bulk_query_at_a_time_is_refused(client: Any, recorded: Path) -> None:
    record = load(recorded, "2026-04_bulk-operations_bulk-operation-run-query-concurrency-limit.json")
    ids = []
    for entry in record["successfulRuns"]:
        told = client.data(entry["query"], entry["variables"])["bulkOperationRunQuery"]
        expected = entry["response"]["data"]["bulkOperationRunQuery"]
        hidden = {"id": "", "createdAt": ""}
        assert {**told["bulkOperation"], **hidden} == {**expected["bulkOperation"], **hidden}
        assert told["userErrors"] == []
        ids.append(told["bulkOperation"]["id"])
    sixth = record["sixthRun"]
    told = client.data(sixth["query"], sixth["variables"])["bulkOperationRunQuery"]
    expected = sixth["response"]["data"]["bulkOperationRunQuery"]
    prefix = expected["userErrors"][0]["message"].split(": ")[0]
    assert told == {
        "bulkOperation": None,
        "userErrors": [{"field": None, "code": "OPERATION_IN_PROGRESS", "message": f"{prefix}: {', '.join(ids)}."}],
    }


def test_lists_of_bulk_operations_refuse_and_warn_alike(client: Any, recorded: Path) -> None:
    cases = load(recorded, "2026-04_bulk-operations_bulk-operations-read-arg-validation.json")["cases"]
    for case, entry in cases.items():
        told, expected = client.ask(entry["query"], entry["variables"]), entry["response"]
        assert told.get("data") == expected.get("data"), case
        assert ("data" in told) == ("data" in expected), case
        assert told.get("errors") == expected.get("errors"), case
        assert told.get("extensions", {}).get("search") == expected.get("extensions", {}).get("search"), case
        asked = expected.get("extensions", {}).get("cost", {}).get("requestedQueryCost")
        assert told.get("extensions", {}).get("cost", {}).get("requestedQueryCost") == asked, case


def test_a_count_ignores_filters_it_does_not_know_and_warns(client: Any, recorded: Path) -> None:
    call = load(recorded, "2025-01_customers_customers-count.json")["upstreamCalls"][0]
    told = client.ask(call["query"], call["variables"])
    expected = call["response"]["body"]
    assert [told["data"][key] for key in ("total", "matching", "disabled")] == [{"count": 3, "precision": "EXACT"}] * 3
    assert told["extensions"]["search"] == expected["extensions"]["search"]
    assert told["extensions"]["cost"]["requestedQueryCost"] == expected["extensions"]["cost"]["requestedQueryCost"] == 30


def test_an_unquoted_timestamp_falls_apart_and_warns(connect: Any, open_shop: Any, make: Any, recorded: Path) -> None:
    text = (recorded / "2025-01_products_inventory-connection-query-windowing.json").read_text()

    def searches(value: Any) -> Any:
        if isinstance(value, dict):
            yield from (entry for key, entries in value.items() if key == "search" for entry in entries)
            for inner in value.values():
                yield from searches(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from searches(inner)

    expected = {entry["query"]: entry for entry in searches(json.loads(text)) if entry["path"][0] in {"trackedFalse", "updatedBefore"}}
    assert len(expected) == 2
    shop = open_shop("toronto", time_zone="America/Toronto")
    shop.static_token(make.token)
    client = connect(shop)
    for query, entry in expected.items():
        told = client.ask(
            f"query($q: String) {{ {entry['path'][0]}: inventoryItems(first: 5, query: $q) {{ nodes {{ id }} }} }}", {"q": query}
        )
        assert told["extensions"]["search"] == [entry]


def test_order_lists_and_counts_take_the_same_filters(client: Any, recorded: Path) -> None:
    record = load(recorded, "2026-04_orders_order-catalog-count-read.json")
    call = next(iter(record["upstreamCalls"]), None) or {}
    query = call.get("query")
    assert query is not None
    variables = {
        **record["variables"],
        "idQuery": "id:4",
        "combinedQuery": "id:4 tag:web financial_status:partially_refunded",
        "tagQuery": "tag:web",
    }
    told = client.ask(query, variables)
    assert "errors" not in told
    assert set(told["data"]) == set(record["response"]["data"])
    assert told["data"]["limitedTaggedCount"] == {"count": 1, "precision": "AT_LEAST"}
    assert told["data"]["exactTaggedCount"] == {"count": 12, "precision": "EXACT"}
    assert told["data"]["combinedAndCount"] == {"count": 1, "precision": "EXACT"}
    assert "search" not in told["extensions"]


def test_lines_look_like_recorded_ones(client: Any, recorded: Path) -> None:
    result = load(recorded, "bulk_jsonl_with_parentid.extract.json")["run"]["result"]
    parent, child = (line for line in result["body"].splitlines()[:2])
    operation = client.run_bulk(
        '{ products(query: "id:1") { edges { node { id title variants { edges { node { id title sku } } } } } } }', grouped=True
    )
    lines = client.download(operation["url"]).text.splitlines()
    assert list(json.loads(lines[0])) == list(json.loads(parent))
    assert list(json.loads(lines[1])) == list(json.loads(child))
    assert "gid:\\/\\/shopify\\/Product\\/1" in lines[0]
    assert ('", "' in parent, '": "' in parent) == ('", "' in lines[0], '": "' in lines[0]) == (False, False)
