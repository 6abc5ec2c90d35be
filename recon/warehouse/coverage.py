"""What could and could not be read, as rows of ``coverage``: one per system and canonical table, one per column that is missing.

No rule may take unread for blank, so every doubt becomes a row: a stream that was not read or not proven, a role that nobody
mapped, a field that the integration user may not see, a text that is no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from recon.config.mapping import GENERIC_ID, TABLE_KINDS, Mapping, ObjectMapping, roles_of
from recon.snapshot.manifest import SystemEntry
from recon.warehouse.raw import Source

RECORD_TABLES = (
    "customers", "orders", "order_lines", "fulfillments", "fulfillment_lines", "refunds", "refund_lines", "returns", "return_lines",
    "payments", "products", "prices", "locations", "inventory_levels", "companies", "subscriptions", "write_errors",
    "field_changes", "deletions",
)  # fmt: skip

NOT_MAPPED = "No field is mapped to it."
"""Reason of a column that recon.toml names no field for: its values are nowhere, which is less than a field that cannot be read."""

DERIVED = {
    "email": ("email_key", "email_key_weak"),
    "phone": ("phone_key",),
    "first_name": ("name_key",),
    "last_name": ("name_key",),
    "postal_code": ("postal_key",),
    "sku": ("sku_key",),
    "number": ("number_key",),
}
"""Keys that are as unreadable as what they are made of."""

ROLE_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {"customer_id": ("customer_id", "contact_id")},
    "order_lines": {
        "sku": ("sku", "product_id"), "variant_id": ("product_id",), "current_quantity": ("quantity",),
    },
    "customers": {"email_consent": ("email_consent", "email_opt_out")},
    "products": {"status": ("status", "is_active")},
    "prices": {"variant_id": ("product_id",), "sku_key": ("product_id",)},
    "inventory_levels": {"variant_id": ("product_id",), "sku_key": ("sku", "product_id")},
}  # fmt: skip
"""Canonical columns that are made of roles with other names; any one of them is enough."""

TABLE_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {
        "customer_id": ("customer_id",), "status": ("status", "cancelled_at"), "created_at": ("created_at", "placed_at"),
        "placed_at": ("placed_at", "placed_date", "created_at"),
    },
    "order_lines": {
        "variant_id": ("variant_id", "product_id"), "current_quantity": ("current_quantity", "quantity"),
        "refunded_quantity": ("refunded_quantity", "quantity"),
    },
    "prices": {"sku_key": ("sku", "product_id"), "price_list": ("price_list", "amount"), "min_quantity": ("min_quantity", "amount"),
               "held_since": ("updated_at",)},
    "refunds": {"money_moved": ("money_moved", "amount")},
    "payments": {"kind": ("kind", "amount"), "status": ("status", "amount")},
    "return_lines": {"direction": ("direction", "quantity")},
}  # fmt: skip
"""The same for files and databases, where staging also takes a default from another role."""

CHECKED: dict[str, tuple[str, ...]] = {
    "orders": (
        "subtotal", "discount", "shipping", "tax", "duties", "tip", "gift_card", "rounding", "total", "current_total", "refunded",
        "authorized",
        "is_test", "cancelled_at", "edited_at", "last_synced_at",
    ),
    "order_lines": ("quantity", "unit_price", "discount", "tax", "total"),
    "customers": ("consent_at", "orders_count", "total_spent"),
    "prices": ("amount",),
    "inventory_levels": ("on_hand", "available", "committed", "safety_stock"),
    "refunds": ("amount", "tax"),
    "fulfillments": ("shipped_at", "quantity"),
    "payments": ("amount", "is_test", "processed_at", "expires_at"),
    "returns": ("is_exchange", "total_quantity", "closed_at"),
    "return_lines": ("quantity",),
    "refund_lines": ("quantity", "amount", "tax"),
    "fulfillment_lines": ("quantity",),
    "companies": ("credit_limit",),
    "subscriptions": ("next_billing_at", "amount"),
    "write_errors": ("occurred_at", "is_resolved"),
}  # fmt: skip
"""Roles whose text must be a number, a truth value or a time."""


_COLUMNS = "select table_name, column_name from duckdb_columns() where database_name = current_database()"
"""Columns of the canonical tables; attached databases hold views of the same names."""


@dataclass(frozen=True)
class Row:
    """One row of ``coverage``."""

    system: str
    entity: str
    field: str | None
    readable: bool
    complete: bool
    reason: str | None = None
    absent: bool = False
    window_from: datetime | None = None
    window_to: datetime | None = None
    watermark: datetime | None = None
    rows: int | None = None
    expected_rows: int | None = None


def store(con: duckdb.DuckDBPyConnection, rows: Iterable[Row]) -> None:
    """Write rows, sorted and without repetition."""
    ordered = sorted(set(rows), key=lambda row: (row.system, row.entity, row.field or "", row.reason or ""))
    if ordered:
        con.executemany(
            "insert into coverage (system, entity, field, readable, complete, absent, window_from, window_to, watermark, rows, "
            "expected_rows, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(r.system, r.entity, r.field, r.readable, r.complete, r.absent),
                    *(_naive(r.window_from), _naive(r.window_to), _naive(r.watermark)),
                    *(r.rows, r.expected_rows, r.reason),
                )
                for r in ordered
            ],
        )


def _naive(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC).replace(tzinfo=None) if value else None


def of_tables(con: duckdb.DuckDBPyConnection, system: SystemEntry, sources: Sequence[Source], mapping: Mapping | None) -> Iterator[Row]:
    """One row per canonical table, after it was staged."""
    names = {source.name for source in sources}
    mappable = roles_of(system.kind) if mapping is not None else {}
    for table in RECORD_TABLES:
        if table == "write_errors" and system.side != "salesforce":
            continue  # integrations leave them where they write
        feeding = [source for source in sources if table in source.entry.entities]
        if mapping is not None and table == "deletions" and system.kind not in TABLE_KINDS:
            feeding = list(sources)  # every object is read with its deleted rows
        missing = []
        if table in mappable:
            wanted = [entry.object for entry in getattr(mapping, table)]
            feeding = [source for source in sources if source.name in {name.lower() for name in wanted}]
            missing = [name for name in wanted if name.lower() not in names]
        derived = table == "products" and not feeding and not missing and _sellers(system, mapping, sources)
        if derived:
            rows = con.execute("select count(*) from products where system = ?", [system.name]).fetchone()
            yield _of_sources(system.name, table, derived, None, rows[0] if rows else 0)
            yield Row(system.name, table, "status", False, False, NOT_MAPPED, True)
        elif missing:
            yield Row(system.name, table, None, False, False, system.not_covered.get(table) or f"{missing[0]} was not read.")
        elif not feeding:
            unmapped = table in mappable
            why = "No object is mapped to it." if unmapped else "The snapshot does not hold it."
            why = "No mapped object has a history." if table == "field_changes" and system.side == "salesforce" else why
            reason = system.not_covered.get(table) or system.not_covered.get("*") or why
            # NOTE: histories are switched on object by object, and an org in which none is has nothing to read.
            silent = table == "field_changes" and system.side == "salesforce" and table not in system.not_covered
            absent = "*" not in system.not_covered and (unmapped or silent or table in system.absent)
            yield Row(system.name, table, None, False, False, reason, absent)
        else:
            rows = con.execute(f"select count(*) from {table} where system = ?", [system.name]).fetchone()
            yield _of_sources(system.name, table, feeding, system.not_covered.get(table), rows[0] if rows else 0)


def _sellers(system: SystemEntry, mapping: Mapping | None, sources: Sequence[Source]) -> list[Source]:
    """Streams of stock and prices that name products, of which staging makes the products of a system that has no table of them."""
    if mapping is None or system.kind not in TABLE_KINDS:
        return []
    entries = [entry for table in ("inventory_levels", "prices") for entry in getattr(mapping, table)]
    names = {entry.object.lower() for entry in entries if "sku" in entry.fields}
    return [source for source in sources if source.name in names]


def _of_sources(system: str, table: str, feeding: Sequence[Source], not_covered: str | None, rows: int) -> Row:
    entries = [source.entry for source in feeding]
    chain = [entry for source in feeding for entry in (source.entries or (source.entry,))]
    stale = [source for source in feeding if not source.is_current]
    parts = [source for source in feeding if not source.is_whole]
    reasons = [entry.reason for entry in chain if entry.reason] + [
        f"{source.entry.source} was not read by the newest snapshot." for source in stale
    ]
    reasons += [f"Of {source.entry.source} only changes since {source.window_from:%Y-%m-%d %H:%M} UTC were read." for source in parts]
    aside = [place for source in feeding for place in source.set_aside]
    if aside:
        shown = f"{aside[0]}{f' and {len(aside) - 1:,} more' if aside[1:] else ''}"
        what = f"{len(aside):,} record{'' if len(aside) == 1 else 's'} could not be read ({shown})"
        reasons.append(f"{what}: half of a sign is missing there.")
    # NOTE: a vendor counts the stream's own records: that proves nothing of their children, nor of a chain of snapshots.
    counted = all(source.entry.entities[:1] == [table] and not source.chained for source in feeding)
    expected = [entry.proof.expected if counted else None for entry in entries]
    watermarks = [entry.watermark for entry in entries if entry.watermark]
    ends = [entry.window_to for entry in entries if entry.window_to]
    starts = [source.window_from for source in feeding if source.window_from]
    return Row(
        system=system,
        entity=table,
        field=None,
        readable=not_covered is None,
        complete=all(entry.complete for entry in chain) and not stale and not parts and not aside,
        reason=not_covered or (" ".join(dict.fromkeys(reasons)) or None),
        window_from=max(starts, default=None),
        window_to=min(ends, default=None),
        watermark=min(watermarks, default=None),
        rows=rows,
        expected_rows=None if None in expected else sum(value or 0 for value in expected),
    )


def of_unreadable(con: duckdb.DuckDBPyConnection, system: SystemEntry, sources: Sequence[Source]) -> Iterator[Row]:
    """Columns that the extractor says it may not read: ``<table>.<column>`` or the vendor's own name. Absent are those that the platform
    does not have."""
    columns = {(table, column) for table, column in con.execute(_COLUMNS).fetchall()}
    for source in sources:
        for key, why in source.unreadable.items():
            table, _, column = key.partition(".")
            tables = [table] if table in RECORD_TABLES else list(source.entry.entities)
            field = column if table in RECORD_TABLES else key
            for entity in tables:
                absent = f"{entity}.{field}" in system.absent
                yield Row(system.name, entity, field, False, False, why, absent)
                for derived in DERIVED.get(field, ()):
                    if (entity, derived) in columns:
                        yield Row(system.name, entity, derived, False, False, why, absent)


@dataclass(frozen=True)
class _Read:
    """What was read of the objects of a mapping."""

    raw: dict[str, Sequence[str]]
    streams: dict[str, Source]

    def gap(self, fields: Sequence[tuple[str, str]]) -> str | None:
        """Why a column made of these fields (object, field) cannot be told, or None. Another object does not make up for a lost one."""
        lost = next((pair for pair in fields if not self._has_any(pair[0], fields)), None)
        if lost is None:
            return None if fields else NOT_MAPPED
        name, field = lost
        hidden = {key: why for source in self.streams.values() for key, why in source.unreadable.items()}
        if field.lower() in {known.lower() for known in self.raw[name.lower()]} and field not in hidden:
            return f"{name}.{field} was not read by every snapshot below this one; take a full one with `recon snapshot --full`."
        return hidden.get(field) or hidden.get(f"{name}.{field}") or f"{name}.{field} is not in the snapshot."

    def _has_any(self, name: str, fields: Sequence[tuple[str, str]]) -> bool:
        """Whether one of the fields of an object was read for all its rows."""
        known = {column.lower() for column in self.raw[name.lower()]}
        source = self.streams[name.lower()]
        return any(field.lower() in known and not source.lacks(field) for owner, field in fields if owner == name)


def of_roles(
    con: duckdb.DuckDBPyConnection, system: SystemEntry, sources: Sequence[Source], raw: dict[str, Sequence[str]], mapping: Mapping
) -> Iterator[Row]:
    """Columns of Salesforce that no readable field is mapped to."""
    columns = {(table, column) for table, column in con.execute(_COLUMNS).fetchall()}
    shops = [name for (name,) in con.execute("select system from systems where side = 'shop' order by system").fetchall()]
    read = _Read(raw, {source.name: source for source in sources})
    for table, roles in roles_of(system.kind).items():
        objects = [entry for entry in getattr(mapping, table) if entry.object.lower() in raw]
        if not objects:
            continue
        makers = {role: (role,) for role in roles if (table, role) in columns} | ROLE_COLUMNS.get(table, {})
        if system.kind in TABLE_KINDS:
            makers |= TABLE_COLUMNS.get(table, {})
        for column, made_of in makers.items():
            if (column == "currency" and system.currency) or (column == "tax_included" and system.tax_included is not None):
                continue  # an org with one currency has no field for it
            if column == "merged_into":
                continue  # the loser of a merge names its master by itself
            why = read.gap([(entry.object, entry.fields[role]) for entry in objects for role in made_of if role in entry.fields])
            for each in (column, *(d for d in DERIVED.get(column, ()) if (table, d) in columns)) if why else ():
                yield Row(system.name, table, each, False, False, why, why == NOT_MAPPED)
        if GENERIC_ID in roles:
            yield from _of_ids(system.name, table, objects, read, shops)


def _of_ids(system: str, table: str, objects: Sequence[ObjectMapping], read: _Read, shops: Sequence[str]) -> Iterator[Row]:
    """Whether the ids of every shop can be told; one that differs from the others has a row of its own, ``external_ids.<system>``."""
    gaps: dict[str, str | None] = {}
    for shop in shops or [GENERIC_ID]:
        held = [(entry.object, entry.external_ids.get(shop, entry.fields.get(GENERIC_ID))) for entry in objects]
        gaps[shop] = read.gap([(name, field) for name, field in held if field is not None])
    alike = len(set(gaps.values())) == 1
    for shop, why in gaps.items():
        if why is not None:
            yield Row(system, table, "external_ids" if alike else f"external_ids.{shop}", False, False, why, why == NOT_MAPPED)


TEXT_ROLES = (("orders", "note"), ("customers", "note"), ("refunds", "reason"))
"""Roles of a mapping that hold what people write freely."""


def of_texts(system: SystemEntry, sources: Sequence[Source], raw: dict[str, Sequence[str]], mapping: Mapping | None) -> Iterator[Row]:
    """Whether the free texts of an org were looked through: where none is mapped there was nothing to look at."""
    if mapping is None:
        yield Row(system.name, "exposures", None, True, True)
        return
    objects = [(entry, role) for table, role in TEXT_ROLES for entry in getattr(mapping, table) if role in entry.fields]
    read = _Read(raw, {source.name: source for source in sources})
    held = [(entry.object, entry.fields[role]) for entry, role in objects if entry.object.lower() in raw]
    why = next((gap for pair in held if (gap := read.gap([pair]))), None) if held else "No field is mapped to a note."
    yield Row(system.name, "exposures", None, why is None, why is None, why, not held)


def of_unread_texts(system: SystemEntry) -> Iterator[Row]:
    """Systems of which no free text is kept, so that nobody takes their notes for clean."""
    yield Row(system.name, "exposures", None, False, False, "Notes and other free texts are not read from it.", True)


def of_writers(system: SystemEntry, raw: dict[str, Sequence[str]], mapping: Mapping) -> Iterator[Row]:
    """Whether it can be told in whose name a user of the org writes."""
    if system.side != "salesforce":
        return
    if not mapping.writers:
        yield Row(system.name, "field_changes", "acts_for", False, False, "recon.toml names no writers for the mapping.", True)
    elif not {"Id", "Name"} <= set(raw.get("user", ())) and any(len(who) not in {15, 18} for who in mapping.writers):
        yield Row(system.name, "field_changes", "acts_for", False, False, "Users were not read, so that writers cannot be told by name.")


def of_new_columns(system: str, sources: Sequence[Source], raw: dict[str, Sequence[str]]) -> Iterator[Row]:
    """Columns that a file holds although the manifest does not know them: nothing reads them, and somebody should know."""
    for source in sources:
        known = set(source.entry.columns or raw.get(source.name, ()))
        for column in raw.get(source.name, ()):
            if column not in known:
                for table in source.entry.entities:
                    yield Row(
                        system, table, column, True, True, f"{source.entry.source}.{column} is new in the snapshot; nothing reads it."
                    )


def of_statuses(con: duckdb.DuckDBPyConnection, system: str) -> Iterator[Row]:
    """Statuses that neither the mapping nor recon knows: they are compared with nothing, and that is said here."""
    found = con.execute(
        "select count(raw_status), count(*) filter (where status is null), min(raw_status) filter (where status is null) "
        "from subscriptions where system = ? and raw_status is not null",
        [system],
    ).fetchone()
    yield from _unknown(system, "subscriptions", found)
    found = con.execute(
        "select count(status), count(*) filter (where not status in ('open', 'completed', 'cancelled', 'expired')), "
        "min(raw_status) filter (where not status in ('open', 'completed', 'cancelled', 'expired')) from orders where system = ?",
        [system],
    ).fetchone()
    yield from _unknown(system, "orders", found)


def _unknown(system: str, table: str, found: tuple[int, int, str | None] | None) -> Iterator[Row]:
    total, unknown, example = found or (0, 0, None)
    if unknown:
        reason = f"{unknown} of {total} statuses are unknown, such as {example}; map them under values.status in recon.toml."
        yield Row(system, table, "status", unknown < total, False, reason)


def of_values(con: duckdb.DuckDBPyConnection, system: str, mapping: Mapping) -> Iterator[Row]:
    """Texts that staging could not read as numbers, truth values or times: they became unknown, and that is said here.

    Where that is most of them (another decimal sign, another date format), the column counts as not read, and rules that need it rest.
    """
    for table, roles in CHECKED.items():
        used = [role for role in roles if any(role in entry.fields for entry in getattr(mapping, table, ()))]
        if not used:
            continue
        held = con.execute(f"select {', '.join(f'count(role_{role})' for role in used)} from mapped.{table}").fetchone() or ()
        read = (
            con.execute(f"select {', '.join(f'count({role})' for role in used)} from {table} where system = ?", [system]).fetchone() or ()
        )
        for role, there, understood in zip(used, held, read, strict=True):
            if there != understood:
                reason = f"{there - understood} of {there} values could not be read as what {role} is; they count as unknown."
                yield Row(system, table, role, understood * 2 >= there, False, reason)
