"""Single records: what a write needs, what it leaves, and how it is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest


def create(place, name: str, **fields: Any):
    return place.call("POST", f"/sobjects/{name}", json=fields)


def patch(place, name: str, path: str, headers: dict[str, str] | None = None, **fields: Any):
    return place.call("PATCH", f"/sobjects/{name}/{path}", json=fields, headers=headers or {})


def code(answer) -> str:
    return answer.json()[0]["errorCode"]


def draft(place, **fields: Any) -> dict[str, Any]:
    return {"AccountId": place.ids["account"][0], "Status": "Draft", "EffectiveDate": "2026-11-20", **fields}


def test_create_read_change_delete(place) -> None:
    answer = create(place, "Order", **draft(place, Shopify_Order_Id__c="2000", Shop_Total__c=19.999))
    assert answer.status_code == 201
    order = answer.json()["id"]
    assert answer.json() == {"id": order, "success": True, "errors": []}
    read = place.get(f"/sobjects/Order/{order}").json()
    assert read["attributes"]["type"] == "Order"
    assert (read["Shop_Total__c"], read["StatusCode"], read["CurrencyIsoCode"]) == (20.0, "Draft", "EUR")
    assert read["OrderNumber"] == "00000005"
    assert patch(place, "Order", order, Name="first").status_code == 204
    assert place.get(f"/sobjects/Order/{order}?fields=Name,Account.Name").json()["Name"] == "first"
    assert place.call("DELETE", f"/sobjects/Order/{order}").status_code == 204
    gone = place.get(f"/sobjects/Order/{order}")
    assert (gone.status_code, code(gone)) == (404, "ENTITY_IS_DELETED")


@pytest.mark.parametrize(
    ("fields", "expected", "names"),
    [
        ({"Status": None}, "REQUIRED_FIELD_MISSING", ["Status"]),
        ({"AccountId": None}, "REQUIRED_FIELD_MISSING", ["AccountId"]),
        ({"Basket__c": 1}, "INVALID_FIELD", ["Basket__c"]),
        ({"TotalAmount": 1}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["TotalAmount"]),
        ({"OrderNumber": "1"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["OrderNumber"]),
        ({"Name": "x" * 81}, "STRING_TOO_LONG", ["Name"]),
        ({"Payment_Status__c": "maybe"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Payment_Status__c"]),
        ({"AccountId": "nonsense"}, "MALFORMED_ID", ["AccountId"]),
        ({"AccountId": "001000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"]),
        ({"AccountId": "003000000000001AAA"}, "FIELD_INTEGRITY_EXCEPTION", ["AccountId"]),
        ({"Shop_Total__c": "12,5"}, "JSON_PARSER_ERROR", ["Shop_Total__c"]),
        ({"Shop_Total__c": 10**17}, "NUMBER_OUTSIDE_VALID_RANGE", ["Shop_Total__c"]),
        ({"EffectiveDate": "yesterday"}, "JSON_PARSER_ERROR", ["EffectiveDate"]),
        ({"Is_Test__c": "maybe"}, "JSON_PARSER_ERROR", ["Is_Test__c"]),
        ({"Shopify_Order_Id__c": "1000"}, "DUPLICATE_VALUE", None),
        ({"Status": "Activated"}, "FAILED_ACTIVATION", ["Status"]),
    ],
)
def test_bad_fields_are_refused_by_name(place, fields: dict[str, Any], expected: str, names: list[str] | None) -> None:
    before = place.org.count("Order")
    answer = create(place, "Order", **draft(place, **fields))
    assert answer.status_code == 400
    assert code(answer) == expected
    assert answer.json()[0].get("fields") == names
    assert place.org.count("Order") == before
    assert place.org.effects() == []


def test_unique_text_ignores_case(place) -> None:
    assert create(place, "Order", **draft(place, Shopify_Order_Id__c="abc")).status_code == 201
    answer = create(place, "Order", **draft(place, Shopify_Order_Id__c="ABC"))
    assert code(answer) == "DUPLICATE_VALUE"
    assert "duplicates value on record with id" in answer.json()[0]["message"]


def test_emails_are_checked(place) -> None:
    assert code(create(place, "Contact", LastName="X", Email="not an address")) == "INVALID_EMAIL_ADDRESS"


def test_upsert_by_external_id(place) -> None:
    made = patch(place, "Order", "Shopify_Order_Id__c/3000", **draft(place))
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = patch(place, "Order", "Shopify_Order_Id__c/3000", Name="again")
    assert (again.status_code, again.json()) == (200, {"id": made.json()["id"], "success": True, "errors": [], "created": False})
    only = patch(place, "Order", "Shopify_Order_Id__c/3001?updateOnly=true", Name="ghost")
    assert (only.status_code, code(only)) == (404, "NOT_FOUND")
    assert place.get("/sobjects/Order/Shopify_Order_Id__c/3000").json()["Name"] == "again"
    assert code(patch(place, "Order", "Name/x", Status="Draft")) == "NOT_FOUND"
    assert place.call("DELETE", "/sobjects/Order/Shopify_Order_Id__c/3000").status_code == 204


def test_several_matches_are_answered_with_300(place) -> None:
    twins = place.org.load("Product2", [{"Name": "Twin", "Shopify_Variant_Id__c": "77"} for _ in range(2)])
    for answer in (
        patch(place, "Product2", "Shopify_Variant_Id__c/77", Name="x"),
        place.get("/sobjects/Product2/Shopify_Variant_Id__c/77"),
    ):
        assert answer.status_code == 300
        assert answer.json() == [f"/services/data/v66.0/sobjects/Product2/{one}" for one in twins]


def test_a_parent_may_be_named_by_its_external_id(place) -> None:
    made = create(place, "Order_Refund__c", Order__r={"Shopify_Order_Id__c": "1000"}, Amount__c=5, Shopify_Refund_Id__c="r1")
    assert made.status_code == 201
    assert place.get(f"/sobjects/Order_Refund__c/{made.json()['id']}").json()["Order__c"] == place.ids["order"][0]
    missing = create(place, "Order_Refund__c", Order__r={"Shopify_Order_Id__c": "nope"}, Amount__c=5)
    assert code(missing) == "INVALID_FIELD"


def test_a_conditional_change_is_lost_when_the_record_moved(place) -> None:
    order = place.ids["order"][0]
    early, late = "Sat, 31 Oct 2026 10:00:00 GMT", "Tue, 01 Dec 2026 10:00:00 GMT"
    lost = patch(place, "Order", order, {"If-Unmodified-Since": early}, Name="x")
    assert (lost.status_code, code(lost)) == (412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE")
    assert place.org.effects() == []
    assert patch(place, "Order", order, {"If-Unmodified-Since": "whenever"}, Name="x").status_code == 400
    assert patch(place, "Order", order, {"If-Unmodified-Since": late}, Name="x").status_code == 204
    assert place.get(f"/sobjects/Order/{order}", headers={"If-Modified-Since": late}).status_code == 304


def test_unknown_places_are_not_found(place) -> None:
    for path in ("/sobjects/Basket", "/sobjects/Basket/describe", "/sobjects/Order/801000000000000AAA", "/wave", "/sobjects/Order/x/y/z"):
        answer = place.get(path)
        assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")
    assert code(place.call("PUT", "/sobjects/Order")) == "METHOD_NOT_ALLOWED"
    assert code(place.call("POST", "/sobjects/Order", data="{")) == "JSON_PARSER_ERROR"


# orders


def line(place, order: str, **fields: Any):
    usual = {"OrderId": order, "PricebookEntryId": place.ids["entry"][0], "Quantity": 2, "UnitPrice": 12.5}
    return create(place, "OrderItem", **{**usual, **fields})


def test_an_order_is_activated_when_it_has_lines(place) -> None:
    with_lines, without = place.ids["order"][0], place.ids["order"][1]
    assert code(patch(place, "Order", without, Status="Activated")) == "FAILED_ACTIVATION"
    assert patch(place, "Order", with_lines, Status="Activated").status_code == 204
    order = place.org.get("Order", with_lines)
    assert (order["StatusCode"], order["ActivatedById"] is not None) == ("Activated", True)


def test_an_activated_order_keeps_its_lines_and_prices(place) -> None:
    order, item = place.ids["order"][0], place.ids["line"][0]
    patch(place, "Order", order, Status="Activated")
    assert code(place.call("DELETE", f"/sobjects/OrderItem/{item}")) == "DELETE_FAILED"
    assert code(place.call("DELETE", f"/sobjects/Order/{order}")) == "DELETE_FAILED"
    assert code(patch(place, "OrderItem", item, Quantity=5)) == "FIELD_INTEGRITY_EXCEPTION"
    assert code(patch(place, "Order", order, AccountId=place.ids["account"][1])) == "FIELD_INTEGRITY_EXCEPTION"
    assert code(line(place, order)) == "FIELD_INTEGRITY_EXCEPTION"
    assert patch(place, "OrderItem", item, Description="note").status_code == 204
    place.org.options["edit_activated_orders"] = False
    assert code(patch(place, "Order", order, Name="x")) == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert patch(place, "Order", order, Status="Draft").status_code == 204


def test_totals_follow_the_lines(place) -> None:
    order = place.ids["order"][1]
    before = place.org.get("Order", order)
    item = line(place, order, Quantity=3, UnitPrice=0.1).json()["id"]
    assert str(place.org.get("OrderItem", item)["TotalPrice"]) == "0.3"
    assert str(place.org.get("Order", order)["TotalAmount"]) == "0.3"
    assert patch(place, "OrderItem", item, Quantity=4).status_code == 204
    after = place.org.get("Order", order)
    assert str(after["TotalAmount"]) == "0.4"
    assert after["SystemModstamp"] == before["SystemModstamp"]
    place.call("DELETE", f"/sobjects/OrderItem/{item}")
    assert str(place.org.get("Order", order)["TotalAmount"]) == "0"


def test_price_books_hold_orders_together(place) -> None:
    book = create(place, "Pricebook2", Name="Other", IsActive=True).json()["id"]
    product = create(place, "Product2", Name="New").json()["id"]
    entry = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 3, "IsActive": True}
    assert code(create(place, "PricebookEntry", **entry)) == "STANDARD_PRICE_NOT_DEFINED"
    assert create(place, "PricebookEntry", **{**entry, "Pricebook2Id": place.org.standard_pricebook_id}).status_code == 201
    made = create(place, "PricebookEntry", **entry)
    assert made.status_code == 201
    assert code(create(place, "PricebookEntry", **entry)) == "DUPLICATE_VALUE"
    order = place.ids["order"][1]
    assert code(line(place, order, PricebookEntryId=made.json()["id"])) == "FIELD_INTEGRITY_EXCEPTION"
    dollar = create(place, "Order", **draft(place, CurrencyIsoCode="USD")).json()["id"]
    assert code(line(place, dollar)) == "FIELD_INTEGRITY_EXCEPTION"
    assert code(create(place, "Order", **draft(place, CurrencyIsoCode="XXX"))) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


# people


def test_person_accounts_have_a_contact(place) -> None:
    made = create(place, "Account", FirstName="Mia", LastName="Sun", PersonEmail="mia@example.org", PersonMailingCity="Ulm").json()["id"]
    account = place.org.get("Account", made)
    assert (account["Name"], account["IsPersonAccount"]) == ("Mia Sun", True)
    soql = f"SELECT Id, Name, Email, MailingCity, IsPersonAccount, AccountId FROM Contact WHERE AccountId = '{made}'"
    (contact,) = place.query(soql)
    assert (contact["Id"], contact["Email"], contact["MailingCity"]) == (account["PersonContactId"], "mia@example.org", "Ulm")
    assert contact["IsPersonAccount"] is True
    assert patch(place, "Account", made, PersonEmail="mia.sun@example.org").status_code == 204
    assert place.query(soql)[0]["Email"] == "mia.sun@example.org"
    assert code(patch(place, "Contact", contact["Id"], Email="x@example.org")) == "INVALID_PERSON_ACCOUNT_OPERATION"
    assert code(patch(place, "Account", made, Name="Mia")) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert code(create(place, "Account", Name="Mia Sun", LastName="Sun")) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert place.call("DELETE", f"/sobjects/Account/{made}").status_code == 204
    assert place.query(soql) == []


def test_custom_fields_of_contacts_are_mirrored(place) -> None:
    person = place.ids["person"]
    assert patch(place, "Account", person, Shopify_Customer_Id__pc="c71").status_code == 204
    contact = place.org.get("Account", person)["PersonContactId"]
    assert place.org.get("Contact", contact)["Shopify_Customer_Id__c"] == "c71"


def test_merged_records_point_to_the_winner(place) -> None:
    winner, loser = place.ids["account"]
    place.org.merge("Account", winner, [loser])
    (row,) = place.query(f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'", deleted=True)
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, winner)


# what stays


def test_history_is_written_for_tracked_fields(place) -> None:
    order = place.ids["order"][0]
    patch(place, "Order", order, Payment_Status__c="paid", Name="untracked")
    patch(place, "Order", order, Payment_Status__c="refunded")
    rows = place.query(f"SELECT OrderId, Field, OldValue, NewValue, CreatedById FROM OrderHistory WHERE OrderId = '{order}' ORDER BY Id")
    assert [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows] == [
        ("Payment_Status__c", None, "paid"), ("Payment_Status__c", "paid", "refunded"),
    ]  # fmt: skip
    user = place.org.get("User", rows[0]["CreatedById"])
    assert user["Username"] == "recon@acme-demo.example"


def test_every_write_is_in_the_log_of_effects(place) -> None:
    order = place.ids["order"][0]
    patch(place, "Order", order, Name="one")
    patch(place, "Order", order, Name="x" * 100)
    made = create(place, "Account", Name="New").json()["id"]
    place.call("DELETE", f"/sobjects/Account/{made}")
    effects = [(one["object"], one["id"], one["operation"], one["before"], one["after"]) for one in place.org.effects()]
    assert effects == [
        ("Order", order, "update", {"Name": None}, {"Name": "one"}),
        ("Account", made, "create", {}, {"Name": "New"}),
        ("Account", made, "delete", {"IsDeleted": 0}, {"IsDeleted": 1}),
    ]
    numbers = {line["id"]: (line["method"], line["status"]) for line in place.org.log.list()}
    assert numbers[place.org.effects()[0]["request_id"]] == ("PATCH", 204)


def test_deletions_cascade(place) -> None:
    order = place.ids["order"][0]
    place.call("DELETE", f"/sobjects/Order/{order}")
    assert place.query(f"SELECT Id FROM OrderItem WHERE OrderId = '{order}'") == []
    assert len(place.query(f"SELECT Id FROM OrderItem WHERE OrderId = '{order}'", deleted=True)) == 2


def test_deleted_and_updated_list_ids(place) -> None:
    order = place.ids["order"][0]
    place.call("DELETE", f"/sobjects/Order/{order}")
    place.org.clock.offset_seconds = 120
    now = place.org.clock()
    window = {"start": f"{now - timedelta(hours=6):%Y-%m-%dT%H:%M:%S}Z", "end": f"{now:%Y-%m-%dT%H:%M:%S}+00:00"}
    deleted = place.get("/sobjects/Order/deleted", params=window).json()
    assert [one["id"] for one in deleted["deletedRecords"]] == [order]
    updated = place.get("/sobjects/Contact/updated/", params=window).json()
    assert place.ids["contact"] in updated["ids"]
    reversed_window = {"start": window["end"], "end": window["start"]}
    assert code(place.get("/sobjects/Order/deleted", params=reversed_window)) == "INVALID_REPLICATION_DATE"
    assert code(place.get("/sobjects/Order/deleted", params={**window, "start": "2020-01-01T00:00:00Z"})) == "INVALID_REPLICATION_DATE"
    assert code(place.get("/sobjects/OrderHistory/deleted", params=window)) == "INVALID_TYPE_FOR_OPERATION"


def test_a_restart_keeps_everything(place) -> None:
    from recon.sandbox.salesforce import Org

    order = place.ids["order"][0]
    patch(place, "Order", order, Name="kept")
    place.org.hide("Order", "Name")
    effects = place.org.effects()
    again = Org(place.org.folder)
    assert again.get("Order", order)["Name"] == "kept"
    assert again.effects() == effects
    assert "Name" not in again.visible()["order"].fields
    assert again.options["multi_currency"] is True
    assert again.visible()["order"].fields["Payment_Status__c"].picklist == ("paid", "refunded")
    assert again.history_of("Order_Refund__c") == "Order_Refund__History"
    assert again.load("Order", [{}])[0] not in place.ids["order"]
    assert [line["path"] for line in again.log.list()] == [line["path"] for line in place.org.log.list()]
    again.close()


def test_hidden_fields_vanish(place) -> None:
    place.org.hide("Order", "Shop_Total__c")
    fields = [one["name"] for one in place.get("/sobjects/Order/describe").json()["fields"]]
    assert "Shop_Total__c" not in fields
    assert place.refused("SELECT Shop_Total__c FROM Order") == "INVALID_FIELD"
    assert code(patch(place, "Order", place.ids["order"][0], Shop_Total__c=1)) == "INVALID_FIELD"
    assert "Shop_Total__c" not in place.get(f"/sobjects/Order/{place.ids['order'][0]}").json()
    place.org.show("Order", "Shop_Total__c")
    assert place.query("SELECT Shop_Total__c FROM Order LIMIT 1")
    place.org.hide("Contact")
    assert place.refused("SELECT Id FROM Contact") == "INVALID_TYPE"
    assert "Contact" not in [one["name"] for one in place.get("/sobjects").json()["sobjects"]]


def test_features_decide_what_exists(tmp_path) -> None:
    from recon.sandbox.salesforce import Org

    plain = Org(tmp_path / "plain")
    rich = Org(tmp_path / "rich", multi_currency=True, person_accounts=True, order_management=True)
    assert "CurrencyIsoCode" not in plain.visible()["order"].fields
    assert "PersonEmail" not in plain.visible()["account"].fields
    assert {"ordersummary", "currencytype"}.isdisjoint(plain.visible())
    assert "CurrencyIsoCode" in rich.visible()["order"].fields
    assert {"ordersummary", "currencytype"} <= set(rich.visible())
    plain.close()
    rich.close()


def test_loading_refuses_what_the_org_does_not_know(place) -> None:
    with pytest.raises(ValueError, match="no field Basket"):
        place.org.load("Order", [{"Basket": 1}])
    with pytest.raises(ValueError, match="no object Basket"):
        place.org.define("Basket", [])
    with pytest.raises(ValueError, match="no option"):
        type(place.org)(place.org.folder, colour="red")


def test_loading_is_quick(tmp_path) -> None:
    import time

    from recon.sandbox.salesforce import Org

    org = Org(tmp_path, person_accounts=True)
    began = time.process_time()
    accounts = org.load("Account", ({"LastName": f"N{n}", "PersonEmail": f"n{n}@example.org"} for n in range(3000)))
    orders = org.load("Order", ({"AccountId": accounts[n % 3000], "Status": "Draft", "EffectiveDate": "2026-11-01"} for n in range(5000)))
    org.load("OrderItem", ({"OrderId": orders[n % 5000], "Quantity": 1, "UnitPrice": "9.99"} for n in range(12_000)))
    assert time.process_time() - began < 10
    assert str(org.get("Order", orders[0])["TotalAmount"]) == "29.97"
    org.close()


def test_ids_that_are_loaded_are_not_made_again(place) -> None:
    from recon.sandbox.salesforce.ids import mint

    own = mint("001", 50)
    assert place.org.load("Account", [{"Id": own, "Name": "Own"}]) == [own]
    assert create(place, "Account", Name="Next").json()["id"] == mint("001", 51)
    place.org.load("Account", [{"Id": "001000000000000AAA", "Name": "Foreign"}])
    assert create(place, "Account", Name="Last").json()["id"] == mint("001", 52)
