"""`recon identity`: who is one person, why, and what a person decides about it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from recon.cli._common import echo_table, emit_json, json_option, plain, talk, with_settings, with_settings_if_any
from recon.config.settings import Settings
from recon.errors import UsageError

TIERS = ("certain", "likely", "review", "related", "ambiguous", "shared")
_SNAPSHOT = click.option("--snapshot", "wanted", default=None, metavar="DIR|ID", help="Snapshot to look at [default: the latest].")


@click.group("identity")
def command() -> None:
    """Duplicate customers: list pairs, explain one, decide, evaluate on labelled files, calibrate weights."""


@command.command("list")
@with_settings
@json_option
@_SNAPSHOT
@click.option("--tier", type=click.Choice(TIERS), default="certain", show_default=True,
              help="Pairs of this tier; related are households and colleagues, shared are values that are nobody's.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Rows to print at most.")
def list_pairs(settings: Settings, as_json: bool, wanted: str | None, tier: str, limit: int) -> None:
    """List pairs of records inside one system by tier, the strongest first, or the values that many records share.

    Ambiguous are pairs of two systems of which nobody can say which of several people it is.
    """
    from recon.audit.ask import ask
    from recon.audit.run import snapshot_folder

    chosen = "is_ambiguous" if tier == "ambiguous" else f"tier = '{tier}' and system = other_system"
    query = (
        "select system, kind, value, records, reason from shared_values order by records desc, kind, value, system"
        if tier == "shared"
        else "select system || ':' || record_id as first, other_system || ':' || other_id as second, score, "
        "coalesce(relation, tier) as tier, array_to_string(reasons, ', ') as reasons from identity_pairs "
        f"where {chosen} order by score desc, first, second"
    )
    answer = ask(settings, snapshot_folder(settings, wanted), query, limit)
    if as_json:
        emit_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        echo_table(answer.columns, answer.rows)
    if answer.cut:
        talk(f"Only the first {limit:,} are shown; raise --limit to see more.")


@command.command("explain")
@with_settings
@json_option
@_SNAPSHOT
@click.argument("first")
@click.argument("second")
def explain(settings: Settings, as_json: bool, wanted: str | None, first: str, second: str) -> None:
    """Say why two customers are one person or not: each field with its evidence in bits. FIRST and SECOND are system:record.

    Personal data is shown as it is.
    """
    from recon.warehouse.identity import decisions
    from recon.warehouse.identity import explain as explaining

    found = explaining.explain(
        _warehouse(settings, wanted), first, second, memory=settings.audit.memory, weights=decisions.wishes(settings)["weights"]
    )
    decided = next((one for one in decisions.load(settings) if one.pair == (found.first, found.second)), None)
    if as_json:
        data = asdict(found) | {"sentence": found.sentence, "decision": decided.model_dump(mode="json") if decided else None}
        emit_json(data | {"first": str(found.first), "second": str(found.second), "group": [str(one) for one in found.group]})
        return
    rows: list[tuple[Any, ...]] = [("before", None, None, "chance", f"{found.prior:+.2f}")]
    rows += [(one.field, one.first, one.second, one.level, f"{one.bits:+.2f}") for one in found.evidence]
    echo_table(
        ("field", str(found.first), str(found.second), "level", "bits"), [*rows, ("sum", None, None, found.tier, f"{found.score:+.2f}")]
    )
    click.echo(f"\n{plain(found.sentence)}")
    if decided:
        click.echo(f"Decided by a person: {decided.verdict}.")
    elif found.group:
        click.echo(f"Both are in one group of {len(found.group)} records.")


@command.command("decide")
@with_settings
@click.option("--reason", default=None, help="Why; whoever reads it later must understand it.")
@click.option("--owner", default=None, help="Who decided.")
@click.argument("first")
@click.argument("second")
@click.argument("verdict", type=click.Choice(("same", "not-same", "forget")))
def decide(settings: Settings, reason: str | None, owner: str | None, first: str, second: str, verdict: str) -> None:
    """Decide for ever that two customers are the same person or are not; forget takes it back. Written to identity.toml.

    FIRST and SECOND are system:record. It holds from the next audit on, for every snapshot.
    """
    from recon.warehouse.identity import decisions

    try:
        one, other = decisions.Record.parse(first), decisions.Record.parse(second)
    except ValueError as error:
        raise UsageError(f"{error}.", "Write it as system:record, such as salesforce:003….") from error
    if one == other:
        raise UsageError("Both are the same record.", "Name two.")
    if unknown := sorted({one.system, other.system} - set(settings.systems)) if settings.systems else []:
        raise UsageError(f"recon.toml has no system {unknown[0]}.", f"Known: {', '.join(sorted(settings.systems))}.")
    if verdict == "forget":
        if not decisions.forget(settings, one, other):
            raise UsageError(f"Nothing was decided about {one} and {other}.", f"See {decisions.FILE_NAME}.")
        talk(f"Taken back from {decisions.FILE_NAME}; it holds from the next audit on.")
        return
    path = decisions.decide(
        settings,
        decisions.Decision(
            first=str(one),
            second=str(other),
            verdict=verdict,
            reason=reason,
            owner=owner,
            on=datetime.now(UTC).date(),
        ),
    )
    talk(f"Written to {path.name}; it holds from the next audit on, for every snapshot.")


@command.command("evaluate")
@with_settings_if_any
@json_option
@click.option("--label", default="person", show_default=True, help="Column that says who is who.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def evaluate(settings: Settings, as_json: bool, label: str, files: tuple[Path, ...]) -> None:
    """Measure matching on labelled files (.csv, .parquet, .jsonl): precision and recall of pairs after grouping.

    Columns: first_name, last_name, email, phone, company, address1, city, postal_code, country, birth_date, customer_id, record_id, system.
    """
    from recon.warehouse.identity import evaluate as evaluating

    found = evaluating.evaluate(files, label, memory=settings.audit.memory)
    if as_json:
        tiers = [{**asdict(one), "precision": round(one.precision, 5), "recall": round(one.recall, 5)} for one in found.tiers]
        emit_json(asdict(found) | {"tiers": tiers, "kept_apart": dict(found.kept_apart)})
        return
    talk(f"{found.records:,} records, {found.true_pairs:,} pairs of one person, {found.reached:,} of them compared.")
    echo_table(
        ("tier", "pairs", "wrong", "precision", "recall"),
        [(one.tier, f"{one.pairs:,}", f"{one.pairs - one.right:,}", f"{one.precision:.4f}", f"{one.recall:.4f}") for one in found.tiers],
        right=(1, 2, 3, 4),
    )
    talk(f"Certain pairs of two people with different given names: {found.other_given}.")
    for veto, count in found.kept_apart:
        talk(f"Kept apart by their {veto} although one person: {count:,} pairs.", verbose=True)


@command.command("calibrate")
@with_settings
@json_option
@_SNAPSHOT
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default=None,
              help="Write the proposal as a file; it is adopted by being named identity-weights.csv beside recon.toml.")  # fmt: skip
def calibrate(settings: Settings, as_json: bool, wanted: str | None, output: Path | None) -> None:
    """Propose weights from this merchant's own customers, with what they would change. Nothing is adopted by itself."""
    from recon.warehouse.identity import calibrate as calibrating
    from recon.warehouse.identity import decisions

    if output is not None and output.exists():
        raise UsageError(f"{output} exists.", "Name another file, or remove it.")
    found = calibrating.calibrate(_warehouse(settings, wanted), memory=settings.audit.memory, weights=decisions.wishes(settings)["weights"])
    changed = [one for one in found.proposals if one.m != one.weight.m]
    if as_json:
        weights = [
            {"field": one.weight.field, "level": one.weight.level, "before": one.weight.m, "after": one.m, "pairs": one.pairs}
            for one in changed
        ]
        emit_json(
            {"weights": weights, "pairs": {tier: {"before": found.before[tier], "after": found.after[tier]} for tier in found.before}}
        )
    else:
        rows = [
            (one.weight.field, one.weight.level, f"{one.weight.m:.4g}", f"{one.m:.4g}", f"{one.gained:+.2f}", f"{one.pairs:,}")
            for one in changed
        ]
        echo_table(("field", "level", "share now", "proposed", "bits", "pairs seen"), rows, right=(2, 3, 4, 5))
        click.echo("")
        echo_table(
            ("pairs", "now", "proposed"),
            [(tier, f"{found.before[tier]:,}", f"{found.after[tier]:,}") for tier in found.before],
            right=(1, 2),
        )
    if output is not None:
        calibrating.write(output, found)
        talk(f"Written to {output}. To adopt it, name it {decisions.WEIGHTS_NAME} beside recon.toml.")


def _warehouse(settings: Settings, wanted: str | None) -> Path:
    from recon.audit.run import snapshot_folder
    from recon.warehouse.build import ensure
    from recon.warehouse.identity import decisions

    return ensure(snapshot_folder(settings, wanted), ownership=settings.owners, **decisions.wishes(settings), memory=settings.audit.memory)
