"""Rules of single objects that the platform enforces on writes: activation of orders, price books, person accounts.

Each function raises :class:`Problem` with the vendor's code. What is behind each: the object reference and the help pages on
activated orders (order products of an activated order cannot be deleted or repriced; other fields need *Edit Activated Orders*).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recon.sandbox.salesforce.derive import Row
from recon.sandbox.salesforce.store import table
from recon.sandbox.salesforce.values import Problem, Stored

if TYPE_CHECKING:
    from recon.sandbox.salesforce.dml import Dml

LOCKED_ON_ACTIVATED = frozenset({"AccountId", "Pricebook2Id", "CurrencyIsoCode"})


def before_create(dml: Dml, name: str, row: Row, given: Mapping[str, Stored]) -> None:
    """Check a record that is about to be stored; may complete it."""
    if name == "Account":
        _account(dml, row, given)
    elif name == "Contact" and row.get("IsPersonAccount"):
        raise Problem("INVALID_PERSON_ACCOUNT_OPERATION", "person contacts are made by their accounts")
    elif name == "Order":
        if dml.status_code(row) != "Draft":
            raise Problem("FAILED_ACTIVATION", "Orders are created as drafts; add order products, then activate.", ("Status",))
        if row.get("AccountId") is None:
            raise Problem("REQUIRED_FIELD_MISSING", "Required fields are missing: [AccountId]", ("AccountId",))
    elif name == "OrderItem":
        _new_line(dml, row, given)
    elif name == "PricebookEntry":
        _new_entry(dml, row)


def before_update(dml: Dml, name: str, old: Mapping[str, Stored], changes: Mapping[str, Stored]) -> None:
    """Check a change that is about to be stored."""
    if name == "Contact" and old.get("IsPersonAccount"):
        raise Problem("INVALID_PERSON_ACCOUNT_OPERATION", "cannot reference person contact: change the account instead")
    if name == "Account":
        _account_change(old, changes)
    elif name == "Order":
        _order_change(dml, old, changes)
    elif name == "OrderItem" and dml.is_activated(str(old["OrderId"])):
        _activated(dml, frozenset(changes) & {"Quantity", "UnitPrice"}, ())


def before_delete(dml: Dml, name: str, old: Mapping[str, Stored]) -> None:
    """Check a deletion."""
    if name == "OrderItem" and dml.is_activated(str(old["OrderId"])):
        raise Problem("DELETE_FAILED", "Order products of an activated order cannot be deleted.")
    if name == "Order" and dml.status_code(old) == "Activated":
        raise Problem("DELETE_FAILED", "An activated order cannot be deleted.")
    if name == "Contact" and old.get("IsPersonAccount"):
        raise Problem("INVALID_PERSON_ACCOUNT_OPERATION", "cannot delete a person contact: delete the account instead")
    if name == "Product2" and dml.store.one(
        f"select 1 from {table('OrderItem')} where Product2Id = ? and IsDeleted = 0 limit 1", (old["Id"],)
    ):
        raise Problem("DELETE_FAILED", "Your attempt to delete the product could not be completed because it is on order products.")


def _account(dml: Dml, row: Row, given: Mapping[str, Stored]) -> None:
    person = bool(row.get("LastName"))
    if person and not dml.org.options["person_accounts"]:
        raise Problem("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: LastName.", ("LastName",))
    if person and given.get("Name"):
        raise Problem("INVALID_FIELD_FOR_INSERT_UPDATE", "Account: bad field names on insert/update call: Name", ("Name",))
    if not person and not row.get("Name"):
        raise Problem("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ("Name",))


def _account_change(old: Mapping[str, Stored], changes: Mapping[str, Stored]) -> None:
    wrong = "Name" if old.get("IsPersonAccount") else "LastName"
    if wrong in changes:
        raise Problem("INVALID_FIELD_FOR_INSERT_UPDATE", f"Account: bad field names on insert/update call: {wrong}", (wrong,))


def _order_change(dml: Dml, old: Mapping[str, Stored], changes: Mapping[str, Stored]) -> None:
    was, becomes = dml.status_code(old), dml.status_code({**old, **changes})
    if was == "Draft" and becomes == "Activated":
        if not dml.has_lines(str(old["Id"])):
            raise Problem("FAILED_ACTIVATION", "The order has no order products: add at least one before activating it.", ("Status",))
    elif was == "Activated":
        _activated(dml, frozenset(changes) & LOCKED_ON_ACTIVATED, ("Status",) if set(changes) <= {"Status"} else ())
    elif was == "Draft" and dml.has_lines(str(old["Id"])) and changes.keys() & {"Pricebook2Id", "CurrencyIsoCode"}:
        raise Problem("FIELD_INTEGRITY_EXCEPTION", "The price book and the currency are fixed while the order has order products.")


def _activated(dml: Dml, locked: frozenset[str], free: tuple[str, ...]) -> None:
    if locked:
        fields = tuple(sorted(locked))
        raise Problem("FIELD_INTEGRITY_EXCEPTION", f"The order is activated: {', '.join(fields)} cannot be changed.", fields)
    if not free and not dml.org.options["edit_activated_orders"]:
        raise Problem("INSUFFICIENT_ACCESS_OR_READONLY", "The order is activated; editing it needs the permission Edit Activated Orders.")


def _new_line(dml: Dml, row: Row, given: Mapping[str, Stored]) -> None:
    order, entry = dml.store.get("Order", str(row["OrderId"])) or {}, dml.store.get("PricebookEntry", str(row["PricebookEntryId"])) or {}
    if dml.status_code(order) == "Activated":
        raise Problem("FIELD_INTEGRITY_EXCEPTION", "The order is activated: order products cannot be added.", ("OrderId",))
    if not entry.get("IsActive"):
        raise Problem(
            "FIELD_INTEGRITY_EXCEPTION", "field integrity exception: PricebookEntryId (pricebook entry is inactive)", ("PricebookEntryId",)
        )
    if order.get("Pricebook2Id") is None:
        dml.store.update("Order", str(order["Id"]), {"Pricebook2Id": entry["Pricebook2Id"]})
    elif order["Pricebook2Id"] != entry["Pricebook2Id"]:
        message = (
            "field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the one assigned to the order)"
        )
        raise Problem("FIELD_INTEGRITY_EXCEPTION", message, ("PricebookEntryId",))
    if order.get("CurrencyIsoCode") != entry.get("CurrencyIsoCode"):
        message = "The pricebook entry currency code does not match the order currency code."
        raise Problem("FIELD_INTEGRITY_EXCEPTION", message, ("PricebookEntryId",))
    row["CurrencyIsoCode"] = order.get("CurrencyIsoCode")


def _new_entry(dml: Dml, row: Row) -> None:
    same = "Product2Id = ? and CurrencyIsoCode = ? and IsDeleted = 0"
    values = (row["Product2Id"], row["CurrencyIsoCode"])
    if dml.store.one(f"select 1 from {table('PricebookEntry')} where {same} and Pricebook2Id = ?", (*values, row["Pricebook2Id"])):
        raise Problem("DUPLICATE_VALUE", "This price definition already exists in this price book")
    standard = dml.org.standard_pricebook_id
    if row["Pricebook2Id"] != standard and not dml.store.one(
        f"select 1 from {table('PricebookEntry')} where {same} and Pricebook2Id = ?", (*values, standard)
    ):
        raise Problem("STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.")
