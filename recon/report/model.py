"""The one object that every renderer reads: ``recon.result/1``, which is report.json.

Amounts are text (no renderer may round them) and lists of (currency, amount): sums never cross currencies. Times are text in
UTC, ``2026-11-23T18:40:00Z``. The JSON Schema in docs/result-schema.json is made from these classes.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from recon.config.settings import Severity

SCHEMA: Literal["recon.result/1"] = "recon.result/1"

Outcome = Literal["problems", "clean", "no_verdict"]
RuleState = Literal["findings", "clean", "not_run", "error", "not_applicable", "disabled"]
State = Literal["new", "updated", "unchanged", "unknown", "resolved", "waived"]
OPEN_STATES = ("new", "updated", "unchanged")
"""States that count as open; ``unknown`` is a finding at which nobody looked this time, so that nobody knows."""


class Part(BaseModel):
    """Base of all parts: unknown keys are errors, so that the schema cannot rot."""

    model_config = ConfigDict(extra="forbid")


class Money(Part):
    """A sum in one currency."""

    currency: str = Field(description="ISO 4217 code.")
    amount: str = Field(description="Decimal number as text.")


class Run(Part):
    """What was done, when and with what."""

    id: str
    title: str = Field(description="Name of the merchant, from recon.toml.")
    started_at: str | None = None
    as_of: str | None = Field(None, description="Moment that the answer holds for: the older of the systems' snapshots.")
    duration_seconds: float | None = None
    exit_code: int
    fail_on: str | None = Field(None, description="Severity from which the exit code is 1.")
    tool_version: str
    rules_digest: str | None = None
    config_digest: str | None = None
    snapshot_ids: list[str] = Field(default_factory=list)
    previous_run_id: str | None = None
    previous_started_at: str | None = None
    personal_data: Literal["masked", "shown"] = "masked"
    locale: str = "en"
    notes: list[str] = Field(default_factory=list, description="What was left out that no finding depends on, as sentences.")


class Verdict(Part):
    """The answer in one sentence, and one more for what it leaves open."""

    outcome: Outcome
    sentence: str
    detail: str = ""


class StreamInfo(Part):
    """One thing that was read from a system."""

    name: str
    source: str | None = None
    entities: list[str] = Field(default_factory=list, description="Canonical tables that are made of it.")
    records: int | None = None
    expected: int | None = Field(None, description="The vendor's own count.")
    complete: bool
    method: str | None = Field(None, description="How completeness is known.")
    reason: str | None = Field(None, description="Why it is not complete.")
    window_from: str | None = None
    window_to: str | None = None
    watermark: str | None = None
    unreadable: dict[str, str] = Field(default_factory=dict, description="Field → why it could not be read.")


class SystemInfo(Part):
    """One system as it was read."""

    name: str
    kind: str
    side: str
    title: str | None = None
    account_id: str | None = None
    base_url: str | None = None
    api_version: str | None = None
    time_zone: str | None = None
    currency: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    age_hours: float | None = Field(None, description="Age of its data when the audit ran.")
    stale: bool = False
    complete: bool = True
    records: int | None = None
    calls: int | None = None
    clock_skew_seconds: float | None = None
    stale_after_hours: int | None = None
    quota_used: int | None = Field(None, description="API calls of the day by everybody, where the platform limits them.")
    quota_limit: int | None = None
    not_covered: dict[str, str] = Field(default_factory=dict, description="Canonical table → why the system does not offer it.")
    streams: list[StreamInfo] = Field(default_factory=list)


class Cell(Part):
    """What is known of one entity of one system; a cell of the coverage matrix."""

    system: str
    entity: str
    state: Literal["complete", "incomplete", "not_covered"]
    records: int | None = None
    expected: int | None = None
    reason: str | None = None
    fields: dict[str, str] = Field(default_factory=dict, description="Column that could not be read → why.")
    open: int = Field(0, description="Open findings about it.")
    worst: Severity | None = None


class Match(Part):
    """How well one entity of one shop agrees with Salesforce; the counts are the denominators."""

    entity: str
    shop_system: str
    compared: int
    agree: int | None = None
    differ: int | None = None
    linked: dict[str, int] = Field(default_factory=dict, description="Method of matching → pairs.")
    unmatched_shop: int | None = None
    unmatched_salesforce: int | None = None
    ambiguous: int | None = None


class LatencyPart(Part):
    """The same of one channel or of one hour of the day."""

    name: str = Field(description="Channel, empty where the shop tells none; or hour from 0 to 23, UTC.")
    orders: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    in_target: int


class Latency(Part):
    """Seconds from an order's creation in the shop to its creation in Salesforce."""

    shop_system: str
    orders: int
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    p99_seconds: float | None = None
    in_target: int
    target_minutes: int
    by_channel: list[LatencyPart] = Field(default_factory=list)
    by_hour: list[LatencyPart] = Field(default_factory=list)


class Updates(Part):
    """Pairs of one entity of one shop that changed in the shop after they were created, longer ago than the grace."""

    shop_system: str
    entity: str
    changed: int
    followed: int = Field(description="Written in Salesforce after the newest change.")
    failed: int = Field(description="With an open difference that a rule found in this run.")
    p50_seconds: float | None = Field(None, description="From the change to that write, at most.")
    p95_seconds: float | None = None
    p99_seconds: float | None = None


class Stock(Part):
    """Stock levels of one owner that Salesforce has too."""

    shop_system: str
    levels: int
    behind: int = Field(description="Not written since the owner's changed, longer ago than the grace.")
    p50_seconds: float | None = Field(None, description="From the owner's change to the write in Salesforce, at most.")
    p95_seconds: float | None = None
    p99_seconds: float | None = None
    newest_shop_at: str | None = None
    newest_salesforce_at: str | None = None


class Duplicates(Part):
    """Records of one entity in Salesforce, and how many of them are surplus."""

    entity: str
    system: str
    records: int
    surplus: int


class Freshness(Part):
    """Newest change of one entity in one system."""

    system: str
    entity: str
    newest_at: str | None = None
    rows: int


class Param(Part):
    """A parameter of a rule with the value used."""

    value: Any = None
    default: Any = None
    unit: str | None = None
    help: str | None = None


class Counts(Part):
    """Findings by state; ``open`` is new + unchanged + updated."""

    open: int = 0
    new: int = 0
    unchanged: int = 0
    updated: int = 0
    unknown: int = 0
    resolved: int = 0
    waived: int = 0


class LeftOut(Part):
    """A system that has nothing for a rule to look at."""

    system: str
    reason: str


class Condition(Part):
    """A value that the records of a cause share."""

    attribute: str
    value: str


class CauseSpan(Part):
    """When the records of a cause lie on one of their timelines: a stretch of time, or hours of any day in UTC."""

    timeline: str
    first_at: str | None = None
    last_at: str | None = Field(None, description="None where it lasts.")
    first_hour: int | None = None
    last_hour: int | None = None


class Cause(Part):
    """What many records of a rule have in common and records in general have not; a place to begin, no proof."""

    sentence: str
    noun: str
    conditions: list[Condition] = Field(default_factory=list)
    span: CauseSpan | None = None
    findings: int = Field(description="Records of the rule that it holds for.")
    of_findings: int
    records: int = Field(description="Records that it holds for at all.")
    of_records: int


class Rule(Part):
    """A rule, and what came of it."""

    id: str
    title: str
    question: str = ""
    severity: Severity
    entity: str
    status: str = "stable"
    since: str | None = None
    needs: list[str] = Field(default_factory=list)
    params: dict[str, Param] = Field(default_factory=dict)
    why: str = ""
    remedy: str = ""
    false_alarms: str = ""
    fix: str | None = None
    recheck: bool | None = None
    aliases: list[str] = Field(default_factory=list)
    owner: str | None = None
    sql: str | None = None
    state: RuleState
    reason: str | None = None
    checked: int | None = Field(None, description="Records that were compared.")
    counts: Counts = Field(default_factory=Counts)
    amounts: list[Money] = Field(default_factory=list, description="Money in its open findings.")
    seconds: float | None = None
    origin: str = "recon"
    in_flight: int = Field(0, description="Differences that had healed when both sides were read again; no findings.")
    gone: int = Field(0, description="Differences whose own record was gone by then; no findings.")
    looked_once: int = Field(0, description="Findings that could not be looked at twice.")
    optional: bool = Field(False, description="Whether a deployment may lack what the rule looks at in Salesforce.")
    left_out: list[LeftOut] = Field(default_factory=list, description="Systems that have nothing for the rule to look at.")
    causes: list[Cause] = Field(default_factory=list, description="At most three, the one that explains most first.")
    trend: list[int | None] = Field(default_factory=list, description="Open findings in the last runs; null where there was no verdict.")


class Difference(Part):
    """One field on both sides; null means empty or not known."""

    field: str
    shop: str | None = None
    salesforce: str | None = None
    masked: bool = False
    note: str | None = Field(None, description="Says so where masking hides the difference itself.")


class Related(Part):
    """Another record of the same group."""

    system: str
    record_id: str
    url: str | None = None


class WaiverInfo(Part):
    """Who accepted a finding, why and until when."""

    reason: str
    owner: str
    until: str


class Source(Part):
    """Where the record lies in the snapshot."""

    file: str
    line: int | None = None


class PlannedValue(Part):
    """One field of a planned write, by the name that Salesforce's API gives it; null means blank."""

    field: str
    before: str | None = None
    after: str | None = None
    made_by: bool = Field(False, description="Whether it is the id of a record that the plan makes before.")


class PlannedWrite(Part):
    """One record of Salesforce that a plan would make or change."""

    action: Literal["insert", "update", "delete"]
    object: str
    record_id: str | None = Field(None, description="Null where the record is not there yet.")
    values: list[PlannedValue] = Field(default_factory=list)


class Planned(Part):
    """What the newest plan of corrections says of a finding."""

    plan: str
    state: Literal["safe", "review", "skipped", "written", "refused"] = Field(
        description="safe and review: would be written; skipped: not planned; written and refused: the plan was applied."
    )
    reason: str = Field("", description="Why it is not planned or was not written.")
    writes: list[PlannedWrite] = Field(default_factory=list)


class Finding(Part):
    """One record that is wrong in one way."""

    rule: str
    system: str
    record_id: str | None = None
    salesforce_id: str | None = None
    owning_system: str | None = Field(None, description="System whose value is right by [ownership]; none where several own it.")
    against: str | None = Field(
        None, description="System whose values stand under salesforce in diff where it is not Salesforce: the ERP that a shop follows."
    )
    finding_id: str
    severity: Severity
    owner: str | None = None
    entity: str
    label: str
    message: str
    diff: list[Difference] = Field(default_factory=list)
    amount: str | None = None
    currency: str | None = None
    occurred_at: str | None = None
    confidence: str = "certain"
    related: list[Related] = Field(default_factory=list)
    evidence: dict[str, Any] = Field(default_factory=dict)
    state: State
    first_seen_at: str | None = None
    last_seen_at: str | None = None
    runs_open: int | None = None
    reopened: bool = False
    age_days: int | None = Field(None, description="Whole days since it was first seen.")
    waiver: WaiverInfo | None = None
    url_shop: str | None = None
    url_salesforce: str | None = None
    source: Source | None = None
    planned: Planned | None = Field(None, description="Null where no plan was made for this run.")
    corrected_by: str | None = Field(
        None, description="Of a resolved finding: the plan that wrote its correction; null where it went away by itself."
    )


class Passed(Part):
    """A difference that was no longer there, or whose own record was gone, when both sides were read again: no finding."""

    rule: str
    system: str
    record_id: str | None = None
    salesforce_id: str | None = None
    finding_id: str
    severity: Severity
    entity: str
    label: str
    message: str = Field(description="What the first look saw.")
    diff: list[Difference] = Field(default_factory=list)
    amount: str | None = None
    currency: str | None = None
    occurred_at: str | None = None
    outcome: Literal["in_flight", "gone"]
    detail: str = Field("", description="What became of its own record: deleted, trashed, merged or gone.")


class SecondLook(Part):
    """Flagged records were read again by id from both sides before anything was reported."""

    state: Literal["done", "partly", "failed", "none"]
    reason: str | None = Field(None, description="Why nobody looked again, as a sentence.")
    started_at: str | None = None
    finished_at: str | None = None
    calls: int = 0
    records: int = Field(0, description="Records that were asked for.")
    confirmed: int = Field(0, description="Findings that were still there.")
    in_flight: int = Field(0, description="Differences that had healed.")
    gone: dict[str, int] = Field(default_factory=dict, description="What became of the record itself → differences that ended with it.")
    once: dict[str, int] = Field(default_factory=dict, description="Why → findings that were seen once only.")
    reasons: list[str] = Field(default_factory=list, description="Sentences of what kept systems from answering.")
    passed: list[Passed] = Field(default_factory=list, description="What was in flight or gone, worst first.")


class GroupRecord(Part):
    """One record of a group of customers; a column of its card."""

    record_id: str
    url: str | None = None
    orders: int | None = Field(None, description="Orders that hang on it; null where nobody counts them.")
    created_at: str | None = None
    updated_at: str | None = None


class GroupField(Part):
    """One field of all records of a group; a row of its card."""

    field: str
    values: list[str | None] = Field(description="In the order of the group's records; null means empty.")
    differs: bool = Field(description="Whether the records hold different values, also where masking hides it.")
    masked: bool = False
    keep: str | None = Field(None, description="Value that is suggested to be kept.")
    keep_from: str | None = Field(None, description="Record that has it.")
    reason: str | None = Field(None, description="Why this one; null where nothing is suggested.")


class DuplicateGroup(Part):
    """Records of one system that are one person or business, as an open finding says."""

    finding_id: str
    state: State
    system: str
    label: str
    confidence: str = Field(description="certain or likely.")
    reasons: list[str] = Field(default_factory=list, description="What the records share.")
    records_total: int = Field(description="Records of the group; at most ten of them are listed.")
    records: list[GroupRecord] = Field(description="The suggested survivor first.")
    fields: list[GroupField]
    survivor_id: str | None = Field(None, description="Record that is suggested to be kept.")
    survivor_reason: str | None = None
    elsewhere: list[Related] = Field(default_factory=list, description="Records of the same person in other systems.")


class RelatedGroup(Part):
    """Records of one system that share much and are not one person: a household, colleagues. No duplicates."""

    relation: str = Field(description="household, colleagues or shared contact.")
    system: str
    apart: list[str] = Field(description="What keeps them apart.")
    reasons: list[str] = Field(description="What they share.")
    records_total: int
    records: list[GroupRecord]
    fields: list[GroupField]


class SharedValue(Part):
    """An address or number that is nobody's: of an office, a placeholder, or on too many records."""

    system: str | None = None
    kind: str = Field(description="email or phone; key where a kind of key was too broad to compare records by it.")
    value: str
    records: int
    reason: str


class Identity(Part):
    """Who is one person and who is not: as many groups as a person can look at, the surest first, and how many there are."""

    duplicates_total: int = 0
    duplicates: list[DuplicateGroup] = Field(default_factory=list)
    related_total: int = 0
    related: list[RelatedGroup] = Field(default_factory=list)
    shared_values_total: int = 0
    shared_values: list[SharedValue] = Field(default_factory=list)


class WaiverEntry(Part):
    """A waiver as configured, and whether it still holds anything."""

    rule: str
    system: str | None = None
    record_id: str | None = None
    salesforce_id: str | None = None
    finding: str | None = None
    reason: str
    owner: str
    until: str
    origin: str | None = Field(None, description="File that holds it.")
    state: Literal["active", "expired", "unused"]
    findings: int = 0


class Point(Part):
    """One earlier run, for trends."""

    run_id: str
    at: str | None = None
    outcome: Outcome
    open: dict[str, int] = Field(default_factory=dict, description="Severity → open findings; empty where there was no verdict.")


class Tile(Part):
    """Open findings of one severity: how many, how many more than last time, how much money."""

    severity: Severity
    open: int
    new: int
    change: int | None = Field(None, description="Against the last run with a verdict; null on the first run.")
    amounts: list[Money] = Field(default_factory=list)
    trend: list[int | None] = Field(default_factory=list)


class Bucket(Part):
    """Open findings by how long they have been known; ``max_days`` null is the last bucket."""

    title: str
    max_days: int | None = None
    count: int
    amounts: list[Money] = Field(default_factory=list)


class Totals(Part):
    """Numbers over everything."""

    open: int
    new: int
    updated: int
    unchanged: int
    unknown: int
    resolved: int
    waived: int
    amounts: list[Money] = Field(default_factory=list)
    tiles: list[Tile] = Field(default_factory=list)
    ageing: list[Bucket] = Field(default_factory=list)
    top: list[str] = Field(default_factory=list, description="finding_id of the ten worst, by severity, then money.")
    rules_clean: int = 0
    rules_failed: int = 0
    rules_not_judged: int = Field(0, description="Rules that could not look: errors and missing or incomplete input.")
    records_checked: int = 0


class Corrected(Part):
    """Findings of one rule that a plan of corrections was for, and how this run found them after it."""

    plan: str
    rule: str
    outcome: Literal["fixed", "still_open", "changed_meanwhile", "not_done", "unknown"]
    reason: str = Field("", description="Why not fixed; empty where it is.")
    findings: int


class PlanInfo(Part):
    """A plan of corrections that was made for this run; the counts are findings for which it is the newest."""

    id: str
    changes: int = Field(description="Records that it would make or change.")
    safe: int = 0
    review: int = 0
    skipped: int = 0
    written: int = 0
    refused: int = 0


class Result(Part):
    """Everything about one run."""

    schema_: Literal["recon.result/1"] = Field(SCHEMA, alias="schema")
    run: Run
    verdict: Verdict
    totals: Totals
    systems: list[SystemInfo] = Field(default_factory=list)
    coverage: list[Cell] = Field(default_factory=list)
    match: list[Match] = Field(default_factory=list)
    latency: list[Latency] = Field(default_factory=list)
    freshness: list[Freshness] = Field(default_factory=list)
    updates: list[Updates] = Field(default_factory=list)
    stock: list[Stock] = Field(default_factory=list)
    duplicates: list[Duplicates] = Field(default_factory=list)
    rules: list[Rule] = Field(default_factory=list)
    findings_total: int = Field(0, description="Open, unknown and waived findings, however many of them are listed.")
    findings: list[Finding] = Field(default_factory=list)
    resolved_total: int = 0
    resolved: list[Finding] = Field(default_factory=list)
    waivers: list[WaiverEntry] = Field(default_factory=list)
    second_look: SecondLook | None = None
    identity: Identity | None = Field(None, description="Groups of customers; null where no customers were read.")
    corrections: list[Corrected] = Field(
        default_factory=list, description="What plans were applied just before this run, by rule and outcome."
    )
    plans: list[PlanInfo] = Field(default_factory=list, description="Plans of corrections for this run, the newest last.")
    trend: list[Point] = Field(default_factory=list, description="Runs up to this one, oldest first.")

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
