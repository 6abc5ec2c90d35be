"""`recon sql`: a question of your own to the warehouse."""

from __future__ import annotations

import csv
import sys

import click

from recon.cli._common import echo_table, emit_json, json_option, talk, with_settings
from recon.config.settings import Settings
from recon.errors import UsageError


@click.command("sql")
@with_settings
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--snapshot", "wanted", default=None, metavar="DIR|ID", help="Snapshot to ask [default: the latest].")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Rows to print at most.")
@click.argument("query")
def command(settings: Settings, as_json: bool, as_csv: bool, wanted: str | None, limit: int, query: str) -> None:
    """Run one SELECT on the warehouse of a snapshot, read-only; - reads it from stdin. Personal data is shown as it is.

    Tables are described in docs/model.md: `recon sql "select status, count(*) from orders group by all"`.
    """
    from recon.audit.ask import ask
    from recon.audit.run import snapshot_folder

    if as_json and as_csv:
        raise UsageError("--json and --csv contradict each other.", "Use one of them.")
    text = sys.stdin.read() if query == "-" else query
    answer = ask(settings, snapshot_folder(settings, wanted), text, limit)
    if as_json:
        emit_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows(answer.rows)
    else:
        echo_table(answer.columns, answer.rows)
    if answer.cut:
        talk(f"Only the first {limit:,} rows are shown; raise --limit to see more.")
