"""Says which promise a carried-out plan broke, from four witnesses: plan, journal, the org's log of effects, and its final state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recon.fix.journal import standings
from recon.fix.plan import Change, Plan
from recon.fix.values import same


@dataclass(frozen=True)
class Effect:
    """One write that the org carried out."""

    user_id: str
    object: str
    id: str
    operation: str
    after: Mapping[str, Any]


Entries = list[dict[str, Any]]
State = Mapping[tuple[str, str], Mapping[str, Any]]
"""(object, id) → record as the org keeps it, deleted ones with IsDeleted = 1"""


def broken(plan: Plan, entries: Entries, effects: Iterable[Effect], state: State, *, ended: bool = True) -> list[str]:
    """Sentences about broken promises; none when all hold. ``ended``: the plan was carried to its end, so nothing may be open."""
    return list(_broken(plan, entries, [one for one in effects if one.user_id == plan.user_id], state, ended))


def _broken(plan: Plan, entries: Entries, effects: list[Effect], state: State, ended: bool) -> Iterator[str]:
    stand = standings(plan, entries)
    intended = {change for entry in entries if entry["event"] == "intent" for change in entry["changes"]}
    per_change: Counter[str] = Counter()
    for effect in effects:
        change = _change_of(plan, stand, effect)
        if change is None:
            yield f"W2: {effect.operation} {effect.object} {effect.id} was not planned"
            continue
        per_change[change.id] += 1
        if change.id not in intended:
            yield f"W4: {change.id} was written without an intent in the journal"
    for change in plan.changes:
        one = stand[change.id]
        if per_change[change.id] > 1:
            yield f"W5: {change.id} was written {per_change[change.id]} times"
        if one.result == "unknown" and ended:
            yield f"W5: the outcome of {change.id} is unknown"
        if one.result == "planned" and ended:
            yield f"W7: {change.id} was left open"
        if one.result == "done" and not per_change[change.id]:
            yield f"W4: {change.id} is done by the journal, and the org knows nothing of it"
        if one.result in {"skipped", "failed", "already", "planned"} and per_change[change.id]:
            yield f"W7: {change.id} was written, and the journal says {one.result}"
        if one.result == "done":
            yield from _final(plan, change, one.record_id or change.record_id or "", state, stand)


def _change_of(plan: Plan, stand: Mapping[str, Any], effect: Effect) -> Change | None:
    verbs = {"create": "insert", "update": "update", "delete": "delete"}
    for change in plan.changes:
        if change.object != effect.object or change.action != verbs[effect.operation]:
            continue
        sent = {one.field: _after(one, stand) for one in change.fields if not one.derived}
        types = {one.field: one.type for one in change.fields}
        if change.action == "delete":
            if change.record_id == effect.id:
                return change
        elif (
            _is_it(change, stand, effect)
            and set(effect.after) == set(sent)
            and all(same(types[name], _text(types[name], value), sent[name]) for name, value in effect.after.items())
        ):
            return change
    return None


def _is_it(change: Change, stand: Mapping[str, Any], effect: Effect) -> bool:
    if change.action == "insert":
        return True  # by its values, of which the key is one
    made = stand[change.made_by].record_id if change.made_by else None
    return effect.id in {change.record_id, made}


def _after(one: Any, stand: Mapping[str, Any]) -> str | None:
    return stand[one.made_by].record_id if one.made_by else one.after


def _text(kind: str, value: Any) -> str | None:
    if value is None:
        return None
    if kind == "boolean":
        return "true" if value in {1, "true"} else "false"
    return str(value)


def _final(plan: Plan, change: Change, record_id: str, state: State, stand: Mapping[str, Any]) -> Iterator[str]:
    record = state.get((change.object, record_id))
    if change.action == "delete":
        if record is not None and not record.get("IsDeleted"):
            yield f"W2: {change.id} says deleted, and the record is there"
        return
    if record is None:
        yield f"W4: {change.id} is done, and there is no record {record_id}"
        return
    later = {one.field for other in plan.changes if other.made_by == change.id for one in other.fields if stand[other.id].result == "done"}
    for one in change.fields:
        if one.field not in later and not same(one.type, _text(one.type, record.get(one.field)), _after(one, stand)):
            yield f"W4: {change.id} is done, and {one.field} holds another value"


def twins(plan: Plan, state: State) -> list[str]:
    """New records that are there more than once."""
    found = []
    for change in plan.changes:
        if change.action != "insert" or len(change.key) != 1:
            continue
        key = change.key[0]
        wanted = next(one.after for one in change.fields if one.field == key)
        held = [
            record
            for (name, _), record in state.items()
            if name == change.object and record.get(key) == wanted and not record.get("IsDeleted")
        ]
        if len(held) > 1:
            found.append(f"W6: {change.id} is in the org {len(held)} times")
    return found
