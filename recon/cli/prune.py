"""`recon prune`: throws away what nothing needs any more."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from recon.cli._common import echo_table, emit_json, json_option, talk, with_settings
from recon.config.settings import Settings


@click.command("prune")
@with_settings
@json_option
@click.option("--dry-run", is_flag=True, help="Show what would go; remove nothing.")
@click.option("--older-than", type=click.IntRange(1), metavar="DAYS", help="Snapshots older than this [default: snapshot.keep_days].")
def command(settings: Settings, as_json: bool, dry_run: bool, older_than: int | None) -> None:
    """Remove snapshots that are too old and that no newer one builds on, readings that were never finished, and old reports.

    The newest snapshot and the history of findings always stay.
    """
    from recon.snapshot import prune
    from recon.snapshot.lock import WorkspaceLock

    with WorkspaceLock(settings.state_dir, "recon prune"):
        if not dry_run:
            prune.sweep(settings.state_dir)
        found = prune.leftovers(
            settings.state_dir,
            datetime.now(UTC),
            keep_days=older_than or settings.snapshot.keep_days,
            keep_reports_days=settings.report.keep_days,
        )
        if not dry_run:
            prune.remove(found)
    rows = [(item.kind, item.path.name, f"{item.at:%Y-%m-%dT%H:%M:%SZ}", item.size) for item in found]
    if as_json:
        emit_json([dict(zip(("kind", "name", "at", "bytes"), row, strict=True)) for row in rows])
    elif rows:
        echo_table(("kind", "name", "at", "bytes"), [(*row[:3], f"{row[3]:,}") for row in rows], right=(3,))
    said = "would go" if dry_run else "removed"
    talk(f"{len(rows)} {'folder' if len(rows) == 1 else 'folders'} {said}, {sum(row[3] for row in rows):,} bytes.")
