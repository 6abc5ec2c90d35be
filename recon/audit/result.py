"""What an audit found out, as data: the only thing that reports, exports and the command line read.

Everything is frozen. Times are aware datetimes in UTC, amounts ``Decimal`` in their own currency, ids text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

RuleState = Literal["findings", "clean", "not_run", "error", "not_applicable", "disabled"]
"""What became of a rule: only ``clean`` may be shown as good."""

FindingState = Literal["new", "unchanged", "updated", "resolved", "waived", "unknown"]
"""Life of a finding against the run before; ``unknown``: nobody looked at it, so nobody knows."""

OPEN_STATES: tuple[FindingState, ...] = ("new", "unchanged", "updated")
"""States that count as open, and from which the exit code is made."""

Outcome = Literal["problems", "clean", "no_verdict"]


@dataclass(frozen=True)
class Money:
    """An amount in one currency; amounts of different currencies are never added."""

    currency: str
    amount: Decimal


@dataclass(frozen=True)
class Counts:
    """Findings by state; ``open`` is new + unchanged + updated."""

    open: int = 0
    new: int = 0
    unchanged: int = 0
    updated: int = 0
    resolved: int = 0
    waived: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class RunFacts:
    """Where a result comes from, so that it can be made again."""

    id: str
    title: str
    started_at: datetime
    as_of: datetime
    tool_version: str
    rules_digest: str
    config_digest: str
    snapshot_ids: tuple[str, ...]
    """newest first: the snapshot that was audited, then those it builds on"""
    duration_seconds: float
    fail_on: str
    exit_code: int
    complete: bool = True
    """False where a stream of the snapshot is not proven complete"""
    notes: tuple[str, ...] = ()
    """what was left out that no finding depends on, as sentences"""


@dataclass(frozen=True)
class Verdict:
    """The answer in one word and one sentence."""

    outcome: Outcome
    sentence: str


@dataclass(frozen=True)
class StreamSummary:
    """One stream of a system as the manifest tells it."""

    name: str
    source: str
    entities: tuple[str, ...]
    records: int
    rows: int
    expected: int | None
    complete: bool
    method: str
    reason: str | None
    window_from: datetime | None
    window_to: datetime | None
    watermark: datetime | None
    calls: int
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SystemSummary:
    """One system of the snapshot."""

    name: str
    kind: str
    side: str
    title: str
    account_id: str | None
    base_url: str | None
    record_url_template: str | None
    time_zone: str | None
    currency: str | None
    api_version: str | None
    started_at: datetime | None
    finished_at: datetime | None
    calls: int
    clock_skew_seconds: float | None
    age_hours: float | None
    """age of its data when the audit began; a report warns from ``stale_after_hours``"""
    stale_after_hours: int
    is_stale: bool
    quota_used: int | None = None
    """API calls of the day by everybody when this snapshot was done, of ``quota_limit``; None where the platform has no daily limit"""
    quota_limit: int | None = None
    not_covered: Mapping[str, str] = field(default_factory=dict)
    streams: tuple[StreamSummary, ...] = ()


@dataclass(frozen=True)
class CoverageRow:
    """What of (system, canonical table, column) could be read; ``field`` None speaks of the whole table."""

    system: str
    entity: str
    field: str | None
    readable: bool
    complete: bool
    window_from: datetime | None
    window_to: datetime | None
    watermark: datetime | None
    rows: int | None
    expected_rows: int | None
    reason: str | None


@dataclass(frozen=True)
class MatchRate:
    """How many records of one entity were found on both sides; ``compared`` = agree + differ."""

    entity: str
    shop_system: str
    compared: int
    agree: int
    differ: int
    linked: Mapping[str, int]
    unmatched_shop: int
    unmatched_salesforce: int
    ambiguous: int


@dataclass(frozen=True)
class LatencyPart:
    """The same of one channel (``name`` empty where the shop tells none) or of one hour of the day in UTC (``name`` 0 to 23)."""

    name: str
    orders: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    in_target: int


@dataclass(frozen=True)
class Latency:
    """Seconds from an order's creation in the shop to its creation in Salesforce, over orders linked by external id."""

    shop_system: str
    orders: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    in_target: int
    target_minutes: int
    by_channel: tuple[LatencyPart, ...] = ()
    by_hour: tuple[LatencyPart, ...] = ()


@dataclass(frozen=True)
class Updates:
    """Changes of a shop's records that are in Salesforce: pairs that changed after they were created and had their grace.

    ``followed``: Salesforce's record was written after the newest change, after so many seconds (at most; over changes that were followed
    within the backfill limit). ``failed``: a rule of this run finds a difference in the pair.
    """

    shop_system: str
    entity: str
    changed: int
    followed: int
    failed: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None


@dataclass(frozen=True)
class Stock:
    """Stock levels of an owner that Salesforce has too; ``behind``: not written since the owner's changed, longer ago than the grace."""

    shop_system: str
    levels: int
    behind: int
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    newest_shop_at: datetime | None
    newest_salesforce_at: datetime | None


@dataclass(frozen=True)
class Duplicates:
    """Records of Salesforce, and how many of them are surplus: what would be left over if each thing or person had one."""

    entity: str
    system: str
    records: int
    surplus: int


@dataclass(frozen=True)
class GroupRecord:
    """One record of a group of customers; ``orders`` None where nobody counts them."""

    record_id: str
    url: str | None
    orders: int | None
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True)
class GroupField:
    """One field of all records of a group, in the order of its records; ``keep`` is the suggestion, out of record ``keep_from``."""

    field: str
    values: tuple[str | None, ...]
    keep: str | None = None
    keep_from: str | None = None
    reason: str | None = None
    """why this value; None where nothing is suggested"""


@dataclass(frozen=True)
class DuplicateGroup:
    """Records of one system that are one person or business, as a finding of a rule says; the suggested survivor is the first record."""

    finding_id: str
    system: str
    label: str
    confidence: str
    reasons: tuple[str, ...]
    records_total: int
    """records of the group, of which ``records`` are shown"""
    records: tuple[GroupRecord, ...]
    fields: tuple[GroupField, ...]
    survivor_id: str | None
    survivor_reason: str | None
    elsewhere: tuple[RecordRef, ...] = ()
    """records of the same person in other systems"""
    state: FindingState = "new"


@dataclass(frozen=True)
class RelatedGroup:
    """Records of one system that share much (``reasons``) and that vetoes (``apart``) keep apart: a household, colleagues."""

    relation: str
    system: str
    apart: tuple[str, ...]
    reasons: tuple[str, ...]
    records_total: int
    records: tuple[GroupRecord, ...]
    fields: tuple[GroupField, ...]


@dataclass(frozen=True)
class SharedValue:
    """An address or number that many records of a system bear and that is nobody's; kind ``key``: a key that was too broad to compare."""

    system: str | None
    kind: str
    value: str
    records: int
    reason: str


@dataclass(frozen=True)
class Identity:
    """Who is one person, and who is not: as much as a person can look at, with the true totals."""

    duplicates_total: int
    duplicates: tuple[DuplicateGroup, ...]
    related_total: int
    related: tuple[RelatedGroup, ...]
    shared_values_total: int
    shared_values: tuple[SharedValue, ...]


@dataclass(frozen=True)
class Freshness:
    """Newest change of a canonical table in a system."""

    system: str
    entity: str
    newest_at: datetime | None
    rows: int


@dataclass(frozen=True)
class ParamValue:
    """A parameter of a rule with the value of this run."""

    value: int | str | bool
    default: int | str | bool
    unit: str
    help: str


@dataclass(frozen=True)
class LeftOut:
    """A system that has nothing for a rule to look at, and why."""

    system: str
    reason: str


@dataclass(frozen=True)
class Condition:
    """A value that records of a cause share."""

    attribute: str
    value: str


@dataclass(frozen=True)
class CauseSpan:
    """When a cause's records lie on one of their timelines: a stretch of time (open at its end where it lasts), or hours of any day."""

    timeline: str
    first_at: datetime | None
    last_at: datetime | None
    first_hour: int | None
    """in UTC; the span reaches to ``last_hour`` without it"""
    last_hour: int | None


@dataclass(frozen=True)
class Cause:
    """What many records of a rule have in common and records in general have not; never a proof, always a place to begin."""

    sentence: str
    noun: str
    conditions: tuple[Condition, ...]
    span: CauseSpan | None
    findings: int
    """records of the rule that it holds for, of so many"""
    of_findings: int
    records: int
    """records that it holds for at all, of so many"""
    of_records: int


@dataclass(frozen=True)
class RuleOutcome:
    """What became of one rule in this run, with everything its header says."""

    id: str
    title: str
    question: str
    severity: str
    """as configured for this deployment; single findings may differ"""
    entity: str
    status: str
    since: str
    needs: tuple[str, ...]
    why: str
    remedy: str
    false_alarms: str
    fix: str
    recheck: bool
    aliases: tuple[str, ...]
    sql: str
    params: Mapping[str, ParamValue]
    owner: str | None
    state: RuleState
    reason: str | None
    """for not_run, error and not_applicable: why, and what to do"""
    checked: int | None
    """records that the rule looked at; None where it did not run"""
    counts: Counts
    amounts: tuple[Money, ...]
    """money at stake in open findings, one entry a currency"""
    seconds: float
    origin: str = "recon"
    """recon, or workspace for rules of the user's own"""
    optional: bool = False
    in_flight: int = 0
    """differences that were gone when their records were read again; they are no findings"""
    gone: int = 0
    """differences whose own record was deleted, merged or put away meanwhile; they are no findings either"""
    looked_once: int = 0
    """findings that could not be looked at twice"""
    left_out: tuple[LeftOut, ...] = ()
    """systems that the rule did not look at, since they have no such data"""
    causes: tuple[Cause, ...] = ()
    """at most three, the one that explains most first"""


@dataclass(frozen=True)
class Difference:
    """One field that differs; None: the system holds nothing."""

    field: str
    shop: str | None
    salesforce: str | None


@dataclass(frozen=True)
class RecordRef:
    """Another record of a group."""

    system: str
    record_id: str


@dataclass(frozen=True)
class SourceRef:
    """Where the record lies: a file relative to the snapshot folder, and a line counted from 1."""

    file: str
    line: int | None


@dataclass(frozen=True)
class WaiverUse:
    """A waiver and whether it did anything in this run."""

    rule: str
    system: str | None
    record_id: str | None
    salesforce_id: str | None
    finding: str | None
    reason: str
    owner: str
    until: date
    origin: str
    """file that holds it"""
    matched: int
    expired: bool
    unused: bool


@dataclass(frozen=True)
class Finding:
    """One record that is wrong in one way."""

    rule: str
    system: str
    record_id: str | None
    salesforce_id: str | None
    finding_id: str
    severity: str
    owner: str | None
    label: str
    message: str
    diff: tuple[Difference, ...]
    amount: Decimal | None
    currency: str | None
    occurred_at: datetime | None
    confidence: str
    related: tuple[RecordRef, ...]
    evidence: Mapping[str, Any]
    state: FindingState
    reopened: bool
    first_seen_at: datetime
    last_seen_at: datetime
    runs_open: int
    waiver: WaiverUse | None
    url_shop: str | None
    url_salesforce: str | None
    source: SourceRef | None
    owning_system: str | None = None
    """the system whose value is right by ``[ownership]``; None where several own it and none of them is this finding's"""
    entity: str = ""
    """canonical table of the record"""


@dataclass(frozen=True)
class Passed:
    """A difference of the first look that is no finding: ``outcome`` is in_flight or gone, ``detail`` what became of its record."""

    rule: str
    finding_id: str
    system: str
    record_id: str | None
    salesforce_id: str | None
    severity: str
    label: str
    message: str
    diff: tuple[Difference, ...]
    evidence: Mapping[str, Any]
    entity: str
    amount: Decimal | None
    currency: str | None
    occurred_at: datetime | None
    outcome: Literal["in_flight", "gone"]
    detail: str


@dataclass(frozen=True)
class SecondLook:
    """Flagged records were read again by id from both sides before anything was reported; counts are of findings, ``records`` of records.

    ``done``: all were looked at twice; ``partly``: those in ``once`` were not; ``failed``: none were; ``none``: nobody looked again.
    """

    state: Literal["done", "partly", "failed", "none"]
    reason: str | None
    started_at: datetime | None
    finished_at: datetime | None
    calls: int
    records: int
    confirmed: int
    in_flight: int
    gone: Mapping[str, int]
    """deleted, trashed, merged or gone (the system does not tell which) → how many"""
    once: Mapping[str, int]
    """budget, failed, impossible, hidden or unasked → how many stay findings that were seen once"""
    reasons: tuple[str, ...] = ()
    """why some were not looked at twice"""
    passed: tuple[Passed, ...] = ()
    """what is in flight or gone, worst first, as many as were asked for"""


@dataclass(frozen=True)
class SeverityTotal:
    """All findings of one severity, however many of them are loaded."""

    severity: str
    counts: Counts
    amounts: tuple[Money, ...]


@dataclass(frozen=True)
class AgeBucket:
    """Open findings by how long they are known; ``max_days`` None is the last bucket."""

    label: str
    max_days: int | None
    count: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True)
class TrendPoint:
    """One earlier run, oldest first in a trend; ``open`` is None where the run had no verdict on that rule."""

    run_id: str
    started_at: datetime
    as_of: datetime
    outcome: Outcome
    severities: Mapping[str, int]
    rules: Mapping[str, int | None]
    new: int = 0
    resolved: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class AuditResult:
    """Everything of one run.

    ``findings`` holds the open, waived and unknown ones, worst first, at most as many as were asked for; ``resolved`` those
    that went away since the run before, under the same limit. ``findings_total`` and ``resolved_total`` are the true numbers, and
    all other counts are over everything. :func:`recon.audit.history.stream` gives every finding without holding them in memory.
    """

    run: RunFacts
    verdict: Verdict
    systems: tuple[SystemSummary, ...]
    coverage: tuple[CoverageRow, ...]
    match: tuple[MatchRate, ...]
    latency: tuple[Latency, ...]
    freshness: tuple[Freshness, ...]
    rules: tuple[RuleOutcome, ...]
    findings: tuple[Finding, ...]
    findings_total: int
    resolved: tuple[Finding, ...]
    resolved_total: int
    waivers: tuple[WaiverUse, ...]
    trend: tuple[TrendPoint, ...]
    totals: tuple[SeverityTotal, ...]
    ageing: tuple[AgeBucket, ...]
    updates: tuple[Updates, ...] = ()
    stock: tuple[Stock, ...] = ()
    duplicates: tuple[Duplicates, ...] = ()
    second_look: SecondLook | None = None
    identity: Identity | None = None
    """None where no customers were read"""
