"""Tokens, scopes, the 60 days of orders, and protected customer data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import requests

from recon.sandbox.shopify import ALL_SCOPES


def token_answer(client: Any, **form: str) -> requests.Response:
    client.shop.add_client("app-1", "secret-1")
    form = {"client_id": "app-1", "client_secret": "secret-1", "grant_type": "client_credentials", **form}
    answer: requests.Response = client.session.post(f"{client.running.url}/admin/oauth/access_token", data=form, timeout=30)
    return answer


def test_client_credentials_give_a_token_for_a_day(client: Any) -> None:
    told = token_answer(client).json()
    assert told["expires_in"] == 86399
    assert set(told["scope"].split(",")) == set(ALL_SCOPES)
    client.token = told["access_token"]
    assert client.data("{ shop { myshopifyDomain } }") == {"shop": {"myshopifyDomain": "acme-demo.myshopify.com"}}
    client.shop.advance(86400)
    assert client.post("{ shop { id } }").status_code == 401


def test_wrong_secrets_and_grants_are_refused(client: Any) -> None:
    assert token_answer(client, client_secret="other").status_code == 400
    assert token_answer(client, grant_type="password").status_code == 400
    client.token = "made-up"
    assert client.post("{ shop { id } }").status_code == 401


def test_versions_fall_forward_silently(client: Any) -> None:
    assert client.post("{ shop { id } }").headers["X-Shopify-API-Version"] == "2026-07"
    assert client.post("{ shop { id } }", version="2024-04").headers["X-Shopify-API-Version"] == "2026-01"
    assert client.post("{ shop { id } }", version="2027-01").status_code == 404
    handles = client.data("{ publicApiVersions { handle supported } }")["publicApiVersions"]
    assert [entry["handle"] for entry in handles if entry["supported"]] == ["2026-01", "2026-04", "2026-07", "2026-10"]


def test_a_field_of_a_later_version_does_not_exist(client: Any) -> None:
    query = "{ customers(first: 1) { nodes { defaultPhoneNumber { smsMarketingConsent { state } } } } }"
    error = client.ask(query)["errors"][0]
    assert error["message"] == "Field 'smsMarketingConsent' doesn't exist on type 'CustomerPhoneNumber'"
    assert error["extensions"]["code"] == "undefinedField"
    node = client.data(query, version="2026-10")["customers"]["nodes"][0]
    assert node == {"defaultPhoneNumber": {"smsMarketingConsent": {"state": "UNSUBSCRIBED"}}}


def test_an_app_without_scopes_has_a_valid_token_and_nothing_else(client: Any) -> None:
    client.shop.scopes = ()
    told = client.ask(
        '{ shop { name } currentAppInstallation { accessScopes { handle } } customer(id: "gid://shopify/Customer/1") { id } }'
    )
    assert told["data"] == {"shop": {"name": "Acme Demo"}, "currentAppInstallation": {"accessScopes": []}, "customer": None}
    assert [(error["path"], error["extensions"]["code"]) for error in told["errors"]] == [(["customer"], "ACCESS_DENIED")]
    assert "`read_customers` access scope" in told["errors"][0]["message"]


def test_a_missing_scope_leaves_the_rest_of_the_answer(client: Any) -> None:
    client.shop.scopes = [scope for scope in ALL_SCOPES if scope != "read_customers"]
    told = client.ask("{ orders(first: 2) { nodes { id customer { id } } } }")
    assert [order["customer"] for order in told["data"]["orders"]["nodes"]] == [None, None]
    assert {error["extensions"]["code"] for error in told["errors"]} == {"ACCESS_DENIED"}
    assert client.ask("{ customers(first: 1) { nodes { id } } }")["data"] is None


def test_of_several_nodes_only_the_refused_ones_are_null(client: Any) -> None:
    client.shop.scopes = [scope for scope in ALL_SCOPES if scope != "read_customers"]
    told = client.ask('{ nodes(ids: ["gid://shopify/Order/1", "gid://shopify/Customer/1"]) { id } }')
    assert told["data"]["nodes"] == [{"id": "gid://shopify/Order/1"}, None]
    assert [(error["path"], error["extensions"]["code"]) for error in told["errors"]] == [(["nodes", 1], "ACCESS_DENIED")]


def test_without_read_all_orders_older_ones_are_just_absent(client: Any, make: Any) -> None:
    client.shop.load("orders", [make.order(500, make.now - timedelta(days=61)), make.order(501, make.now - timedelta(days=59))])
    query = (
        '{ ordersCount { count } orders(first: 50) { nodes { id } } order(id: "gid://shopify/Order/500") { id } '
        'nodes(ids: ["gid://shopify/Order/500"]) { id } }'
    )
    assert client.data(query)["ordersCount"]["count"] == 14
    client.shop.scopes = [scope for scope in ALL_SCOPES if scope != "read_all_orders"]
    told = client.data(query)
    assert told["ordersCount"]["count"] == len(told["orders"]["nodes"]) == 13
    assert told["order"] is None
    assert told["nodes"] == [None]
    operation = client.run_bulk("{ orders { edges { node { id } } } }")
    assert operation["rootObjectCount"] == "13"


def test_protected_data_is_null_with_an_error_beside_it(client: Any) -> None:
    client.shop.protected_data = False
    told = client.ask(
        '{ customer(id: "gid://shopify/Customer/1") { id firstName tags defaultAddress { id } '
        "addressesV2(first: 1) { nodes { city address1 } } } }"
    )
    assert told["data"]["customer"]["firstName"] is None
    assert told["data"]["customer"]["tags"] == ["vip"]
    assert told["data"]["customer"]["addressesV2"]["nodes"] == [{"city": "Köln", "address1": None}]
    assert [error["path"][-1] for error in told["errors"]] == ["firstName", "address1"]
    # what must not be null takes the object around it along
    told = client.ask('{ customer(id: "gid://shopify/Customer/1") { id defaultEmailAddress { emailAddress } } }')
    assert told["data"]["customer"] == {"id": "gid://shopify/Customer/1", "defaultEmailAddress": None}


def test_a_bulk_query_over_forbidden_fields_fails(client: Any) -> None:
    client.shop.protected_data = False
    operation = client.run_bulk("{ customers { edges { node { id firstName } } } }")
    assert (operation["status"], operation["errorCode"], operation["url"]) == ("FAILED", "ACCESS_DENIED", None)
    assert client.run_bulk("{ customers { edges { node { id tags } } } }")["status"] == "COMPLETED"


def test_fulfillment_orders_of_the_merchant_are_filtered_not_refused(client: Any) -> None:
    query = "{ fulfillmentOrders(first: 5, includeClosed: true) { nodes { id } } }"
    assert len(client.data(query)["fulfillmentOrders"]["nodes"]) == 2
    client.shop.scopes = [scope for scope in ALL_SCOPES if "merchant_managed" not in scope]
    assert client.data(query)["fulfillmentOrders"]["nodes"] == []


def test_there_is_nothing_to_write_with(client: Any) -> None:
    errors = client.ask('mutation { orderUpdate(input: {id: "gid://shopify/Order/1"}) { order { id } } }')["errors"]
    assert errors[0]["extensions"]["code"] == "undefinedField"
    client.data("query look { shop { id } }")
    assert client.shop.operations()[-1] == {"at": "2026-11-23T12:00:00Z", "kind": "query", "name": "look", "fields": ["shop"]}
