"""Snapshots: complete or honest about it, resumed without reading twice, incremental when that is safe."""

from __future__ import annotations

import io
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from recon.config.settings import Settings
from recon.errors import AuthError, ConfigError, QuotaError, RetriableError, StoreError
from recon.snapshot import run
from recon.snapshot.manifest import load
from recon.snapshot.run import Request

NOW = datetime.fromisoformat("2026-11-23T09:00:00+00:00")


def lines(folder: Path, stream: str = "orders") -> list[str]:
    result = []
    for path in sorted((folder / "shop" / stream).iterdir()):
        with path.open("rb") as file:
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            result += [json.loads(line)["id"] for line in io.TextIOWrapper(reader, encoding="utf-8")]
    return result


def test_everything_is_landed_and_described(take: Any, toy: Any) -> None:
    taken = take()
    assert lines(taken.folder) == ["0-0", "0-1", "0-c", "1-0", "1-1", "1-c", "2-0", "2-1", "2-c"]
    manifest = load(taken.folder)
    system = manifest.systems[0]
    orders = next(stream for stream in system.streams if stream.name == "orders")
    assert (orders.rows, orders.records, orders.complete, orders.proof.expected) == (9, 6, True, 6)
    assert system.not_covered == {"refunds": "The toy has no refunds."}
    assert system.absent == ["refunds"]
    assert manifest.complete and manifest.mode == "full"
    assert orders.files[0].sha256 is not None


def test_everything_is_private(take: Any, toy: Any, settings: Settings) -> None:
    take()
    for path in settings.state_dir.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_missing_records_make_the_stream_incomplete(take: Any, toy: Any) -> None:
    toy.count = 7
    manifest = take().manifest
    assert not manifest.complete
    assert manifest.systems[0].streams[0].reason == "6 of 7 records were read."


def test_page_that_stays_broken_makes_the_stream_incomplete_and_keeps_what_was_read(take: Any, toy: Any) -> None:
    toy.trouble[1] = RetriableError("Page 2 could not be read.", "Try again.")
    taken = take()
    orders, levels = taken.manifest.systems[0].streams
    assert (orders.complete, orders.records, orders.reason) == (False, 2, "Page 2 could not be read. Try again.")
    assert levels.complete


@pytest.mark.parametrize("error", [AuthError("The token was refused."), QuotaError("The budget is spent."), KeyboardInterrupt()])
def test_interrupted_snapshot_goes_on_without_reading_twice(take: Any, toy: Any, settings: Settings, error: BaseException) -> None:
    toy.trouble[2] = error
    with pytest.raises(type(error)):
        take()
    assert run.latest(settings.state_dir) is None
    taken = take(now=NOW + timedelta(hours=1))
    assert taken.resumed
    assert toy.pages_read == [0, 1, 2, 0, 1, 2]  # orders once, levels once
    assert lines(taken.folder)[-1] == "2-c"
    assert taken.manifest.started_at == NOW
    assert taken.manifest.systems[0].streams[0].calls == 3


def test_interruption_while_threads_start_stops_them(take: Any, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *args: Any, **kwargs: Any) -> Any:
            super().submit(*args, **kwargs)
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "ThreadPoolExecutor", Interrupted)
    monkeypatch.setattr(run._Work, "read_system", lambda self, name, system: stopped.append(self.stop.wait(10)))
    with pytest.raises(KeyboardInterrupt):
        take()
    assert stopped == [True]


def test_old_unfinished_snapshot_is_left_alone(take: Any, toy: Any) -> None:
    toy.trouble[2] = QuotaError("The budget is spent.")
    with pytest.raises(QuotaError):
        take()
    assert not take(now=NOW + timedelta(hours=25)).resumed


def test_unreachable_system_is_named_and_the_rest_is_read(take: Any, toy: Any) -> None:
    toy.facts_error = RetriableError("The shop does not answer.")
    manifest = take().manifest
    assert manifest.systems[0].not_covered == {"*": "The shop does not answer."}


def test_incremental_snapshot_reads_only_changes_and_whole_streams_where_it_must(take: Any, toy: Any) -> None:
    full = take()
    delta = take(now=NOW + timedelta(days=1))
    assert (delta.manifest.mode, delta.manifest.base) == ("delta", full.manifest.snapshot_id)
    orders, levels = delta.manifest.systems[0].streams
    assert orders.window_from == NOW - timedelta(minutes=60)
    assert levels.window_from is None
    assert run.chain(delta.folder) == [full.folder, delta.folder]


def test_a_stream_with_a_new_column_is_read_whole(take: Any, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = toy.streams()

    def streams(*columns: str) -> None:
        monkeypatch.setattr(toy, "streams", lambda: (replace(first, columns=columns), *others))

    streams("Id", "Total")
    take()
    streams("Id", "Total", "Ext__c")
    widened = take(now=NOW + timedelta(days=1))
    assert (widened.manifest.mode, widened.manifest.systems[0].streams[0].window_from) == ("delta", None)
    streams("Id", "Ext__c")
    narrowed = take(now=NOW + timedelta(days=2))
    assert narrowed.manifest.systems[0].streams[0].window_from is not None


@pytest.mark.parametrize("days", [8])
def test_full_snapshot_is_taken_when_the_last_is_old(take: Any, toy: Any, days: int) -> None:
    take()
    assert take(now=NOW + timedelta(days=days)).manifest.mode == "full"


def test_incomplete_snapshot_is_no_base(take: Any, toy: Any) -> None:
    toy.count = 7
    take()
    toy.count = 6
    assert take(now=NOW + timedelta(days=1)).manifest.mode == "full"


def test_changed_settings_ask_for_a_full_snapshot(take: Any, toy: Any, settings: Settings) -> None:
    take()
    settings.systems["shop"] = settings.systems["shop"].model_copy(update={"title": "Other"})
    assert take(now=NOW + timedelta(days=1)).manifest.mode == "full"


def test_missing_base_is_named(take: Any, toy: Any) -> None:
    full = take()
    delta = take(now=NOW + timedelta(days=1))
    (full.folder / "manifest.json").unlink()
    with pytest.raises(StoreError, match="which is gone"):
        run.chain(delta.folder)


def test_only_and_since(take: Any, toy: Any) -> None:
    manifest = take(Request(only=("shop.orders",), since=NOW - timedelta(days=2))).manifest
    assert [stream.name for stream in manifest.systems[0].streams] == ["orders"]
    assert manifest.systems[0].streams[0].window_from == NOW - timedelta(days=2)
    with pytest.raises(ConfigError, match="no enabled system"):
        take(Request(only=("shopp",)))
    with pytest.raises(ConfigError, match=r"has no stream 'order'\. Known: levels, orders"):
        take(Request(only=("shop.order",)))


@pytest.mark.parametrize("part", [Request(only=("shop.orders",)), Request(since=NOW - timedelta(days=2))])
def test_a_part_is_neither_the_latest_snapshot_nor_a_base(take: Any, toy: Any, settings: Settings, part: Request) -> None:
    assert run.latest(settings.state_dir) is None
    first = take(part)
    assert run.latest(settings.state_dir) == first.folder  # for want of a better one
    assert take(now=NOW + timedelta(hours=1)).manifest.mode == "full"
    whole = run.latest(settings.state_dir)
    take(part, now=NOW + timedelta(hours=2))
    assert run.latest(settings.state_dir) == whole
    assert take(now=NOW + timedelta(hours=3)).manifest.base == (whole.name if whole else "")


def test_rows_that_do_not_match_their_announcement_are_not_kept(take: Any, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from recon.systems.base import Chunk

    def read(stream: Any, window: Any, state: Any) -> Any:
        yield Chunk([b'{"id": "a"}\n'], {"next": 1}, rows=1)
        yield Chunk([b'{"id": "b"}\n'], {"next": 2}, rows=2)

    monkeypatch.setattr(toy, "read", read)
    taken = take()
    assert lines(taken.folder) == ["a"]
    assert "1 rows where 2 were announced" in (taken.manifest.systems[0].streams[0].reason or "")


@pytest.mark.parametrize("damage", ["{", '{"format": 1}', '{"format": 99}', "[]"])
def test_damaged_manifest_is_named(take: Any, toy: Any, damage: str) -> None:
    folder = take().folder
    (folder / "manifest.json").write_text(damage)
    with pytest.raises(StoreError, match=r"manifest\.json"):
        load(folder)
