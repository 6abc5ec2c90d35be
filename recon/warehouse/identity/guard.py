"""Groups of records in which no chain joins two people whom a veto keeps apart.

Most groups are two records, or more of which nothing speaks against any pair; they are made by SQL. Only where a pair inside a group
speaks against it, the group is taken apart and joined again along its strongest pairs. A record that two people of another system resemble
nearly alike joins neither of them: its pairs are for review.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import duckdb

from recon.warehouse.identity import lists

LARGEST = 100
"""Records in a group of which all pairs are looked at; a larger one is left to a person."""

CLIP, LEAST_MEAN = 1000, -200
"""Hundredths of bits: what one pair may say at most about joining two groups, and what their pairs must say on average."""

DECIDED = 10_000
"""Score of a pair that a person has called the same."""

Pair = tuple[int, int]


@dataclass
class Inner:
    """What is known about the pairs of one group."""

    scores: dict[Pair, int] = field(default_factory=dict)
    apart: set[Pair] = field(default_factory=set)
    """pairs under a veto"""
    lifted: set[Pair] = field(default_factory=set)
    """pairs under a veto that the same customer id has lifted: they free nobody else of one"""
    decided_apart: set[Pair] = field(default_factory=set)
    alias: dict[int, int] = field(default_factory=dict)
    """record → one that is the same by a person's word, or by customer id and without a veto"""

    def may_join(self, one: list[int], other: list[int], score: int) -> bool:
        """Whether two groups may become one along a pair of this score; what a person said goes before everything else."""
        pairs = [(min(a, b), max(a, b)) for a in one for b in other]
        if any(pair in self.decided_apart for pair in pairs):
            return False
        if score == DECIDED:
            return True
        free = {self._aliases(pair) for pair in pairs if pair not in self.apart and pair not in self.lifted}
        if not self.scores or any(pair in self.apart and self._aliases(pair) not in free for pair in pairs):
            return False
        counted = [pair for pair in pairs if pair not in self.apart]
        return sum(max(-CLIP, min(CLIP, self.scores[pair])) for pair in counted) >= LEAST_MEAN * len(counted)

    def call_same(self, a: int, b: int) -> None:
        """What keeps others from one of them does not keep them from the other."""
        one, other = sorted((self.alias.get(a, a), self.alias.get(b, b)))
        self.alias |= {rid: one for rid, named in self.alias.items() if named == other} | {a: one, b: one}

    def _aliases(self, pair: Pair) -> Pair:
        one, other = sorted(self.alias.get(rid, rid) for rid in pair)
        return one, other


def group(con: duckdb.DuckDBPyConnection, rescore: Callable[[], None]) -> None:
    """Make ``identity.members`` (rid, root, certain_root) from ``identity.edges_all``; ``rescore`` scores ``identity.comparing`` anew."""
    con.execute(
        "create or replace table identity.edges as select a, b, tier, score from identity.edges_all where tier in ('certain', 'likely')"
    )
    _components(con, "labels", "select a, b from identity.edges")
    _components(con, "certain_labels", "select a, b from identity.edges where tier = 'certain'")
    _look_inside(con, rescore)
    con.execute((lists.folder() / "rivals.sql").read_text(encoding="utf-8"))
    con.execute(
        "create or replace table identity.members as "
        "select l.rid, l.root, coalesce(c.root, l.rid) as certain_root from identity.labels as l "
        "left join identity.certain_labels as c on l.rid = c.rid "
        "anti join identity.contested as x on l.root = x.root"
    )
    if settled := list(_settled(con)):
        con.execute(
            "insert into identity.members select unnest($1), unnest($2), unnest($3)",
            [list(column) for column in zip(*settled, strict=True)],
        )


def relate(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``identity.relatives`` (rid, relation, root): records of one system that a veto keeps apart although they share much.

    A record may belong to a household and to colleagues; each relation makes groups of its own.
    """
    relations = {"household": 0, "colleagues": 1, "shared contact": 2}
    number = " ".join(f"when '{name}' then {place}" for name, place in relations.items())
    _components(
        con,
        "relative_labels",
        f"select e.a * 4 + case e.relation {number} end as a, e.b * 4 + case e.relation {number} end as b from identity.edges_all as e "
        "inner join identity.people as x on e.a = x.rid inner join identity.people as y on e.b = y.rid and x.place = y.place "
        "left join identity.members as m on e.a = m.rid left join identity.members as n on e.b = n.rid "
        "where e.tier = 'related' and (m.root is null or m.root is distinct from n.root)",
    )
    words = " ".join(f"when {place} then '{name}'" for name, place in relations.items())
    con.execute(
        "create or replace table identity.relatives as "
        f"select rid // 4 as rid, case rid % 4 {words} end as relation, root // 4 as root from identity.relative_labels"
    )


def _components(con: duckdb.DuckDBPyConnection, name: str, edges: str) -> None:
    """Everybody takes the smallest number that a neighbour has, or whoever that one points to, until nothing changes."""
    table = f"identity.{name}"
    con.execute(
        f"create or replace table identity.around as with edges as ({edges}) "
        "select a as here, b as there from edges union all select b as here, a as there from edges"
    )
    con.execute(
        f"create or replace table {table} as select here as rid, min(least(here, there)) as root from identity.around group by here"
    )
    while True:
        con.execute(
            "create or replace table identity.next as "
            "with near as ("
            "select n.here as rid, min(l.root) as root "
            f"from identity.around as n inner join {table} as l on n.there = l.rid group by n.here"
            "), better as ("
            f"select l.rid, l.root as before, least(l.root, n.root) as root from {table} as l inner join near as n on l.rid = n.rid"
            f") select b.rid, b.before, least(b.root, j.root) as root from better as b inner join {table} as j on b.root = j.rid"
        )
        moved = con.execute("select count(*) from identity.next where root <> before").fetchall()
        con.execute(f"create or replace table {table} as select rid, root from identity.next")
        if not moved[0][0]:
            return


def _look_inside(con: duckdb.DuckDBPyConnection, rescore: Callable[[], None]) -> None:
    """Score all pairs inside groups of three and more; a group is contested where one of them speaks against it."""
    con.execute(
        "create or replace table identity.crowds as select root, count(*) as size from identity.labels group by root having count(*) > 2"
    )
    con.execute(
        "create or replace table identity.comparing as select x.rid as a, y.rid as b, coalesce(p.found_by, 0) as found_by, true as is_kept "
        "from identity.labels as x inner join identity.crowds as c on x.root = c.root "
        "inner join identity.labels as y on x.root = y.root and x.rid < y.rid "
        "left join identity.pairs as p on x.rid = p.a and y.rid = p.b "
        f"where c.size <= {LARGEST}"
    )
    rescore()
    con.execute(
        "create or replace table identity.inner_scores as "
        f"select s.a, s.b, case when d.is_same then {DECIDED} else s.score end as score, "
        "coalesce(not d.is_same, false) as is_decided_apart, coalesce(d.is_same, s.is_same_id and s.veto is null) as is_one, "
        "d.a is null and s.veto is not null as is_vetoed, "
        "d.a is null and s.veto is not null and s.tier is distinct from 'likely' and not s.is_born_here as is_apart "
        "from identity.tiered as s left join identity.decided as d on s.a = d.a and s.b = d.b"
    )
    con.execute(
        "create or replace table identity.contested as "
        "select l.root from identity.inner_scores as s inner join identity.labels as l on s.a = l.rid "
        "group by l.root having bool_or(s.is_apart or s.is_decided_apart or s.score < 0) "
        f"union all select root from identity.crowds where size > {LARGEST}"
    )


def _settled(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, int, int]]:
    """(rid, root, certain root) of the members of contested groups."""
    known: dict[int, Inner] = defaultdict(Inner)
    for root, a, b, score, apart, decided_apart, one, vetoed in con.execute(
        "select l.root, s.a, s.b, s.score, s.is_apart, s.is_decided_apart, s.is_one, s.is_vetoed from identity.inner_scores as s "
        "inner join identity.labels as l on s.a = l.rid semi join identity.contested as c on l.root = c.root"
    ).fetchall():
        known[root].scores[a, b] = score
        if vetoed and not apart:
            known[root].lifted.add((a, b))
        if one:
            known[root].call_same(a, b)
        if apart:
            known[root].apart.add((a, b))
        if decided_apart:
            known[root].decided_apart.add((a, b))
    edges = con.execute(
        "select l.root, e.a, e.b, e.tier, e.score from identity.edges as e inner join identity.labels as l on e.a = l.rid "
        "semi join identity.contested as c on l.root = c.root order by l.root, e.tier, e.score desc, e.a, e.b"
    ).fetchall()
    for root, found in groupby(edges, key=lambda edge: edge[0]):
        yield from _joined([(a, b, tier, score) for _, a, b, tier, score in found], known[root])


def _joined(edges: list[tuple[int, int, str, int]], inner: Inner) -> Iterator[tuple[int, int, int]]:
    """Join along the strongest edges first, certain ones before likely ones, as long as nobody inside stands against it."""
    groups = {rid: [rid] for edge in edges for rid in edge[:2]}
    certain: dict[int, int] | None = None
    for a, b, tier, score in edges:
        if tier != "certain" and certain is None:
            certain = {rid: members[0] for rid, members in groups.items()}
        one, other = groups[a], groups[b]
        if one is not other and inner.may_join(one, other, score):
            joined = sorted(one + other)
            groups.update(dict.fromkeys(joined, joined))
    if certain is None:
        certain = {rid: members[0] for rid, members in groups.items()}
    for rid, members in groups.items():
        yield rid, members[0], certain[rid]
