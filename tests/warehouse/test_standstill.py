"""A database that waits for itself is stopped; one that works is left alone, however slowly it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from waiting import FOR_EVER

from recon.errors import StandstillError
from recon.warehouse import build, engine, standstill
from recon.warehouse.standstill import watched

Rows = list[dict[str, Any]]


def test_a_statement_that_waits_for_itself_is_stopped_with_a_sentence() -> None:
    with engine.connect(None, locked=False) as con:
        with (
            pytest.raises(StandstillError, match=r"^The database did nothing for 1 seconds while table t was filled, and was stopped\."),
            watched(con, "table t was filled", 1),
        ):
            con.execute(f"create table t as {FOR_EVER}")
        assert con.execute("select count(*) from duckdb_tables()").fetchall() == [(0,)]


def test_a_statement_that_works_is_left_alone_however_long_it_takes() -> None:
    started = time.monotonic()
    with engine.connect(None, locked=False, threads=1) as con, watched(con, "it worked", 0.3):
        while time.monotonic() < started + 1.5:
            con.execute("select sum(hash(r.i)) from range(20000000) as r (i)").fetchall()


def test_a_slow_disk_is_work_although_the_processor_rests(tmp_path: Path) -> None:
    if not standstill._IO.is_file():
        pytest.skip("this system does not count what a process reads")
    file = tmp_path / "slow"
    file.write_bytes(bytes(standstill._READ))
    before = time.process_time()
    with engine.connect(None, locked=False) as con, watched(con, "a table was read", 1):
        for _ in range(30):
            file.read_bytes()
            time.sleep(0.05)  # a disk that delivers about a megabyte a second
        assert con.execute("select 1").fetchall() == [(1,)]
    assert time.process_time() - before < 0.15, "the processor rested"


def test_the_innermost_says_where_it_was() -> None:
    with (
        engine.connect(None, locked=False) as con,
        pytest.raises(StandstillError, match="while table t was filled"),
        watched(con, "the warehouse was built", 0.5),
        watched(con, "table t was filled", 1),
    ):
        con.execute(f"create table t as {FOR_EVER}")


def test_a_warehouse_whose_matching_waits_for_itself_leaves_nothing_half_written(
    tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_snapshot(tmp_path / "s1", {"name": "shop", "streams": {"orders": shop_order(1001)}})
    waits = tmp_path / "order_links.sql"
    waits.write_text(FOR_EVER.replace("select w.id", "select w.id as shop_id", 1))
    monkeypatch.setattr(build, "matching_files", lambda: [waits])
    monkeypatch.setattr(standstill, "PATIENCE", 1)
    with pytest.raises(StandstillError, match="while table order_links was filled"):
        build.build(folder)
    assert {entry.name for entry in folder.iterdir()} == {"manifest.json", "shop"}
