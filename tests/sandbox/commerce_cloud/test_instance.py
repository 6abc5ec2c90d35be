"""The stand-in of a B2C Commerce instance: what the vendor's pages say that an instance does, asked over HTTPS."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from recon.sandbox.commerce_cloud import Shop, impex, serve
from recon.sandbox.tls import Certs

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TENANT = "SALESFORCE_COMMERCE_API:zzxy_prd"


def kind(response: Any) -> tuple[int, str]:
    """Status and last part of the error's type."""
    assert response.headers["Content-Type"].startswith("application/problem+json")
    return response.status_code, response.json()["type"].rpartition("/")[2]


# -- Account Manager ------------------------------------------------------------------------------------------------------


def test_a_token_for_a_secret(ask: Any) -> None:
    answer = ask.token()
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 1799
    assert set(answer.json()["scope"].split()) >= {TENANT, "sfcc.orders"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"auth": ("3f9c2d1e-client", "wrong")}, 401, "invalid_client"),
        ({"auth": ("nobody", "s3cret")}, 401, "invalid_client"),
        ({"auth": None, "client_id": "3f9c2d1e-client", "client_secret": "s3cret/+ with blank"}, 401, "invalid_client"),
        ({"scope": "SALESFORCE_COMMERCE_API:abcd_001 sfcc.orders"}, 400, "invalid_scope"),
        ({"scope": f"{TENANT} sfcc.orders.rw"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_what_the_token_endpoint_refuses(ask: Any, form: dict[str, Any], status: int, error: str) -> None:
    answer = ask.token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def pair() -> tuple[rsa.RSAPrivateKey, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key, pem.decode()


def test_a_signed_assertion_instead_of_a_secret(ask: Any) -> None:
    old, new, stranger = pair(), pair(), pair()
    ask.shop.add_client("signer", public_keys=[old[1], new[1]])
    claims = {
        "iss": "signer", "sub": "signer", "aud": f"{ask.url}/dwsso/oauth2/access_token",
        "exp": (ask.shop.now() + timedelta(minutes=2)).timestamp(),
    }  # fmt: skip

    def status(key: Any, algorithm: str = "RS256", **changes: Any) -> int:
        made = jwt.encode({**claims, **changes}, key, algorithm)
        answer = ask.token(auth=None, client_assertion_type=ASSERTION, client_assertion=made)
        return int(answer.status_code)

    assert (status(old[0]), status(new[0])) == (200, 200), "two certificates at once, so that one can be replaced"
    assert status(new[0], aud="https://account.demandware.com:443/dwsso/oauth2/access_token") == 200
    assert status(stranger[0]) == 401
    assert status(new[0], aud="https://elsewhere.example.com") == 401
    assert status(new[0], sub="another") == 401
    assert status(new[0], exp=ask.shop.now().timestamp() - 1) == 401
    assert status(new[0], "PS256") == 401
    assert (status(new[0], jti="one"), status(new[0], jti="one")) == (200, 401), "an assertion holds once"


def test_a_token_ends_after_half_an_hour(ask: Any) -> None:
    assert ask.orders().status_code == 200
    ask.shop.advance(1801)
    answer = ask.orders()
    assert kind(answer) == (401, "invalid-access-token")
    assert answer.json()["accessToken"] in ask.session.headers["Authorization"], "the vendor repeats the token in its answer"


@pytest.mark.parametrize("scope", ["sfcc.orders", f"{TENANT} sfcc.products", None])
def test_tenant_and_scope_are_both_needed(ask: Any, scope: str | None) -> None:
    ask.sign_in(scope)
    assert kind(ask.orders()) == (403, "forbidden")


def test_another_organization_is_closed(ask: Any) -> None:
    assert kind(ask.send("GET", "/checkout/orders/v1/organizations/f_ecom_abcd_001/orders?siteId=Nordhaus")) == (403, "forbidden")


# -- orders ---------------------------------------------------------------------------------------------------------------


def test_orders_come_newest_first_without_a_total_and_without_unplaced_ones(ask: Any) -> None:
    answer = ask.orders(limit=5)
    assert set(answer.json()) == {"data"}
    assert [order["orderNo"] for order in answer.json()["data"]] == [f"{n:08}" for n in range(12, 7, -1)]
    assert ask.numbers(limit=200, sortOrder="asc", sortBy="last_modified_date") == [f"{n:08}" for n in range(1, 13)]


def test_a_page_moves_while_orders_come_in(ask: Any) -> None:
    first = ask.numbers(limit=4)
    ask.shop.place({**ask.shop.get("orders", "00000001", "Nordhaus"), "orderNo": "00000099", "creationDate": "2026-11-23T17:59:00.000Z"})
    assert ask.numbers(limit=4, offset=4)[0] == first[-1], "what was last on the first page comes again on the second"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0}, {"limit": 201}, {"limit": "ten"}, {"offset": -1}, {"offset": 9_900, "limit": 101}, {"status": "created"},
        {"status": "new,completed,cancelled"}, {"status": "open"}, {"sortBy": "orderNo"}, {"sortOrder": "up"},
        {"creationDateFrom": "2026-11-01"}, {"lastModifiedDateTo": "yesterday"}, {"exportStatus": "sent"},
    ],
)  # fmt: skip
def test_what_the_list_refuses(ask: Any, query: dict[str, Any]) -> None:
    assert kind(ask.orders(**query)) == (400, "bad-request")


def test_the_window_ends_at_ten_thousand(ask: Any) -> None:
    assert ask.orders(offset=9_999, limit=1).json() == {"data": []}
    assert kind(ask.orders(offset=10_000, limit=1)) == (400, "bad-request")


def test_a_site_is_needed_and_known(ask: Any) -> None:
    assert kind(ask.admin("checkout/orders", "orders")) == (400, "bad-request")
    assert kind(ask.orders(siteId="Elsewhere")) == (404, "site-not-found")


def test_from_is_in_and_to_is_out(ask: Any) -> None:
    born = [order["creationDate"] for order in ask.orders(sortOrder="asc", limit=3).json()["data"]]
    assert ask.numbers(creationDateFrom=born[0], creationDateTo=born[2], sortOrder="asc") == ["00000001", "00000002"]


def test_filters_of_states(ask: Any) -> None:
    ask.shop.update("orders", "00000003", {"status": "completed", "exportStatus": "ready"}, owner="Nordhaus")
    ask.shop.update("orders", "00000004", {"status": "open", "externalOrderStatus": "picked"}, owner="Nordhaus")
    assert ask.numbers(status="completed") == ["00000003"]
    assert len(ask.numbers(status="new,completed")) == 11
    assert len(ask.numbers()) == 12, "unfiltered, states come that cannot be asked for"
    assert ask.numbers(exportStatus="ready,failed") == ["00000003"]
    assert ask.numbers(externalStatus="picked") == ["00000004"]


def test_the_index_lags_behind_the_order(ask: Any) -> None:
    ask.shop.index_lag = 120
    ask.shop.place({**ask.shop.get("orders", "00000001", "Nordhaus"), "orderNo": "00000077"})
    assert ask.admin("checkout/orders", "orders/00000077", params={"siteId": "Nordhaus"}).status_code == 200
    assert "00000077" not in ask.numbers()
    ask.shop.advance(121)
    assert "00000077" in ask.numbers()


def test_one_order(ask: Any) -> None:
    answer = ask.admin("checkout/orders", "orders/00000005", params={"siteId": "Nordhaus"})
    assert answer.json()["orderNo"] == "00000005"
    assert answer.json()["c_fraudScore"] == "low"
    assert kind(ask.admin("checkout/orders", "orders/5", params={"siteId": "Nordhaus"})) == (404, "order-not-found")


def test_a_client_that_reads_cannot_write(ask: Any) -> None:
    before = ask.shop.get("orders", "00000001", "Nordhaus")
    site = {"siteId": "Nordhaus"}
    for method, path in [("PUT", "/status"), ("PUT", "/export-status"), ("PATCH", ""), ("POST", "/payment-instruments")]:
        answer = ask.admin("checkout/orders", f"orders/00000001{path}", method, params=site, json={"status": "cancelled"})
        assert kind(answer) == (403, "forbidden")
    assert ask.shop.get("orders", "00000001", "Nordhaus") == before
    log = ask.session.get(f"{ask.url}/__sandbox__/requests").json()
    assert [(line["method"], line["status"]) for line in log][-4:] == [("PUT", 403), ("PUT", 403), ("PATCH", 403), ("POST", 403)]


def test_a_client_that_may_write_moves_the_time_of_change(ask: Any) -> None:
    ask.shop.add_client("3f9c2d1e-client", "s3cret/+ with blank", scopes=ask.shop.ALL_SCOPES)
    ask.sign_in(f"{TENANT} sfcc.orders.rw")
    answer = ask.admin(
        "checkout/orders", "orders/00000002/export-status", "PUT", params={"siteId": "Nordhaus"}, json={"status": "exported"}
    )
    assert answer.status_code == 204
    assert ask.numbers(sortBy="last_modified_date", limit=1) == ["00000002"]


# -- limits ---------------------------------------------------------------------------------------------------------------


def test_an_answer_that_is_too_large_is_an_error_of_the_server(ask: Any) -> None:
    ask.shop.largest_answer = 12_000
    assert kind(ask.orders()) == (500, "internal-server-error")
    assert len(ask.numbers(limit=2)) == 2


def test_requests_that_are_too_large(ask: Any) -> None:
    assert kind(ask.orders(externalStatus="x" * 25_000)) == (400, "bad-request")
    answer = ask.admin("product/products", "product-search", "POST", data=b" " * (5 * 2**20 + 1))
    assert kind(answer) == (413, "payload-too-large")


def test_load_is_told_before_it_is_shed(ask: Any) -> None:
    ask.shop.faults.on(r"/orders", "load", level=85)
    ask.shop.faults.on(r"/orders", "load", level=93)
    ask.shop.faults.on(r"/orders", "load", level=100)
    seen = [ask.orders() for _ in range(4)]
    told = [(one.status_code, one.headers.get("sfdc_load"), one.headers.get("sfdc_load_status")) for one in seen]
    assert told == [(200, "85", "WARN"), (200, "93", "THROTTLE"), (503, "100", "THROTTLE"), (200, None, None)]


def test_too_many_requests_a_minute_are_shed(ask: Any) -> None:
    ask.shop.meter.capacity = 10
    seen = [ask.orders(limit=1) for _ in range(12)]
    assert [one.status_code for one in seen] == [200] * 10 + [503] * 2
    told = [one.headers["sfdc_load_status"] for one in seen]
    assert told == ["OK"] * 8 + ["WARN"] + ["THROTTLE"] * 3
    ask.shop.advance(61)
    assert ask.orders(limit=1).headers["sfdc_load"] == "0"


def test_throttling_says_how_long(ask: Any) -> None:
    ask.shop.faults.on(r"product-search", "throttled", seconds=7)
    answer = ask.search({"query": {"matchAllQuery": {}}})
    assert (kind(answer), answer.headers["Retry-After"]) == ((429, "too-many-requests"), "7")


def test_every_answer_can_be_traced(ask: Any) -> None:
    assert ask.admin("checkout/orders", "orders", headers={"correlation-id": "mine"}).headers["x-correlation-id"] == "mine"
    assert len(ask.orders().headers["x-correlation-id"]) == 36


# -- search ---------------------------------------------------------------------------------------------------------------


def found(ask: Any, query: Any, **more: Any) -> list[str]:
    answer = ask.search({"query": query, **more})
    assert answer.status_code == 200, answer.text
    return [hit["id"] for hit in answer.json()["hits"]]


def test_products_are_searched(ask: Any) -> None:
    everything = {"matchAllQuery": {}}
    assert found(ask, everything, sorts=[{"field": "id", "sortOrder": "desc"}]) == ["MUGS", "MUG-2", "MUG-1", "MUG-0"]
    span = {"field": "creationDate", "from": "2026-10-25T00:00:00Z", "to": "2026-10-25T18:00:00Z"}
    for inclusive, expected in ((True, ["MUG-1"]), (False, [])):
        since = {"rangeFilter": {**span, "toInclusive": inclusive}}
        assert found(ask, {"filteredQuery": {"query": everything, "filter": since}}) == expected
    assert found(ask, {"textQuery": {"fields": ["id", "name"], "searchPhrase": "mug 1"}}) == ["MUG-1"]
    assert found(ask, {"termQuery": {"fields": ["id"], "operator": "one_of", "values": ["MUG-1", "MUG-2"]}}) == ["MUG-1", "MUG-2"]
    assert found(ask, {"termQuery": {"fields": ["type"], "operator": "is", "values": ["master"]}}) == ["MUGS"]
    assert found(ask, {"boolQuery": {"must": [everything], "mustNot": [_id("MUGS")], "should": [_id("MUGS"), _id("MUG-2")]}}) == ["MUG-2"]
    answer = ask.search({"query": everything, "limit": 2, "offset": 3}).json()
    assert (answer["total"], answer["offset"], answer["limit"], len(answer["hits"])) == (4, 3, 2, 1)


def _id(value: str, field: str = "id") -> dict[str, Any]:
    return {"termQuery": {"fields": [field], "operator": "is", "values": [value]}}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "bad-request"),
        ({"query": {}}, "bad-request"),
        ({"query": {"fuzzyQuery": {}}}, "bad-request"),
        ({"query": {"matchAllQuery": {}}, "count": 5}, "bad-request"),
        ({"query": {"matchAllQuery": {}}, "limit": 201}, "bad-request"),
        ({"query": {"matchAllQuery": {}}, "limit": 200, "offset": 9_900}, "bad-request"),
        ({"query": {"matchAllQuery": {}}, "expand": ["colours"]}, "invalid-expand-value"),
        ({"query": {"matchAllQuery": {}}, "sorts": [{"field": "lastModified"}]}, "field-not-sortable"),
        ({"query": {"termQuery": {"fields": ["colour"], "operator": "is", "values": ["red"]}}}, "field-not-searchable"),
        ({"query": {"boolQuery": {"should": [_id("MUGS"), _id("x", "catalogId")]}}}, "bad-request"),
    ],
)  # fmt: skip
def test_what_the_search_refuses(ask: Any, body: Any, error: str) -> None:
    assert kind(ask.search(body)) == (400, error)


def test_expansions(ask: Any) -> None:
    assert ask.search({"query": _id("MUG-1")}).json()["hits"][0]["price"] == 12.5
    assert "price" not in ask.search({"query": _id("MUG-1"), "expand": ["none"]}).json()["hits"][0]


def test_customers_cannot_be_searched_by_time(ask: Any) -> None:
    def search(query: Any) -> Any:
        return ask.admin("customer/customers", "customer-lists/Nordhaus/customer-search", "POST", json={"query": query, "limit": 2})

    answer = search({"matchAllQuery": {}}).json()
    assert (answer["total"], len(answer["hits"]), answer["hits"][0]["data"]["customerNo"]) == (4, 2, "00000001")
    by_time = {
        "filteredQuery": {"query": {"matchAllQuery": {}}, "filter": {"rangeFilter": {"field": "lastModified", "from": "2026-01-01"}}}
    }
    assert kind(search(by_time)) == (400, "field-not-searchable")


def test_one_customer_and_the_addresses(ask: Any) -> None:
    path = "customer-lists/Nordhaus/customers/00000002"
    customer = ask.admin("customer/customers", path).json()
    assert customer["email"] == "ida2@example.com"
    assert customer["primaryAddress"]["city"] == "Berlin"
    assert customer.keys().isdisjoint({"addresses", "listId", "password"})
    assert ask.admin("customer/customers", f"{path}/addresses").json()["total"] == 1
    assert kind(ask.admin("customer/customers", "customer-lists/Nordhaus/customers/2")) == (404, "customer-not-found")
    assert kind(ask.admin("customer/customers", "customer-lists/Other/customers/2")) == (404, "customer-list-not-found")


def test_catalogs(ask: Any) -> None:
    assert ask.admin("product/catalogs", "catalogs").json()["data"][0]["id"] == "master"
    assert kind(ask.admin("product/catalogs", "catalogs/none")) == (404, "catalog-not-found")
    assert ask.admin("product/products", "products/MUG-1").json()["name"] == {"default": "Blue mug 1"}


# -- OCAPI ----------------------------------------------------------------------------------------------------------------

RECORDS = "/s/-/dw/data/v25_6/inventory_lists/inventory-eu/product_inventory_records"


def test_stock_in_pages(ask: Any) -> None:
    page = ask.send("GET", f"{RECORDS}?start=0&count=2&select=(**)").json()
    assert (page["total"], page["count"], page["start"]) == (3, 2, 0)
    assert page["next"].endswith("?start=2&count=2")
    record = page["data"][1]
    assert (record["product_id"], record["ats"], record["stock_level"], record["quantity_on_order"]) == ("MUG-1", 98, 100, 2)
    last = ask.send("GET", f"{RECORDS}?start=2&count=2&select=(**)").json()
    assert ("next" in last, last["data"][0]["perpetual_flag"]) == (False, True)


def test_without_a_selector_entries_are_only_named(ask: Any) -> None:
    assert set(ask.send("GET", RECORDS).json()["data"][0]) == {"_type", "product_id", "link"}
    chosen = ask.send("GET", f"{RECORDS}?select=(data.(product_id,allocation.(amount)))").json()["data"][0]
    assert chosen == {"_type": "product_inventory_record", "product_id": "MUG-0", "allocation": {"amount": 100}}
    answer = ask.send("GET", f"{RECORDS}?select=(**))")
    assert (answer.status_code, answer.json()["fault"]["type"]) == (400, "MalformedSelectorException")


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        (f"{RECORDS}?count=201", 400, "InvalidParameterException"),
        (f"{RECORDS}?start=x", 400, "InvalidParameterException"),
        ("/s/-/dw/data/v25_6/inventory_lists/none/product_inventory_records", 404, "InventoryListNotFoundException"),
        ("/s/-/dw/data/v99_9/inventory_lists", 404, "UnknownVersionException"),
        ("/s/-/dw/data/v25_6/jobs", 404, "NotFoundException"),
    ],
)
def test_what_ocapi_refuses(ask: Any, path: str, status: int, error: str) -> None:
    answer = ask.send("GET", path)
    assert (answer.status_code, answer.json()["fault"]["type"]) == (status, error)


def test_jobs_cannot_be_started_and_other_clients_not_read(ask: Any) -> None:
    answer = ask.send("POST", "/s/-/dw/data/v25_6/jobs/ExportOrders/executions", json={})
    assert (answer.status_code, answer.json()["fault"]["type"]) == (403, "ClientAccessForbiddenException")
    ask.shop.add_client("3f9c2d1e-client", "s3cret/+ with blank", ocapi=False)
    assert ask.send("GET", "/s/-/dw/data/v25_6/inventory_lists").status_code == 403
    ask.session.headers["Authorization"] = "Bearer nothing"
    assert ask.send("GET", RECORDS).json()["fault"]["type"] == "InvalidAccessTokenException"


def test_lists(ask: Any) -> None:
    lists = ask.send("GET", "/s/-/dw/data/v25_6/inventory_lists?select=(**)").json()
    assert [(one["id"], one["description"]) for one in lists["data"]] == [("inventory-eu", "Berlin")]
    assert ask.send("GET", "/s/-/dw/data/v25_6/customer_lists/Nordhaus").json()["id"] == "Nordhaus"


# -- files ----------------------------------------------------------------------------------------------------------------

FILES = "/on/demandware.servlet/webdav/Sites/Impex/src/recon"


def test_exports_are_listed_and_fetched(ask: Any) -> None:
    impex.export(ask.shop, stamp="20261123_")
    impex.export(ask.shop, "packed", packed=True)
    answer = ask.send("PROPFIND", f"{FILES}/", headers={"Depth": "1"})
    assert answer.status_code == 207
    entries = ET.fromstring(answer.content)
    names = [entry.findtext("{DAV:}href", "").rpartition("/")[2] for entry in entries]
    assert names == [
        "",
        *(f"20261123_{name}.xml" for name in ("catalog-master", "customers-Nordhaus", "inventory", "orders-Nordhaus", "pricebooks")),
    ]
    fetched = ask.send("GET", f"{FILES}/20261123_inventory.xml")
    assert b'list-id="inventory-eu"' in fetched.content
    size = next(
        entry.findtext(".//{DAV:}getcontentlength") for entry in entries if entry.findtext("{DAV:}href", "").endswith("inventory.xml")
    )
    assert int(size or 0) == len(fetched.content)
    assert ask.send("GET", f"{FILES.replace('recon', 'packed')}/inventory.xml.gz").content[:2] == b"\x1f\x8b"


def test_files_are_only_read_and_only_where_it_is_allowed(ask: Any) -> None:
    impex.export(ask.shop)
    (ask.shop.files / "Logs").mkdir()
    for method, path, status in [
        ("PUT", f"{FILES}/new.xml", 403),
        ("DELETE", f"{FILES}/inventory.xml", 403),
        ("PROPFIND", "/on/demandware.servlet/webdav/Sites/Logs", 403),
        ("GET", "/on/demandware.servlet/webdav/Sites/Impex/..%2F..%2Finstance.sqlite", 403),
        ("GET", f"{FILES}/none.xml", 404),
        ("PROPFIND", FILES, 403),
    ]:
        assert ask.send(method, path).status_code == status, (method, path)
    assert (ask.shop.files / "Impex/src/recon/inventory.xml").exists()
    ask.session.headers["Authorization"] = "Bearer nothing"
    assert ask.send("GET", f"{FILES}/inventory.xml").status_code == 401


# -- state ----------------------------------------------------------------------------------------------------------------


def test_everything_survives_a_restart(ask: Any, tmp_path: Path, stand_in_certs: Certs) -> None:
    before, token = ask.orders(limit=200).json(), ask.session.headers["Authorization"]
    ask.shop.index_lag = 60
    ask.shop.place({**ask.shop.get("orders", "00000001", "Nordhaus"), "orderNo": "00000055"})
    again = Shop(tmp_path / "instance", now=ask.shop.now)
    with serve(again, stand_in_certs) as running:
        ask.url = running.url
        assert ask.orders(limit=200).json() == before, "the same orders for the same token, and the index as far as it was"
        again.advance(61)
        assert "00000055" in ask.numbers(limit=200)
        log = ask.session.get(f"{ask.url}/__sandbox__/requests").json()
        assert any(line["path"].endswith("/access_token") for line in log)
    again.close()
    assert token == ask.session.headers["Authorization"]


def test_the_clock_and_faults_are_set_over_http(ask: Any) -> None:
    ask.session.post(f"{ask.url}/__sandbox__/clock", json={"offset_seconds": 4_000})
    assert ask.orders().status_code == 401
    ask.sign_in()
    ask.session.post(f"{ask.url}/__sandbox__/faults", json={"match": "orders", "action": "scope_missing"})
    assert [ask.orders().status_code for _ in range(2)] == [403, 200]
    ask.shop.faults.on("orders", "hidden")
    assert [len(ask.numbers(limit=200)) for _ in range(2)] == [11, 12]
    ask.shop.faults.on("orders", "token_expired")
    assert ask.orders().status_code == 401
    assert json.loads((ask.shop.folder / "clock.json").read_text()) == {"offset_seconds": 4_000}
