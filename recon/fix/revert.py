"""Taking a plan back: a plan of its own that restores before-images and deletes what we inserted, last things first.

What is no longer as we left it is skipped when the revert is applied, and so is a record of ours on which others came to hang.
"""

from __future__ import annotations

from collections.abc import Mapping

from recon.config.forgotten import FORGOTTEN
from recon.errors import PlanError
from recon.fix.journal import Standing
from recon.fix.plan import Change, FieldChange, Plan, Question, Unplanned, sealed
from recon.fix.values import same


def make(plan: Plan, standings: Mapping[str, Standing]) -> Plan:
    """The plan that takes back what a plan did; PlanError where it did nothing, or nobody knows what it did."""
    if plan.kind == "revert":
        raise PlanError(f"{plan.id} takes another plan back itself.", "Make a new plan with `recon fix plan` instead.")
    if any(one.result == "unknown" for one in standings.values()):
        raise PlanError(f"The outcome of some changes of {plan.id} is unknown.", "Run `recon fix resume` first.")
    done = [change for change in plan.changes if standings[change.id].result == "done"]
    if not done:
        raise PlanError(f"{plan.id} changed nothing, so there is nothing to take back.", "See `recon fix status`.")
    lost = [change for change in done if _is_forgotten(change, standings[change.id])]
    done = [change for change in done if change not in lost]
    if not done:
        raise PlanError(f"All that {plan.id} changed belongs to persons who were forgotten.", "What was there before is not kept any more.")
    top = max(change.level for change in done)
    order = sorted(done, key=lambda one: (top - one.level, one.object, one.action, one.group, one.id))
    names = {change.id: f"c{number:04d}" for number, change in enumerate(order, 1)}
    children: dict[str, list[str]] = {change.id: [] for change in done}
    for change in done:
        for parent in change.depends:
            children.get(parent, []).append(names[change.id])
    changes = tuple(_undo(change, standings, names[change.id], top - change.level, children[change.id]) for change in order)
    return sealed(
        kind="revert", reverts=plan.id, system=plan.system, org_id=plan.org_id, user_id=plan.user_id, api_version=plan.api_version,
        run_id=plan.run_id, snapshot_id=plan.snapshot_id, data_as_of=plan.data_as_of, rules_digest=plan.rules_digest,
        mapping_digest=plan.mapping_digest, question=Question(), changes=changes,
        unplanned=(*_not_ours(plan, standings), *(_unplanned(change, "forgotten", _LOST) for change in lost)),
    )  # fmt: skip


def _undo(change: Change, standings: Mapping[str, Standing], name: str, level: int, children: list[str]) -> Change:
    one = standings[change.id]
    record_id = change.record_id or one.record_id
    left = one.after or {field.field: _written(field, standings) for field in change.fields}
    insert = change.action == "insert"
    group = str(record_id) if change.group.startswith("c") else change.group
    fields = tuple(
        FieldChange(
            field=field.field,
            type=field.type,
            before=left.get(field.field),
            after=None if insert else one.before.get(field.field, field.before),
        )
        for field in change.fields
        if not FORGOTTEN.search(left.get(field.field) or "")
        and (insert or not same(field.type, left.get(field.field), one.before.get(field.field, field.before)))
    )
    return Change(
        id=name, level=level, action="delete" if insert else "update", object=change.object, entity=change.entity, record_id=record_id,
        label=change.label, fields=fields, group=group, depends=tuple(sorted(children)),
        safety=change.safety, rules=change.rules, findings=change.findings,
    )  # fmt: skip


_LOST = "It held values of a person who was forgotten, so that what was there before cannot be brought back."


def _is_forgotten(change: Change, one: Standing) -> bool:
    """Whether the before-image of an update was taken out by `recon forget`; what was inserted can always be deleted by its id."""
    if change.action == "insert":
        return False
    values = [value for field in change.fields for value in (field.before, field.after)]
    return any(value and FORGOTTEN.search(value) for value in [*values, *one.before.values(), *(one.after or {}).values()])


def _unplanned(change: Change, code: str, reason: str) -> Unplanned:
    finding = change.findings[0] if change.findings else ""
    return Unplanned(finding=finding, rule=change.rules[0] if change.rules else "", label=change.label, code=code, reason=reason)


def _written(field: FieldChange, standings: Mapping[str, Standing]) -> str | None:
    return standings[field.made_by].record_id if field.made_by else field.after


def _not_ours(plan: Plan, standings: Mapping[str, Standing]) -> tuple[Unplanned, ...]:
    """What the plan never did cannot be taken back; said once per finding."""
    told: dict[str, Unplanned] = {}
    for change in plan.changes:
        if standings[change.id].result != "done":
            for finding in change.findings:
                rule = change.rules[0] if change.rules else ""
                reason = "A change for it was not carried out, so it is not taken back."
                told.setdefault(finding, Unplanned(finding=finding, rule=rule, label=change.label, code="not_done", reason=reason))
    return tuple(told[key] for key in sorted(told))
