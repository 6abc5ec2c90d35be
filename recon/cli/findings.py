"""`recon findings`: what was found, and what is accepted for a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import click

from recon.cli._common import echo_table, emit_json, json_option, plain, talk, warn, with_settings
from recon.config.settings import SEVERITIES, Settings
from recon.errors import UsageError

STATES = ("open", "new", "updated", "unchanged", "resolved", "waived", "unknown", "all")


class _ListByDefault(click.Group):
    """`recon findings --json` is `recon findings list --json`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the usual command in front where there is none."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("findings", cls=_ListByDefault)
def command() -> None:
    """List findings (what happens without a subcommand), show one, accept one for a time."""


@command.command("list")
@with_settings
@json_option
@click.option("--run", "run_id", default=None, help="Run to look at [default: the latest].")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True, help="Only findings in this state.")
@click.option("--rule", "rule", default=None, help="Only this rule; may end in *.")
@click.option("--severity", type=click.Choice(SEVERITIES), default=None, help="Only this severity and worse ones.")
@click.option("--system", default=None, help="Only this system.")
@click.option("--record", default=None, help="Only findings about this shop or Salesforce id, or with this label.")
@click.option("--limit", type=click.IntRange(1), default=None, help="Findings to print at most [default: 50, with --json all].")
@click.option("--show-pii", is_flag=True, help="Show e-mail addresses, phone numbers and streets unmasked.")
def list_findings(
    settings: Settings,
    as_json: bool,
    run_id: str | None,
    state: str,
    rule: str | None,
    severity: str | None,
    system: str | None,
    record: str | None,
    limit: int | None,
    show_pii: bool,
) -> None:
    """List findings, worst first.

    With --json every finding is an object that begins with rule, system, record_id and salesforce_id.
    """
    from recon.audit.query import Filter

    wanted = Filter(state=state, rule=rule, severity=severity, system=system, record=record)
    _check_names(settings, run_id, rule, system)
    found = _findings(settings, run_id, wanted, show_pii or settings.report.show_personal_data)
    if as_json:
        emit_json([item.model_dump(mode="json") for item in islice(found, limit)])
        return
    shown = list(islice(found, limit or 50))
    if not shown:
        talk("No finding of this run fits; `--state all` shows those in every state.")
        return
    echo_table(
        ("finding", "severity", "state", "rule", "message"),
        [(item.finding_id, item.severity, item.state, item.rule, item.message) for item in shown],
    )
    if next(found, None) is not None:
        # said in spite of --quiet: a list that looks whole and is not is no silence
        warn(f"Only the first {len(shown)} are shown; use --limit, a filter, or `recon report`.")


def _check_names(settings: Settings, run_id: str | None, rule: str | None, system: str | None) -> None:
    """A rule or system that the run does not know would look like one without findings."""
    from recon.audit import history
    from recon.audit.rules import nearest

    run = history.load(settings.state_dir, run_id, limit=0)
    rules, systems = [one.id for one in run.rules], [one.name for one in run.systems]
    if rule is not None and not any(name == rule or (rule.endswith("*") and name.startswith(rule[:-1])) for name in rules):
        raise UsageError(f"That run knows no rule {rule}.", nearest(rule, rules) or "See `recon rules list`.")
    if system is not None and system not in systems:
        raise UsageError(f"That run knows no system {system}.", f"It knows {', '.join(systems)}.")


def _findings(settings: Settings, run_id: str | None, wanted: Any, show_personal: bool) -> Iterator[Any]:
    from recon.audit import history
    from recon.audit.query import matching
    from recon.report.result import finding_converter

    source = history.load(settings.state_dir, run_id, limit=0)
    return map(finding_converter(source, show_personal=show_personal), matching(settings.state_dir, source.run.id, wanted))


@command.command("show")
@with_settings
@json_option
@click.option("--run", "run_id", default=None, help="Run to look at [default: the latest].")
@click.option("--show-pii", is_flag=True, help="Show e-mail addresses, phone numbers and streets unmasked.")
@click.argument("finding_id")
def show(settings: Settings, as_json: bool, run_id: str | None, show_pii: bool, finding_id: str) -> None:
    """Show one finding with both values, links and where the record lies in the snapshot; the first characters of its id are enough."""
    from recon.audit.query import Filter

    wanted = Filter(state="all", finding=finding_id)
    found = list(islice(_findings(settings, run_id, wanted, show_pii or settings.report.show_personal_data), 2))
    if len(found) != 1:
        raise UsageError(
            f"{'Several findings begin' if found else 'No finding of that run begins'} with {finding_id or 'nothing'}.",
            "See `recon findings`.",
        )
    item = found[0]
    if as_json:
        emit_json(item.model_dump(mode="json"))
        return
    click.echo(f"{plain(item.message)}\n")
    echo_table(("what", "value"), list(_facts(item)))
    if item.diff:
        click.echo("")
        echo_table(
            ("field", item.system, item.against or "Salesforce"), [(entry.field, entry.shop, entry.salesforce) for entry in item.diff]
        )


def _facts(item: Any) -> Iterator[tuple[str, Any]]:
    for name in ("finding_id", "rule", "severity", "state", "owner", "system", "record_id", "salesforce_id", "owning_system", "confidence"):
        yield name.replace("_", " "), getattr(item, name)
    if item.amount is not None:
        yield "amount", f"{item.amount} {item.currency or ''}".strip()
    for name in ("occurred_at", "first_seen_at", "last_seen_at", "runs_open", "url_shop", "url_salesforce"):
        yield name.replace("_", " "), getattr(item, name)
    if item.source is not None:
        yield "lies in", f"{item.source.file}" + (f", line {item.source.line}" if item.source.line else "")
    for other in item.related:
        yield "related", f"{other.system} {other.record_id}"
    for name, value in item.evidence.items():
        yield name.replace("_", " "), value


@command.command("waive")
@with_settings
@click.option("--reason", required=True, help="Why it is accepted.")
@click.option("--owner", required=True, help="Who accepts it.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day on which it holds.")
@click.argument("finding_id")
def waive(settings: Settings, reason: str, owner: str, until: datetime, finding_id: str) -> None:
    """Accept one finding for a time; it is written to waivers.toml and holds from the next audit on."""
    from pydantic import ValidationError

    from recon.audit import waivers
    from recon.audit.query import Filter
    from recon.config.settings import Waiver

    if until.date() < _today():
        raise UsageError("--until lies in the past.", "Name the last day on which the waiver holds.")
    found = list(islice(_findings(settings, None, Filter(state="all", finding=finding_id), True), 2))
    if len(found) != 1:
        raise UsageError(
            f"{'Several findings begin' if found else 'No finding of the latest run begins'} with {finding_id}.", "See `recon findings`."
        )
    try:
        waiver = Waiver(rule=found[0].rule, finding=found[0].finding_id, reason=reason.strip(), owner=owner.strip(), until=until.date())
    except ValidationError as error:
        raise UsageError(f"--{error.errors()[0]['loc'][0]} is too short.", "Whoever reads it later must understand it.") from error
    path = waivers.add(settings, waiver)
    talk(f"Accepted until {waiver.until:%Y-%m-%d} in {path.name}; it holds from the next audit on.")


@command.command("unwaive")
@with_settings
@click.argument("finding_id")
def unwaive(settings: Settings, finding_id: str) -> None:
    """Take back what `waive` accepted; the first characters of the finding's id are enough."""
    from recon.audit import waivers

    count = waivers.remove(settings, finding_id)
    talk(f"Removed {count} waiver{'' if count == 1 else 's'}; the finding counts again from the next audit on.")


def _today() -> date:
    return datetime.now(UTC).date()
