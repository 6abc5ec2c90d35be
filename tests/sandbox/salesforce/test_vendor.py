"""The stand-in held against what the vendor really answers: recorded describes, answers and lists of codes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from recon.sandbox.salesforce import Org
from recon.sandbox.salesforce.ids import checksum, normal
from recon.sandbox.salesforce.objects import HISTORIES, TABLES, standard_objects

NOT_IN_ENUMS = {
    "API_ERROR": "what jobs/query wraps parser errors in",
    "INVALIDENTITY": "an object that the bulk resource cannot read",
    "INVALIDJOBSTATE": "a job that is asked for what its state does not allow",
    "METHOD_NOT_ALLOWED": "REST only",
    "NOT_FOUND": "REST only, in recorded answers",
}
"""Codes of REST and Bulk that the SOAP enumerations of version 47 do not have, and where they come from."""

LATER_OR_OPTIONAL = {
    ("Contact", "IsPersonAccount"), ("Contact", "HasOptedOutOfEmail"), ("Contact", "DoNotCall"),
}  # fmt: skip
"""Fields that exist but were hidden or switched off in the recorded orgs."""

ATTRIBUTES = (
    "type", "nillable", "filterable", "sortable", "groupable", "aggregatable", "referenceTo", "relationshipName", "precision", "scale",
    "createable", "updateable", "idLookup", "externalId", "unique", "defaultedOnCreate", "restrictedPicklist", "autoNumber", "calculated",
    "soapType", "caseSensitive", "compoundFieldName", "length",
)  # fmt: skip

CUSTOMISED = {("Account", name, "length") for name in ("Type", "Industry", "AccountSource")} | {
    ("Account", "Name", "compoundFieldName"), ("Account", "Name", "nillable"),
}  # fmt: skip
"""What differs between two recorded orgs already."""


def described(shared: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((shared / "contracts/salesforce").glob("describe_*/*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(body, dict) and "fields" in body and "name" in body:
            found.setdefault(body["name"], []).append(body)
    return found


UNRECORDED = {
    "RecordType", "CurrencyType", "OrderSummary", "OrderItemSummary", "OrderPaymentSummary", "BuyerAccount", "BuyerGroupMember",
    "SalesChannel", "BuyerGroupPricebook", "WebStorePricebook", "CommerceEntitlementPolicy", "CommerceEntitlementProduct",
    "CommerceEntitlementBuyerGroup", "ProductAttribute", "ApexTrigger", "FlowDefinitionView",
}  # fmt: skip
"""Objects of which no recorded describe is known; they follow the vendor's Object Reference."""


@pytest.mark.parametrize("name", sorted(set(TABLES) - UNRECORDED))
def test_fields_are_those_of_recorded_describes(shared: Path, name: str) -> None:
    recorded = described(shared)[name]
    spec = standard_objects()[name]
    for one in spec.fields.values():
        if one.feature in {"multi_currency", "order_management", "selling"} or (name, one.name) in LATER_OR_OPTIONAL:
            continue
        theirs = [field for body in recorded for field in body["fields"] if field["name"] == one.name]
        assert theirs, f"{name}.{one.name} is in no recorded describe"
        mine = one.describe()
        for field in theirs:
            differing = {
                key: (field[key], mine[key])
                for key in ATTRIBUTES
                if key in field and field[key] != mine[key] and (name, one.name, key) not in CUSTOMISED
            }
            assert not differing, f"{name}.{one.name}"


def test_history_objects_have_the_vendors_fields(shared: Path) -> None:
    known = json.loads((shared / "contracts/salesforce/jsforce_fields_by_object.json").read_text())
    objects = standard_objects()
    for history in set(HISTORIES.values()) & set(known):
        assert set(objects[history].fields) == {field["name"] for field in known[history]}


def test_describe_has_the_vendors_attributes(shared: Path, shop_window) -> None:
    recorded = json.loads((shared / "contracts/salesforce/describe_full_cumulusci/Account_PersonAccount_describe.json").read_text())
    mine = shop_window.get("/sobjects/Account/describe").json()
    assert mine["fields"][0].keys() == recorded["fields"][0].keys()
    assert mine.keys() <= recorded.keys()
    assert mine["childRelationships"][0].keys() == recorded["childRelationships"][0].keys()
    assert {one["type"] for one in mine["fields"]} <= {one["type"] for one in recorded["fields"]}
    picklist = next(one for one in mine["fields"] if one["name"] == "Industry")["picklistValues"][0]
    assert picklist.keys() == next(one for one in recorded["fields"] if one["picklistValues"])["picklistValues"][0].keys()
    listed = json.loads((shared / "contracts/salesforce/describe_full_cumulusci/Global_describe.json").read_text())
    answer = shop_window.get("/sobjects").json()
    assert answer.keys() == listed.keys()
    assert answer["sobjects"][0].keys() == listed["sobjects"][0].keys()
    assert {one["name"]: one["keyPrefix"] for one in listed["sobjects"]}.items() >= {
        one["name"]: one["keyPrefix"] for one in answer["sobjects"] if one["name"] in {entry["name"] for entry in listed["sobjects"]}
    }.items()


def test_codes_exist_at_the_vendor(shared: Path) -> None:
    folder = shared / "contracts/salesforce"
    known = {
        line.strip() for name in ("exception_codes_v47.txt", "status_codes_v47.txt") for line in (folder / name).read_text().splitlines()
    }
    package = Path(Org.__module__.replace(".", "/")).parent
    source = "".join(path.read_text() for path in sorted((Path(__file__).parents[3] / package).glob("*.py")))
    used = set(re.findall(r'Problem\(\s*"([A-Z_]+)"', source)) | set(re.findall(r'super\(\).__init__\("([A-Z_]+)"', source))
    assert len(used) > 30
    assert used - known == set(NOT_IN_ENUMS)


def test_real_ids_have_our_checksum(shared: Path) -> None:
    text = "".join(path.read_text() for path in sorted((shared / "contracts/salesforce/cassettes_cumulusci").glob("*.yaml")))
    found = set(re.findall(r"\b(00[136][0-9A-Za-z]{12}[A-Z0-5]{3})\b", text))
    assert len(found) > 20
    for one in (real for real in found if not real.endswith("000")):  # those are made up by the people who recorded
        assert checksum(one[:15]) == one[15:]
        assert normal(one[:15]) == normal(one) == one


def interactions(shared: Path, name: str) -> Iterator[tuple[dict[str, Any], Any]]:
    text = (shared / "contracts/salesforce/cassettes_cumulusci" / name).read_text()
    for entry in yaml.safe_load(text)["interactions"]:
        if "request" in entry and isinstance(entry["response"].get("body"), dict) and "string" in entry["response"]["body"]:
            yield entry["request"], json.loads(entry["response"]["body"]["string"])


def shape(value: Any) -> Any:
    """Keys and kinds of an answer, without its values; a list shows every kind that is in it."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        kinds: list[Any] = []
        kinds += [one for one in map(shape, value) if one not in kinds]
        return [one for number, one in enumerate(kinds) if one not in kinds[:number]]
    return type(value).__name__


SUPPORTED = re.compile(r"/composite|/query/\?q=select\+[\w+%]+from|/limits/recordCount")


@pytest.mark.parametrize(
    "name",
    [
        "TestUpsert.test_upsert__rest.yaml",
        "TestUpsert.test_simple_upsert__rest.yaml",
        "TestUpsert.test_upsert_complex_external_id_field__rest.yaml",
        "TestUpsert.test_upsert_complex_external_id_field_rest__duplicate_error.yaml",
        "TestCountSObjects.test_count_sobjects__errors.yaml",
        "TestCompositeParallelSalesforce.test_errors.yaml",
        "TestCompositeParallelSalesforce.test_reference_ids.yaml",
    ],
)
def test_recorded_calls_are_answered_in_the_same_shape(shared: Path, tmp_path: Path, certs, name: str) -> None:
    import requests

    from recon.sandbox.salesforce import create_app
    from recon.sandbox.server import Server

    org = Org(tmp_path / "org")
    org.add_client("a", "b", username="a@example.org")
    session = requests.Session()
    session.trust_env = False
    session.verify = str(certs.ca_file)
    compared = 0
    with Server(create_app(org), certs) as server, session:
        form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
        token = session.post(f"{server.url}/services/oauth2/token", data=form, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        for request, recorded in interactions(shared, name):
            path = re.sub(r"https://[^/]+/services/data/vxx\.0", "", request["uri"])
            sent = (request["body"] or "").replace("vxx.0", "v66.0")
            if not SUPPORTED.search(path) or "%28select" in path or re.search(r'"(Id|ContactId|AccountId)": "', sent):
                continue  # ids of their org
            url = f"{server.url}/services/data/v66.0{path}"
            answer = session.request(request["method"], url, data=sent.encode() or None, headers=headers, timeout=10).json()
            compared += 1
            if "/query" in path and not recorded["records"]:
                continue  # they had fewer records
            if isinstance(answer, dict) and "sObjects" in answer:
                continue
            assert shape(first_of(answer)) == shape(first_of(recorded)), path
    org.close()
    assert compared


def first_of(answer: Any) -> Any:
    """Counts of records differ from org to org: one record stands for all."""
    if isinstance(answer, dict) and "records" in answer:
        return {**answer, "records": answer["records"][:1]}
    return answer[:1] if isinstance(answer, list) else answer


FIXTURES = {
    "sobject__query_error_response.json": lambda place: place.get("/query", params={"q": "SELECT Nope FROM Account"}),
    "sobject__query_empty_response.json": lambda place: place.get("/query", params={"q": "SELECT Id FROM Account WHERE Name = 'nobody'"}),
    "sobject__create_success_response.json": lambda place: place.call("POST", "/sobjects/Account", json={"Name": "New"}),
    "sobject__describe_sobjects_success_response.json": None,
    "sobject__sobject_describe_error_response.json": lambda place: place.get("/sobjects/Whizbang/describe"),
    "sobject__sobject_find_error_response.json": lambda place: place.get("/sobjects/Account/23foo"),
    "sobject__delete_error_response.json": lambda place: place.call("DELETE", "/sobjects/Account/001000000000000AAA"),
    "sobject__upsert_error_response.json": lambda place: place.call("PATCH", "/sobjects/Account/Namez/1", json={}),
    "sobject__get_deleted_success_response.json": None,
}


@pytest.mark.parametrize("name", [name for name, act in FIXTURES.items() if act is not None])
def test_answers_have_the_shape_of_recorded_ones(shared: Path, place, name: str) -> None:
    recorded = json.loads((shared / "data/salesforce/restforce_fixtures" / name).read_text())
    act = FIXTURES[name]
    assert act is not None
    answer = act(place).json()
    assert shape(answer) == shape(recorded)
    if isinstance(recorded, list):
        assert answer[0]["errorCode"] == recorded[0]["errorCode"]
        assert answer[0]["message"].split(":")[0] == recorded[0]["message"].split(":")[0] or recorded[0]["message"] == "error_message"


def test_pages_and_matches_have_the_shape_of_recorded_ones(shared: Path, place) -> None:
    folder = shared / "data/salesforce/restforce_fixtures"
    place.org.load("Account", ({"Name": f"A{n}"} for n in range(300)))
    header = {"Sforce-Query-Options": "batchSize=200"}
    first = place.get("/query", params={"q": "SELECT Name FROM Account"}, headers=header).json()
    last = place.get(first["nextRecordsUrl"], headers=header).json()
    assert first.keys() == json.loads((folder / "sobject__query_paginated_first_page_response.json").read_text()).keys()
    assert last.keys() == json.loads((folder / "sobject__query_paginated_last_page_response.json").read_text()).keys()
    groups = place.get("/query", params={"q": "SELECT AccountId, COUNT(Id) FROM Contact GROUP BY AccountId"}).json()
    recorded = json.loads((folder / "sobject__query_aggregate_success_response.json").read_text())
    assert groups.keys() == recorded.keys()
    assert groups["records"][0]["attributes"] == recorded["records"][0]["attributes"]
    assert "expr0" in groups["records"][0]
    place.org.load("Product2", [{"Name": "Twin", "Shopify_Variant_Id__c": "77"} for _ in range(2)])
    several = place.get("/sobjects/Product2/Shopify_Variant_Id__c/77")
    assert several.status_code == 300
    assert shape(several.json()) == shape(json.loads((folder / "sobject__upsert_multiple_error_response.json").read_text()))
    place.call("DELETE", f"/sobjects/Order/{place.ids['order'][0]}")
    place.org.clock.offset_seconds = 60
    now = place.org.clock()
    window = {"start": f"{now - timedelta(hours=6):%Y-%m-%dT%H:%M:%S}Z", "end": f"{now:%Y-%m-%dT%H:%M:%S}Z"}
    deleted = json.loads((folder / "sobject__get_deleted_success_response.json").read_text())
    assert shape(place.get("/sobjects/Order/deleted", params=window).json()) == shape(deleted)
    updated = json.loads((folder / "sobject__get_updated_success_response.json").read_text())
    assert shape(place.get("/sobjects/Account/updated", params=window).json()) == shape(updated)
