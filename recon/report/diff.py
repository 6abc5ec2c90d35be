"""What changed between two runs, as one object for the terminal and for machines: ``recon.diff/1``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

from pydantic import Field

from recon.audit import compare
from recon.audit import result as audit
from recon.config.settings import SEVERITIES, Settings, Severity
from recon.errors import ExitCode
from recon.report import mask
from recon.report.model import Finding, Money, Outcome, Part
from recon.report.result import amounts_of, finding_converter
from recon.report.words import Words, iso, join, plain_amount, plural

LISTED = compare.LISTED

SCHEMA: Literal["recon.diff/1"] = "recon.diff/1"

_WORDS = {
    "new": "new",
    "updated": "changed",
    "no_longer_waived": "no longer waived",
    "resolved": "resolved",
    "waived": "waived since",
    "not_compared": "could not be compared",
    "unchanged": "unchanged",
    "still_waived": "still waived",
}
"""How a change is called on a terminal."""


class Side(Part):
    """One of the two runs."""

    run_id: str
    started_at: str | None
    as_of: str | None
    outcome: Outcome


class Group(Part):
    """Findings of one change."""

    count: int
    severities: dict[str, int] = Field(default_factory=dict)
    amounts_before: list[Money] = Field(default_factory=list, description="In the first run, per currency; waived ones left out.")
    amounts_after: list[Money] = Field(default_factory=list, description="In the second run.")


class FieldChange(Part):
    """One value that is another in the second run: a field of a difference on one of its sides, or the amount, currency or severity."""

    field: str
    side: Literal["shop", "salesforce"] | None = None
    before: str | None
    after: str | None


class Item(Part):
    """One finding; ``finding`` is as the second run has it, or the first where it is gone."""

    change: compare.Change
    finding: Finding
    state_before: str | None = None
    state_after: str | None = None
    fields: list[FieldChange] = Field(default_factory=list, description="What is another, for those that were updated.")
    reason: str | None = Field(None, description="Why it could not be compared.")


class Blind(Part):
    """What one of the runs could not say."""

    run_id: str
    rule: str
    systems: list[str] = Field(default_factory=list, description="Systems it is about; empty: all.")
    reason: str
    findings: int = Field(description="Findings of the other run of which nobody knows.")


class Diff(Part):
    """Everything about two runs."""

    schema_: Literal["recon.diff/1"] = Field(SCHEMA, alias="schema")
    before: Side
    after: Side
    exit_code: int
    personal_data: Literal["masked", "shown"]
    groups: dict[compare.Change, Group]
    items: list[Item] = Field(description="Worst first within each change; unchanged ones are only counted.")
    blind: list[Blind]
    asked_differently: list[str] = Field(description="Rules that asked something else, or with other parameters.")


def build(
    settings: Settings,
    before: str | None = None,
    after: str | None = None,
    *,
    fail_on: str | None = None,
    limit: int | None = None,
    show_personal: bool | None = None,
) -> Diff:
    """Compare two runs; see :func:`recon.audit.compare.compare` for how they are named and what it raises."""
    shown = settings.report.show_personal_data if show_personal is None else show_personal
    found = compare.compare(settings.state_dir, before, after, limit=limit)
    return Diff(
        before=_side(found.before),
        after=_side(found.after),
        exit_code=int(_exit_code(found, fail_on or settings.audit.fail_on)),
        personal_data="shown" if shown else "masked",
        groups={total.change: _group(total) for total in found.totals},
        items=list(_items(found, shown=shown)),
        blind=[Blind(**{**vars(one), "systems": list(one.systems)}) for one in found.blind],
        asked_differently=list(found.asked_differently),
    )


def _side(run: audit.AuditResult) -> Side:
    return Side(run_id=run.run.id, started_at=iso(run.run.started_at), as_of=iso(run.run.as_of), outcome=run.verdict.outcome)


def _exit_code(found: compare.Comparison, fail_on: str) -> ExitCode:
    """3 beats 1: what could not be compared must not look like a comparison."""
    if found.blind:
        return ExitCode.NO_VERDICT
    worst = found.worst()
    bad = worst is not None and SEVERITIES.index(worst) <= SEVERITIES.index(fail_on)
    return ExitCode.FINDINGS if bad else ExitCode.CLEAN


def _group(total: compare.Total) -> Group:
    return Group(
        count=total.count,
        severities={name: total.severities[name] for name in SEVERITIES if name in total.severities},
        amounts_before=amounts_of(total.before),
        amounts_after=amounts_of(total.after),
    )


def _items(found: compare.Comparison, *, shown: bool) -> Iterator[Item]:
    first, second = (finding_converter(run, show_personal=shown) for run in (found.before, found.after))
    for one in found.changed:
        if one.after is not None:
            finding = second(one.after)
        elif one.before is not None:
            finding = first(one.before)
        else:
            continue
        yield Item(
            change=one.change,
            finding=finding,
            state_before=one.before.state if one.before else None,
            state_after=one.after.state if one.after else None,
            fields=_fields(one.before, one.after, shown=shown) if one.change == "updated" and one.before and one.after else [],
            reason=one.reason,
        )


def _fields(before: audit.Finding, after: audit.Finding, *, shown: bool) -> list[FieldChange]:
    """What is another; a difference that only one of the runs had counts with both of its sides."""
    then, now = ({entry.field: entry for entry in item.diff} for item in (before, after))
    made = [
        FieldChange(field=name, side=side, before=getattr(then.get(name), side, None), after=getattr(now.get(name), side, None))
        for name in [*now, *(name for name in then if name not in now)]
        for side in ("shop", "salesforce")
    ]
    if not then and not now:
        made.append(FieldChange(field="amount", before=_amount(before), after=_amount(after)))
    made += [FieldChange(field=name, before=getattr(before, name), after=getattr(after, name)) for name in ("severity", "confidence")]
    made.append(FieldChange(field="related", before=_related(before), after=_related(after)))
    changed = [one for one in made if one.before != one.after]
    if not changed:
        changed = [FieldChange(field="amount", before=_amount(before), after=_amount(after))]
    return changed if shown else _masked(changed)


def _amount(item: audit.Finding) -> str | None:
    return f"{plain_amount(item.amount, item.currency)} {item.currency or ''}".strip() if item.amount is not None else None


def _related(item: audit.Finding) -> str | None:
    return ", ".join(f"{other.system} {other.record_id}" for other in item.related) or None


def _masked(changes: Sequence[FieldChange]) -> list[FieldChange]:
    """Values that look the same when masked are told apart by numbers."""
    known = mask.told_apart(mask.known_values((one.field, value) for one in changes for value in (one.before, one.after) if value))

    def cover(field: str, value: str | None) -> str | None:
        return None if value is None else known.get(value) or str(mask.anything(field, value, known))

    return [one.model_copy(update={"before": cover(one.field, one.before), "after": cover(one.field, one.after)}) for one in changes]


def sentences(diff: Diff, locale: str) -> list[str]:
    """Lines for stderr: what came and went, with money per currency, and what cannot be said."""
    words = Words(locale)
    said = ["", f"From {_named(diff.before)} to {_named(diff.after)}:"]
    for change in get_args(compare.Change):
        group = diff.groups[change]
        if group.count or change in {"new", "updated", "resolved", "unchanged"}:
            said.append(f"  {words.number(group.count):>7}  {_WORDS[change]}{_severities(group, words)}{_money(change, group, words)}")
    said += [f"  could not compare: {one}" for one in _blind_lines(diff.blind, words)]
    if diff.asked_differently:
        names = diff.asked_differently[:3] + ([f"{len(diff.asked_differently) - 3} more"] if len(diff.asked_differently) > 3 else [])
        said.append(f"  {join(names)} did not ask the same in both runs: the rule or its parameters were changed.")
    return [*said, ""]


def _named(side: Side) -> str:
    return f"run {side.run_id} (as of {side.as_of or 'unknown'})"


def _severities(group: Group, words: Words) -> str:
    return f": {join(f'{words.number(count)} {name}' for name, count in group.severities.items())}" if group.severities else ""


def _money(change: str, group: Group, words: Words) -> str:
    before, after = words.sums(group.amounts_before), words.sums(group.amounts_after)
    if change == "updated" and before != after:
        return f"; {join(before) or 'nothing'} before, {join(after) or 'nothing'} now"
    either = after or before
    return f"; {join(either)}" if either else ""


def _blind_lines(blind: Iterable[Blind], words: Words) -> Iterator[str]:
    """One line per run and reason: a system that was down takes many rules with it."""
    grouped: dict[tuple[str, str], list[Blind]] = {}
    for one in blind:
        grouped.setdefault((one.run_id, one.reason), []).append(one)
    for (run_id, reason), same in grouped.items():
        rules = list(dict.fromkeys(one.rule for one in same))
        names = rules if len(rules) <= 4 else [*rules[:3], f"{len(rules) - 3} more rules"]
        count = sum(one.findings for one in same)
        left = f" That leaves {words.number(count)} {plural(count, 'finding')} open." if count else ""
        yield f"{join(names)} in {run_id}: {reason}{left}"


def rows(diff: Diff) -> Iterator[tuple[str, Severity, str, str, str]]:
    """Lines of the table: change, severity, finding, rule, and what is to be said."""
    for item in diff.items:
        changes = "; ".join(f"{one.field}{_of(one)} {one.before or 'empty'} → {one.after or 'empty'}" for one in item.fields)
        text = f"{item.finding.message} ({changes})" if changes else item.finding.message
        yield _WORDS[item.change], item.finding.severity, item.finding.finding_id, item.finding.rule, text


def _of(one: FieldChange) -> str:
    return f" in {'the shop' if one.side == 'shop' else 'Salesforce'}" if one.side else ""
