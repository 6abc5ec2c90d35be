"""What ``recon doctor`` asks an instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recon.errors import ReconError
from recon.systems.base import Check, Stream, Window
from recon.systems.commerce_cloud.streams import FILES, INVENTORY, INVENTORY_LISTS, ORDERS, PRODUCTS

if TYPE_CHECKING:
    from recon.systems.commerce_cloud.extractor import Instance

_SKEW = 60.0
_OCAPI = "under Open Commerce API Settings (type Data)."
_RIGHTS = {
    ORDERS.name: "Give the API client the scope sfcc.orders and the role Salesforce Commerce API for this tenant.",
    PRODUCTS.name: "Give the API client the scope sfcc.products and the role Salesforce Commerce API for this tenant.",
    INVENTORY_LISTS.name: f"Allow GET of /inventory_lists to the API client {_OCAPI}",
    INVENTORY.name: f"Allow GET of /inventory_lists/*/product_inventory_records to the API client {_OCAPI}",
}


def checks(instance: Instance) -> Iterator[Check]:
    """Credentials, rights, files, clock and cost; no failure ends the list but the first."""
    try:
        instance.come_in()
    except ReconError as error:
        yield Check("fail", "access", error.message, error.hint)
        return
    if instance.settings.has_api or instance.settings.is_dav:
        yield Check("ok", "access", "Account Manager gives access tokens.")
    for stream in instance.wanted():
        yield _readable(instance, stream)
    if not any(stream in FILES for stream in instance.wanted()):
        yield Check(
            "warn", "customers", "Customers are not read: no API lists them all.", "Name a folder with exported customers in impex."
        )
    if instance.settings.has_api or instance.settings.is_dav:
        yield _clock(instance)
    yield from _cost(instance)


def _readable(instance: Instance, stream: Stream) -> Check:
    try:
        why = instance.why_not(stream)
    except ReconError as error:
        return Check("fail", stream.title, error.message, error.hint)
    if why:
        hint = "Let the merchant's export job write them there." if stream in FILES else _RIGHTS[stream.name]
        return Check("warn", stream.title, f"Not readable: {why}", hint)
    return Check("ok", stream.title, "Can be read.")


def _clock(instance: Instance) -> Check:
    skew = instance.clock_skew
    if skew is None:
        return Check("warn", "clock", "The answers carry no date, so the clocks could not be compared.")
    if abs(skew) > _SKEW:
        return Check(
            "warn", "clock", f"This machine's clock differs from the instance's by {abs(skew):,.0f} seconds.", "Synchronize the clock."
        )
    return Check("ok", "clock", "The clocks agree within a minute.")


def _cost(instance: Instance) -> Iterator[Check]:
    window = Window(None, instance.client.host.server_now())
    total, notes = 0, []
    try:
        for stream in instance.streams():
            estimate = instance.estimate(stream, window)
            total += estimate.calls
            notes.append(f"{stream.name}: {estimate.note}" if estimate.rows is None else f"{estimate.rows:,} {stream.name}")
    except ReconError as error:
        yield Check("warn", "cost", error.message, error.hint)
        return
    yield Check("ok", "cost", f"A full snapshot takes at least {total:,} calls ({'; '.join(notes)}).")
