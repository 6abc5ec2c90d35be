"""`recon run`: the nightly job."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from recon.cli._common import Output, fail_on_option, talk, warn, with_settings
from recon.config.settings import Settings
from recon.errors import ReconError


@click.command("run")
@with_settings
@fail_on_option
@click.option("--full", is_flag=True, help="Read everything, also where an incremental snapshot would do.")
def command(settings: Settings, fail_on: str | None, full: bool) -> int:
    """Snapshot, audit, report and notices under one lock, with one exit code.

    Goes on where an interrupted run stopped. Ends with 0 when everything was looked at and nothing at or above
    --fail-on was found, with 1 when something was found, with 3 when something could not be looked at.
    """
    import functools

    from recon.audit.run import audit, new_run_id
    from recon.cli._progress import snapshot_progress
    from recon.report import notify, write_all
    from recon.report.terminal import summarise
    from recon.snapshot import again
    from recon.snapshot.lock import WorkspaceLock
    from recon.snapshot.run import Request, take
    from recon.warehouse.identity import decisions, lists

    lists.weights(decisions.wishes(settings)["weights"])  # files that cannot be meant are named before hours of reading, not behind them
    run_id = Output.run_id = new_run_id(datetime.now(UTC))
    with WorkspaceLock(settings.state_dir, "recon run"):
        folder = None if full else again.interrupted(settings, datetime.now(UTC))
        if folder is None:
            with snapshot_progress() as progress:
                folder = take(settings, Request(full=full), progress=progress).folder
        else:
            talk(f"Going on with snapshot {folder.name}, whose second look was interrupted.")
        result = audit(settings, folder, run_id=run_id, fail_on=fail_on, look=functools.partial(again.take, settings, folder))
        path = write_all(settings, result.run.id)
        deliveries = notify.send(settings, result.run.id)
        published = _publish(settings, result.run.id)
    for line in summarise(settings, result.run.id):
        talk(line)
    for delivery in deliveries:
        (warn if delivery.state == "failed" else talk)(delivery.sentence)
    if published:
        warn(published)
    if result.run.exit_code or not Output.quiet:  # a quiet night is silent: schedulers mail whatever is printed
        click.echo(str(path))
    return result.run.exit_code


def _publish(settings: Settings, run_id: str) -> str | None:
    """Hand the numbers on; why it failed, if it did: a run does not fail because nobody could be told of it."""
    from recon.report import load, metrics

    if not (settings.metrics.textfile or settings.metrics.otlp_endpoint):
        return None
    try:
        metrics.publish(settings.metrics, load(settings, run_id)[1], settings.workspace)
    except ReconError as error:
        return str(error)
    return None
