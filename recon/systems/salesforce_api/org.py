"""The few facts of an org that need a query, and what ``recon doctor`` asks of every org."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from recon.errors import AuthError, SourceError
from recon.systems.base import Check, SystemFacts
from recon.systems.salesforce_api.auth import SKEW
from recon.systems.salesforce_api.client import Client
from recon.systems.salesforce_api.describe import Catalogue
from recon.systems.salesforce_api.errors import Refusal
from recon.systems.salesforce_api.settings import OrgSettings

YEARS = 3
"""Age from which a pinned API version is worth a warning: versions are retired after about five years at the earliest"""
RELEASES = 3
"""API versions in a year: Spring, Summer, Winter"""


def facts(settings: OrgSettings, client: Client, catalogue: Catalogue, mapping: Mapping[str, Any] | None) -> SystemFacts:
    """Facts of the org. Raises AuthError when its id is not the one in recon.toml."""
    record = organization(client)
    account = id18(str(record["Id"]))
    if settings.org_id and id18(settings.org_id) != account:
        raise other_org(client.system)
    return SystemFacts(
        account_id=account,
        title=str(record.get("Name") or "Salesforce"),
        base_url=settings.url,
        record_url_template=f"{settings.url}/{{record_id}}",
        time_zone=record.get("TimeZoneSidKey"),
        currency=settings.currency or currency(client, catalogue),
        api_version=settings.api_version,
        tax_included=None,
        mapping=mapping,
    )


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


def run(settings: OrgSettings, client: Client) -> Iterator[Check]:
    """Version, credentials, org, clock and quota; the last check is a failure where there is no way in."""
    yield from _versions(settings, client)
    try:
        yield from _org(settings, client)
    except AuthError as error:
        yield Check("fail", "credentials", error.message, error.hint)
        return
    yield from _clock(client)
    yield from _budget(client)


def _versions(settings: OrgSettings, client: Client) -> Iterator[Check]:
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


def _org(settings: OrgSettings, client: Client) -> Iterator[Check]:
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


def single_currency(settings: OrgSettings, catalogue: Catalogue) -> Iterator[Check]:
    """Whether the currency of an org with only one is known."""
    described = catalogue.object("Order") or catalogue.object("Opportunity")
    if settings.currency is None and described is not None and described.field("CurrencyIsoCode") is None:
        text = "The org has one currency, and the API does not tell which."
        yield Check("warn", "currency", text, 'Set currency in recon.toml, such as currency = "EUR".')


def id18(text: str) -> str:
    """An id in its 18-character form: three more characters say which of the first 15 are upper case.

    Vendor source: Salesforce object reference, ID field type. Raises SourceError for text that is no id.
    """
    if len(text) not in {15, 18} or not text.isalnum():
        raise SourceError("A Salesforce id has 15 or 18 letters and digits.", "Correct it in recon.toml.")
    body = text[:15]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    tail = "".join(
        alphabet[sum(1 << bit for bit, char in enumerate(body[start : start + 5]) if "A" <= char <= "Z")] for start in (0, 5, 10)
    )
    return body + tail


def _number(version: str) -> float:
    return float(version) if re.fullmatch(r"\d+\.\d", version) else 0.0
