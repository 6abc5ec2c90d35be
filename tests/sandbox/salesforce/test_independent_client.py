"""A client that is not ours works against the stand-in, over HTTPS and with certificates verified."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceMalformedRequest, SalesforceMoreThanOneRecord


@pytest.fixture
def client(place):
    token = place.session.headers["Authorization"].removeprefix("Bearer ")
    return Salesforce(instance_url=place.url, session_id=token, session=place.session, version="66.0")


def test_queries(client, place) -> None:
    found = client.query(format_soql("SELECT Id, Account.Name FROM Order WHERE Shopify_Order_Id__c = {}", "1000"))
    assert found["totalSize"] == 1
    assert found["records"][0]["Account"]["Name"] == "Nordwind GmbH"
    place.org.load("Account", ({"Name": f"A'{n}"} for n in range(4200)))
    assert len(client.query_all("SELECT Id FROM Account")["records"]) == 4203
    assert sum(1 for _ in client.query_all_iter("SELECT Id FROM Account")) == 4203
    assert client.query(format_soql("SELECT COUNT() FROM Account WHERE Name = {}", "A'17"))["totalSize"] == 1
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.query("SELECT Nope FROM Account")
    assert caught.value.content[0]["errorCode"] == "INVALID_FIELD"


def test_describe_and_limits(client) -> None:
    names = [one["name"] for one in client.describe()["sobjects"]]
    assert {"Account", "Order", "OrderItem", "Order_Refund__c"} <= set(names)
    fields = {one["name"]: one for one in client.Order.describe()["fields"]}
    assert (fields["Shopify_Order_Id__c"]["externalId"], fields["Shopify_Order_Id__c"]["length"]) == (True, 32)
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    assert client.api_usage["api-usage"].total == 100_000


def test_records(client, place) -> None:
    made = client.Contact.create({"LastName": "New", "AccountId": place.ids["account"][0]})
    assert client.Contact.get(made["id"])["LastName"] == "New"
    assert client.Contact.update(made["id"], {"FirstName": "First"}) == 204
    assert client.Contact.upsert("Shopify_Customer_Id__c/901", {"LastName": "Up"}) == 201
    assert client.Contact.upsert("Shopify_Customer_Id__c/901", {"LastName": "Down"}) == 200
    assert client.Contact.get_by_custom_id("Shopify_Customer_Id__c", "901")["LastName"] == "Down"
    assert client.Contact.delete(made["id"]) == 204
    place.org.load("Product2", [{"Name": "Twin", "Shopify_Variant_Id__c": "77"} for _ in range(2)])
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Product2.upsert("Shopify_Variant_Id__c/77", {"Name": "x"})


def test_collections(client) -> None:
    records = [{"attributes": {"type": "Order"}, "Shopify_Order_Id__c": f"100{n}", "Name": f"n{n}"} for n in range(4)]
    results = client.restful("composite/sobjects/Order/Shopify_Order_Id__c", method="PATCH", json={"records": records}, params={})
    assert [one["success"] for one in results] == [True] * 4


def test_bulk(client, place) -> None:
    place.org.load("Account", ({"Name": f"A{n}"} for n in range(2500)))
    pages = list(client.bulk2.Account.query("SELECT Id, Name FROM Account", max_records=1000))
    assert [len(page.splitlines()) - 1 for page in pages] == [1000, 1000, 503]
    results = client.bulk2.Account.insert(records=[{"Name": "B1"}, {"Name": "B2"}])
    assert [(one["numberRecordsProcessed"], one["numberRecordsFailed"]) for one in results] == [(2, 0)]


def test_an_expired_token_is_told_apart(client, place) -> None:
    place.faults.on("query", "expire_token")
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Account")


def test_it_can_sign_in_itself(place) -> None:
    # the client builds the host from a name at salesforce.com; only the address is changed
    from simple_salesforce import login

    answered = []

    def post(url: str, form: dict[str, str], **kwargs):
        answered.append(url)
        return place.session.post(f"{place.url}/services/oauth2/token", data=form, timeout=10, headers={**kwargs.get("headers", {})})

    key = {"consumer_key": "recon-app", "consumer_secret": "not-a-real-secret"}
    token, host = login.SalesforceLogin(**key, domain="acme.my", session=SimpleNamespace(post=post))
    assert token.startswith("00D")
    assert host == place.url.removeprefix("https://")
    assert answered == ["https://acme.my.salesforce.com/services/oauth2/token"]
