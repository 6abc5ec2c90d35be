"""`recon identity`: who is one person, why, and what a person decides about it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recon.cli._common import echo_table, emit_json, json_option, plain, talk, warn, with_settings, with_settings_if_any
from recon.config.settings import Settings
from recon.errors import ReconError, UsageError

if TYPE_CHECKING:
    from recon.warehouse.identity.decisions import Record

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
    elif answer.rows:
        echo_table(answer.columns, answer.rows)
    else:
        talk(f"There is nothing of tier {tier} in this snapshot.")
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

    found = explaining.explain(_warehouse(settings, wanted), first, second, memory=settings.audit.memory, **decisions.wishes(settings))
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
    if found.decided:
        click.echo(f"Decided by a person: {found.decided}.")
    if found.group:
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

    if any("\ud800" <= sign <= "\udfff" for text in (first, second, reason, owner) for sign in text or ""):
        raise UsageError("What was typed is not text in UTF-8.", "Type it again in a terminal that is set to UTF-8.")
    try:
        one, other = decisions.Record.parse(first), decisions.Record.parse(second)
    except ValueError as error:
        raise UsageError(f"{error}.", "Write it as system:record, such as salesforce:003….") from error
    if one == other:
        raise UsageError("Both are the same record.", "Name two.")
    one, other = _full(settings, one), _full(settings, other)
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
    for record in _not_there(settings, one, other):
        warn(f"The latest snapshot has no customer {record}: the decision holds where there is one. Look whether the id is right.")
    talk(f"Written to {path.name}; it holds from the next audit on, for every snapshot.")


def _full(settings: Settings, record: Record) -> Record:
    """With the id of Salesforce as the API writes it: browsers and reports show its first 15 characters."""
    from recon.systems.salesforce_api.org import id18

    system = settings.systems.get(record.system)
    is_short = system is not None and system.kind == "salesforce" and len(record.record_id) == 15 and record.record_id.isalnum()
    return replace(record, record_id=id18(record.record_id)) if is_short else record


def _not_there(settings: Settings, *records: Record) -> list[Record]:
    """Those that the latest snapshot, where it was judged, does not hold."""
    import duckdb

    from recon.audit.run import snapshot_folder
    from recon.warehouse.engine import FILE_NAME, connect

    try:
        with connect(snapshot_folder(settings, None) / FILE_NAME) as con:
            query = "select 1 from customers where system = ? and record_id in (?, id18(?))"
            return [one for one in records if not con.execute(query, [one.system, one.record_id, one.record_id]).fetchall()]
    except (ReconError, duckdb.Error):
        return []  # nothing was read yet, or somebody is about to


@command.command("evaluate")
@with_settings_if_any
@json_option
@click.option("--label", default="person", show_default=True, help="Column that says who is who.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def evaluate(settings: Settings, as_json: bool, label: str, files: tuple[Path, ...]) -> None:
    """Measure matching on labelled files (.csv, .parquet, .jsonl): precision and recall of pairs after grouping.

    Columns: first_name, last_name, email, phone, company, address1, city, postal_code, country, birth_date, customer_id, record_id, system.

    Records of one person bear the same label. Each file is a system of its own unless it has a column system. Files are in UTF-8, days of
    birth are written 1985-12-31.
    """
    from recon.systems.words import counted
    from recon.warehouse.identity import evaluate as evaluating
    from recon.warehouse.identity.explain import APART

    found = evaluating.evaluate(files, label, memory=settings.audit.memory)
    if found.unread:
        talk(f"Columns that are not looked at: {', '.join(found.unread)}.")
    if found.undated:
        warn(f"{counted(found.undated, 'birth_date')} cannot be read as a day such as 1985-12-31, and counted as unknown.")
    if as_json:
        tiers = [
            {**asdict(one), "precision": _share(one.precision, one.pairs), "recall": _share(one.recall, one.true_pairs)}
            for one in found.tiers
        ]
        emit_json(asdict(found) | {"tiers": tiers, "kept_apart": dict(found.kept_apart)})
        return
    talk(f"{counted(found.records, 'record')}, {counted(found.true_pairs, 'pair')} of one person, {found.reached:,} of them compared.")
    rows = [
        (one.tier, one.pairs, one.pairs - one.right, _share(one.precision, one.pairs), _share(one.recall, one.true_pairs))
        for one in found.tiers
    ]
    echo_table(
        ("tier", "pairs", "wrong", "precision", "recall"),
        [
            (tier, f"{pairs:,}", f"{wrong:,}", *(None if one is None else f"{one:.4f}" for one in shares))
            for tier, pairs, wrong, *shares in rows
        ],
        right=(1, 2, 3, 4),
    )
    talk(f"Certain pairs of two people with different given names: {found.other_given}.")
    for veto, count in found.kept_apart:
        talk(f"Kept apart although one person ({APART[veto]}): {counted(count, 'pair')}.", verbose=True)


def _share(value: float, of: int) -> float | None:
    """None where there was nothing of which it could be a share."""
    return round(value, 5) if of else None


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
