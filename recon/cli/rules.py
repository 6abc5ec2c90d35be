"""`recon rules`: what is asked, and whether the questions work."""

from __future__ import annotations

import click

from recon.cli._common import echo_table, emit_json, json_option, talk, with_settings, with_settings_if_any
from recon.config.settings import Settings
from recon.errors import ExitCode


@click.group("rules")
def command() -> None:
    """List rules, show one, begin one of your own, test them."""


@command.command("list")
@with_settings_if_any
@json_option
def list_rules(settings: Settings, as_json: bool) -> int:
    """List all rules with their severity; ends with 3 when one cannot be used."""
    from recon.audit.rules import load, unknown_overrides

    rules = load(settings)
    names = ("rule", "severity", "entity", "state", "origin", "title")
    rows = [
        (rule.id, rule.severity, rule.header.entity, rule.header.status if rule.override.enabled else "off", rule.origin, rule.header.title)
        for rule in rules.rules
    ]
    if as_json:
        emit_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        echo_table(names, rows)
    for broken in rules.broken:
        talk(f"recon: {broken.error}")
    for sentence in unknown_overrides(settings, rules):
        talk(f"recon: {sentence}")
    return int(ExitCode.NO_VERDICT if rules.broken else ExitCode.CLEAN)


@command.command("show")
@with_settings_if_any
@json_option
@click.argument("rule_id")
def show(settings: Settings, as_json: bool, rule_id: str) -> None:
    """Show one rule: its question, why it matters, what to do, parameters and SQL."""
    from recon.audit.docs import rule_text
    from recon.audit.rules import load

    rule = load(settings).get(rule_id)
    if as_json:
        values = rule.values(settings)
        params = {name: {**param.model_dump(), "value": values[name]} for name, param in rule.header.params.items()}
        emit_json({"id": rule.id, **rule.header.model_dump(mode="json"), "severity": rule.severity, "params": params, "sql": rule.body})
    else:
        click.echo(rule_text(rule, rule.values(settings)))


@command.command("new")
@with_settings
@click.argument("rule_id", metavar="AREA.NAME")
def new(settings: Settings, rule_id: str) -> None:
    """Begin a rule of your own: commented SQL and a test that passes, beside recon.toml.

    They are queries/rules/area/name.sql and .toml. Change both, and try them with `recon rules test area.name`.
    """
    from recon.audit.rulenew import create

    for path in create(settings, rule_id):
        click.echo(str(path))
    talk(f"Change them, and try them with `recon rules test {rule_id}`; the next audit asks the rule. See docs/own-rules.md.")


@command.command("test")
@with_settings_if_any
@click.argument("rule_ids", nargs=-1)
def test(settings: Settings, rule_ids: tuple[str, ...]) -> int:
    """Check rules and run their data tests: all of them, or the ones named.

    Tests of your own rules lie beside them: queries/rules/area/name.toml. A rule that cannot be used is named and does not keep the
    others from being tested. Ends with 3 when a rule or a test fails.
    """
    from recon.audit.ruletest import run_all

    failed = 0
    for report in run_all(settings, rule_ids):
        talk(f"  {report.rule_id}: {report.words}", verbose=not report.problems)
        for problem in report.problems:
            failed += 1
            click.echo(f"{report.rule_id}: {problem}")
    talk("All rules hold." if not failed else f"{failed} of the checks failed.")
    return int(ExitCode.NO_VERDICT if failed else ExitCode.CLEAN)
