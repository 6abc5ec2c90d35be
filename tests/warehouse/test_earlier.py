"""What changed since the snapshot before: bounded, comparable, and never a reason to fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recon.warehouse import build, engine

Snapshot = Callable[..., Any]
BEGIN = datetime.fromisoformat("2026-11-01T06:00:00+00:00")


@pytest.fixture
def snapshot(tmp_path: Path, write_snapshot: Callable[..., Path], shop_order: Callable[..., Any]) -> Snapshot:
    """A snapshot of one order of a day of November, with its warehouse."""

    def make(day: float, email: str | None, *, built: bool = True, **facts: Any) -> Path:
        at = BEGIN + timedelta(days=day)
        system = {"name": "shop", "streams": {"orders": shop_order(1, email=email)}, "started_at": at.isoformat(), **facts}
        folder = write_snapshot(tmp_path / f"{at:%Y%m%dT%H%M%SZ}", system)
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | {"started_at": at.isoformat()}))
        if built:
            build.build(folder, memory="1GB")
        return folder

    return make


def changes(folder: Path) -> list[tuple[Any, ...]]:
    with engine.connect(folder / engine.FILE_NAME) as con:
        return con.execute(
            "select v.entity, v.record_id, v.field, v.old_value, v.new_value, cast(v.after_at as varchar), cast(v.until_at as varchar) "
            "from value_changes as v order by v.until_at"
        ).fetchall()


def reason(folder: Path) -> tuple[Any, ...]:
    with engine.connect(folder / engine.FILE_NAME) as con:
        (row,) = con.execute("select c.readable, c.absent, c.reason from coverage as c where c.entity = 'value_changes'").fetchall()
        return row


def test_changes_of_all_snapshots_before_are_known_for_thirty_days(snapshot: Snapshot) -> None:
    first = snapshot(0, "a@example.com")
    assert changes(first) == [] and reason(first) == (False, True, "There is no earlier snapshot of the same systems.")
    second, third = snapshot(1, "b@example.com"), snapshot(2, "a@example.com")
    back = ("orders", "1", "email", "b@example.com", "a@example.com", "2026-11-02 06:00:00", "2026-11-03 06:00:00")
    there = ("orders", "1", "email", "a@example.com", "b@example.com", "2026-11-01 06:00:00", "2026-11-02 06:00:00")
    assert changes(second) == [there] and changes(third) == [there, back] and reason(third) == (True, False, None)
    assert changes(snapshot(31, "a@example.com")) == [there, back]
    assert changes(snapshot(31.5, "a@example.com")) == [back]
    assert changes(snapshot(33, None))[-1][2:5] == ("email", "a@example.com", None)


def test_the_same_snapshot_built_again_tells_the_same(snapshot: Snapshot) -> None:
    snapshot(0, "a@example.com")
    second = snapshot(1, "b@example.com")
    before = changes(second)
    build.build(second, memory="1GB")
    assert changes(second) == before != []


def test_what_is_read_otherwise_is_not_compared(snapshot: Snapshot) -> None:
    snapshot(0, "a@example.com", account_id="one")
    assert reason(snapshot(1, "b@example.com", account_id="two"))[2] == "There is no earlier snapshot of the same systems."
    third = snapshot(2, "c@example.com", account_id="two", name="store")
    assert changes(third) == [] and not reason(third)[0]


def test_a_snapshot_before_that_was_never_audited_or_is_damaged_stops_nothing(snapshot: Snapshot) -> None:
    first = snapshot(0, "a@example.com", built=False)
    words = (False, True, "The snapshot before was not audited by this version of recon.")
    assert reason(snapshot(1, "b@example.com")) == words
    first = snapshot(2, "c@example.com")
    (first / engine.FILE_NAME).write_bytes(b"no database")
    assert reason(snapshot(3, "d@example.com")) == words


def test_a_column_that_could_not_be_read_did_not_change(snapshot: Snapshot, shop_order: Callable[..., Any]) -> None:
    snapshot(0, "a@example.com")
    hidden = {"orders": {"rows": shop_order(1, email=None), "unreadable": {"orders.email": "Protected customer data was not granted."}}}
    assert changes(snapshot(1, None, streams=hidden)) == []
