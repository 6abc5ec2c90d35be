"""What a planner has to know besides what it wants: links and owners from the warehouse, records and price books from the org."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from recon.fix.door import Door, pieces
from recon.fix.target import Place, Target
from recon.systems.salesforce_api import rest, soql
from recon.systems.salesforce_api.describe import Object

LINKS = {
    "orders": "order_links", "order_lines": "line_links", "customers": "customer_links", "products": "product_links",
    "locations": "location_links", "companies": "company_links", "subscriptions": "subscription_links",
}  # fmt: skip
"""Canonical table → its links."""

Record = Mapping[str, str | None]


@dataclass(frozen=True)
class Book:
    """A price book."""

    id: str
    name: str
    is_standard: bool


@dataclass
class Look:
    """Facts, each asked for once."""

    con: duckdb.DuckDBPyConnection
    door: Door
    target: Target
    system: str
    """name of the org"""
    _held: dict[str, dict[str, Record]] = field(default_factory=dict)
    _entries: dict[str, list[Record]] = field(default_factory=dict)

    # -- the warehouse -------------------------------------------------------------------------------------

    @cached_property
    def links(self) -> dict[tuple[str, str, str], str]:
        """(entity, shop system, shop id) → Salesforce id, of records that take part."""
        found = {}
        for entity, table in LINKS.items():
            wanted = (
                ""
                if entity == "locations"
                else f"inner join needed as n on l.shop_system = n.system and l.shop_id = n.record_id and n.entity = '{entity}'"
            )
            sql = f"select l.shop_system, l.shop_id, l.salesforce_id from {table} as l {wanted} where l.is_primary"
            found.update({(entity, system, shop_id): sf for system, shop_id, sf in self.con.execute(sql).fetchall()})
        return found

    @cached_property
    def sharers(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """(entity, Salesforce id) → every shop record that it is held against, of customers and products that take part."""
        compared = set(self.con.execute("select c.entity, c.system from compared as c").fetchall())
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for (entity, system, shop_id), salesforce_id in sorted(self.links.items()):
            if entity in {"customers", "products"} and (entity, system) in compared:
                found.setdefault((entity, salesforce_id), []).append((system, shop_id))
        return found

    @cached_property
    def kinds(self) -> dict[str, tuple[str, str | None]]:
        """Salesforce customer → its kind (person_account, contact, …) and its account, of those that findings name or need."""
        sql = (
            "select c.record_id, c.object, c.account_id from customers as c where c.system = $system and c.record_id in ("
            "select x.record_id from named as x union all select l.salesforce_id from customer_links as l "
            "inner join needed as n on l.shop_system = n.system and l.shop_id = n.record_id and n.entity = 'customers')"
        )
        return {row[0]: (row[1], row[2]) for row in self.con.execute(sql, {"system": self.system}).fetchall()}

    @cached_property
    def managed(self) -> frozenset[str]:
        """Orders that Order Management itself keeps, of those that findings name or need."""
        sql = (
            "select o.record_id from orders as o where o.system = $system and o.is_managed and o.record_id in ("
            "select x.record_id from named as x union all select l.salesforce_id from order_links as l "
            "inner join needed as n on l.shop_system = n.system and l.shop_id = n.record_id and n.entity = 'orders' "
            "union all select l.order_id from order_lines as l inner join named as x on l.record_id = x.record_id)"
        )
        return frozenset(row[0] for row in self.con.execute(sql, {"system": self.system}).fetchall())

    @cached_property
    def _owners(self) -> set[tuple[str, str | None]]:
        rows = self.con.execute("select o.entity, o.field from owners as o where o.system = $system", {"system": self.system})
        return {(entity, column) for entity, column in rows.fetchall()}

    @cached_property
    def _owned_columns(self) -> set[tuple[str, str]]:
        rows = self.con.execute("select distinct o.entity, o.field from owners as o where o.field is not null").fetchall()
        return {(entity, column) for entity, column in rows}

    def is_owner(self, entity: str, role: str) -> bool:
        """Whether Salesforce's own value is the truth for a role."""
        if (entity, role) in self._owned_columns:
            return (entity, role) in self._owners
        return (entity, None) in self._owners

    def guest(self, email: str | None) -> str | None:
        """The one Salesforce customer with an address, for orders without a customer."""
        return self._guests.get(email or "")

    @cached_property
    def _guests(self) -> dict[str, str]:
        """Address of an order without a customer → the customer, where just one has it."""
        sql = (
            "select o.email, min(c.record_id), min(c.object), min(c.account_id) from ("
            "select distinct o.email from orders as o inner join needed as n on o.system = n.system and o.record_id = n.record_id "
            "and n.entity = 'orders' where o.customer_id is null and o.email is not null) as o "
            "inner join customers as c on c.email_key = email_key(o.email) "
            "where c.system = $system and c.deleted_at is null group by o.email having count(*) = 1"
        )
        found = {}
        for email, record_id, kind, account in self.con.execute(sql, {"system": self.system}).fetchall():
            found[email] = record_id
            self.kinds[record_id] = (kind, account)
        return found

    # -- the org ---------------------------------------------------------------------------------------------

    def hold(self, described: Object, ids: Iterable[str], fields: Iterable[str]) -> None:
        """Read records once, with everything that may be compared or changed."""
        known = self._held.setdefault(described.name, {})
        missing = sorted(set(ids) - set(known))
        if missing:
            names = [one.name for name in (*fields, *_ALWAYS.get(described.name, ())) if (one := described.field(name)) and one.readable]
            known.update(self.door.records(described.name, missing, dict.fromkeys(names)))

    def record(self, described: Object, record_id: str) -> Record | None:
        """One of the records that were read; None where it is not there."""
        return self._held.get(described.name, {}).get(record_id)

    def fields_of(self, place: Place) -> list[str]:
        """Fields of a place that the mapping names."""
        return [path for path in (*place.mapping.fields.values(), *place.mapping.external_ids.values()) if "." not in path]

    @cached_property
    def statuses(self) -> dict[str, str]:
        """Status of an order → its category (Draft, Activated, Canceled, Expired). Vendor source: object reference, OrderStatus."""
        if self.door.catalogue.object("OrderStatus") is None:
            return {}
        records = self.door.client.rows("SELECT ApiName, MasterLabel, StatusCode FROM OrderStatus")
        return {str(record.get("ApiName") or record.get("MasterLabel")): str(record["StatusCode"]) for record in records}

    @cached_property
    def books(self) -> list[Book]:
        """Active price books."""
        records = self.door.client.rows("SELECT Id, Name, IsStandard FROM Pricebook2 WHERE IsActive = true")
        return [Book(str(one["Id"]), str(one["Name"]), one["IsStandard"] is True) for one in records]

    @property
    def standard_book(self) -> Book | None:
        """The standard price book."""
        return next((book for book in self.books if book.is_standard), None)

    def hold_entries(self, products: Iterable[str]) -> None:
        """Read the price book entries of products once."""
        missing = sorted(set(products) - set(self._entries))
        entry = self.door.catalogue.object("PricebookEntry")
        if entry is None or not missing:
            return
        columns = [
            "Id",
            "Pricebook2Id",
            "Product2Id",
            "UnitPrice",
            "IsActive",
            *(["CurrencyIsoCode"] if entry.field("CurrencyIsoCode") else []),
        ]
        for some in pieces(missing, 200):
            for product in some:
                self._entries[product] = []
            text = soql.select((*columns, "IsDeleted"), "PricebookEntry", f"Product2Id IN {soql.literals(some)}")
            for record in self.door.client.rows(text):
                flat = rest.flat(record, (*columns, "IsDeleted"))
                if flat["IsDeleted"] != "true":
                    self._entries[str(flat["Product2Id"])].append(flat)

    def entry(self, product: str, book: str, currency: str | None) -> Record | None:
        """The entry of a product in a price book and currency."""
        self.hold_entries([product])
        fits = (
            one
            for one in self._entries[product]
            if one["Pricebook2Id"] == book and one.get("CurrencyIsoCode", currency) in {currency, None}
        )
        return next(fits, None)

    @cached_property
    def orders_with_lines(self) -> frozenset[str]:
        """Orders of Salesforce that have lines, of those that take part."""
        sql = (
            "select distinct l.order_id from order_lines as l inner join order_links as k on l.system = k.salesforce_system "
            "and l.order_id = k.salesforce_id inner join needed as n on k.shop_system = n.system and k.shop_id = n.record_id "
            "and n.entity = 'orders' where l.deleted_at is null"
        )
        return frozenset(row[0] for row in self.con.execute(sql).fetchall())


_ALWAYS: Mapping[str, tuple[str, ...]] = {
    "Order": ("Status", "StatusCode", "Pricebook2Id", "CurrencyIsoCode", "AccountId", "BillToContactId"),
    "OrderItem": ("OrderId",),
    "OpportunityLineItem": ("OpportunityId",),
}
