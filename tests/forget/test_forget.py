"""A person is removed from a merchant's whole workspace, nothing else changes, and every byte is read again by other means."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard

from recon.audit import compare, history
from recon.cli import run
from recon.config.load import load_settings
from recon.errors import PlanError
from recon.fix import journal, revert
from recon.fix.session import _holds_values
from recon.forget import raw
from recon.snapshot import manifest as manifests
from recon.snapshot.lock import WorkspaceLock
from recon.snapshot.store import StreamStore, checksum
from recon.systems.registry import settings_models


@dataclass
class Person:
    customers: list[str]
    orders: list[str]
    texts: list[str]
    """both of his addresses"""
    names: list[str]


def unpacked(data: bytes) -> Iterator[bytes]:
    """A file and everything that is packed in it; written apart from the code that is tested."""
    yield data
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        yield from unpacked(zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read())
    elif data.startswith(b"\x1f\x8b"):
        yield from unpacked(gzip.decompress(data))
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from unpacked(archive.read(name))
    for packed in re.findall(rb"H4sI[A-Za-z0-9+/=]{40,}", data):
        yield gzip.decompress(base64.b64decode(packed))


def contents(path: Path) -> Iterator[bytes]:
    data = path.read_bytes()
    yield from unpacked(data)
    if data[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as con:
            for (table,) in con.execute("select table_name from duckdb_tables()").fetchall():
                yield from (row[0].encode() for row in con.execute(f'select cast(t as varchar) from "{table}" as t').fetchall())
    elif data.startswith(b"PAR1"):
        with duckdb.connect() as con:
            yield from (row[0].encode() for row in con.execute(f"select cast(t as varchar) from read_parquet('{path}') as t").fetchall())


def holders(folder: Path, texts: list[str]) -> set[str]:
    """Files that hold any of the texts, whatever they are packed in."""
    wanted = {form for text in texts for form in (text.lower().encode(), json.dumps(text)[1:-1].lower().encode())}
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and any(form in data.lower() for data in contents(path) for form in wanted)
    }


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def moved(corrected: Any, values: Callable[[str], Any]) -> Person:
    """Somebody with another address in the shop than in the org, who is in findings, a plan, its journal and reports."""
    change = next(one for one in corrected.plan.changes if any(f.field == "PersonEmail" and f.before and f.after for f in one.fields))
    (address,) = (field for field in change.fields if field.field == "PersonEmail")
    (row,) = values(f"select record_id, first_name, last_name from customers where email = '{address.after}' and system = 'shop'")
    sql = f"select o.record_id from orders as o where o.email_key in ('{address.before}', '{address.after}') or o.customer_id = '{row[0]}'"
    orders = [one for (one,) in values(sql)]
    return Person([row[0], str(change.record_id)], orders, [str(address.before), str(address.after)], list(row[1:]))


@pytest.fixture(scope="module")
def forgotten(copied: Callable[[], Any], moved: Person) -> tuple[Any, dict[str, str]]:
    """A workspace in which he was forgotten, by the address that the shop has; and what the files were before."""
    space = copied()
    before = hashes(space.state)
    assert run(["forget", "--email", moved.texts[1].upper(), "--confirm", *space.config]) == 0
    return space, before


def test_he_was_everywhere_and_is_nowhere(corrected: Any, forgotten: tuple[Any, dict[str, str]], moved: Person) -> None:
    kinds = {Path(name).name.split("-")[0] for name in holders(corrected.state, moved.texts[:2])}
    everywhere = {
        "history.duckdb",
        "warehouse.duckdb",
        "plan.json",
        "plan.html",
        "journal.jsonl",
        "findings.csv",
        "report.json",
        "part",
        "success",
    }
    assert everywhere | {"findings.xlsx", "findings.parquet", "findings.ndjson"} <= kinds
    assert holders(forgotten[0].state, moved.texts) == set()


def test_nobody_else_lost_anything(corrected: Any, forgotten: tuple[Any, dict[str, str]], moved: Person) -> None:
    ids = [*moved.customers, *moved.orders]
    for folder in raw.files(forgotten[0].state):
        old = corrected.state / folder.path.relative_to(forgotten[0].state)
        pairs = list(zip(_lines(old), _lines(folder.path), strict=True))  # as many lines as before, in their places
        for one, other in pairs:
            assert one == other or any(i[:15] in one for i in ids) or any(t in one for t in moved.texts)
            if one != other and one.startswith("{"):
                assert set(json.loads(one)) == set(json.loads(other))
            if any(i in one for i in moved.customers):
                assert not any(name in other for name in moved.names), "others may be called as he is; he is not any more"


def _lines(path: Path) -> list[str]:
    with zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True) as stream:
        return stream.read().decode().split("\n")


def test_snapshots_are_whole_and_say_the_same_of_everybody(forgotten: tuple[Any, dict[str, str]]) -> None:
    space, _ = forgotten
    for path in space.state.glob("snapshots/*/manifest.json"):
        for file in (file for system in manifests.load(path.parent).systems for stream in system.streams for file in stream.files):
            assert (checksum(path.parent / file.path), (path.parent / file.path).stat().st_size) == (file.sha256, file.bytes)
    first = history.runs(space.state)[-1]
    assert run(["audit", *space.config]) in {1, 3}  # builds the warehouse anew, which checks every file
    found = compare.compare(space.state, first)
    counts = {total.change: total.count for total in found.totals if total.count}
    assert set(counts) == {"unchanged"} and counts["unchanged"] > 50


def test_a_reading_that_was_interrupted_goes_on(copied: Callable[[], Any], moved: Person) -> None:
    space = copied()
    newest = max(space.state.glob("snapshots/*/manifest.json"))
    streams = [(system.name, stream.name) for system in manifests.load(newest.parent).systems for stream in system.streams]
    newest.unlink()
    for note in newest.parent.glob("progress/*.json"):
        data = json.loads(note.read_text())
        note.write_text(json.dumps({**data, "done": None}))
    assert holders(newest.parent, moved.texts)
    assert run(["forget", "--id", moved.customers[0], "--confirm", *space.config]) == 0
    assert holders(space.state, moved.texts) == set()
    for system, stream in streams:
        store = StreamStore(newest.parent, system, stream)
        for entry in store.files():
            assert (newest.parent / entry.path).stat().st_size == entry.bytes


def test_reports_are_there_again_in_every_format(corrected: Any, forgotten: tuple[Any, dict[str, str]]) -> None:
    def files(space: Any) -> set[str]:
        return {path.relative_to(space.state).as_posix() for path in space.state.glob("reports/*/*")}

    assert files(forgotten[0]) == files(corrected)
    texts = [path.read_text() for path in forgotten[0].state.glob("reports/*/findings.ndjson")]
    assert any("@forgotten.invalid" in text for text in texts)


def test_what_was_corrected_is_still_known_without_its_values(corrected: Any, forgotten: tuple[Any, dict[str, str]], moved: Person) -> None:
    space, _ = forgotten
    (folder,) = space.state.glob("plans/*")
    plan = _plan(folder)
    before = {change.id: (change.action, change.object, change.record_id, len(change.fields)) for change in corrected.plan.changes}
    assert {change.id: (change.action, change.object, change.record_id, len(change.fields)) for change in plan.changes} == before
    entries = journal.read(folder / journal.FILE_NAME)
    old = journal.read(corrected.state / "plans" / corrected.plan_id / journal.FILE_NAME)
    assert len(entries) == len(old) and {entry["digest"] for entry in entries if entry["event"] == "begin"} == {plan.digest}
    standings = journal.standings(plan, entries)
    assert {name: one.result for name, one in standings.items()} == {
        name: one.result for name, one in journal.standings(corrected.plan, old).items()
    }
    mine = {change.id for change in plan.changes if change.record_id == moved.customers[1]}
    made = revert.make(plan, standings)
    assert {one.code for one in made.unplanned if one.label in {plan.get(name).label for name in mine}} == {"forgotten"}
    assert moved.customers[1] not in {change.record_id for change in made.changes}
    assert not any("orgotten" in str(field) for change in made.changes for field in change.fields)
    with pytest.raises(PlanError, match="a person who was forgotten"):
        _holds_values(plan)


def _plan(folder: Path) -> Any:
    from recon.fix.plan import load

    return load(folder / "plan.json")


def test_a_second_time_nothing_is_found(forgotten: tuple[Any, dict[str, str]], moved: Person, capsys: pytest.CaptureFixture[str]) -> None:
    space, _ = forgotten
    for option, value in (("--email", moved.texts[1]), ("--id", moved.customers[1])):
        capsys.readouterr()
        assert run(["forget", option, value, "--json", *space.config]) == 0
        assert json.loads(capsys.readouterr().out)["places"] == []


def test_without_confirm_nothing_changes(
    copied: Callable[[], Any], values: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    space = copied()
    ((order, address),) = values("select record_id, email from orders where system = 'shop' and is_guest and email is not null limit 1")
    before = hashes(space.state)
    assert run(["forget", "--id", order, *[one for one in space.config if one != "--quiet"]]) == 0
    printed = capsys.readouterr()
    assert hashes(space.state) == before
    assert order in printed.out and "snapshots/" in printed.out and "Nothing was removed." in printed.err
    assert run(["forget", "--id", order, "--confirm", "--json", *space.config]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {one["system"] for one in data["records"]} == {"shop", "salesforce"}, "the order that links lead to as well"
    assert data["confirmed"] and data["files_proved"] > 50
    assert holders(space.state, [address]) == set()


def test_a_killed_command_is_ended_by_the_next(copied: Callable[[], Any], moved: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    space = copied()
    command = ["forget", "--email", moved.texts[1], "--confirm", *space.config]

    def die(folder: Path) -> None:
        if (folder / raw.LOG).is_file():
            aside = next(folder.rglob(f"*{raw.ASIDE}"))
            aside.replace(aside.with_name(aside.name.removesuffix(raw.ASIDE)))  # one file is in its place, the others are not
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(raw, "finish", die)
        assert run(command) == 130
    assert list(space.state.rglob(f"*{raw.ASIDE}"))
    assert run(command) == 0
    assert holders(space.state, moved.texts) == set()
    assert not [*space.state.rglob(f"*{raw.ASIDE}"), *space.state.rglob(raw.LOG)]
    settings = load_settings(space.folder / "recon.toml", settings_models())
    for path in settings.state_dir.glob("snapshots/*/manifest.json"):
        for file in (file for system in manifests.load(path.parent).systems for stream in system.streams for file in stream.files):
            assert checksum(path.parent / file.path) == file.sha256


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "Nobody is named"), (["--email", "ann"], "no e-mail address"), (["--email", "ann smith@example.com"], "no e-mail address")],
)
def test_mistakes_are_one_sentence(corrected: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert run(["forget", *arguments, *corrected.config]) == 2
    assert words in capsys.readouterr().err


def test_a_running_audit_is_not_disturbed(corrected: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with WorkspaceLock(corrected.state, "recon run"):
        assert run(["forget", "--email", "ann@example.com", *corrected.config]) == 75
    assert "Another run holds this workspace" in capsys.readouterr().err
