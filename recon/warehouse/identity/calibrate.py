"""Proposes weights from a merchant's own data; a person looks at them and adopts them, or does not.

For every field the pairs are taken that are one person without it: ten bits from all other fields, and no veto. How they stand to each
other in the field is how records of one person do. Only pairs inside one system count:
copies of a record agree in everything. What is said about different names is left as it is, since families would teach
that one person has several given names. A hundred pairs of today's weights go in as well, so that few pairs change little.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path

import duckdb

from recon.warehouse.identity import lists, stages
from recon.warehouse.identity.lists import Weight

FIELDS = ("given", "family", "email", "phone", "address", "birth")
KEPT = frozenset({("given", "different"), ("family", "different")})
ENOUGH = 1000
"""Hundredths of bits without the field itself, from which a pair counts as one person."""
CARRIED = 100
"""Pairs of today's weights that are added to those of the data."""


@dataclass(frozen=True)
class Proposal:
    """One weight as it is and as the data would have it; ``pairs`` were seen at this level."""

    weight: Weight
    m: float
    pairs: int

    @property
    def gained(self) -> float:
        """Bits that the proposal adds to the weight; they do not depend on u."""
        return log2(self.m / self.weight.m)


@dataclass(frozen=True)
class Calibration:
    """All proposals, and pairs by tier with today's weights and with the proposed ones."""

    proposals: tuple[Proposal, ...]
    before: dict[str, int]
    after: dict[str, int]

    @property
    def weights(self) -> list[Weight]:
        """Today's weights with what is proposed in their place."""
        return [replace(one.weight, m=one.m) for one in self.proposals]


def calibrate(warehouse: Path, *, memory: str = "2GB", weights: Path | None = None) -> Calibration:
    """Propose weights from the customers of a warehouse."""
    today = lists.weights(weights)
    with stages.looking_at(warehouse, memory) as con:
        stages.compare(con, weights=weights)
        before = _tiers(con)
        proposals = tuple(_proposed(con, today))
        lists.load(con, [replace(one.weight, m=one.m) for one in proposals])
        stages.stage(con, "frequencies")
        con.execute("create or replace table identity.comparing as select a, b, found_by, false as is_kept from identity.pairs")
        stages.rescore(con)
        stages.stage(con, "edges")
        return Calibration(proposals, before, _tiers(con))


def _tiers(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    found = dict(con.execute("select tier, count(*) from identity.edges_all group by tier").fetchall())
    return {tier: int(found.get(tier, 0)) for tier in ("certain", "likely", "review", "related")}


def _proposed(con: duckdb.DuckDBPyConnection, today: list[Weight]) -> list[Proposal]:
    seen: Counter[tuple[str, str]] = Counter()
    for field in FIELDS:
        rows = con.execute(
            f"select t.{field}_level, count(*) from identity.tiered as t inner join identity.people as x on t.a = x.rid "
            "inner join identity.people as y on t.b = y.rid and x.place = y.place "
            f"where t.veto is null and t.{field}_level is not null and t.score - t.{field}_weight >= {ENOUGH} group by t.{field}_level"
        ).fetchall()
        seen.update({(field, str(level)): int(count) for level, count in rows})
    totals = Counter[str]()
    for weight in today:
        if weight.field in FIELDS:
            totals[weight.field] += seen[weight.field, weight.level]
    sums = {field: sum(weight.m for weight in today if weight.field == field) for field in FIELDS}
    proposals = []
    for weight in today:
        m, pairs = weight.m, seen[weight.field, weight.level]
        if weight.field in FIELDS and totals[weight.field] and (weight.field, weight.level) not in KEPT:
            share = weight.m / sums[weight.field]
            m = sums[weight.field] * (pairs + CARRIED * share) / (totals[weight.field] + CARRIED)
        proposals.append(Proposal(weight, round(min(m, 1.0), 5), pairs))
    return proposals


def write(path: Path, calibration: Calibration) -> None:
    """Write the proposed weights as a file that can be adopted."""
    from io import StringIO

    from recon.snapshot.files import write_atomic

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("field", "level", "m", "u", "floor", "why"))
    for weight in calibration.weights:
        cells = (f"{value:.10g}" if value is not None else "" for value in (weight.m, weight.u, weight.floor))
        writer.writerow((weight.field, weight.level, *cells, weight.why))
    write_atomic(path, text.getvalue().encode())
