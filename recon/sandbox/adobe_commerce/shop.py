"""The stand-in shop: its records in SQLite, its stores, its credentials and what is installed."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from recon.sandbox.adobe_commerce.routes import ALL_RIGHTS, BY_KIND, KINDS
from recon.sandbox.control import utc_now
from recon.sandbox.faults import Faults
from recon.sandbox.state import State
from recon.systems.exact import dump, exact

Document = dict[str, Any]

TOKEN_SECONDS = 3600

_TABLES = """
create table if not exists docs (kind text not null, key text not null, num integer not null, doc text not null, primary key (kind, key));
create index if not exists docs_num on docs (kind, num);
create table if not exists prices (kind text not null, sku text not null collate nocase, doc text not null);
create index if not exists prices_sku on prices (kind, sku);
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists nonces (nonce text not null, stamp integer not null, primary key (nonce, stamp)) without rowid;
create table if not exists tokens (token text primary key, expires_at text not null) without rowid;
create table if not exists broken (kind text not null, key text not null, primary key (kind, key)) without rowid;
"""

MAIN = {
    "websites": [
        {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
        {"id": 1, "code": "base", "name": "Main Website", "default_group_id": 1},
    ],
    "views": [
        {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1},
        {"id": 1, "code": "default", "name": "Default Store View", "website_id": 1, "store_group_id": 1, "is_active": 1},
    ],
}


class Shop(State):
    """One shop in a folder; everything survives a restart.

    ``version`` decides which faults of old releases it shows: below 2.4 the page number is clamped to the last page, 2.4.6 refuses
    signatures of values with a blank. ``modules`` are what is installed of msi, b2b and commerce. ``service`` is the cloud service.
    """

    def __init__(
        self,
        folder: Path,
        *,
        version: str = "2.4.8",
        service: bool = False,
        currency: str = "EUR",
        time_zone: str = "Europe/Berlin",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(folder, "shop.sqlite", _TABLES, now)
        self.version = version
        self.service = service
        self.tenant = "Tn4cYx2Demo"
        self.faults = Faults(folder / "faults.json")
        self.rights: frozenset[str] = ALL_RIGHTS
        self.modules = frozenset({"msi", "b2b", "commerce"})
        self.bearer_allowed = service
        self.largest_page: int | None = None
        """``Web API input limits``: None leaves them off, as the vendor does"""
        self._number = 0
        if self.meta("stores") is None:
            self.set_stores(MAIN["websites"], MAIN["views"], currency=currency, time_zone=time_zone)

    # -- state -------------------------------------------------------------------------------------------

    def set_stores(
        self,
        websites: Sequence[Mapping[str, Any]],
        views: Sequence[Mapping[str, Any]],
        *,
        currency: str = "EUR",
        time_zone: str = "Europe/Berlin",
    ) -> None:
        """Websites and store views; each view's configuration follows from them."""
        configs = [
            {
                "id": view["id"],
                "code": view["code"],
                "website_id": view["website_id"],
                "locale": "de_DE",
                "base_currency_code": currency,
                "default_display_currency_code": currency,
                "timezone": time_zone,
                "weight_unit": "kgs",
                **{f"{secure}base_{kind}": "https://shop.example/" for secure in ("", "secure_") for kind in _URLS},
            }
            for view in views
        ]
        self._set_meta("stores", {"websites": list(websites), "views": list(views), "configs": configs})

    def load(self, kind: str, documents: Iterable[Mapping[str, Any]]) -> int:
        """Put records in, replacing those with the same key. Keys without a value are left out, as the vendor does."""
        if kind not in KINDS:
            raise ValueError(f"there is no list {kind}")
        count = 0
        with self._transaction() as db:
            for document in documents:
                self._put(db, kind, dict(document))
                count += 1
        return count

    def _put(self, db: sqlite3.Connection, kind: str, document: Document) -> None:
        text = _text(document)
        if kind.endswith("_prices"):
            db.execute("insert into prices values (?, ?, ?)", (kind, document["sku"], text))
            return
        key = BY_KIND[kind].key if kind in BY_KIND else ""
        if kind == "stock_items":
            db.execute("insert or replace into docs values (?, ?, ?, ?)", (kind, str(document.pop("sku")).lower(), 0, _text(document)))
            return
        name = str(document[key]) if key else f"{document.get('source_code', document.get('website'))}/{document['sku']}"
        number = int(name) if name.isdigit() else self._next_number(db)
        db.execute("insert or replace into docs values (?, ?, ?, ?)", (kind, name, number, text))

    def _next_number(self, db: sqlite3.Connection) -> int:
        if not self._number:
            self._number = db.execute("select coalesce(max(num), 0) from docs").fetchone()[0]
        self._number += 1
        return self._number

    def get(self, kind: str, key: str | int) -> Document:
        """A record; KeyError where there is none."""
        found = self.rows("select doc from docs where kind = ? and key = ?", (kind, str(key)))
        if not found:
            raise KeyError(key)
        result: Document = json.loads(found[0][0], parse_float=Decimal)
        return result

    def update(self, kind: str, key: str | int, changes: Mapping[str, Any], *, touch: bool = True) -> None:
        """Change a record; ``touch`` False leaves updated_at as it was, as address edits and price imports do."""
        document = {**self.get(kind, key), **changes}
        if touch and "updated_at" in document:
            document["updated_at"] = f"{self.now().astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        self.load(kind, [document])

    def delete(self, kind: str, key: str | int) -> None:
        """Remove a record without a trace."""
        with self._transaction() as db:
            db.execute("delete from docs where kind = ? and key = ?", (kind, str(key)))

    def break_record(self, kind: str, key: str | int) -> None:
        """From now on every page with this record fails with status 500."""
        with self._transaction() as db:
            db.execute("insert or ignore into broken values (?, ?)", (kind, str(key)))

    def is_broken(self, kind: str, keys: Sequence[str]) -> bool:
        """Whether one of these records breaks its page."""
        broken = {row[0] for row in self.rows("select key from broken where kind = ?", (kind,))}
        return bool(broken.intersection(keys))

    # -- credentials -------------------------------------------------------------------------------------

    def add_integration(self, consumer_key: str, consumer_secret: str, token: str, token_secret: str) -> None:
        """Credentials of an activated integration."""
        self._set_meta("integration", [consumer_key, consumer_secret, token, token_secret])

    def add_client(self, client_id: str, client_secret: str, organization: str) -> None:
        """A server-to-server credential of the cloud service."""
        self._set_meta("client", [client_id, client_secret, organization])

    def new_token(self) -> str:
        """A token of the cloud service."""
        token = secrets.token_urlsafe(48)
        expires = (self.now() + timedelta(seconds=TOKEN_SECONDS)).isoformat()
        with self._transaction() as db:
            db.execute("insert into tokens values (?, ?)", (token, expires))
        return token

    def knows_token(self, token: str) -> bool:
        """Whether a token of the cloud service still holds."""
        found = self.rows("select expires_at from tokens where token = ?", (token,))
        return bool(found) and datetime.fromisoformat(found[0][0]) > self.now()

    def revoke(self) -> None:
        """All tokens of the cloud service end now."""
        with self._transaction() as db:
            db.execute("delete from tokens")

    def use_nonce(self, nonce: str, stamp: int) -> bool:
        """False where the same nonce came before with the same time."""
        with self._transaction() as db:
            return db.execute("insert or ignore into nonces values (?, ?)", (nonce, stamp)).rowcount == 1


_URLS = ("url", "link_url", "static_url", "media_url")


def _text(document: Mapping[str, Any]) -> str:
    return dump(_plain(document)).decode().rstrip("\n")


_NULLS = frozenset({"account_status", "cc_last4", "price_from", "price_to", "reject_reason", "rejected_at"})
"""Keys that come as null: their getters are required (vendor's REST processor)."""


def _plain(value: Any) -> Any:
    """Decimals as numbers, digit by digit; nulls left out."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return exact(text) if "." in text else int(text)
    if isinstance(value, float):
        raise TypeError("amounts are Decimal here, never float")
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items() if entry is not None or key in _NULLS}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
