"""The second look: flagged records of a finished snapshot are read again by id, and land beside it as evidence.

They lie in the folder ``second-look`` of the snapshot: parts as in every snapshot, and a manifest.json of their own, which is written
last. A look without it is unfinished; the same questions go on where it stopped. Nothing here raises for a system that does not answer:
what could not be read again is told with its reason.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recon import __version__
from recon.config.secrets import require
from recon.config.settings import Settings
from recon.errors import ReconError, StoreError
from recon.faultpoints import faultpoint
from recon.snapshot import manifest as manifests
from recon.snapshot.files import make_directory, write_json
from recon.snapshot.manifest import FileEntry, Instant, SystemEntry, iso
from recon.snapshot.run import latest
from recon.snapshot.store import StreamStore
from recon.systems import registry
from recon.systems.base import GONE, By, Chunk, Context, Extractor, Fate, Look, State, Stream

FOLDER = "second-look"
PLAN = "plan.json"
FORMAT = 1
RESUME_HOURS = 2
"""An unfinished look older than this is left alone: beside a snapshot that old, what heals would no longer be in flight."""

Why = Literal["budget", "failed", "impossible", "unasked"]
"""Why a key has no answer: no calls were left, the system failed, it cannot read such records by such keys, or nobody asked."""


@dataclass(frozen=True, order=True)
class Ask:
    """A record to read again; see :class:`recon.systems.base.Extractor` for what ``by`` and ``key`` are."""

    system: str
    table: str
    by: By
    key: str


Ways = tuple[Ask, ...]
"""Ways to ask one system for one record, the best first: the first that the system offers is taken."""


_BY: Mapping[str, str] = {"external": "the shop's id"}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AnswerEntry(_Entry):
    """What became of one record."""

    table: str
    by: By
    key: str
    state: State
    into: str | None = None


class LookStream(_Entry):
    """Records of one stream that were read again."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    files: list[FileEntry] = Field(default_factory=list)
    records: int = 0
    calls: int = 0


class LookSystem(_Entry):
    """What one system answered; ``reason`` is the sentence for what it did not."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    calls: int = 0
    why: Why | None = None
    reason: str | None = None
    streams: list[LookStream] = Field(default_factory=list)
    impossible: list[tuple[str, By]] = Field(default_factory=list)
    answers: list[AnswerEntry] = Field(default_factory=list)


class SecondLook(_Entry):
    """manifest.json of a second look."""

    format: int = FORMAT
    snapshot_id: str
    digest: str
    started_at: Instant
    finished_at: Instant
    systems: list[LookSystem] = Field(default_factory=list)

    @property
    def calls(self) -> int:
        """Requests that it took."""
        return sum(system.calls for system in self.systems)

    def fates(self) -> dict[Ask, Fate]:
        """Everything that was answered."""
        return {
            Ask(system.name, one.table, one.by, one.key): Fate(one.state, one.into) for system in self.systems for one in system.answers
        }

    def why(self, ask: Ask) -> tuple[Why, str]:
        """Why a record has no answer, as a word and as a sentence."""
        system = next((system for system in self.systems if system.name == ask.system), None)
        if system is None:
            return "unasked", f"{ask.system} was not asked again."
        if (ask.table, ask.by) in system.impossible:
            return "impossible", f"{ask.system} cannot be asked for single {ask.table} by {_BY.get(ask.by, ask.by)}."
        return system.why or "unasked", system.reason or f"{ask.system} was not asked for it again."


def load(snapshot_dir: Path) -> SecondLook | None:
    """The finished second look of a snapshot, or None; StoreError where its manifest is damaged."""
    path = snapshot_dir / FOLDER / manifests.FILE_NAME
    if not path.is_file():
        return None
    try:
        return SecondLook.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, ValidationError) as error:
        raise StoreError(f"{path} is damaged or cannot be read.", f"Remove the folder {path.parent}; the snapshot is whole.") from error


def interrupted(settings: Settings, now: datetime) -> Path | None:
    """Folder of the newest snapshot, where its second look was begun not long ago and did not come to its end."""
    newest = latest(settings.state_dir)
    plan = _read_plan(newest) if newest else None
    if newest is None or plan is None or (newest / FOLDER / manifests.FILE_NAME).exists():
        return None
    begun = manifests.load(newest).finished_at
    is_young = now - begun < timedelta(hours=RESUME_HOURS)
    return newest if is_young and plan.get("systems") == _systems_digest(settings) else None


def take(
    settings: Settings,
    snapshot_dir: Path,
    wanted: Sequence[Ways],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] | None = None,
) -> SecondLook:
    """Read records again, in the order given, and return what became of them; a finished look at the same records is not repeated.

    No system is asked more than ``audit.recheck_calls`` times. The caller holds the WorkspaceLock. Raises StoreError only.
    """
    manifest = manifests.load(snapshot_dir)
    folder = snapshot_dir / FOLDER
    digest = _digest(settings, wanted)
    plan = _read_plan(snapshot_dir)
    if plan is None or plan.get("digest") != digest:
        shutil.rmtree(folder, ignore_errors=True)
        make_directory(folder)
        plan = {"digest": digest, "systems": _systems_digest(settings), "started_at": iso(now())}
        write_json(folder / PLAN, plan)
    elif done := load(snapshot_dir):
        return done
    known = {system.name: system for system in manifest.systems}
    names = list(dict.fromkeys(ways[0].system for ways in wanted))
    reader = _Reader(settings, folder, known, now, sleep)
    with ThreadPoolExecutor(max_workers=max(1, min(settings.limits.parallel, len(names)))) as pool:
        try:
            systems = list(pool.map(lambda name: reader.read(name, [ways for ways in wanted if ways[0].system == name]), names))
        except StoreError:
            (folder / PLAN).unlink(missing_ok=True)  # the audit goes on without it, and no later run must come back to it
            raise
        except BaseException:
            reader.stopped = True
            raise
    started = datetime.fromisoformat(str(plan["started_at"]))
    look = SecondLook(snapshot_id=manifest.snapshot_id, digest=digest, started_at=started, finished_at=now(), systems=systems)
    faultpoint("again.before_manifest")
    write_json(folder / manifests.FILE_NAME, look.model_dump(mode="json"))
    faultpoint("again.after_manifest")
    return look


class _Spent(Exception):
    """The calls of a system are used up."""


class _Reader:
    """Reads systems again, each by itself."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        known: Mapping[str, SystemEntry],
        now: Callable[[], datetime],
        sleep: Callable[[float], None] | None,
    ) -> None:
        self.settings, self.folder, self.known, self.now = settings, folder, known, now
        self.sleep = sleep or self._wait
        self.stopped = False

    def _wait(self, seconds: float) -> None:
        """Sleep in short naps, so that an interrupted run ends."""
        import time

        end = time.monotonic() + seconds
        while not self.stopped and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))
        if self.stopped:
            raise KeyboardInterrupt

    def read(self, name: str, wanted: Sequence[Ways]) -> LookSystem:
        """Everything that is asked of one system, as far as it answers."""
        found = LookSystem(name=name)
        system = self.settings.systems.get(name)
        if system is None or not system.enabled or name not in self.known:
            found.why, found.reason = "impossible", f"{name} is no enabled system of recon.toml, so it cannot be asked again."
            return found
        try:
            require(system, f"systems.{name}")
            context = Context(name=name, now=self.now, sleep=self.sleep, limits=self.settings.limits)
            extractor = registry.open_system(system, context)
        except StoreError:
            raise
        except ReconError as error:
            found.why, found.reason = "failed", error.message
            return found
        try:
            self._read(found, extractor, wanted)
        except StoreError:
            raise
        except _Spent:
            found.why = "budget"
            calls = f"{self.settings.audit.recheck_calls:,} calls of audit.recheck_calls"
            found.reason = f"The {calls} were used up before {name} was asked for it."
        except ReconError as error:
            found.why, found.reason = "failed", error.message
        finally:
            extractor.close()
        found.calls = sum(stream.calls for stream in found.streams)
        return found

    def _read(self, found: LookSystem, extractor: Extractor, wanted: Sequence[Ways]) -> None:
        account = extractor.facts().account_id
        if account != self.known[found.name].account_id:
            found.why, found.reason = "failed", f"{found.name} is another account by now than the one in the snapshot."
            return
        offered: dict[tuple[str, By], Sequence[Stream]] = {}
        for table, by in dict.fromkeys((ask.table, ask.by) for ways in wanted for ask in ways):
            offered[table, by] = extractor.again(table, by)
        found.impossible = [pair for pair, streams in offered.items() if not streams]
        chosen = [ask for ways in wanted for ask in [way for way in ways if offered[way.table, way.by]][:1]]
        work: dict[tuple[str, By], tuple[Stream, dict[str, None]]] = {}
        for ask in chosen:
            for stream in offered[ask.table, ask.by]:
                work.setdefault((stream.name, ask.by), (stream, {}))[1][ask.key] = None
        stores: dict[str, StreamStore] = {}
        try:
            for (name, by), (stream, keys) in work.items():
                stores.setdefault(name, StreamStore(self.folder, found.name, name))
                self._pour(extractor, stream, by, list(keys), stores)
        finally:
            found.streams = [_stream_entry(name, store) for name, store in sorted(stores.items())]
            found.answers = list(_answers(dict.fromkeys(chosen), offered, stores))

    def _pour(self, extractor: Extractor, stream: Stream, by: By, keys: Sequence[str], stores: Mapping[str, StreamStore]) -> None:
        """One stream by one kind of key; what a killed run stored is not asked for again."""
        store = stores[stream.name]
        state: dict[str, Any] = dict(store.progress.state or {})
        known: dict[str, Any] = state.setdefault(by, {})
        left = [key for key in keys if key not in known]
        before = store.progress.calls - extractor.calls
        if not left:
            return
        self._check_budget(stores)
        for look in extractor.reread(stream, by, left):
            known.update({key: [fate.state, fate.into] for key, fate in look.fates.items()})
            store.progress.calls = before + extractor.calls
            store.add(Chunk(lines=_whole(look), state=state, rows=look.rows))
            if self.stopped:
                raise KeyboardInterrupt
            if any(key not in known for key in left):
                self._check_budget(stores)
        store.progress.calls = before + extractor.calls

    def _check_budget(self, stores: Mapping[str, StreamStore]) -> None:
        if sum(store.progress.calls for store in stores.values()) >= self.settings.audit.recheck_calls:
            raise _Spent


def _whole(look: Look) -> Iterable[bytes]:
    return [line if line.endswith(b"\n") else line + b"\n" for line in look.lines]


def _stream_entry(name: str, store: StreamStore) -> LookStream:
    return LookStream(name=name, files=store.files(), records=store.progress.records, calls=store.progress.calls)


def _answers(
    asks: Iterable[Ask], offered: Mapping[tuple[str, By], Sequence[Stream]], stores: Mapping[str, StreamStore]
) -> Iterator[AnswerEntry]:
    """A record is answered once all its streams are; what became of it is told by the first one that knows it."""
    told = {(name, by): found for name, store in stores.items() for by, found in (store.progress.state or {}).items()}
    for ask in asks:
        fates = [told.get((stream.name, ask.by), {}).get(ask.key) for stream in offered[ask.table, ask.by]]
        if all(fates):
            state, into = next((fate for fate in fates if fate[0] != GONE.state), fates[0])
            yield AnswerEntry(table=ask.table, by=ask.by, key=ask.key, state=state, into=into)


def _read_plan(snapshot_dir: Path) -> dict[str, Any] | None:
    try:
        data = json.loads((snapshot_dir / FOLDER / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _systems_digest(settings: Settings) -> str:
    systems = {name: system.model_dump(mode="json") for name, system in settings.systems.items() if system.enabled}
    return hashlib.sha256(json.dumps(systems, sort_keys=True).encode()).hexdigest()


def _digest(settings: Settings, wanted: Sequence[Ways]) -> str:
    """The same questions to the same systems."""
    asks = [[[ask.system, ask.table, ask.by, ask.key] for ask in ways] for ways in wanted]
    what = [__version__, _systems_digest(settings), asks]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


STATES: tuple[State, ...] = get_args(State)
"""All states, as the manifest names them."""
