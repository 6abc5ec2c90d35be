"""The corrections' part of ``recon doctor``: who would write, whether production is named, and which mapped fields may be written."""

from __future__ import annotations

from collections.abc import Iterator

from recon.config.settings import Settings
from recon.errors import ReconError
from recon.fix.door import Door
from recon.fix.planner import open_door, org_of
from recon.fix.target import REFERENCES, Place, Target
from recon.systems.base import Check
from recon.systems.salesforce.plan import applicable
from recon.systems.salesforce.settings import Settings as OrgSettings
from recon.systems.salesforce_api import soql
from recon.systems.salesforce_api.org import id18

CREATED = ("orders", "order_lines", "customers", "products", "prices", "refunds", "fulfillments", "returns", "companies", "subscriptions")
"""Canonical tables of which corrections make records."""


def examine(settings: Settings) -> Iterator[Check]:
    """All checks; writes nothing. Ends with the first one that makes the others moot."""
    try:
        door = open_door(settings)
    except ReconError as error:
        yield Check("fail", "credentials", error.message, error.hint)
        return
    try:
        yield from _org(settings, door)
        yield from _fields(settings, door)
    except ReconError as error:
        yield Check("fail", "credentials", error.message, error.hint)
    finally:
        door.close()


def _org(settings: Settings, door: Door) -> Iterator[Check]:
    system, org = org_of(settings)
    org_id, user_id, is_sandbox = door.identity()
    yield Check("ok", "user", f"Corrections would be written by the user {user_id}.")
    yield from _writer(org, system, user_id, door)
    if settings.fix.client_id is None:
        text = "Corrections use the same credentials as audits, so audits can write too."
        yield Check("warn", "user", text, "Make a second user and app for corrections, and name them under [fix].")
    named = org.production and org.org_id is not None and id18(org.org_id) == org_id
    if is_sandbox:
        yield Check("ok", "production", f"{org_id} is a sandbox.")
    elif named:
        yield Check("ok", "production", f"{org_id} is production, and recon.toml names it.")
    else:
        yield Check(
            "fail",
            "production",
            f"{org_id} is production, and recon.toml does not name it.",
            f'Set production = true and org_id = "{org_id}".',
        )


def _writer(org: OrgSettings, system: str, user_id: str, door: Door) -> Iterator[Check]:
    """What the user writes is the owner's value: unless recon.toml says so, audits tell it as a conflict of ownership."""
    if not org.mapping.writers:
        return
    record = next(iter(door.client.rows(f"SELECT Id, Name FROM User WHERE Id = {soql.literal(user_id)}")), {})
    name = str(record.get("Name") or user_id)
    named = {who.strip().lower() for who in org.mapping.writers}
    if named & {name.lower(), user_id.lower()}:
        yield Check("ok", "writers", f"Audits know {name} as a writer of the owners' values.")
    else:
        text = f"Corrections by {name} would be told as conflicts of ownership."
        yield Check("warn", "writers", text, f'Name it under [systems.{system}.mapping.writers], such as "{name}" = "shop".')


def _fields(settings: Settings, door: Door) -> Iterator[Check]:
    _, org = org_of(settings)
    target = Target(applicable(org.mapping, door.catalogue), door.catalogue, settings.fix)
    for entity in (*CREATED, "inventory_levels"):
        for place in target.places(entity):
            name = place.described.name
            if not place.described.updateable:
                yield Check("fail", f"{name}", f"The user may not change {name}.", "Give it Edit on the object, if it shall be corrected.")
                continue
            if entity in CREATED and not place.described.createable:
                yield Check(
                    "warn", f"{name}", f"The user may not make {name}.", "Give it Create on the object, if missing ones shall be made."
                )
            yield from _key(target, place)
            locked = _locked(target, place)
            if locked:
                text = f"{', '.join(locked)} of {name} cannot be written."
                yield Check("warn", f"{name}", text, "Give the user Edit on the fields, or leave them out; computed ones stay as they are.")
            else:
                yield Check("ok", f"{name}", "Every mapped field may be written.")
    if door.automation(["Order"]) is None:
        text = "Triggers and flows cannot be seen, so plans cannot say which will run."
        yield Check("warn", "automation", text, "Give the user View Setup and Configuration.")


def _key(target: Target, place: Place) -> Iterator[Check]:
    """Without a unique key nothing can be made."""
    if place.entity == "prices":
        return  # Salesforce itself keeps one entry per product, book and currency
    ids = {place.mapping.fields.get("external_id"), *place.mapping.external_ids.values()} - {None}
    specs = [spec for one in sorted(str(name) for name in ids) if (spec := place.described.field(one)) is not None]
    bad = [spec.name for spec in specs if not (spec.external_id and spec.unique)]
    if place.entity in CREATED and (bad or not specs):
        what = f"{', '.join(bad)} is not marked External ID and unique" if bad else "no external id is mapped"
        yield Check("warn", place.described.name, f"No {place.described.name} can be made: {what}.", "Mark the field, or map one.")


def _locked(target: Target, place: Place) -> list[str]:
    found = []
    for role, path in place.mapping.fields.items():
        spec = place.described.field(path) if "." not in path else None
        if spec is not None and not spec.updateable and (place.entity, role) not in REFERENCES and target.allowed(place.described, spec):
            found.append(spec.name)
    return sorted(set(found))
