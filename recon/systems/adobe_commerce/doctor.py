"""What ``recon doctor`` asks a shop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recon.errors import ReconError
from recon.systems.adobe_commerce.streams import ALL, BY_SOURCE
from recon.systems.base import Check, Window
from recon.systems.words import counted

if TYPE_CHECKING:
    from recon.systems.adobe_commerce.extractor import Shop

_SKEW = 60.0


def checks(shop: Shop) -> Iterator[Check]:
    """Credentials, stores, rights, clock and cost; no failure ends the list but the first."""
    try:
        store = shop.store()
    except ReconError as error:
        yield Check("fail", "access", error.message, error.hint)
        return
    views = ", ".join(str(view.get("code")) for view in store.views)
    yield Check("ok", "access", f"The shop answers ({len(store.websites)} websites; store views {views}).")
    yield from _money(shop)
    yield from _rights(shop)
    yield _clock(shop)
    yield from _cost(shop)


def _money(shop: Shop) -> Iterator[Check]:
    codes = sorted({str(config.get("base_currency_code")) for config in shop.store().configs})
    what = "the website's base currency" if shop.settings.amounts == "base" else "the buyer's currency"
    yield Check("ok", "money", f"Orders are compared in {what}; base currencies: {', '.join(codes)}.")


def _rights(shop: Shop) -> Iterator[Check]:
    for reading in ALL:
        try:
            why = shop.why_not(reading)
        except ReconError as error:
            yield Check("warn", reading.stream.title, error.message, error.hint)
            continue
        if not why:
            yield Check("ok", reading.stream.title, "Can be read.")
        elif why in {reading.product, BY_SOURCE} or (not shop.settings.salable and "switched off" in why):
            yield Check("ok", reading.stream.title, f"Left out: {why}")
        else:
            hint = f"Tick {reading.right} under API of the integration." if reading.right else "Tick it under API of the integration."
            yield Check("warn", reading.stream.title, f"Not readable: {why}", hint)


def _clock(shop: Shop) -> Check:
    skew = shop.clock_skew
    if skew is None:
        return Check("warn", "clock", "The shop's answers carry no date, so the clocks could not be compared.")
    if abs(skew) > _SKEW:
        return Check(
            "warn", "clock", f"This machine's clock differs from the shop's by {abs(skew):,.0f} seconds.", "Synchronize the clock."
        )
    return Check("ok", "clock", "The clocks agree within a minute.")


def _cost(shop: Shop) -> Iterator[Check]:
    window = Window(None, shop.client.http.host.server_now())
    total, rows = 0, []
    for stream in shop.streams():
        try:
            estimate = shop.estimate(stream, window)
        except ReconError as error:
            yield Check("warn", f"stream {stream.name}", error.message, error.hint)
            continue
        total += estimate.calls
        if estimate.rows is not None and stream.name != "store":
            rows.append(f"{estimate.rows:,} {stream.name}")
    yield Check("ok", "cost", f"A full snapshot takes about {counted(total, 'call')} ({', '.join(rows)}).")
