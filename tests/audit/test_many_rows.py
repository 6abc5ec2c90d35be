"""Rules on tables of more than one row group, where the engine works in parallel and other plans are made than on a handful of rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recon.audit import rules
from recon.audit.judge import Bench, check_all
from recon.warehouse.build import create_model
from recon.warehouse.engine import connect

MANY = 300_000
AS_OF = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose every order was paid and half refunded."""
    path = tmp_path_factory.mktemp("many") / "warehouse.duckdb"
    with connect(path, read_only=False, locked=False) as con:
        create_model(con)
        con.execute("insert into systems by name select 'shop' as system, 'shopify' as kind, 'shop' as side, 'EUR' as currency")
        con.execute("insert into coverage by name select 'shop' as system, 'payments' as entity, true as readable, true as complete")
        rows = f"from range({MANY}) as r (i)"
        paid = "'shop' as system, i::varchar as record_id, 'EUR' as currency"
        con.execute(f"insert into orders by name select {paid}, 20 as total, 20 as current_total, false as is_test {rows}")
        con.execute(
            f"insert into payments by name select {paid}, i::varchar as order_id, 'sale' as kind, 'success' as status, 20 as amount {rows}"
        )
        back = f"{paid}, i::varchar as order_id, 20 as amount, true as money_moved {rows} where i % 2 = 0"
        con.execute(f"insert into refunds by name select {back}")
        con.execute("update refunds set amount = 21 where record_id = '77000'")
    return path


def test_a_rule_that_uses_one_of_its_steps_twice_comes_to_an_end(warehouse: Path, workspace: Any, tmp_path: Path) -> None:
    rule = next(rule for rule in rules.load(workspace.settings).rules if rule.id == "refund.exceeds_paid")
    with connect(None, locked=False) as model:
        create_model(model)
        columns, errors = check_all([rule], rules.Checker(model))
    assert not errors
    with Bench(warehouse, tmp_path / "bench", memory="1GB", threads=2) as bench:
        judgement = bench.judge(rule, columns[rule.id], rule.values(workspace.settings), AS_OF, 60)
        assert judgement.error is None
        assert judgement.checked == MANY / 2
        assert bench.rows("select record_id, amount from scratch.findings") == [("77000", 1)]
