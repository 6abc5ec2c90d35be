"""How well matching does on records of whom it is known who is who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from recon.errors import UsageError
from recon.warehouse import keys
from recon.warehouse.engine import identifier, quote
from recon.warehouse.identity import guard, stages

COLUMNS = (
    "system", "record_id", "first_name", "last_name", "email", "phone", "company", "address1", "city", "postal_code", "country",
    "birth_date", "customer_id",
)  # fmt: skip
"""Columns that a labelled file may have besides the label; customer_id is a number of the person, such as a national one."""

_READERS = {
    ".csv": "read_csv({}, all_varchar = true, header = true)",
    ".parquet": "read_parquet({})",
    ".jsonl": "read_json({}, format = 'newline_delimited')",
}


@dataclass(frozen=True)
class Quality:
    """Pairs inside groups against pairs that are one person."""

    tier: str
    pairs: int
    right: int
    true_pairs: int

    @property
    def precision(self) -> float:
        """Share of the found pairs that are one person; 1 where none was found."""
        return self.right / self.pairs if self.pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of the pairs of one person that were found; 1 where there is none."""
        return self.right / self.true_pairs if self.true_pairs else 1.0


@dataclass(frozen=True)
class Evaluation:
    """Quality by tier, cumulative: certain, then certain and likely together. ``kept_apart`` counts true pairs under each veto."""

    records: int
    true_pairs: int
    compared: int
    reached: int
    """true pairs that share a key and so were compared at all"""
    tiers: tuple[Quality, ...]
    other_given: int
    """pairs of two people with different given names in the certain tier: there must be none"""
    kept_apart: tuple[tuple[str, int], ...]
    unread: tuple[str, ...] = ()
    """columns of the files that no comparison knows"""
    undated: int = 0
    """values of birth_date that are no date, and count as unknown"""


def evaluate(
    files: Sequence[Path], label: str = "person", *, memory: str = "2GB", threads: int | None = None, scratch: Path | None = None
) -> Evaluation:
    """Match the records of files, each a system of its own unless it has a column ``system``, and compare with column ``label``."""
    from recon.warehouse.build import create_model

    with stages.in_memory(memory, threads) as con, stages.attached(con, scratch):
        create_model(con)
        con.execute("create table truth (system varchar, record_id varchar, person varchar)")
        unread: set[str] = set()
        undated = 0
        for number, file in enumerate(files, 1):
            columns, dates = _read(con, file, f"file{number}", label)
            unread |= columns
            undated += dates
        _check(con, label)
        con.execute("insert into systems by name select distinct system, 'files' as kind, 'salesforce' as side from customers")

        def matched() -> Evaluation:
            stages.compare(con)
            guard.group(con, lambda: stages.rescore(con))
            return replace(measured(con), unread=tuple(sorted(unread)), undated=undated)

        return stages.sparing(con, memory, matched)


def _read(con: duckdb.DuckDBPyConnection, file: Path, system: str, label: str) -> tuple[set[str], int]:
    """Take the records of a file; the columns that nobody asks for, and how many days of birth are no date."""
    reader = _READERS.get(file.suffix.lower())
    if reader is None or not file.is_file():
        raise UsageError(f"{file} is {'no file' if reader else 'of no known form'}.", f"Known: {', '.join(_READERS)}.")
    source = reader.format(quote(str(file)))
    try:
        names = [str(row[0]) for row in con.execute(f"describe select * from {source}").fetchall()]
    except duckdb.Error as error:
        raise UsageError(f"{file} cannot be read as {file.suffix[1:]}.", "Check that it is whole, and text in UTF-8.") from error
    there = {name.lower() for name in names}
    if label.lower() not in there:
        raise UsageError(f"{file.name} has no column {label}.", "Name the column that says who is who with --label.")
    if not there & set(COLUMNS) - {"system", "record_id", label.lower()}:
        raise UsageError(f"{file.name} has no column that could be compared.", f"Known: {', '.join(COLUMNS)}.")

    def text(name: str) -> str:
        return f"nullif(trim(cast({identifier(name)} as varchar)), '')" if name in there else "cast(null as varchar)"

    columns = ", ".join(f"{text(name)} as {name}" for name in COLUMNS)
    said = f"nullif(trim(cast({identifier(label)} as varchar)), '')"
    try:
        con.execute(f"create or replace table labelled as select {columns}, {said} as person from {source}")
    except duckdb.Error as error:
        raise UsageError(f"{file} cannot be read as {file.suffix[1:]}.", "Check that it is whole, and text in UTF-8.") from error
    con.execute(
        "update labelled set country = country_code(country), system = coalesce(system, $system), "
        "record_id = coalesce(record_id, $system || '-' || cast(rowid as varchar))",
        {"system": system},
    )
    keys.phone_keys(con, "labelled", "labelled_phones")
    con.execute(
        "insert into customers by name select l.system, l.record_id, external_ids_of(l.customer_id) as external_ids, l.first_name, "
        "l.last_name, l.email, email_key(l.email) as email_key, l.phone, k.phone_key, l.company, l.address1, l.city, l.postal_code, "
        "postal_key(l.postal_code) as postal_key, try_cast(l.birth_date as date) as birth_date from labelled as l "
        "left join labelled_phones as k on l.phone = k.phone and l.country is not distinct from k.country"
    )
    con.execute("insert into truth select system, record_id, person from labelled")
    undated = _one(con, "select count(*) from labelled where birth_date is not null and try_cast(birth_date as date) is null")
    return {name for name in names if name.lower() not in {*COLUMNS, label.lower()}}, undated


def _check(con: duckdb.DuckDBPyConnection, label: str) -> None:
    """Refuse what would be measured wrongly: records that are there twice, and files that say of nobody who he is."""
    twice = con.execute("select system, record_id from truth group by all having count(*) > 1 order by all limit 1").fetchall()
    if twice:
        raise UsageError(
            f"Several records of {twice[0][0]} have the record_id {twice[0][1]}.", "Give each an id of its own, or leave the column out."
        )
    if not _one(con, "select count(*) from truth where person is not null"):
        raise UsageError(f"No record says in column {label} who it is.", "Fill it: records of one person bear the same label.")


def measured(con: duckdb.DuckDBPyConnection) -> Evaluation:
    """The quality of what lies in ``identity`` against the table ``truth`` (system, record_id, person)."""
    con.execute(
        "create or replace table identity.known as select s.rid, t.person from identity.sources as s "
        "inner join truth as t on s.system = t.system and s.record_id = t.record_id where t.person is not null"
    )
    true_pairs = _one(con, "select coalesce(sum(n * (n - 1) // 2), 0) from (select count(*) as n from identity.known group by person)")
    joined = "inner join identity.known as x on p.a = x.rid inner join identity.known as y on p.b = y.rid and x.person = y.person"
    tiers = tuple(_quality(con, tier, column, true_pairs) for tier, column in (("certain", "certain_root"), ("certain and likely", "root")))
    other_given = _one(con, _OTHER_GIVEN.format(pairs=_grouped("certain_root")))
    con.execute(
        f"create or replace table identity.comparing as select p.a, p.b, p.found_by, true as is_kept from identity.pairs as p {joined}"
    )
    stages.rescore(con)
    apart = con.execute("select veto, count(*) from identity.tiered where veto is not null group by veto order by 2 desc, 1").fetchall()
    return Evaluation(
        records=_one(con, "select count(*) from identity.known"),
        true_pairs=true_pairs,
        compared=_one(con, "select count(*) from identity.pairs"),
        reached=_one(con, f"select count(*) from identity.pairs as p {joined}"),
        tiers=tiers,
        other_given=other_given,
        kept_apart=tuple((str(veto), int(count)) for veto, count in apart),
    )


_OTHER_GIVEN = """
with differing as (
  select p.a, p.b, x.person as one, y.person as other
  from ({pairs}) as p
  inner join identity.known as x on p.a = x.rid
  inner join identity.known as y on p.b = y.rid and x.person <> y.person
  inner join identity.people as i on p.a = i.rid
  inner join identity.people as j on p.b = j.rid and i.given <> j.given
), names as (
  select k.person, i.given
  from identity.known as k
  inner join identity.people as i on k.rid = i.rid
  semi join (select one as person from differing union select other as person from differing) as d on k.person = d.person
), alike as (
  select distinct d.a, d.b
  from differing as d
  inner join names as n on d.one = n.person
  inner join names as m on d.other = m.person and n.given = m.given
)
select (select count(*) from differing) - (select count(*) from alike)
"""
"""Father and son may both be William, and one of their records mistyped: whoever bears a given name of the other has no different one."""


def _grouped(column: str) -> str:
    return (
        f"select m.rid as a, n.rid as b from identity.members as m inner join identity.members as n "
        f"on m.{column} = n.{column} and m.rid < n.rid"
    )


def _quality(con: duckdb.DuckDBPyConnection, tier: str, column: str, true_pairs: int) -> Quality:
    rows = con.execute(
        f"select count(*), count(*) filter (where x.person = y.person) from ({_grouped(column)}) as p "
        "inner join identity.known as x on p.a = x.rid inner join identity.known as y on p.b = y.rid"
    ).fetchall()
    return Quality(tier, int(rows[0][0]), int(rows[0][1]), true_pairs)


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])
