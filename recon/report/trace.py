"""One record through every system: values side by side, how its records are linked, what became of it, and where the evidence lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import Field

from recon import assets
from recon.audit import corrections, history
from recon.config.settings import Settings
from recon.errors import UsageError
from recon.report import links, mask
from recon.report.difference import printable
from recon.report.model import Part
from recon.warehouse.build import ensure
from recon.warehouse.engine import connect, identifier
from recon.warehouse.identity import decisions
from recon.warehouse.standstill import watched

Kind = Literal["order", "customer", "sku"]

SCHEMA = "recon.trace/1"
ROWS = 50
"""Rows of one table below a record that are shown."""

_TABLE = {"order": "orders", "customer": "customers", "sku": "products"}
_LINKS = {"order": "order_links", "customer": "customer_links", "sku": "product_links"}
_HIDDEN = frozenset(
    {
        "system", "record_id", "external_ids", "extra", "seen_at", "file", "line", "email_key", "email_key_weak", "phone_key",
        "name_key", "postal_key",
        "sku_key", "number_key", "raw_status", "raw_payment_status", "raw_fulfillment_status",
    }
)  # fmt: skip
"""Keys and raw values that say the same as what stands beside them."""

_BELOW: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "order": (
        ("order_lines", "order_id", ("sku", "title", "quantity", "current_quantity", "unit_price", "discount", "tax", "total")),
        ("fulfillments", "order_id", ("status", "tracking_number", "carrier", "shipped_at")),
        ("refunds", "order_id", ("amount", "currency", "money_moved", "reason", "created_at")),
        ("returns", "order_id", ("status", "created_at")),
        ("payments", "order_id", ("kind", "status", "gateway", "amount", "currency", "processed_at")),
    ),
    "customer": (("orders", "customer_id", ("number", "status", "total", "currency", "placed_at")),),
    "sku": (
        ("prices", "variant_id", ("price_list", "min_quantity", "amount", "currency", "valid_from", "valid_to", "is_active")),
        ("inventory_levels", "variant_id", ("location_id", "on_hand", "available", "committed", "updated_at")),
    ),
}


class Below(Part):
    """Rows of another table that belong to a record: its lines, shipments, prices …"""

    table: str
    columns: list[str]
    rows: list[list[str | None]]
    more: int = Field(0, description="Rows that are not shown.")


class Record(Part):
    """One record of the traced thing in one system."""

    system: str
    side: str
    title: str
    record_id: str
    url: str | None = None
    file: str | None = None
    line: int | None = None
    seen_at: str | None = None
    values: dict[str, str] = Field(default_factory=dict, description="Canonical column → value as text; what is not known is left out.")
    below: list[Below] = Field(default_factory=list)


class Link(Part):
    """How a shop's record and a Salesforce record were found to be the same."""

    shop_system: str
    shop_id: str
    salesforce_system: str
    salesforce_id: str
    method: str
    certainty: str
    evidence: str | None = None
    is_primary: bool


class Change(Part):
    """One change of one value; ``by`` is known only where the system keeps a history."""

    at: str
    system: str
    record_id: str
    field: str
    old: str | None = None
    new: str | None = None
    by: str | None = None
    source: str = Field(description="history: the system's own; snapshots: it differs between two of ours.")


class Finding(Part):
    """What runs have said of it; ``state`` is that of the latest run that spoke of it."""

    finding_id: str
    rule: str
    severity: str
    state: str
    message: str
    first_seen_at: str | None = None
    last_seen_at: str | None = Field(None, description="When it was last there.")
    resolved_at: str | None = Field(None, description="Moment of the first run that looked and did not find it any more.")
    reopened: bool = False


class Correction(Part):
    """One field that a plan of corrections wrote, or was to write."""

    plan: str
    at: str | None = None
    record_id: str
    action: str
    field: str
    before: str | None = None
    after: str | None = None
    result: str = Field(description="done, already, failed, skipped, unknown, or planned where nothing was sent yet.")
    message: str = ""


class Trace(Part):
    """Everything that is known of one order, customer or SKU."""

    schema_: Literal["recon.trace/1"] = Field("recon.trace/1", alias="schema")
    kind: Kind
    wanted: str
    snapshot_id: str
    run_id: str | None = None
    personal_data: Literal["masked", "shown"]
    records: list[Record]
    fields: list[str] = Field(description="Columns that any of the records knows, in the order of the canonical table.")
    differing: list[str] = Field(description="Those of them that the records do not agree on.")
    links: list[Link]
    changes: list[Change]
    findings: list[Finding]
    corrections: list[Correction] = Field(default_factory=list, description="From the journals of plans, oldest first.")


def trace(
    settings: Settings, snapshot_dir: Path, kind: Kind, wanted: str, *, system: str | None = None, show_personal: bool | None = None
) -> Trace:
    """Look a thing up in the warehouse of a snapshot and in the latest run.

    Raises UsageError where no system has it, and where several things of that name have nothing to do with each other: ``system``
    then says which one is meant.
    """
    shown = settings.report.show_personal_data if show_personal is None else show_personal
    path = ensure(snapshot_dir, ownership=settings.owners, decisions=decisions.load(settings), memory=settings.audit.memory)
    with connect(path, memory=settings.audit.memory) as con, watched(con, f"the {kind} was looked up"):
        members, found = _members(con, kind, wanted, system)
        if not members:
            raise UsageError(
                f"{system or 'No system'} {'lacks' if system else 'has'} the {kind} {wanted} in snapshot {snapshot_dir.name}.",
                "Check the spelling, or take a new snapshot.",
            )
        columns = [row[0] for row in con.execute(f"describe {identifier(_TABLE[kind])}").fetchall()]
        records = [_record(con, kind, system, record_id) for system, record_id in members]
        changes = _changes(con, _TABLE[kind], members)
    run_id, findings = _findings(settings, records)
    made = Trace(
        kind=kind, wanted=wanted, snapshot_id=snapshot_dir.name, run_id=run_id, personal_data="shown" if shown else "masked",
        records=records, fields=[name for name in columns if any(name in record.values for record in records)],
        differing=_differing(columns, records),
        links=found, changes=changes, findings=findings,
        corrections=[
            Correction(**{name: value for name, value in vars(one).items() if name != "user"})
            for one in corrections.of_records(settings.state_dir, {record for _, record in members})
        ],
    )  # fmt: skip
    return made if shown else _masked(made)


def _members(con: duckdb.DuckDBPyConnection, kind: Kind, wanted: str, system: str | None) -> tuple[list[tuple[str, str]], list[Link]]:
    """The record that is meant and everything linked to it, shops first; and the links between them."""
    statement = (assets.folder("queries") / "trace" / f"{kind}.sql").read_text(encoding="utf-8")
    seeds = [(name, record_id) for name, record_id in con.execute(statement, {"wanted": wanted}).fetchall() if system in (None, name)]
    groups: list[tuple[dict[tuple[str, str], None], list[Link]]] = []
    for seed in seeds:
        if not any(seed in reached for reached, _ in groups):
            groups.append(_linked(con, kind, seed))
    if not groups:
        return [], []
    if len(groups) > 1:
        names = sorted({seed[0] for seed in seeds})
        hint = f"Say which with --system: {', '.join(names)}." if len(names) > 1 else "Give its id instead."
        raise UsageError(f"{len(groups)} different records are called {wanted}.", hint)
    (reached, found), *_ = groups
    sides = dict(con.execute("select system, side from systems").fetchall())
    order = ("shop", "erp", "salesforce")
    return sorted(reached, key=lambda key: (order.index(sides.get(key[0], "shop")), key)), found


def _linked(con: duckdb.DuckDBPyConnection, kind: Kind, seed: tuple[str, str]) -> tuple[dict[tuple[str, str], None], list[Link]]:
    """Everything that links lead to from one record; a hundred records are enough to see that something is badly wrong."""
    reached: dict[tuple[str, str], None] = {seed: None}
    found: dict[tuple[str, ...], Link] = {}
    frontier = [seed]
    while frontier and len(reached) < 100:
        rows = con.execute(
            f"""
select l.shop_system, l.shop_id, l.salesforce_system, l.salesforce_id, l.method, l.certainty, l.evidence, l.is_primary
from {identifier(_LINKS[kind])} as l
where
  list_contains($keys, {{'s': l.shop_system, 'r': l.shop_id}})
  or list_contains($keys, {{'s': l.salesforce_system, 'r': l.salesforce_id}})
order by all
""",
            {"keys": [{"s": name, "r": record_id} for name, record_id in frontier]},
        ).fetchall()
        names = ("shop_system", "shop_id", "salesforce_system", "salesforce_id", "method", "certainty", "evidence", "is_primary")
        frontier = []
        for row in rows:
            found.setdefault(row[:4], Link(**dict(zip(names, row, strict=True))))
            for key in (row[0:2], row[2:4]):
                if key not in reached:
                    reached[key] = None
                    frontier.append(key)
    return reached, list(found.values())


def _record(con: duckdb.DuckDBPyConnection, kind: Kind, system: str, record_id: str) -> Record:
    key = {"system": system, "record_id": record_id}
    (side, title, template, base), *_ = con.execute(
        "select side, coalesce(title, system), record_url_template, base_url from systems where system = $system", {"system": system}
    ).fetchall()
    row = _row(con, _TABLE[kind], key)
    url = links.record_url(
        template, {"record_id": record_id, "object": row.get("object") or _TABLE[kind]}, links.known_hosts([template, base])
    )
    line = row.get("line")
    return Record(
        system=system, side=side, title=title, record_id=record_id, url=url, file=row.get("file"), line=int(line) if line else None,
        seen_at=row.get("seen_at"), values=_values(row),
        below=[part for table, column, shown in _BELOW[kind] if (part := _below(con, table, column, shown, key)) is not None],
    )  # fmt: skip


def _row(con: duckdb.DuckDBPyConnection, table: str, key: dict[str, str]) -> dict[str, str | None]:
    """A canonical row as text: decimals exactly as stored, times in UTC with a final Z."""
    types = [(row[0], row[1]) for row in con.execute(f"describe {identifier(table)}").fetchall()]
    cells = [_as_text(name, kind) for name, kind in types]
    rows = con.execute(
        f"select {', '.join(cells)} from {identifier(table)} as t where t.system = $system and t.record_id = $record_id", key
    ).fetchall()
    return dict(zip((name for name, _ in types), rows[0], strict=True)) if rows else {}


def _as_text(name: str, kind: str) -> str:
    column = f"t.{identifier(name)}"
    return f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')" if kind == "TIMESTAMP" else f"cast({column} as varchar)"


def _values(row: dict[str, str | None]) -> dict[str, str]:
    return {name: _text(value) for name, value in row.items() if name not in _HIDDEN and value not in (None, "", "[]", "{}")}


def _below(con: duckdb.DuckDBPyConnection, table: str, column: str, shown: Sequence[str], key: dict[str, str]) -> Below | None:
    types = {row[0]: row[1] for row in con.execute(f"describe {identifier(table)}").fetchall()}
    rows = con.execute(
        f"select {', '.join(_as_text(name, types[name]) for name in shown)} from {identifier(table)} as t "
        f"where t.system = $system and t.{column} = $record_id order by t.record_id",
        key,
    ).fetchall()
    if not rows:
        return None
    cells = [[None if cell is None else _text(cell) for cell in row] for row in rows[:ROWS]]
    return Below(table=table, columns=list(shown), rows=cells, more=max(0, len(rows) - ROWS))


def _changes(con: duckdb.DuckDBPyConnection, table: str, members: Sequence[tuple[str, str]]) -> list[Change]:
    rows = con.execute(
        """
select strftime(h.changed_at, '%Y-%m-%dT%H:%M:%SZ'), h.system, h.parent_id, coalesce(h.column_name, h.field), h.old_value, h.new_value,
  coalesce(h.writer, h.changed_by), 'history'
from field_changes as h
where list_contains($keys, {'s': h.system, 'r': h.parent_id}) and h.changed_at is not null
union all
select strftime(v.until_at, '%Y-%m-%dT%H:%M:%SZ'), v.system, v.record_id, v.field, v.old_value, v.new_value, null, 'snapshots'
from value_changes as v
where v.entity = $table and list_contains($keys, {'s': v.system, 'r': v.record_id})
order by all
""",
        {"keys": [{"s": system, "r": record_id} for system, record_id in members], "table": table},
    ).fetchall()
    names = ("at", "system", "record_id", "field", "old", "new", "by", "source")
    return [Change(**dict(zip(names, row, strict=True))) for row in rows]


def _findings(settings: Settings, records: Sequence[Record]) -> tuple[str | None, list[Finding]]:
    """Everything that was ever found of the records, what is open first; each finding once, as it stood last."""
    runs = history.runs(settings.state_dir)
    if not runs:
        return None, []
    sql = (assets.folder("queries") / "history" / "of_records.sql").read_text(encoding="utf-8")
    with history.opened(settings.state_dir) as store:
        keys = [{"s": one.system, "r": one.record_id} for one in records]
        ids = [one.record_id for one in records if one.side == "salesforce"]
        rows = store.connection.execute(sql, {"keys": keys, "ids": ids}).fetchall()
    names = ("finding_id", "rule", "severity", "state", "message", "first_seen_at", "last_seen_at", "resolved_at", "reopened")
    return runs[-1], [Finding(**dict(zip(names, row, strict=True))) for row in rows]


def _text(value: str | None) -> str:
    """A value as a person reads it: decimals without zeros at the end, flags as words."""
    if value in ("true", "false"):
        return "yes" if value == "true" else "no"
    whole, dot, rest = (value or "").partition(".")
    if dot and whole.lstrip("-").isdigit() and rest.isdigit() and len(rest) in {4, 6}:
        kept = rest.rstrip("0")
        return f"{whole}.{kept.ljust(2, '0')}" if len(rest) == 6 else f"{whole}.{kept}" if kept else whole
    return printable(value or "")


def _differing(columns: Sequence[str], records: Sequence[Record]) -> list[str]:
    """Columns that two sides know and do not agree on; times of their own and ids always differ and say nothing."""
    own = {
        "object",
        "created_at",
        "updated_at",
        "last_synced_at",
        "created_by",
        "customer_id",
        "product_id",
        "original_order_id",
        "line_no",
    }
    return [name for name in columns if name not in own and len({record.values[name] for record in records if name in record.values}) > 1]


def _masked(made: Trace) -> Trace:
    pairs = [(name, value) for record in made.records for name, value in record.values.items()]
    pairs += [(change.field, value) for change in made.changes for value in (change.old, change.new) if value is not None]
    pairs += [(one.field, value) for one in made.corrections for value in (one.before, one.after) if value is not None]
    known = mask.told_apart(mask.known_values(pairs))

    def cover(name: str, value: str) -> str:
        return known.get(value) or str(mask.anything(name, value, known))

    def cover_change(one: Change) -> Change:
        hidden = {name: cover(one.field, value) for name, value in (("old", one.old), ("new", one.new)) if value is not None}
        return one.model_copy(update=hidden)

    def cover_correction(one: Correction) -> Correction:
        hidden = {name: cover(one.field, value) for name, value in (("before", one.before), ("after", one.after)) if value is not None}
        return one.model_copy(update={**hidden, "message": mask.text(one.message, known)})

    return made.model_copy(
        update={
            "wanted": mask.text(made.wanted, known),
            "records": [
                record.model_copy(update={"values": {name: cover(name, value) for name, value in record.values.items()}})
                for record in made.records
            ],
            "changes": [cover_change(one) for one in made.changes],
            "findings": [one.model_copy(update={"message": mask.text(one.message, known)}) for one in made.findings],
            "corrections": [cover_correction(one) for one in made.corrections],
        }
    )
