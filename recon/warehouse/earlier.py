"""What changed since the snapshot before: ``value_changes``, by which rules see earlier values.

The warehouse of the newest earlier snapshot of the same systems lies beside; what it says of some columns is held against the new one, and
what it knows of changes before is taken over. So the table is bounded: 30 days, and a number of rows. It is the only table that depends on
more than a snapshot's own chain; without a usable earlier warehouse it is empty, and ``coverage`` says why.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from recon.errors import ReconError
from recon.snapshot import manifest as manifests
from recon.snapshot.manifest import Manifest
from recon.snapshot.run import is_partial
from recon.warehouse.coverage import Row
from recon.warehouse.engine import FILE_NAME, connect, quote

COLUMNS: dict[str, tuple[str, ...]] = {
    "orders": ("status", "payment_status", "fulfillment_status", "customer_id", "email", "currency", "total", "current_total", "discount",
               "shipping", "tax"),
    "customers": ("email", "phone", "first_name", "last_name", "company", "address1", "city", "postal_code", "country", "email_consent",
                  "sms_consent"),
    "products": ("sku", "barcode", "title", "status"),
    "prices": ("amount", "currency", "is_active"),
}  # fmt: skip
"""Canonical table → columns that are held against the earlier snapshot; stock is not among them, it comes and goes with every sale."""

DAYS = 30
MOST = 1_000_000
"""Rows that are kept, the newest first."""


def compare(con: duckdb.DuckDBPyConnection, folder: Path, manifest: Manifest, digest: str) -> list[Row]:
    """Fill ``value_changes`` of the warehouse that is being built; what to write into coverage about it."""
    before = _before(folder, manifest)
    if before is None:
        return _rows(manifest, "There is no earlier snapshot of the same systems.")
    path = before[0] / FILE_NAME
    if not _is_usable(path, digest):
        return _rows(manifest, "The snapshot before was not audited by this version of recon.")
    con.execute(f"attach {quote(str(path))} as earlier (read_only)")
    try:
        _fill(con, _at(before[1]), _at(manifest))
    finally:
        con.execute("detach earlier")
    return _rows(manifest, None)


def _before(folder: Path, manifest: Manifest) -> tuple[Path, Manifest] | None:
    """The newest finished snapshot before this one that lies beside it and reads the same systems in the same way."""
    found: list[tuple[Path, Manifest]] = []
    for path in folder.parent.glob(f"*/{manifests.FILE_NAME}"):
        if path.parent == folder or is_partial(path.parent):
            continue
        try:
            other = manifests.load(path.parent)
        except ReconError:
            continue
        if other.started_at < manifest.started_at and _reads(other) == _reads(manifest):
            found.append((path.parent, other))
    return max(found, key=lambda one: one[1].started_at, default=None)


def _reads(manifest: Manifest) -> list[tuple[object, ...]]:
    """What makes values of two snapshots comparable: another mapping shows other values of the same records."""
    return [(system.name, system.kind, system.account_id, system.mapping) for system in sorted(manifest.systems, key=lambda one: one.name)]


def _is_usable(path: Path, digest: str) -> bool:
    if not path.is_file():
        return False
    try:
        with connect(path) as con:
            return con.execute("select value from meta where key = 'digest'").fetchall() == [(digest,)]
    except (ReconError, duckdb.Error):
        return False


def _fill(con: duckdb.DuckDBPyConnection, before: datetime, now: datetime) -> None:
    times = {"before": before, "now": now}
    for entity, columns in COLUMNS.items():
        differs = [f"n.{column} is distinct from p.{column}" for column in columns]
        fields = [
            f"case when {test} then {{'f': '{c}', 'o': cast(p.{c} as varchar), 'n': cast(n.{c} as varchar)}} end"
            for c, test in zip(columns, differs, strict=True)
        ]
        con.execute(
            f"""
insert into value_changes
with differing as (
  select n.system, n.record_id, unnest(list_filter([{", ".join(fields)}], lambda x: x is not null)) as d
  from {entity} as n
  inner join earlier.main.{entity} as p on n.system = p.system and n.record_id = p.record_id
  where {" or ".join(differs)}
),
unread as (
  select c.system, c.field from coverage as c where c.entity = {quote(entity)} and c.field is not null and not c.readable
  union
  select c.system, c.field from earlier.main.coverage as c where c.entity = {quote(entity)} and c.field is not null and not c.readable
)
select d.system, {quote(entity)}, d.record_id, d.d.f, d.d.o, d.d.n, $before, $now
from differing as d
where not exists (select 1 from unread as u where u.system = d.system and u.field = d.d.f)
""",
            times,
        )
    con.execute(
        f"""
insert into value_changes
select v.* from earlier.main.value_changes as v where v.until_at >= $now - to_days({DAYS}) and v.until_at <= $before
order by v.until_at desc, v.system, v.entity, v.record_id, v.field limit {MOST}
""",
        times,
    )


def _at(manifest: Manifest) -> datetime:
    return manifest.started_at.astimezone(UTC).replace(tzinfo=None)


def _rows(manifest: Manifest, why: str | None) -> list[Row]:
    return [Row(system.name, "value_changes", None, why is None, why is None, why, why is not None) for system in manifest.systems]
