"""`recon sql`: a question of your own to the warehouse."""

from __future__ import annotations

import csv
import re
import sys
from decimal import Decimal
from typing import Any

import click

from recon.cli._common import echo_table, emit_json, json_option, warn, with_settings
from recon.config.settings import Settings
from recon.errors import UsageError

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@click.command("sql")
@with_settings
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, every value as it is.")
@click.option("--safe-csv", is_flag=True, help="Print CSV for a spreadsheet: a quote goes before what it would take for a formula.")
@click.option("--snapshot", "wanted", default=None, metavar="DIR|ID", help="Snapshot to ask [default: the latest].")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Rows to print at most.")
@click.argument("query")
def command(settings: Settings, as_json: bool, as_csv: bool, safe_csv: bool, wanted: str | None, limit: int, query: str) -> None:
    """Run one SELECT on the warehouse of a snapshot, read-only; - reads it from stdin. Personal data is shown as it is.

    Tables are described in docs/model.md: `recon sql "select status, count(*) from orders group by all"`.
    """
    from recon.audit.ask import ask
    from recon.audit.run import snapshot_folder

    if as_json + as_csv + safe_csv > 1:
        raise UsageError("--json, --csv and --safe-csv contradict each other.", "Use one of them.")
    text = sys.stdin.read() if query == "-" else query
    answer = ask(settings, snapshot_folder(settings, wanted), text, limit)
    if as_json:
        emit_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    elif as_csv or safe_csv:
        cell = _safe if safe_csv else _as_it_is
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow([cell(name) for name in answer.columns])
        writer.writerows([cell(value) for value in row] for row in answer.rows)
    else:
        echo_table(answer.columns, answer.rows)
    if answer.cut:
        warn(f"Only the first {limit:,} rows are shown; raise --limit to see more.")


def _as_it_is(value: Any) -> Any:
    return value


def _safe(value: Any) -> Any:
    """Texts that begin like a formula get a quote in front; numbers, negative ones too, are no formulas."""
    from recon.report.csv import safe

    if value is None or isinstance(value, bool | int | float | Decimal) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return value
    return safe(str(value))
