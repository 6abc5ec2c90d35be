"""Many records in one call, and many calls in one."""

from __future__ import annotations

from typing import Any


def order(place, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Order"}, **fields}


def new(place, **fields: Any) -> dict[str, Any]:
    return order(place, AccountId=place.ids["account"][0], Status="Draft", EffectiveDate="2026-11-20", **fields)


def send(place, method: str, path: str, records: list[dict[str, Any]], **more: Any) -> Any:
    answer = place.call(method, f"/composite/sobjects{path}", json={"records": records, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(results: list[dict[str, Any]]) -> list[str]:
    return ["" if one["success"] else one["errors"][0]["statusCode"] for one in results]


def test_results_are_in_order_and_failures_stand_alone(place) -> None:
    results = send(place, "POST", "", [new(place, Name="a"), new(place, Name="x" * 100), new(place, Name="c")])
    assert codes(results) == ["", "STRING_TOO_LONG", ""]
    assert results[1]["errors"][0]["fields"] == ["Name"]
    assert [place.org.get("Order", results[n]["id"])["Name"] for n in (0, 2)] == ["a", "c"]


def test_all_or_none_leaves_nothing(place) -> None:
    before, effects = place.org.count("Order"), place.org.effects()
    results = send(place, "POST", "", [new(place, Name="a"), new(place, Name="x" * 100)], allOrNone=True)
    assert codes(results) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "STRING_TOO_LONG"]
    assert (place.org.count("Order"), place.org.effects()) == (before, effects)


def test_upsert_by_external_id(place) -> None:
    records = [order(place, Shopify_Order_Id__c="1000", Name="known"), new(place, Shopify_Order_Id__c="new")]
    results = send(place, "PATCH", "/Order/Shopify_Order_Id__c", records)
    assert [(one["success"], one["created"]) for one in results] == [(True, False), (True, True)]
    assert results[0]["id"] == place.ids["order"][0]
    again = send(place, "PATCH", "/Order/Shopify_Order_Id__c", records)
    assert [one["created"] for one in again] == [False, False]
    assert place.org.count("Order") == 5


def test_upsert_by_id_with_null_creates(place) -> None:
    record = {"attributes": {"type": "Account"}, "Name": "New", "Id": None}
    (result,) = send(place, "PATCH", "/Account/Id", [record])
    assert (result["success"], result["created"]) == (True, True)


def test_one_external_id_twice_in_a_call_is_refused(place) -> None:
    records = [new(place, Shopify_Order_Id__c="twice"), new(place, Shopify_Order_Id__c="twice")]
    assert codes(send(place, "PATCH", "/Order/Shopify_Order_Id__c", records)) == ["", "DUPLICATE_VALUE"]


def test_several_matches_are_a_failure_of_the_row(place) -> None:
    place.org.load("Product2", [{"Name": "Twin", "Shopify_Variant_Id__c": "77"} for _ in range(2)])
    record = {"attributes": {"type": "Product2"}, "Shopify_Variant_Id__c": "77", "Name": "x"}
    assert codes(send(place, "PATCH", "/Product2/Shopify_Variant_Id__c", [record])) == ["DUPLICATE_EXTERNAL_ID"]


def test_update_and_delete_by_id(place) -> None:
    ids = place.ids["order"]
    records = [
        order(place, Id=ids[0], Name="a"),
        order(place, id=ids[0], Name="b"),
        order(place, Name="c"),
        order(place, Id="801x", Name="d"),
    ]
    assert codes(send(place, "PATCH", "", records)) == ["", "DUPLICATE_VALUE", "MISSING_ARGUMENT", "MALFORMED_ID"]
    missing = ids[0][:11] + "zzzz"
    answer = place.call("DELETE", f"/composite/sobjects?ids={ids[1]},{ids[1]},{missing}&allOrNone=false").json()
    assert codes(answer) == ["", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"]


def test_reading_by_id(place) -> None:
    ids = [place.ids["order"][0], place.ids["order"][1][:15], "801000000000000AAA"]
    by_get = place.get(f"/composite/sobjects/Order?ids={','.join(ids)}&fields=Id,Name,SystemModstamp").json()
    by_post = place.call("POST", "/composite/sobjects/Order", json={"ids": ids, "fields": ["Id", "Name", "SystemModstamp"]}).json()
    assert by_get == by_post
    assert [one and one["Id"] for one in by_get] == [*place.ids["order"][:2], None]


def test_a_call_has_a_size(place) -> None:
    answer = place.call("POST", "/composite/sobjects", json={"records": [new(place)] * 201})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    assert place.call("POST", "/composite/sobjects", json={"records": 1}).json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert place.call("PATCH", "/composite/sobjects/Order/Name", json={"records": []}).json()[0]["errorCode"] == "NOT_FOUND"


def test_two_hundred_upserts_are_quick(place) -> None:
    import time

    records = [new(place, Shopify_Order_Id__c=f"q{n}") for n in range(200)]
    began = time.process_time()
    assert codes(send(place, "PATCH", "/Order/Shopify_Order_Id__c", records)) == [""] * 200
    assert time.process_time() - began < 5


def test_composite_parts_refer_to_each_other(place) -> None:
    base = "/services/data/v66.0"
    body = {
        "compositeRequest": [
            {"method": "POST", "url": f"{base}/sobjects/Account", "referenceId": "a", "body": {"Name": "Whole"}},
            {"method": "POST", "url": f"{base}/sobjects/Contact", "referenceId": "c", "body": {"LastName": "P", "AccountId": "@{a.id}"}},
            {"method": "GET", "url": f"{base}/query/?q=SELECT Name FROM Account WHERE Id = '@{{a.id}}'", "referenceId": "q"},
            {"method": "GET", "url": f"{base}/sobjects/Foo", "referenceId": "f"},
        ]
    }
    answer = place.call("POST", "/composite", json=body).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in answer] == [201, 201, 200, 404]
    assert answer[2]["body"]["records"][0]["Name"] == "Whole"
    contact = place.org.get("Contact", answer[1]["body"]["id"])
    assert contact["AccountId"] == answer[0]["body"]["id"]


def test_composite_all_or_none(place) -> None:
    before = place.org.count("Account")
    part = {"method": "POST", "url": "/services/data/v66.0/sobjects/Account"}
    parts = [{**part, "referenceId": "a", "body": {"Name": "One"}}, {**part, "referenceId": "b", "body": {}}]
    answer = place.call("POST", "/composite", json={"allOrNone": True, "compositeRequest": parts}).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in answer] == [400, 400]
    assert [one["body"][0]["errorCode"] for one in answer] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert place.org.count("Account") == before
    too_many = place.call("POST", "/composite", json={"compositeRequest": parts * 13})
    assert too_many.status_code == 400
