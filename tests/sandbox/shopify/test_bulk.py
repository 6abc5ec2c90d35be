"""Bulk operations from start to end, and their files at the other origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from recon.sandbox.shopify import Shop

QUERY = "{ orders { edges { node { id lineItems { edges { node { id } } } } } } }"
RUN = """mutation($q: String!) { bulkOperationRunQuery(query: $q) {
    bulkOperation { id status objectCount } userErrors { code field message } } }"""


def started(client: Any, query: str = QUERY) -> str:
    return str(client.data(RUN, {"q": query})["bulkOperationRunQuery"]["bulkOperation"]["id"])


def test_an_operation_is_created_then_running_then_completed(client: Any) -> None:
    told = client.data(RUN, {"q": QUERY})["bulkOperationRunQuery"]
    assert told["bulkOperation"]["status"] == "CREATED"
    assert told["bulkOperation"]["objectCount"] == "0"
    number = told["bulkOperation"]["id"]
    seen = [client.poll(number) for _ in range(3)]
    assert [operation["status"] for operation in seen] == ["RUNNING", "COMPLETED", "COMPLETED"]
    assert seen[0]["url"] is None
    assert (seen[1]["objectCount"], seen[1]["rootObjectCount"], seen[1]["type"]) == ("36", "12", "QUERY")
    assert seen[1]["url"].startswith(client.running.storage.url)
    assert not seen[1]["url"].startswith(client.running.url)


def test_children_come_after_their_parents_but_not_next_to_them(client: Any) -> None:
    lines = client.lines(client.run_bulk(QUERY))
    parents = {line["id"]: position for position, line in enumerate(lines) if "__parentId" not in line}
    for position, line in enumerate(lines):
        if "__parentId" in line:
            assert position > parents[line["__parentId"]]
    assert "__parentId" not in lines[1]
    grouped = client.lines(client.run_bulk(QUERY, grouped=True))
    assert [line.get("__parentId") for line in grouped[:4]] == [None, grouped[0]["id"], grouped[0]["id"], None]


def test_no_rows_means_no_address(client: Any) -> None:
    operation = client.run_bulk('{ orders(query: "id:999") { edges { node { id } } } }')
    assert (operation["status"], operation["url"], operation["objectCount"], operation["fileSize"]) == ("COMPLETED", None, "0", None)


def test_a_bulk_query_hides_the_warnings_of_its_search(client: Any) -> None:
    operation = client.run_bulk('{ orders(query: "upated_at:>=x") { edges { node { id } } } }')
    assert operation["rootObjectCount"] == "12"


def test_cancelling(client: Any) -> None:
    cancel = "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { field message } } }"
    number = started(client)
    assert client.data(cancel, {"id": number})["bulkOperationCancel"] == {"bulkOperation": {"status": "CANCELING"}, "userErrors": []}
    assert client.finish(number)["status"] == "CANCELED"
    assert "completed" in client.data(cancel, {"id": client.run_bulk(QUERY)["id"]})["bulkOperationCancel"]["userErrors"][0]["message"]
    gone = client.data(cancel, {"id": "gid://shopify/BulkOperation/1"})["bulkOperationCancel"]
    assert gone["bulkOperation"] is None
    assert gone["userErrors"][0]["field"] == ["id"]


def test_running_operations_are_listed_and_finished_ones_are_not(client: Any) -> None:
    number = started(client)
    query = '{ bulkOperations(first: 10, query: "status:running operation_type:query") { nodes { id status } } }'
    assert client.data(query)["bulkOperations"]["nodes"] == [{"id": number, "status": "RUNNING"}]
    client.finish(number)
    assert client.data(query)["bulkOperations"]["nodes"] == []


def test_operations_and_results_outlive_a_restart(client: Any, shop: Shop, open_shop: Any) -> None:
    finished, number = client.run_bulk(QUERY), started(client)
    shop.bulk.close()
    again = open_shop()
    assert again.count("orders") == 12
    assert again.bulk.read(finished["id"])["url"] == finished["url"]
    while (operation := again.bulk.read(number))["status"] in {"CREATED", "RUNNING"}:
        continue
    assert (operation["status"], operation["objectCount"]) == ("COMPLETED", "36")


def test_addresses_live_for_seven_days(client: Any) -> None:
    operation = client.run_bulk(QUERY)
    client.shop.advance(7 * 86400 - 60)
    assert client.download(operation["url"]).status_code == 200
    client.shop.advance(120)
    refused = client.download(operation["url"])
    assert (refused.status_code, refused.headers["Content-Type"][:15]) == (403, "application/xml")
    assert client.poll(operation["id"])["status"] == "EXPIRED"
    assert client.poll(operation["id"])["url"] is None


def test_the_storage_refuses_tokens_and_unsigned_addresses(client: Any) -> None:
    url = client.run_bulk(QUERY)["url"]
    assert client.download(url).headers["Content-Type"] == "application/jsonl"
    assert client.download(url, **{"X-Shopify-Access-Token": client.token}).status_code == 400
    assert client.download(url, Authorization="Bearer x").status_code == 400
    assert client.download(url.replace("Signature=", "Signature=0")).status_code == 403
    assert client.download(url.partition("?")[0]).status_code == 403
    log = client.session.get(f"{client.running.storage.url}/__sandbox__/requests", timeout=30).json()
    assert [entry["status"] for entry in log] == [200, 400, 400, 403, 403]


def test_the_storage_serves_byte_ranges_and_gzip(client: Any) -> None:
    url = client.run_bulk(QUERY)["url"]
    whole = client.download(url).content
    part = client.download(url, Range="bytes=10-19")
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, whole[10:20], f"bytes 10-19/{len(whole)}")
    assert client.download(url, Range="bytes=100-").content == whole[100:]
    assert client.download(url, Range="bytes=-7").content == whole[-7:]
    assert client.download(url, Range=f"bytes={len(whole)}-").status_code == 416
    client.shop.gzip_results = True
    zipped = client.download(url)
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.content == whole


def test_a_large_export_is_quick(client: Any, make: Any) -> None:
    client.shop.load("orders", (make.order(number) for number in range(100, 1100)))
    operation = client.run_bulk(QUERY)
    assert operation["rootObjectCount"] == "1012"
    lines = client.lines(operation)
    assert len({line["id"] for line in lines}) == len(lines) == 3036


def test_faults_of_bulk_operations(client: Any) -> None:
    faults = client.faults
    faults.on("orders", "bulk_failed")
    failed = client.run_bulk(QUERY)
    assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    partial = client.download(failed["partialDataUrl"]).content.splitlines()
    assert len(partial) == int(failed["objectCount"]) == 18

    faults.on("orders", "bulk_expired")
    assert client.run_bulk(QUERY)["status"] == "EXPIRED"

    faults.on("orders", "bulk_url_expired")
    assert client.download(client.run_bulk(QUERY)["url"]).status_code == 403

    faults.on("orders", "bulk_in_progress")
    errors = client.data(RUN, {"q": QUERY})["bulkOperationRunQuery"]["userErrors"]
    assert [error["code"] for error in errors] == ["OPERATION_IN_PROGRESS"]

    faults.on("orders", "bulk_slow", times=3)
    number = started(client)
    assert [client.poll(number)["status"] for _ in range(5)] == ["RUNNING"] * 4 + ["COMPLETED"]


def test_faults_of_result_files(client: Any) -> None:
    good = client.download(client.run_bulk(QUERY)["url"]).text.splitlines()

    client.faults.on("orders", "bulk_cut_file")
    operation = client.run_bulk(QUERY)
    body = client.download(operation["url"]).content
    assert len(body) < int(operation["fileSize"])
    assert operation["objectCount"] == str(len(good))

    client.faults.on("orders", "bulk_shuffled", seed=3)
    operation = client.run_bulk(QUERY)
    mixed = client.download(operation["url"]).text.splitlines()
    assert sorted(mixed) == sorted(good)
    assert "__parentId" in mixed[0]
    assert "__parentId" not in mixed[-1]

    client.faults.on("orders", "bulk_lost_rows", every=5)
    operation = client.run_bulk(QUERY)
    lines = client.lines(operation)
    assert (operation["rootObjectCount"], operation["objectCount"]) == ("10", "30")
    assert len(lines) == 30
    ids = {line["id"] for line in lines}
    assert all(line.get("__parentId", line["id"]) in ids for line in lines)


def test_results_are_files_of_the_shops_folder(client: Any) -> None:
    operation = client.run_bulk(QUERY)
    folder: Path = client.shop.bulk.folder
    (file,) = folder.glob("*.jsonl")
    assert [json.loads(line) for line in file.read_text().splitlines()] == client.lines(operation)
