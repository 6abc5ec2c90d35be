"""What ``recon doctor`` asks a shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recon.errors import AuthError, ConfigError, ReconError
from recon.systems.base import Check, Window
from recon.systems.shopify.streams import ALL_ORDERS, ORDERS_DAYS, READINGS, WANTED_SCOPES
from recon.systems.words import counted

if TYPE_CHECKING:
    from recon.systems.shopify.extractor import Probe, Shop

_SKEW = 60.0
_SOON = timedelta(days=90)
_NEW_VERSION = "Release a version of the app with it, and install it again."


def checks(shop: Shop) -> Iterator[Check]:
    """Credentials, scopes, window of orders, protected data, version, clock and cost; no failure ends the list but the first."""
    try:
        found = shop.probe()
    except ReconError as error:
        subject = "credentials" if isinstance(error, AuthError | ConfigError) else "access"
        yield Check("fail", subject, error.message, error.hint)
        return
    plan = (found.shop.get("plan") or {}).get("publicDisplayName") or "unknown"
    yield Check("ok", "access", f"{shop.settings.shop} answers ({found.shop['name']}, plan {plan}).")
    yield from _scopes(found)
    yield _orders(found)
    yield from _version(shop, found)
    yield _clock(shop)
    yield from _protected(shop)
    yield from _cost(shop)


def _scopes(found: Probe) -> Iterator[Check]:
    if not found.scopes:
        yield Check("fail", "scopes", "The app is installed without any scope.", _NEW_VERSION)
        return
    for scope, what in WANTED_SCOPES.items():
        if scope == ALL_ORDERS:
            continue
        if scope in found.scopes:
            yield Check("ok", f"scope {scope}", f"Opens {what}.")
        else:
            yield Check("warn", f"scope {scope}", f"Not granted: {what} cannot be audited.", _NEW_VERSION)
    for scope in sorted(found.scopes):
        if scope.startswith("write_"):
            yield Check("warn", f"scope {scope}", "recon only reads, so this scope is one too many.", "Take it out of the app.")


def _orders(found: Probe) -> Check:
    subject = f"orders older than {ORDERS_DAYS} days"
    if ALL_ORDERS in found.scopes:
        return Check("ok", subject, f"{ALL_ORDERS} is granted: all orders can be read.")
    return Check(
        "warn",
        subject,
        f"{ALL_ORDERS} is not granted: Shopify leaves older orders out of every answer, and no rule will judge them.",
        "Ask for it in the app's API access settings, then release and install a version with it.",
    )


def _version(shop: Shop, found: Probe) -> Iterator[Check]:
    asked = shop.settings.api_version
    if not found.versions.get(asked, False):
        yield Check("fail", "API version", f"{asked} is not supported by Shopify any more.", "Update recon, and set api_version.")
        return
    ends = supported_until(asked)
    left = ends - shop.client.http.host.server_now()
    level = "warn" if left < _SOON else "ok"
    newest = max(version for version in found.versions if found.versions[version])
    yield Check(level, "API version", f"{asked} is supported until {ends:%Y-%m-%d} at least; the newest is {newest}.")


def supported_until(version: str) -> datetime:
    """Versions come out on the first day of a quarter at 17:00 UTC and are supported for twelve months (vendor's guide on versioning)."""
    year, month = (int(part) for part in version.split("-"))
    return datetime(year + 1, month, 1, 17, tzinfo=UTC)


def _clock(shop: Shop) -> Check:
    skew = shop.clock_skew
    if skew is None:
        return Check("warn", "clock", "Shopify's answers carry no date, so the clocks could not be compared.")
    if abs(skew) > _SKEW:
        return Check("warn", "clock", f"This machine's clock differs from Shopify's by {abs(skew):,.0f} seconds.", "Synchronize the clock.")
    return Check("ok", "clock", "The clocks agree within a minute.")


def _protected(shop: Shop) -> Iterator[Check]:
    try:
        denied = shop.protected()
    except ReconError as error:
        yield Check("warn", "protected customer data", error.message, error.hint)
        return
    if denied:
        yield Check(
            "warn",
            "protected customer data",
            f"Not readable: {', '.join(sorted(denied))}. These count as unknown, never as blank.",
            "Ask for protected customer data (name, email, phone, address) in the app's settings.",
        )
    else:
        yield Check("ok", "protected customer data", "Names, e-mail addresses, phones and addresses can be read.")


def _cost(shop: Shop) -> Iterator[Check]:
    window = Window(None, shop.client.http.host.server_now())
    total, rows = 0, []
    offered = {stream.name for stream in shop.streams()}
    for reading in READINGS:
        if reading.stream.name not in offered:
            continue
        try:
            estimate = shop.estimate(reading.stream, window)
        except ReconError as error:
            yield Check("warn", f"stream {reading.stream.name}", error.message, error.hint)
            continue
        total += estimate.calls
        if estimate.rows is not None:
            rows.append(f"{estimate.rows:,} {reading.stream.name}")
    yield Check("ok", "cost", f"A full snapshot takes about {counted(total, 'call')} ({', '.join(rows)}).")
