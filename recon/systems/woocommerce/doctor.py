"""What ``recon doctor`` asks a site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recon.errors import ReconError
from recon.systems.base import Check
from recon.systems.woocommerce import streams

if TYPE_CHECKING:
    from recon.systems.woocommerce.extractor import Probe, Site

_SKEW = 60.0
_LISTS = {
    "orders": {"status": "any"},
    "customers": {"role": "all"},
    "products": {"status": "any"},
    "coupons": {},
    "taxes": {},
}


def checks(site: Site) -> Iterator[Check]:
    """Address, key, version, storage, what the key opens, clock; nothing ends the list but a site that does not answer."""
    from recon.systems.woocommerce.extractor import OLDEST

    try:
        found = site.probe
    except ReconError as error:
        yield Check("fail", "access", error.message, error.hint)
        return
    yield Check("ok", "access", f"{site.settings.url} answers (WooCommerce {found.version}, WordPress {found.wordpress}).")
    if site.settings.signed:
        yield Check("warn", "transport", "Requests are signed but not encrypted.", "Use https:// if the site offers it.")
    if site.settings.keys_in_query:
        yield Check("warn", "transport", "The key stands in every address, so also in the host's logs.", "Let Authorization headers pass.")
    if found.number and found.number < OLDEST:
        yield Check("fail", "version", f"WooCommerce {found.version} is older than 8.2, the oldest that is read.", "Update WooCommerce.")
    yield from _offers(found)
    yield from _opened(site)
    yield _clock(site)


def _offers(found: Probe) -> Iterator[Check]:
    yield Check("ok", "storage", f"Orders are stored {'in tables of their own (HPOS)' if found.hpos else 'as posts'}.")
    one_by_one = [
        what
        for route, what in ((streams.ALL_REFUNDS, "refunds order by order"), (streams.ALL_VARIATIONS, "variations product by product"))
        if not found.has(route)
    ]
    if one_by_one:
        yield Check("ok", "version", f"This version offers {' and '.join(one_by_one)} only, which takes more calls.")


def _opened(site: Site) -> Iterator[Check]:
    for route, params in _LISTS.items():
        try:
            total = site.client.total(route, params)
        except ReconError as error:
            yield Check("fail", route, error.message, error.hint)
            continue
        if total is None:
            yield Check("warn", route, "Answers carry no totals, so completeness cannot be compared with them.", "Let X-WP-Total pass.")
        else:
            yield Check("ok", route, f"{total:,} can be read.")


def _clock(site: Site) -> Check:
    skew = site.clock_skew
    if skew is None:
        return Check("warn", "clock", "The site's answers carry no date, so the clocks could not be compared.")
    if abs(skew) > _SKEW:
        return Check(
            "warn", "clock", f"This machine's clock differs from the site's by {abs(skew):,.0f} seconds.", "Synchronize the clock."
        )
    return Check("ok", "clock", "The clocks agree within a minute.")
