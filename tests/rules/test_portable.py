"""Rules can move to an engine beyond one machine: what stands in them can be said in Spark's SQL, and means the same there.

That is a matter of shape. Functions of our own (queries/model/macros.sql) would have to be given to that engine as they are to DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

FOLDER = Path(__file__).parent.parent.parent / "queries" / "rules"
FILES = sorted(path for path in FOLDER.rglob("*.sql") if not path.name.endswith(".fix.sql"))
RULES = {".".join(path.relative_to(FOLDER).with_suffix("").parts): path for path in FILES}
SORTED = (exp.ArraySort, exp.Length)
"""What is sorted afterwards, or only counted, may come in any order."""


def body(text: str) -> str:
    return text.partition("+++ */")[2]


def unmovable(sql: str) -> Iterator[str]:
    """What another engine does not know, or answers differently."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    for step in tree.find_all(exp.With):
        if step.recursive:
            yield "a recursive step"
    for join in tree.find_all(exp.Join):
        if join.method.upper() == "ASOF":
            yield "an asof join"
    if tree.find(exp.Columns):
        yield "columns(…)"
    for distinct in tree.find_all(exp.Distinct):
        if distinct.args.get("on"):
            yield "distinct on"
    for listed in tree.find_all(exp.ArrayAgg, exp.GroupConcat):
        if not listed.find(exp.Order) and not listed.find_ancestor(*SORTED):
            yield f"a list without an order: {listed.sql('duckdb')}"
    for share in tree.find_all(exp.Div, exp.Avg):
        if isinstance(share, exp.Div) and isinstance(share.left.unnest(), exp.Cast):
            continue
        if not share.find_ancestor(exp.Cast):
            yield f"a division without a type: {share.sql('duckdb')}"


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_a_rule_can_move(rule_id: str) -> None:
    sql = body(RULES[rule_id].read_text(encoding="utf-8"))
    assert list(unmovable(sql)) == []
    moved = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert len(moved) == 1
    assert sqlglot.parse_one(moved[0], read="spark")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("with recursive n as (select 1 as i union all select i + 1 from n) select * from n", "recursive"),
        ("select o.total from orders as o asof join prices as p on o.placed_at >= p.updated_at", "asof"),
        ("select columns('total.*') from orders", "columns"),
        ("select distinct on (o.number) o.total from orders as o", "distinct on"),
        ("select string_agg(o.number, ',') as numbers from orders as o", "without an order"),
        ("select list(distinct o.number) as numbers from orders as o", "without an order"),
        ("select o.total / 100 as share from orders as o", "without a type"),
        ("select avg(o.total) as share from orders as o", "without a type"),
    ],
)
def test_what_cannot_move_is_told(sql: str, said: str) -> None:
    assert said in " ".join(unmovable(sql))
