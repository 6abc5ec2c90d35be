"""`recon snapshot`: read every system into files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from recon.cli._common import echo_table, emit_json, json_option, talk, with_settings
from recon.config.settings import Settings
from recon.errors import ExitCode, UsageError


class Moment(click.ParamType[datetime]):
    """An instant such as 2026-11-01 or 2026-11-01T08:00:00+01:00; without a zone it is UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Text to an aware datetime."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date or time such as 2026-11-01 or 2026-11-01T08:00:00Z.", param, ctx)


@click.command("snapshot")
@with_settings
@json_option
@click.option("--full", is_flag=True, help="Read everything, also where an incremental snapshot would do.")
@click.option("--since", type=Moment(), help="Read only what changed since then, to look at it; rules need a whole snapshot.")
@click.option("--only", multiple=True, metavar="SYSTEM[.STREAM]", help="Read only this; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Show what would be read and what it costs; read nothing.")
def command(settings: Settings, as_json: bool, full: bool, since: datetime | None, only: tuple[str, ...], dry_run: bool) -> int:
    """Read every system into a snapshot folder.

    Goes on where an interrupted run stopped. Ends with 3 when something could not be read completely.
    """
    from recon.snapshot.run import Request

    if since is not None and since > datetime.now(UTC):
        raise UsageError("--since lies in the future.", "Name a moment in the past.")
    if since is not None and full:
        raise UsageError("--since and --full contradict each other.", "Use one of them.")
    request = Request(full=full, since=since, only=only)
    return _dry_run(settings, request, as_json) if dry_run else _take(settings, request, as_json)


def _take(settings: Settings, request: Any, as_json: bool) -> int:
    from recon.cli._progress import snapshot_progress
    from recon.snapshot.lock import WorkspaceLock
    from recon.snapshot.run import take

    with WorkspaceLock(settings.state_dir, "recon snapshot"), snapshot_progress() as progress:
        taken = take(settings, request, progress=progress)
    manifest = taken.manifest
    if as_json:
        emit_json(
            {"snapshot_id": manifest.snapshot_id, "folder": str(taken.folder), "complete": manifest.complete, "resumed": taken.resumed}
        )
    else:
        click.echo(str(taken.folder))
    if request.partial:
        talk("Only a part was asked for: `recon audit` passes this snapshot over, and no rule gets a verdict where something is missing.")
    unread = [system for system in manifest.systems if "*" in system.not_covered]
    if manifest.complete and not unread:
        return int(ExitCode.CLEAN)
    talk("Something could not be read completely; rules that need it will not run.")
    return int(ExitCode.NO_VERDICT)


def _dry_run(settings: Settings, request: Any, as_json: bool) -> int:
    from recon.snapshot.manifest import iso
    from recon.snapshot.run import estimate

    rows = [
        {
            "system": system,
            "stream": stream.name,
            "since": iso(window.since.replace(microsecond=0)) if window.since else None,
            "rows": cost.rows,
            "calls": cost.calls,
            "note": cost.note,
        }
        for system, stream, window, cost in estimate(settings, request, now=datetime.now(UTC))
    ]
    if as_json:
        emit_json(rows)
        return int(ExitCode.CLEAN)
    echo_table(
        ["system", "stream", "since", "rows", "calls", "note"],
        [[row["system"], row["stream"], row["since"] or "everything", row["rows"], row["calls"], row["note"]] for row in rows],
        right=(3, 4),
    )
    calls = sum(row["calls"] for row in rows)  # type: ignore[misc]
    talk(f"{calls:,} call{'' if calls == 1 else 's'} in all. Nothing was read.")
    return int(ExitCode.CLEAN)
