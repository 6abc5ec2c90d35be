"""Findings of a run → a plan. Reads the warehouse that found them and the org as it is now; writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

from recon.audit import history
from recon.audit.result import OPEN_STATES, AuditResult, Finding
from recon.audit.rules import Rule, RuleSet
from recon.audit.rules import load as load_rules
from recon.config.settings import SEVERITIES, Settings
from recon.errors import PlanError, UsageError
from recon.fix import declared
from recon.fix.build import Builder
from recon.fix.declared import Declared, Desk, Want
from recon.fix.door import Door
from recon.fix.look import Look
from recon.fix.ours import Ours, written
from recon.fix.plan import Automation, Change, Plan, Question, canonical, sealed
from recon.fix.target import Target
from recon.snapshot.manifest import load as load_manifest
from recon.systems.base import Context
from recon.systems.salesforce.plan import applicable
from recon.systems.salesforce.settings import Settings as OrgSettings
from recon.warehouse.build import ensure
from recon.warehouse.engine import connect

_AUTOMATION = ("object", "kind", "name")


def org_of(settings: Settings) -> tuple[str, OrgSettings]:
    """The one org that can be corrected; UsageError where recon.toml has none or several."""
    found = [(name, one) for name, one in settings.systems.items() if isinstance(one, OrgSettings) and one.enabled]
    if len(found) != 1:
        raise UsageError(
            f"recon.toml has {len(found)} Salesforce orgs; corrections need exactly one.",
            "Name one under [systems.<name>] with kind salesforce.",
        )
    return found[0]


def open_door(settings: Settings) -> Door:
    """The org, opened for writing; sends nothing yet."""
    name, org = org_of(settings)
    fix = settings.fix
    if fix.client_id is not None:
        own = {"client_id": fix.client_id, "client_secret": fix.client_secret, "username": fix.username, "private_key": fix.private_key}
        org = type(org).model_validate({**org.model_dump(exclude={*own, "mapping"}), **own}).model_copy(update={"mapping": org.mapping})
    context = Context(name=name, now=lambda: datetime.now(UTC), sleep=sleep, limits=settings.limits)
    return Door(org, context, allow_duplicates=settings.fix.allow_duplicates)


def mapping_digest(settings: Settings) -> str:
    """Hash of everything in recon.toml that decides what a correction writes."""
    _, org = org_of(settings)
    facts = {
        "mapping": org.mapping.model_dump(mode="json"),
        "ownership": settings.ownership,
        "fix": settings.fix.model_dump(
            mode="json", include={"fields", "never", "values", "guest_account", "custom_item", "duplicate_field"}
        ),
    }
    return hashlib.sha256(canonical(facts)).hexdigest()[:16]


def rules_digest(settings: Settings, rule_ids: Sequence[str], rules: RuleSet | None = None) -> str:
    """Hash of rules, their corrections and what corrections share, as they are now."""
    texts = []
    if not rule_ids:
        return declared.digest([])  # such a plan depends on none of them
    known = {rule.id: rule for rule in (rules or load_rules(settings)).rules}
    for rule in (known[rule_id] for rule_id in sorted(rule_ids) if rule_id in known):
        found = declared.load(rule)
        texts += [(rule.id, rule.sql), *([(found.path.name, found.sql)] if found else [])]
    return declared.digest(texts)


def make(settings: Settings, question: Question, door: Door, *, run_id: str | None = None) -> Plan:
    """A plan for the open findings of a run (by default the newest) that the question asks for.

    Raises PlanError where the snapshot is of another org, UsageError where nothing of the kind was found.
    """
    result = history.load(settings.state_dir, run_id, limit=0)
    rules = load_rules(settings)
    findings = _asked(settings, result, question, rules)
    folder = settings.state_dir / "snapshots" / result.run.snapshot_ids[0]
    name, _ = org_of(settings)
    org_id, user_id, _ = door.identity()
    _same_org(folder, name, org_id)
    warehouse = ensure(folder, ownership=settings.owners, memory=settings.audit.memory)
    with connect(warehouse, memory=settings.audit.memory) as con:
        mapping = applicable(org_of(settings)[1].mapping, door.catalogue)
        target = Target(mapping, door.catalogue, settings.fix)
        desk = Desk(con)
        desk.lay_out(findings)
        look = Look(con, door, target, name)
        ours = Ours() if question.findings else written(settings.state_dir)
        builder = Builder(target, look, desk.wanted(), settings.fix, ours)
        used = _build(builder, desk, rules, findings, safe_only=question.safe_only)
        _drop_what_is_there(builder, door, findings)
        _drop_what_was_made_before(builder, findings)
        changes = builder.changes()
    runs = door.automation(sorted({change.object for change in changes}))
    return sealed(
        system=name,
        org_id=org_id,
        user_id=user_id,
        api_version=door.client.version,
        run_id=result.run.id,
        snapshot_id=result.run.snapshot_ids[0],
        data_as_of=result.run.as_of,
        rules_digest=rules_digest(settings, used, rules),
        mapping_digest=mapping_digest(settings),
        question=question,
        changes=changes,
        unplanned=tuple(sorted(builder.unplanned, key=lambda one: (one.rule, one.finding))),
        automation=None if runs is None else tuple(Automation.model_validate(dict(zip(_AUTOMATION, one, strict=True))) for one in runs),
        merges=tuple(sorted(builder.merges, key=lambda one: (one.rule, one.finding))),
    )


def _same_org(folder: Path, name: str, org_id: str) -> None:
    entry = next((system for system in load_manifest(folder).systems if system.name == name), None)
    if entry is None or entry.account_id != org_id:
        raise PlanError(f"The audited snapshot is not of the org that {name} leads to.", "Take a new snapshot and audit it: `recon run`.")


def _asked(settings: Settings, result: AuditResult, question: Question, rules: RuleSet) -> list[Finding]:
    """Open findings that fit, worst first."""
    wanted_rules = {rules.get(rule).id for rule in question.rules}
    severities = SEVERITIES[: SEVERITIES.index(question.severity) + 1] if question.severity else SEVERITIES
    found = []
    with history.opened(settings.state_dir) as store:
        for one in store.findings(result.run.id, result, "list_contains($states, f.state)", None, {"states": list(OPEN_STATES)}):
            named = not question.findings or any(one.finding_id.startswith(prefix) for prefix in question.findings)
            if named and (not wanted_rules or one.rule in wanted_rules) and one.severity in severities:
                found.append(one)
    unknown = [prefix for prefix in question.findings if not any(one.finding_id.startswith(prefix) for one in found)]
    if unknown:
        raise UsageError(f"There is no open finding {unknown[0]} in run {result.run.id}.", "See `recon findings` for their ids.")
    return found[: question.limit] if question.limit is not None else found


def _build(builder: Builder, desk: Desk, rules: RuleSet, findings: Sequence[Finding], *, safe_only: bool) -> list[str]:
    """Let every rule's correction speak; returns the rules that took part."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    spoken: list[tuple[Finding, list[Want], Declared]] = []
    for rule_id, some in sorted(by_rule.items()):
        rule = next((one for one in rules.rules if one.id == rule_id), None)
        correction = declared.load(rule) if rule is not None else None
        if correction is None:
            _no_correction(builder, rule, some)
            continue
        by_finding: dict[str, list[Want]] = {}
        for want in desk.wants(correction, some):
            by_finding.setdefault(want.finding_id, []).append(want)
        spoken += [(finding, by_finding.get(finding.finding_id, []), correction) for finding in some]
    builder.hold(want for _, wants, _ in spoken for want in wants)
    order = {finding.finding_id: place for place, finding in enumerate(findings)}
    again = []
    for finding, wants, correction in sorted(spoken, key=lambda item: order[item[0].finding_id]):
        if safe_only and any((want.safety or correction.header.safety) == "review" for want in wants):
            builder.refuse(finding, "review", "Only safe corrections were asked for, and this one is for a person to look at.")
        elif not builder.add(finding, wants, correction.header.safety):
            again.append((finding, wants, correction))
    for finding, wants, correction in again:  # an order whose price book entry a later finding takes into use
        builder.add(finding, wants, correction.header.safety)
    return sorted(by_rule)


def _no_correction(builder: Builder, rule: Rule | None, findings: Sequence[Finding]) -> None:
    if rule is None:
        what = "Its rule is not there any more."
    else:
        what = declared.left_alone().get(rule.id) or f"No correction is declared for this rule. {rule.header.remedy}"
    for finding in findings:
        builder.refuse(finding, "no_correction", what)


def _drop_what_is_there(builder: Builder, door: Door, findings: Sequence[Finding]) -> None:
    """New records that are in Salesforce already, since the snapshot was taken or under a link that nobody saw, are not planned."""
    known = {finding.finding_id: finding for finding in findings}
    by_object: dict[tuple[str, tuple[str, ...]], list[tuple[str, ...]]] = {}
    for key, draft in builder.drafts.items():
        if draft.action == "insert" and all(draft.fields[name].made_by is None for name in draft.unique):
            by_object.setdefault((draft.described.name, draft.unique), []).append(key)
    for (name, unique), keys in sorted(by_object.items()):
        values = [{one: builder.drafts[key].fields[one].after for one in unique} for key in keys]
        held = {tuple(_folded(record[one]) for one in unique) for record in door.matching(name, unique, values)}
        for key, wanted in zip(keys, values, strict=True):
            if key in builder.drafts and tuple(_folded(wanted[one]) for one in unique) in held:
                label = builder.drafts[key].label
                builder.drop(key, "there", f"{label} is in Salesforce already, under the id that it would get.", known)


def _drop_what_was_made_before(builder: Builder, findings: Sequence[Finding]) -> None:
    """A record that a plan made and that is not there any more was deleted by somebody, or lost its id: it is not made over and over."""
    known = {finding.finding_id: finding for finding in findings}
    for key, draft in list(builder.drafts.items()):
        values = tuple(draft.fields[name].after for name in draft.unique)
        made = builder.ours.made.get((draft.described.name, values)) if draft.action == "insert" else None
        if made is not None and key in builder.drafts:
            what = f"{made[1]} made {draft.label} before, and somebody deleted it or took its id"
            builder.drop(key, "came_back", f"{what}: find out who; --finding plans it all the same.", known)


def _folded(value: str | None) -> str:
    return (value or "").lower()


def describe(change: Change) -> Iterator[str]:
    """A change as a person reads it: a sign and what it is, then a line per field."""
    sign, verb = {"insert": ("+", "create"), "update": ("~", "change"), "delete": ("-", "delete")}[change.action]
    where = change.record_id or (f"made by {change.made_by}" if change.made_by else "new")
    yield f"{sign} {change.id} {verb} {change.object} {where}: {change.label} ({change.safety})"
    for one in change.fields:
        after = f"<id of {one.made_by}>" if one.made_by else one.after
        if change.action == "insert":
            yield f"    {one.field}: {_shown(after)}"
        elif change.action == "update":
            yield f"    {one.field}: {_shown(one.before)} → {_shown(after)}"


def _shown(value: str | None) -> str:
    return "(blank)" if value is None else value
