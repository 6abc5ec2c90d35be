"""Two runs side by side: what came, what went, what changed, and what nobody can say because one of them could not look.

Findings are paired by their id in SQL; what one run lacks is held against what that run was able to see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args

import duckdb

from recon import assets
from recon.audit.accounts import moved
from recon.audit.history import History, opened
from recon.audit.metrics import naive
from recon.audit.result import AuditResult, Finding, Money, RuleOutcome
from recon.config.settings import SEVERITIES
from recon.errors import UsageError
from recon.warehouse.standstill import watched

Change = Literal["new", "updated", "no_longer_waived", "resolved", "waived", "not_compared", "unchanged", "still_waived"]
"""What became of a finding; ``waived``: accepted in the second run and not in the first; ``not_compared``: nobody knows."""

CHANGES: tuple[Change, ...] = get_args(Change)

LISTED = CHANGES[:6]
"""Changes whose findings are listed; the others are counted."""

_COULD = frozenset({"findings", "clean"})
_RANK = " ".join(f"when '{name}' then {place}" for place, name in enumerate(SEVERITIES))


@dataclass(frozen=True)
class Total:
    """Findings of one change: how many, by severity, and the money of both runs; waived ones hold no money."""

    change: Change
    count: int
    severities: Mapping[str, int]
    before: tuple[Money, ...]
    after: tuple[Money, ...]


@dataclass(frozen=True)
class Changed:
    """One finding as the two runs had it; ``before`` None is new, ``after`` None is gone."""

    change: Change
    before: Finding | None
    after: Finding | None
    reason: str | None
    """why it could not be compared"""


@dataclass(frozen=True)
class Blind:
    """What one of the runs could not say: a rule, the systems of which it speaks (none: all of them), why, and how many findings of the
    other run that leaves open."""

    run_id: str
    rule: str
    systems: tuple[str, ...]
    reason: str
    findings: int


@dataclass(frozen=True)
class Comparison:
    """Everything about two runs; both without their findings."""

    before: AuditResult
    after: AuditResult
    totals: tuple[Total, ...]
    changed: tuple[Changed, ...]
    """worst first within each of :data:`LISTED`, at most as many of each as were asked for"""
    blind: tuple[Blind, ...]
    asked_differently: tuple[str, ...]
    """rules whose question or parameters are not the same in both runs"""

    def total(self, change: Change) -> Total:
        """The numbers of one change."""
        return next(total for total in self.totals if total.change == change)

    def worst(self) -> str | None:
        """The worst severity of what is open now and was not, or was another, in the first run."""
        came = [self.total(change).severities for change in LISTED[:3]]
        return next((severity for severity in SEVERITIES if any(found.get(severity) for found in came)), None)


def compare(state_dir: Path, before: str | None = None, after: str | None = None, *, limit: int | None = None) -> Comparison:
    """Hold two runs of the history against each other.

    ``before`` and ``after`` are ids or their beginnings, or ``latest`` and ``previous``; without ``after`` the newest run, without
    ``before`` the one before that. Raises UsageError for runs that are not there, StoreError for a damaged history.
    """
    with opened(state_dir) as history:
        first, second = _chosen(history, before, after)
        old, new = history.result(first, 0), history.result(second, 0)
        with watched(history.connection, f"the runs {first} and {second} were compared"):
            return _compared(history, old, new, limit)


def _compared(history: History, old: AuditResult, new: AuditResult, limit: int | None) -> Comparison:
    con = history.connection
    _prepare(con, old, new)
    statement = (assets.folder("queries") / "history" / "compared.sql").read_text(encoding="utf-8")
    con.execute(f"create or replace temp table compared as {statement}", {"before": old.run.id, "after": new.run.id})
    return Comparison(
        before=old,
        after=new,
        totals=tuple(_total(con, change) for change in CHANGES),
        changed=tuple(one for change in LISTED for one in _changed(history, old, new, change, limit)),
        blind=_blind(con, old, new),
        asked_differently=_asked_differently(old, new),
    )


def _chosen(history: History, before: str | None, after: str | None) -> tuple[str, str]:
    runs = history.runs()
    second = _run(runs, after or "latest")
    if before is None:
        place = runs.index(second)
        if place == 0:
            raise UsageError(
                f"There is no run before {second}.", "One run has nothing to be compared with; `recon report --list` names all."
            )
        return runs[place - 1], second
    first = _run(runs, before)
    if first == second:
        raise UsageError(f"{first} is the only run that was named.", "A run is compared with another one; see `recon report --list`.")
    return first, second


def _run(runs: Sequence[str], wanted: str) -> str:
    """The run that is meant."""
    if wanted in {"latest", "previous"}:
        place = -1 if wanted == "latest" else -2
        if len(runs) < -place:
            raise UsageError(f"There is no {wanted} run in the history yet.", "Start one with `recon run` or `recon audit`.")
        return runs[place]
    fits = [run for run in runs if run == wanted] or [run for run in runs if run.startswith(wanted)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise UsageError(f"{len(fits)} runs begin with {wanted}.", "Give more of the id; `recon report --list` names all.")
    raise UsageError(
        f"There is no run {wanted} in the history.", "A run that did not come to its end is not kept; `recon report --list` names all."
    )


def _prepare(con: duckdb.DuckDBPyConnection, old: AuditResult, new: AuditResult) -> None:
    """Tables that say what either run could not see: ``grounds`` by rule and system, ``reaches`` by system; ``strangers`` are systems
    that are not the same."""
    con.execute("create or replace temp table grounds (run_id varchar, identity varchar, system varchar, reason varchar)")
    con.execute("create or replace temp table reaches (run_id varchar, system varchar, reach timestamp)")
    con.execute("create or replace temp table strangers (system varchar, reason varchar)")
    asked = con.execute(
        "select distinct f.identity, f.rule, f.system from findings as f where f.run_id in ($before, $after) order by all",
        {"before": old.run.id, "after": new.run.id},
    ).fetchall()
    others = _other_accounts(old, new)
    strangers = {system: why for _, _, system in asked if (why := others.get(system) or others.get("*"))}
    if strangers:
        con.executemany("insert into strangers values (?, ?)", list(strangers.items()))
    for run in (old, new):
        rules = {_identity(rule): rule for rule in run.rules} | {rule.id: rule for rule in run.rules}
        grounds: dict[tuple[str, str, str], str] = {}
        for identity, rule, system in asked:
            outcome = rules.get(identity) or rules.get(rule)
            if why := _ground(run, outcome, rule, system):
                grounds[run.run.id, identity, system] = why
        if grounds:
            con.executemany("insert into grounds values (?, ?, ?, ?)", [(*key, why) for key, why in grounds.items()])
        reach = [(run.run.id, row.system, naive(row.window_from)) for row in run.coverage if row.entity == "orders" and row.field is None]
        if reach:
            con.executemany("insert into reaches values (?, ?, ?)", reach)


def _identity(rule: RuleOutcome) -> str:
    return rule.aliases[0] if rule.aliases else rule.id


def _ground(run: AuditResult, rule: RuleOutcome | None, name: str, system: str) -> str | None:
    """Why a run cannot say whether a rule's finding in a system was there, or None where it can."""
    if rule is None:
        return f"The rule {name} did not exist."
    if rule.state not in _COULD:
        return rule.reason or "It was not asked."
    if system not in {one.name for one in run.systems}:
        return f"{system} was not part of it."
    return next((gap.reason for gap in rule.left_out if gap.system == system), None)


def _other_accounts(old: AuditResult, new: AuditResult) -> dict[str, str]:
    """Why findings of a system are not compared; ``*`` speaks of all systems."""
    found: dict[str, str] = {}
    for one in moved(old.systems, new.systems):
        found[one.system] = f"{one.system} was {one.before} in the first run and {one.after} in the second."
        if one.concerns_all:
            found["*"] = found[one.system]
    return found


def _total(con: duckdb.DuckDBPyConnection, change: Change) -> Total:
    counts = con.execute(
        "select c.severity, count(*) from compared as c where c.change = $change group by all order by all", {"change": change}
    ).fetchall()
    sums = {}
    for side in ("before", "after"):
        rows = con.execute(
            f"select c.currency_{side}, cast(sum(c.amount_{side}) as decimal(38, 6)) from compared as c where c.change = $change "
            f"and c.state_{side} <> 'waived' and c.amount_{side} is not null and c.currency_{side} is not null group by all order by all",
            {"change": change},
        ).fetchall()
        sums[side] = tuple(Money(currency, Decimal(amount)) for currency, amount in rows)
    return Total(change, sum(count for _, count in counts), dict(counts), sums["before"], sums["after"])


def _changed(history: History, old: AuditResult, new: AuditResult, change: Change, limit: int | None) -> Iterator[Changed]:
    sql = (
        "select c.finding_id, c.reason from compared as c where c.change = $change "
        f"order by case c.severity {_RANK} end, c.rule, c.system, c.finding_id"
    )
    cut = f" limit {int(limit)}" if limit is not None else ""
    rows = history.connection.execute(sql + cut, {"change": change}).fetchall()
    ids = [finding_id for finding_id, _ in rows]
    if not ids:
        return
    where, values = "f.finding_id in (select unnest($ids)) and f.state not in ('resolved', 'unknown')", {"ids": ids}
    before = {item.finding_id: item for item in history.findings(old.run.id, old, where, None, values)}
    after = {item.finding_id: item for item in history.findings(new.run.id, new, where, None, values)}
    for finding_id, reason in rows:
        yield Changed(change, before.get(finding_id), after.get(finding_id), reason)


def _blind(con: duckdb.DuckDBPyConnection, old: AuditResult, new: AuditResult) -> tuple[Blind, ...]:
    """Rules that could not look in either run, and whatever else leaves findings of the other run open."""
    rows = con.execute(
        "select coalesce(c.missing_in, $after), c.rule, c.reason, list(distinct c.system order by c.system), count(*) from compared as c "
        "where c.change = 'not_compared' group by all order by all",
        {"after": new.run.id},
    ).fetchall()
    found = [Blind(run, rule, tuple(systems), reason, count) for run, rule, reason, systems, count in rows]
    told = {(one.run_id, one.rule) for one in found}
    for run in (old, new):
        found += [
            Blind(run.run.id, rule.id, (), rule.reason or "It could not be judged.", 0)
            for rule in run.rules
            if rule.state in {"not_run", "error"} and (run.run.id, rule.id) not in told
        ]
    return tuple(found)


def _asked_differently(old: AuditResult, new: AuditResult) -> tuple[str, ...]:
    questions: dict[str, list[object]] = defaultdict(list)
    for run in (old, new):
        for rule in run.rules:
            if rule.state in _COULD:
                questions[_identity(rule)].append((rule.sql, sorted((name, value.value) for name, value in rule.params.items())))
    names = {_identity(rule): rule.id for rule in new.rules}
    return tuple(sorted(names.get(name, name) for name, asked in questions.items() if len(asked) == 2 and asked[0] != asked[1]))
