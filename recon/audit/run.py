"""An audit: rules on the warehouse of a snapshot, findings into the history, one verdict."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from recon import __version__
from recon.audit import again, causes, echo, history, metrics, people, waivers
from recon.audit.accounts import Moved
from recon.audit.judge import Bench, Coverage, Judgement, as_json, check_all
from recon.audit.result import (
    AuditResult,
    Cause,
    Counts,
    CoverageRow,
    Duplicates,
    Freshness,
    Identity,
    Latency,
    LeftOut,
    MatchRate,
    ParamValue,
    RuleOutcome,
    RuleState,
    RunFacts,
    SecondLook,
    Stock,
    StreamSummary,
    SystemSummary,
    Updates,
    Verdict,
    WaiverUse,
)
from recon.audit.rules import BrokenRule, Checker, Rule, RuleSet, load, nearest
from recon.config.settings import SEVERITIES, Settings
from recon.errors import ExitCode, ReconError, StandstillError, UsageError
from recon.snapshot import again as looks
from recon.snapshot import manifest as manifests
from recon.snapshot.files import make_directory
from recon.snapshot.manifest import Manifest, StreamEntry, SystemEntry
from recon.snapshot.run import latest
from recon.warehouse.build import create_model, ensure
from recon.warehouse.engine import connect
from recon.warehouse.identity import decisions

_LATENCY_RULE = "sync.latency"


@dataclass(frozen=True)
class _Asked:
    """What came of one rule before anybody knows the life of its findings."""

    state: RuleState | None
    """None: it ran, and the count of its findings decides"""
    reason: str | None
    judgement: Judgement | None = None
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class _Levels:
    coverage: tuple[CoverageRow, ...]
    match: tuple[MatchRate, ...]
    latency: tuple[Latency, ...]
    freshness: tuple[Freshness, ...]
    updates: tuple[Updates, ...]
    stock: tuple[Stock, ...]
    duplicates: tuple[Duplicates, ...]
    identity: Identity | None


def audit(
    settings: Settings,
    snapshot_dir: Path,
    *,
    run_id: str | None = None,
    as_of: datetime | None = None,
    fail_on: str | None = None,
    threads: int | None = None,
    preview: bool = False,
    limit: int | None = None,
    look: again.Looker | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[str], None] = lambda rule_id: None,
) -> AuditResult:
    """Judge a snapshot and store the run; the result's ``run.exit_code`` is that of the contract.

    ``as_of`` is the moment of which is spoken: by default when the first of the systems began to be read. ``preview`` also runs
    rules of status testing. ``limit`` bounds the findings that are loaded into the result. ``look`` reads flagged records again; without
    it no system is asked, and only a second look that lies beside the snapshot already is taken into account. The caller holds the
    WorkspaceLock.
    Raises StoreError and ConfigError; a rule that cannot be judged is part of the result.
    """
    clock = time.monotonic()
    started = now()
    run_id = run_id or new_run_id(started)
    manifest = manifests.load(snapshot_dir)
    held = waivers.load(settings)
    rules = load(settings)
    warehouse = ensure(snapshot_dir, ownership=settings.owners, **decisions.wishes(settings), memory=settings.audit.memory, threads=threads)
    moment = as_of or min((system.started_at for system in manifest.systems), default=manifest.started_at)
    uses = _uses(held, moment)
    make_directory(settings.state_dir)
    with Bench(warehouse, settings.state_dir / "judging", memory=settings.audit.memory, threads=threads) as bench:
        coverage = Coverage.of(bench)
        asked = _ask_all(settings, rules, bench, coverage, moment, preview=preview, progress=progress)
        echoes = echo.drop(bench, settings.state_dir)
        ran = [rule for rule in rules.rules if asked[rule.id].state is None and rule.header.recheck]
        flagged = again.wanted(bench, ran, settings.audit.recheck_limit)
        second = _look_again(settings, snapshot_dir, bench.detach(), ran, flagged, look, moment, threads)
        bench.reopen()
        levels = _levels(settings, rules, bench, coverage, moment)
        why, notes = _causes(settings, bench, rules, asked, uses, manifest)
        scratch = bench.detach()
        facts = RunFacts(
            id=run_id,
            title=settings.title,
            started_at=started,
            as_of=moment,
            tool_version=__version__,
            rules_digest=rules.digest,
            config_digest=config_digest(settings),
            snapshot_ids=_chain(snapshot_dir, manifest),
            duration_seconds=0.0,
            fail_on=fail_on or settings.audit.fail_on,
            exit_code=0,
            complete=manifest.complete,
            notes=(*notes, *echoes),
        )

        def finish(tally: history.Tally) -> AuditResult:
            outcomes = tuple(
                replace(_outcome(settings, rule, asked[rule.id], tally, second), causes=why.get(rule.id, ())) for rule in _ordered(rules)
            )
            seconds = time.monotonic() - clock
            told = replace(facts, notes=(*facts.notes, *map(_elsewhere, tally.moved)))
            return replace(_result(settings, told, manifest, levels, outcomes, tally, uses, seconds), second_look=_second_look(second))

        with history.opened(settings.state_dir, write=True) as store:
            reach = {row.system: row.window_from for row in levels.coverage if row.entity == "orders" and row.field is None}
            systems = {system: reach.get(system) for side in coverage.sides.values() for system in side}
            summaries = [_system(settings, system, started) for system in manifest.systems]
            store.store(scratch, run_id, moment, _judged(rules, asked), systems, summaries, uses, finish)
            return store.result(run_id, settings.report.max_findings if limit is None else limit)


def _look_again(
    settings: Settings,
    snapshot_dir: Path,
    scratch: Path,
    rules: Sequence[Rule],
    flagged: again.Wanted,
    look: again.Looker | None,
    as_of: datetime,
    threads: int | None,
) -> again.Second:
    """A second look that fails takes nothing away from the first."""
    if not flagged.total:
        return again.Second("done", None, None, 0)
    try:
        found = look(flagged.records) if look and flagged.records else looks.load(snapshot_dir)
    except ReconError as error:
        return again.failed(settings, scratch, rules, flagged, error.message)
    return again.settle(settings, snapshot_dir, scratch, rules, flagged, found, as_of, threads)


def _elsewhere(one: Moved) -> str:
    """What a person is told of findings that nobody can look for any more."""
    return (
        f"{one.system} was {one.before} and is {one.after} now: what was found in the other one is kept as not looked at; "
        "another shop or org gets a name of its own in recon.toml."
    )


def _second_look(second: again.Second) -> SecondLook:
    """What the result says of it."""

    def counts(outcome: str) -> dict[str, int]:
        found: Counter[str] = Counter()
        for (_, what, detail), count in second.outcomes.items():
            found[detail] += count if what == outcome else 0
        return {detail: count for detail, count in sorted(found.items()) if count}

    return SecondLook(
        state=second.state,
        reason=second.reason,
        started_at=second.look.started_at if second.look else None,
        finished_at=second.look.finished_at if second.look else None,
        calls=second.look.calls if second.look else 0,
        records=second.asked,
        confirmed=sum(counts("confirmed").values()),
        in_flight=sum(counts("in_flight").values()),
        gone=counts("gone"),
        once=counts("once"),
        reasons=second.reasons,
    )


def new_run_id(moment: datetime) -> str:
    """An id that sorts by time; two runs of one second differ in their last letters."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def snapshot_folder(settings: Settings, wanted: str | None) -> Path:
    """Folder of a snapshot by id or path, by default the newest; UsageError where there is none."""
    if wanted is None:
        newest = latest(settings.state_dir)
        if newest is None:
            raise UsageError("There is no finished snapshot yet.", "Take one with `recon snapshot`, or name a folder with --snapshot.")
        return newest
    candidates = [Path(wanted), settings.state_dir / "snapshots" / wanted]
    for folder in candidates if "/" not in wanted else candidates[:1]:
        if (folder / manifests.FILE_NAME).is_file():
            return folder.resolve()
    known = sorted(path.parent.name for path in (settings.state_dir / "snapshots").glob(f"*/{manifests.FILE_NAME}"))
    raise UsageError(f"{wanted} is no finished snapshot: it holds no {manifests.FILE_NAME}.", nearest(wanted, known))


def config_digest(settings: Settings) -> str:
    """Hash over everything of recon.toml that can change a verdict; secrets are references there and stay out."""
    wanted = settings.model_dump(mode="json", include={"audit", "rules", "waivers", "systems", "title", "ownership"})
    return hashlib.sha256(as_json(wanted).encode()).hexdigest()[:16]


def _ordered(rules: RuleSet) -> list[Rule | BrokenRule]:
    return sorted([*rules.rules, *rules.broken], key=lambda rule: rule.id)


def _ask_all(
    settings: Settings,
    rules: RuleSet,
    bench: Bench,
    coverage: Coverage,
    as_of: datetime,
    *,
    preview: bool,
    progress: Callable[[str], None],
) -> dict[str, _Asked]:
    wanted = [rule for rule in rules.rules if _rests(rule, preview=preview) is None]
    model = connect(None, memory="256MB", threads=1, locked=False)
    try:
        create_model(model)
        model.execute("set enable_external_access = false")
        columns, errors = check_all(wanted, Checker(model))
    finally:
        model.close()
    asked: dict[str, _Asked] = {rule.id: _Asked("error", str(rule.error)) for rule in rules.broken}
    for rule in rules.rules:
        progress(rule.id)
        if rests := _rests(rule, preview=preview):
            asked[rule.id] = _Asked("disabled", rests)
        elif rule.id in errors:
            asked[rule.id] = _Asked("error", str(errors[rule.id]))
        elif (reach := coverage.reach(rule)).state:
            asked[rule.id] = _Asked(reach.state, reach.reason)
        else:
            judgement = bench.judge(rule, columns[rule.id], rule.values(settings), as_of, settings.audit.rule_seconds)
            failed = judgement.error
            left_out = tuple(LeftOut(gap.system or "", gap.reason) for gap in reach.left_out)
            asked[rule.id] = _Asked("error", str(failed), judgement) if failed else _Asked(None, None, judgement, left_out)
    return asked


def _rests(rule: Rule, *, preview: bool) -> str | None:
    """Why a rule is left out on purpose, or None."""
    if not rule.override.enabled:
        return "It is switched off in recon.toml."
    if rule.header.status == "testing" and not preview:
        return "It is still being tested; `recon audit --preview` runs it."
    return None


def _levels(settings: Settings, rules: RuleSet, bench: Bench, coverage: Coverage, as_of: datetime) -> _Levels:
    values = {"target_minutes": 5, "backfill_days": 7}
    for rule in rules.rules:
        if rule.id == _LATENCY_RULE:
            values = {name: int(value) for name, value in rule.values(settings).items() if name in values}
    shared = {"as_of": as_of.astimezone(UTC).replace(tzinfo=None), "grace_minutes": settings.audit.grace_minutes}
    return _Levels(
        coverage=metrics.coverage_rows(bench),
        match=metrics.match_rates(bench, coverage),
        latency=metrics.latency(bench, values),
        freshness=metrics.freshness(bench),
        updates=metrics.updates(bench, coverage, shared | {"backfill_days": values["backfill_days"]}),
        stock=metrics.stock(bench, coverage, shared),
        duplicates=metrics.duplicates(bench, coverage),
        identity=people.identity(bench, coverage),
    )


def _causes(
    settings: Settings, bench: Bench, rules: RuleSet, asked: Mapping[str, _Asked], uses: Sequence[WaiverUse], manifest: Manifest
) -> tuple[dict[str, tuple[Cause, ...]], tuple[str, ...]]:
    """Root causes of what nobody waived, and a note where they could not be looked for: no finding depends on them."""
    left_out = {rule: {gap.system for gap in one.left_out} for rule, one in asked.items()}
    titles = {system.name: system.title or system.name for system in manifest.systems}
    given = {rule.id: rule.header.given for rule in rules.rules if rule.header.given}
    seconds = settings.audit.rule_seconds
    try:
        with bench.limited(seconds):
            return causes.look(bench, left_out, given, waivers.condition(uses), titles), ()
    except StandstillError as error:
        return {}, (f"Root causes were not looked for. {error.message}",)
    except duckdb.InterruptException:
        return {}, (f"Root causes were not looked for: it took longer than the {seconds} seconds of rule_seconds under [audit].",)
    except duckdb.OutOfMemoryException:
        return {}, ("Root causes were not looked for: it takes more memory than [audit] allows.",)


def _judged(rules: RuleSet, asked: Mapping[str, _Asked]) -> list[history.Judged]:
    """Rules that are switched off are not among them: their findings rest."""
    found = []
    for rule in _ordered(rules):
        state = asked[rule.id].state
        identity = rule.identity if isinstance(rule, Rule) else rule.id
        owner = rule.override.owner if isinstance(rule, Rule) else None
        if state != "disabled":
            left_out = tuple(gap.system for gap in asked[rule.id].left_out)
            found.append(history.Judged(rule.id, identity, state or "ran", owner, left_out))
    return found


def _outcome(settings: Settings, rule: Rule | BrokenRule, asked: _Asked, tally: history.Tally, second: again.Second) -> RuleOutcome:
    counts, amounts = tally.rules.get(rule.id, (Counts(), ()))
    state: RuleState = asked.state or ("findings" if counts.open else "clean")
    judgement = asked.judgement or Judgement(None, 0.0)
    common = RuleOutcome(
        id=rule.id,
        title=rule.id,
        question="",
        severity="critical",
        entity="",
        status="stable",
        since="",
        needs=(),
        why="",
        remedy="",
        false_alarms="",
        fix="none",
        recheck=False,
        aliases=(),
        sql=rule.sql,
        params={},
        owner=None,
        state=state,
        reason=asked.reason,
        checked=judgement.checked if asked.state is None else None,
        counts=counts,
        amounts=amounts,
        left_out=asked.left_out,
        in_flight=second.of(rule.id, "in_flight"),
        gone=second.of(rule.id, "gone"),
        looked_once=second.of(rule.id, "once"),
        seconds=round(judgement.seconds, 3),
        origin=rule.origin,
    )
    return common if isinstance(rule, BrokenRule) else _with_header(settings, rule, common)


def _with_header(settings: Settings, rule: Rule, outcome: RuleOutcome) -> RuleOutcome:
    header = rule.header
    values = rule.values(settings)
    return replace(
        outcome,
        title=header.title,
        question=header.question,
        severity=rule.severity,
        entity=header.entity,
        status=header.status,
        since=header.since,
        needs=header.needs,
        why=header.why,
        remedy=header.remedy,
        false_alarms=header.false_alarms,
        fix=header.fix,
        recheck=header.recheck,
        optional=header.optional,
        aliases=header.aliases,
        sql=rule.body,
        params={name: ParamValue(values[name], param.default, param.unit, param.help) for name, param in header.params.items()},
        owner=rule.override.owner,
    )


def _result(
    settings: Settings,
    facts: RunFacts,
    manifest: Manifest,
    levels: _Levels,
    rules: tuple[RuleOutcome, ...],
    tally: history.Tally,
    uses: Sequence[WaiverUse],
    seconds: float,
) -> AuditResult:
    open_total = sum(total.counts.open + total.counts.waived + total.counts.unknown for total in tally.severities)
    code = exit_code(rules, tally.worst_open(), facts.fail_on)
    return AuditResult(
        run=replace(facts, duration_seconds=round(seconds, 3), exit_code=int(code)),
        verdict=verdict(rules),
        systems=tuple(_system(settings, system, facts.started_at) for system in manifest.systems),
        coverage=levels.coverage,
        match=levels.match,
        latency=levels.latency,
        freshness=levels.freshness,
        rules=rules,
        findings=(),
        findings_total=open_total,
        resolved=(),
        resolved_total=sum(total.counts.resolved for total in tally.severities),
        waivers=tuple(_used(use, tally.waived.get(i, 0)) for i, use in enumerate(uses)),
        trend=(),
        totals=tally.severities,
        ageing=tally.ageing,
        updates=levels.updates,
        stock=levels.stock,
        duplicates=levels.duplicates,
        identity=levels.identity,
    )


def exit_code(rules: Sequence[RuleOutcome], worst_open: str | None, fail_on: str) -> ExitCode:
    """3 where a rule could not be judged, or none had anything to look at, else 1 from severity ``fail_on``, else 0."""
    if _blind(rules):
        return ExitCode.NO_VERDICT
    if worst_open is not None and SEVERITIES.index(worst_open) <= SEVERITIES.index(fail_on):
        return ExitCode.FINDINGS
    return ExitCode.CLEAN


def _blind(rules: Sequence[RuleOutcome]) -> list[RuleOutcome]:
    """Rules without an answer; all of them where not a single one looked at anything."""
    lost = [rule for rule in rules if rule.state in {"not_run", "error"}]
    return lost if any(map(_looked, rules)) else list(rules) or lost


def _looked(rule: RuleOutcome) -> bool:
    """Whether a rule looked at a single record. One that is clean over nothing says nothing."""
    return rule.state == "findings" or (rule.state == "clean" and rule.checked != 0)


def verdict(rules: Sequence[RuleOutcome]) -> Verdict:
    """One word and one sentence; never clean while something could not be looked at."""
    lost = [rule for rule in rules if rule.state in {"not_run", "error"}]
    found = sum(rule.counts.open for rule in rules)
    new = sum(rule.counts.new for rule in rules)
    words = f"{_number(found, 'open difference')}, {new:,} of them new" if found else "no open difference"
    if not any(rule.state in {"findings", "clean"} for rule in rules):
        return Verdict("no_verdict", "No verdict: not one rule could be judged.")
    if not lost and not any(map(_looked, rules)):
        return Verdict("no_verdict", "No verdict: there was not one record to compare.")
    if lost:
        return Verdict(
            "no_verdict", f"No verdict: {_number(len(lost), 'rule')} of {len(rules)} could not be judged; the others found {words}."
        )
    if found:
        return Verdict("problems", f"{words[0].upper()}{words[1:]}.")
    checked = sum(1 for rule in rules if _looked(rule))
    return Verdict("clean", f"No differences: {_number(checked, 'rule')} found nothing.")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _uses(held: Sequence[waivers.Held], as_of: datetime) -> list[WaiverUse]:
    day = as_of.astimezone(UTC).date()
    return [
        WaiverUse(
            rule=item.waiver.rule,
            system=item.waiver.system,
            record_id=item.waiver.record_id,
            salesforce_id=item.waiver.salesforce_id,
            finding=item.waiver.finding,
            reason=item.waiver.reason,
            owner=item.waiver.owner,
            until=item.waiver.until,
            origin=item.origin,
            matched=0,
            expired=not item.holds_on(day),
            unused=False,
        )
        for item in held
    ]


def _used(use: WaiverUse, matched: int) -> WaiverUse:
    return replace(use, matched=matched, unused=matched == 0 and not use.expired)


def _chain(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Ids from the snapshot down to the full one it builds on."""
    found = [manifest.snapshot_id]
    while manifest.base and manifest.base not in found:
        manifest = manifests.load(folder.parent / manifest.base)
        found.append(manifest.snapshot_id)
    return tuple(found)


def _system(settings: Settings, system: SystemEntry, started: datetime) -> SystemSummary:
    age = round((started - system.started_at).total_seconds() / 3600, 2)
    return SystemSummary(
        name=system.name,
        kind=system.kind,
        side=system.side,
        title=system.title or system.name,
        account_id=system.account_id,
        base_url=system.base_url,
        record_url_template=system.record_url_template,
        time_zone=system.time_zone,
        currency=system.currency,
        api_version=system.api_version,
        started_at=system.started_at,
        finished_at=system.finished_at,
        calls=system.calls,
        clock_skew_seconds=system.clock_skew_seconds,
        age_hours=age,
        stale_after_hours=settings.audit.stale_hours,
        is_stale=age > settings.audit.stale_hours,
        quota_used=system.quota_used,
        quota_limit=system.quota_limit,
        not_covered=dict(sorted(system.not_covered.items())),
        streams=tuple(_stream(stream) for stream in system.streams),
    )


def _stream(stream: StreamEntry) -> StreamSummary:
    return StreamSummary(
        name=stream.name,
        source=stream.source,
        entities=tuple(stream.entities),
        records=stream.records,
        rows=stream.rows,
        expected=stream.proof.expected,
        complete=stream.complete,
        method=stream.proof.method,
        reason=stream.reason,
        window_from=stream.window_from,
        window_to=stream.window_to,
        watermark=stream.watermark,
        calls=stream.calls,
        unreadable=dict(sorted(stream.unreadable.items())),
    )
