"""The org's part of ``recon doctor``: the way in, and whether the mapping can be read."""

from __future__ import annotations

from collections.abc import Iterator

from recon.config.mapping import GENERIC_ID, ROLES, id_fields
from recon.config.mapping import Mapping as OrgMapping
from recon.systems.base import Check
from recon.systems.salesforce import plan, propose
from recon.systems.salesforce.settings import Settings
from recon.systems.salesforce_api import org
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.describe import Catalogue, Field, Object


def run(settings: Settings, client: Client, catalogue: Catalogue) -> Iterator[Check]:
    """All checks; those that need a token end with the first one that fails."""
    for check in org.run(settings, client):
        yield check
        if check.subject == "credentials" and check.level == "fail":
            return
    mapping = plan.applicable(settings.mapping, catalogue)
    yield from org.single_currency(settings, catalogue)
    yield from _mapping(mapping, catalogue)
    yield from _keys(mapping, catalogue)
    yield from propose.run(mapping, client, catalogue)


def _mapping(mapping: OrgMapping, catalogue: Catalogue) -> Iterator[Check]:
    lost = plan.not_covered(mapping, catalogue)
    for table, reason in lost.items():
        mapped = bool(getattr(mapping, table))
        if mapped or table in {"orders", "customers"}:
            yield Check("fail" if mapped else "warn", f"mapping.{table}", reason, "Correct the mapping, or give the user the permission.")
    gaps = list(plan.missing(mapping, catalogue))
    for gap in gaps:
        level = "fail" if gap.role.startswith("external_id") or gap.role == "where_field" else "warn"
        yield Check(level, f"mapping.{gap.table}.{gap.role}", gap.reason, "Correct the mapping or field-level security.")
    if not gaps and not any(getattr(mapping, table) for table in lost):
        yield Check("ok", "mapping", "Every mapped object and field can be read.")


def _keys(mapping: OrgMapping, catalogue: Catalogue) -> Iterator[Check]:
    """External ids must be marked so, and unique: else nothing stops an integration from making duplicates."""
    for table in ROLES:
        for item in getattr(mapping, table):
            described = catalogue.object(item.object)
            for system, name in id_fields(item).items() if described else ():
                found = described.field(name) if described else None
                if described is not None and found is not None and found.name.endswith("__c"):
                    role = system if system == GENERIC_ID else f"external_ids.{system}"
                    yield from _key(f"mapping.{table}.{role}", described, found)


def _key(subject: str, described: Object, field: Field) -> Iterator[Check]:
    lacks = [word for word, has in (("an External ID", field.external_id), ("unique", field.unique)) if not has]
    if lacks:
        text = f"{described.name}.{field.name} holds the shop's id but is not marked {' and '.join(lacks)}."
        yield Check("warn", subject, text, "Without it nothing stops duplicates, and recon fix cannot write by it.")
    if field.type == "double":
        text = f"{described.name}.{field.name} is a number; ids of 16 and more digits lose their last ones."
        yield Check("warn", subject, text, "Use a text field.")
