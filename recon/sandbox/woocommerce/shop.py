"""The stand-in's records and settings in one SQLite file, so that a restart finds them again."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from recon.sandbox.control import Clock, utc_now
from recon.sandbox.faults import Faults
from recon.sandbox.woocommerce.defaults import Document, completed, naive

KINDS = ("orders", "refunds", "customers", "products", "variations", "coupons", "taxes", "subscriptions")
CORE_STATUSES = {
    "pending": "Pending payment", "processing": "Processing", "on-hold": "On hold", "completed": "Completed", "cancelled": "Cancelled",
    "refunded": "Refunded", "failed": "Failed", "checkout-draft": "Draft",
}  # fmt: skip

_TABLES = """
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists docs (
  kind text not null, id integer not null, parent integer not null, status text not null, created text not null, modified text not null,
  owner text not null, doc text not null, primary key (kind, id)
) without rowid;
create index if not exists docs_parent on docs (kind, parent);
create table if not exists keys (key text primary key, secret text not null, permissions text not null, role text not null) without rowid;
create table if not exists nonces (nonce text primary key, at integer not null) without rowid;
"""


class Shop:
    """One site. ``version`` decides which routes there are; ``folder_path`` is the folder in which the site lies on its host.

    Settings given to an existing folder replace those kept there; the rest stays.
    """

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = utc_now, **settings: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = Clock(folder / "clock.json", now)
        self.faults = Faults(folder / "faults.json")
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / "shop.sqlite", check_same_thread=False, isolation_level=None)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + _TABLES)
        unknown = settings.keys() - _SETTINGS.keys()
        if unknown:
            raise TypeError(f"a shop has no setting {sorted(unknown)[0]}")
        for name, value in settings.items():
            self.set(name, value)

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def now(self) -> datetime:
        """The site's present."""
        return self.clock()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.offset_seconds += seconds

    # -- settings ------------------------------------------------------------------------------------------

    def get(self, name: str) -> Any:
        """A setting: see ``_SETTINGS`` for names and defaults."""
        rows = self.rows("select value from meta where key = ?", (name,))
        return json.loads(rows[0][0]) if rows else _SETTINGS[name]

    def set(self, name: str, value: Any) -> None:
        """Change a setting for good."""
        self.run("insert or replace into meta values (?, ?)", (name, json.dumps(value)))

    @property
    def zone(self) -> ZoneInfo:
        """The shop's zone."""
        return ZoneInfo(self.get("time_zone"))

    def since(self, *version: int) -> bool:
        """Whether the site runs this version of WooCommerce or a later one."""
        return tuple(int(part) for part in self.get("version").split(".")[: len(version)]) >= version

    def statuses(self) -> dict[str, str]:
        """Statuses of orders that are registered: those of plugins only while the plugin is active."""
        return {**CORE_STATUSES, **self.get("plugin_statuses")}

    def add_key(self, key: str, secret: str, *, permissions: str = "read", role: str = "shop_manager") -> None:
        """An API key of a user with this role."""
        self.run("insert or replace into keys values (?, ?, ?, ?)", (key, secret, permissions, role))

    def key(self, key: str) -> tuple[str, str, str] | None:
        """Secret, permissions and role of a key."""
        rows = self.rows("select secret, permissions, role from keys where key = ?", (key,))
        return rows[0] if rows else None

    def take_nonce(self, nonce: str, timestamp: int) -> bool:
        """Whether a nonce is new; remembers it."""
        with self._lock:
            return self._db.execute("insert or ignore into nonces values (?, ?)", (nonce, timestamp)).rowcount == 1

    # -- records -------------------------------------------------------------------------------------------

    def load(self, kind: str, documents: Iterable[Document]) -> list[int]:
        """Put records in as they are given, missing fields filled; ValueError for unknown kinds and fields."""
        if kind not in KINDS:
            raise ValueError(f"there are no {kind}")
        ids = []
        with self._lock:
            self._db.execute("begin immediate")
            try:
                for given in documents:
                    document = completed(kind, given, self.zone, self.now())
                    self._put(kind, document)
                    ids.append(int(document["id"]))
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")
        return ids

    def change(self, kind: str, number: int, **fields: Any) -> None:
        """Change fields of a record now; its time of change moves."""
        document = self.record(kind, number)
        if document is None:
            raise KeyError(number)
        moved = {} if kind in {"refunds", "taxes"} else {"date_modified_gmt": naive(self.now())}
        self.load(kind, [{**document, **moved, **fields}])

    def trash(self, kind: str, number: int) -> None:
        """Put a record into the trash."""
        self.change(kind, number, status="trash")

    def delete(self, kind: str, number: int) -> None:
        """Delete a record for good: it leaves no trace."""
        self.run("delete from docs where kind = ? and id = ?", (kind, number))

    def record(self, kind: str, number: int) -> Document | None:
        """A record by id."""
        rows = self.rows("select doc from docs where kind = ? and id = ?", (kind, number))
        return json.loads(rows[0][0]) if rows else None

    def listed(self, kind: str, where: str, values: Sequence[Any], order: str, limit: int, offset: int) -> list[Document]:
        """Records that meet a condition."""
        sql = f"select doc from docs where kind = ? and ({where}) order by {order} limit ? offset ?"
        return [json.loads(text) for (text,) in self.rows(sql, [kind, *values, limit, offset])]

    def count(self, kind: str, where: str, values: Sequence[Any]) -> int:
        """How many meet a condition."""
        return int(self.rows(f"select count(*) from docs where kind = ? and ({where})", [kind, *values])[0][0])

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with self._lock:
            self._db.execute(sql, values)

    def _put(self, kind: str, document: Document) -> None:
        created = document.get("date_created_gmt") or ""
        owner = {"customers": document.get("role"), "products": document.get("type")}.get(kind) or ""
        row = (
            kind, document["id"], document.get("parent_id") or 0, document.get("status") or "", created,
            document.get("date_modified_gmt") or created, owner, json.dumps(document, ensure_ascii=False),
        )  # fmt: skip
        self._db.execute("insert or replace into docs values (?, ?, ?, ?, ?, ?, ?, ?)", row)


_SETTINGS: dict[str, Any] = {
    "name": "Example shop",
    "version": "11.0.1",
    "wordpress": "7.1.4",
    "hpos": True,
    "currency": "EUR",
    "decimals": 2,
    "time_zone": "Europe/Berlin",
    "tax_included": False,
    "subscriptions": False,
    "plugin_statuses": {},
    "unsearchable": [],
    "plain_permalinks": False,
    "folder_path": "",
    "api_path": "/wp-json",
}
"""Settings and their defaults. ``unsearchable``: statuses of plugins that status=any leaves out although they are registered."""
