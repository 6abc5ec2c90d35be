"""An audit's result into the one object that every renderer reads: texts, sums in order, personal data masked, links checked."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from recon.audit import result as audit
from recon.config.settings import SEVERITIES, ReportSettings, Severity
from recon.report import groups, links, mask, verdict
from recon.report.model import (
    OPEN_STATES,
    Bucket,
    Cause,
    CauseSpan,
    Cell,
    Condition,
    Counts,
    Difference,
    Duplicates,
    Finding,
    Freshness,
    Latency,
    LatencyPart,
    LeftOut,
    Match,
    Money,
    Param,
    Passed,
    Point,
    Related,
    Result,
    Rule,
    Run,
    SecondLook,
    Source,
    Stock,
    StreamInfo,
    SystemInfo,
    Tile,
    Totals,
    Updates,
    WaiverEntry,
    WaiverInfo,
)
from recon.report.words import Words, iso, parse_iso, plain_amount

TREND_RUNS = 30
"""Runs that a sparkline shows, this one included."""

TOP = 10

_SIDES = {"shop": 0, "erp": 1, "salesforce": 2}
"""Order of systems: where the data comes from first."""

_STATES = ("new", "updated", "unchanged", "unknown", "waived", "resolved")

NOT_JUDGED = ("error", "not_run")
"""States of a rule that could not look."""


def build(source: audit.AuditResult, report: ReportSettings | None = None, *, show_personal: bool | None = None) -> Result:
    """The result object of a run; ``show_personal`` overrides the setting.

    Raises ConfigError for an unknown locale. The same input gives the same object: nothing reads the clock.
    """
    settings = report or ReportSettings()
    words = Words(settings.locale)
    shown = settings.show_personal_data if show_personal is None else show_personal
    points = _points(source)
    systems = sorted((_system(item) for item in source.systems), key=lambda item: (_SIDES.get(item.side, 1), item.name))
    convert = finding_converter(source, show_personal=shown)
    findings = in_order(convert(item) for item in source.findings)
    rules = sorted((_rule(item, points, source.trend, source.run.id) for item in source.rules), key=_rule_order)
    totals = _totals(source, rules, findings, points)
    run = _run(source, points, "shown" if shown else "masked", settings.locale)
    return Result(
        run=run,
        verdict=verdict.write(source.verdict.outcome, run=run, totals=totals, rules=rules, systems=systems, words=words),
        totals=totals,
        systems=systems,
        coverage=_coverage(source, [system.name for system in systems], findings),
        match=[Match(**_plain(item)) for item in source.match],
        latency=[_latency(item) for item in source.latency],
        freshness=[Freshness(**_plain(item)) for item in source.freshness],
        updates=[Updates(**_plain(item)) for item in source.updates],
        stock=[Stock(**_plain(item)) for item in source.stock],
        duplicates=[Duplicates(**_plain(item)) for item in source.duplicates],
        rules=rules,
        findings_total=source.findings_total,
        findings=findings,
        resolved_total=source.resolved_total,
        resolved=[convert(item) for item in source.resolved],
        waivers=[_waiver(item) for item in source.waivers],
        second_look=_second_look(source.second_look, show_personal=shown),
        identity=groups.convert(source.identity, _Addresses(source.systems), show_personal=shown) if source.identity else None,
        trend=points,
    )


class _Addresses:
    """What a finding's public form needs of the systems: which addresses may be linked to, and which systems are ERPs."""

    def __init__(self, systems: Sequence[audit.SystemSummary]) -> None:
        self.hosts = links.known_hosts(url for item in systems for url in (item.base_url, item.record_url_template))
        self.erps = {item.name for item in systems if item.side == "erp"}
        self.templates = {item.name: item.record_url_template for item in systems}

    def against(self, item: audit.Finding) -> str | None:
        """The ERP that a shop's record was compared with."""
        others = [other.system for other in item.related if item.diff and item.salesforce_id is None and other.system in self.erps]
        return others[0] if others and item.system not in self.erps else None

    def record(self, system: str, record_id: str) -> str | None:
        """A page that needs nothing but the id: Salesforce finds the object by itself."""
        return links.record_url(self.templates.get(system), {"record_id": record_id}, self.hosts)


def finding_converter(source: audit.AuditResult, *, show_personal: bool) -> Callable[[audit.Finding], Finding]:
    """How one finding of this run is turned into its public form; also for findings that are streamed past the limit."""
    addresses = _Addresses(source.systems)
    entities = {rule.id: rule.entity for rule in source.rules}
    now = iso(source.run.as_of)

    def convert(item: audit.Finding) -> Finding:
        found = _finding(item, entities.get(item.rule, item.rule.partition(".")[0]), addresses, now)
        return found if show_personal else _masked(found)

    return convert


def stream(source: audit.AuditResult, items: Iterable[audit.Finding], *, show_personal: bool) -> Iterator[Finding]:
    """Public form of findings one by one."""
    return map(finding_converter(source, show_personal=show_personal), items)


def _plain(item: Any) -> dict[str, Any]:
    """Fields of a flat dataclass as JSON values."""
    return {entry.name: _value(getattr(item, entry.name)) for entry in dataclasses.fields(item)}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(key): _value(item) for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _run(source: audit.AuditResult, points: Sequence[Point], personal: Any, locale: str) -> Run:
    facts = source.run
    before = points[-2] if len(points) > 1 else None
    return Run(
        id=facts.id,
        title=facts.title,
        started_at=iso(facts.started_at),
        as_of=iso(facts.as_of),
        duration_seconds=round(facts.duration_seconds, 3),
        exit_code=int(facts.exit_code),
        fail_on=facts.fail_on,
        tool_version=facts.tool_version,
        rules_digest=facts.rules_digest,
        config_digest=facts.config_digest,
        snapshot_ids=list(facts.snapshot_ids),
        previous_run_id=before.run_id if before else None,
        previous_started_at=before.at if before else None,
        personal_data=personal,
        locale=locale,
        notes=list(facts.notes),
    )


def _system(item: audit.SystemSummary) -> SystemInfo:
    streams = [
        StreamInfo(
            name=stream.name,
            source=stream.source,
            entities=list(stream.entities),
            records=stream.records,
            expected=stream.expected,
            complete=stream.complete,
            method=stream.method or None,
            reason=stream.reason,
            window_from=iso(stream.window_from),
            window_to=iso(stream.window_to),
            watermark=iso(stream.watermark),
            unreadable=dict(sorted(stream.unreadable.items())),
        )
        for stream in item.streams
    ]
    return SystemInfo(
        name=item.name,
        kind=item.kind,
        side=item.side,
        title=item.title,
        account_id=item.account_id,
        base_url=item.base_url,
        api_version=item.api_version,
        time_zone=item.time_zone,
        currency=item.currency,
        started_at=iso(item.started_at),
        finished_at=iso(item.finished_at),
        age_hours=item.age_hours,
        stale=item.is_stale,
        stale_after_hours=item.stale_after_hours,
        quota_used=item.quota_used,
        quota_limit=item.quota_limit,
        clock_skew_seconds=item.clock_skew_seconds,
        complete=all(stream.complete for stream in item.streams),
        records=sum(stream.records for stream in item.streams) if item.streams else None,
        calls=item.calls,
        not_covered=dict(sorted(item.not_covered.items())),
        streams=streams,
    )


def _rule(item: audit.RuleOutcome, points: Sequence[Point], trend: Sequence[audit.TrendPoint], run_id: str) -> Rule:
    now = item.counts.open if item.state in {"findings", "clean"} else None
    history: dict[str, int | None] = {point.run_id: point.rules.get(item.id) for point in trend} | {run_id: now}
    return Rule(
        id=item.id,
        title=item.title,
        question=item.question,
        severity=_severity(item.severity),
        entity=item.entity,
        status=item.status,
        since=item.since,
        needs=list(item.needs),
        params={name: Param(**_plain(value)) for name, value in sorted(item.params.items())},
        why=item.why,
        remedy=item.remedy,
        false_alarms=item.false_alarms,
        fix=item.fix or None,
        recheck=item.recheck,
        aliases=list(item.aliases),
        owner=item.owner,
        sql=item.sql,
        state=item.state,
        reason=item.reason,
        checked=item.checked,
        counts=Counts(**_plain(item.counts)),
        amounts=amounts_of(item.amounts),
        seconds=None,  # NOTE: differs between two runs over the same data; the audit's log has it
        origin=item.origin,
        in_flight=item.in_flight,
        gone=item.gone,
        looked_once=item.looked_once,
        optional=item.optional,
        left_out=[LeftOut(system=gap.system, reason=gap.reason) for gap in item.left_out],
        causes=[_cause(cause) for cause in item.causes],
        trend=[history.get(point.run_id) for point in points],
    )


def _cause(item: audit.Cause) -> Cause:
    return Cause(
        sentence=mask.text(item.sentence),
        noun=item.noun,
        conditions=[Condition(attribute=one.attribute, value=mask.text(one.value)) for one in item.conditions],
        span=CauseSpan(**_plain(item.span)) if item.span else None,
        findings=item.findings,
        of_findings=item.of_findings,
        records=item.records,
        of_records=item.of_records,
    )


def _latency(item: audit.Latency) -> Latency:
    parts = {name: [LatencyPart(**_plain(part)) for part in getattr(item, name)] for name in ("by_channel", "by_hour")}
    return Latency(**{**{name: value for name, value in vars(item).items() if name not in parts}, **parts})


def _severity(name: str) -> Severity:
    return cast(Severity, name if name in SEVERITIES else "info")


def _rule_order(rule: Rule) -> tuple[int, int, int, int, str]:
    """Failed first, then those that could not look, then clean ones; within failed by severity, new ones, number."""
    group = {"findings": 0, "error": 1, "not_run": 1, "clean": 2, "not_applicable": 3, "disabled": 4}[rule.state]
    return group, SEVERITIES.index(rule.severity), -rule.counts.new, -rule.counts.open, rule.id


def amounts_of(items: Iterable[audit.Money]) -> list[Money]:
    """One sum per currency, the same order everywhere: by code."""
    return [
        Money(currency=item.currency, amount=plain_amount(item.amount, item.currency))
        for item in sorted(items, key=lambda item: item.currency)
        if item.amount
    ]


def _finding(item: audit.Finding, entity: str, addresses: _Addresses, now: str | None) -> Finding:
    first = iso(item.first_seen_at)
    age = max(0, (parse_iso(now) - parse_iso(first)).days) if now and first else None
    return Finding(
        rule=item.rule,
        system=item.system,
        record_id=item.record_id,
        salesforce_id=item.salesforce_id,
        owning_system=item.owning_system,
        against=addresses.against(item),
        finding_id=item.finding_id,
        severity=_severity(item.severity),
        owner=item.owner,
        entity=entity,
        label=item.label,
        message=item.message,
        diff=[Difference(field=entry.field, shop=entry.shop, salesforce=entry.salesforce) for entry in item.diff],
        amount=plain_amount(item.amount, item.currency) if item.amount is not None else None,
        currency=item.currency,
        occurred_at=iso(item.occurred_at),
        confidence=item.confidence,
        related=[
            Related(system=entry.system, record_id=entry.record_id, url=addresses.record(entry.system, entry.record_id))
            for entry in item.related
        ],
        evidence=_value(item.evidence),
        state=item.state,
        first_seen_at=first,
        last_seen_at=iso(item.last_seen_at),
        runs_open=item.runs_open,
        reopened=item.reopened,
        age_days=age,
        waiver=WaiverInfo(reason=item.waiver.reason, owner=item.waiver.owner, until=item.waiver.until.isoformat()) if item.waiver else None,
        url_shop=links.safe(item.url_shop, addresses.hosts),
        url_salesforce=links.safe(item.url_salesforce, addresses.hosts),
        source=Source(file=item.source.file, line=item.source.line) if item.source else None,
    )


def _masked(item: Finding) -> Finding:
    """A copy without personal data. Values of personal fields are also removed from sentences that repeat them."""
    pairs = [(entry.field, value) for entry in item.diff for value in (entry.shop, entry.salesforce)]
    known = mask.told_apart(mask.known_values([*pairs, *item.evidence.items()]))
    return item.model_copy(
        update={
            "label": mask.text(item.label, known),
            "message": mask.text(item.message, known),
            "diff": [_masked_difference(entry, known) for entry in item.diff],
            "evidence": mask.anything("", item.evidence, known),
            "related": [entry.model_copy(update={"record_id": mask.text(entry.record_id, known)}) for entry in item.related],
        }
    )


def _second_look(look: audit.SecondLook | None, *, show_personal: bool) -> SecondLook | None:
    if look is None:
        return None
    plain = {name: value for name, value in _plain(replace(look, passed=())).items() if name != "passed"}
    return SecondLook(**plain, passed=[_passed(item, show_personal=show_personal) for item in look.passed])


def _passed(item: audit.Passed, *, show_personal: bool) -> Passed:
    found = Passed(
        rule=item.rule,
        system=item.system,
        record_id=item.record_id,
        salesforce_id=item.salesforce_id,
        finding_id=item.finding_id,
        severity=_severity(item.severity),
        entity=item.entity,
        label=item.label,
        message=item.message,
        diff=[Difference(field=entry.field, shop=entry.shop, salesforce=entry.salesforce) for entry in item.diff],
        amount=plain_amount(item.amount, item.currency) if item.amount is not None else None,
        currency=item.currency,
        occurred_at=iso(item.occurred_at),
        outcome=item.outcome,
        detail=item.detail,
    )
    if show_personal:
        return found
    pairs = [(entry.field, value) for entry in item.diff for value in (entry.shop, entry.salesforce)]
    known = mask.told_apart(mask.known_values([*pairs, *item.evidence.items()]))
    diff = [_masked_difference(entry, known) for entry in found.diff]
    return found.model_copy(update={"label": mask.text(item.label, known), "message": mask.text(item.message, known), "diff": diff})


def _masked_difference(entry: Difference, known: Mapping[str, str]) -> Difference:
    shop, salesforce = (known.get(value or "") or mask.anything(entry.field, value, known) for value in (entry.shop, entry.salesforce))
    hidden = shop != entry.shop or salesforce != entry.salesforce
    note = "They differ in the masked part." if hidden and shop == salesforce and entry.shop != entry.salesforce else None
    return entry.model_copy(update={"shop": shop, "salesforce": salesforce, "masked": hidden, "note": note})


def _points(source: audit.AuditResult) -> list[Point]:
    """This run and those before it, oldest first."""
    earlier = [point for point in source.trend if point.run_id != source.run.id and point.started_at <= source.run.started_at]
    points = [
        Point(run_id=point.run_id, at=iso(point.started_at), outcome=point.outcome, open=_by_severity(point.severities))
        for point in earlier[-(TREND_RUNS - 1) :]
    ]
    now = _by_severity({total.severity: total.counts.open for total in source.totals})
    return [*points, Point(run_id=source.run.id, at=iso(source.run.started_at), outcome=source.verdict.outcome, open=now)]


def _by_severity(counts: Mapping[str, int]) -> dict[str, int]:
    return {severity: int(counts.get(severity, 0)) for severity in SEVERITIES}


def _totals(source: audit.AuditResult, rules: Sequence[Rule], findings: Sequence[Finding], points: Sequence[Point]) -> Totals:
    by_severity = {total.severity: total for total in source.totals}
    counts: Counter[str] = Counter()
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for total in source.totals:
        counts.update(_plain(total.counts))
        for money in total.amounts:
            sums[money.currency] += money.amount
    return Totals(
        **{name: counts[name] for name in Counts.model_fields},
        amounts=amounts_of(audit.Money(currency, amount) for currency, amount in sums.items()),
        tiles=[_tile(severity, by_severity.get(severity), points) for severity in SEVERITIES],
        ageing=[Bucket(title=b.label, max_days=b.max_days, count=b.count, amounts=amounts_of(b.amounts)) for b in source.ageing],
        top=[finding.finding_id for finding in worst_first(item for item in findings if item.state in OPEN_STATES)[:TOP]],
        rules_clean=sum(rule.state == "clean" and rule.checked != 0 for rule in rules),
        rules_failed=sum(rule.state == "findings" for rule in rules),
        rules_not_judged=sum(rule.state in NOT_JUDGED for rule in rules),
        records_checked=sum(rule.checked or 0 for rule in rules),
    )


def _tile(severity: str, total: audit.SeverityTotal | None, points: Sequence[Point]) -> Tile:
    judged = [point for point in points[:-1] if point.outcome != "no_verdict"]
    now = total.counts.open if total else 0
    return Tile(
        severity=_severity(severity),
        open=now,
        new=total.counts.new if total else 0,
        change=now - judged[-1].open[severity] if judged else None,
        amounts=amounts_of(total.amounts) if total else [],
        # NOTE: the last point is the number printed beside it, also where this run has no verdict; the banner says that.
        trend=[None if point.outcome == "no_verdict" and point is not points[-1] else point.open[severity] for point in points],
    )


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By severity, then money: amounts of different currencies cannot be compared, so the largest of each come first."""
    items = list(findings)
    rank, size = _money_ranks(items)

    def order(item: Finding) -> tuple[int, int, int, str, str]:
        place = rank.get(item.finding_id, len(items))
        return SEVERITIES.index(item.severity), place, -size[item.currency or ""], item.label, item.finding_id

    return sorted(items, key=order)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By severity, then what is new, then money: the order in which rows are shown."""
    return sorted(worst_first(findings), key=lambda item: (SEVERITIES.index(item.severity), _STATES.index(item.state)))


def _money_ranks(items: Sequence[Finding]) -> tuple[dict[str, int], Counter[str]]:
    """finding_id → place by amount among findings of the same severity and currency; and how many findings a currency has."""
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for item in items:
        if item.amount is not None:
            groups[item.severity, item.currency or ""].append(item)
    rank: dict[str, int] = {}
    for same in groups.values():
        same.sort(key=lambda item: (-abs(Decimal(item.amount or 0)), item.finding_id))
        rank |= {item.finding_id: place for place, item in enumerate(same)}
    return rank, Counter({"": 0}) + Counter(item.currency or "" for item in items if item.amount is not None)


def _coverage(source: audit.AuditResult, systems: Sequence[str], findings: Iterable[Finding]) -> list[Cell]:
    # NOTE: several tables may come from one stream, whose records are not theirs; the tables' own rows are in freshness.
    rows = {(item.system, item.entity): item.rows for item in source.freshness}
    cells: dict[tuple[str, str], Cell] = {}
    for system in source.systems:
        for entity, reason in sorted(system.not_covered.items()):
            cells[system.name, entity] = Cell(system=system.name, entity=entity, state="not_covered", reason=reason)
    for row in source.coverage:
        key = (row.system, row.entity)
        if row.field is None:
            state: Any = "not_covered" if not row.readable else "complete" if row.complete else "incomplete"
            fields = cells[key].fields if key in cells else {}
            cells[key] = Cell(
                system=row.system,
                entity=row.entity,
                state=state,
                records=rows.get(key, row.rows) if row.readable else None,
                expected=row.expected_rows if row.rows == rows.get(key, row.rows) else None,
                reason=row.reason,
                fields=fields,
            )
        elif not row.readable:
            cell = cells.setdefault(key, Cell(system=row.system, entity=row.entity, state="complete"))
            cell.fields[row.field] = row.reason or "It could not be read."
    _count_cells(cells, findings)
    order = {name: index for index, name in enumerate(systems)}
    return sorted(cells.values(), key=lambda cell: (order.get(cell.system, len(order)), cell.entity))


def _count_cells(cells: dict[tuple[str, str], Cell], findings: Iterable[Finding]) -> None:
    for item in findings:
        if item.state not in OPEN_STATES:
            continue
        cell = cells.get((item.system, item.entity))
        if cell is None:
            cell = cells[item.system, item.entity] = Cell(system=item.system, entity=item.entity, state="complete")
        cell.open += 1
        if cell.worst is None or SEVERITIES.index(item.severity) < SEVERITIES.index(cell.worst):
            cell.worst = item.severity


def _waiver(item: audit.WaiverUse) -> WaiverEntry:
    return WaiverEntry(
        rule=item.rule,
        system=item.system,
        record_id=item.record_id,
        salesforce_id=item.salesforce_id,
        finding=item.finding,
        reason=item.reason,
        owner=item.owner,
        until=item.until.isoformat(),
        origin=item.origin,
        state="expired" if item.expired else "unused" if item.unused else "active",
        findings=item.matched,
    )
