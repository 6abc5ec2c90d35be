"""Why two records are one person, or are not: every field with its evidence in bits, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from recon.errors import UsageError
from recon.warehouse.identity import stages
from recon.warehouse.identity.decisions import Decision, Record, Verdict

FIELDS = {
    "id": "external_ids", "given": "first_name", "second": "first_name", "family": "last_name", "email": "email_key", "phone": "phone_key",
    "address": "concat_ws(', ', {s}.address1, {s}.postal_key, {s}.city)", "birth": "birth_date", "organisation": "company",
}  # fmt: skip
"""Field of the comparison → what of the record it looks at."""


APART = {
    "given": "different given names",
    "family": "different family names",
    "crossed": "given name of the one is family name of the other",
    "second": "different second names",
    "suffix": "different suffixes, such as Jr and Sen",
    "organisation": "different businesses",
}
"""Vetoes in words."""

SAID = {
    ("id", "same"): "same customer id",
    ("given", "exact"): "same given name",
    ("given", "first"): "same first of the given names",
    ("given", "typo"): "given names that a slip tells apart",
    ("given", "nickname"): "short form of the given name",
    ("given", "initial"): "initial of the given name",
    ("given", "different"): "different given names",
    ("given", "swapped"): "given and family name swapped",
    ("second", "same"): "same second name",
    ("second", "different"): "different second names",
    ("family", "exact"): "same family name",
    ("family", "part"): "part of the family name",
    ("family", "typo"): "family names that a slip tells apart",
    ("family", "different"): "different family names",
    ("email", "exact"): "same e-mail address",
    ("email", "near"): "nearly the same e-mail address",
    ("email", "local"): "same name of the mail box at another host",
    ("email", "shared"): "same shared e-mail address",
    ("email", "different"): "different e-mail addresses",
    ("phone", "exact"): "same phone number",
    ("phone", "near"): "nearly the same phone number",
    ("phone", "shared"): "same shared phone number",
    ("phone", "different"): "different phone numbers",
    ("address", "exact"): "same address",
    ("address", "near"): "nearly the same address",
    ("address", "postal"): "same postal code",
    ("address", "city"): "same town",
    ("address", "different"): "different places",
    ("birth", "exact"): "same day of birth",
    ("birth", "near"): "nearly the same day of birth",
    ("birth", "different"): "different days of birth",
    ("organisation", "exact"): "same business",
    ("organisation", "near"): "nearly the same business",
    ("organisation", "different"): "different businesses",
}
"""Field and level of a comparison in words."""


@dataclass(frozen=True)
class Evidence:
    """One field of a comparison; ``bits`` say how much more often records of one person stand so to each other than those of two."""

    field: str
    first: str | None
    second: str | None
    level: str
    bits: Decimal


@dataclass(frozen=True)
class Explanation:
    """What speaks for and against two records being one person. ``score`` is ``prior`` and all bits added up."""

    first: Record
    second: Record
    tier: str | None
    score: Decimal
    prior: Decimal
    veto: str | None
    evidence: tuple[Evidence, ...]
    reasons: tuple[str, ...]
    group: tuple[Record, ...]
    """the group that both are in, if they are"""
    ambiguous: bool = False
    """somebody else of the other system is nearly as likely"""
    decided: Verdict | None = None
    """what a person said about the two, or about records that were merged into them"""

    @property
    def sentence(self) -> str:
        """The outcome for a person."""
        told = sorted((one for one in self.evidence if one.bits), key=lambda one: -abs(one.bits))
        parts = ", ".join(f"{SAID[one.field, one.level]} ({one.bits:+.1f})" for one in told)
        outcome = f"kept apart ({APART[self.veto]})" if self.veto and self.tier != "likely" else self.tier or "not one person"
        outcome += " (somebody else of that system is nearly as likely)" if self.ambiguous else ""
        return (
            f"{outcome}: {parts or 'they share nothing'}; before anything was looked at {self.prior:+.1f}; in all {self.score:+.1f} bits."
        )


def find(con: duckdb.DuckDBPyConnection, text: str) -> Record:
    """``system:record_id``, or a record id that only one system has; UsageError where there is no such customer."""
    system, _, rest = text.partition(":")
    rows = con.execute(
        "select system, record_id from customers where (system = $system and record_id in ($rest, id18($rest))) "
        "or record_id in ($text, id18($text)) order by all",
        {"system": system, "rest": rest, "text": text},
    ).fetchall()
    if len(rows) != 1:
        raise UsageError(
            f"{'Several systems have a customer' if rows else 'No system of this snapshot has a customer'} {text}.",
            "Write it as system:record, such as salesforce:003….",
        )
    return Record(*rows[0])


def explain(
    warehouse: Path, first: str, second: str, *, memory: str = "2GB", weights: Path | None = None, decisions: Sequence[Decision] = ()
) -> Explanation:
    """Compare two customers of a warehouse; UsageError where one is not there or takes part in no matching."""
    with stages.looking_at(warehouse, memory) as con:
        one, other = sorted((find(con, first), find(con, second)))
        if one == other:
            raise UsageError("Both are the same record.", "Name two.")
        stages.prepare(con, decisions, weights)
        _compare(con, one, other)
        row = _row(con)
        if row is None:
            raise UsageError("A business and a person are never one.", "Name two people or two businesses.")
        return _explanation(con, one, other, row)


def _compare(con: duckdb.DuckDBPyConnection, one: Record, other: Record) -> None:
    for record in (one, other):
        found = con.execute(
            "select 1 from identity.sources where system = ? and record_id = ?", [record.system, record.record_id]
        ).fetchall()
        if not found:
            raise UsageError(f"{record} takes part in no matching.", "It is deleted, erased, or was merged into another record.")
    con.execute(
        "create or replace table identity.comparing as select x.rid as a, y.rid as b, cast(coalesce(("
        "select 1 from identity.ids as i inner join identity.ids as j on i.id = j.id where i.rid = x.rid and j.rid = y.rid limit 1"
        "), 0) as uinteger) as found_by, true as is_kept "
        "from identity.sources as x, identity.sources as y "
        "where x.system = ? and x.record_id = ? and y.system = ? and y.record_id = ?",
        [one.system, one.record_id, other.system, other.record_id],
    )
    stages.rescore(con)


def _row(con: duckdb.DuckDBPyConnection) -> dict[str, Any] | None:
    values = ", ".join(
        f"cast({(source if '{s}' in source else '{s}.' + source).format(s=side)} as varchar) as {name}_{side}"
        for name, source in FIELDS.items()
        for side in ("x", "y")
    )
    cursor = con.execute(
        f"select t.*, identity_reasons(t) as reasons, {values} from identity.tiered as t "
        "inner join identity.sources as x on t.a = x.rid inner join identity.sources as y on t.b = y.rid"
    )
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    return dict(zip(names, rows[0], strict=True)) if rows else None


def _explanation(con: duckdb.DuckDBPyConnection, one: Record, other: Record, row: dict[str, Any]) -> Explanation:
    evidence = []
    for name in FIELDS:
        level = ("same" if row["is_same_id"] else None) if name == "id" else row[f"{name}_level"]
        if level is not None:
            evidence.append(Evidence(name, row[f"{name}_x"] or None, row[f"{name}_y"] or None, level, _bits(row[f"{name}_weight"])))
    group = con.execute(
        "select m.system, m.record_id from customer_clusters as m "
        "inner join customer_clusters as x on m.cluster_id = x.cluster_id and x.system = $a and x.record_id = $b "
        "inner join customer_clusters as y on m.cluster_id = y.cluster_id and y.system = $c and y.record_id = $d order by all",
        {"a": one.system, "b": one.record_id, "c": other.system, "d": other.record_id},
    ).fetchall()
    ambiguous = bool(
        con.execute(
            "select 1 from identity_pairs where is_ambiguous and system = $a and record_id = $b and other_system = $c and other_id = $d",
            {"a": one.system, "b": one.record_id, "c": other.system, "d": other.record_id},
        ).fetchall()
    )
    decided = con.execute(
        "select is_same from identity.decided as d inner join identity.comparing as q on d.a = q.a and d.b = q.b"
    ).fetchall()
    return Explanation(
        one, other, "review" if ambiguous else row["tier"], _bits(row["score"]), _bits(row["prior"]), row["veto"], tuple(evidence),
        tuple(row["reasons"]), tuple(Record(*found) for found in group), ambiguous,
        ("same" if decided[0][0] else "not-same") if decided else None,
    )  # fmt: skip


def _bits(hundredths: int) -> Decimal:
    return Decimal(hundredths) / 100
