"""`recon demo`: a merchant with known faults, audited by the real pipeline, and whether exactly those faults were found."""

from __future__ import annotations

import contextlib
import functools
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import click

from recon.cli._common import echo_table, output_options, talk
from recon.errors import ExitCode


@click.command("demo")
@click.option(
    "--workspace", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True, help="Folder to work in."
)
@click.option(
    "--platforms", default="shopify", show_default=True, metavar="LIST",
    help="Kinds of shops, with commas between; database is an ERP; all is everything at once.",
)  # fmt: skip
@click.option(
    "--orders",
    type=click.IntRange(400, 200_000),
    help="Orders of the last year in all shops together; each shop needs some 400.  [default: 3000, or 1000 a shop]",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another seed makes another merchant.")
@click.option("--healthy", is_flag=True, help="A merchant without faults: nothing may be found.")
@click.option("--keep-serving", is_flag=True, help="Leave the stand-ins running afterwards, until interrupted.")
@output_options
def command(workspace: Path, platforms: str, orders: int | None, seed: int, healthy: bool, keep_serving: bool) -> int:
    """Make shops and an org with planted faults on this machine, audit them, and compare what was found with the truth.

    Nothing outside this machine is asked. The path of the report is the last line. Ends with 0 when exactly the
    planted faults were found, and with 3 when not.
    """
    from recon.sandbox.merchant.platforms import chosen, usual_orders
    from recon.sandbox.merchant.stage import Stage

    began = time.monotonic()
    kinds = chosen(platforms.split(","))
    orders = orders or usual_orders(kinds)
    talk(f"Making a merchant with {orders:,} orders …")
    with Stage(workspace, platforms=kinds, orders=orders, seed=seed, defects=not healthy, late=not healthy) as stage:
        talk(f"Made and served after {time.monotonic() - began:.1f} s:")
        for what, where in stage.places:
            talk(f"  {what}: {where}")
        exact, path = _pipeline(stage.config, stage.workspace / "truth.json", stage.arrive)
        talk(f"All of it took {time.monotonic() - began:.0f} s.")
        click.echo(str(path))
        if keep_serving:
            with contextlib.suppress(KeyboardInterrupt):
                talk(f"Still serving. Try `recon run --config {stage.config}`; stop with Ctrl-C.")
                stage.wait()
    return int(ExitCode.CLEAN if exact else ExitCode.NO_VERDICT)


def _pipeline(config: Path, truth_file: Path, arrive: Callable[[], None]) -> tuple[bool, Path]:
    """Snapshot, audit, report and the comparison; whether it is exact, and the report. ``arrive`` is called when everything was read."""
    from recon.audit import history
    from recon.audit.result import OPEN_STATES
    from recon.audit.run import audit
    from recon.cli._common import read_settings
    from recon.cli._progress import snapshot_progress
    from recon.report import write_all
    from recon.report.terminal import summarise
    from recon.sandbox.merchant import truth
    from recon.sandbox.merchant.score import score
    from recon.snapshot import again
    from recon.snapshot.lock import WorkspaceLock
    from recon.snapshot.run import Request, take

    settings = read_settings(config)
    with WorkspaceLock(settings.state_dir, "recon demo"):
        _drop_former(settings.state_dir / "snapshots")
        with snapshot_progress() as progress:
            taken = take(settings, Request(full=True), progress=progress, sleep=_short_sleep)
        arrive()
        talk("Auditing …")
        result = audit(settings, taken.folder, look=functools.partial(again.take, settings, taken.folder, sleep=_short_sleep))
        path = write_all(settings, result.run.id)
    for line in summarise(settings, result.run.id):
        talk(line)
    found = [one for one in history.stream(settings.state_dir, result.run.id) if one.state in OPEN_STATES]
    idle = [rule.id for rule in result.rules if rule.state in {"error", "not_run"}]
    passed = history.load(settings.state_dir, result.run.id).second_look
    comparison = score(truth.read(truth_file), found, idle, passed.passed if passed else ())
    if len(comparison.systems()) > 2:
        head, rows = comparison.matrix()
        echo_table(head, rows, right=range(1, len(head)))
        click.echo()
        echo_table(("system", "planted", "found", "missed", "extra"), comparison.systems(), right=(1, 2, 3, 4))
    else:
        echo_table(("rule", "planted", "found", "missed", "extra"), comparison.table(), right=(1, 2, 3, 4))
    for line in comparison.details(limit=20):
        talk(line)
    click.echo(comparison.sentence)
    return comparison.exact, path


def _short_sleep(seconds: float) -> None:
    """The stand-ins are ready sooner than a real shop: waits between two looks at a bulk operation are a tenth."""
    time.sleep(seconds / 10)


def _drop_former(snapshots: Path) -> None:
    """Snapshots of a merchant that has been made anew since: none may be resumed, and nothing changed between it and this one."""
    for folder in snapshots.glob("*/"):
        shutil.rmtree(folder)
