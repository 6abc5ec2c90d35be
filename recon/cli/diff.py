"""`recon diff`: what changed between two runs."""

from __future__ import annotations

import click

from recon.cli._common import echo_table, emit_json, fail_on_option, json_option, talk, warn, with_settings
from recon.config.settings import Settings


@click.command("diff")
@with_settings
@json_option
@fail_on_option
@click.option(
    "--limit", type=click.IntRange(1), default=None, help="Findings of each change to list [default: 50, with --json report.max_findings]."
)
@click.option("--show-pii", is_flag=True, help="Show e-mail addresses, phone numbers and streets unmasked.")
@click.argument("before", required=False, metavar="[RUN")
@click.argument("after", required=False, metavar="[RUN]]")
def command(
    settings: Settings, as_json: bool, fail_on: str | None, limit: int | None, show_pii: bool, before: str | None, after: str | None
) -> int:
    """Compare two runs: what is new, changed (and in which fields), resolved, waived, and how much stayed as it was.

    A run is named by its id, the beginning of it, latest or previous; with one it is compared with the latest, with none the latest
    with the one before. What a run could not look at is neither new nor resolved: it could not be compared.

    Ends with 0 when nothing at or above --fail-on is new or changed, with 1 when something is, with 3 when something could not be
    compared.
    """
    from recon.report import diff

    made = diff.build(
        settings,
        before,
        after,
        fail_on=fail_on,
        limit=limit or (settings.report.max_findings if as_json else 50),
        show_personal=True if show_pii else None,
    )
    for line in diff.sentences(made, settings.report.locale):
        talk(line)
    if as_json:
        emit_json(made.model_dump(mode="json", by_alias=True))
    elif made.items:
        echo_table(("change", "severity", "finding", "rule", "message"), diff.rows(made))
    hidden = sum(group.count for change, group in made.groups.items() if change in diff.LISTED) - len(made.items)
    if hidden:
        warn(f"{hidden} more {'is' if hidden == 1 else 'are'} not listed; use --limit.")
    return made.exit_code
