"""Reading flagged records again: what lands, what is resumed, what is told where a system does not answer."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recon.config.settings import Settings
from recon.errors import AuthError, QuotaError, SourceError, StoreError
from recon.snapshot import again, run
from recon.snapshot.again import Ask, SecondLook
from recon.systems import registry
from recon.systems.base import GONE, HERE, By, Fate, Look, Stream

from .conftest import NOW, Toy

ORDERS = Stream("orders", ("orders",), "orders", "orders")
LEVELS = Stream("levels", ("inventory_levels",), "levels", "levels")


@dataclass
class Again(Toy):
    """Answers two keys a call; ``errors`` maps the number of a call to what it ends with."""

    asked: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    errors: dict[int, BaseException] = field(default_factory=dict)

    def again(self, table: str, by: By) -> Sequence[Stream]:
        return {("orders", "id"): [ORDERS], ("inventory_levels", "variant"): [LEVELS, ORDERS]}.get((table, by), [])

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        for start in range(0, len(keys), 2):
            batch = tuple(keys[start : start + 2])
            if error := self.errors.pop(len(self.asked), None):
                raise error
            self.calls += 1
            self.asked.append((stream.name, by, batch))
            here = [key for key in batch if self.fates.get(key, HERE) is HERE]
            lines = [json.dumps({"id": key, "stream": stream.name}).encode() + b"\n" for key in here]
            yield Look(lines, len(lines), {key: self.fates.get(key, HERE) for key in batch})


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Again:
    extractor = Again()
    monkeypatch.setattr(registry, "open_system", lambda settings, context: extractor)
    monkeypatch.setattr(registry, "side", lambda kind: "shop")
    return extractor


@pytest.fixture
def folder(system: Again, settings: Settings) -> Path:
    return run.take(settings, now=lambda: NOW).folder


def orders(*keys: str) -> list[again.Ways]:
    return [(Ask("shop", "orders", "id", key),) for key in keys]


def look(settings: Settings, folder: Path, wanted: Sequence[again.Ways], **options: Any) -> SecondLook:
    return again.take(settings, folder, wanted, now=lambda: NOW, sleep=lambda seconds: None, **options)


def states(found: SecondLook) -> dict[str, str]:
    return {ask.key: fate.state for ask, fate in found.fates().items()}


def test_answers_land_beside_the_snapshot_and_are_listed(system: Again, settings: Settings, folder: Path) -> None:
    before = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    system.fates = {"2": Fate("merged", "9"), "3": GONE}
    found = look(settings, folder, orders("1", "2", "3"))
    assert states(found) == {"1": "here", "2": "merged", "3": "gone"}
    assert found.fates()[Ask("shop", "orders", "id", "2")].into == "9"
    assert found.calls == 2
    listed = [folder / again.FOLDER / file.path for one in found.systems for stream in one.streams for file in stream.files]
    assert [path.name for path in listed] == ["part-0000.jsonl.zst"]
    assert all(file.sha256 and file.rows == 1 for one in found.systems for stream in one.streams for file in stream.files)
    assert again.load(folder) == found
    assert {path: path.read_bytes() for path in before} == before, "the snapshot itself is as it was"
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (folder / again.FOLDER).rglob("*") if path.is_file())


def test_records_are_asked_for_in_the_order_given_and_once(system: Again, settings: Settings, folder: Path) -> None:
    look(settings, folder, orders("5", "1", "5", "3"))
    assert [keys for _, _, keys in system.asked] == [("5", "1"), ("3",)]


def test_the_same_look_is_not_repeated_and_another_one_begins_anew(system: Again, settings: Settings, folder: Path) -> None:
    first = look(settings, folder, orders("1", "2"))
    assert look(settings, folder, orders("1", "2")) == first
    assert len(system.asked) == 1
    assert states(look(settings, folder, orders("7"))) == {"7": "here"}
    assert len(system.asked) == 2


def test_the_first_way_that_the_system_offers_is_taken(system: Again, settings: Settings, folder: Path) -> None:
    ways = (Ask("shop", "inventory_levels", "id", "a"), Ask("shop", "inventory_levels", "variant", "v"))
    found = look(settings, folder, [ways, *orders("1"), (Ask("shop", "refunds", "order", "1"),)])
    assert set(found.fates()) == {ways[1], Ask("shop", "orders", "id", "1")}
    assert found.why(ways[0])[0] == "impossible"
    word, sentence = found.why(Ask("shop", "refunds", "order", "1"))
    assert (word, sentence) == ("impossible", "shop cannot be asked for single refunds by order.")


def test_a_record_of_several_streams_is_what_the_stream_that_knows_it_says(system: Again, settings: Settings, folder: Path) -> None:
    wanted = [(Ask("shop", "inventory_levels", "variant", key),) for key in ("1", "2")]
    system.errors = {1: SourceError("The shop is down.", "Wait.")}
    found = look(settings, folder, wanted)
    assert states(found) == {}, "half an answer is none"
    assert found.why(wanted[0][0]) == ("failed", "The shop is down.")


@pytest.mark.parametrize(
    "error", [SourceError("The shop is down.", "Wait."), AuthError("The key is refused.", ""), QuotaError("The quota is spent.", "")]
)
def test_a_system_that_fails_keeps_what_it_answered_and_says_why_not_more(
    system: Again, settings: Settings, folder: Path, error: Exception
) -> None:
    system.errors = {1: error}
    found = look(settings, folder, orders("1", "2", "3", "4"))
    assert states(found) == {"1": "here", "2": "here"}
    assert found.why(Ask("shop", "orders", "id", "3"))[0] == "failed"
    assert found.why(Ask("shop", "orders", "id", "3"))[1] == str(error.message)  # type: ignore[attr-defined]


def test_calls_are_limited_and_the_rest_is_told(system: Again, settings: Settings, folder: Path) -> None:
    limited = settings.model_copy(update={"audit": settings.audit.model_copy(update={"recheck_calls": 2})})
    found = look(limited, folder, orders(*"123456"))
    assert len(system.asked) == 2
    assert set(states(found)) == set("1234")
    assert found.why(Ask("shop", "orders", "id", "5"))[0] == "budget"


def test_another_account_is_not_asked(system: Again, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = system.facts()
    monkeypatch.setattr(system, "facts", lambda: type(facts)(**{**facts.__dict__, "account_id": "other"}))
    found = look(settings, folder, orders("1"))
    assert (states(found), system.asked) == ({}, [])
    assert found.why(Ask("shop", "orders", "id", "1"))[1] == "shop is another account by now than the one in the snapshot."


def test_a_system_that_left_recon_toml_cannot_be_asked(system: Again, settings: Settings, folder: Path) -> None:
    found = look(settings.model_copy(update={"systems": {}}), folder, orders("1"))
    assert found.why(Ask("shop", "orders", "id", "1"))[0] == "impossible"


@pytest.mark.parametrize("after", [1, 2])
def test_a_killed_look_goes_on_where_it_stopped(system: Again, settings: Settings, folder: Path, after: int) -> None:
    wanted = orders(*"123456")
    system.errors = {after: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        look(settings, folder, wanted)
    assert again.load(folder) is None
    assert again.interrupted(settings, NOW) == folder
    found = look(settings, folder, wanted)
    assert [keys for _, _, keys in system.asked] == [("1", "2"), ("3", "4"), ("5", "6")], "nothing is asked for twice"
    assert states(found) == dict.fromkeys("123456", "here")
    assert found.systems[0].streams[0].records == 6
    assert again.interrupted(settings, NOW) is None


def test_an_old_or_changed_workspace_does_not_come_back_to_a_killed_look(system: Again, settings: Settings, folder: Path) -> None:
    system.errors = {0: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        look(settings, folder, orders("1"))
    assert again.interrupted(settings, NOW + timedelta(hours=3)) is None
    assert again.interrupted(settings.model_copy(update={"systems": {}}), NOW) is None


def test_a_disk_that_is_full_ends_the_look_for_good(
    system: Again, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.errors = {0: StoreError("No room.", "Make some.")}
    with pytest.raises(StoreError):
        look(settings, folder, orders("1"))
    assert again.interrupted(settings, NOW) is None


def test_a_damaged_manifest_is_named(system: Again, settings: Settings, folder: Path) -> None:
    look(settings, folder, orders("1"))
    (folder / again.FOLDER / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match=r"second-look/manifest\.json is damaged"):
        again.load(folder)
