"""What must be true before a plan is written: right org and user, the same rules and mapping, fresh data, allowed fields, few enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from recon.config.settings import Settings
from recon.errors import PlanError, ReconError
from recon.fix.door import Door
from recon.fix.plan import Plan
from recon.fix.planner import mapping_digest, org_of, rules_digest
from recon.fix.target import Target
from recon.systems.salesforce.plan import applicable
from recon.systems.salesforce_api.org import id18


def check(plan: Plan, settings: Settings, door: Door, *, now: datetime, max_rows: int | None, resumed: bool = False) -> str:
    """Raise PlanError with the first reason why a plan must not be applied; returns the user's id.

    ``resumed``: a plan that was begun may be ended although it grew old meanwhile.
    """
    _before_asking(plan, settings, now=now, max_rows=max_rows, resumed=resumed)
    user_id = _the_org(plan, settings, door)
    for reason in _fields(plan, settings, door):
        raise PlanError(reason, "Make the plan again with `recon fix plan`.")
    return user_id


def _before_asking(plan: Plan, settings: Settings, *, now: datetime, max_rows: int | None, resumed: bool) -> None:
    name, _ = org_of(settings)
    if plan.system != name:
        raise PlanError(
            f"The plan is for the system {plan.system}, and recon.toml has {name}.", "Use the recon.toml that it was made with."
        )
    if plan.kind == "correction":
        if plan.mapping_digest != mapping_digest(settings):
            raise PlanError("The mapping, the owners or [fix] changed since the plan was made.", "Make it again with `recon fix plan`.")
        if plan.rules_digest != _rules(plan, settings):
            raise PlanError("Rules or corrections changed since the plan was made.", "Make it again with `recon fix plan`.")
        age = now - plan.data_as_of
        if age > timedelta(hours=settings.fix.max_age_hours) and not resumed:
            raise PlanError(
                f"The data behind the plan is {age.total_seconds() / 3600:.0f} hours old; {settings.fix.max_age_hours} are allowed.",
                "Run `recon run`, then make a new plan.",
            )
    allowed = max_rows if max_rows is not None else settings.fix.max_rows
    if len(plan.changes) > allowed:
        raise PlanError(
            f"The plan holds {len(plan.changes):,} changes, and {allowed:,} are allowed at once.",
            f"Say --max-rows {len(plan.changes)}, or make a smaller plan with --limit.",
        )


def _rules(plan: Plan, settings: Settings) -> str:
    used = sorted(
        {rule for change in plan.changes for rule in change.rules}
        | {one.rule for one in plan.unplanned}
        | {one.rule for one in plan.merges}
    )
    try:
        return rules_digest(settings, used)
    except ReconError:
        return ""


def _the_org(plan: Plan, settings: Settings, door: Door) -> str:
    _, org = org_of(settings)
    org_id, user_id, is_sandbox = door.identity()
    if org_id != plan.org_id:
        raise PlanError(f"The plan is for the org {plan.org_id}, and recon.toml leads to {org_id}.", "Correct url, or make a new plan.")
    if not is_sandbox and (not org.production or org.org_id is None or id18(org.org_id) != org_id):
        raise PlanError(
            f"The org {org_id} is a production org, and recon.toml does not name it.",
            f'Set production = true and org_id = "{org_id}" under [systems.{plan.system}] if it shall be written.',
        )
    if org.org_id is not None and id18(org.org_id) != org_id:
        raise PlanError(f"The org is {org_id}, and recon.toml expects {org.org_id}.", "Correct url or org_id.")
    if user_id != plan.user_id:
        raise PlanError("The plan was made as another user of the org than the one who would write now.", "Make it again as this user.")
    return user_id


def _fields(plan: Plan, settings: Settings, door: Door) -> Iterator[str]:
    """Reasons why the org would not take the plan: fields off the list, or keys that do not keep records apart."""
    _, org = org_of(settings)
    target = Target(applicable(org.mapping, door.catalogue), door.catalogue, settings.fix)
    checked: set[tuple[str, str, str]] = set()
    for change in plan.changes:
        described = door.catalogue.object(change.object)
        if described is None:
            yield f"The org does not show the object {change.object} any more."
            continue
        for one in change.fields if change.action != "delete" else ():
            if (change.object, change.action, one.field) in checked:
                continue
            checked.add((change.object, change.action, one.field))
            spec = described.field(one.field)
            if spec is None or not (spec.createable if change.action == "insert" else spec.updateable):
                yield f"{change.object}.{one.field} cannot be written by this user."
            elif plan.kind == "correction" and not target.allowed(described, spec):
                yield f"{change.object}.{one.field} is not on the list of fields that corrections may write."
        if change.action == "insert" and len(change.key) == 1:
            key = described.field(change.key[0])
            if key is None or not (key.external_id and key.unique):
                yield f"{change.object}.{change.key[0]} is not marked External ID and unique any more."
