"""One WooCommerce site as recon reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from recon.errors import SourceError
from recon.systems.base import By, Check, Chunk, Context, Estimate, Look, Proof, Stream, SystemFacts, Window, fewer
from recon.systems.exact import dump
from recon.systems.woocommerce import again, doctor, streams
from recon.systems.woocommerce.client import NAMESPACE, Client, Missing
from recon.systems.woocommerce.gaps import Gaps
from recon.systems.woocommerce.settings import Settings
from recon.systems.woocommerce.walk import Pager, Pass, Place, walk
from recon.systems.words import counted

OLDEST = (8, 2)
"""Oldest version of WooCommerce that is read."""

_LOOKED_UP = 20
_PARENTS = 10
_METHOD = "every page in the order of ids, and the shop's own totals"


@dataclass(frozen=True)
class Probe:
    """What the site says of itself."""

    name: str
    time_zone: str | None
    version: str
    wordpress: str
    hpos: bool
    currency: str | None
    decimals: int | None
    tax_included: bool | None
    routes: Mapping[str, Any]

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers; empty where it is not known."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:2])

    def has(self, route: str) -> bool:
        """Whether the API offers a route."""
        return route in self.routes

    def statuses(self) -> list[str]:
        """Statuses of orders that the API accepts in filters."""
        for endpoint in (self.routes.get("/wc/v3/orders") or {}).get("endpoints") or ():
            status = (endpoint.get("args") or {}).get("status") if isinstance(endpoint.get("args"), dict) else None
            if "GET" in endpoint.get("methods", ()) and status:
                return list((status.get("items") or {}).get("enum") or ())
        return []


class Site:
    """Reads one site; see :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.client = Client(settings, context)

    # -- the account -------------------------------------------------------------------------------------

    @cached_property
    def probe(self) -> Probe:
        """Ask once what this site is; AuthError where the key opens nothing."""
        site = self.client.index(fields="name,timezone_string,gmt_offset,namespaces")
        if not isinstance(site, dict) or NAMESPACE not in (site.get("namespaces") or ()):
            raise SourceError(
                f"{self.context.name}: the site answers without WooCommerce's API.",
                "Check url, and that the WooCommerce plugin is active there.",
                system=self.context.name,
            )
        status = _object(self.client.get("system_status", {"_fields": "environment,settings"}).data)
        environment, settings = (_object(status.get(key)) for key in ("environment", "settings"))
        return Probe(
            name=str(site.get("name") or ""),
            time_zone=_zone(site),
            version=str(environment.get("version") or ""),
            wordpress=str(environment.get("wp_version") or ""),
            hpos=bool(settings.get("HPOS_enabled")),
            currency=settings.get("currency"),
            decimals=settings.get("number_of_decimals"),
            tax_included=self._tax_included(),
            routes=_object(_object(self.client.index(NAMESPACE)).get("routes")),
        )

    def _tax_included(self) -> bool | None:
        """Whether prices are entered with tax; a site without taxes does not offer the setting."""
        try:
            found = _object(self.client.get("settings/tax/woocommerce_prices_include_tax", {"_fields": "id,value"}).data)
        except Missing:
            return None
        return {"yes": True, "no": False}.get(str(found.get("value")))

    def facts(self) -> SystemFacts:
        """Facts of the site. Records of each kind have a page of another form, so the template has a line for each."""
        found = self.probe
        if found.number and found.number < OLDEST:
            raise SourceError(
                f"{self.context.name}: WooCommerce {found.version} is older than 8.2, the oldest that is read.",
                "Update WooCommerce.",
                system=self.context.name,
            )
        post = "post.php?action=edit&post="
        pages = {
            "orders": "admin.php?page=wc-orders&action=edit&id=" if found.hpos else post,
            "products": post,
            "customers": "user-edit.php?user_id=",
        }
        template = "\n".join(f"{kind} {self.settings.url}/wp-admin/{page}{{record_id}}" for kind, page in pages.items())
        return SystemFacts(
            account_id=re.sub(r"^https?://", "", self.settings.url),
            title=self.settings.title or found.name or self.context.name,
            base_url=self.settings.url,
            record_url_template=template,
            time_zone=found.time_zone,
            currency=found.currency,
            api_version=f"{NAMESPACE} ({found.version or 'unknown'})",
            tax_included=found.tax_included,
        )

    def streams(self) -> tuple[Stream, ...]:
        """What this version and its plugins offer."""
        found = self.probe
        return (
            streams.ORDERS,
            streams.REFUNDS if found.has(streams.ALL_REFUNDS) else streams.REFUNDS_BY_ORDER,
            streams.CUSTOMERS,
            streams.PRODUCTS,
            streams.VARIATIONS if found.has(streams.ALL_VARIATIONS) else streams.VARIATIONS_BY_PRODUCT,
            streams.COUPONS,
            streams.TAXES,
            *((streams.SUBSCRIPTIONS,) if found.has(streams.ALL_SUBSCRIPTIONS) else ()),
        )

    def not_covered(self) -> Mapping[str, str]:
        """Tables that WooCommerce, or this site, does not fill."""
        if self.probe.has(streams.ALL_SUBSCRIPTIONS):
            return streams.NEVER
        return {**streams.NEVER, "subscriptions": "The plugin WooCommerce Subscriptions is not active on this site."}

    def absent(self) -> Collection[str]:
        """All of it: nothing of it is there, whoever asks."""
        return {*self.not_covered(), *streams.UNREADABLE, "orders.authorized"}

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.client.http.calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which the site's clock is ahead of ours."""
        return self.client.http.host.skew

    def close(self) -> None:
        """Give the connections back."""
        self.client.http.close()

    def checks(self) -> Iterator[Check]:
        """The site's part of ``recon doctor``."""
        yield from doctor.checks(self)

    # -- which lists ---------------------------------------------------------------------------------------

    def passes(self, stream: Stream, window: Window) -> list[Pass]:
        """The lists that make up a stream."""
        since = self._since(stream, window)
        if stream.name == "orders":
            known = self.probe.statuses()
            wanted = [status for status in streams.UNSEEN_STATUSES if status in known or not known]
            # A plugin may keep its status out of ``any``. A full read finds that out by the shop's report; changes are asked for by name.
            plugins = [status for status in known if status not in streams.KNOWN_STATUSES] if since else []
            return [Pass(status, "orders", {"status": status, **since}) for status in (*wanted, *plugins, "any")]
        if stream.name == "products":
            return [Pass(status, "products", {"status": status}) for status in ("any", "trash")]
        if stream.name == "customers":
            return [Pass("all", "customers", {"role": "all"})]
        if stream.name == "subscriptions":
            return [Pass("any", "subscriptions", {"status": "any"})]
        return [Pass("all", stream.name, {})]

    def parents(self, stream: Stream, window: Window) -> tuple[list[Pass], Callable[[Mapping[str, Any]], list[int]], str] | None:
        """For a stream that is only offered below its parents: their lists, the ids a parent promises, and the route below it."""
        if stream.source == streams.REFUNDS_BY_ORDER.source:
            common = {"_fields": "id,refunds", **self._since(stream, window)}
            lists = [Pass(status, "orders", {"status": status, **common}) for status in ("trash", *self._beside_any, "any")]
            return lists, _refund_ids, "orders/{}/refunds"
        if stream.source == streams.VARIATIONS_BY_PRODUCT.source:
            lists = [Pass("any", "products", {"status": "any", "_fields": "id,variations"})]
            return lists, lambda record: list(record.get("variations") or ()), "products/{}/variations"
        return None

    @cached_property
    def _beside_any(self) -> list[str]:
        """Statuses of plugins whose orders ``any`` may leave out."""
        return self._hidden({"lists": {"any": {"found": self.client.total("orders", {"status": "any"}) or 0}}})

    def _since(self, stream: Stream, window: Window) -> dict[str, str]:
        """Changes from a moment on. The filter leaves the moment itself out; only UTC without a Z is understood rightly everywhere."""
        if window.since is None or not stream.has_delta:
            return {}
        since = window.since.astimezone(UTC) - timedelta(seconds=1)
        return {"modified_after": since.strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true"}

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """A call or two: the totals that stand in the headers."""
        below = self.parents(stream, window)
        lists = below[0] if below else self.passes(stream, window)
        totals = [self.client.total(todo.route, {key: value for key, value in todo.params.items() if key != "_fields"}) for todo in lists]
        rows = None if None in totals else sum(total or 0 for total in totals)
        calls = sum((total or 0) // self.settings.page_size + 1 for total in totals)
        if below:
            return Estimate(None, calls, "and a call for each order with refunds, or each product with variations")
        if stream.name == "orders" and window.since is None and self.settings.look_up:
            return Estimate(rows, calls + min(self.settings.look_up, rows or 0), "with look-ups of ids between the listed orders")
        return Estimate(rows, calls)

    # -- reading -------------------------------------------------------------------------------------------

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Yield chunks; see :meth:`recon.systems.base.Extractor.read`.

        ``window.until`` ends nothing: a record that changed in the window and once more after it would otherwise be missed.
        """
        now: dict[str, Any] = dict(state or {"started": _iso(self.client.http.host.server_now()), "lists": {}})
        if now.get("walked"):
            return
        below = self.parents(stream, window)
        if below:
            yield from self._below(*below, now)
        elif stream.name == "orders":
            yield from self._orders(window, now)
        else:
            yield from self._lists(self.passes(stream, window), now)
        yield Chunk(lines=(), rows=0, state={**now, "walked": True})

    def _lists(self, passes: Sequence[Pass], now: dict[str, Any], see: Callable[[Pass, Any], None] | None = None) -> Iterator[Chunk]:
        """Walk lists one after the other; ``now`` is kept up to date."""
        pager = Pager(self.client, self.settings.page_size)
        for todo in passes:
            place = Place(**now["lists"].get(todo.label, {}))
            for fresh, after in walk(pager, todo, place):
                if see is not None:
                    see(todo, fresh)
                # where orders are posts, ``any`` shows unfinished checkouts as well, which their own list has brought already
                kept = [record for record in fresh if todo.label != "any" or record.get("status") not in now["lists"]]
                now["twice"] = int(now.get("twice") or 0) + len(fresh) - len(kept)
                now["lists"] = {**now["lists"], todo.label: after.state()}
                yield Chunk(lines=[dump(record) for record in kept], rows=len(kept), state=dict(now))

    def _orders(self, window: Window, now: dict[str, Any]) -> Iterator[Chunk]:
        """All lists of orders, then what no list shows but stands between the listed ids."""
        gaps = Gaps(self.settings.look_up, now)

        def see(todo: Pass, fresh: list[dict[str, Any]]) -> None:
            gaps.see(todo.label, fresh)
            now.update(gaps.state())

        full = window.since is None
        yield from self._lists(self.passes(streams.ORDERS, window), now, see if full else None)
        if not full:
            return
        if "hidden" not in now:
            now["hidden"] = self._hidden(now)
        yield from self._lists([Pass(status, "orders", {"status": status}) for status in now["hidden"]], now, see)
        yield from self._looked_up(gaps, now)

    def _hidden(self, now: Mapping[str, Any]) -> list[str]:
        """Statuses of plugins that status=any may leave out: asked one by one where the shop's report counts more than came."""
        counts = self._counts()
        listed = sum(now["lists"][label]["found"] for label in ("any",))
        if sum(total for status, total in counts.items() if status not in streams.UNSEEN_STATUSES) <= listed:
            return []
        return [status for status, total in counts.items() if total and status not in streams.KNOWN_STATUSES]

    def _counts(self) -> dict[str, int]:
        """Orders by status as the shop's own report counts them; empty where it does not."""
        try:
            found = self.client.get("reports/orders/totals").data
            return {str(entry["slug"]): int(entry["total"]) for entry in found}
        except (Missing, KeyError, TypeError, ValueError):
            return {}

    def _looked_up(self, gaps: Gaps, now: dict[str, Any]) -> Iterator[Chunk]:
        """Look ids up one by one: when a plugin is switched off, orders in its statuses vanish from every list, but not from here."""
        ids = gaps.ids()
        done = int(now.get("looked_up") or 0)
        for start in range(done, len(ids), _LOOKED_UP):
            found = [record for record in self.records_by_id(ids[start : start + _LOOKED_UP]).values() if record]
            now["looked_up"] = start + len(ids[start : start + _LOOKED_UP])
            now["unlisted"] = int(now.get("unlisted") or 0) + len(found)
            yield Chunk(lines=[dump(record) for record in found], rows=len(found), state=dict(now))
        now["not_looked_up"] = gaps.left(len(ids))

    def _below(
        self, lists: Sequence[Pass], promised: Callable[[Mapping[str, Any]], list[int]], route: str, now: dict[str, Any]
    ) -> Iterator[Chunk]:
        """Walk the parents, and below each one that promises children its own list."""
        pager = Pager(self.client, self.settings.page_size)
        for todo in lists:
            key = f"{todo.label} parents"
            place = Place(**now["lists"].get(key, {}))
            done = int(now.get("parent") or 0)
            for fresh, after in walk(pager, todo, place):
                wanted = [record for record in fresh if promised(record) and int(record["id"]) > done]
                for start in range(0, len(wanted), _PARENTS):
                    group = wanted[start : start + _PARENTS]
                    lines = [dump(child) for record in group for child in self._children(record, promised(record), route, now)]
                    now["found"] = int(now.get("found") or 0) + len(lines)
                    now["parent"] = int(group[-1]["id"])
                    yield Chunk(lines=lines, rows=len(lines), state=dict(now))
                done = 0
                now.update(lists={**now["lists"], key: after.state()}, parent=0)
                yield Chunk(lines=(), rows=0, state=dict(now))

    def _children(self, parent: Mapping[str, Any], promised: Sequence[int], route: str, now: dict[str, Any]) -> list[dict[str, Any]]:
        """All records below a parent; those it promised and that do not come are counted."""
        place = Place()
        todo = Pass("below", route.format(parent["id"]), {})
        found: dict[int, dict[str, Any]] = {}
        for fresh, _ in walk(Pager(self.client, self.settings.page_size), todo, place):
            found.update({int(record["id"]): record for record in fresh})
        now["promised"] = int(now.get("promised") or 0) + len(promised)
        now["lacking"] = int(now.get("lacking") or 0) + len(set(promised) - found.keys())
        return list(found.values())

    # -- second looks --------------------------------------------------------------------------------------

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Streams that can be read by id, or below an order or product."""
        return again.streams(self, table, by)

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Fifty records a call; what no list shows has an address of its own."""
        return again.read(self, stream, keys)

    def children(self, route: str) -> list[dict[str, Any]] | None:
        """Everything in a list below a record; None where the record is not there."""
        try:
            found = [
                record
                for fresh, _ in walk(Pager(self.client, self.settings.page_size), Pass("below", route, {}), Place())
                for record in fresh
            ]
        except Missing:
            return None
        return found

    def records_by_id(self, ids: Sequence[int | str], route: str = "orders") -> dict[str, dict[str, Any] | None]:
        """Records by id, as they are now: None for one that does not exist. Also sees what no list shows.

        Look here before calling an order missing in the shop.
        """
        result: dict[str, dict[str, Any] | None] = {}
        for number in ids:
            try:
                record = self.client.get(f"{route}/{int(number)}").data
            except Missing:
                record = None
            if record is not None and (not isinstance(record, dict) or str(record.get("id")) != str(int(number))):
                raise SourceError(f"{self.context.name}: a look-up by id was not answered.", "Try again.", system=self.context.name)
            result[str(number)] = record
        return result

    # -- proof ---------------------------------------------------------------------------------------------

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Compare with the totals that the shop stated while its lists were walked, and with what parents promise."""
        state = state or {}
        places = {label: Place(**entry) for label, entry in (state.get("lists") or {}).items()}
        began = min(datetime.fromisoformat(state["started"]), window.until) if state.get("started") else window.until
        below = self.parents(stream, window) is not None
        reasons = [*_gaps(state, places), *fewer(rows, _read(state, places, below=below))]
        notes = [*_notes(state)]
        unreadable = {"customers": streams.UNREADABLE, "orders": streams.UNREADABLE_ORDERS}.get(stream.name, {})
        return Proof(
            complete=not reasons,
            method=_METHOD if "promised" not in state else f"{_METHOD}, and the ids that each parent names",
            expected=_expected(state, places, below=below),
            reason=" ".join([*reasons, *notes]),
            watermark=began,
            unreadable=unreadable,
        )


def _gaps(state: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[str]:
    if not state.get("walked"):
        yield "Reading did not come to its end."
    for label, place in places.items():
        if place.total is not None and place.found < place.total:
            yield f"{counted(place.found, 'record')} came in the list {label!r} where the shop counts {place.total:,}."
    if state.get("lacking"):
        yield f"{counted(int(state['lacking']), 'record')} that their parents name did not come."


def _notes(state: Mapping[str, Any]) -> Iterator[str]:
    if state.get("unlisted"):
        yield f"In a status that no list shows: {counted(int(state['unlisted']), 'order')}, found by their ids."
    if state.get("not_looked_up"):
        yield f"{counted(int(state['not_looked_up']), 'id')} between the listed orders stayed unread (look_up in recon.toml)."


def _expected(state: Mapping[str, Any], places: Mapping[str, Place], *, below: bool) -> int | None:
    if below:
        return int(state.get("promised") or 0)
    totals = [place.total for place in places.values()]
    more = int(state.get("unlisted") or 0) - int(state.get("twice") or 0)
    return None if None in totals else sum(total or 0 for total in totals) + more


def _read(state: Mapping[str, Any], places: Mapping[str, Place], *, below: bool) -> int:
    """Records that were yielded; a list that was walked once more brought some of them twice."""
    if below:
        return int(state.get("found") or 0)
    return sum(place.found for place in places.values()) + int(state.get("unlisted") or 0) - int(state.get("twice") or 0)


def _object(value: Any) -> Mapping[str, Any]:
    """What should be an object; a plugin that answers with something else gives an empty one."""
    return value if isinstance(value, dict) else {}


def _refund_ids(record: Mapping[str, Any]) -> list[int]:
    return [int(entry["id"]) for entry in record.get("refunds") or ()]


def _zone(site: Mapping[str, Any]) -> str | None:
    """The site's zone; one that is only an offset has no name, and then the IANA list knows whole hours under Etc."""
    name = str(site.get("timezone_string") or "")
    if name:
        return name
    offset = str(site.get("gmt_offset") or "0")
    if not re.fullmatch(r"-?\d+", offset):
        return None
    hours = int(offset)
    return "UTC" if not hours else f"Etc/GMT{-hours:+d}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
