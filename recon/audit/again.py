"""The second look at what rules with ``recheck`` flagged: which records to read again, and what the answers mean for the findings.

Two systems are never read at the same instant. So flagged records are read once more from both sides, staged by the same SQL, and the
rules are asked again. A finding that is no longer there was in flight; one whose own record is gone is told apart; one that could not be
looked at again stays a finding and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb

from recon.audit.columns import FINDING_COLUMNS
from recon.audit.judge import Bench, check_all
from recon.audit.rules import Checker, Rule
from recon.config.settings import SEVERITIES, Settings
from recon.errors import ReconError
from recon.snapshot.again import Ask, SecondLook, Ways
from recon.systems.base import By, Fate
from recon.warehouse.build import build_again, create_model
from recon.warehouse.engine import connect, quote
from recon.warehouse.identity import decisions
from recon.warehouse.standstill import watched

Looker = Callable[[Sequence[Ways]], SecondLook]
"""Reads records again; :func:`recon.snapshot.again.take` with its first arguments filled in."""

Outcome = Literal["confirmed", "in_flight", "gone", "once"]  # the words of recon.audit.result
"""``confirmed``: it is still there. ``in_flight``: it healed. ``gone``: its own record is not there any more. ``once``: seen once only."""

_CHILDREN = ("order_lines", "fulfillments", "refunds", "returns", "payments")
"""Tables whose rows belong to an order, and are read again with it."""

_SOLD = ("prices", "inventory_levels")
"""Tables whose rows belong to a variant of a product."""

_ROOTS = ("orders", "customers", "products", "companies", "subscriptions", "locations")

_COLUMNS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_ROOTS, ()),
    "orders": ("number", "external_ids"),
    "customers": ("external_ids", "is_guest"),
    "products": ("product_id", "external_ids"),
    **dict.fromkeys(_CHILDREN, ("order_id",)),
    **dict.fromkeys(_SOLD, ("variant_id",)),
}
"""Canonical table → columns that say by what its rows can be read again."""

_FORMS = 3
"""Ways of writing a shop's id that are tried beside the plain one"""

_SEEN = ("here", "hidden")


@dataclass(frozen=True)
class Flagged:
    """A finding of the first look, as far as it says which records it is about."""

    finding_id: str
    rule: str
    system: str
    record_id: str | None
    salesforce_id: str | None
    entity: str
    related: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Need:
    """A record that must be looked at: the first of ``ways`` that its system offers is gone.

    ``own``: the finding is about this very record, and means nothing without it. ``extra``: it is read where that is offered.
    """

    ways: Ways
    own: bool = False
    extra: bool = False


@dataclass
class Wanted:
    """What is asked for: findings in order of severity and money, the records that each needs, and all records in that order."""

    flagged: list[Flagged] = field(default_factory=list)
    needs: dict[str, list[Need]] = field(default_factory=dict)
    """finding id → its needs; those beyond the limit have none"""
    records: list[Ways] = field(default_factory=list)
    total: int = 0
    """findings of rules with ``recheck``, also beyond the limit"""


@dataclass(frozen=True)
class Verdict:
    """What the second look says of one finding; ``detail`` is a state of a record, or why nobody looked."""

    outcome: Outcome
    detail: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class Second:
    """A second look in numbers: of how many findings of each rule what became, and why some were not looked at."""

    state: Literal["done", "partly", "failed", "none"]
    reason: str | None
    look: SecondLook | None
    asked: int
    outcomes: Mapping[tuple[str, Outcome, str], int] = field(default_factory=dict)
    """(rule, outcome, detail) → findings"""
    reasons: tuple[str, ...] = ()
    """sentences of what kept records from being looked at"""

    def of(self, rule: str, outcome: Outcome) -> int:
        """Findings of a rule with an outcome."""
        return sum(count for (name, what, _), count in self.outcomes.items() if (name, what) == (rule, outcome))


_BEYOND = Verdict("once", "budget", "There are more than the records of audit.recheck_limit; the worst were looked at first.")


_SWITCHED_OFF = "audit.recheck_limit is 0, so no system was asked a second time."
_NOBODY_ASKED = "No system was asked a second time: the snapshot was judged as it is."


# -- which records ---------------------------------------------------------------------------------------------------------


def wanted(bench: Bench, rules: Sequence[Rule], limit: int) -> Wanted:
    """What has to be read again: the worst findings first, at most ``limit`` records."""
    names = sorted(rule.id for rule in rules if rule.header.recheck)
    found = Wanted()
    count = "select count(*) from scratch.findings as f where list_contains($rules, f.rule)"
    found.total = int(bench.rows(count, {"rules": names})[0][0])
    found.flagged = [_flagged(row) for row in bench.rows(_FLAGGED, {"rules": names, "limit": limit})]
    known = _Known(bench, found.flagged)
    against = {rule.id: any(need.side == "salesforce" for ways in rule.needs for need in ways) for rule in rules}
    asked: dict[Ways, None] = {}
    for one in found.flagged:
        needs = list(known.needs(one, against_salesforce=against[one.rule]))
        fresh = {need.ways: None for need in needs if need.ways and need.ways not in asked}
        if len(asked) + len(fresh) > limit and asked:
            break
        found.needs[one.finding_id] = needs
        asked |= fresh
    found.records = list(asked)
    return found


_SEVERITY = " ".join(f"when {quote(severity)} then {place}" for place, severity in enumerate(SEVERITIES))

_FLAGGED = f"""
with ranked as (
  select
    f.finding_id,
    f.rule,
    f.system,
    f.record_id,
    f.salesforce_id,
    f.entity,
    f.related,
    case f.severity {_SEVERITY} end as rank,
    row_number() over (partition by f.severity, f.currency order by f.amount desc nulls last, f.finding_id) as place
  from scratch.findings as f
  where list_contains($rules, f.rule)
)

select
  r.finding_id,
  r.rule,
  r.system,
  r.record_id,
  r.salesforce_id,
  r.entity,
  r.related
from ranked as r
order by
  r.rank,
  r.place,
  r.finding_id
limit $limit
"""
"""Amounts of different currencies are not compared: the largest of each come first."""


def _flagged(row: tuple[Any, ...]) -> Flagged:
    related = tuple((str(one["system"]), str(one["record_id"])) for one in row[6] or () if one["record_id"] is not None)
    finding_id, rule, system, record_id, salesforce_id, entity, _ = row
    return Flagged(finding_id, rule, system, record_id, salesforce_id, entity, related)


@dataclass(frozen=True)
class _Row:
    """A canonical row: where it lies and by what it can be read again."""

    system: str
    table: str
    record_id: str
    values: Mapping[str, Any]


class _Known:
    """Canonical rows of the records that findings name."""

    def __init__(self, bench: Bench, flagged: Sequence[Flagged]) -> None:
        sql = "select s.system, s.side from systems as s order by all"
        self.sides = dict(bench.rows(sql))
        self.salesforce = [system for system, side in self.sides.items() if side == "salesforce"]
        self.compared: dict[str, list[str]] = {}
        for entity, system in bench.rows("select c.entity, c.system from compared as c order by all"):
            self.compared.setdefault(entity, []).append(system)
        keys = {(one.system, one.record_id) for one in flagged if one.record_id}
        keys |= {(system, one.salesforce_id) for one in flagged for system in self.salesforce if one.salesforce_id}
        keys |= {pair for one in flagged for pair in one.related}
        self.rows: dict[tuple[str, str], dict[str, _Row]] = {}
        self._find(bench, sorted(keys))
        self.forms = {table: _forms(bench, links, table) for table, links in _LINKS.items()}
        variants = {(row.system, str(row.values["variant_id"])) for row in self._all() if row.values.get("variant_id")}
        self._find(bench, sorted(variants - set(self.rows)))

    def _all(self) -> Iterator[_Row]:
        return (row for tables in self.rows.values() for row in tables.values())

    def _find(self, bench: Bench, keys: Sequence[tuple[str, str]]) -> None:
        if not keys:
            return
        values = {"systems": [system for system, _ in keys], "ids": [record for _, record in keys]}
        for table, columns in _COLUMNS.items():
            chosen = "".join(f", r.{column}" for column in columns)
            sql = (
                "with wanted as (select unnest(cast($systems as varchar[])) as system, unnest(cast($ids as varchar[])) as record_id) "
                f"select r.system, r.record_id{chosen} from {table} as r "
                "inner join wanted as w on r.system = w.system and r.record_id = w.record_id order by r.system, r.record_id"
            )
            for system, record, *rest in bench.rows(sql, values):
                row = _Row(system, table, record, dict(zip(columns, rest, strict=True)))
                self.rows.setdefault((system, record), {})[table] = row

    def needs(self, one: Flagged, *, against_salesforce: bool) -> Iterator[Need]:
        """Everything that must be looked at before the finding may be reported."""
        if one.record_id is not None:
            yield from self._record(one.system, one.record_id, one.entity)
        for system in self.salesforce if one.salesforce_id is not None else ():
            yield from self._record(system, str(one.salesforce_id), one.entity)
        if one.salesforce_id is None and one.record_id is not None and against_salesforce:
            yield from self._sought_in_salesforce(one)
        if one.record_id is None and one.salesforce_id is not None:
            yield from self._sought_in_shop(one)
        for system, record in one.related:
            tables = self.rows.get((system, record), {})
            for table in dict.fromkeys((one.entity, "customers")):
                if table in tables:
                    yield from (Need(need.ways, extra=need.extra) for need in self._of_row(tables[table], one.entity))

    def _record(self, system: str, record: str, entity: str) -> Iterator[Need]:
        tables = self.rows.get((system, record), {})
        row = tables.get(entity) or next((tables[name] for name in ("products", *_COLUMNS) if name in tables), None)
        if row is None:
            yield Need((), own=True)  # an entity that nobody can read by id
            return
        yield from self._of_row(row, entity)

    def _of_row(self, row: _Row, entity: str) -> Iterator[Need]:
        def ask(table: str, by: By, key: Any) -> tuple[Ask, ...]:
            return (Ask(row.system, table, by, str(key)),) if key else ()

        order = row.values.get("order_id")
        if row.table in _CHILDREN and self.sides.get(row.system) == "shop":
            # rows that lie inside their order come and go with it
            yield Need(ask("orders", "id", order), own=True)
            yield Need(ask(row.table, "order", order), extra=True)
        elif row.table in _CHILDREN:
            yield Need(ask(row.table, "id", row.record_id), own=True)
            yield Need(ask("orders", "id", order), own=True)
            yield Need(ask(row.table, "order", order), extra=True)
        elif row.table in _SOLD:
            variant = row.values.get("variant_id")
            product = self._product_of(row.system, variant)
            ways = (*ask(row.table, "id", row.record_id), *ask(row.table, "variant", variant), *ask(row.table, "product", product))
            yield Need(ways, own=True)
        elif row.table == "products":
            ways = (*ask("products", "id", row.record_id), *ask("products", "product", row.values.get("product_id") or row.record_id))
            yield Need(ways, own=True)
            for table in (entity,) if entity in _SOLD else ():
                product = row.values.get("product_id") or row.record_id
                yield Need((*ask(table, "variant", row.record_id), *ask(table, "product", product)), extra=True)
        elif row.values.get("is_guest"):
            yield Need((), own=True)  # a guest is what orders say of one; no shop keeps a record of them
        else:
            yield Need(ask(row.table, "id", row.record_id), own=True)
            if row.table == "orders" and entity in _CHILDREN:
                yield Need(ask(entity, "order", row.record_id), extra=True)

    def _product_of(self, system: str, variant: Any) -> str | None:
        row = self.rows.get((system, str(variant)), {}).get("products")
        return str(row.values["product_id"]) if row and row.values.get("product_id") else None

    def _sought_in_salesforce(self, one: Flagged) -> Iterator[Need]:
        """A record that Salesforce does not seem to have is asked for by the shop's id, orders also by their number."""
        if sold := list(self._sought_by_product(one)):
            yield from sold
            return
        own = self.rows.get((one.system, str(one.record_id)), {}).get(one.entity)
        for system in self.salesforce:
            number = own.values.get("number") if own else None
            for form in self.forms.get(one.entity, {}).get((one.system, system), ["{}"]):
                yield Need((Ask(system, one.entity, "external", form.replace("{}", str(one.record_id))),))
            if number:
                yield Need((Ask(system, "orders", "number", str(number)),), extra=True)

    def _sought_by_product(self, one: Flagged) -> Iterator[Need]:
        """Prices and levels carry no id of a shop: those of the product that the finding names are asked for."""
        for system, record in one.related if one.entity in _SOLD else ():
            row = self.rows.get((system, record), {}).get("products")
            if row and self.sides.get(system) == "salesforce":
                product = str(row.values.get("product_id") or record)
                yield Need((Ask(system, one.entity, "variant", record), Ask(system, one.entity, "product", product)))

    def _sought_in_shop(self, one: Flagged) -> Iterator[Need]:
        """A record that no shop seems to have is asked for where Salesforce says that it is from, or in every shop."""
        rows = [self.rows.get((system, str(one.salesforce_id)), {}).get(one.entity) for system in self.salesforce]
        row = next((row for row in rows if row is not None), None)
        if row is None:
            return
        ids: Mapping[str, str | None] = row.values.get("external_ids") or {}
        shops = [system for system in self.compared.get(one.entity, ()) if self.sides.get(system) == "shop"]
        own = [system for system in shops if ids.get(system)]
        for system in own or shops:
            key = ids.get(system) or next((value for value in ids.values() if value), None)
            if key and (plain := key.strip().rpartition("/")[2].removeprefix("#")):
                yield Need((Ask(system, one.entity, "id", plain),))
            if row.values.get("number"):
                yield Need((Ask(system, one.entity, "number", str(row.values["number"])),), extra=bool(key))


_LINKS = {"orders": "order_links", "customers": "customer_links", "products": "product_links"}


def _forms(bench: Bench, links: str, table: str) -> dict[tuple[str, str], list[str]]:
    """(shop, Salesforce) → how ids of the shop are written there, with {} for the id; the plain id is always one of the forms."""
    sql = f"""
with written as (
  select
    l.shop_system,
    l.salesforce_system,
    replace(trim(id_for(r.external_ids, l.shop_system)), l.shop_id, '{{}}') as form
  from {links} as l
  inner join {table} as r on l.salesforce_system = r.system and l.salesforce_id = r.record_id
)

select w.shop_system, w.salesforce_system, w.form
from written as w
where contains(w.form, '{{}}')
group by w.shop_system, w.salesforce_system, w.form
order by count(*) desc, w.form
limit {_FORMS * 20}
"""
    found: dict[tuple[str, str], list[str]] = {}
    for shop, salesforce, form in bench.rows(sql):
        held = found.setdefault((shop, salesforce), ["{}"])
        if form not in held and len(held) <= _FORMS:
            held.append(form)
    return found


# -- what the answers mean ----------------------------------------------------------------------------------------------------


def settle(
    settings: Settings,
    snapshot_dir: Path,
    scratch: Path,
    rules: Sequence[Rule],
    found: Wanted,
    look: SecondLook | None,
    as_of: datetime,
    threads: int | None,
) -> Second:
    """Take what healed or is gone out of the findings in ``scratch``, and mark what was not looked at twice.

    Where the second look failed, everything stays as the first one left it. The file gets a table ``second_looks`` with what was taken out.
    """
    with connect(scratch, read_only=False, memory=settings.audit.memory, threads=threads, locked=False) as con:
        con.execute(_LOOKS)
    if look is None or not found.flagged:
        reason = _SWITCHED_OFF if not settings.audit.recheck_limit else _NOBODY_ASKED
        return Second("none", reason, None, 0)
    chosen = [rule for rule in rules if rule.id in {one.rule for one in found.flagged}]
    judged: frozenset[str] = frozenset()
    folder = scratch.parent / "again"
    try:
        again = None
        if any(fate.state == "here" for fate in look.fates().values()):
            again, judged = _judge_again(settings, snapshot_dir, folder, chosen, look, as_of, threads)
        else:
            judged = frozenset(rule.id for rule in chosen)
        return _merge(settings, scratch, again, found, look, judged, threads)
    except ReconError as error:
        return failed(settings, scratch, rules, found, error.message, look)


def failed(settings: Settings, scratch: Path, rules: Sequence[Rule], found: Wanted, reason: str, look: SecondLook | None = None) -> Second:
    """The second look came to nothing: everything stays a finding, and says why it was not looked at twice."""
    with connect(scratch, read_only=False, memory=settings.audit.memory, locked=False) as con:
        con.execute(_LOOKS)
        counts = _mark_rest(con, [rule.id for rule in rules if rule.header.recheck], Verdict("once", "failed", reason))
    return Second("failed", reason, look, len(found.records), counts, (reason,))


def _judge_again(
    settings: Settings, snapshot_dir: Path, folder: Path, rules: Sequence[Rule], look: SecondLook, as_of: datetime, threads: int | None
) -> tuple[Path, frozenset[str]]:
    """Ask the rules again over the newest versions; the file of what they say now, and the rules that had an answer."""
    memory = settings.audit.memory
    folder.mkdir(mode=0o700)
    target = build_again(
        snapshot_dir,
        folder / "warehouse.duckdb",
        look,
        ownership=settings.owners,
        **decisions.wishes(settings),
        memory=memory,
        threads=threads,
    )
    with connect(None, memory="256MB", threads=1, locked=False) as model:
        create_model(model)
        model.execute("set enable_external_access = false")
        columns, _ = check_all(rules, Checker(model))
    answered = []
    bench = Bench(target, folder / "judging", memory=memory, threads=threads)
    for rule in rules:
        if rule.id in columns:
            judgement = bench.judge(rule, columns[rule.id], rule.values(settings), as_of, settings.audit.rule_seconds)
            answered += [rule.id] if judgement.error is None else []
    return bench.detach(), frozenset(answered)


_LOOKS = """
create or replace table second_looks (
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


def _merge(
    settings: Settings, scratch: Path, again: Path | None, found: Wanted, look: SecondLook, judged: frozenset[str], threads: int | None
) -> Second:
    opened = connect(scratch, read_only=False, memory=settings.audit.memory, threads=threads, locked=False)
    with opened as con, watched(con, "the second look was taken into account"):
        still: set[str] = set()
        if again is not None:
            con.execute(f"attach {quote(str(again))} as again (read_only)")
            still = {finding for (finding,) in con.execute("select f.finding_id from again.findings as f").fetchall()}
        verdicts = _verdicts(found, look, judged, still, looked_again=again is not None)
        names = sorted({one.rule for one in found.flagged})
        con.execute("begin transaction")
        _apply(con, verdicts, has_again=again is not None)
        rest = _mark_rest(con, names, _BEYOND)
        con.execute("commit")
    outcomes = Counter((one.rule, verdicts[one.finding_id].outcome, verdicts[one.finding_id].detail) for one in found.flagged) + rest
    all_verdicts = [*verdicts.values(), *([_BEYOND] if rest else [])]
    reasons = dict.fromkeys(verdict.sentence for verdict in all_verdicts if verdict.outcome == "once")
    is_whole = not any(outcome == "once" for _, outcome, _ in outcomes)
    return Second("done" if is_whole else "partly", None, look, len(found.records), outcomes, tuple(reasons))


def _apply(con: duckdb.DuckDBPyConnection, verdicts: Mapping[str, Verdict], *, has_again: bool) -> None:
    """Move what healed or is gone out, replace what is confirmed by its newest form, and say of each finding whether it was looked at."""
    con.execute("create or replace temp table verdicts (finding_id varchar, outcome varchar, detail varchar, note varchar)")
    rows = [(finding, verdict.outcome, verdict.detail, _note(verdict)) for finding, verdict in verdicts.items()]
    con.executemany("insert into verdicts values (?, ?, ?, ?)", rows)
    con.execute(
        "insert into second_looks select f.rule, f.finding_id, f.system, f.record_id, f.salesforce_id, f.severity, f.label, f.message, "
        "f.diff, f.evidence, f.entity, f.amount, f.currency, f.occurred_at, v.outcome, v.detail from findings as f "
        "inner join verdicts as v on f.finding_id = v.finding_id and v.outcome in ('in_flight', 'gone')"
    )
    con.execute("delete from findings where finding_id in (select s.finding_id from second_looks as s)")
    if has_again:
        newer = "select f.* from again.findings as f inner join verdicts as v on f.finding_id = v.finding_id and v.outcome = 'confirmed'"
        con.execute(f"create or replace temp table newer as {newer}")
        con.execute("delete from findings where finding_id in (select n.finding_id from newer as n)")
        con.execute(f"insert into findings ({FINDING_COLUMNS}) select {FINDING_COLUMNS} from newer")
    con.execute(
        "update findings set evidence = cast(json_merge_patch(evidence, json_object('second_look', v.note)) as varchar) "
        "from verdicts as v where findings.finding_id = v.finding_id"
    )


def _mark_rest(con: duckdb.DuckDBPyConnection, rules: Sequence[str], verdict: Verdict) -> Counter[tuple[str, Outcome, str]]:
    """Say the same of every finding of these rules that says nothing yet; how many there are of each rule."""
    unsaid = "list_contains($rules, rule) and not json_exists(evidence, '$.second_look')"
    sql = f"select rule, count(*) from findings where {unsaid} group by rule order by rule"
    counts = con.execute(sql, {"rules": list(rules)}).fetchall()
    con.execute(
        f"update findings set evidence = cast(json_merge_patch(evidence, json_object('second_look', $note)) as varchar) where {unsaid}",
        {"rules": list(rules), "note": _note(verdict)},
    )
    return Counter({(rule, verdict.outcome, verdict.detail): int(count) for rule, count in counts})


def _note(verdict: Verdict) -> str:
    if verdict.outcome == "confirmed":
        return f"confirmed; {verdict.sentence}" if verdict.sentence else "confirmed"
    return f"not looked at twice: {verdict.sentence}"


def _verdicts(found: Wanted, look: SecondLook, judged: frozenset[str], still: set[str], *, looked_again: bool) -> dict[str, Verdict]:
    fates = look.fates()
    verdicts = {}
    for one in found.flagged:
        needs = found.needs.get(one.finding_id)
        if needs is None:
            verdicts[one.finding_id] = _BEYOND
            continue
        verdicts[one.finding_id] = _verdict(one, needs, fates, look, judged, still if looked_again else {one.finding_id})
    return verdicts


def _verdict(
    one: Flagged, needs: Sequence[Need], fates: Mapping[Ask, Fate], look: SecondLook, judged: frozenset[str], still: set[str]
) -> Verdict:
    elsewhere: dict[str, str] = {}
    for need in needs:
        fate = next((fates[way] for way in need.ways if way in fates), None)
        if fate is None:
            if need.extra and all(look.why(way)[0] == "impossible" for way in need.ways):
                continue
            way = next((way for way in need.ways if look.why(way)[0] != "impossible"), need.ways[0] if need.ways else None)
            why, sentence = look.why(way) if way else ("impossible", f"{one.entity} cannot be read by id.")
            return Verdict("once", why, sentence)
        if need.own and fate.state not in _SEEN:
            return Verdict("gone", fate.state)
        if fate.state == "hidden":
            where = need.ways[0].system
            return Verdict("once", "hidden", f"{where} has the record and no longer shows it.")
        if not need.own and not need.extra and elsewhere.get(need.ways[0].system, "gone") == "gone":
            elsewhere[need.ways[0].system] = fate.state
    if one.rule not in judged:
        return Verdict("once", "failed", "the rule had no answer the second time.")
    if one.finding_id not in still:
        return Verdict("in_flight")
    told = [f"{system} was asked by id: {_WORDS[state]}." for system, state in elsewhere.items() if state in _WORDS]
    return Verdict("confirmed", "", " ".join(told))


_WORDS = {
    "deleted": "the record was deleted",
    "trashed": "the record lies in the bin",
    "merged": "the record was merged into another one",
    "gone": "there is no such record",
}
