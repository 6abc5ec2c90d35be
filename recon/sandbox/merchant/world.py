"""The two sides of the merchant while they are made: what the shop knows, what lies in Salesforce, and which belongs to which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from recon.sandbox.merchant.catalogue import Catalogue
from recon.sandbox.merchant.ids import Ids
from recon.sandbox.merchant.life import Customer, Level, Order, Refund, Return, Shipment, Subscription, Variant
from recon.sandbox.merchant.outlet import ONLY, Outlet
from recon.sandbox.merchant.people import People
from recon.sandbox.merchant.shopdocs import financial_status, fulfillment_status
from recon.sandbox.merchant.truth import Truth

Row = dict[str, Any]


def moment(value: datetime) -> str:
    """A moment as Salesforce writes it."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@dataclass
class Late:
    """What has not happened yet when the org is made."""

    unborn: dict[str, set[str]] = field(default_factory=dict)
    """object → records that arrive later"""
    before: dict[tuple[str, str], Row] = field(default_factory=dict)
    """(object, record) → fields as they are until somebody corrects them"""
    doomed: set[tuple[str, str]] = field(default_factory=set)
    """(object, record) that somebody deletes later"""

    def add(self, other: Late) -> None:
        """What happens in another world, too."""
        for name, ids in other.unborn.items():
            self.unborn.setdefault(name, set()).update(ids)
        self.before |= other.before
        self.doomed |= other.doomed

    def hold_back(self, org: dict[str, list[Row]]) -> dict[str, list[Row]]:
        """The org as it is before any of it happens."""
        return {
            name: [{**row, **self.before.get((name, row["Id"]), {})} for row in rows if row["Id"] not in self.unborn.get(name, ())]
            for name, rows in org.items()
        }

    def happen(self, org: Any, rows: dict[str, list[Row]]) -> None:
        """Let it happen in a stand-in, whose rows are to be as given."""
        for name, found in rows.items():  # parents before children, as the org was made
            org.load(name, [_untimed(row) for row in found if row["Id"] in self.unborn.get(name, ())])
        final = {(name, row["Id"]): row for name in rows for row in rows[name]}
        for (name, record_id), fields in self.before.items():
            org.change(name, record_id, {key: final[name, record_id][key] for key in fields})
        for name, record_id in sorted(self.doomed):
            org.put_into_bin(name, record_id)


def _untimed(row: Row) -> Row:
    """The row as if it was written at this moment."""
    return {name: value for name, value in row.items() if name not in {"CreatedDate", "LastModifiedDate", "SystemModstamp"}}


@dataclass
class World:
    """Shop objects, Salesforce rows by object, and the pairs of both; defects change it and declare their truth."""

    seed: int
    now: datetime
    ids: Ids
    people: People
    catalogue: Catalogue
    orders: list[Order]
    truth: Truth
    org: dict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    """object → record id → row"""
    account_of: dict[str, str] = field(default_factory=dict)
    """key of a person → id of the Account or Contact that stands for them"""
    order_of: dict[str, str] = field(default_factory=dict)
    item_of: dict[str, str] = field(default_factory=dict)
    refund_of: dict[str, str] = field(default_factory=dict)
    shipment_of: dict[str, str] = field(default_factory=dict)
    return_of: dict[str, str] = field(default_factory=dict)
    product_of: dict[str, str] = field(default_factory=dict)
    entry_of: dict[tuple[str, str], str] = field(default_factory=dict)
    """(price list, variant gid) → PricebookEntry"""
    stock_of: dict[str, str] = field(default_factory=dict)
    subscriptions: list[Subscription] = field(default_factory=list)
    subscription_of: dict[str, str] = field(default_factory=dict)
    deleted: list[tuple[str, str, datetime]] = field(default_factory=list)
    """(gid, subject type, when) of what the shop deleted"""
    taken: set[str] = field(default_factory=set)
    """gids that a defect has used: causes never meet on one record"""
    done: Counter[str] = field(default_factory=Counter)
    """how often each cause was planted"""
    repriced: dict[str, datetime] = field(default_factory=dict)
    """gid of a variant → when its price was changed everywhere"""
    late: Late = field(default_factory=Late)
    """what happens while the merchant is audited"""
    outlet: Outlet = ONLY
    payment_word: Callable[[Order], str] = lambda order: financial_status(order).lower()
    """what the shop says of an order's money; platforms that have other words set it before anything is copied"""
    shipping_word: Callable[[Order], str] = lambda order: fulfillment_status(order).lower()
    """the same of its parcels"""
    renumber: Callable[[Order], None] = lambda order: None
    """gives an order that is made later an id and a number such as the platform gives"""

    @property
    def midnight(self) -> datetime:
        """Beginning of today."""
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    def add(self, sobject: str, row: Row, created: datetime, modified: datetime | None = None, by: str | None = None) -> str:
        """Put a row into Salesforce with the fields that every record has."""
        record_id = self.ids.salesforce(sobject)
        last = modified if modified and modified > created else created
        who = by or next(iter(self.org["User"]), None)
        system: Row = {
            "Id": record_id, "IsDeleted": False, "CreatedDate": moment(created), "LastModifiedDate": moment(last),
            "SystemModstamp": moment(last), "CreatedById": who, "LastModifiedById": who,
        }  # fmt: skip
        self.org[sobject][record_id] = system | row
        return record_id

    def change(self, sobject: str, record_id: str, field: str, values: tuple[str, str], by: str, when: datetime) -> None:
        """One row of an object's history: a field went from one value to another."""
        row: Row = {
            "Id": self.ids.salesforce("History"), f"{sobject}Id": record_id, "Field": field, "OldValue": values[0], "NewValue": values[1],
            "CreatedById": by, "CreatedDate": moment(when), "IsDeleted": False,
        }  # fmt: skip
        self.org[f"{sobject}History"][row["Id"]] = row

    def copy(self, sobject: str, record_id: str, created: datetime, **changes: Any) -> str:
        """A second record like an existing one."""
        row = {name: value for name, value in self.org[sobject][record_id].items() if name != "Id"}
        row |= {"CreatedDate": moment(created), "LastModifiedDate": moment(created), "SystemModstamp": moment(created)} | changes
        copy_id = self.ids.salesforce(sobject)
        self.org[sobject][copy_id] = {"Id": copy_id} | row
        return copy_id

    def row(self, sobject: str, record_id: str) -> Row:
        """A row of Salesforce, to be changed in place."""
        return self.org[sobject][record_id]

    def order_row(self, order: Order) -> Row:
        """The Salesforce order of a shop order."""
        return self.org["Order"][self.order_of[order.gid]]

    def person_object(self, person: Customer) -> str:
        """The object that stands for a person."""
        return "Contact" if person.company else "Account"

    def person_row(self, person: Customer) -> Row:
        """The Salesforce record of a person."""
        return self.org[self.person_object(person)][self.account_of[person.key]]

    def items(self, order: Order) -> list[Row]:
        """The Salesforce lines of an order."""
        return [self.org["OrderItem"][self.item_of[line.gid]] for line in order.lines if line.gid in self.item_of]

    def forget_order(self, order: Order) -> None:
        """As if the order had never been copied."""
        for line in order.lines:
            if line.gid in self.item_of:
                del self.org["OrderItem"][self.item_of.pop(line.gid)]
        for refund in order.refunds:
            self.forget_refund(refund)
        for shipment in order.shipments:
            self.forget_shipment(shipment)
        for back in order.returns:
            self.forget_return(back)
        del self.org["Order"][self.order_of.pop(order.gid)]

    def forget_refund(self, refund: Refund) -> None:
        """As if the refund had never been copied."""
        if refund.gid in self.refund_of:
            del self.org["Order_Refund__c"][self.refund_of.pop(refund.gid)]

    def forget_shipment(self, shipment: Shipment) -> None:
        """As if the parcel had never been copied."""
        if shipment.gid in self.shipment_of:
            del self.org["Order_Shipment__c"][self.shipment_of.pop(shipment.gid)]

    def forget_return(self, back: Return) -> None:
        """As if the return had never been copied."""
        if back.gid in self.return_of:
            del self.org["Order_Return__c"][self.return_of.pop(back.gid)]

    def forget_person(self, person: Customer) -> None:
        """As if the customer had never been copied; what was merged into the record never was either."""
        gone = self.account_of.pop(person.key)
        accounts = self.org["Account"]
        for record_id in [gone, *(one for one, row in accounts.items() if row.get("MasterRecordId") == gone)]:
            del accounts[record_id]

    def forget_product(self, variant: Variant) -> None:
        """As if the variant had never been copied: with its prices and its stock."""
        del self.org["Product2"][self.product_of.pop(variant.gid)]
        for key in [key for key in self.entry_of if key[1] == variant.gid]:
            del self.org["PricebookEntry"][self.entry_of.pop(key)]
        for level in variant.levels:
            self.forget_stock(level)

    def forget_stock(self, level: Level) -> None:
        """As if the stock had never been copied."""
        if level.gid in self.stock_of:
            del self.org["ProductItem"][self.stock_of.pop(level.gid)]

    def sells_alone(self, variant: Variant) -> bool:
        """Whether no other shop of the merchant sells it under the same SKU."""
        return self.outlet.alone or variant.sku is None or variant.sku.endswith(f"-{self.outlet.letter}")

    def touch(self, row: Row, when: datetime) -> None:
        """A row was written at a time."""
        row["LastModifiedDate"] = row["SystemModstamp"] = moment(when)

    def days_ago(self, days: float) -> datetime:
        """A moment so many days before today began."""
        return self.midnight - timedelta(days=days)
