"""The stand-in instance: its records in SQLite, what its search index knows of them, its API clients, tokens and files."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from recon.sandbox.commerce_cloud.load import Meter
from recon.sandbox.control import utc_now
from recon.sandbox.faults import Faults
from recon.sandbox.state import State
from recon.systems.exact import dump, exact

Document = dict[str, Any]

READ_SCOPES = ("sfcc.orders", "sfcc.products", "sfcc.catalogs", "sfcc.customerlists")
ALL_SCOPES = (*READ_SCOPES, *(f"{scope}.rw" for scope in READ_SCOPES))

KINDS: Mapping[str, tuple[str, str]] = {
    "sites": ("", "id"),
    "orders": ("siteId", "orderNo"),
    "products": ("", "id"),
    "catalogs": ("", "id"),
    "price_books": ("", "id"),
    "customer_lists": ("", "id"),
    "customers": ("listId", "customerNo"),
    "inventory_lists": ("", "id"),
    "inventory_records": ("inventory_list_id", "product_id"),
}
"""kind → (key of the record it belongs to, key of its own id)"""

INDEXED = ("creationDate", "lastModified", "status", "confirmationStatus", "exportStatus", "externalOrderStatus", "paymentStatus",
           "shippingStatus")  # fmt: skip
"""What the search index knows of an order, and with it every filter and sort order"""

_TABLES = f"""
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists clients (client_id text primary key, doc text not null) without rowid;
create table if not exists tokens (
  token text primary key, client_id text not null, scopes text not null, expires text not null
) without rowid;
create table if not exists assertions (id text primary key) without rowid;
create table if not exists docs (
  kind text not null, owner text not null, key text not null, doc text not null, primary key (kind, owner, key)
);
create table if not exists order_index (
  owner text not null, key text not null, {", ".join(f"{name} text not null" for name in INDEXED)}, primary key (owner, key)
);
create index if not exists order_created on order_index (owner, creationDate);
create index if not exists order_modified on order_index (owner, lastModified);
create table if not exists due (owner text not null, key text not null, at text not null);
"""


class Shop(State):
    """One instance in a folder; everything survives a restart.

    ``tenant`` is realm and instance, ``sites`` the sites it is made with; both are remembered. ``index_lag`` is after how many seconds a
    changed order is found under its new values, ``largest_answer`` how many bytes an Admin API may answer, ``token_seconds`` how long a
    token holds; ``meter.capacity`` is how many requests a minute the Admin APIs take before they shed load.
    """

    READ_SCOPES = READ_SCOPES
    ALL_SCOPES = ALL_SCOPES

    def __init__(
        self,
        folder: Path,
        *,
        tenant: str = "zzxy_prd",
        sites: Sequence[str] = ("Nordhaus",),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(folder, "instance.sqlite", _TABLES, now)
        self.files = folder / "webdav"
        self.faults = Faults(folder / "faults.json")
        self.index_lag = 0.0
        self.largest_answer = 10 * 2**20
        self.token_seconds = 1800
        self.meter = Meter(self.now)
        if self.meta("tenant") is None:
            self._set_meta("tenant", tenant)
            self.load("sites", ({"id": site, "displayName": site} for site in sites))
        self.tenant: str = self.meta("tenant")

    @property
    def organization(self) -> str:
        """organizationId in the paths of the Admin APIs."""
        return f"f_ecom_{self.tenant}"

    # -- state -----------------------------------------------------------------------------------------------------------

    def load(self, kind: str, documents: Iterable[Mapping[str, Any]]) -> int:
        """Put records in, replacing those of the same id, as if they had always been there. KeyError for an unknown kind or no id."""
        owner_key, key = KINDS[kind]
        count = 0
        with self._transaction() as db:
            for document in documents:
                owner = str(document[owner_key]) if owner_key else ""
                self._put(db, kind, owner, str(document[key]), document)
                count += 1
        return count

    def _put(self, db: sqlite3.Connection, kind: str, owner: str, key: str, document: Mapping[str, Any], lag: float = 0.0) -> None:
        db.execute("insert or replace into docs values (?, ?, ?, ?)", (kind, owner, key, text_of(document)))
        if kind == "orders":
            due = (self.now() + timedelta(seconds=lag)).isoformat()
            db.execute("insert into due values (?, ?, ?)", (owner, key, due if lag else ""))

    def bring_index_up(self) -> None:
        """Let the search index take in what is due by now."""
        now = self.now().isoformat()
        with self._transaction() as db:
            sql = (
                "select d.owner, d.key, d.doc from docs as d join (select distinct owner, key from due where at <= ?) as u "
                "on d.kind = 'orders' and d.owner = u.owner and d.key = u.key"
            )
            for owner, key, doc in db.execute(sql, (now,)).fetchall():
                order = json.loads(doc)
                values = [str(order.get(name, "")) for name in INDEXED]
                marks = ", ".join("?" * (2 + len(values)))
                db.execute(f"insert or replace into order_index values ({marks})", [owner, key, *values])
            db.execute("delete from due where at <= ?", (now,))

    def get(self, kind: str, key: str, owner: str = "") -> Document:
        """A record; KeyError where there is none."""
        found = self.rows("select doc from docs where kind = ? and owner = ? and key = ?", (kind, owner, key))
        if not found:
            raise KeyError(key)
        return parsed(found[0][0])

    def has(self, kind: str, key: str, owner: str = "") -> bool:
        """Whether there is such a record."""
        return bool(self.rows("select 1 from docs where kind = ? and owner = ? and key = ?", (kind, owner, key)))

    def all(self, kind: str, owner: str | None = None) -> Iterator[Document]:
        """All records of a kind, by owner and key."""
        where, values = ("", []) if owner is None else (" and owner = ?", [owner])
        for (doc,) in self.rows(f"select doc from docs where kind = ?{where} order by owner, key", [kind, *values]):
            yield parsed(doc)

    def place(self, order: Mapping[str, Any]) -> None:
        """A new order comes in now: it can be got by its number at once and is found once the index knows it."""
        with self._transaction() as db:
            self._put(db, "orders", str(order["siteId"]), str(order["orderNo"]), order, self.index_lag)

    def update(self, kind: str, key: str, changes: Mapping[str, Any], *, owner: str = "") -> None:
        """Change a record; its time of change becomes now."""
        document = {**self.get(kind, key, owner), **changes}
        for name in ("lastModified", "last_modified"):
            if name in document and name not in changes:
                document[name] = stamp(self.now())
        with self._transaction() as db:
            self._put(db, kind, owner, key, document, self.index_lag)

    def delete(self, kind: str, key: str, owner: str = "") -> None:
        """Remove a record without a trace."""
        with self._transaction() as db:
            db.execute("delete from docs where kind = ? and owner = ? and key = ?", (kind, owner, key))
            if kind == "orders":
                db.execute("delete from order_index where owner = ? and key = ?", (owner, key))

    # -- access ----------------------------------------------------------------------------------------------------------

    def add_client(
        self,
        client_id: str,
        client_secret: str | None = None,
        *,
        public_keys: Sequence[str] = (),
        scopes: Sequence[str] = READ_SCOPES,
        tenants: Sequence[str] | None = None,
        ocapi: bool = False,
        webdav: Sequence[str] = ("/impex",),
    ) -> None:
        """An API client of Account Manager.

        ``public_keys`` (PEM, also certificates; several, so that one can be replaced) allow private_key_jwt; ``scopes`` are its default
        scopes; ``tenants`` the filter of its role (this instance); ``ocapi`` opens what is read of OCAPI Data; ``webdav`` the folders
        that it may read.
        """
        doc = {
            "secret": client_secret,
            "public_keys": list(public_keys),
            "scopes": list(scopes),
            "tenants": [self.tenant] if tenants is None else list(tenants),
            "ocapi": ocapi,
            "webdav": list(webdav),
        }
        with self._transaction() as db:
            db.execute("insert or replace into clients values (?, ?)", (client_id, json.dumps(doc)))

    def client(self, client_id: str) -> Document | None:
        """What is known of an API client."""
        found = self.rows("select doc from clients where client_id = ?", (client_id,))
        return json.loads(found[0][0]) if found else None

    def new_token(self, client_id: str, scopes: Sequence[str]) -> str:
        """A token with these scopes."""
        token = secrets.token_urlsafe(60)
        expires = (self.now() + timedelta(seconds=self.token_seconds)).isoformat()
        with self._transaction() as db:
            db.execute("insert into tokens values (?, ?, ?, ?)", (token, client_id, json.dumps(list(scopes)), expires))
        return token

    def token(self, token: str) -> tuple[str, frozenset[str]] | None:
        """Client and scopes of a token; None for one that is unknown or has ended."""
        found = self.rows("select client_id, scopes, expires from tokens where token = ?", (token,))
        if not found or datetime.fromisoformat(found[0][2]) <= self.now():
            return None
        return str(found[0][0]), frozenset(json.loads(found[0][1]))

    def revoke(self) -> None:
        """All tokens end now."""
        with self._transaction() as db:
            db.execute("delete from tokens")

    def use_assertion(self, number: str) -> bool:
        """False where an assertion with this id came before."""
        with self._transaction() as db:
            return db.execute("insert or ignore into assertions values (?)", (number,)).rowcount == 1


def stamp(moment: datetime) -> str:
    """A time as the APIs write it: UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(text: str) -> Document:
    """A document with its amounts as Decimal."""
    result: Document = json.loads(text, parse_float=Decimal)
    return result


def text_of(document: Any) -> str:
    """JSON with every amount digit by digit; keys without a value are left out, as the vendor does."""
    return dump(_plain(document)).decode().rstrip("\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        text = f"{value:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return exact(text) if "." in text else int(text)
    if isinstance(value, float):
        raise TypeError("amounts are Decimal here, never float")
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
