"""Paging, quotas, and every fault of the platform doing what it says."""

from __future__ import annotations

from typing import Any

import pytest
import requests


def code(answer) -> str:
    return answer.json()[0]["errorCode"]


def upsert(place, *keys: str, **headers: str) -> list[dict[str, Any]]:
    records = [{"attributes": {"type": "Order"}, "Shopify_Order_Id__c": key, "Name": f"to {key}"} for key in keys]
    return place.call("PATCH", "/composite/sobjects/Order/Shopify_Order_Id__c", json={"records": records}, headers=headers).json()


@pytest.fixture
def many(place):
    place.org.load("Account", ({"Name": f"A{n:04}"} for n in range(4500)))
    return place


SOQL = {"q": "SELECT Id, Name FROM Account ORDER BY Name"}


def test_pages_have_two_thousand_rows(many) -> None:
    first = many.get("/query", params=SOQL).json()
    assert (first["totalSize"], first["done"], len(first["records"])) == (4503, False, 2000)
    last = many.get(first["nextRecordsUrl"]).json()
    last = many.get(last["nextRecordsUrl"]).json()
    assert (last["done"], len(last["records"])) == (True, 503)
    assert "nextRecordsUrl" not in last
    small = many.get("/query", params=SOQL, headers={"Sforce-Query-Options": "batchSize=250"}).json()
    assert len(small["records"]) == 250
    assert len(many.get("/query", params=SOQL, headers={"Sforce-Query-Options": "batchSize=1"}).json()["records"]) == 200
    assert len({one["Id"] for one in many.query(SOQL["q"])}) == 4503


def test_cursors_survive_a_restart_and_end_after_two_days(many) -> None:
    following = many.get("/query", params=SOQL).json()["nextRecordsUrl"]
    assert many.get(following).status_code == 200
    many.org.clock.offset_seconds = 2 * 86_400 + 60
    many.sign_in()
    assert code(many.get(following)) == "INVALID_QUERY_LOCATOR"
    assert code(many.get("/query/01gNONSENSE-2000")) == "INVALID_QUERY_LOCATOR"


def test_a_locator_can_expire_or_loop_and_pages_can_be_short(many) -> None:
    following = many.get("/query", params=SOQL).json()["nextRecordsUrl"]
    many.faults.on("query/01g", "locator_expired")
    assert code(many.get(following)) == "INVALID_QUERY_LOCATOR"
    many.faults.on("query/01g", "looping_locator")
    assert many.get(following).json()["nextRecordsUrl"] == following
    many.faults.on("/query", "short_page", rows=7)
    page = many.get("/query", params=SOQL).json()
    assert len(page["records"]) == 7
    assert page["nextRecordsUrl"].endswith("-7")
    many.faults.on("/query", "missing_rows", count=3)
    page = many.get("/query", params=SOQL).json()
    assert (len(page["records"]), page["totalSize"]) == (1997, 4503)


def test_too_many_groups_have_no_second_page(many) -> None:
    assert many.refused("SELECT Name, COUNT(Id) FROM Account GROUP BY Name") == "EXCEEDED_ID_LIMIT"


def test_long_addresses_are_refused_in_html(place) -> None:
    listed = ",".join(f"'{one}'" for one in place.ids["order"] * 250)
    answer = place.get("/query", params={"q": f"SELECT Id FROM Order WHERE Id IN ({listed})"})
    assert answer.status_code == 431
    assert answer.headers["Content-Type"].startswith("text/html")


def test_calls_are_counted_and_end_with_the_quota(place) -> None:
    used = [place.get("/limits").headers["Sforce-Limit-Info"] for _ in range(2)]
    numbers = [int(one.removeprefix("api-usage=").split("/")[0]) for one in used]
    assert numbers[1] == numbers[0] + 1
    remaining = place.get("/limits").json()["DailyApiRequests"]
    assert remaining == {"Max": 100_000, "Remaining": 100_000 - numbers[1] - 1}
    place.org.options["daily_limit"] = numbers[1] + 2
    assert place.get("/limits").status_code == 200
    answer = place.get("/limits")
    assert (answer.status_code, code(answer)) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "TotalRequests" in answer.json()[0]["message"]
    place.org.clock.offset_seconds = 86_400
    place.sign_in()
    assert place.get("/limits").status_code == 200


def test_limit_faults(place) -> None:
    place.faults.on("GET .*/limits", "daily_limit")
    place.faults.on("GET .*/limits", "concurrent_limit", after=1)
    messages = [place.get("/limits").json()[0]["message"] for _ in range(2)]
    assert "TotalRequests" in messages[0]
    assert "ConcurrentRequests" in messages[1]


def test_record_counts(place) -> None:
    answer = place.get("/limits/recordCount?sObjects=Order,Account,Opportunity").json()
    assert answer == {"sObjects": [{"count": 4, "name": "Order"}, {"count": 3, "name": "Account"}]}
    place.faults.on("recordCount", "stale_count", by=-1)
    assert place.get("/limits/recordCount?sObjects=Order").json()["sObjects"][0]["count"] == 3
    assert {"count": 2, "name": "Contact"} in place.get("/limits/recordCount").json()["sObjects"]


# rows


def test_a_row_can_be_locked(place) -> None:
    place.faults.on(r"update Order .*", "row_lock", times=1)
    results = upsert(place, "1000", "1001")
    assert [one["success"] for one in results] == [False, True]
    assert results[0]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert all(one["success"] for one in upsert(place, "1000"))


def test_rows_can_be_refused_by_key(place) -> None:
    place.faults.on("create Order 9001", "row_error", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="no", fields=["Name"])
    body = {"AccountId": place.ids["account"][0], "Status": "Draft", "EffectiveDate": "2026-11-20", "Shopify_Order_Id__c": "9001"}
    answer = place.call("POST", "/sobjects/Order", json=body)
    assert answer.json() == [{"message": "no", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Name"]}]
    place.faults.on("Order", "maintenance")
    assert code(place.call("POST", "/sobjects/Order", json=body)) == "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    assert place.org.effects() == []


def test_duplicate_rules_block_or_warn(place) -> None:
    save = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
    for allow, header, success in ((False, {}, False), (False, save, False), (True, {}, False), (True, save, True)):
        place.faults.clear()
        place.faults.on("update Order", "duplicates_detected", ids=[place.ids["order"][1]], allow=allow)
        (result,) = upsert(place, "1000", **header)
        assert result["success"] is success
        if not success:
            error = result["errors"][0]
            assert error["statusCode"] == "DUPLICATES_DETECTED"
            assert error["duplicateResult"]["allowSave"] is allow
            assert error["duplicateResult"]["matchResults"][0]["matchRecords"][0]["record"]["Id"] == place.ids["order"][1]


def test_results_can_be_fewer_more_or_in_another_order(place) -> None:
    place.faults.on("composite", "results_fewer", count=1)
    assert len(upsert(place, "1000", "1001", "1002")) == 2
    place.faults.on("composite", "results_more")
    assert len(upsert(place, "1000", "1001")) == 3
    place.faults.on("composite", "results_reordered")
    assert [one["id"] for one in upsert(place, "1000", "1001")] == place.ids["order"][1::-1]
    assert place.org.get("Order", place.ids["order"][2])["Name"] == "to 1002"


def test_an_answer_can_be_lost_after_the_commit(place) -> None:
    place.faults.on("PATCH .*/composite/sobjects", "lost_answer")
    with pytest.raises(requests.exceptions.ConnectionError):
        upsert(place, "1000", "1001")
    assert [one["operation"] for one in place.org.effects()] == ["update", "update"]
    assert place.org.log.list()[-1]["status"] == 0


def test_a_record_can_change_between_read_and_write(place) -> None:
    order = place.ids["order"][0]
    place.faults.on("GET .*/query", "record_changed", object="Order", id=order, fields={"Name": "theirs"})
    soql = f"SELECT Name, LastModifiedBy.Username FROM Order WHERE Id = '{order}'"
    assert place.query(soql)[0]["Name"] is None
    (after,) = place.query(soql)
    assert (after["Name"], after["LastModifiedBy"]["Username"]) == ("theirs", "somebody.else@acme-demo.example")


def test_requests_and_faults_are_controlled_over_http(place) -> None:
    place.get("/limits")
    control = f"{place.url}/__sandbox__"
    assert place.session.get(f"{control}/requests", timeout=10).json()[-1]["path"] == "/services/data/v66.0/limits"
    place.session.post(f"{control}/faults", json={"match": "limits", "action": "html_200"}, timeout=10)
    assert place.get("/limits").headers["Content-Type"].startswith("text/html")
    place.session.post(f"{control}/clock", json={"offset_seconds": -3600}, timeout=10)
    date = place.get("/limits").headers["Date"]
    assert date == f"{place.org.clock():%a, %d %b %Y %H:%M}" + date[-7:]


def test_the_list_of_faults_is_complete() -> None:
    import re
    from pathlib import Path

    from recon.sandbox.faults import MIDDLEWARE
    from recon.sandbox.salesforce import app

    source = "".join(path.read_text() for path in Path(app.__file__).parent.glob("*.py"))
    taken = set(re.findall(r'take\(\s*"(\w+)"', source))
    listed = set(re.findall(r"^``(\w+)``", app.__doc__ or "", re.MULTILINE))
    assert taken == listed
    assert not taken & MIDDLEWARE
