"""The org's part of ``recon doctor``, and the few facts of an org that need a query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from recon.config.mapping import GENERIC_ID, ROLES, id_fields
from recon.config.mapping import Mapping as OrgMapping
from recon.errors import AuthError, ReconError
from recon.systems.base import Check
from recon.systems.salesforce import detect, plan, soql
from recon.systems.salesforce.auth import SKEW
from recon.systems.salesforce.client import Client
from recon.systems.salesforce.describe import Catalogue, Field, Object
from recon.systems.salesforce.errors import Refusal
from recon.systems.salesforce.settings import Settings

YEARS = 3
"""Age from which a pinned API version is worth a warning: versions are retired after about five years at the earliest"""
RELEASES = 3
"""API versions in a year: Spring, Summer, Winter"""


def organization(client: Client) -> dict[str, Any]:
    """The record of the org itself."""
    text = "SELECT Id, Name, TimeZoneSidKey, OrganizationType, IsSandbox, InstanceName FROM Organization"
    records = client.rows(text)
    if len(records) != 1:
        raise AuthError(
            f"{client.system}: the integration user cannot read the org's own record.",
            "Give it View Setup and Configuration.",
            system=client.system,
        )
    return records[0]


def currency(client: Client, catalogue: Catalogue) -> str | None:
    """The corporate currency of an org with several currencies; None where records carry none (the org has one, not told by the API)."""
    described = catalogue.object("CurrencyType")
    if described is None:
        return None
    records = client.rows("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true")
    return str(records[0]["IsoCode"]) if records else None


def other_org(system: str) -> AuthError:
    """The credentials belong to another org than recon.toml says."""
    return AuthError(
        f"{system}: the credentials belong to another org than org_id says.", "Correct url, the credentials or org_id.", system=system
    )


def run(settings: Settings, client: Client, catalogue: Catalogue) -> Iterator[Check]:
    """All checks; those that need a token end with the first one that fails."""
    yield from _versions(settings, client)
    try:
        yield from _org(settings, client)
    except AuthError as error:
        yield Check("fail", "credentials", error.message, error.hint)
        return
    yield from _clock(client)
    yield from _budget(client)
    mapping = plan.applicable(settings.mapping, catalogue)
    yield from _currency(settings, catalogue)
    yield from _mapping(mapping, catalogue)
    yield from _keys(mapping, catalogue)
    yield from _proposals(mapping, client, catalogue)


def _versions(settings: Settings, client: Client) -> Iterator[Check]:
    offered = sorted({str(entry.get("version")) for entry in client.versions()}, key=_number)
    pinned = settings.api_version
    if not offered:
        yield Check("fail", "api_version", "The org does not list its API versions.", "Check url: it must be the My Domain of the org.")
    elif pinned not in offered:
        yield Check("fail", "api_version", f"The org does not offer API version {pinned}.", f"It offers {offered[0]} to {offered[-1]}.")
    elif _number(offered[-1]) - _number(pinned) > YEARS * RELEASES:
        yield Check("warn", "api_version", f"API version {pinned} is more than {YEARS} years old.", f"The org offers up to {offered[-1]}.")
    else:
        yield Check("ok", "api_version", f"Version {pinned} is offered (up to {offered[-1]}).")


def _org(settings: Settings, client: Client) -> Iterator[Check]:
    record = organization(client)
    flow = "client credentials" if settings.client_secret else "JWT bearer"
    yield Check("ok", "credentials", f"An access token was minted ({flow}).")
    identity, sandbox = str(record["Id"]), record.get("IsSandbox") is True
    if settings.org_id is None:
        yield Check("warn", "org_id", "org_id is not set, so another org would not be noticed.", f'Add org_id = "{identity}".')
    elif identity[:15] != settings.org_id[:15]:
        error = other_org(client.system)
        yield Check("fail", "org_id", error.message, error.hint)
    else:
        yield Check("ok", "org_id", f"The org is {identity}.")
    if sandbox == settings.production:
        said, truth = ("true", "a sandbox") if sandbox else ("false", "a production org")
        yield Check(
            "warn", "production", f"production is {said}, but this is {truth}.", f"Set production = {'false' if sandbox else 'true'}."
        )


def _clock(client: Client) -> Iterator[Check]:
    skew = client.http.host.skew
    if skew is None:
        yield Check("warn", "clock", "The org does not tell its time.")
    elif abs(skew) > SKEW:
        yield Check("warn", "clock", f"This machine's clock is {abs(skew):.0f} seconds off.", "Set it; until then the org's clock is used.")
    else:
        yield Check("ok", "clock", "This machine's clock agrees with the org's.")


def _budget(client: Client) -> Iterator[Check]:
    try:
        limit = client.get("limits", needs="DailyApiRequests")["DailyApiRequests"]
    except Refusal:
        limit = None
    if isinstance(limit, dict):
        allowed, left = int(limit["Max"]), int(limit["Remaining"])
    elif client.usage:
        allowed, left = client.usage[1], client.usage[1] - client.usage[0]
    else:
        yield Check("warn", "api_calls", "The org does not tell its daily API calls.", "Give the user View Setup and Configuration.")
        return
    share = int(left * client.limits.api_share)
    text = f"{left:,} of {allowed:,} daily API calls are left; one run may use {share:,}."
    yield (
        Check("warn", "api_calls", text, "Run at another time, or raise limits.api_share.")
        if left < allowed / 10
        else Check("ok", "api_calls", text)
    )


def _currency(settings: Settings, catalogue: Catalogue) -> Iterator[Check]:
    described = catalogue.object("Order") or catalogue.object("Opportunity")
    if settings.currency is None and described is not None and described.field("CurrencyIsoCode") is None:
        text = "The org has one currency, and the API does not tell which."
        yield Check("warn", "currency", text, 'Set currency in recon.toml, such as currency = "EUR".')


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


def _proposals(mapping: OrgMapping, client: Client, catalogue: Catalogue) -> Iterator[Check]:
    """Candidates where a mapped object has no external id."""
    for table in detect.THINGS:
        items = [item for item in getattr(mapping, table) if not id_fields(item)]
        groups = []
        for item in items:
            described = catalogue.object(item.object)
            if described is not None:
                groups.append(detect.candidates(described, table, partial(_fill, client, described.name)))
        found = detect.best(groups)
        if found:
            text = f"No field is mapped as the shop's id; candidates: {'; '.join(str(one) for one in found)}."
            yield Check("warn", f"mapping.{table}.external_id", text, "If one of them is right, write it into the mapping as external_id.")


def _fill(client: Client, source: str, field: str) -> float | None:
    """Share of records in which a field is filled; None where it cannot be counted."""
    try:
        total = client.count(source)
        return client.count(source, f"{soql.name(field)} != null") / total if total else None
    except ReconError:
        return None


def _number(version: str) -> float:
    return float(version) if re.fullmatch(r"\d+\.\d", version) else 0.0
