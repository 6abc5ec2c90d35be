"""Root causes: what the records of a rule have in common that records in general have not, from queries/causes.

Asked after the rules, of findings that nobody waived. A file in ``queries/causes/records`` says what may be common: one row a record,
text columns are attributes, timestamps are timelines. Every value, every pair of values, every span of hours of the day and every stretch
of time, also within one value, is held against all records of the same systems. What comes of it is exact and the same in every run;
a rule that shows no pattern gets no sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from recon import assets
from recon.audit.judge import Bench
from recon.audit.metrics import aware
from recon.audit.result import Cause, CauseSpan, Condition
from recon.warehouse.engine import identifier, quote

MOST = 3
"""Causes that are named for one rule."""

LEAST = 5
"""Records below which nothing is a pattern."""

_PARENTS = dict.fromkeys(("order_lines", "refunds", "returns", "fulfillments", "payments"), "order_id")
"""Canonical table → column with the order, whose attributes tell more than its own."""

_HEADER = re.compile(r"\A\s*/\*\s*\+\+\+(.*?)\+\+\+\s*\*/", re.DOTALL)

_TABLES = {
    "cause_sets": "source varchar, rule varchar, findings bigint, total bigint, records bigint, support bigint",
    "cause_values": "source varchar, rule varchar, nr bigint, attribute varchar, value varchar",
    "cause_moments": "source varchar, rule varchar, nr bigint, timeline varchar, moment timestamp, hour bigint, slot bigint",
    "cause_map": "source varchar, rule varchar, finding bigint, nr bigint",
    "cause_covered": "source varchar, rule varchar, nr bigint",
    "cause_explained": "rule varchar, finding bigint",
    "cause_cells": "source varchar, cell bigint, attribute varchar, value varchar, records bigint",
    "cause_slots": "source varchar, attribute varchar, value varchar, timeline varchar, slot bigint, records bigint, before bigint",
}


@dataclass(frozen=True)
class _Records:
    """A file of queries/causes/records."""

    name: str
    entity: str
    noun: str
    words: Mapping[str, str]
    sql: str


@dataclass(frozen=True)
class _Source:
    """Such a file over the systems that some rules looked at; ``key`` names its rows in the tables."""

    key: str
    records: _Records
    systems: tuple[str, ...]
    rules: tuple[str, ...]
    attributes: tuple[str, ...]
    timelines: tuple[str, ...]


@lru_cache(maxsize=1)
def _files() -> tuple[_Records, ...]:
    found = []
    for path in sorted((assets.folder("queries") / "causes" / "records").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        match = _HEADER.match(text)
        header = tomllib.loads(match[1]) if match else {}
        found.append(_Records(path.stem, header["entity"], header["noun"], header["words"], _HEADER.sub("", text).strip()))
    return tuple(found)


def sources_of(entity: str, noun: str) -> tuple[str, ...]:
    """SQL of the records that causes of a table speak of under this noun."""
    return tuple(records.sql for records in _files() if records.noun == noun and (records.entity == entity or entity in _PARENTS))


def look(
    bench: Bench,
    left_out: Mapping[str, Collection[str]],
    given: Mapping[str, Collection[str]],
    waived: str,
    titles: Mapping[str, str],
) -> dict[str, tuple[Cause, ...]]:
    """Causes of every rule that shows any, the one that explains most first.

    ``left_out`` is rule → systems that it did not look at, ``given`` rule → attributes that it chooses by, ``waived`` a condition in SQL
    on findings ``f`` that do not count, ``titles`` what a person calls a system.
    """
    _prepare(bench, waived)
    sources = [source for records in _files() for source in _sources(bench, records, left_out)]
    for source in sources:
        _fill(bench, source)
    for rule, names in given.items():
        for name in names:
            for table, column in (("cause_values", "attribute"), ("cause_moments", "timeline")):
                bench.rows(f"delete from {table} where rule = {quote(rule)} and {column} = {quote(name)}")
    found: dict[str, list[Cause]] = {}
    for _ in range(MOST if sources else 0):
        chosen = list(_round(bench, {source.key: source for source in sources}, titles))
        for rule, cause in chosen:
            found.setdefault(rule, []).append(cause)
        if not chosen:
            break
        _settle(bench, {rule for rule, _ in chosen})
    return {rule: tuple(causes) for rule, causes in found.items()}


def _prepare(bench: Bench, waived: str) -> None:
    """One row is a record of a rule, of the table and side that most of its findings are about."""
    bench.rows("create or replace temp macro surprise(k, n, m, r) as (" + _SURPRISE + ")")
    bench.rows("create or replace temp macro likeness(k, n, m, r) as (" + _LIKENESS + ")")
    for name, columns in _TABLES.items():
        bench.rows(f"create or replace temp table {name} ({columns})")
    bench.rows(f"""
create or replace temp table cause_records as
with records as (
  select distinct f.rule, f.entity, s.side = 'salesforce' as is_salesforce, f.system, coalesce(f.record_id, f.salesforce_id) as record_id
  from scratch.findings as f
  inner join systems as s on f.system = s.system
  where not ({waived})
),
sizes as (
  select r.rule, r.entity, r.is_salesforce,
    row_number() over (partition by r.rule order by count(*) desc, r.is_salesforce, r.entity) as nth
  from records as r group by r.rule, r.entity, r.is_salesforce having count(*) >= {LEAST}
)
select row_number() over (order by r.rule, r.system, r.record_id) as finding, r.*
from records as r
inner join sizes as z on r.rule = z.rule and r.entity = z.entity and r.is_salesforce = z.is_salesforce and z.nth = 1
""")


_SURPRISE = """
cast(k as double) * ln((cast(k as double) / n) / (cast(greatest(m, k) as double) / r))
+ case when k < n then cast(n - k as double) * ln((cast(n - k as double) / n) / (cast(greatest(r - m, n - k) as double) / r)) else 0 end
"""
"""Log-likelihood of k of n where m of r are usual: how surprising the share is, in natural units of information."""


_LIKENESS = """
(cast(k as double) * r - cast(n as double) * m)
/ sqrt(greatest(cast(n as double) * greatest(m, k) * greatest(r - n, 1) * greatest(r - m, 1), 1))
"""
"""Correlation (phi) of two sets of n and m among r that share k: 1 where they are the same set."""


def _sources(bench: Bench, records: _Records, left_out: Mapping[str, Collection[str]]) -> Iterator[_Source]:
    """The file once for every set of systems that rules about its table looked at."""
    entities = [quote(entity) for entity in (records.entity, *(_PARENTS if records.entity == "orders" else ()))]
    rows = bench.rows(
        f"select distinct r.rule, r.is_salesforce from cause_records as r where r.entity in ({', '.join(entities)}) order by all"
    )
    groups: dict[tuple[str, ...], list[str]] = {}
    for rule, is_salesforce in rows:
        looked_at = _looked_at(bench, rule, records.entity, is_salesforce) - set(left_out.get(rule, ()))
        groups.setdefault(tuple(sorted(looked_at)), []).append(rule)
    columns = bench.rows(f"describe {records.sql}") if groups else []
    attributes = tuple(row[0] for row in columns if row[1] == "VARCHAR" and row[0] != "record_id")
    timelines = tuple(row[0] for row in columns if row[1] == "TIMESTAMP")
    for systems, rules in groups.items():
        yield _Source(f"{records.name} {' '.join(systems)}", records, systems, tuple(rules), attributes, timelines)


def _looked_at(bench: Bench, rule: str, entity: str, is_salesforce: bool) -> set[str]:
    """The smallest group of systems that a rule of this table looks at and that holds all it found something in."""
    found = {system for (system,) in bench.rows("select distinct c.system from cause_records as c where c.rule = $rule", {"rule": rule})}
    groups = [
        {system for (system,) in bench.rows(f"select g.system from {table} as g where g.entity = $entity", {"entity": entity})}
        for table in ("compared", "followers")
    ]
    fitting = [group for group in groups if found <= group]
    everything = bench.rows("select s.system from systems as s where (s.side = 'salesforce') = $side", {"side": is_salesforce})
    return min(fitting, key=len) if fitting else {system for (system,) in everything}


def _fill(bench: Bench, source: _Source) -> None:
    """What the findings' records have, and how often all records have what many of those share."""
    key, rules = quote(source.key), ", ".join(map(quote, source.rules))
    bench.rows(f"create or replace temp table cause_wide as {_wide(source, rules)}")
    bench.rows(f"insert into cause_map select distinct {key}, w.rule, w.finding, w.nr from cause_wide as w")
    for name in source.attributes:
        column = f"w.{identifier(name)}"
        bench.rows(
            f"insert into cause_values select distinct {key}, w.rule, w.nr, {quote(name)}, {column} from cause_wide as w "
            f"where {column} is not null"
        )
    for name in source.timelines:
        column = f"w.{identifier(name)}"
        slot = _slot(column)
        bench.rows(
            f"insert into cause_moments select distinct {key}, w.rule, w.nr, {quote(name)}, {column}, {slot} % 24, {slot} "
            f"from cause_wide as w where {column} is not null"
        )
    shared = _shared(bench, source)
    narrow = [_narrowed(name, shared.get(name, ())) for name in source.attributes] + [f"r.{identifier(name)}" for name in source.timelines]
    systems = ", ".join(map(quote, source.systems))
    table = _population(source)
    where = f"where r.system in ({systems})" if source.systems else "where false"
    bench.rows(f"create or replace temp table {table} as select {', '.join(narrow)} from ({source.records.sql}) as r {where}")
    _count(bench, source, table, shared)


def _wide(source: _Source, rules: str) -> str:
    """The records of the findings, each with a number; where a finding is about a part of an order, its order."""
    own = f"select c.rule, c.finding, c.system, c.record_id from cause_records as c where c.entity = {quote(source.records.entity)}"
    parts = [own]
    if source.records.entity == "orders":
        parts += [
            f"select c.rule, c.finding, c.system, e.{column} as record_id from cause_records as c "
            f"inner join {table} as e on c.system = e.system and c.record_id = e.record_id where c.entity = {quote(table)}"
            for table, column in _PARENTS.items()
        ]
    return f"""
with mine as ({" union all ".join(parts)}),
numbered as (
  select m.rule, m.finding, m.system, m.record_id, dense_rank() over (partition by m.rule order by m.system, m.record_id) as nr
  from mine as m where m.rule in ({rules})
)
select n.rule, n.finding, n.nr, r.* exclude (record_id)
from numbered as n
inner join ({source.records.sql}) as r on n.system = r.system and n.record_id = r.record_id
"""


def _slot(column: str) -> str:
    """Hours since 1970."""
    return f"date_diff('hour', timestamp '1970-01-01', {column})"


def _population(source: _Source) -> str:
    return identifier(f"cause_all {source.key}")


def _shared(bench: Bench, source: _Source) -> dict[str, list[str]]:
    """Attribute → values that enough records of some rule share to be a cause; all others need not be counted."""
    # NOTE: later rounds have fewer records to explain, so that less is enough: a third of the least share.
    sql = """
with sizes as (
  select m.rule, greatest($least, ceil(count(distinct m.nr) / 30)) as support from cause_map as m where m.source = $key group by m.rule
)
select distinct v.attribute, v.value
from cause_values as v inner join sizes as z on v.rule = z.rule
where v.source = $key group by v.rule, v.attribute, v.value, z.support having count(*) >= z.support
order by all
"""
    found: dict[str, list[str]] = {}
    for attribute, value in bench.rows(sql, {"key": source.key, "least": LEAST}):
        found.setdefault(attribute, []).append(value)
    return found


def _narrowed(name: str, values: Sequence[str]) -> str:
    column = f"r.{identifier(name)}"
    inside = f"case when {column} in ({', '.join(map(quote, values))}) then {column} end" if values else "cast(null as varchar)"
    return f"{inside} as {identifier(name)}"


def _count(bench: Bench, source: _Source, table: str, shared: Mapping[str, Sequence[str]]) -> None:
    """The population by shared values together (cells), and of each value by hour."""
    key = quote(source.key)
    names = [identifier(name) for name in shared]
    if names:
        bench.rows(
            f"create or replace temp table cause_cube as select row_number() over (order by {', '.join(names)}) as cell, c.* "
            f"from (select {', '.join(names)}, count(*) as records from {table} group by all) as c"
        )
        for name in shared:
            column = f"c.{identifier(name)}"
            bench.rows(
                f"insert into cause_cells select {key}, c.cell, {quote(name)}, {column}, c.records from cause_cube as c "
                f"where {column} is not null"
            )
    for timeline in source.timelines:
        at = f"p.{identifier(timeline)}"
        for name in ("", *shared):
            value = f"p.{identifier(name)}" if name else "''"
            where = f"{at} is not null" + (f" and {value} is not null" if name else "")
            bench.rows(f"""
insert into cause_slots
select {key}, {quote(name)}, c.value, {quote(timeline)}, c.slot, c.records,
  sum(c.records) over (partition by c.value order by c.slot) - c.records
from (select {value} as value, {_slot(at)} as slot, count(*) as records from {table} as p where {where} group by 1, 2) as c
""")


def _round(bench: Bench, sources: Mapping[str, _Source], titles: Mapping[str, str]) -> Iterator[tuple[str, Cause]]:
    """The best pattern of every rule among what no pattern explains so far."""
    _resize(bench, sources)
    bench.rows(_GROUPS)
    bench.rows(_MEMBERS)
    bench.rows(_HOURS)
    for n, name in enumerate(("conditions", "hours", "windows")):
        bench.rows(f"{'insert into' if n else 'create or replace temp table'} cause_patterns{'' if n else ' as'} {_text(name)}")
    bench.rows(f"create or replace temp table cause_best as {_text('best')}")
    bench.rows(f"create or replace temp table cause_chosen as {_text('members')}")
    bench.rows("""
insert into cause_explained
select distinct m.rule, m.finding
from cause_best as b
inner join cause_chosen as c on b.rule = c.rule
inner join cause_map as m on b.source = m.source and b.rule = m.rule and c.nr = m.nr
""")
    sql = """
select b.rule, b.source, b.attribute, b.value, b.attribute2, b.value2, b.timeline, b.first_hour, b.hours, b.first_slot is not null,
  b.records, count(distinct c.nr), min(c.moment), max(c.moment)
from cause_best as b
inner join cause_chosen as c on b.rule = c.rule
group by all order by b.rule
"""
    sizes = bench.rows("select s.source, s.rule, s.total, s.records from cause_sets as s")
    totals = {(source, rule): (findings, records) for source, rule, findings, records in sizes}
    for rule, key, *pattern in bench.rows(sql):
        yield rule, _cause(bench, sources[key], pattern, totals[key, rule], titles)


_GROUPS = """
create or replace temp table cause_groups as
with singles as (
  select v.source, v.rule, v.attribute, v.value, count(*) as findings
  from cause_values as v
  where not exists (select 1 from cause_covered as c where c.source = v.source and c.rule = v.rule and c.nr = v.nr)
  group by all
),
ranked as (
  select n.*, row_number() over (
    partition by n.source, n.rule order by n.attribute = 'system' desc, n.findings desc, n.attribute, n.value
  ) as place
  from singles as n
  inner join cause_sets as s on n.source = s.source and n.rule = s.rule
  where n.findings >= s.support
),
chosen as (
  select s.source, s.rule, 0 as place, '' as attribute, '' as value from cause_sets as s
  union all
  select r.source, r.rule, r.place, r.attribute, r.value from ranked as r where r.place <= 12
)
select row_number() over (order by c.source, c.rule, c.place) as id, c.* from chosen as c
"""
"""Everything of a rule, and what shares one of its most frequent values: a number each."""

_MEMBERS = """
create or replace temp table cause_members as
select g.id, m.timeline, m.nr, m.hour, m.slot
from cause_groups as g
inner join cause_moments as m on g.source = m.source and g.rule = m.rule
left join cause_values as v
  on g.source = v.source and g.rule = v.rule and m.nr = v.nr and g.attribute = v.attribute and g.value = v.value
where (g.place = 0 or v.nr is not null)
  and not exists (select 1 from cause_covered as c where c.source = m.source and c.rule = m.rule and c.nr = m.nr)
"""

_HOURS = """
create or replace temp table cause_hours as
select s.source, s.attribute, s.value, s.timeline, s.slot % 24 as hour, sum(s.records) as records
from cause_slots as s
group by all
"""


def _resize(bench: Bench, sources: Mapping[str, _Source]) -> None:
    """Sizes of what is left to explain; rules that the last round found nothing for are no longer there."""
    bench.rows(f"""
create or replace temp table cause_sets as
select m.source, m.rule, count(distinct m.nr) filter (where c.nr is null) as findings, count(distinct m.nr) as total,
  any_value(p.records) as records, greatest({LEAST}, cast(ceil(count(distinct m.nr) filter (where c.nr is null) / 10) as bigint)) as support
from cause_map as m
inner join ({" union all ".join(_sized(source) for source in sources.values())}) as p on m.source = p.source
left join cause_covered as c on m.source = c.source and m.rule = c.rule and m.nr = c.nr
group by m.source, m.rule
having count(distinct m.nr) filter (where c.nr is null) >= {LEAST}
""")


def _sized(source: _Source) -> str:
    return f"select {quote(source.key)} as source, count(*) as records from {_population(source)}"


def _settle(bench: Bench, rules: Collection[str]) -> None:
    """Take out what is explained now, and every rule that is not among those given."""
    bench.rows("""
create or replace temp table cause_covered as
select m.source, m.rule, m.nr
from cause_map as m
left join cause_explained as e on m.rule = e.rule and m.finding = e.finding
group by m.source, m.rule, m.nr
having count(*) = count(e.finding)
""")
    names = ", ".join(map(quote, sorted(rules)))
    for table in ("cause_map", "cause_values", "cause_moments"):
        bench.rows(f"delete from {table} where rule not in ({names})")


def _text(name: str) -> str:
    return _HEADER.sub("", (assets.folder("queries") / "causes" / f"{name}.sql").read_text(encoding="utf-8")).strip()


def _cause(bench: Bench, source: _Source, pattern: Sequence[Any], totals: tuple[int, int], titles: Mapping[str, str]) -> Cause:
    attribute, value, attribute2, value2, timeline, first_hour, hours, is_window, records, findings, first, last = pattern
    conditions = tuple(Condition(name, text) for name, text in ((attribute, value), (attribute2, value2)) if name is not None)
    span = None
    if timeline is not None and is_window:
        records, later = _inside(bench, source, conditions, timeline, first, last)
        span = CauseSpan(timeline, aware(first), None if later <= records // 20 else aware(last), None, None)
    elif timeline is not None:
        span = CauseSpan(timeline, None, None, first_hour, (first_hour + hours) % 24)
    cause = Cause("", source.records.noun, conditions, span, findings, totals[0], records, totals[1])
    return Cause(sentence(cause, source.records.words, titles), *(getattr(cause, name) for name in _FIELDS))


_FIELDS = ("noun", "conditions", "span", "findings", "of_findings", "records", "of_records")


def _inside(
    bench: Bench, source: _Source, conditions: Sequence[Condition], timeline: str, first: datetime, last: datetime
) -> tuple[int, int]:
    """Records of a stretch of time, and those after it."""
    where = "".join(f" and p.{identifier(one.attribute)} = {quote(one.value)}" for one in conditions)
    at = f"p.{identifier(timeline)}"
    sql = (
        f"select count(*) filter (where {at} <= $last), count(*) filter (where {at} > $last) "
        f"from {_population(source)} as p where {at} >= $first{where}"
    )
    inside, later = bench.rows(sql, {"first": first, "last": last})[0]
    return int(inside), int(later)


def sentence(cause: Cause, words: Mapping[str, str], titles: Mapping[str, str]) -> str:
    """A cause as a person reads it: ``92% of these orders (23 of 25) are from channel pos, placed …, against 7% of all orders.``"""
    named = {one.attribute: titles.get(one.value, one.value) if one.attribute == "system" else one.value for one in cause.conditions}
    parts = [words.get(name, f"with {name} {{}}").format(value) for name, value in named.items()]
    said = ["are " + " and ".join(parts)] if parts else []
    if cause.span is not None:
        said.append(f"were {words.get(cause.span.timeline, cause.span.timeline)} {_when(cause.span)}")
    whole = cause.findings == cause.of_findings
    share = f"All {cause.of_findings:,}" if whole else percent(cause.findings, cause.of_findings)
    number = "" if whole else f" ({cause.findings:,} of {cause.of_findings:,})"
    usual = f"against {percent(cause.records, cause.of_records)} of all {cause.noun}"
    number_hit = f"all {cause.records:,}" if cause.findings == cause.records else f"{cause.findings:,} of the {cause.records:,}"
    hit = f"; {number_hit} there are affected" if 10 * cause.findings >= 9 * cause.records else ""
    return f"{share} of these {cause.noun}{number} {' and '.join(said)}, {usual}{hit}."


def _when(span: CauseSpan) -> str:
    if span.first_at is None:
        return f"between {span.first_hour:02}:00 and {span.last_hour:02}:00 UTC"
    day = f"{span.first_at:%-d %b %Y}"
    if span.last_at is None:
        return f"since {day} {span.first_at:%H:%M} UTC"
    if span.last_at - span.first_at < timedelta(minutes=1):
        return f"on {day} at {span.first_at:%H:%M} UTC"
    if span.first_at.date() == span.last_at.date():
        return f"on {day} {span.first_at:%H:%M}–{span.last_at:%H:%M} UTC"
    return f"from {day} {span.first_at:%H:%M} to {span.last_at:%-d %b %Y %H:%M} UTC"


def percent(part: int, whole: int) -> str:
    """A share in whole percent, with a decimal below one; never 100% or 0% of what is not."""
    thousandths = part * 1000 // whole if whole else 0
    if part and thousandths < 10:
        return f"0.{thousandths}%" if thousandths else "under 0.1%"
    return f"{min((thousandths + 5) // 10, 99 if part < whole else 100)}%"
