"""What is thrown away, and what never is."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recon.cli import run
from recon.errors import StoreError
from recon.snapshot import prune
from recon.snapshot.files import make_directory, write_json
from recon.snapshot.manifest import Manifest

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def snapshot(state: Path, name: str, days: int, base: str | None = None) -> Path:
    folder = make_directory(state / "snapshots" / name)
    started = NOW - timedelta(days=days)
    write_json(
        folder / "manifest.json", Manifest(snapshot_id=name, started_at=started, finished_at=started, base=base).model_dump(mode="json")
    )
    (folder / "part").write_bytes(b"x" * 1000)
    return folder


def aged(folder: Path, days: int) -> Path:
    """A folder whose every file was written so long ago."""
    make_directory(folder)
    (folder / "part").write_bytes(b"x")
    moment = (NOW - timedelta(days=days)).timestamp()
    for path in (folder / "part", folder):
        os.utime(path, (moment, moment))
    return folder


def names(state: Path, keep: int = 30, reports: int = 400) -> list[tuple[str, str]]:
    return [(item.kind, item.path.name) for item in prune.leftovers(state, NOW, keep_days=keep, keep_reports_days=reports)]


def test_old_snapshots_go_and_young_ones_stay(tmp_path: Path) -> None:
    snapshot(tmp_path, "a", 40)
    snapshot(tmp_path, "b", 31)
    snapshot(tmp_path, "c", 29)
    assert names(tmp_path) == [("snapshot", "a"), ("snapshot", "b")]


def test_the_newest_stays_however_old_it_is(tmp_path: Path) -> None:
    snapshot(tmp_path, "a", 500)
    snapshot(tmp_path, "b", 400)
    assert names(tmp_path) == [("snapshot", "a")]


def test_what_a_younger_one_builds_on_stays(tmp_path: Path) -> None:
    snapshot(tmp_path, "a", 60)
    snapshot(tmp_path, "b", 45)
    snapshot(tmp_path, "c", 40, base="b")
    snapshot(tmp_path, "d", 5, base="c")
    assert names(tmp_path) == [("snapshot", "a")]


def test_readings_that_nobody_will_resume_go(tmp_path: Path) -> None:
    snapshot(tmp_path, "z", 0)
    aged(tmp_path / "snapshots" / "a", 3)
    aged(tmp_path / "snapshots" / "b", 1)
    assert names(tmp_path) == [("unfinished", "a")]


def test_reports_of_long_ago_go(tmp_path: Path) -> None:
    aged(tmp_path / "reports" / "old", 401)
    aged(tmp_path / "reports" / "young", 399)
    assert names(tmp_path) == [("report", "old")]


def test_what_is_not_understood_is_not_removed(tmp_path: Path) -> None:
    snapshot(tmp_path, "a", 60)
    (tmp_path / "snapshots" / "a" / "manifest.json").write_text("{")
    snapshot(tmp_path, "b", 1)
    with pytest.raises(StoreError):
        names(tmp_path)
    assert (tmp_path / "snapshots" / "a" / "part").exists()


def test_an_interrupted_removal_is_finished(tmp_path: Path) -> None:
    snapshot(tmp_path, "a", 60).rename(tmp_path / "snapshots" / "a.removing")
    snapshot(tmp_path, "b", 1)
    assert names(tmp_path) == []
    prune.sweep(tmp_path)
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == ["b"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "recon.toml").write_text("config_version = 1\n")
    state = tmp_path / ".recon"
    snapshot(state, "a", 4000)
    snapshot(state, "b", 3000)
    config = ["--config", str(tmp_path / "recon.toml")]
    assert run(["prune", "--dry-run", *config]) == 0
    said = capsys.readouterr()
    assert "snapshot  a" in said.out and "1 folder would go" in said.err and (state / "snapshots" / "a").exists()
    assert run(["prune", "--json", *config]) == 0
    assert '"name": "a"' in capsys.readouterr().out
    assert [path.name for path in (state / "snapshots").iterdir()] == ["b"]
