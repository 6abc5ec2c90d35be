"""`recon audit`: run the rules on a snapshot."""

from __future__ import annotations

import click

from recon.cli._common import echo_table, emit_json, fail_on_option, json_option, talk, with_settings
from recon.config.settings import Settings


@click.command("audit")
@with_settings
@json_option
@fail_on_option
@click.option(
    "--snapshot", "wanted", default=None, metavar="DIR|ID", help="Snapshot to judge: an id, or a folder made by hand [default: the latest]."
)
@click.option("--preview", is_flag=True, help="Also run rules that are still being tested.")
def command(settings: Settings, as_json: bool, fail_on: str | None, wanted: str | None, preview: bool) -> int:
    """Run the rules on a snapshot and keep what they find in the history.

    Needs no network. Ends with 0 when everything was looked at and nothing at or above --fail-on was found, with 1 when
    something was found, with 3 when a rule could not be judged.
    """
    from recon.audit.rules import load, unknown_overrides
    from recon.audit.run import audit, snapshot_folder
    from recon.report.terminal import summarise
    from recon.snapshot.lock import WorkspaceLock

    folder = snapshot_folder(settings, wanted)
    for sentence in unknown_overrides(settings, load(settings)):
        talk(f"recon: {sentence}")
    with WorkspaceLock(settings.state_dir, "recon audit"):
        talk(f"Judging {folder.name} …", verbose=True)
        result = audit(settings, folder, fail_on=fail_on, preview=preview, limit=0, progress=lambda rule: talk(f"  {rule}", verbose=True))
    for line in summarise(settings, result.run.id):
        talk(line)
    rows = [(r.id, r.state, r.severity, r.checked, r.counts.open, r.counts.new, r.counts.resolved, r.reason) for r in result.rules]
    names = ("rule", "state", "severity", "checked", "open", "new", "resolved", "reason")
    if as_json:
        run = {"run": result.run.id, "outcome": result.verdict.outcome, "exit_code": result.run.exit_code, "snapshot": folder.name}
        emit_json({**run, "rules": [dict(zip(names, row, strict=True)) for row in rows]})
    else:
        echo_table(names[:-1], [row[:-1] for row in rows], right=(3, 4, 5, 6))
    return result.run.exit_code
