"""history.duckdb: every run with its findings, and the life of each finding over runs.

A run is stored in one transaction: after a crash it is there whole or not at all. Findings are moved by SQL; only what a caller
asks for becomes Python objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from pydantic import TypeAdapter

from recon import __version__
from recon.audit.accounts import Moved, moved
from recon.audit.columns import FINDING_COLUMNS, FINDING_DDL
from recon.audit.metrics import aware, naive
from recon.audit.result import (
    OPEN_STATES,
    AgeBucket,
    AuditResult,
    Counts,
    Difference,
    DuplicateGroup,
    Finding,
    Identity,
    Money,
    Outcome,
    Passed,
    RecordRef,
    RelatedGroup,
    RuleOutcome,
    SeverityTotal,
    SharedValue,
    SourceRef,
    SystemSummary,
    TrendPoint,
    WaiverUse,
)
from recon.config.settings import SEVERITIES
from recon.errors import LockedError, StoreError, UsageError
from recon.faultpoints import faultpoint
from recon.snapshot.files import explained, make_directory
from recon.warehouse.engine import connect, quote
from recon.warehouse.standstill import watched

FILE_NAME = "history.duckdb"
VERSION = 4
TREND_RUNS = 30

_SECOND_LOOKS = """
create table if not exists second_looks (
  run_id varchar not null,
  rule varchar not null,
  finding_id varchar not null,
  system varchar not null,
  record_id varchar,
  salesforce_id varchar,
  severity varchar not null,
  label varchar not null,
  message varchar not null,
  diff struct(field varchar, shop varchar, salesforce varchar)[],
  evidence varchar not null,
  entity varchar not null,
  amount decimal(38, 6),
  currency varchar,
  occurred_at timestamp,
  outcome varchar not null,
  detail varchar not null
)
"""
"""What a second look took out of the findings of a run."""

_CUSTOMER_GROUPS = """
create table if not exists customer_groups (
  run_id varchar not null,
  kind varchar not null,
  place integer not null,
  finding_id varchar,
  records struct(system varchar, record_id varchar)[] not null,
  document varchar not null
)
"""
"""Duplicates, related groups and shared values of a run, one a row, with the records whose personal data they hold."""

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: ("alter table findings add column owning_system varchar",),
    2: (_SECOND_LOOKS,),
    3: (_CUSTOMER_GROUPS,),
}
"""version → statements that bring a file of that version to the next one"""

_SCHEMA = f"""
create table meta (version integer not null, tool_version varchar not null);
create table runs (
  run_id varchar not null,
  number bigint not null,
  started_at timestamp not null,
  as_of timestamp not null,
  outcome varchar not null,
  exit_code integer not null,
  in_order boolean not null,
  document varchar not null
);
create table outcomes (
  run_id varchar not null,
  rule varchar not null,
  state varchar not null,
  severity varchar not null,
  open_findings bigint,
  document varchar not null
);
create table findings (
  run_id varchar not null,
{FINDING_DDL.strip()},
  owner varchar,
  state varchar not null,
  reopened boolean not null,
  first_seen_at timestamp not null,
  last_seen_at timestamp not null,
  runs_open bigint not null,
  waiver integer
);
create table life (
  finding_id varchar not null,
  identity varchar not null,
  system varchar not null,
  state varchar not null,
  digest varchar not null,
  first_seen_at timestamp not null,
  last_seen_at timestamp not null,
  runs_open bigint not null,
  times_opened bigint not null,
  row_run varchar not null
);
{_SECOND_LOOKS.strip()};
{_CUSTOMER_GROUPS.strip()};
"""

_RANK = "case f.severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end"
_STATE_RANK = (
    "case f.state when 'new' then 0 when 'updated' then 1 when 'unchanged' then 2 when 'unknown' then 3 when 'waived' then 4 else 5 end"
)
_ORDER = f"{_RANK}, {_STATE_RANK}, f.rule, f.system, f.record_id nulls last, f.salesforce_id nulls last, f.finding_id"
_OPEN = ", ".join(quote(state) for state in OPEN_STATES)


@dataclass(frozen=True)
class Judged:
    """What the life of findings needs to know of a rule in this run."""

    rule: str
    identity: str
    state: str
    owner: str | None
    left_out: tuple[str, ...] = ()
    """systems at which it did not look although it ran"""


@dataclass(frozen=True)
class Tally:
    """Counts over all findings of a run, made by SQL."""

    rules: Mapping[str, tuple[Counts, tuple[Money, ...]]]
    severities: tuple[SeverityTotal, ...]
    ageing: tuple[AgeBucket, ...]
    waived: Mapping[int, int]
    """position of a waiver → findings it covers"""
    moved: tuple[Moved, ...] = ()
    """systems that were another account when findings were last seen that are open still"""

    def worst_open(self) -> str | None:
        """The worst severity of which a finding is open."""
        return next((total.severity for total in self.severities if total.counts.open), None)


class History:
    """The open file. Use :func:`opened`."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """For questions of other modules; it can write only where the file was opened for that."""
        return self._con

    def store(
        self,
        scratch: Path,
        run_id: str,
        as_of: datetime,
        judged: Sequence[Judged],
        systems: Mapping[str, datetime | None],
        summaries: Sequence[SystemSummary],
        waivers: Sequence[WaiverUse],
        finish: Callable[[Tally], AuditResult],
    ) -> AuditResult:
        """Move a run's findings in, work out their states, and store what ``finish`` makes of the counts; all or nothing.

        ``systems`` are those of the snapshot, each with the instant from which its orders could be read, or None for all of them;
        ``summaries`` say which account each of them is.
        """
        con = self._con
        con.execute(f"attach {quote(str(scratch))} as scratch (read_only)")
        try:
            con.execute("begin transaction")
            try:
                with watched(con, f"run {run_id} was stored in {FILE_NAME}"):
                    result = self._store(run_id, as_of, judged, systems, summaries, waivers, finish)
            except BaseException:
                con.execute("rollback")
                raise
            faultpoint("history.before_commit")
            con.execute("commit")
            faultpoint("history.after_commit")
        finally:
            con.execute("detach scratch")
        con.execute("checkpoint")
        return result

    def _store(
        self,
        run_id: str,
        as_of: datetime,
        judged: Sequence[Judged],
        systems: Mapping[str, datetime | None],
        summaries: Sequence[SystemSummary],
        waivers: Sequence[WaiverUse],
        finish: Callable[[Tally], AuditResult],
    ) -> AuditResult:
        con = self._con
        moment = as_of.astimezone(UTC).replace(tzinfo=None)
        if con.execute("select 1 from runs where run_id = $run", {"run": run_id}).fetchone():
            raise StoreError(f"The run {run_id} is already in {FILE_NAME}.", "Every audit needs an id of its own.")
        (newest,) = con.execute("select max(as_of) from runs where in_order").fetchall()[0]
        in_order = newest is None or moment >= newest
        self._prepare(judged, systems, waivers)
        strangers = self._strangers(summaries)
        con.execute(_CURRENT, {"run": run_id, "as_of": moment})
        if con.execute("select 1 from duckdb_tables() where database_name = 'scratch' and table_name = 'second_looks'").fetchone():
            con.execute("insert into second_looks by name select $run as run_id, s.* from scratch.second_looks as s", {"run": run_id})
        if in_order:
            con.execute(_UNKNOWN, {"run": run_id})
            con.execute(_RESOLVED, {"run": run_id})
            for statement in _LIFE:
                con.execute(statement, {"run": run_id} if "$run" in statement else None)
        result = finish(replace(self._tally(run_id, moment), moved=strangers))
        self._store_run(result, in_order)
        for name in ("judged", "left_out", "present", "elsewhere", "waived", "waivers"):
            con.execute(f"drop table if exists temp.{name}")
        return result

    def _prepare(self, judged: Sequence[Judged], systems: Mapping[str, datetime | None], waivers: Sequence[WaiverUse]) -> None:
        """Tables of what this run could look at, for the statements below."""
        con = self._con
        con.execute("create or replace temp table judged (rule varchar, identity varchar, state varchar, owner varchar)")
        if judged:
            con.executemany("insert into judged values (?, ?, ?, ?)", [(j.rule, j.identity, j.state, j.owner) for j in judged])
        con.execute("create or replace temp table left_out (identity varchar, system varchar)")
        if left_out := [(one.identity, system) for one in judged for system in one.left_out]:
            con.executemany("insert into left_out values (?, ?)", left_out)
        con.execute("create or replace temp table present (system varchar, reach timestamp)")
        if systems:
            con.executemany("insert into present values (?, ?)", [(name, naive(reach)) for name, reach in systems.items()])
        con.execute(
            "create or replace temp table waivers "
            "(position integer, rule varchar, system varchar, record_id varchar, salesforce_id varchar, finding varchar)"
        )
        active = [(i, w.rule, w.system, w.record_id, w.salesforce_id, w.finding) for i, w in enumerate(waivers) if not w.expired]
        if active:
            con.executemany("insert into waivers values (?, ?, ?, ?, ?, ?)", active)
        con.execute(_WAIVED)

    def _strangers(self, summaries: Sequence[SystemSummary]) -> tuple[Moved, ...]:
        """Make ``elsewhere``: findings last seen in another account than the one that bears the system's name now."""
        con = self._con
        con.execute("create or replace temp table accounts (last_seen_at timestamp, system varchar)")
        found: dict[str, Moved] = {}
        for as_of, document in con.execute(_LAST_SEEN).fetchall():
            for one in moved(_adapter(AuditResult).validate_json(document).systems, summaries):
                con.execute("insert into accounts values (?, ?)", [as_of, None if one.concerns_all else one.system])
                found[one.system] = one
        con.execute(_ELSEWHERE)
        con.execute("drop table temp.accounts")
        return tuple(found[name] for name in sorted(found))

    def _tally(self, run_id: str, as_of: datetime) -> Tally:
        con = self._con
        run = {"run": run_id}
        states: dict[str, dict[str, dict[str, int]]] = {"rule": {}, "severity": {}}
        amounts: dict[str, dict[str, list[Money]]] = {"rule": {}, "severity": {}}
        for by in ("rule", "severity"):
            sql = f"select f.{by}, f.state, count(*) from findings as f where f.run_id = $run group by all order by all"
            for key, state, count in con.execute(sql, run).fetchall():
                states[by].setdefault(key, {})[state] = count
            sql = (
                f"select f.{by}, f.currency, cast(sum(f.amount) as decimal(38, 6)) from findings as f where f.run_id = $run "
                f"and f.state in ({_OPEN}) and f.amount is not null and f.currency is not null group by all order by all"
            )
            for key, currency, amount in con.execute(sql, run).fetchall():
                amounts[by].setdefault(key, []).append(Money(currency, amount))
        rules = {rule: (_counts(found), tuple(amounts["rule"].get(rule, ()))) for rule, found in states["rule"].items()}
        severities = tuple(
            SeverityTotal(severity, _counts(states["severity"].get(severity, {})), tuple(amounts["severity"].get(severity, ())))
            for severity in SEVERITIES
        )
        sql = "select f.waiver, count(*) from findings as f where f.run_id = $run and f.state = 'waived' group by all"
        waived = dict(con.execute(sql, run).fetchall())
        return Tally(rules, severities, self._ageing(run_id, as_of), waived)

    def _ageing(self, run_id: str, as_of: datetime) -> tuple[AgeBucket, ...]:
        sql = f"""
select
  case when f.first_seen_at > $as_of - to_days(1) then 0 when f.first_seen_at > $as_of - to_days(7) then 1
    when f.first_seen_at > $as_of - to_days(30) then 2 else 3 end as bucket,
  f.currency,
  count(*),
  cast(sum(f.amount) as decimal(38, 6))
from findings as f
where f.run_id = $run and f.state in ({_OPEN})
group by all
order by all
"""
        rows = self._con.execute(sql, {"run": run_id, "as_of": as_of}).fetchall()
        buckets = (("today", 1), ("up to 7 days", 7), ("up to 30 days", 30), ("more than 30 days", None))
        return tuple(
            AgeBucket(
                label,
                days,
                sum(row[2] for row in rows if row[0] == position),
                tuple(Money(row[1], row[3]) for row in rows if row[0] == position and row[1] is not None and row[3] is not None),
            )
            for position, (label, days) in enumerate(buckets)
        )

    def _store_run(self, result: AuditResult, in_order: bool) -> None:
        run = result.run
        identity = replace(result.identity, duplicates=(), related=(), shared_values=()) if result.identity else None
        bare = replace(result, findings=(), resolved=(), trend=(), rules=(), identity=identity)
        (number,) = self._con.execute("select coalesce(max(number), 0) + 1 from runs").fetchall()[0]
        self._con.execute(
            "insert into runs values ($id, $number, $started, $as_of, $outcome, $exit, $in_order, $document)",
            {
                "id": run.id,
                "number": number,
                "started": run.started_at.astimezone(UTC).replace(tzinfo=None),
                "as_of": run.as_of.astimezone(UTC).replace(tzinfo=None),
                "outcome": result.verdict.outcome,
                "exit": run.exit_code,
                "in_order": in_order,
                "document": _adapter(AuditResult).dump_json(bare).decode(),
            },
        )
        rows = [
            (run.id, rule.id, rule.state, rule.severity, _open_of(rule), _adapter(RuleOutcome).dump_json(rule).decode())
            for rule in result.rules
        ]
        if rows:
            self._con.executemany("insert into outcomes values (?, ?, ?, ?, ?, ?)", rows)
        if result.identity is not None and (groups := list(_group_rows(result.identity))):
            self._con.executemany("insert into customer_groups values (?, ?, ?, ?, ?, ?)", [(run.id, *row) for row in groups])

    def runs(self) -> list[str]:
        """Ids of all runs, oldest first."""
        return [row[0] for row in self._con.execute("select r.run_id from runs as r order by r.number").fetchall()]

    def result(self, run_id: str | None, limit: int) -> AuditResult:
        """One run; UsageError where it is not there."""
        with watched(self._con, f"{f'run {run_id}' if run_id else 'the newest run'} was read from {FILE_NAME}"):
            return self._result(run_id, limit)

    def _result(self, run_id: str | None, limit: int) -> AuditResult:
        sql = "select r.run_id, r.number, r.document from runs as r"
        if run_id is None:
            row = self._con.execute(f"{sql} order by r.number desc limit 1").fetchone()
        else:
            row = self._con.execute(f"{sql} where r.run_id = $run", {"run": run_id}).fetchone()
        if row is None:
            raise UsageError(
                f"There is no run {run_id} in the history." if run_id else "There is no run in the history yet.",
                "See `recon report --list` for the runs." if run_id else "Start one with `recon run` or `recon audit`.",
            )
        bare: AuditResult = _adapter(AuditResult).validate_json(row[2])
        documents = self._con.execute(
            "select o.document from outcomes as o where o.run_id = $run order by o.rule", {"run": row[0]}
        ).fetchall()
        rules = tuple(_adapter(RuleOutcome).validate_json(document) for (document,) in documents)
        return replace(
            bare,
            rules=rules,
            findings=tuple(self.findings(row[0], bare, "f.state <> 'resolved'", limit)),
            resolved=tuple(self.findings(row[0], bare, "f.state = 'resolved'", limit)),
            trend=self._trend(int(row[1])),
            second_look=replace(bare.second_look, passed=self._passed(row[0], limit)) if bare.second_look else None,
            identity=self._identity(row[0], bare.identity) if bare.identity else None,
        )

    def _identity(self, run_id: str, totals: Identity) -> Identity:
        """Groups and shared values as they were stored; duplicates with what became of their findings."""
        found: dict[str, list[Any]] = {kind: [] for kind in _GROUPS}
        sql = (
            "select g.kind, g.document, f.state from customer_groups as g "
            "left join findings as f on g.run_id = f.run_id and g.finding_id = f.finding_id where g.run_id = $run order by g.kind, g.place"
        )
        for kind, document, state in self._con.execute(sql, {"run": run_id}).fetchall():
            one = _adapter(_GROUPS[kind]).validate_json(document)
            found[kind].append(replace(one, state=state) if kind == "duplicates" and state else one)
        return replace(
            totals,
            duplicates=tuple(found["duplicates"]),
            related=tuple(found["related"]),
            shared_values=tuple(found["shared_values"]),
        )

    def _passed(self, run_id: str, limit: int) -> tuple[Passed, ...]:
        """What was in flight or gone, worst first."""
        names = [
            "rule", "finding_id", "system", "record_id", "salesforce_id", "severity", "label", "message", "diff", "evidence", "entity",
            "amount", "currency", "occurred_at", "outcome", "detail",
        ]  # fmt: skip
        sql = (
            f"select {', '.join(f'f.{name}' for name in names)} from second_looks as f where f.run_id = $run "
            f"order by {_RANK}, f.rule, f.system, f.record_id nulls last, f.salesforce_id nulls last, f.finding_id limit {int(limit)}"
        )
        rows = self._con.execute(sql, {"run": run_id}).fetchall()
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return tuple(map(_passed, found))

    def findings(
        self, run_id: str, bare: AuditResult, where: str, limit: int | None, values: Mapping[str, Any] | None = None
    ) -> Iterator[Finding]:
        """Findings of a run, worst first, a thousand at a time."""
        columns = f"{FINDING_COLUMNS}, owner, state, reopened, first_seen_at, last_seen_at, runs_open, waiver"
        names = columns.split(", ")
        sql = f"select {', '.join(f'f.{name}' for name in names)} from findings as f where f.run_id = $run and {where} order by {_ORDER}"
        cursor = self._con.cursor()
        doing = f"findings of run {run_id} were read"
        try:
            with watched(cursor, doing):
                cursor.execute(sql + (f" limit {int(limit)}" if limit is not None else ""), {"run": run_id, **(values or {})})
                rows = cursor.fetchmany(1000)
            while rows:
                for row in rows:  # whoever takes them may wait as long as he likes
                    yield _finding(dict(zip(names, row, strict=True)), bare.waivers)
                with watched(cursor, doing):
                    rows = cursor.fetchmany(1000)
        finally:
            cursor.close()

    def _trend(self, number: int) -> tuple[TrendPoint, ...]:
        sql = (
            "select r.run_id, r.started_at, r.as_of, r.outcome, r.document from runs as r where r.number <= $number "
            f"order by r.number desc limit {TREND_RUNS}"
        )
        points = []
        for run_id, started, as_of, outcome, document in reversed(self._con.execute(sql, {"number": number}).fetchall()):
            rules = self._con.execute("select o.rule, o.open_findings from outcomes as o where o.run_id = $run", {"run": run_id}).fetchall()
            totals = {total["severity"]: int(total["counts"]["open"]) for total in json.loads(document)["totals"]}
            points.append(TrendPoint(run_id, _aware(started), _aware(as_of), _outcome(outcome), totals, dict(sorted(rules))))
        return tuple(points)

    def ended(self) -> tuple[tuple[str, int, float], ...]:
        """How long it took until findings were gone: severity, how many were resolved so far, median days since they were first seen."""
        sql = f"""
select f.severity, count(*), median(date_diff('second', f.first_seen_at, r.as_of)) / 86400.0
from findings as f
inner join runs as r on f.run_id = r.run_id
where f.state = 'resolved'
group by all
order by {_RANK.replace("f.severity", "any_value(f.severity)")}
"""
        return tuple((severity, int(count), float(days)) for severity, count, days in self._con.execute(sql).fetchall())

    def reopened(self) -> int:
        """Findings of the newest run that are open and had been resolved before."""
        sql = (
            f"select count(*) from findings as f where f.state in ({_OPEN}) and f.reopened "
            "and f.run_id = (select r.run_id from runs as r order by r.number desc limit 1)"
        )
        return int(self._con.execute(sql).fetchall()[0][0])

    def points(self, most: int) -> tuple[TrendPoint, ...]:
        """Verdict and open findings of the newest runs, oldest first; one query, without the rules."""
        sql = "select r.run_id, r.started_at, r.as_of, r.outcome, r.document from runs as r order by r.number desc limit $most"
        points = []
        for run_id, started, as_of, outcome, document in reversed(self._con.execute(sql, {"most": most}).fetchall()):
            found = json.loads(document)["totals"]
            totals = {total["severity"]: int(total["counts"]["open"]) for total in found}
            counts = (sum(int(total["counts"][name]) for total in found) for name in ("new", "resolved", "unknown"))
            points.append(TrendPoint(run_id, _aware(started), _aware(as_of), _outcome(outcome), totals, {}, *counts))
        return tuple(points)


_WAIVED = """
create or replace temp table waived as
select x.finding_id, min(w.position) as position
from (
  select f.finding_id, f.rule, f.system, f.record_id, f.salesforce_id from scratch.findings as f
  union
  select o.finding_id, j.rule, o.system, o.record_id, o.salesforce_id
  from life as l
  inner join findings as o on l.row_run = o.run_id and l.finding_id = o.finding_id
  inner join judged as j on l.identity = j.identity
  where l.state = 'open' and exists (select 1 from waivers)
) as x
inner join waivers as w
  on (x.rule = w.rule or w.rule = '*' or (ends_with(w.rule, '*') and starts_with(x.rule, left(w.rule, length(w.rule) - 1))))
  and (w.system is null or w.system = x.system)
  and (w.record_id is null or w.record_id = x.record_id)
  and (w.salesforce_id is null or w.salesforce_id = x.salesforce_id)
  and (w.finding is null or w.finding = x.finding_id)
group by x.finding_id
"""

_LAST_SEEN = """
select
  r.as_of,
  arg_max(r.document, r.number)
from runs as r
semi join life as l on r.as_of = l.last_seen_at and l.state = 'open'
where r.in_order
group by r.as_of
order by r.as_of
"""
"""The run that saw an open finding last: the document names the account in which it was seen."""

_ELSEWHERE = """
create or replace temp table elsewhere as
select distinct l.finding_id
from life as l
inner join accounts as a on l.last_seen_at = a.last_seen_at and (a.system is null or a.system = l.system)
where l.state = 'open'
"""

_C = ", ".join(f"c.{name}" for name in FINDING_COLUMNS.split(", "))
_O = ", ".join(f"o.{name}" if name != "rule" else "j.rule" for name in FINDING_COLUMNS.split(", "))

_OUT_OF_REACH = "o.occurred_at < p.reach and o.entity in ('orders', 'order_lines', 'refunds', 'returns', 'fulfillments', 'payments')"
"""The shop shows only newer orders by now (Shopify: 60 days without read_all_orders): what is no longer seen has not been mended."""

_INTO = f"insert into findings (run_id, {FINDING_COLUMNS}, owner, state, reopened, first_seen_at, last_seen_at, runs_open, waiver)"
"""A file that was migrated has its columns in another order."""

_CURRENT = f"""
{_INTO}
select
  $run, {_C}, j.owner,
  case
    when w.position is not null then 'waived'
    when l.finding_id is null or l.state = 'resolved' then 'new'
    when l.digest = c.digest then 'unchanged'
    else 'updated'
  end,
  coalesce(l.state = 'resolved' or l.times_opened > 1, false),
  coalesce(l.first_seen_at, $as_of),
  $as_of,
  case when l.state = 'open' then l.runs_open + 1 else 1 end,
  w.position
from scratch.findings as c
inner join judged as j on c.rule = j.rule
left join (select * from life anti join elsewhere using (finding_id)) as l on c.finding_id = l.finding_id
left join waived as w on c.finding_id = w.finding_id
"""

_UNKNOWN = f"""
{_INTO}
select
  $run, {_O}, j.owner,
  case when w.position is not null then 'waived' else 'unknown' end,
  l.times_opened > 1, l.first_seen_at, l.last_seen_at, l.runs_open, w.position
from life as l
inner join findings as o on l.row_run = o.run_id and l.finding_id = o.finding_id
inner join judged as j on l.identity = j.identity
left join waived as w on l.finding_id = w.finding_id
where
  l.state = 'open'
  and (
    j.state in ('not_run', 'not_applicable', 'error')
    or (j.state = 'ran' and l.system not in (select p.system from present as p))
    or exists (select 1 from left_out as x where x.identity = l.identity and x.system = l.system)
    or l.finding_id in (select e.finding_id from elsewhere as e)
    or (j.state = 'ran' and exists (select 1 from present as p where p.system = l.system and {_OUT_OF_REACH}))
  )
  and not exists (select 1 from scratch.findings as c where c.finding_id = l.finding_id)
"""

_RESOLVED = f"""
{_INTO}
select $run, {_O}, j.owner, 'resolved', l.times_opened > 1, l.first_seen_at, l.last_seen_at, l.runs_open, null
from life as l
inner join findings as o on l.row_run = o.run_id and l.finding_id = o.finding_id
inner join judged as j on l.identity = j.identity and j.state = 'ran'
inner join present as p on l.system = p.system
where
  l.state = 'open'
  and not coalesce({_OUT_OF_REACH}, false)
  and not exists (select 1 from left_out as x where x.identity = l.identity and x.system = l.system)
  and l.finding_id not in (select e.finding_id from elsewhere as e)
  and not exists (select 1 from scratch.findings as c where c.finding_id = l.finding_id)
"""

_LIFE = (
    """
create or replace temp table touched as
select
  f.finding_id, f.identity, f.system, case when f.state = 'resolved' then 'resolved' else 'open' end as state, f.digest,
  f.first_seen_at, f.last_seen_at, f.runs_open,
  coalesce(l.times_opened, 0) + case when l.finding_id is null or l.state = 'resolved' then 1 else 0 end as times_opened,
  f.run_id as row_run
from findings as f
left join life as l on f.finding_id = l.finding_id
where f.run_id = $run
""",
    "delete from life where finding_id in (select t.finding_id from touched as t)",
    "insert into life by name select * from touched",
    "drop table temp.touched",
)


def load(state_dir: Path, run_id: str | None = None, limit: int = 20_000) -> AuditResult:
    """One run, by default the newest; at most ``limit`` findings and as many resolved ones are loaded, worst first.

    Raises UsageError where there is no such run, StoreError where the file is damaged.
    """
    with opened(state_dir) as history:
        return history.result(run_id, limit)


def stream(state_dir: Path, run_id: str | None = None) -> Iterator[Finding]:
    """Every finding of a run, resolved ones last, without holding them in memory."""
    with opened(state_dir) as history:
        bare = history.result(run_id, 0)
        yield from history.findings(bare.run.id, bare, "true", None)


def runs(state_dir: Path) -> list[str]:
    """Ids of all runs, oldest first; none where there is no history yet."""
    if not (state_dir / FILE_NAME).is_file():
        return []
    with opened(state_dir) as history:
        return history.runs()


def points(state_dir: Path, most: int) -> tuple[TrendPoint, ...]:
    """The newest runs for an index, oldest first."""
    with opened(state_dir) as history:
        return history.points(most)


@contextmanager
def opened(state_dir: Path, *, write: bool = False) -> Iterator[History]:
    """Open the history; with ``write`` it is made where there is none. StoreError names a file that is damaged or too new."""
    path = state_dir / FILE_NAME
    if write and not path.is_file():
        _create(path)
    if not path.is_file():
        raise UsageError("There is no run in the history yet.", "Start one with `recon run` or `recon audit`.")
    _migrate(path)
    con = _connect(path, read_only=not write)
    try:
        yield History(con)
    except duckdb.Error as error:
        raise _damaged(path) from error
    finally:
        con.close()


def _create(path: Path) -> None:
    """Build the file under another name, so that a file of this name is always whole."""
    make_directory(path.parent)
    part = path.with_name(path.name + ".part")
    with explained(path):
        part.unlink(missing_ok=True)
    con = _connect(part, read_only=False)
    try:
        con.execute(_SCHEMA)
        con.execute("insert into meta values ($version, $tool)", {"version": VERSION, "tool": __version__})
        con.execute("checkpoint")
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be written.", "Check the disk.") from error
    finally:
        con.close()
    with explained(path):
        part.chmod(0o600)
        part.replace(path)


def _migrate(path: Path) -> None:
    con = _connect(path, read_only=True)
    try:
        (version,) = con.execute("select version from meta").fetchall()[0]
    except (duckdb.Error, IndexError) as error:
        raise _damaged(path) from error
    finally:
        con.close()
    if version > VERSION:
        raise StoreError(f"{path} was written by a newer recon (version {version}; this one knows {VERSION}).", "Update recon.")
    if version == VERSION:
        return
    con = _connect(path, read_only=False)
    try:
        con.execute("begin transaction")
        for step in range(version, VERSION):
            for statement in MIGRATIONS[step]:
                con.execute(statement)
        con.execute("update meta set version = $version, tool_version = $tool", {"version": VERSION, "tool": __version__})
        con.execute("commit")
        con.execute("checkpoint")
    except duckdb.Error as error:
        raise StoreError(f"{path} cannot be brought from version {version} to {VERSION}.", "It is as it was; report this.") from error
    finally:
        con.close()


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return connect(path, read_only=read_only, locked=False)
    except LockedError:
        raise
    except StoreError as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> StoreError:
    return StoreError(
        f"{path} is damaged or was not written by recon.",
        "Put a copy from a backup in its place, or move it away: a new one is begun and all findings count as new.",
    )


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _counts(states: Mapping[str, int]) -> Counts:
    return Counts(open=sum(states.get(state, 0) for state in OPEN_STATES), **states)


def _open_of(rule: RuleOutcome) -> int | None:
    return rule.counts.open if rule.state in {"findings", "clean"} else None


def _outcome(value: str) -> Outcome:
    outcome: Outcome = TypeAdapter(Outcome).validate_python(value)
    return outcome


_GROUPS: Mapping[str, Any] = {"duplicates": DuplicateGroup, "related": RelatedGroup, "shared_values": SharedValue}
"""Part of an Identity → what one row of customer_groups holds of it"""


def _group_rows(identity: Identity) -> Iterator[tuple[Any, ...]]:
    """(kind, place, finding, records, document) of everything that is stored of a run."""
    for kind, what in _GROUPS.items():
        for place, one in enumerate(getattr(identity, kind), 1):
            finding = one.finding_id if kind == "duplicates" else None
            held = [] if kind == "shared_values" else [(one.system, record.record_id) for record in one.records]
            records = [{"system": system, "record_id": record_id} for system, record_id in held]
            yield kind, place, finding, records, _adapter(what).dump_json(one).decode()


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


def _passed(row: Mapping[str, Any]) -> Passed:
    diff = tuple(Difference(**element) for element in row["diff"] or ())
    return Passed(**{**row, "diff": diff, "evidence": json.loads(row["evidence"]), "occurred_at": aware(row["occurred_at"])})


def _finding(row: Mapping[str, Any], waivers: Sequence[WaiverUse]) -> Finding:
    amount: Decimal | None = row["amount"]
    return Finding(
        rule=row["rule"],
        system=row["system"],
        record_id=row["record_id"],
        salesforce_id=row["salesforce_id"],
        owning_system=row["owning_system"],
        finding_id=row["finding_id"],
        severity=row["severity"],
        owner=row["owner"],
        label=row["label"],
        message=row["message"],
        diff=tuple(Difference(**element) for element in row["diff"] or ()),
        amount=amount,
        currency=row["currency"],
        occurred_at=aware(row["occurred_at"]),
        confidence=row["confidence"],
        related=tuple(RecordRef(**element) for element in row["related"] or ()),
        evidence=json.loads(row["evidence"]),
        state=row["state"],
        reopened=row["reopened"],
        first_seen_at=_aware(row["first_seen_at"]),
        last_seen_at=_aware(row["last_seen_at"]),
        runs_open=row["runs_open"],
        waiver=waivers[row["waiver"]] if row["waiver"] is not None else None,
        url_shop=row["url_shop"],
        url_salesforce=row["url_salesforce"],
        source=SourceRef(row["source_file"], row["source_line"]) if row["source_file"] else None,
        entity=row["entity"],
    )
