"""What Salesforce computes when a record is stored: names, numbers, sums, mirrors of person accounts.

Used for records that come through the API and for those that a test loads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from recon.sandbox.salesforce.schema import ObjectSpec
from recon.sandbox.salesforce.store import Store
from recon.sandbox.salesforce.values import Stored, decimal_text

Row = dict[str, Stored]
Lookup = Callable[[str, str], "Row | None"]

SAME_NAME = ("FirstName", "LastName", "Salutation", "Phone", "Fax", "Description", "OwnerId")
"""Fields that an account and its person contact share under one name."""

CLOSED = {"Closed Won": (1, 1), "Closed Lost": (1, 0)}


def mirror_fields(account: ObjectSpec, contact: ObjectSpec) -> dict[str, str]:
    """Field of a person account → field of its contact."""
    pairs = {name: name for name in SAME_NAME if name in account.fields and name in contact.fields}
    for name, spec in contact.fields.items():
        if not spec.stored:
            continue
        for mirrored in (f"Person{name}", f"{name[:-3]}__pc" if name.endswith("__c") else ""):
            if mirrored in account.fields and mirrored != "PersonContactId":
                pairs[mirrored] = name
    return pairs


def full_name(row: Mapping[str, Stored]) -> str | None:
    """First and last name as one."""
    return " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part)) or None


def is_person(row: Mapping[str, Stored]) -> bool:
    """Whether an account is a person: it says so, or it has a person's name."""
    return bool(row.get("IsPersonAccount") or row.get("LastName"))


def derive(name: str, row: Row, lookup: Lookup, statuses: Mapping[str, str]) -> None:
    """Fill in the computed fields of one record of object ``name``; ``lookup`` finds records by object and id."""
    if name == "Account":
        row["IsPersonAccount"] = int(is_person(row))
        if row["IsPersonAccount"]:
            row["Name"] = full_name(row) or row.get("Name")
    elif name in {"Contact", "User"}:
        row["Name"] = full_name(row)
    elif name == "Order":
        row["StatusCode"] = statuses.get(str(row.get("Status")), "Draft")
        row["TotalAmount"] = row.get("TotalAmount") or "0"
    elif name in {"OrderItem", "OpportunityLineItem"}:
        _line(name, row, lookup)
    elif name == "PricebookEntry":
        product = lookup("Product2", str(row.get("Product2Id"))) or {}
        row["Name"], row["ProductCode"] = product.get("Name"), product.get("ProductCode")
    elif name == "ProductItem":
        row["ProductName"] = (lookup("Product2", str(row.get("Product2Id"))) or {}).get("Name")
    elif name == "Product2":
        row["ProductClass"] = row.get("ProductClass") or "Simple"
    elif name == "Opportunity":
        row["IsClosed"], row["IsWon"] = CLOSED.get(str(row.get("StageName")), (0, 0))
    elif name == "CurrencyType":
        row["DecimalPlaces"] = row.get("DecimalPlaces") or "2"


def _line(name: str, row: Row, lookup: Lookup) -> None:
    entry = lookup("PricebookEntry", str(row.get("PricebookEntryId"))) or {}
    row["Product2Id"] = row.get("Product2Id") or entry.get("Product2Id")
    row["ListPrice"] = row.get("ListPrice") or entry.get("UnitPrice")
    if row.get("UnitPrice") is None:
        row["UnitPrice"] = entry.get("UnitPrice")
    if name == "OrderItem":
        row["AvailableQuantity"] = row.get("Quantity")
    if row.get("Quantity") is not None and row.get("UnitPrice") is not None:
        total = Decimal(str(row["Quantity"])) * Decimal(str(row["UnitPrice"]))
        row["TotalPrice"] = decimal_text(total.quantize(Decimal("0.01")))
    if name == "OpportunityLineItem":
        product = lookup("Product2", str(row.get("Product2Id"))) or {}
        row["Name"], row["ProductCode"] = product.get("Name"), product.get("ProductCode")


def sum_orders(store: Store, order_ids: Iterable[str]) -> None:
    """Set TotalAmount of orders to the sum of their lines; moves no time stamp, as a roll-up does not."""
    store.many(
        """
        update "o_Order" set "TotalAmount" = coalesce(
            (select dec_sum("TotalPrice") from "o_OrderItem" as i where i."OrderId" = "o_Order"."Id" and i."IsDeleted" = 0), '0'
        ) where "Id" = ?
        """,
        ((order_id,) for order_id in order_ids),
    )
