"""`recon trace`: one record through every system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from recon.cli._common import echo_table, emit_json, json_option, talk, with_settings
from recon.config.settings import Settings

if TYPE_CHECKING:  # imported when something is traced, so that --help is quick
    from recon.report.trace import Trace


@click.command("trace")
@with_settings
@json_option
@click.option("--snapshot", "wanted", default=None, metavar="DIR|ID", help="Snapshot to look in [default: the latest].")
@click.option("--system", default=None, help="Where several shops have a record of that name: the one that is meant.")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write a page instead.")
@click.option("--all", "everything", is_flag=True, help="Also the fields that all records agree on.")
@click.option("--show-pii", is_flag=True, help="Show e-mail addresses, phone numbers and streets unmasked.")
@click.argument("kind", type=click.Choice(["order", "customer", "sku"]))
@click.argument("value")
def command(
    settings: Settings,
    as_json: bool,
    wanted: str | None,
    system: str | None,
    page: Path | None,
    everything: bool,
    show_pii: bool,
    kind: str,
    value: str,
) -> None:
    """Follow one order, customer or SKU: values of all systems side by side, links, history, findings and evidence.

    \b
    recon trace order 1001
    recon trace customer ann@example.com
    recon trace sku TEAPOT-RED
    """
    from recon.audit.run import snapshot_folder
    from recon.report import trace as tracing
    from recon.report.files import write

    which = cast(Literal["order", "customer", "sku"], kind)
    made = tracing.trace(settings, snapshot_folder(settings, wanted), which, value, system=system, show_personal=True if show_pii else None)
    if page is not None:
        from recon.report import trace_page

        click.echo(str(write(page.absolute(), [trace_page.render(made, settings.report.locale)])))
        return
    if as_json:
        emit_json(made.model_dump(mode="json", by_alias=True))
        return
    _print(made, everything)


def _print(made: Trace, everything: bool) -> None:
    heads = [f"{record.title} {record.record_id}" for record in made.records]
    names = made.fields if everything else [name for name in made.fields if name in made.differing]
    agree = len(made.fields) - len(made.differing)
    if names:
        rows = [
            [f"{'≠' if name in made.differing else ' '} {name}", *(record.values.get(name) for record in made.records)] for name in names
        ]
        echo_table(["  field", *heads], rows)
    else:
        click.echo("  ".join(heads))
    if not everything:
        talk(f"{agree} more {'field agrees' if agree == 1 else 'fields agree'} or stand on one side only; --all shows them.")
    for record in made.records:
        for part in record.below:
            click.echo(f"\n{record.title}: {part.table.replace('_', ' ')}")
            echo_table(part.columns, part.rows)
            if part.more:
                click.echo(f"and {part.more} more")
    if made.links:
        click.echo()
        echo_table(
            ("shop record", "Salesforce record", "found by", "certainty", "agrees in"),
            [(f"{one.shop_system} {one.shop_id}", one.salesforce_id, one.method, one.certainty, one.evidence) for one in made.links],
        )
    if made.changes:
        click.echo()
        echo_table(
            ("when", "system", "field", "from", "to", "by"),
            [(one.at, one.system, one.field, one.old, one.new, one.by or f"seen between two {one.source}") for one in made.changes],
        )
    if made.findings:
        click.echo()
        echo_table(
            ("finding", "severity", "state", "first seen", "message"),
            [
                (f.finding_id, f.severity, f"{f.state}{', came back' if f.reopened else ''}", f.first_seen_at, f.message)
                for f in made.findings
            ],
        )
    if made.corrections:
        click.echo()
        echo_table(
            ("correction", "plan", "record", "field", "from", "to", "result"),
            [(c.at or "not sent", c.plan, c.record_id, c.field, c.before, c.after, c.result) for c in made.corrections],
        )
    click.echo()
    for record in made.records:
        place = f"{record.file}:{record.line}" if record.file and record.line else record.file or "unknown"
        click.echo(f"evidence of {record.title} {record.record_id}: {place}{f'  {record.url}' if record.url else ''}")
