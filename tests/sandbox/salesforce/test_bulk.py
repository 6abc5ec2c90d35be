"""Query and ingest jobs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest


def start(place, soql: str, operation: str = "query", **more: Any):
    return place.call("POST", "/jobs/query", json={"operation": operation, "query": soql, **more})


def finished(place, soql: str, **more: Any) -> str:
    job = start(place, soql, **more).json()["id"]
    assert place.get(f"/jobs/query/{job}").json()["state"] == "JobComplete"
    return job


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def code(answer) -> str:
    return answer.json()[0]["errorCode"]


def test_a_query_job_from_start_to_end(place) -> None:
    fields = "Id, Account.Name, TotalAmount, Is_Test__c, CreatedDate, BillToContactId"
    made = start(place, f"SELECT {fields} FROM Order ORDER BY Id")
    job = made.json()
    assert (made.status_code, job["state"], job["object"], job["contentType"]) == (200, "UploadComplete", "Order", "CSV")
    polled = place.get(f"/jobs/query/{job['id']}").json()
    assert (polled["state"], polled["numberRecordsProcessed"], polled["jobType"]) == ("JobComplete", 4, "V2Query")
    answer = place.get(f"/jobs/query/{job['id']}/results")
    assert answer.headers["Content-Type"] == "text/csv"
    assert (answer.headers["Sforce-NumberOfRecords"], answer.headers["Sforce-Locator"]) == ("4", "null")
    found = rows(answer.text)
    assert list(found[0].values()) == [place.ids["order"][0], "Nordwind GmbH", "37.5", "false", "2026-11-01T10:00:00.000Z", ""]
    assert answer.text.splitlines()[0] == ",".join(f'"{name}"' for name in fields.split(", "))
    assert place.call("DELETE", f"/jobs/query/{job['id']}").status_code == 204
    assert place.get(f"/jobs/query/{job['id']}").status_code == 404


def test_results_come_in_pages(place) -> None:
    place.org.load("Account", ({"Name": f"A{n}"} for n in range(25)))
    job = finished(place, "SELECT Id, Name FROM Account")
    seen, locator, sizes = [], None, []
    while locator != "null":
        query = {"maxRecords": 10} | ({"locator": locator} if locator else {})
        answer = place.get(f"/jobs/query/{job}/results", params=query)
        found = rows(answer.text)
        assert len(found) == int(answer.headers["Sforce-NumberOfRecords"])
        seen += [one["Id"] for one in found]
        sizes.append(len(found))
        locator = answer.headers["Sforce-Locator"]
    assert sizes == [10, 10, 8]
    assert sorted(seen) == sorted(one["Id"] for one in place.query("SELECT Id FROM Account"))


def test_results_stay_as_they_were(place) -> None:
    job = finished(place, "SELECT Id, Name FROM Order")
    place.call("PATCH", f"/sobjects/Order/{place.ids['order'][0]}", json={"Name": "later"})
    assert "later" not in place.get(f"/jobs/query/{job}/results").text


def test_awkward_text_survives(place) -> None:
    name = 'He said "no",\r\nthen\u2028 left 🙂'
    place.org.load("Account", [{"Name": name, "AccountNumber": "awkward"}])
    job = finished(place, "SELECT Name FROM Account WHERE AccountNumber = 'awkward'")
    answer = place.get(f"/jobs/query/{job}/results")
    assert [one["Name"] for one in rows(answer.content.decode())] == [name]
    tabs = finished(place, "SELECT Id, Name FROM Account WHERE AccountNumber = 'awkward'", columnDelimiter="TAB", lineEnding="CRLF")
    text = place.get(f"/jobs/query/{tabs}/results").content.decode()
    assert rows(text, "\t")[0]["Name"] == name
    assert text.startswith('"Id"\t"Name"\r\n')


def test_query_all_shows_deleted_rows(place) -> None:
    place.call("DELETE", f"/sobjects/Order/{place.ids['order'][3]}")
    deleted = finished(place, "SELECT Id, IsDeleted FROM Order", operation="queryAll")
    assert [one["IsDeleted"] for one in rows(place.get(f"/jobs/query/{deleted}/results").text)].count("true") == 1
    alive = finished(place, "SELECT Id FROM Order")
    assert place.get(f"/jobs/query/{alive}/results").headers["Sforce-NumberOfRecords"] == "3"


def test_answers_are_compressed_for_those_who_take_it(place) -> None:
    place.org.load("Account", ({"Name": f"A{n}"} for n in range(200)))
    job = finished(place, "SELECT Id, Name FROM Account")
    packed, plain = (
        place.get(f"/jobs/query/{job}/results"),
        place.get(f"/jobs/query/{job}/results", headers={"Accept-Encoding": "identity"}),
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.text == plain.text


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT Id FROM", "API_ERROR"),
        ("SELECT Basket FROM Order", "API_ERROR"),
        ("SELECT BillingAddress FROM Order", "API_ERROR"),
        ("SELECT COUNT() FROM Order", "API_ERROR"),
        ("SELECT Status, COUNT(Id) FROM Order GROUP BY Status", "API_ERROR"),
        ("SELECT Id FROM Order LIMIT 5 OFFSET 5", "API_ERROR"),
        ("SELECT Id FROM OrderStatus", "INVALIDENTITY"),
    ],
)
def test_what_bulk_cannot_do_is_refused_at_once(shop_window, soql: str, expected: str) -> None:
    answer = start(shop_window, soql)
    assert (answer.status_code, code(answer)) == (400, expected)
    assert start(shop_window, "SELECT Id FROM Order", operation="insert").status_code == 400
    assert start(shop_window, "SELECT Id FROM Order", columnDelimiter="DASH").status_code == 400


def test_jobs_can_take_several_polls_and_be_aborted(place) -> None:
    place.org.options["bulk_polls"] = 2
    job = start(place, "SELECT Id FROM Order").json()["id"]
    assert code(place.get(f"/jobs/query/{job}/results")) == "INVALIDJOBSTATE"
    assert code(place.call("DELETE", f"/jobs/query/{job}")) == "INVALIDJOBSTATE"
    assert [place.get(f"/jobs/query/{job}").json()["state"] for _ in range(3)] == ["InProgress", "InProgress", "JobComplete"]
    other = start(place, "SELECT Id FROM Order").json()["id"]
    assert place.call("PATCH", f"/jobs/query/{other}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert place.get(f"/jobs/query/{other}").json()["state"] == "Aborted"
    assert [one["id"] for one in place.get("/jobs/query").json()["records"]] == [other, job]


def test_jobs_are_kept_for_a_week(place) -> None:
    job = finished(place, "SELECT Id FROM Order")
    place.org.clock.offset_seconds = 8 * 86_400
    place.sign_in()
    assert place.get(f"/jobs/query/{job}/results").status_code == 404


@pytest.mark.parametrize(
    ("fault", "states"),
    [("bulk_stuck", ["InProgress", "JobComplete"]), ("bulk_aborted", ["Aborted", "Aborted"]), ("bulk_failed", ["Failed", "Failed"])],
)
def test_jobs_get_stuck_aborted_or_fail(place, fault: str, states: list[str]) -> None:
    job = start(place, "SELECT Id FROM Order").json()["id"]
    place.faults.on("GET .*/jobs/query/750", fault)
    polled = [place.get(f"/jobs/query/{job}").json() for _ in range(2)]
    assert [one["state"] for one in polled] == states
    assert ("errorMessage" in polled[0]) == (fault == "bulk_failed")


def test_jobs_and_locators_vanish(place) -> None:
    job = finished(place, "SELECT Id FROM Order")
    place.faults.on("results", "bulk_short", count=2)
    assert place.get(f"/jobs/query/{job}/results").headers["Sforce-NumberOfRecords"] == "6"
    locator = place.get(f"/jobs/query/{job}/results?maxRecords=1").headers["Sforce-Locator"]
    place.faults.on("results", "bulk_locator_lost")
    assert code(place.get(f"/jobs/query/{job}/results?locator={locator}")) == "INVALID_LOCATOR"
    assert code(place.get(f"/jobs/query/{job}/results?locator=@@")) == "INVALID_LOCATOR"
    place.faults.on(job, "bulk_vanished")
    assert place.get(f"/jobs/query/{job}").status_code == 404
    assert place.get(f"/jobs/query/{job}").status_code == 404


# ingest


def ingest(place, text: str, operation: str = "upsert", name: str = "Order", **more: Any) -> dict[str, Any]:
    sent = {"object": name, "operation": operation, "contentType": "CSV", **more}
    job = place.call("POST", "/jobs/ingest", json=sent).json()
    assert job["state"] == "Open"
    uploaded = place.call("PUT", f"/{job['contentUrl']}", data=text.encode(), headers={"Content-Type": "text/csv"})
    assert uploaded.status_code == 201
    assert place.call("PATCH", f"/jobs/ingest/{job['id']}", json={"state": "UploadComplete"}).status_code == 200
    return place.get(f"/jobs/ingest/{job['id']}").json()


def files(place, job: str) -> dict[str, list[dict[str, str]]]:
    kinds = ("successfulResults", "failedResults", "unprocessedrecords")
    return {kind: rows(place.get(f"/jobs/ingest/{job}/{kind}").content.decode()) for kind in kinds}


HEADING = "Shopify_Order_Id__c,Account.Shopify_Customer_Id__c,Status,EffectiveDate,Name,Shop_Total__c\n"


def test_an_ingest_job_tells_apart_what_it_did(place) -> None:
    text = HEADING + '1000,,,,"a ""quoted""\nname",\n2000,71,Draft,2026-11-20,,12.5\n3000,,Draft,2026-11-20,,\n'
    job = ingest(place, text, externalIdFieldName="Shopify_Order_Id__c")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    done = files(place, job["id"])
    successful = {one["Shopify_Order_Id__c"]: one for one in done["successfulResults"]}
    assert {key: one["sf__Created"] for key, one in successful.items()} == {"1000": "false", "2000": "true"}
    assert place.org.get("Order", successful["1000"]["sf__Id"])["Name"] == 'a "quoted"\nname'
    assert place.org.get("Order", successful["2000"]["sf__Id"])["AccountId"] == place.ids["person"]
    (failed,) = done["failedResults"]
    assert failed["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    assert done["unprocessedrecords"] == []


def test_empty_cells_leave_and_na_empties(place) -> None:
    order = place.ids["order"][0]
    ingest(place, f"Id,Name,PoNumber\n{order},first,po\n", "update")
    ingest(place, f"Id,Name,PoNumber\n{order},,#N/A\n", "update")
    kept = place.org.get("Order", order)
    assert (kept["Name"], kept["PoNumber"]) == ("first", None)


def test_deleting_and_purging(place) -> None:
    ids = place.ids["order"]
    ingest(place, f"Id\n{ids[2]}\n", "delete")
    ingest(place, f"Id\n{ids[3]}\n", "hardDelete")
    shown = {one["Id"]: one["IsDeleted"] for one in place.query("SELECT Id, IsDeleted FROM Order", deleted=True)}
    assert shown == {ids[0]: False, ids[1]: False, ids[2]: True}


def test_a_job_that_fails_half_way_leaves_the_rest_unprocessed(place) -> None:
    place.faults.on("GET .*/jobs/ingest", "ingest_failed", after_rows=1)
    job = ingest(place, "Name\nOne\nTwo\nThree\n", "insert", "Account")
    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 1)
    done = files(place, job["id"])
    assert [one["Name"] for one in done["successfulResults"]] == ["One"]
    assert [one["Name"] for one in done["unprocessedrecords"]] == ["Two", "Three"]
    assert len(place.query("SELECT Id FROM Account WHERE Name IN ('One', 'Two', 'Three')")) == 1


def test_bad_ingest_jobs_are_refused(place) -> None:
    def make(**sent: Any) -> str:
        return code(place.call("POST", "/jobs/ingest", json=sent))

    assert make(object="Basket", operation="insert") == "NOT_FOUND"
    assert make(object="Order", operation="merge") == "INVALID_OPERATION"
    assert make(object="Order", operation="upsert", externalIdFieldName="Name") == "INVALID_FIELD"
    job = place.call("POST", "/jobs/ingest", json={"object": "Account", "operation": "insert"}).json()["id"]
    assert code(place.get(f"/jobs/ingest/{job}/failedResults")) == "INVALIDJOBSTATE"
    headers = {"Content-Type": "text/csv"}
    assert place.call("PUT", f"/jobs/ingest/{job}/batches", data="Name\nx\n", headers=headers).status_code == 201
    assert code(place.call("PUT", f"/jobs/ingest/{job}/batches", data="Name\nx\n", headers=headers)) == "INVALIDJOBSTATE"
    assert code(place.call("PATCH", f"/jobs/ingest/{job}", json={"state": "Finished"})) == "INVALIDJOBSTATE"
    assert place.call("PATCH", f"/jobs/ingest/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert place.call("DELETE", f"/jobs/ingest/{job}").status_code == 204
    assert place.get("/jobs/ingest").json()["records"] == []


def test_the_longest_texts_and_control_characters_survive(place) -> None:
    long, strange = "ä" * 131_072, "a\x00b\x1fc\x7f\u200b\ufeff"
    place.org.load("Account", [{"Name": strange, "Description": long, "AccountNumber": "strange"}])
    soql = "SELECT Name, Description FROM Account WHERE AccountNumber = 'strange'"
    (record,) = place.query(soql)
    job = finished(place, soql)
    (row,) = csv.reader(io.StringIO(place.get(f"/jobs/query/{job}/results").content.decode().partition("\n")[2], newline=""))
    assert [record["Name"], record["Description"]] == row == [strange, long]
