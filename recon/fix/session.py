"""From a plan on the disk to a plan carried out: locks, guards, journal, result files. What the commands call."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import sleep as real_sleep
from typing import Any

from recon import __version__
from recon.config.forgotten import FORGOTTEN
from recon.config.settings import Settings
from recon.errors import LockedError, PlanError
from recon.faultpoints import faultpoint
from recon.fix import files, guards, journal, revert
from recon.fix.apply import Apply, Options, Outcome
from recon.fix.door import Door
from recon.fix.journal import Journal, Standing, read, standings
from recon.fix.plan import FOLDER, Plan, find, folder_of, save
from recon.fix.planner import open_door
from recon.snapshot.lock import WorkspaceLock


@dataclass(frozen=True)
class Told:
    """How a plan stands, for ``recon fix status``."""

    plan: Plan
    standings: dict[str, Standing]
    begun: bool
    ended: str | None
    """why the last run ended; None where none was begun or one died"""

    def count(self, *results: str) -> int:
        """Changes that stand so."""
        return sum(one.result in results for one in self.standings.values())


def options(settings: Settings) -> Options:
    """The numbers of ``[fix]``."""
    fix = settings.fix
    return Options(
        canary=fix.canary, bulk_threshold=fix.bulk_threshold, error_share=fix.error_percent / 100, settle_seconds=float(fix.settle_seconds)
    )


def status(settings: Settings, wanted: str | None) -> list[Told]:
    """How one plan stands, or all of them, oldest first."""
    if wanted is not None:
        return [_told(settings, find(settings.state_dir, wanted))]
    names = sorted(path.parent.name for path in (settings.state_dir / FOLDER).glob("*/plan.json"))
    return [_told(settings, find(settings.state_dir, name)) for name in names]


def _told(settings: Settings, plan: Plan) -> Told:
    entries = read(folder_of(settings.state_dir, plan.id) / journal.FILE_NAME)
    last = next((entry for entry in reversed(entries) if entry["event"] in {"begin", "end"}), None)
    ended = str(last["reason"]) if last and last["event"] == "end" else None
    return Told(plan, standings(plan, entries), journal.was_begun(entries), ended)


def carry_out(
    settings: Settings,
    plan: Plan,
    *,
    resume: bool = False,
    max_rows: int | None = None,
    door: Door | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], Any] = real_sleep,
    progress: Callable[[int], Any] = lambda settled: None,
) -> Outcome:
    """Write a plan, or go on with one that was begun.

    Raises PlanError where a guard says no (nothing was sent then), LockedError where another run writes in this workspace or org.
    """
    folder = folder_of(settings.state_dir, plan.id)
    save(settings.state_dir, plan)
    faultpoint("apply.plan_read")
    with ExitStack() as held:
        held.enter_context(WorkspaceLock(settings.state_dir, "recon fix"))
        held.enter_context(WorkspaceLock(_org_folder(plan.org_id), "recon fix"))
        faultpoint("apply.locked")
        opened = door or open_door(settings)
        held.callback(opened.close)
        entries = read(folder / journal.FILE_NAME)
        _may_begin(plan, entries, resume=resume)
        _holds_values(plan)
        _only_our_own(settings, plan)
        user_id = guards.check(plan, settings, opened, now=now(), max_rows=max_rows, resumed=resume)
        book = held.enter_context(Journal(folder, now))
        book.write({"event": "begin", "plan": plan.id, "digest": plan.digest, "resumed": resume, **_who(), "user_id": user_id})
        faultpoint("apply.begun")
        stop = held.enter_context(_interrupts())
        run = Apply(plan, book, opened, user_id, options(settings), now=now, sleep=sleep, stop=stop, progress=progress)
        outcome = run.run()
        faultpoint("apply.files")
        files.write(folder, plan, outcome.standings)
    faultpoint("apply.unlocked")
    return outcome


def revert_of(settings: Settings, plan: Plan) -> Plan:
    """The plan that takes a plan back, kept beside the others."""
    made = revert.make(plan, _told(settings, plan).standings)
    save(settings.state_dir, made)
    return made


def _may_begin(plan: Plan, entries: list[journal.Entry], *, resume: bool) -> None:
    begun = journal.was_begun(entries)
    if begun and not resume:
        raise PlanError(f"{plan.id} was begun before.", "Go on with `recon fix resume`, or see `recon fix status`.")
    if resume and not begun:
        raise PlanError(f"{plan.id} was never begun.", "Begin it with `recon fix apply`.")


def _holds_values(plan: Plan) -> None:
    """What stands in the place of a forgotten person's values is never written to Salesforce."""
    if any(FORGOTTEN.search(value) for change in plan.changes for field in change.fields for value in (field.before, field.after) if value):
        raise PlanError(f"{plan.id} holds changes for a person who was forgotten since.", "Make the plan again with `recon fix plan`.")


def _only_our_own(settings: Settings, plan: Plan) -> None:
    """Deletes are for records that a plan of this workspace inserted, and for nothing else."""
    wanted = {str(change.record_id) for change in plan.changes if change.action == "delete"}
    if not wanted:
        return
    ours: set[str] = set()
    if plan.kind == "revert" and plan.reverts:
        told = _told(settings, find(settings.state_dir, plan.reverts))
        inserted = (told.standings[change.id] for change in told.plan.changes if change.action == "insert")
        ours = {str(one.record_id) for one in inserted if one.result == "done"}
    if wanted - ours:
        raise PlanError(
            f"{plan.id} would delete records that no plan of this workspace made.", "Make the revert again: `recon fix revert`."
        )


def _who() -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "version": __version__}


def _org_folder(org_id: str) -> Path:
    """Where the lock of an org lies, for all workspaces of this user on this machine."""
    folder = Path(tempfile.gettempdir()) / f"recon-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise LockedError(f"{folder} belongs to somebody else.", "Set TMPDIR to a folder of your own.")
    return folder / org_id


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """The first interrupt lets the request that is under way end; the second ends everything at once."""
    seen: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number: int, frame: object) -> None:
        seen.append(number)
        if len(seen) > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
