"""Orgs of other shapes than the demo merchant's: no person accounts, guests, lines without a product, opportunities as orders, marks.

The shop is a folder of exports, so that a whole round takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fix_org import CLIENT, ORG_ID, SECRET, USER

from recon.cli import run
from recon.fix.plan import Plan, find, folder_of
from recon.sandbox.faults import Faults
from recon.sandbox.salesforce import FieldSpec, Org
from recon.sandbox.salesforce.app import create_app
from recon.sandbox.server import Server
from recon.sandbox.tls import Certs

KEY = {"length": 40, "external_id": True, "unique": True}
PLACED = (datetime.now(UTC) - timedelta(days=5)).strftime("%Y-%m-%dT10:00:00Z")

SHOP = """
[systems.shop]
kind = "files"
side = "shop"
folder = "exports"
currency = "EUR"
time_zone = "Europe/Berlin"

[systems.shop.tables.customers]
path = "customers.csv"
columns = { record_id = "id", email = "email", first_name = "first", last_name = "last", created_at = "at" }
[systems.shop.tables.products]
path = "products.csv"
columns = { record_id = "id", sku = "sku", title = "title", is_active = "active", created_at = "at" }
[systems.shop.tables.orders]
path = "orders.csv"
columns.record_id = "id"
columns.number = "id"
columns.customer_id = "customer"
columns.email = "email"
columns.status = "status"
columns.payment_status = "paid"
columns.total = "total"
columns.placed_at = "at"
columns.created_at = "at"
columns.updated_at = "at"
[systems.shop.tables.order_lines]
path = "lines.csv"
columns.record_id = "id"
columns.order_id = "order"
columns.variant_id = "variant"
columns.sku = "sku"
columns.title = "title"
columns.quantity = "quantity"
columns.unit_price = "price"
columns.total = "total"
columns.created_at = "at"
[systems.shop.tables.fulfillments]
path = "parcels.csv"
columns = { record_id = "id", order_id = "order", status = "status", tracking_number = "track", shipped_at = "at", created_at = "at" }
[systems.shop.tables.fulfillment_lines]
path = "parcel_lines.csv"
columns = { record_id = "id", fulfillment_id = "parcel", line_id = "line", quantity = "quantity" }
"""

ORG = """
[systems.salesforce]
kind = "salesforce"
url = "{url}"
ca_bundle = "{ca}"
client_id = "{client}"
client_secret = "file:{secret}"
org_id = "{org_id}"
production = true
currency = "EUR"
"""

PRODUCTS = """
[systems.salesforce.mapping.products]
object = "Product2"
[systems.salesforce.mapping.products.fields]
external_id = "Shop_Variant__c"
sku = "StockKeepingUnit"
title = "Name"
is_active = "IsActive"
"""

CONTACTS = """
[systems.salesforce.mapping.customers]
object = "Contact"
kind = "contact"
[systems.salesforce.mapping.customers.fields]
external_id = "Shop_Customer__c"
email = "Email"
first_name = "FirstName"
last_name = "LastName"
account_id = "AccountId"
"""

AS_ORDERS = """
[systems.salesforce.mapping.orders]
object = "Order"
[systems.salesforce.mapping.orders.fields]
external_id = "Shop_Order__c"
customer_id = "AccountId"
contact_id = "BillToContactId"
status = "Status"
total = "Total__c"
placed_date = "EffectiveDate"
[systems.salesforce.mapping.orders.values.status]
Draft = "open"
Activated = "open"
[systems.salesforce.mapping.order_lines]
object = "OrderItem"
[systems.salesforce.mapping.order_lines.fields]
external_id = "Shop_Line__c"
quantity = "Quantity"
unit_price = "UnitPrice"
"""

PARCELS = """
[systems.salesforce.mapping.fulfillments]
object = "Parcel__c"
[systems.salesforce.mapping.fulfillments.fields]
external_id = "Shop_Parcel__c"
order_id = "Order__c"
tracking_number = "Track__c"
status = "State__c"
[systems.salesforce.mapping.fulfillments.values.status]
Sent = "success"
[systems.salesforce.mapping.fulfillment_lines]
object = "Parcel_Line__c"
[systems.salesforce.mapping.fulfillment_lines.fields]
external_id = "Shop_Parcel_Line__c"
fulfillment_id = "Parcel__c"
line_id = "Order_Line__c"
quantity = "Units__c"
"""

AS_OPPORTUNITIES = """
[systems.salesforce.mapping.orders]
object = "Opportunity"
[systems.salesforce.mapping.orders.fields]
external_id = "Shop_Order__c"
number = "Name"
customer_id = "AccountId"
status = "StageName"
total = "Total__c"
placed_date = "CloseDate"
[systems.salesforce.mapping.orders.values.status]
Prospecting = "open"
"Closed Won" = "completed"
"Closed Lost" = "cancelled"
[systems.salesforce.mapping.order_lines]
object = "OpportunityLineItem"
[systems.salesforce.mapping.order_lines.fields]
external_id = "Shop_Line__c"
quantity = "Quantity"
unit_price = "UnitPrice"
"""

EXPORTS = {
    "customers.csv": ["id,email,first,last,at", f"C1,ann.lee@example.com,Ann,Lee,{PLACED}", f"C2,bo.may@example.com,Bo,May,{PLACED}"],
    "products.csv": ["id,sku,title,active,at", f"V1,CUP,Cup,true,{PLACED}"],
    "orders.csv": [
        "id,customer,email,status,paid,total,at",
        f"5001,C1,ann.lee@example.com,open,paid,10.00,{PLACED}",
        f"5002,,guest@example.net,open,paid,5.00,{PLACED}",
        f"5003,C2,bo.may@example.com,open,paid,9.00,{PLACED}",
        f"5004,,CY@example.org,open,paid,5.00,{PLACED}",
    ],
    "lines.csv": [
        "id,order,variant,sku,title,quantity,price,total,at",
        f"1,5001,V1,CUP,Cup,2,5.00,10.00,{PLACED}",
        f"2,5002,V1,CUP,Cup,1,5.00,5.00,{PLACED}",
        f"3,5003,V1,CUP,Cup,1,5.00,5.00,{PLACED}",
        f"4,5003,,,Engraving,1,4.00,4.00,{PLACED}",
        f"5,5004,V1,CUP,Cup,1,5.00,5.00,{PLACED}",
    ],
    "parcels.csv": ["id,order,status,track,at", f"P1,5001,success,T1,{PLACED}", f"P2,5003,success,T2,{PLACED}"],
    "parcel_lines.csv": ["id,parcel,line,quantity", "PL1,P1,1,2", "PL2,P2,3,1", "PL3,P2,4,1"],
}


@dataclass
class Place:
    """An org, and a workspace whose shop is a folder of files."""

    org: Org
    folder: Path
    url: str
    ca: str
    mapping: str

    def plan(self, fix: str = "", *options: str) -> Plan:
        """What would be corrected with these settings."""
        secret = self.folder / "secret"
        secret.write_text(SECRET, encoding="utf-8")
        secret.chmod(0o600)
        org = ORG.format(url=self.url, ca=self.ca, client=CLIENT, secret=secret, org_id=ORG_ID)
        text = f"config_version = 1\n[fix]\nsettle_seconds = 0\n{fix}\n{SHOP}{org}{PRODUCTS}{self.mapping}"
        (self.folder / "recon.toml").write_text(text, encoding="utf-8")
        if not (self.folder / ".recon").exists():
            assert self.run("run") in {1, 3}
        assert self.run("fix", "plan", *options) == 0
        return find(self.folder / ".recon", None)

    def run(self, *words: str) -> int:
        return run([*words, "--config", str(self.folder / "recon.toml"), "--quiet"])

    def verdicts(self, plan: Plan) -> set[str]:
        proof = json.loads((folder_of(self.folder / ".recon", plan.id) / "proof.json").read_text(encoding="utf-8"))
        return {one["verdict"] for one in proof["findings"]}

    def one(self, name: str, field: str, value: str) -> dict[str, Any]:
        (found,) = [row for row in self.org.rows(name) if row[field] == value and not row.get("IsDeleted")]
        return found


def made(folder: Path, objects: dict[str, list[FieldSpec]]) -> Org:
    org = Org(folder, now=lambda: datetime.now(UTC), org_id=ORG_ID, sandbox=False, person_accounts=False)
    org.add_client(CLIENT, SECRET, username=USER)
    for name, fields in objects.items():
        org.define(name, fields)
    return org


def stocked(org: Org) -> dict[str, str]:
    """An account for those without one, a cup, a product for what is none, and Ann, who is there twice."""
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), "2026-01-01T00:00:00Z")
    (guests,) = org.load("Account", [{"Name": "Shop guests", **stamps}])
    cup, custom = org.load(
        "Product2",
        [
            {"Name": "Cup", "IsActive": True, "StockKeepingUnit": "CUP", "Shop_Variant__c": "V1", **stamps},
            {"Name": "Special wish", "IsActive": True, "StockKeepingUnit": "SPECIAL", **stamps},
        ],
    )
    book = {"Pricebook2Id": org.standard_pricebook_id, "IsActive": True}
    entries = org.load("PricebookEntry", [{**book, "Product2Id": cup, "UnitPrice": "5"}, {**book, "Product2Id": custom, "UnitPrice": "1"}])
    ann = {"FirstName": "Ann", "LastName": "Lee", "Email": "ann.lee@example.com", "AccountId": guests, **stamps}
    cy = {"FirstName": "Cy", "LastName": "Fay", "Email": "cy@example.org", "AccountId": guests, **stamps}
    first, double, known = org.load("Contact", [{**ann, "Shop_Customer__c": "C1"}, ann, cy])
    return {"guests": guests, "cup": cup, "custom": custom, "entry": entries[0], "ann": first, "double": double, "cy": known}


@pytest.fixture(autouse=True)
def _own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks of orgs lie in the temporary folder: another test of an org with this id must not stand in the way."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certs:
    return Certs(tmp_path_factory.mktemp("certs"))


def serving(folder: Path, certs: Certs, org: Org, mapping: str) -> Iterator[Place]:
    (folder / "w" / "exports").mkdir(parents=True)
    for name, rows in EXPORTS.items():
        (folder / "w" / "exports" / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    with Server(create_app(org, Faults()), certs) as server:
        yield Place(org, folder / "w", server.url, str(certs.ca_file), mapping)
    org.close()


@pytest.fixture
def with_contacts(tmp_path: Path, certs: Certs) -> Iterator[tuple[Place, dict[str, str]]]:
    org = made(
        tmp_path / "org",
        {
            "Contact": [FieldSpec("Shop_Customer__c", "text", **KEY), FieldSpec("Duplicate_Of__c", "lookup", reference_to=("Contact",))],
            "Product2": [FieldSpec("Shop_Variant__c", "text", **KEY)],
            "Order": [FieldSpec("Shop_Order__c", "text", **KEY), FieldSpec("Total__c", "currency")],
            "OrderItem": [FieldSpec("Shop_Line__c", "text", **KEY)],
            "Parcel__c": [
                FieldSpec("Shop_Parcel__c", "text", **KEY),
                FieldSpec("Order__c", "lookup", reference_to=("Order",)),
                FieldSpec("Track__c", "text", length=40),
                FieldSpec("State__c", "text", length=40),
            ],
            "Parcel_Line__c": [
                FieldSpec("Shop_Parcel_Line__c", "text", **KEY),
                FieldSpec("Parcel__c", "lookup", reference_to=("Parcel__c",)),
                FieldSpec("Order_Line__c", "lookup", reference_to=("OrderItem",)),
                FieldSpec("Units__c", "number", precision=18, scale=0),
            ],
        },
    )
    ids = stocked(org)
    head = {"AccountId": ids["guests"], "BillToContactId": ids["ann"], "EffectiveDate": PLACED[:10], "Status": "Draft", "Total__c": "10"}
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), PLACED)
    (order,) = org.load("Order", [{**head, **stamps, "Pricebook2Id": org.standard_pricebook_id, "Shop_Order__c": "5001"}])
    line = {"OrderId": order, "PricebookEntryId": ids["entry"], "Product2Id": ids["cup"], "Quantity": "2", "UnitPrice": "5"}
    org.load("OrderItem", [{**line, "Shop_Line__c": "1"}])
    yield from ((place, ids) for place in serving(tmp_path, certs, org, CONTACTS + AS_ORDERS + PARCELS))


@pytest.fixture
def with_opportunities(tmp_path: Path, certs: Certs) -> Iterator[tuple[Place, dict[str, str]]]:
    org = made(
        tmp_path / "org",
        {
            "Contact": [FieldSpec("Shop_Customer__c", "text", **KEY)],
            "Product2": [FieldSpec("Shop_Variant__c", "text", **KEY)],
            "Opportunity": [FieldSpec("Shop_Order__c", "text", **KEY), FieldSpec("Total__c", "currency")],
            "OpportunityLineItem": [FieldSpec("Shop_Line__c", "text", **KEY)],
        },
    )
    ids = stocked(org)
    head = {"Name": "5001", "AccountId": ids["guests"], "CloseDate": PLACED[:10], "StageName": "Prospecting", "Total__c": "10"}
    (order,) = org.load("Opportunity", [{**head, "Pricebook2Id": org.standard_pricebook_id, "Shop_Order__c": "5001"}])
    line = {"OpportunityId": order, "PricebookEntryId": ids["entry"], "Quantity": "2", "UnitPrice": "5", "Shop_Line__c": "1"}
    org.load("OpportunityLineItem", [line])
    yield from ((place, ids) for place in serving(tmp_path, certs, org, CONTACTS + AS_OPPORTUNITIES))


def test_guests_wishes_and_duplicates_need_to_be_told_where_they_go(with_contacts: tuple[Place, dict[str, str]]) -> None:
    place, ids = with_contacts
    plan = place.plan()
    codes = {(one.rule, one.label): one.code for one in plan.unplanned}
    assert codes["order.missing_in_salesforce", "5002"] == "guest"
    assert codes["order.missing_in_salesforce", "5003"] == "account"
    assert ("order.missing_in_salesforce", "5004") not in codes  # a guest whom Salesforce knows
    assert codes["customer.missing_in_salesforce", "bo.may@example.com"] == "account"
    assert [one.code for one in plan.unplanned if one.rule == "customer.duplicate_in_salesforce"] == ["merge"]

    told = f'guest_account = "{ids["guests"]}"\n'
    assert [one.code for one in place.plan(told).unplanned if one.rule == "order.missing_in_salesforce"] == ["custom_item"]

    told += f'custom_item = "{ids["custom"]}"\nduplicate_field = {{ Contact = "Duplicate_Of__c" }}\n'
    plan = place.plan(told)
    assert plan.unplanned == () and len(plan.merges) == 1
    assert place.run("fix", "apply", plan.id, "--confirm") == 0
    assert place.verdicts(plan) <= {"fixed", "still_open"}
    guest, bo = place.one("Order", "Shop_Order__c", "5002"), place.one("Contact", "Shop_Customer__c", "C2")
    assert (guest["AccountId"], guest["BillToContactId"], guest["Status"]) == (ids["guests"], None, "Activated")
    assert place.one("Order", "Shop_Order__c", "5004")["BillToContactId"] == ids["cy"]
    order = place.one("Order", "Shop_Order__c", "5003")
    assert (order["AccountId"], order["BillToContactId"], bo["AccountId"]) == (ids["guests"], bo["Id"], ids["guests"])
    assert place.one("OrderItem", "Shop_Line__c", "4")["Product2Id"] == ids["custom"]
    assert place.one("Contact", "Id", ids["double"])["Duplicate_Of__c"] == ids["ann"]
    # The parcel of the order that was lost came with it, that of the order that was there by a finding of its own; both with their lines.
    parcel, other = place.one("Parcel__c", "Shop_Parcel__c", "P2"), place.one("Parcel__c", "Shop_Parcel__c", "P1")
    assert (parcel["Order__c"], parcel["Track__c"], parcel["State__c"]) == (order["Id"], "T2", "Sent")
    lines = {
        row["Shop_Parcel_Line__c"]: (row["Parcel__c"], row["Order_Line__c"], int(row["Units__c"]))
        for row in place.org.rows("Parcel_Line__c")
    }
    assert lines == {
        "PL1": (other["Id"], place.one("OrderItem", "Shop_Line__c", "1")["Id"], 2),
        "PL2": (parcel["Id"], place.one("OrderItem", "Shop_Line__c", "3")["Id"], 1),
        "PL3": (parcel["Id"], place.one("OrderItem", "Shop_Line__c", "4")["Id"], 1),
    }
    assert place.run("fix", "revert", plan.id, "--confirm", "--no-proof") == 0
    assert [row for row in place.org.rows("Parcel_Line__c") if not row["IsDeleted"]] == []


def test_a_lost_order_becomes_an_opportunity_with_its_lines(with_opportunities: tuple[Place, dict[str, str]]) -> None:
    place, ids = with_opportunities
    told = f'guest_account = "{ids["guests"]}"\ncustom_item = "{ids["custom"]}"\n'
    plan = place.plan(told, "--rule", "order.missing_in_salesforce")
    assert plan.unplanned == ()
    assert place.run("fix", "apply", plan.id, "--confirm") == 0
    assert place.verdicts(plan) == {"fixed"}
    order = place.one("Opportunity", "Shop_Order__c", "5003")
    assert (order["Name"], order["StageName"], order["CloseDate"], order["AccountId"]) == (
        "5003",
        "Prospecting",
        PLACED[:10],
        ids["guests"],
    )
    lines = [row for row in place.org.rows("OpportunityLineItem") if row["OpportunityId"] == order["Id"]]
    assert sorted(row["Shop_Line__c"] for row in lines) == ["3", "4"]
    assert place.run("fix", "revert", plan.id, "--confirm", "--no-proof") == 0
    assert [row["Shop_Order__c"] for row in place.org.rows("Opportunity") if not row["IsDeleted"]] == ["5001"]
