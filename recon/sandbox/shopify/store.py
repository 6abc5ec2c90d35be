"""The stand-in shop's records in SQLite: documents as JSON, an index for lists, and where to find what is inside documents.

``docs`` is what reads by id see at once; ``idx`` is the search index, which may lag behind (then ``stale`` keeps the old document).
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recon.sandbox.shopify.documents import check_document, number_of
from recon.sandbox.shopify.facets import facets_of, times_of

Document = dict[str, Any]

_TABLES = """
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists docs (gid text primary key, kind text not null, num integer not null, doc text not null);
create table if not exists idx (
  gid text primary key, kind text not null, num integer not null, root text not null,
  created_at text, updated_at text, processed_at text, facets text not null, stale text
);
create index if not exists idx_num on idx (kind, num);
create index if not exists idx_created on idx (kind, created_at, num);
create index if not exists idx_updated on idx (kind, updated_at, num);
create index if not exists idx_processed on idx (kind, processed_at, num);
create index if not exists idx_root on idx (root);
create table if not exists inner_ids (gid text not null, root text not null, primary key (gid, root)) without rowid;
create index if not exists inner_roots on inner_ids (root);
create table if not exists refs (
  name text not null, source text not null, target text not null, primary key (name, source, target)
) without rowid;
create index if not exists refs_target on refs (target);
create table if not exists tombs (gid text primary key, at text not null) without rowid;
create table if not exists lagging (gid text primary key) without rowid;
create table if not exists clients (client_id text primary key, secret text not null) without rowid;
create table if not exists tokens (token text primary key, expires_at text) without rowid;
create table if not exists operations (id integer primary key, at text not null, kind text not null, name text, fields text not null);
"""

INNER_LISTS = {"products": ("variants", "product_variants"), "companies": ("locations", "company_locations")}
"""kind → (key inside its documents, the list those show up in)"""

_CACHED = 2048


class Store:
    """One SQLite file; every method is one transaction and may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + _TABLES)
        self._cache: OrderedDict[str, Document] = OrderedDict()

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; other threads wait."""
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                self._cache.clear()
                raise
            self._db.execute("commit")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        with self.transaction() as db:
            db.execute(sql, values)

    def meta(self, key: str, default: Any = None) -> Any:
        """A setting of the shop."""
        rows = self.rows("select value from meta where key = ?", (key,))
        return json.loads(rows[0][0]) if rows else default

    def set_meta(self, key: str, value: Any) -> None:
        """Remember a setting of the shop."""
        self.run("insert or replace into meta values (?, ?)", (key, json.dumps(value)))

    def put_all(self, kind: str, documents: Iterable[Document], *, index: bool = True) -> int:
        """Write documents (checked first) and, unless the index lags, their index rows; returns how many."""
        count = 0
        with self.transaction() as db:
            for document in documents:
                found = check_document(kind, document)
                self._put(db, kind, document, found, index=index)
                count += 1
        return count

    def _put(self, db: sqlite3.Connection, kind: str, document: Document, found: list[tuple[str, str]], *, index: bool) -> None:
        gid = str(document["id"])
        if not index:
            db.execute(
                "update idx set stale = coalesce(stale, (select doc from docs where gid = idx.root)) where root = ?",
                (gid,),
            )
            db.execute("insert or ignore into lagging values (?)", (gid,))
        db.execute("insert or replace into docs values (?, ?, ?, ?)", (gid, kind, number_of(gid), json.dumps(document, ensure_ascii=False)))
        db.execute("delete from inner_ids where root = ?", (gid,))
        db.executemany("insert or ignore into inner_ids values (?, ?)", ((inner, gid) for inner, _ in found if inner != gid))
        db.execute("delete from refs where target = ?", (gid,))
        db.executemany("insert or ignore into refs values (?, ?, ?)", ((name, source, gid) for name, source in _refs(kind, document)))
        db.execute("delete from tombs where gid = ?", (gid,))
        self._cache.pop(gid, None)
        if index:
            _index(db, kind, document)

    def get(self, gid: str) -> tuple[str, Document] | None:
        """Kind and present document of a root record. The document must not be changed."""
        with self._lock:
            cached = self._cache.get(gid)
            if cached is not None:
                self._cache.move_to_end(gid)
                return cached["kind"], cached["doc"]
            row = self._db.execute("select kind, doc from docs where gid = ?", (gid,)).fetchone()
            if row is None:
                return None
            entry = {"kind": row[0], "doc": json.loads(row[1])}
            self._cache[gid] = entry
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
            return entry["kind"], entry["doc"]

    def roots_of(self, inner: str) -> list[str]:
        """Root records that hold something with this id."""
        return [row[0] for row in self.rows("select root from inner_ids where gid = ? order by root", (inner,))]

    def targets(self, name: str, source: str) -> list[str]:
        """Root records that point at ``source`` by the reference ``name``, oldest id first."""
        rows = self.rows(
            "select refs.target from refs join docs on docs.gid = refs.target where name = ? and source = ? order by docs.num",
            (name, source),
        )
        return [row[0] for row in rows]

    def is_deleted(self, gid: str) -> bool:
        """Whether a record of this id was deleted."""
        return bool(self.rows("select 1 from tombs where gid = ?", (gid,)))

    def bury(self, gids: Iterable[str], at: str) -> None:
        """Remember ids as deleted: references to them are null from now on."""
        with self.transaction() as db:
            db.executemany("insert or replace into tombs values (?, ?)", ((gid, at) for gid in gids))

    def delete(self, gid: str, at: str, *, index: bool = True) -> None:
        """Forget a record; with a lagging index lists go on showing it."""
        with self.transaction() as db:
            if index:
                db.execute("delete from idx where root = ?", (gid,))
            else:
                db.execute("update idx set stale = coalesce(stale, (select doc from docs where gid = idx.root)) where root = ?", (gid,))
                db.execute("insert or ignore into lagging values (?)", (gid,))
            db.execute("delete from docs where gid = ?", (gid,))
            db.execute("delete from inner_ids where root = ?", (gid,))
            db.execute("delete from refs where target = ?", (gid,))
            db.execute("insert or replace into tombs values (?, ?)", (gid, at))
            self._cache.pop(gid, None)

    def catch_up(self) -> None:
        """Bring the index up to date."""
        with self.transaction() as db:
            for (gid,) in db.execute("select gid from lagging").fetchall():
                db.execute("delete from idx where root = ?", (gid,))
                row = db.execute("select kind, doc from docs where gid = ?", (gid,)).fetchone()
                if row is not None:
                    _index(db, row[0], json.loads(row[1]))
            db.execute("delete from lagging")

    def listed(
        self, kind: str, where: str, values: Sequence[Any], sort: str, limit: int, *, down: bool = False
    ) -> list[tuple[str, int, Any, str, Document]]:
        """Rows of the index as (id, number, sort value, root id, root document as the index knows it)."""
        way = " desc" if down else ""
        sql = (
            f"select idx.gid, idx.num, {sort}, idx.root, coalesce(idx.stale, docs.doc) from idx left join docs on docs.gid = idx.root"
            f" where idx.kind = ? and ({where}) order by {sort}{way}, idx.num{way} limit ?"
        )
        parsed: dict[str, Document] = {}
        found = []
        for gid, number, value, root, text in self.rows(sql, [kind, *values, limit]):
            if text is None:
                continue
            if root not in parsed:
                parsed[root] = json.loads(text)
            found.append((gid, number, value, root, parsed[root]))
        return found

    def count(self, kind: str, where: str, values: Sequence[Any]) -> int:
        """How many rows of the index meet a condition."""
        return int(self.rows(f"select count(*) from idx where idx.kind = ? and ({where})", [kind, *values])[0][0])


def _index(db: sqlite3.Connection, kind: str, document: Document) -> None:
    gid = str(document["id"])
    db.execute("delete from idx where root = ?", (gid,))
    rows = [_row(kind, document, gid, document)]
    if kind in INNER_LISTS:
        key, inner_kind = INNER_LISTS[kind]
        rows += [_row(inner_kind, inner, gid, document) for inner in document.get(key) or ()]
    db.executemany("insert or replace into idx values (?, ?, ?, ?, ?, ?, ?, ?, null)", rows)


def _row(kind: str, document: Document, root: str, parent: Document) -> tuple[Any, ...]:
    gid = str(document["id"])
    created, updated, processed = times_of(document)
    born, moved, _ = times_of(parent)
    facets = json.dumps(facets_of(kind, document), ensure_ascii=False)
    # empty and not NULL: pages are continued by comparing (time, number) with the cursor's
    return gid, kind, number_of(gid), root, created or born or "", updated or moved or "", processed or born or "", facets


def _refs(kind: str, document: Document) -> Iterator[tuple[str, str]]:
    """(name, id pointed at) of references that are walked backwards."""
    if kind == "orders" and (customer := (document.get("customer") or {}).get("id")):
        yield "customer.orders", customer
    if kind == "fulfillment_orders":
        yield "order.fulfillmentOrders", document["orderId"]
    if kind == "products":
        for variant in document.get("variants") or ():
            yield "item.product", variant["inventoryItem"]["id"]
