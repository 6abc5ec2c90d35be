"""The stand-in store's records in SQLite: documents as the vendor answers them, with what is needed to filter and page them."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from recon.sandbox.bigcommerce.quota import Quota
from recon.sandbox.control import Clock, utc_now
from recon.sandbox.faults import Faults

Document = dict[str, Any]

KINDS: Mapping[str, tuple[str, str, str]] = {
    "orders": ("id", "date_created", "date_modified"),
    "shipments": ("id", "date_created", "date_created"),
    "transactions": ("id", "date_created", "date_created"),
    "refunds": ("id", "created", "created"),
    "customers": ("id", "date_created", "date_modified"),
    "subscribers": ("id", "date_created", "date_modified"),
    "products": ("id", "date_created", "date_modified"),
    "inventory": ("identity.variant_id", "", ""),
    "locations": ("id", "created_at", "updated_at"),
    "price_lists": ("id", "date_created", "date_modified"),
    "price_records": ("variant_id", "date_created", "date_modified"),
    "channels": ("id", "date_created", "date_modified"),
    "companies": ("companyId", "createdAt", "updatedAt"),
}
"""kind → (key with the id, with the time of creation, with that of the last change)"""

_PARENTS = {"shipments": "order_id", "transactions": "order_id", "refunds": "order_id", "price_records": "price_list_id"}

ALL_SCOPES = (
    "store_v2_orders_read_only",
    "store_v2_transactions_read_only",
    "store_v2_customers_read_only",
    "store_v2_products_read_only",
    "store_inventory_read_only",
    "store_locations_read_only",
    "store_v2_information_read_only",
    "store_channel_settings_read_only",
)

_TABLES = """
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists tokens (token text primary key, scopes text not null) without rowid;
create table if not exists records (
  kind text not null, parent integer not null, id integer not null, part text not null, created text not null, modified text not null,
  hidden integer not null, doc text not null, primary key (kind, parent, id, part)
) without rowid;
create index if not exists records_modified on records (kind, modified);
"""

_INFORMATION: Document = {
    "name": "Demo Store",
    "domain": "demo-store.example.com",
    "secure_url": "https://demo-store.example.com",
    "status": "live",
    "currency": "EUR",
    "currency_symbol": "€",
    "decimal_places": 2,
    "language": "en",
    "country_code": "DE",
    "timezone": {"name": "Europe/Berlin", "raw_offset": 3600, "dst_offset": 7200, "dst_correction": True},
    "plan_name": "Pro",
    "plan_level": "Pro",
    "plan_is_trial": False,
    "is_price_entered_with_tax": True,
    "default_channel_id": 1,
}


class Store:
    """One store. State lives in ``folder`` and is there again when a Store is made on the same folder.

    ``hash_`` is the store hash, ``information`` what GET /v2/store says besides the defaults; both are remembered.
    ``lines_embedded`` is the length at which lists inside an order are cut, ``price_lists`` False makes a plan without them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        hash_: str | None = None,
        information: Mapping[str, Any] | None = None,
        quota: int = 450,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = Clock(folder / "clock.json", now)
        self.faults = Faults(folder / "faults.json")
        self.lines_embedded = 50
        self.price_lists = True
        self.knows_is_deleted = True
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / "store.sqlite", check_same_thread=False, isolation_level=None)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + _TABLES)
        self.hash: str = self._kept("hash", hash_, "a1b2c3d4e5")
        self.information: Document = self._kept("information", {**_INFORMATION, **information} if information else None, _INFORMATION)
        self._skipped = 0.0
        self.quota = Quota(quota, self.seconds)

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    def now(self) -> datetime:
        """The store's present."""
        return self.clock()

    def seconds(self) -> float:
        """Seconds for the quota: they also pass by :meth:`skip`."""
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass for the quota without waiting."""
        self._skipped += seconds

    def _kept(self, key: str, given: Any, default: Any) -> Any:
        if given is None:
            rows = self.rows("select value from meta where key = ?", (key,))
            return json.loads(rows[0][0]) if rows else default
        with self._lock:
            self._db.execute("insert or replace into meta values (?, ?)", (key, json.dumps(given)))
        return given

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # -- access ----------------------------------------------------------------------------------------

    def add_token(self, token: str, scopes: Iterable[str] = ALL_SCOPES) -> None:
        """An API account with these scopes."""
        with self._lock:
            self._db.execute("insert or replace into tokens values (?, ?)", (token, json.dumps(sorted(scopes))))

    def revoke(self, token: str) -> None:
        """Delete an API account."""
        with self._lock:
            self._db.execute("delete from tokens where token = ?", (token,))

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """Scopes of a token; None where it is not known."""
        found = self.rows("select scopes from tokens where token = ?", (token,))
        return frozenset(json.loads(found[0][0])) if found else None

    # -- records ---------------------------------------------------------------------------------------

    def load(self, kind: str, documents: Iterable[Document]) -> int:
        """Write documents, replacing those of the same id; returns how many. KeyError for one without id or of an unknown kind."""
        keys = KINDS[kind]
        count = 0
        with self._lock:
            self._db.execute("begin immediate")
            try:
                for document in documents:
                    row = (
                        kind,
                        int(document.get(_PARENTS.get(kind, ""), 0)),
                        int(_value(document, keys[0])),
                        str(document.get("currency", "")) if kind == "price_records" else "",
                        moment(_value(document, keys[1], "")),
                        moment(_value(document, keys[2], "")),
                        int(bool(document.get("is_deleted"))),
                        json.dumps(document, ensure_ascii=False),
                    )
                    self._db.execute("insert or replace into records values (?, ?, ?, ?, ?, ?, ?, ?)", row)
                    count += 1
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")
        return count

    def get(self, kind: str, number: int) -> Document | None:
        """A document by id."""
        found = self.rows("select doc from records where kind = ? and id = ?", (kind, number))
        return json.loads(found[0][0]) if found else None

    def change(self, kind: str, number: int, **fields: Any) -> None:
        """Change fields of a document; its time of change does not move unless given."""
        document = self.get(kind, number)
        if document is None:
            raise KeyError(number)
        self.load(kind, [{**document, **fields}])

    def archive(self, number: int, at: str) -> None:
        """What the control panel calls deleting an order."""
        self.change("orders", number, is_deleted=True, date_modified=at)

    def delete(self, kind: str, number: int) -> None:
        """Forget a record without a trace."""
        with self._lock:
            self._db.execute("delete from records where kind = ? and id = ?", (kind, number))

    def listed(self, kind: str, where: str, values: Sequence[Any], order: str, limit: int, offset: int) -> list[Document]:
        """Documents of a list."""
        sql = f"select doc from records where kind = ? and ({where}) order by {order} limit ? offset ?"
        return [json.loads(row[0]) for row in self.rows(sql, [kind, *values, limit, offset])]

    def count(self, kind: str, where: str = "1", values: Sequence[Any] = ()) -> int:
        """How many documents a list has."""
        return int(self.rows(f"select count(*) from records where kind = ? and ({where})", [kind, *values])[0][0])


def _value(document: Mapping[str, Any], key: str, default: Any = None) -> Any:
    if not key:
        return default
    value: Any = document
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None and default is None:
        raise KeyError(key)
    return default if value is None else value


def moment(value: Any) -> str:
    """A time of either API (or a Unix time) in a form that sorts; empty where there is none. ValueError for anything else."""
    if value in {"", None}:
        return ""
    if isinstance(value, int):
        parsed = datetime.fromtimestamp(value, UTC)
    else:
        text = str(value)
        parsed = parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return parsed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
