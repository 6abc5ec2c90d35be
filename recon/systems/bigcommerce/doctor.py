"""What ``recon doctor`` asks a store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recon.errors import ReconError
from recon.systems.base import Check, Window
from recon.systems.bigcommerce.streams import READINGS
from recon.systems.words import counted

if TYPE_CHECKING:
    from recon.systems.bigcommerce.extractor import Store

_SKEW = 60.0
_OPTIONAL = {"shipments", "transactions", "companies"}


def checks(store: Store) -> Iterator[Check]:
    """Credentials, what each scope opens, clock, quota and cost; no failure ends the list but the first."""
    try:
        found = store.store()
    except ReconError as error:
        yield Check("fail", "access", error.message, error.hint)
        return
    plan = found.get("plan_level") or found.get("plan_name") or "unknown"
    yield Check("ok", "access", f"Store {store.settings.store} answers ({found.get('name')}, plan {plan}).")
    if str(found.get("status") or "live") not in {"live", "pre-launch", "prelaunch"}:
        yield Check("warn", "store", f"The store's status is {found['status']}.", "A suspended store may answer only in part.")
    yield from _streams(store)
    yield _clock(store)
    yield _quota(store)
    yield from _cost(store)


def _streams(store: Store) -> Iterator[Check]:
    for reading in READINGS:
        name = reading.stream.name
        try:
            why = store.why_not(reading)
        except ReconError as error:
            yield Check("warn", f"stream {name}", error.message, error.hint)
            continue
        if not why:
            yield Check("ok", f"stream {name}", f"{reading.stream.title} can be read.")
        elif name in _OPTIONAL:
            yield Check("ok", f"stream {name}", f"Not read: {why}")
        else:
            yield Check("warn", f"stream {name}", f"Not readable: {why}", f"Create an API account with {reading.scope}; scopes are fixed.")


def _clock(store: Store) -> Check:
    try:
        there = store.time_there()
    except ReconError as error:
        return Check("warn", "clock", error.message, error.hint)
    if there is None:
        return Check("warn", "clock", "BigCommerce did not say what time it is, so the clocks could not be compared.")
    skew = abs((there - store.context.now()).total_seconds())
    if skew > _SKEW:
        return Check("warn", "clock", f"This machine's clock differs from BigCommerce's by {skew:,.0f} seconds.", "Synchronize the clock.")
    return Check("ok", "clock", "The clocks agree within a minute.")


def _quota(store: Store) -> Check:
    quota = store.client.quota
    if quota is None:
        return Check("warn", "quota", "Answers carry no quota, so the pace cannot be fitted to it.")
    return Check("ok", "quota", f"{quota[0]:,} of {quota[1]:,} requests are left in this window, which all apps of the store share.")


def _cost(store: Store) -> Iterator[Check]:
    window = Window(None, store.client.http.host.server_now())
    total, rows = 0, []
    for stream in store.streams():
        try:
            estimate = store.estimate(stream, window)
        except ReconError as error:
            yield Check("warn", f"stream {stream.name}", error.message, error.hint)
            continue
        total += estimate.calls
        if estimate.rows is not None:
            rows.append(f"{estimate.rows:,} {stream.name}")
    yield Check("ok", "cost", f"A full snapshot takes about {counted(total, 'call')} ({', '.join(rows)}).")
