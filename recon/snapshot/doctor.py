"""Everything that can be known before reading: the workspace, each system's own checks, and the cost."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from recon.config.settings import Settings
from recon.errors import AuthError, ConfigError, ReconError
from recon.snapshot.files import make_directory
from recon.snapshot.run import Request, enabled, estimate
from recon.systems import registry
from recon.systems.base import Check, Context, Overlap
from recon.systems.words import counted

BYTES_PER_ROW = 2_500
"""Disk that one record needs at most, raw and staged, as measured on orders with lines; twice that is asked for."""


def examine(
    settings: Settings, only: tuple[str, ...], *, now: datetime, overlaps: Callable[[str, Sequence[str]], Sequence[Overlap]] | None = None
) -> Iterator[tuple[str, Check]]:
    """Checks of the workspace and of each system, named by system; ``overlaps`` compares values with the newest snapshot."""
    systems = enabled(settings, Request(only=only))
    yield from (("workspace", check) for check in _workspace(settings))
    reachable = {}
    for name, system in systems.items():
        try:
            context = Context(name=name, now=lambda: now, sleep=time.sleep, limits=settings.limits, overlaps=overlaps)
            extractor = registry.open_system(system, context)
        except ReconError as error:
            yield name, _failed(error)
            continue
        try:
            said = []
            for check in extractor.checks():
                said.append(check)
                yield name, check
            if all(check.level != "fail" for check in said):
                reachable[name] = any(check.subject == "cost" for check in said)
        except ReconError as error:
            yield name, _failed(error)
        finally:
            extractor.close()
    if reachable:
        yield from _cost(settings, reachable, now)


def _workspace(settings: Settings) -> Iterator[Check]:
    try:
        folder = make_directory(settings.state_dir)
    except ReconError as error:
        yield Check("fail", "state", error.message, error.hint)
        return
    mode = folder.stat().st_mode & 0o777
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Check("fail", "state", f"{folder} cannot be written ({error.strerror}).", "Check its permissions and the disk.")
        return
    if mode & 0o077:
        yield Check("warn", "state", f"{folder} can be read by others (mode {mode:o}).", f"Run: chmod 700 {folder}")
    else:
        yield Check("ok", "state", f"{folder} is private.")
    if len(settings.systems) < 2:
        yield Check("warn", "systems", "fewer than two systems are configured, so nothing can be compared.", "Add a shop and Salesforce.")


def _cost(settings: Settings, systems: Mapping[str, bool], now: datetime) -> Iterator[tuple[str, Check]]:
    """Calls of each system, unless it is marked as having told them itself, and room on the disk."""
    rows, calls = 0, dict.fromkeys(systems, 0)
    try:
        for system, _, _, cost in estimate(settings, Request(only=tuple(systems), full=True), now=now):
            rows += cost.rows or 0
            calls[system] += cost.calls
    except ReconError as error:
        yield "cost", _failed(error)
        return
    for name, count in calls.items():
        if not systems[name]:
            yield name, Check("ok", "cost", f"A full snapshot takes about {counted(count, 'call')}.")
    free = shutil.disk_usage(settings.state_dir).free
    needed = 2 * rows * BYTES_PER_ROW
    level = "ok" if free > needed else "fail"
    message = f"About {counted(rows, 'record')} may need up to {needed / 2**20:,.0f} MiB; {free / 2**20:,.0f} MiB are free."
    yield "workspace", Check(level, "disk", message, "Free some space, or move the state folder.")


def _failed(error: ReconError) -> Check:
    subject = "credentials" if isinstance(error, AuthError | ConfigError) else "reachable"
    return Check("fail", subject, error.message, error.hint)
