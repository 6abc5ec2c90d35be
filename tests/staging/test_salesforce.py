"""What an org holds by a mapping, and what stands in the canonical tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ORDER_FIELDS = {
    "external_id": "Ext__c", "number": "Number__c", "status": "Status", "currency": "CurrencyIsoCode", "total": "Total__c",
    "customer_id": "AccountId", "contact_id": "BillToContactId", "placed_at": "Placed__c", "is_test": "Test__c", "store": "Store__c",
    "original_order_id": "OriginalOrderId",
}  # fmt: skip


def org(mapping: dict[str, Any], **streams: str) -> dict[str, Any]:
    return {"name": "salesforce", "kind": "salesforce", "side": "salesforce", "mapping": mapping, "streams": streams}


def text(*records: dict[str, str]) -> str:
    columns = list(dict.fromkeys(column for record in records for column in record))
    lines = [",".join(columns)] + [",".join(f'"{record.get(column, "")}"' for column in columns) for record in records]
    return "\n".join(lines) + "\n"


def one(con: Any, query: str) -> Any:
    rows = con.execute(query).fetchall()
    assert len(rows) == 1, rows
    return tuple(str(cell) if cell is not None else None for cell in rows[0])


def test_an_order_by_its_roles(staged: Callable[..., Any]) -> None:
    record = {
        "Id": "801A0000006Vm9r", "IsDeleted": "false", "CreatedDate": "2026-11-20T10:05:00.000Z", "LastModifiedDate": "2026-11-20T10:06:00.000Z",
        "CreatedById": "005A0000006Vm9r", "Ext__c": "5001", "Number__c": "#1001", "Status": "Activated", "CurrencyIsoCode": "eur",
        "Total__c": "23.0", "AccountId": "001A0000006Vm9r", "BillToContactId": "", "Placed__c": "2026-11-20T11:00:00.000+0100",
        "Test__c": "false", "Store__c": "de", "OriginalOrderId": "",
    }  # fmt: skip
    mapping = {"orders": [{"object": "Order", "fields": ORDER_FIELDS, "stores": {"DE": "shop"}}]}
    con = staged(org(mapping, order=text(record)))
    assert one(con, "select record_id, object, number_key, external_ids['external_id'], customer_id, status, raw_status, currency, total from orders") == (
        "801A0000006Vm9rIAC", "Order", "1001", "5001", "001A0000006Vm9rIAC", "open", "Activated", "EUR", "23.000000",
    )  # fmt: skip
    assert one(con, "select placed_at, is_test, store, created_at, created_by, deleted_at, original_order_id from orders") == (
        "2026-11-20 10:00:00", "False", "shop", "2026-11-20 10:05:00", "005A0000006Vm9rIAC", None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("held", "values", "canonical"),
    [
        ("Draft", {}, "open"),
        ("Activated", {}, "open"),
        ("Canceled", {}, "cancelled"),
        ("Cancelled", {}, "cancelled"),
        ("Completed", {}, "completed"),
        ("Shipped", {"shipped": "completed"}, "completed"),
        ("Draft", {"Draft": "draft"}, "draft"),
        ("On Ice", {}, "on ice"),
        ("", {}, None),
    ],
)
def test_statuses_follow_the_mapping_then_the_platform(
    staged: Callable[..., Any], held: str, values: dict[str, str], canonical: str | None
) -> None:
    mapping = {"orders": [{"object": "Order", "fields": {"status": "Status"}, "values": {"status": values}}]}
    assert one(staged(org(mapping, order=text({"Id": "1", "Status": held}))), "select status from orders") == (canonical,)


def test_a_buyer_is_the_contact_where_there_is_one(staged: Callable[..., Any]) -> None:
    rows = text(
        {"Id": "1", "AccountId": "001A0000006Vm9rIAC", "BillToContactId": "003A0000006Vm9rIAC"},
        {"Id": "2", "AccountId": "001A0000006Vm9rIAC", "BillToContactId": ""},
    )
    con = staged(org({"orders": [{"object": "Order", "fields": ORDER_FIELDS}]}, order=rows))
    assert con.execute("select customer_id from orders order by record_id").fetchall() == [("003A0000006Vm9rIAC",), ("001A0000006Vm9rIAC",)]


PEOPLE = {
    "customers": [
        {"object": "Account", "kind": "person_account", "where_field": "IsPersonAccount", "where_values": ["TRUE"],
         "fields": {"email": "PersonEmail", "last_name": "LastName", "email_opt_out": "OptOut__c", "sms_consent": "Sms__c", "country": "Country__c", "phone": "Phone"}},
        {"object": "Contact", "kind": "contact", "fields": {"email": "Email", "last_name": "LastName", "account_id": "AccountId"}},
    ],
    "orders": [{"object": "Order", "fields": ORDER_FIELDS}],
}  # fmt: skip


def test_a_person_account_counts_once_and_answers_for_its_contact(staged: Callable[..., Any]) -> None:
    accounts = text(
        {
            "Id": "001A0000006Vm9rIAC",
            "IsPersonAccount": "true",
            "PersonContactId": "003A0000006Vm9rIAC",
            "PersonEmail": "a@x.example",
            "LastName": "Byron",
        },
        {"Id": "001A0000006VmXrIAK", "IsPersonAccount": "false", "LastName": ""},
    )
    contacts = text(
        {
            "Id": "003A0000006Vm9rIAC",
            "IsPersonAccount": "true",
            "Email": "a@x.example",
            "LastName": "Byron",
            "AccountId": "001A0000006Vm9rIAC",
        },
        {
            "Id": "003A0000006VmXrIAK",
            "IsPersonAccount": "false",
            "Email": "b@x.example",
            "LastName": "Lace",
            "AccountId": "001A0000006VmXrIAK",
        },
    )
    orders = text({"Id": "1", "AccountId": "001A0000006Vm9rIAC", "BillToContactId": "003A0000006Vm9rIAC"})
    con = staged(org(PEOPLE, account=accounts, contact=contacts, order=orders))
    assert con.execute("select record_id, object, account_id from customers order by record_id").fetchall() == [
        ("001A0000006Vm9rIAC", "person_account", None),
        ("003A0000006VmXrIAK", "contact", "001A0000006VmXrIAK"),
    ]
    assert one(con, "select customer_id from orders") == ("001A0000006Vm9rIAC",)


def test_the_loser_of_a_merge_names_its_survivor(staged: Callable[..., Any]) -> None:
    rows = text(
        {"Id": "003A0000006Vm9r", "IsDeleted": "true", "MasterRecordId": "003A0000006VmXr", "SystemModstamp": "2026-11-20T10:00:00.000Z"},
        {"Id": "003A0000006VmXr", "IsDeleted": "false", "MasterRecordId": "", "SystemModstamp": "2026-11-20T10:00:00.000Z"},
    )
    con = staged(org({"customers": [{"object": "Contact", "kind": "contact", "fields": {"email": "Email"}}]}, contact=rows))
    found = con.execute("select record_id, state, merged_into, deleted_at is not null from customers order by record_id").fetchall()
    assert found == [("003A0000006Vm9rIAC", "merged", found[1][0], True), (found[1][0], "enabled", None, False)]
    assert con.execute("select record_id, entity, method from deletions").fetchall() == [("003A0000006Vm9rIAC", "customers", "queryall")]


@pytest.mark.parametrize(
    ("opt_out", "sms", "email_consent", "sms_consent"),
    [
        ("true", "Unsubscribed", "unsubscribed", "unsubscribed"),
        ("false", "true", "subscribed", "subscribed"),
        ("", "Opted Out", None, "unsubscribed"),
        ("", "", None, None),
    ],
)
def test_consent_is_read_from_flags_and_words(
    staged: Callable[..., Any], opt_out: str, sms: str, email_consent: str | None, sms_consent: str | None
) -> None:
    rows = text(
        {"Id": "1", "IsPersonAccount": "true", "OptOut__c": opt_out, "Sms__c": sms, "Country__c": "Deutschland", "Phone": "030 1234567"}
    )
    con = staged(org(PEOPLE, account=rows))
    assert one(con, "select email_consent, sms_consent, country, phone_key from customers") == (
        email_consent,
        sms_consent,
        "DE",
        "+49301234567",
    )


CATALOGUE = {
    "products": [{"object": "Product2", "fields": {"external_id": "Ext__c", "sku": "StockKeepingUnit", "title": "Name", "is_active": "IsActive"}}],
    "prices": [
        {"object": "PricebookEntry", "values": {"price_list": {"Shop Price Book": "default"}},
         "fields": {"price_list": "Pricebook2.Name", "product_id": "Product2Id", "amount": "UnitPrice", "currency": "CurrencyIsoCode", "is_active": "IsActive"}}
    ],
    "inventory_levels": [{"object": "ProductItem", "fields": {"product_id": "Product2Id", "location_id": "LocationId", "on_hand": "QuantityOnHand"}}],
    "locations": [{"object": "Location", "fields": {"external_id": "ExternalReference", "name": "Name"}}],
    "order_lines": [{"object": "OrderItem", "fields": {"order_id": "OrderId", "product_id": "Product2Id", "quantity": "Quantity", "unit_price": "UnitPrice"}}],
    "refunds": [{"object": "Order_Refund__c", "fields": {"external_id": "Ext__c", "order_id": "Order__c", "amount": "Amount__c", "created_at": "At__c"}}],
}  # fmt: skip


def test_catalogue_stock_lines_and_refunds(staged: Callable[..., Any]) -> None:
    con = staged(
        org(
            CATALOGUE,
            product2=text({"Id": "01tA0000006Vm9r", "Ext__c": "6", "StockKeepingUnit": "cup-1", "Name": "Cup", "IsActive": "false"}),
            pricebookentry=text({"Id": "01uA0000006Vm9r", "Pricebook2.Name": "Shop Price Book", "Product2Id": "01tA0000006Vm9r", "UnitPrice": "10.5",
                                 "CurrencyIsoCode": "EUR", "IsActive": "true"}),
            productitem=text({"Id": "0", "Product2Id": "01tA0000006Vm9r", "LocationId": "131A0000006Vm9r", "QuantityOnHand": "3.0"}),
            location=text({"Id": "131A0000006Vm9r", "ExternalReference": "2", "Name": "Store"}),
            orderitem=text({"Id": "2", "OrderId": "801A0000006Vm9r", "Product2Id": "01tA0000006Vm9r", "Quantity": "2.0", "UnitPrice": "10.5"}),
            order_refund__c=text({"Id": "3", "Ext__c": "4", "Order__c": "801A0000006Vm9r", "Amount__c": "-9.0", "At__c": "2026-11-21T00:00:00.000Z"}),
        )
    )  # fmt: skip
    assert one(con, "select record_id, external_ids['external_id'], sku_key, title, status from products") == (
        "01tA0000006Vm9rIAC", "6", "CUP-1", "Cup", "archived",
    )  # fmt: skip
    assert one(con, "select price_list, variant_id, sku_key, amount, currency, is_active, min_quantity from prices") == (
        "default", "01tA0000006Vm9rIAC", "CUP-1", "10.500000", "EUR", "True", "1.0000",
    )  # fmt: skip
    assert one(con, "select variant_id, sku_key, location_id, on_hand, available from inventory_levels") == (
        "01tA0000006Vm9rIAC", "CUP-1", "131A0000006Vm9rIAC", "3.0000", None,
    )  # fmt: skip
    assert one(con, "select order_id, sku_key, quantity, current_quantity, unit_price from order_lines") == (
        "801A0000006Vm9rIAC", "CUP-1", "2.0000", "2.0000", "10.500000",
    )  # fmt: skip
    assert one(con, "select order_id, amount, external_ids['external_id'], created_at from refunds") == (
        "801A0000006Vm9rIAC", "9.000000", "4", "2026-11-21 00:00:00",
    )  # fmt: skip
    assert one(con, "select record_id, name, is_active from locations") == ("131A0000006Vm9rIAC", "Store", "True")


def test_history_objects_tell_who_changed_what(staged: Callable[..., Any]) -> None:
    rows = text({"Id": "017", "OrderId": "801A0000006Vm9r", "Field": "Status", "OldValue": "Draft", "NewValue": "Activated",
                 "CreatedById": "005A0000006Vm9r", "CreatedDate": "2026-11-21T00:00:00.000Z"})  # fmt: skip
    con = staged(org({}, orderhistory=rows))
    assert one(con, "select object, parent_id, field, old_value, new_value, changed_by, changed_at from field_changes") == (
        "order", "801A0000006Vm9rIAC", "Status", "Draft", "Activated", "005A0000006Vm9rIAC", "2026-11-21 00:00:00",
    )  # fmt: skip


def test_a_history_names_the_canonical_column_and_in_whose_name_the_user_writes(staged: Callable[..., Any]) -> None:
    user, other = "005A0000006Vm9rIAC", "005A0000006Vm9sIAC"
    history = {"OrderId": "801A0000006Vm9r", "OldValue": "1", "NewValue": "2", "CreatedDate": "2026-11-21T00:00:00.000Z"}
    rows = [
        {"Id": "017A", **history, "Field": "Shipping__c", "CreatedById": user},
        {"Id": "017B", **history, "Field": "Account", "CreatedById": other},  # a standard lookup without its Id
        {"Id": "017C", **history, "Field": "Description", "CreatedById": "005A0000006Vm9tIAC"},
    ]
    mapping = {
        "orders": {"object": "Order", "fields": {"shipping": "Shipping__c", "customer_id": "AccountId"}},
        "writers": {"shop sync": ["shop"], other: ["erp"]},
    }
    streams = {"order": text({"Id": "801A0000006Vm9r"}), "user": text({"Id": user, "Name": "Shop Sync"}, {"Id": other, "Name": "ERP Sync"})}
    con = staged(org(mapping, orderhistory=text(*rows), **streams))
    assert con.execute("select record_id, entity, column_name, writer, acts_for from field_changes order by record_id").fetchall() == [
        ("017A", "orders", "shipping", "Shop Sync", ["shop"]),
        ("017B", "orders", "customer_id", "ERP Sync", ["erp"]),
        ("017C", None, None, None, []),
    ]
    assert con.execute("select * from coverage where entity = 'field_changes' and field = 'acts_for'").fetchall() == []


def test_without_writers_nobody_knows_in_whose_name_a_user_writes(staged: Callable[..., Any]) -> None:
    con = staged(org({"orders": {"object": "Order", "fields": {}}}, order=text({"Id": "801A0000006Vm9r"})))
    assert con.execute("select readable, absent, reason from coverage where field = 'acts_for'").fetchall() == [
        (False, True, "recon.toml names no writers for the mapping.")
    ]
    assert con.execute(
        "select readable, absent, reason from coverage where entity = 'field_changes' and system = 'salesforce' and field is null"
    ).fetchall() == [(False, True, "No mapped object has a history.")]


def test_two_objects_of_one_table_do_not_mix_their_fields(staged: Callable[..., Any]) -> None:
    mapping = {
        "orders": [
            {"object": "Order", "fields": {"number": "Number__c", "total": "Total__c"}},
            {
                "object": "Opportunity",
                "fields": {"number": "Name", "total": "Amount", "status": "StageName"},
                "values": {"status": {"Closed Won": "completed"}},
            },
        ]
    }
    con = staged(
        org(
            mapping,
            order=text({"Id": "1", "Number__c": "1001", "Total__c": "5"}),
            opportunity=text({"Id": "2", "Name": "1002", "Amount": "6", "StageName": "Closed Won"}),
        )
    )
    assert con.execute("select object, number, total::varchar, status from orders order by 1").fetchall() == [
        ("Opportunity", "1002", "6.000000", "completed"),
        ("Order", "1001", "5.000000", None),
    ]


def test_errors_of_fields_of_faults_and_of_jobs(staged: Callable[..., Any]) -> None:
    mapping = {
        "orders": [{"object": "Order", "fields": {"number": "Number__c"}}],
        "write_errors": [
            {"object": "Order", "fields": {"message": "Sync_Error__c"}},
            {
                "object": "Fault__c",
                "fields": {"message": "Text__c", "target_id": "Key__c", "target_type": "Kind__c", "is_resolved": "State__c", "store": "Shop__c"},
                "values": {"is_resolved": {"Done": "true", "New": "false"}},
                "stores": {"DE": "shop"},
            },
            {
                "object": "AsyncApexJob", "fields": {"message": "ExtendedStatus", "occurred_at": "CompletedDate"},
                "where_field": "Status", "where_values": ["Failed"],
            },
        ],
    }  # fmt: skip
    born = {"IsDeleted": "false", "CreatedDate": "2026-11-20T10:05:00.000Z"}
    fault = {**born, "Text__c": "Locked", "Shop__c": "DE"}
    con = staged(
        org(
            mapping,
            order=text(
                {"Id": "801A0000006Vm9rAAA", **born, "Number__c": "1", "Sync_Error__c": "card 4111 1111 1111 1111 refused"},
                {"Id": "801A0000006Vm9sAAA", **born, "Number__c": "2", "Sync_Error__c": " "},
            ),
            fault__c=text(
                {"Id": "a01A0000006Vm9rAAA", **fault, "Key__c": "77", "Kind__c": "Customer", "State__c": "New"},
                {"Id": "a01A0000006Vm9sAAA", **fault, "Key__c": "801A0000006Vm9rAAA", "Kind__c": "", "State__c": "Done"},
                {"Id": "a01A0000006Vm9tAAA", **fault, "Key__c": "55", "Kind__c": "ProductVariant", "State__c": "Parked"},
                {"Id": "a01A0000006Vm9uAAA", **fault, "Key__c": "9", "Kind__c": "Shipment", "State__c": ""},
            ),
            asyncapexjob=text(
                {"Id": "707A0000006Vm9rAAA", **born, "Status": "Failed", "ExtendedStatus": "Too many rows", "CompletedDate": "2026-11-20T12:00:00.000Z"},
                {"Id": "707A0000006Vm9sAAA", **born, "Status": "Completed", "ExtendedStatus": "", "CompletedDate": "2026-11-20T12:00:00.000Z"},
            ),
        )
    )  # fmt: skip
    found = con.execute(
        "select record_id, entity, store, target_id, message, is_resolved, raw_status, occurred_at::varchar from write_errors order by record_id"
    ).fetchall()
    when = "2026-11-20 10:05:00"
    assert found == [
        ("707A0000006Vm9rAAA", None, None, None, "Too many rows", None, None, "2026-11-20 12:00:00"),
        ("801A0000006Vm9rAAA", "orders", None, None, "card 4… 1111 refused", None, None, None),
        ("801A0000006Vm9sAAA", "orders", None, None, None, None, None, None),
        ("a01A0000006Vm9rAAA", "customers", "shop", "77", "Locked", False, "false", when),
        ("a01A0000006Vm9sAAA", "orders", "shop", "801A0000006Vm9rAAA", "Locked", True, "true", when),
        ("a01A0000006Vm9tAAA", "products", "shop", "55", "Locked", None, "Parked", when),
        ("a01A0000006Vm9uAAA", None, "shop", "9", "Locked", None, None, when),
    ]
    gaps = con.execute(
        "select field, readable, absent, reason from coverage where entity = 'write_errors' order by field nulls first"
    ).fetchall()
    assert gaps[0][:3] == (None, True, False)
    assert ("is_resolved", True, False, "1 of 3 values could not be read as what is_resolved is; they count as unknown.") in gaps


def test_an_org_without_such_places_has_nothing_to_read(staged: Callable[..., Any]) -> None:
    con = staged(
        org(
            {"orders": [{"object": "Order", "fields": {"number": "Number__c"}}]}, order=text({"Id": "801A0000006Vm9rAAA", "Number__c": "1"})
        )
    )
    assert one(con, "select readable, absent, reason from coverage where entity = 'write_errors'") == (
        "False",
        "True",
        "No object is mapped to it.",
    )


@pytest.mark.parametrize(
    ("fields", "readable", "absent"),
    [({"note": "Note__c"}, True, False), ({"note": "Gone__c"}, False, False), ({"number": "Name"}, False, True)],
)
def test_whether_notes_were_looked_through(staged: Callable[..., Any], fields: dict[str, str], readable: bool, absent: bool) -> None:
    orders = text({"Id": "801000000000001AAA", "Name": "1", "Note__c": "Karte 4111 1111 1111 1111"})
    con = staged(org({"orders": {"object": "Order", "fields": fields}}, order=orders))
    found = con.execute("select c.readable, c.absent from coverage as c where c.entity = 'exposures' and c.field is null").fetchall()
    assert found == [(readable, absent)]
    assert con.execute("select count(*) from exposures").fetchone() == (int(readable),)
