"""Matching takes as much memory as its customers need, and all that is allowed only where that does not do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recon.warehouse import build
from recon.warehouse.identity import stages

Put = Callable[..., None]


def limit(con: Any) -> str:
    return str(con.execute("select current_setting('memory_limit')").fetchall()[0][0])


def test_the_limit_follows_the_number_of_customers_and_threads(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model.execute("set memory_limit = '3GB'; set threads = 2")
    assert stages.sparing(model, "3GB", lambda: limit(model)) == "953.6 MiB"
    assert limit(model) == "2.7 GiB"
    model.execute("set threads = 4")
    assert stages.sparing(model, "3GB", lambda: limit(model)) == "1.8 GiB"
    assert stages.sparing(model, "500MB", lambda: limit(model)) == "2.7 GiB"  # nothing to spare: the connection's own limit stands
    model.execute("set memory_limit = '3GB'; set threads = 1")
    model.execute("insert into customers by name select 'shop' as system, 'x' || i as record_id from range(1500000) as t (i)")
    assert stages.sparing(model, "3GB", lambda: limit(model)) == "1.3 GiB"
    assert stages.sparing(model, None, lambda: limit(model)) == "2.7 GiB"


def test_where_that_does_not_do_it_takes_all_that_is_allowed(model: Any) -> None:
    seen: list[str] = []

    def work() -> str:
        seen.append(limit(model))
        if len(seen) == 1:
            raise duckdb.OutOfMemoryException
        return "done"

    assert stages.sparing(model, "3GB", work) == "done"
    assert seen == ["953.6 MiB", "2.7 GiB"]
    seen.clear()
    with pytest.raises(duckdb.OutOfMemoryException):
        stages.sparing(model, "500MB", work)


def test_nothing_is_left_in_the_folder_where_somebody_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with stages.in_memory("60MB", 1) as con:
        (folder,) = con.execute("select current_setting('temp_directory')").fetchall()[0]
        con.execute("create table much as select i, hash(i) || 'x' || hash(i + 1) as word from range(3000000) as t (i)")
        assert list(Path(folder).iterdir())
    assert not Path(folder).exists() and not list(tmp_path.iterdir())


def test_a_limit_that_is_too_small_changes_no_result(model: Any, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    for record_id in "AB":
        put(record_id, "Ada Byron", mail="ada.byron77@x.example")
    monkeypatch.setattr(stages, "PER_MILLION", 1)
    monkeypatch.setattr(stages, "PER_THREAD", 1)
    build.match(model, memory="2GB")
    assert model.execute("select record_id from customer_clusters order by 1").fetchall() == [("A",), ("B",)]
