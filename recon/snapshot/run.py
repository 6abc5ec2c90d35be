"""Takes a snapshot: all systems in parallel, streams one after the other, resumable at any moment.

A snapshot folder without manifest.json is unfinished. The next run with the same settings goes on in it; what is done is
not read again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from recon import __version__
from recon.config.secrets import require
from recon.config.settings import Settings, SystemSettings
from recon.errors import AuthError, ConfigError, IncompleteError, QuotaError, ReconError, SourceError, StoreError
from recon.faultpoints import faultpoint
from recon.snapshot import manifest as manifests
from recon.snapshot.files import make_directory, write_json
from recon.snapshot.manifest import Manifest, ProofEntry, StreamEntry, SystemEntry, iso
from recon.snapshot.store import StreamStore
from recon.systems import registry
from recon.systems.base import Context, Estimate, Extractor, Proof, Stream, Window

PLAN = "plan.json"
RESUME_HOURS = 24
"""An unfinished snapshot older than this is ignored: its first pages are too old to stand beside new ones."""


class Progress(Protocol):
    """Who wants to watch; every method may be called from several threads."""

    def begin(self, system: str, stream: str, title: str, expected: int | None, done: int) -> None:
        """A stream begins; ``done`` records were there before (resumed)."""
        ...

    def advance(self, system: str, stream: str, records: int) -> None:
        """So many records more."""
        ...

    def finish(self, system: str, stream: str, entry: StreamEntry) -> None:
        """A stream ended, complete or not."""
        ...

    def fail(self, system: str, message: str) -> None:
        """A system cannot be read any further."""
        ...


class Silent:
    """Nobody watches."""

    def begin(self, system: str, stream: str, title: str, expected: int | None, done: int) -> None:
        """Ignore."""

    def advance(self, system: str, stream: str, records: int) -> None:
        """Ignore."""

    def finish(self, system: str, stream: str, entry: StreamEntry) -> None:
        """Ignore."""

    def fail(self, system: str, message: str) -> None:
        """Ignore."""


@dataclass(frozen=True)
class Request:
    """What is wanted of a snapshot."""

    full: bool = False
    since: datetime | None = None
    only: tuple[str, ...] = ()
    """system or system.stream; empty means everything"""

    @property
    def partial(self) -> bool:
        """True where less than everything is asked for: no verdict can come of it."""
        return bool(self.only or self.since)

    def wants(self, system: str, stream: str) -> bool:
        """Whether a stream is asked for."""
        return not self.only or system in self.only or f"{system}.{stream}" in self.only

    def choose(self, system: str, streams: Sequence[Stream]) -> list[Stream]:
        """The streams of a system that are asked for; ConfigError where one that it does not have is named."""
        known = sorted(stream.name for stream in streams)
        for item in self.only:
            owner, _, name = item.partition(".")
            if owner == system and name and name not in known:
                raise ConfigError(f"--only names {item!r}, but {system} has no stream {name!r}.", f"Known: {', '.join(known)}.")
        return [stream for stream in streams if self.wants(system, stream.name)]


@dataclass(frozen=True)
class Taken:
    """A finished snapshot."""

    folder: Path
    manifest: Manifest
    resumed: bool


@dataclass
class Plan:
    """What plan.json of an unfinished snapshot says, so that a later run can go on with exactly the same windows."""

    snapshot_id: str
    digest: str
    started_at: datetime
    base: str | None
    since: Mapping[str, datetime | None] = field(default_factory=dict)
    """``system.stream`` → start of its window, ``*`` for all others; missing or None means everything"""
    systems: str = ""
    """digest of the systems' settings: an incremental snapshot only builds on one read with the same"""
    partial: bool = False
    """only a part was asked for: nothing builds on it, and it is judged only where somebody names it"""

    def window(self, system: str, stream: Stream) -> Window:
        """What is read of a stream; one without deltas is read whole unless a start was asked for."""
        since = self.since.get("*")
        if since is None and stream.has_delta:
            since = self.since.get(f"{system}.{stream.name}")
        return Window(since, self.started_at)


def take(
    settings: Settings,
    request: Request | None = None,
    *,
    progress: Progress | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] | None = None,
) -> Taken:
    """Read every system and return the finished snapshot; ConfigError before anything is read where a secret is missing.

    Streams that could not be read completely are marked so in the manifest; ConfigError, AuthError and QuotaError leave
    the snapshot unfinished and are raised after the other systems have been read. The caller holds the WorkspaceLock.
    """
    request = request or Request()
    wanted = enabled(settings, request)
    for name, system in wanted.items():
        require(system, f"systems.{name}")
    folder, plan, resumed = _open_folder(settings, request, now())
    errors: list[ReconError] = []
    work = _Work(settings, request, folder, plan, progress or Silent(), now, sleep)
    with ThreadPoolExecutor(max_workers=min(settings.limits.parallel, len(wanted))) as pool:
        entries: list[SystemEntry] = []
        try:  # also around the start of the threads: leaving the pool waits for them, so they must be told to stop
            futures = [pool.submit(work.read_system, name, system) for name, system in wanted.items()]
            for future in futures:
                try:
                    entries.append(future.result())
                except (AuthError, QuotaError, StoreError, ConfigError) as error:
                    errors.append(error)
        except BaseException:
            work.stop.set()
            raise
    if errors:
        raise max(errors, key=lambda error: (isinstance(error, ConfigError), isinstance(error, AuthError), isinstance(error, StoreError)))
    return Taken(folder, _finish(folder, plan, entries, now(), settings.ownership), resumed)


def estimate(settings: Settings, request: Request, *, now: datetime) -> Iterator[tuple[str, Stream, Window, Estimate]]:
    """What would be read and what it costs, stream by stream; sends only the calls that estimating needs."""
    plan = _plan(settings, request, now)
    for name, system in enabled(settings, request).items():
        extractor = _open(name, system, settings, lambda: now, time.sleep)
        try:
            for stream in request.choose(name, extractor.streams()):
                window = plan.window(name, stream)
                yield name, stream, window, extractor.estimate(stream, window)
        finally:
            extractor.close()


def latest(state_dir: Path) -> Path | None:
    """Folder of the newest finished snapshot; one of a part only (``--only``, ``--since``) where there is no other."""
    finished = [path.parent for path in (state_dir / "snapshots").glob(f"*/{manifests.FILE_NAME}")]
    return max(finished, key=lambda path: (not is_partial(path), path.name), default=None)


def is_partial(folder: Path) -> bool:
    """True for a snapshot for which only a part of the systems was asked."""
    plan = _read_plan(folder)
    return plan is not None and plan.partial


def chain(folder: Path) -> list[Path]:
    """Folders from the full snapshot to this one; StoreError where a base is missing."""
    folders = [folder]
    seen = {folder.name}
    while base := manifests.load(folders[0]).base:
        if base in seen:
            raise StoreError(f"The snapshot {folder.name} builds on itself.", "Take a full one with `recon snapshot --full`.")
        seen.add(base)
        folders.insert(0, folders[0].parent / base)
        if not (folders[0] / manifests.FILE_NAME).is_file():
            raise StoreError(
                f"The snapshot {folder.name} builds on {base}, which is gone.", "Take a full one with `recon snapshot --full`."
            )
    return folders


class _Work:
    """Reads the systems of one snapshot."""

    def __init__(
        self,
        settings: Settings,
        request: Request,
        folder: Path,
        plan: Plan,
        progress: Progress,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] | None,
    ) -> None:
        self.settings, self.request, self.folder, self.plan, self.progress = settings, request, folder, plan, progress
        self.stop = threading.Event()
        self.now, self.sleep = now, sleep or self._wait
        self.deadline = time.monotonic() + settings.limits.run_seconds
        self.columns_before = _columns(folder.parent / plan.base) if plan.base else {}

    def _wait(self, seconds: float) -> None:
        """Sleep that ends when the run is interrupted."""
        if self.stop.wait(seconds):
            raise KeyboardInterrupt

    def read_system(self, name: str, system: SystemSettings) -> SystemEntry:
        """One system from its facts to its last stream."""
        started = self.now()
        extractor = _open(name, system, self.settings, self.now, self.sleep)
        try:
            return self._read_opened(name, system, extractor, started)
        except (AuthError, QuotaError, ConfigError) as error:
            self.progress.fail(name, error.message)
            raise
        except SourceError as error:
            self.progress.fail(name, error.message)
            return _unreadable(name, system, started, self.now(), error)
        finally:
            extractor.close()

    def _read_opened(self, name: str, system: SystemSettings, extractor: Extractor, started: datetime) -> SystemEntry:
        facts = extractor.facts()
        streams = [self._read_stream(name, extractor, stream) for stream in self.request.choose(name, extractor.streams())]
        used, limit = getattr(extractor, "quota", None) or (None, None)
        return SystemEntry(
            name=name,
            kind=system.kind,
            side=registry.side_of(system),
            title=system.title or facts.title,
            account_id=facts.account_id,
            base_url=facts.base_url,
            record_url_template=facts.record_url_template,
            time_zone=facts.time_zone,
            currency=facts.currency,
            api_version=facts.api_version,
            tax_included=facts.tax_included,
            mapping=dict(facts.mapping) if facts.mapping else None,
            started_at=started if not streams else self.plan.started_at,
            finished_at=self.now(),
            calls=sum(stream.calls for stream in streams),
            clock_skew_seconds=getattr(extractor, "clock_skew", None),
            quota_used=used,
            quota_limit=limit,
            not_covered=dict(extractor.not_covered()),
            absent=sorted(extractor.absent()),
            streams=streams,
        )

    def _read_stream(self, name: str, extractor: Extractor, stream: Stream) -> StreamEntry:
        store = StreamStore(self.folder, name, stream.name)
        if store.progress.done is not None:
            return StreamEntry.model_validate(store.progress.done)
        window = self._window(name, stream)
        expected = None if store.progress.state else _expected(extractor, stream, window)
        self.progress.begin(name, stream.name, stream.title, expected, store.progress.records)
        try:
            proof = self._pour(extractor, stream, window, store)
        except (AuthError, QuotaError):
            raise
        except SourceError as error:
            # What was read stays as evidence, but no rule will take it for everything.
            proof = Proof(complete=False, method="none", reason=f"{error}")
        entry = _entry(stream, window, proof, store)
        store.finish(entry.model_dump(mode="json"))
        self.progress.finish(name, stream.name, entry)
        return entry

    def _window(self, system: str, stream: Stream) -> Window:
        """What is read of a stream: everything where the snapshot below knows less columns of it, for its rows would lack them."""
        window = self.plan.window(system, stream)
        before = self.columns_before.get(f"{system}.{stream.name}")
        if self.plan.base and before is not None and not set(stream.columns or ()) <= set(before):
            return Window(None, window.until)
        return window

    def _pour(self, extractor: Extractor, stream: Stream, window: Window, store: StreamStore) -> Proof:
        spent = store.progress.calls - extractor.calls
        for chunk in extractor.read(stream, window, store.progress.state):
            store.progress.calls = spent + extractor.calls
            if self.stop.is_set():
                raise KeyboardInterrupt
            if time.monotonic() > self.deadline:
                raise IncompleteError(
                    f"{stream.title} was not read to its end before the deadline of the run.", "Raise limits.run_seconds in recon.toml."
                )
            _, records = store.add(chunk)
            self.progress.advance(store.relative.split("/")[0], stream.name, records)
        proof = extractor.prove(stream, window, store.progress.records, store.progress.state)
        store.progress.calls = spent + extractor.calls
        return proof


def _expected(extractor: Extractor, stream: Stream, window: Window) -> int | None:
    """Rows for the progress bar; not knowing them is no reason to fail."""
    try:
        return extractor.estimate(stream, window).rows
    except (AuthError, QuotaError):
        raise
    except SourceError:
        return None


def _entry(stream: Stream, window: Window, proof: Proof, store: StreamStore) -> StreamEntry:
    formats = store.progress.formats or ["jsonl"]
    return StreamEntry(
        name=stream.name,
        source=stream.source,
        entities=list(stream.entities),
        format=formats[0] if len(formats) == 1 else "mixed",
        columns=list(stream.columns) if stream.columns else None,
        files=store.files(),
        rows=store.progress.rows,
        records=store.progress.records,
        window_from=proof.window_from or window.since,
        window_to=window.until,
        watermark=proof.watermark or (window.until if proof.complete else None),
        complete=proof.complete,
        proof=ProofEntry(method=proof.method, expected=proof.expected),
        reason=proof.reason or None,
        unreadable=dict(proof.unreadable),
        calls=store.progress.calls,
        personal=list(stream.personal),
    )


def _columns(folder: Path) -> dict[str, list[str]]:
    """Columns of every flat stream of a snapshot."""
    systems = manifests.load(folder).systems
    return {f"{system.name}.{stream.name}": stream.columns for system in systems for stream in system.streams if stream.columns is not None}


def _unreadable(name: str, system: SystemSettings, started: datetime, finished: datetime, error: ReconError) -> SystemEntry:
    return SystemEntry(
        name=name,
        kind=system.kind,
        side=registry.side_of(system),
        title=system.title,
        base_url=system.url,
        started_at=started,
        finished_at=finished,
        not_covered={"*": str(error)},
    )


def _finish(folder: Path, plan: Plan, entries: list[SystemEntry], finished: datetime, ownership: Mapping[str, list[str]]) -> Manifest:
    manifest = Manifest(
        snapshot_id=plan.snapshot_id,
        tool_version=__version__,
        mode="delta" if plan.since else "full",
        base=plan.base,
        started_at=plan.started_at,
        finished_at=finished,
        systems=sorted(entries, key=lambda entry: entry.name),
        ownership=dict(ownership),
    )
    faultpoint("snapshot.before_manifest")
    write_json(folder / manifests.FILE_NAME, manifest.model_dump(mode="json"))
    faultpoint("snapshot.after_manifest")
    return manifest


def enabled(settings: Settings, request: Request) -> dict[str, SystemSettings]:
    """Systems that a request is about; ConfigError where it names none."""
    systems = {name: system for name, system in settings.systems.items() if system.enabled}
    unknown = [item for item in request.only if item.split(".")[0] not in systems]
    if unknown:
        raise ConfigError(
            f"--only names {unknown[0]!r}, which is no enabled system of recon.toml.", f"Known: {', '.join(sorted(systems)) or 'none'}."
        )
    wanted = {
        name: system for name, system in systems.items() if not request.only or any(item.split(".")[0] == name for item in request.only)
    }
    if not wanted:
        raise ConfigError("recon.toml names no enabled system.", "Add one with `recon init`, or by hand under [systems.<name>].")
    return wanted


def _open(name: str, system: SystemSettings, settings: Settings, now: Callable[[], datetime], sleep: Callable[[float], None]) -> Extractor:
    return registry.open_system(system, Context(name=name, now=now, sleep=sleep, limits=settings.limits))


def _systems_digest(settings: Settings) -> str:
    systems = {name: system.model_dump(mode="json") for name, system in settings.systems.items() if system.enabled}
    return hashlib.sha256(json.dumps(systems, sort_keys=True).encode()).hexdigest()


def _digest(settings: Settings, request: Request) -> str:
    """Changes when a different thing would be read, so that an unfinished snapshot is not continued with other settings."""
    what = {
        "tool": __version__,
        "systems": _systems_digest(settings),
        "only": sorted(request.only),
        "full": request.full,
        "since": iso(request.since) if request.since else None,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _open_folder(settings: Settings, request: Request, now: datetime) -> tuple[Path, Plan, bool]:
    snapshots = make_directory(settings.state_dir / "snapshots")
    _sweep(snapshots)
    digest = _digest(settings, request)
    for folder in sorted(snapshots.iterdir(), reverse=True):
        unfinished = None if (folder / manifests.FILE_NAME).exists() else _read_plan(folder)
        if unfinished and unfinished.digest == digest and now - unfinished.started_at < timedelta(hours=RESUME_HOURS):
            return folder, unfinished, True
    plan = _plan(settings, request, now)
    folder = make_directory(snapshots / plan.snapshot_id)
    note = {
        "snapshot_id": plan.snapshot_id,
        "digest": digest,
        "systems": plan.systems,
        "started_at": iso(now),
        "base": plan.base,
        "since": {key: iso(value) if value else None for key, value in plan.since.items()},
        "partial": plan.partial,
    }
    write_json(folder / PLAN, note)
    return folder, plan, False


def _sweep(snapshots: Path) -> None:
    """Remove half-built files that a killed audit left in finished snapshots; whoever reads systems holds the lock."""
    for pattern in ("*/*.part", "*/*.part.wal", "*/*.duckdb.wal", "*/second-look/*.part", "*/second-look/progress/*.part"):
        for leftover in snapshots.glob(pattern):
            leftover.unlink(missing_ok=True)


def _plan(settings: Settings, request: Request, now: datetime) -> Plan:
    base = _base(settings, request, now)
    snapshot_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    since = {"*": request.since} if request.since else _windows(settings, base)
    name = base.snapshot_id if base else None
    return Plan(snapshot_id, _digest(settings, request), now, name, since, _systems_digest(settings), request.partial)


def _read_plan(folder: Path) -> Plan | None:
    """The plan of a snapshot, finished or not; None for anything that is no snapshot."""
    try:
        data = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        since = {key: datetime.fromisoformat(value) if value else None for key, value in data["since"].items()}
        started = datetime.fromisoformat(data["started_at"])
        partial = bool(data.get("partial", False))
        return Plan(data["snapshot_id"], data["digest"], started, data["base"], since, data["systems"], partial)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _base(settings: Settings, request: Request, now: datetime) -> Manifest | None:
    """The snapshot that an incremental one builds on, or None where a full one is due."""
    if request.full or request.partial:
        return None
    newest = latest(settings.state_dir)
    if newest is None or is_partial(newest):
        return None
    try:
        folders = chain(newest)
        first, last = manifests.load(folders[0]), manifests.load(folders[-1])
    except StoreError:
        return None
    too_old = now - first.started_at > timedelta(days=settings.snapshot.full_every_days)
    plan = _read_plan(newest)
    same_systems = plan is not None and plan.systems == _systems_digest(settings)
    return last if same_systems and last.complete and last.tool_version == __version__ and not too_old else None


def _windows(settings: Settings, base: Manifest | None) -> dict[str, datetime | None]:
    if base is None:
        return {}
    overlap = timedelta(minutes=settings.snapshot.overlap_minutes)
    result: dict[str, datetime | None] = {}
    for entry in base.systems:
        for stream in entry.streams:
            end = stream.watermark or stream.window_to
            result[f"{entry.name}.{stream.name}"] = end - overlap if end else None
    return result
