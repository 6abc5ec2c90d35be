"""Runs rules on a warehouse: read-only, without files or network, each with a limit of time and memory.

Findings go from the rule into a scratch database by SQL; no finding becomes a Python object here, so a million of them
cost no more than a million rows. A rule that fails never stops the others.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import duckdb

from recon.audit.columns import FINDING_DDL
from recon.audit.rules import CONTRACT, Checker, Need, Rule, bare, bind, line_of
from recon.errors import RuleError
from recon.warehouse.coverage import NOT_MAPPED
from recon.warehouse.engine import connect, identifier, quote
from recon.warehouse.standstill import watched

MAX_FINDINGS = 5_000_000
"""A rule with more findings than this is wrong itself."""

MAX_TEXT = 20_000
"""Characters of a label and a message: nobody reads more, and a report must open."""

_SPILL = "20GB"

_ASKING = "the findings of the rules were looked through"

_JUDGED = frozenset({"shop", "owner", "follower", "each"})
"""Sides of needs that speak of the systems whose rows are judged."""

_SAID = {"exposures": "free texts"}
"""Tables whose names say what was found in them, and not what was read."""

_MEND = "Mend it, or switch the rule off in recon.toml; `recon doctor` shows what is missing."

_LINKS: dict[str, tuple[str, str]] = {
    "orders": ("orders", "e.record_id"),
    "order_lines": ("orders", "e.order_id"),
    "fulfillments": ("orders", "e.order_id"),
    "refunds": ("orders", "e.order_id"),
    "returns": ("orders", "e.order_id"),
    "payments": ("orders", "e.order_id"),
    "customers": ("customers", "e.record_id"),
    "companies": ("companies", "e.record_id"),
    "products": ("products", "coalesce(e.product_id, e.record_id)"),
    "inventory_levels": (
        "products",
        "(select v.product_id from warehouse.products as v where v.system = e.system and v.record_id = e.variant_id)",
    ),
}
"""Canonical table → page of the shop's administration and the id on it; lines and refunds show their order."""


@dataclass(frozen=True)
class Judgement:
    """What came of running one rule: ``error`` None means that its answer stands."""

    checked: int | None
    seconds: float
    error: RuleError | None = None


class Bench:
    """A warehouse opened for judging, with a scratch database ``scratch`` beside it that takes the findings.

    ``folder`` is made, used for the scratch file and for spilling, and removed by :meth:`close`.
    """

    def __init__(self, warehouse: Path, folder: Path, *, memory: str, threads: int | None = None) -> None:
        self._folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        self.scratch = folder / "findings.duckdb"
        self._open = partial(connect, warehouse, read_only=True, memory=memory, threads=threads, locked=False)
        self.reopen()

    def reopen(self) -> None:
        """Open the warehouse and the findings as they are now; after :meth:`detach`."""
        self._con = self._open()
        self._catalog = str(self._con.execute("select current_database()").fetchall()[0][0])
        self._con.execute(f"attach {quote(str(self.scratch))} as scratch (read_write)")
        self._con.execute(f"set temp_directory = {quote(str(self._folder / 'spill'))}")
        self._con.execute(f"set max_temp_directory_size = {quote(_SPILL)}")
        self._con.execute(f"create table if not exists scratch.findings ({FINDING_DDL})")
        self._con.execute("set enable_external_access = false")
        self._con.execute("set lock_configuration = true")

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def detach(self) -> Path:
        """Close the warehouse and keep the findings: the file stays until :meth:`close`."""
        self._con.close()
        return self.scratch

    def close(self) -> None:
        """Close everything and remove the scratch folder."""
        self._con.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None, doing: str = _ASKING) -> list[tuple[Any, ...]]:
        """Rows of one of recon's own queries; StandstillError says ``doing`` where the engine waits for itself."""
        with watched(self._con, doing):
            return self._con.execute(sql, values).fetchall() if values else self._con.execute(sql).fetchall()

    def named(self, sql: str, values: Mapping[str, Any] | None = None, doing: str = _ASKING) -> list[dict[str, Any]]:
        """The same with the names of their columns."""
        with watched(self._con, doing):
            cursor = self._con.execute(sql, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """Stop recon's own queries after so long; raises duckdb.InterruptException."""
        with _time_limit(self._con, seconds):
            yield

    def judge(self, rule: Rule, columns: Mapping[str, str], values: Mapping[str, Any], as_of: datetime, seconds: float) -> Judgement:
        """Run one rule; its findings are in ``scratch.findings`` afterwards, all of them or none."""
        started = time.monotonic()
        con = self._con.cursor()  # a connection of its own: temporary tables and interrupts concern this rule only
        try:
            with _time_limit(con, seconds):
                checked = self._run(con, rule, columns, bind(values, as_of))
        except RuleError as error:
            return Judgement(None, time.monotonic() - started, error)
        except duckdb.Error as error:
            return Judgement(None, time.monotonic() - started, _explain(rule, error, seconds))
        finally:
            con.close()
        return Judgement(checked, time.monotonic() - started)

    def _run(self, con: duckdb.DuckDBPyConnection, rule: Rule, columns: Mapping[str, str], values: Mapping[str, Any]) -> int:
        # NOTE: inside parentheses only a query can stand: DuckDB refuses WITH … INSERT below the top level.
        # NOTE: rows are counted, not limited: DuckDB 2.0 waits for ever on a LIMIT around a query that uses one of its steps twice, from
        # some 250,000 rows on.
        text = f"create temp table found as select * from (\n{rule.select}\n) qualify row_number() over () <= {MAX_FINDINGS + 1}"
        con.execute(text, _used(con, text, values))
        checked = _number(con, bare(rule.header.checked), values)
        if checked < 0:
            raise RuleError(f"`checked` of rule {rule.id} gives less than nothing.", "Write it as select count(*) from ….")
        con.execute(f"create temp table entities as select distinct {self._entity(rule, columns)} as entity from found as r")
        _check_rows(con, rule, columns)
        if _number(con, _NO_RECORDS, {}):
            raise RuleError(f"The rule {rule.id} gives findings of an entity that is no canonical table of records.", "See docs/model.md.")
        con.execute("begin transaction")
        try:
            for (entity,) in con.execute("select e.entity from entities as e order by e.entity").fetchall():
                con.execute(self._insert(rule, columns, str(entity)), {"entity": entity})
            _check_unique(con, rule)
        except BaseException:
            con.execute("rollback")
            raise
        con.execute("commit")
        return checked

    @staticmethod
    def _entity(rule: Rule, columns: Mapping[str, str]) -> str:
        own = quote(rule.header.entity)
        return f"coalesce(r.entity, {own})" if "entity" in columns else own

    def _insert(self, rule: Rule, columns: Mapping[str, str], entity: str) -> str:
        lookup = "products" if entity == "prices" else entity
        page, link_id = _LINKS.get(lookup, ("", "null"))
        has = [row[0] for row in self.rows("select column_name from duckdb_columns() where table_name = $t", {"t": lookup})]
        source = "e.file, e.line" if {"file", "line"} <= set(has) else "null, null"
        optional = {name: f"r.{name}" if name in columns else "null" for name in CONTRACT}
        diff = f"cast({optional['diff']} as struct(field varchar, shop varchar, salesforce varchar)[])"
        related = f"cast({optional['related']} as struct(system varchar, record_id varchar)[])"
        parts = [quote(rule.identity), "r.system", "r.record_id", "r.salesforce_id", optional["discriminator"]]
        key = ", ".join(f"coalesce(cast({part} as varchar), '')" for part in parts)
        values = [f"to_json({diff})", optional["amount"], optional["currency"], optional["confidence"], f"to_json({related})"]
        digest = ", ".join(f"coalesce(cast({value} as varchar), '')" for value in values)
        salesforce = "r.salesforce_id" if "salesforce_id" in columns else "null"
        if "salesforce_id" not in columns:
            key = key.replace("cast(r.salesforce_id as varchar)", "null")
        warehouse = identifier(self._catalog)
        return f"""
insert into scratch.findings
select
  {quote(rule.id)},
  {quote(rule.identity)},
  r.system,
  cast(r.record_id as varchar),
  cast({salesforce} as varchar),
  cast({optional["discriminator"]} as varchar),
  substr(sha256(concat_ws(chr(31), {key})), 1, 20),
  coalesce(cast({optional["severity"]} as varchar), {quote(rule.severity)}),
  r.label,
  r.message,
  {diff},
  cast({optional["amount"]} as decimal(38, 6)),
  cast({optional["currency"]} as varchar),
  {_moment(optional["occurred_at"])},
  coalesce(cast({optional["confidence"]} as varchar), 'certain'),
  {related},
  {_evidence(columns)},
  $entity,
  {self._owning(rule.header.owned or entity, optional["diff"] != "null")},
  md5(concat_ws(chr(31), {digest})),
  record_url(h.record_url_template, {quote(page)}, {link_id.replace("warehouse.", f"{warehouse}.main.")}),
  record_url(f.record_url_template, coalesce({"e.object" if "object" in has else "null"}, ''), cast({salesforce} as varchar)),
  {source}
from found as r
left join {warehouse}.main.{identifier(lookup)} as e
  on r.system = e.system and coalesce(cast(r.record_id as varchar), cast({salesforce} as varchar)) = e.record_id
left join {warehouse}.main.systems as h on r.system = h.system and h.side <> 'salesforce' and r.record_id is not null
left join (
  select min(s.record_url_template) as record_url_template from {warehouse}.main.systems as s where s.side = 'salesforce'
) as f on {salesforce} is not null
where {self._entity(rule, columns)} = $entity
"""

    def _owning(self, entity: str, has_diff: bool) -> str:
        """Whose value is right: the owner of the fields that differ where they have one together, else that of the table."""
        owned: dict[str | None, list[str]] = {}
        sql = "select o.field, o.system from owners as o where o.entity = $entity order by all"
        for field, system in self.rows(sql, {"entity": entity}):
            owned.setdefault(field, []).append(system)
        cases = ["when list_has_all(['external_id'], d.fields) then r.system"]  # an id is right where it was given
        for systems in dict.fromkeys(tuple(found) for field, found in owned.items() if field):
            fields = ", ".join(quote(field) for field, found in owned.items() if field and tuple(found) == systems)
            cases.append(f"when list_has_all([{fields}], d.fields) then {_one_of(systems)}")
        table = _one_of(owned.get(None, []))
        if not has_diff:
            return table
        fields = "list_transform(r.diff, lambda d: d.field)"
        chosen = " ".join(case.replace("d.fields", fields) for case in cases)
        return f"case when coalesce(len(r.diff), 0) = 0 then {table} {chosen} else {table} end"


def _moment(value: str) -> str:
    """A time that a calendar knows, or none: a history with the year 20000 or infinity in it could not be read again."""
    time = f"cast({value} as timestamp)"
    return f"case when {time} >= timestamp '0001-01-01' and {time} < timestamp '9999-12-31' then {time} end"


def _one_of(systems: Sequence[str]) -> str:
    """Of several owners the one whose record it is."""
    alone = quote(systems[0]) if len(systems) == 1 else "cast(null as varchar)"
    return f"case when r.system in ({', '.join(map(quote, systems))}) then r.system else {alone} end" if systems else alone


def _evidence(columns: Mapping[str, str]) -> str:
    """Extra columns as JSON text: numbers without fraction, booleans and lists as such, all else as text, times with a final Z."""
    fields = []
    for name, kind in columns.items():
        if name in CONTRACT:
            continue
        column = f"r.{identifier(name)}"
        if kind.startswith("TIMESTAMP") and kind.endswith("[]"):
            column = f"list_transform({column}, lambda t: strftime(t, '%Y-%m-%dT%H:%M:%SZ'))"
        elif kind.startswith("TIMESTAMP"):
            column = f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"
        elif kind not in {"BOOLEAN", "INTEGER", "BIGINT", "SMALLINT", "TINYINT"} and not kind.endswith("[]"):
            column = f"cast({column} as varchar)"
        fields.append(f"{quote(name)}, {column}")
    return f"cast(json_object({', '.join(fields)}) as varchar)" if fields else "'{}'"


def _used(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    names = con.extract_statements(sql)[0].named_parameters
    return {name: value for name, value in values.items() if name in names} or None


def _number(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]) -> int:
    row = con.execute(sql, _used(con, sql, values)).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


_NO_RECORDS = """
select count(*) from entities as e
where e.entity not in (
  select c.table_name from duckdb_columns() as c where c.column_name = 'record_id' and not c.internal and c.database_name <> 'temp'
)
"""
"""Entities by which a finding has no record to lead to."""


def _check_rows(con: duckdb.DuckDBPyConnection, rule: Rule, columns: Mapping[str, str]) -> None:
    """What a type cannot say: no finding without system, words or record, known severities, entities that exist."""
    checks = {
        f"count(*) > {MAX_FINDINGS}": f"gives more than {MAX_FINDINGS:,} findings",
        "count(*) filter (where r.system is null)": "gives findings without a system",
        "count(*) filter (where r.system not in (select s.system from systems as s))": "gives findings of a system that the snapshot lacks",
        "count(*) filter (where r.label is null)": "gives findings without a label",
        "count(*) filter (where r.message is null)": "gives findings without a message",
        f"count(*) filter (where length(r.label) + length(r.message) > {MAX_TEXT})": f"says more than {MAX_TEXT:,} characters of a finding",
    }
    nowhere = "r.record_id is null" + (" and r.salesforce_id is null" if "salesforce_id" in columns else "")
    checks[f"count(*) filter (where {nowhere})"] = "gives findings without any record"
    if "diff" in columns:
        parts = "list_filter(cast(r.diff as struct(field varchar, shop varchar, salesforce varchar)[]), lambda d: d.field is null)"
        checks[f"count(*) filter (where len({parts}) > 0)"] = "gives differences without a field"
    if "related" in columns:
        parts = "list_filter(cast(r.related as struct(system varchar, record_id varchar)[]), lambda o: (o.system || o.record_id) is null)"
        checks[f"count(*) filter (where len({parts}) > 0)"] = "gives related records without a system or an id"
    if "severity" in columns:
        known = "('critical', 'high', 'medium', 'low', 'info')"
        checks[f"count(*) filter (where r.severity not in {known})"] = "gives findings of an unknown severity"
    if "confidence" in columns:
        checks["count(*) filter (where r.confidence not in ('certain', 'likely', 'review'))"] = "gives findings of an unknown confidence"
    row = con.execute(f"select {', '.join(f'coalesce(cast({sql} as bigint), 0)' for sql in checks)} from found as r").fetchone()
    for wrong, words in zip(row or (), checks.values(), strict=True):
        if wrong:
            raise RuleError(f"The rule {rule.id} {words}.", "Correct the rule; none of its findings were kept.")


def _check_unique(con: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    sql = "select count(*) - count(distinct f.finding_id) from scratch.findings as f where f.rule = $rule"
    if _number(con, sql, {"rule": rule.id}):
        raise RuleError(
            f"The rule {rule.id} gives several findings for the same records.", "Select a column discriminator that tells them apart."
        )


@contextmanager
def _time_limit(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt the connection from another thread when the time is over, and again: between two statements it strikes nothing."""
    ended = threading.Event()

    def watch() -> None:
        wait = seconds
        while not ended.wait(wait):
            con.interrupt()
            wait = 1.0

    watchdog = threading.Thread(target=watch, name="time-limit", daemon=True)
    watchdog.start()
    try:
        yield
    finally:
        ended.set()
        watchdog.join()


def _explain(rule: Rule, error: duckdb.Error, seconds: float) -> RuleError:
    """In our words: DuckDB's own text may hold values of records."""
    line = line_of(rule.body, str(error))
    at = f" (line {line} of its SQL)" if line else ""
    if isinstance(error, duckdb.InterruptException):
        return RuleError(
            f"The rule {rule.id} was stopped after {seconds:g} seconds.",
            "Make it cheaper, or raise rule_seconds under [audit] in recon.toml.",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return RuleError(f"The rule {rule.id} needs more memory than it may have.", "Raise memory under [audit] in recon.toml.")
    if isinstance(error, duckdb.PermissionException):
        return RuleError(f"The rule {rule.id} reaches for files or settings{at}.", "Rules read canonical tables only.")
    if isinstance(error, duckdb.ConversionException):
        return RuleError(f"The rule {rule.id} cannot convert a value{at}.", "Use try_cast, or exclude what has another form.")
    if isinstance(error, duckdb.InternalException | duckdb.FatalException):
        return RuleError(f"The database failed inside the rule {rule.id}.", "Report it with the rule's SQL.")
    kind = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__.removesuffix("Exception")).lower()
    return RuleError(f"The rule {rule.id} failed with a {kind} error{at}.", "Run its SQL with `recon sql` to see more.")


@dataclass(frozen=True)
class Gap:
    """A system that lacks what a rule needs. ``absent``: there is nothing to read; else it could not be read, or not wholly."""

    system: str | None
    reason: str
    absent: bool
    side: str = "any"


@dataclass(frozen=True)
class Reach:
    """How far a rule can look: over all systems, over all but those ``left_out``, or (``state``) not at all."""

    state: Literal["not_run", "not_applicable"] | None = None
    reason: str | None = None
    left_out: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """What of the snapshot may be judged."""

    sides: Mapping[str, Sequence[str]]
    """side → systems"""
    tables: Mapping[tuple[str, str], tuple[bool, bool, str | None]]
    """(system, canonical table) → readable, complete, reason"""
    columns: Mapping[tuple[str, str, str], str | None]
    """(system, canonical table, column) that could not be read → reason"""
    owners: Mapping[str, Sequence[str]]
    """canonical table → systems that own it, also such as the snapshot does not hold"""
    compared: Mapping[str, Sequence[str]]
    """canonical table → systems whose rows are held against Salesforce's"""
    followers: Mapping[str, Sequence[tuple[str, str]]]
    """canonical table → shops with the ERP that they follow"""
    absent: Collection[tuple[str, str, str | None]]
    """(system, canonical table, column or None) of which there is nothing to read"""

    @classmethod
    def of(cls, bench: Bench) -> Coverage:
        """Read systems and coverage of a warehouse."""
        tables: dict[tuple[str, str], tuple[bool, bool, str | None]] = {}
        columns: dict[tuple[str, str, str], str | None] = {}
        absent: set[tuple[str, str, str | None]] = set()
        sql = "select c.system, c.entity, c.field, c.readable, c.complete, c.reason, c.absent from coverage as c order by all"
        for system, entity, column, readable, complete, reason, nothing in bench.rows(sql):
            if nothing:
                absent.add((system, entity, column))
            if column is not None:
                if not readable:
                    columns[(system, entity, column)] = reason
                continue
            before = tables.get((system, entity), (True, True, None))
            tables[(system, entity)] = (before[0] and readable, before[1] and complete, reason or before[2])
        return cls(
            sides=_grouped(bench.rows("select s.side, s.system from systems as s order by all")),
            tables=tables,
            columns=columns,
            owners=_grouped(bench.rows("select o.entity, o.system from owners as o where o.field is null order by all")),
            compared=_grouped(bench.rows("select c.entity, c.system from compared as c order by all")),
            followers=_grouped(bench.rows("select f.entity, (f.system, f.owner) from followers as f order by all")),
            absent=absent,
        )

    def has(self, system: str, table: str) -> bool:
        """Whether a table was read at all."""
        return self.tables.get((system, table), (False, False, None))[0]

    def reach(self, rule: Rule) -> Reach:
        """How far a rule can look.

        A shop that has no such data is left out, and the rule looks at the others. What could not be read is never left out:
        then nobody knows, and the rule does not run. Nothing to look at in Salesforce is the same, unless the rule is optional.
        """
        entity = rule.header.entity
        follows = any(need.side in {"follower", "erp"} for alternatives in rule.needs for need in alternatives)
        if follows and not self.followers.get(entity) and not self._lost(entity):
            return Reach("not_applicable", f"No ERP owns {entity} by [ownership], so no shop follows one.")
        left_out: dict[str | None, Gap] = {}
        looked_at: set[str | None] = set()
        for alternatives in rule.needs:
            looked_at.update(system for need in alternatives if need.side in _JUDGED for system in self._systems(need, entity))
            gaps = [self._missing(need, entity) for need in alternatives]
            if any(not found for found in gaps):
                continue
            for gap in gaps[0]:
                if not gap.absent or (gap.side == "salesforce" and not rule.header.optional):
                    return Reach("not_run", f"{gap.reason} {_MEND}")
                left_out.setdefault(gap.system, gap)
        if left_out and (looked_at <= set(left_out) or any(gap.side not in _JUDGED for gap in left_out.values())):
            return Reach("not_applicable", " ".join(dict.fromkeys(gap.reason for gap in left_out.values())))
        return Reach(left_out=tuple(left_out.values()))

    def _missing(self, need: Need, entity: str) -> list[Gap]:
        """What keeps a need from being met, system by system; empty where it is met."""
        if need.side == "any":
            systems = [system for side in sorted(self.sides) for system in self.sides[side]]
            gaps = [gap for system in systems if (gap := self._lacks(system, need, entity))]
            if systems and len(gaps) < len(systems):
                return []
            worst = sorted(gaps, key=lambda gap: gap.absent)[:1]
            return worst or [Gap(None, "The snapshot holds no system.", False)]
        found = self._systems(need, entity)
        owned = need.table if need.side == "owner" else entity
        if need.side not in {"salesforce", "each"} and (lost := self._lost(owned)):
            return [Gap(None, f"{owned} belong to {lost} by [ownership], and the snapshot does not hold that system.", False, need.side)]
        if not found and need.side not in {"follower", "erp"}:
            return [Gap(None, f"The snapshot holds no {'Salesforce' if need.side == 'salesforce' else 'shop'} system.", False, need.side)]
        gaps = [gap for system in found if (gap := self._lacks(system, need, entity))]
        return gaps or [gap for system in found for gap in self._ids(system, need, entity)]

    def _ids(self, system: str, need: Need, entity: str) -> Iterator[Gap]:
        """Systems whose ids cannot be told in Salesforce although those of others can."""
        if (need.side, need.column) != ("salesforce", "external_ids"):
            return
        for shop in self.compared.get(entity, ()):
            why = self.columns.get((system, need.table, f"external_ids.{shop}"), "")
            if why and not (need.if_mapped and why == NOT_MAPPED):
                words = f"{need.table} of {system} could not be read with their ids of {shop} ({why.rstrip('.')})."
                yield Gap(shop, words, (system, need.table, f"external_ids.{shop}") in self.absent, "shop")

    def _lost(self, table: str) -> str | None:
        """An owner that the snapshot does not hold."""
        held = {system for systems in self.sides.values() for system in systems}
        return next((owner for owner in self.owners.get(table, ()) if owner not in held), None)

    def _systems(self, need: Need, entity: str) -> Sequence[str]:
        """Systems that a need speaks of."""
        if need.side == "salesforce":
            return self.sides.get("salesforce", ())
        if need.side == "each":
            return [system for side in sorted(self.sides) for system in self.sides[side]]
        if need.side in {"follower", "erp"}:
            return sorted({pair[need.side == "erp"] for pair in self.followers.get(entity, ())})
        table = need.table if need.side == "owner" else entity
        return self.compared.get(table, ()) if table in self.owners else self.sides.get("shop", ())

    def _lacks(self, system: str, need: Need, entity: str) -> Gap | None:
        known = self.tables.get((system, need.table))
        table = _SAID.get(need.table, need.table)
        if need.if_mapped and (known is None or not known[0]):
            return None
        if known is None:
            return Gap(system, f"{table} of {system} were not read.", False, need.side)
        readable, complete, reason = known
        because = f" ({reason.rstrip('.')})" if reason else ""
        if not readable:
            nothing = (system, need.table, None) in self.absent
            words = f"{table} of {system} {'are not there' if nothing else 'could not be read'}{because}."
            return Gap(system, words, nothing and not self._is_declared(system, need, entity), need.side)
        if not complete:
            return Gap(system, f"{table} of {system} are not proven complete{because}.", False, need.side)
        why = self.columns.get((system, need.table, need.column or ""), "")
        if why != "" and not (need.if_mapped and why == NOT_MAPPED):
            nothing = (system, need.table, need.column) in self.absent
            words = f"{need.table}.{need.column} of {system} {'is not there' if nothing else 'could not be read'}"
            nothing = nothing and not self._is_declared(system, need, entity)
            return Gap(system, words + (f" ({why.rstrip('.')})." if why else "."), nothing, need.side)
        return None

    def _is_declared(self, system: str, need: Need, entity: str) -> bool:
        """Whether somebody said that the system owns what it does not have: then nothing else is looked at, and that is no answer."""
        table = need.table if need.side == "owner" else entity
        owners = self.owners.get(table, ())
        return need.side != "each" and system in owners and set(owners) != set(self.sides.get("shop", ()))


def _grouped(rows: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return found


def check_all(rules: Sequence[Rule], checker: Checker) -> tuple[dict[str, dict[str, str]], dict[str, RuleError]]:
    """Columns of every sound rule, and the error of every other."""
    columns: dict[str, dict[str, str]] = {}
    errors: dict[str, RuleError] = {}
    for rule in rules:
        try:
            columns[rule.id] = checker.check(rule)
        except RuleError as error:
            errors[rule.id] = error
    return columns, errors


def as_json(value: Any) -> str:
    """JSON with sorted keys: the same value always gives the same bytes."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
