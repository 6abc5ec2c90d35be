"""One BigCommerce store as recon reads it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from recon.errors import AuthError, SourceError
from recon.systems.base import By, Check, Chunk, Context, Estimate, Look, Proof, Stream, SystemFacts, Window, fewer, unfilled
from recon.systems.bigcommerce import again, doctor
from recon.systems.bigcommerce.client import Client, Query, Unreadable
from recon.systems.bigcommerce.records import Reader, iso
from recon.systems.bigcommerce.settings import Settings
from recon.systems.bigcommerce.streams import BY_NAME, NEVER, NO_B2B, PER_ORDER_WHY, READINGS, STORE, UNTOLD, Reading
from recon.systems.bigcommerce.walks import total_of
from recon.systems.exact import dump
from recon.systems.words import counted

_LAG = timedelta(minutes=2)
"""What is newer than this when reading begins is left out of the counts that prove completeness."""

_PER_ORDER = ("shipments", "transactions")
_CUSTOMER_DATES = {"customers": "/v3/customers"}


class Store:
    """Reads one store; see :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.client = Client(settings, context)
        self._store: Mapping[str, Any] | None = None
        self._refused: dict[str, str] = {}
        self._lock = threading.Lock()

    # -- the account -------------------------------------------------------------------------------------

    def store(self) -> Mapping[str, Any]:
        """Ask once who this is."""
        with self._lock:
            if self._store is None:
                found = self.client.get("/v2/store")
                if not isinstance(found, dict) or not found.get("id"):
                    raise SourceError(
                        f"{self.context.name}: the store does not say who it is.", "Run recon doctor.", system=self.context.name
                    )
                if str(found["id"]).lower() != self.settings.store:
                    raise SourceError(
                        f"{self.context.name}: the store that answers is not {self.settings.store}.",
                        "Correct store or url in recon.toml.",
                        system=self.context.name,
                    )
                self._store = found
            return self._store

    def facts(self) -> SystemFacts:
        """Facts of the store.

        ``record_url_template`` has two places left to fill: ``{object}`` is ``orders``, ``customers`` or ``products``,
        ``{record_id}`` the id.
        """
        store = self.store()
        zone = store.get("timezone")
        panel = str(store.get("control_panel_base_url") or f"https://store-{self.settings.store}.mybigcommerce.com").rstrip("/")
        return SystemFacts(
            account_id=self.settings.store,
            title=self.settings.title or str(store.get("name") or self.settings.store),
            base_url=str(store.get("secure_url") or panel),
            record_url_template=f"{panel}/manage/{{object}}/{{record_id}}",
            time_zone=zone.get("name") if isinstance(zone, dict) else None,
            currency=store.get("currency"),
            api_version="V2 and V3",
            tax_included=store.get("is_price_entered_with_tax"),
        )

    def streams(self) -> tuple[Stream, ...]:
        """What settings and token open; each list is looked at once."""
        return (STORE, *(reading.stream for reading in READINGS if not self.why_not(reading)))

    def not_covered(self) -> Mapping[str, str]:
        """Tables that no readable stream fills, and why."""
        return unfilled(self.streams(), ((reading.stream, self.why_not(reading)) for reading in READINGS), NEVER)

    def absent(self) -> Collection[str]:
        """What BigCommerce does not have, and what recon.toml does not ask for."""
        chosen = {NO_B2B, *(PER_ORDER_WHY.format(name=name) for name in _PER_ORDER)}
        return {*UNTOLD, *(table for table, why in self.not_covered().items() if table in NEVER or why in chosen)}

    def why_not(self, reading: Reading) -> str:
        """Why a stream is not read; empty where it is."""
        name = reading.stream.name
        if name in _PER_ORDER and name not in self.settings.per_order:
            return PER_ORDER_WHY.format(name=name)
        if name == "companies" and not self.settings.b2b:
            return NO_B2B
        with self._lock:
            if reading.path not in self._refused:
                self._refused[reading.path] = self._look(reading)
            return self._refused[reading.path]

    def _look(self, reading: Reading) -> str:
        try:
            if reading.stream.name == "companies":
                self.client.look_b2b(reading.path, [("limit", "1"), ("offset", "0")])
            else:
                self.client.look(reading.path, [("limit", "1")])
        except Unreadable as refusal:
            if refusal.status == 404:
                return f"The store does not have {reading.path}; its plan may not include it."
            return f"The API account lacks the scope {reading.scope}, or the store's plan does not include it."
        return ""

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.client.http.calls

    @property
    def clock_skew(self) -> float | None:
        """Seconds by which BigCommerce's clock is ahead of ours."""
        return self.client.http.host.skew

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()

    # -- reading -------------------------------------------------------------------------------------------

    def estimate(self, stream: Stream, window: Window) -> Estimate:
        """One call at most; rows are known where BigCommerce counts them."""
        if stream.name == STORE.name:
            return Estimate(1, 1)
        reading = BY_NAME[stream.name]
        if stream.name in {*_PER_ORDER, "orders"}:
            rows = self._count_orders(window, None)
            if stream.name in _PER_ORDER:
                return Estimate(None, rows, "one call for every order")
            return Estimate(rows, rows // reading.page + 4)
        if stream.name == "price_records":
            return Estimate(None, 3, "one call for 250 prices of each list")
        rows_known = self._count(reading, window, None)
        return Estimate(rows_known, 2 if rows_known is None else rows_known // reading.page + 2)

    def read(self, stream: Stream, window: Window, state: Mapping[str, Any] | None) -> Iterator[Chunk]:
        """Yield chunks; see :meth:`recon.systems.base.Extractor.read`.

        ``window.until`` ends nothing: a record that changed in the window and once more after it would otherwise be missed.
        """
        kept = dict(state or {"started": iso(self.client.http.host.server_now())})
        if stream.name == STORE.name:
            if not kept.get("walked"):
                yield Chunk(lines=(dump(self.store()),), rows=1, state={**kept, "walked": True})
            return
        yield from Reader(self.client, BY_NAME[stream.name], window.since if stream.has_delta else None, kept).chunks()

    # -- proof ---------------------------------------------------------------------------------------------

    def prove(self, stream: Stream, window: Window, rows: int, state: Mapping[str, Any] | None) -> Proof:
        """Compare with BigCommerce's own count of what existed, unchanged, when reading began."""
        state = state or {}
        if stream.name == STORE.name:
            return Proof(complete=rows >= 1, method="one record", expected=1, watermark=window.until)
        reading = BY_NAME[stream.name]
        began = min(datetime.fromisoformat(state["started"]), window.until) if state.get("started") else window.until
        expected = self._expected(reading, window, began, state)
        found = int(state.get("distinct") or 0)
        reasons = fewer(rows, found)
        if not state.get("walked"):
            reasons.append("Reading did not come to its end.")
        if expected is not None and found < expected:
            reasons.append(f"{counted(found, 'record')} came where BigCommerce counts {expected:,}.")
        if state.get("short"):
            reasons.append(f"{counted(int(state['short']), 'record')} brought fewer parts than stated.")
        return Proof(
            complete=not reasons,
            method="every page walked to the end" + (", and BigCommerce's own count" if expected is not None else ""),
            expected=expected,
            reason=" ".join(reasons),
            watermark=began,
            unreadable=self._unreadable(stream.name, state),
        )

    def _unreadable(self, name: str, state: Mapping[str, Any]) -> dict[str, str]:
        result: dict[str, str] = {}
        why = self.why_not(BY_NAME["subscribers"])
        if name == "customers" and why:
            result["customers.email_consent"] = why
        refunds = self.why_not(BY_NAME["refunds"])
        if name == "companies":
            result |= UNTOLD
        if name == "orders" and refunds:
            result["orders.refunded"] = result["orders.current_total"] = refunds
        if name == "orders" and state.get("archive") == "ignored":
            result["orders.deleted_at"] = "The store does not list archived orders."
        return result

    def _expected(self, reading: Reading, window: Window, began: datetime, state: Mapping[str, Any]) -> int | None:
        name = reading.stream.name
        if name == "orders":
            return self._count_orders(window, began)
        if name in _CUSTOMER_DATES:
            return self._count(reading, window, began)
        if name == "products":
            return self._total(reading.path, [("id:max", str(state.get("after") or 0))]) if state.get("after") else 0
        total = state.get("total")
        return total if isinstance(total, int) else None

    def _count_orders(self, window: Window, began: datetime | None) -> int:
        """Orders of the window by the vendor's own count; with ``began`` only those that must have come."""
        query: list[tuple[str, str]] = []
        if window.since is not None:
            query.append(("min_date_modified", iso(window.since)))
        if began is not None:
            query.append(("max_date_created" if window.since is None else "max_date_modified", iso(began - _LAG)))
        answer = self.client.get("/v2/orders/count", query)
        count = answer.get("count") if isinstance(answer, dict) else None
        if not isinstance(count, int):
            raise SourceError(f"{self.context.name}: the count of orders was not answered.", "Run it again.", system=self.context.name)
        return count

    def _count(self, reading: Reading, window: Window, began: datetime | None) -> int | None:
        query: list[tuple[str, str]] = []
        if reading.stream.name == "companies":
            return None
        if reading.stream.name in {"customers", "subscribers"}:
            if window.since is not None:
                query.append(("date_modified:min", iso(window.since)))
            if began is not None:
                query.append(("date_created:max" if window.since is None else "date_modified:max", iso(began - _LAG)))
        if reading.stream.name == "refunds" and window.since is not None:
            query.append(("created:min", iso(window.since)))
        return self._total(reading.path, query, encode_colons=reading.stream.name == "refunds")

    def _total(self, path: str, query: Query, *, encode_colons: bool = False) -> int | None:
        return total_of(self.client.get(path, [*query, ("limit", "1")], encode_colons=encode_colons))

    # -- second looks and doctor ---------------------------------------------------------------------------

    def again(self, table: str, by: By) -> Sequence[Stream]:
        """Streams that can be read by id, or by the id of an order, product or variant."""
        return again.streams(self, table, by)

    def reread(self, stream: Stream, by: By, keys: Sequence[str]) -> Iterator[Look]:
        """Orders one by one, archived ones too; lists fifty at a time."""
        return again.read(self, stream, keys)

    def unanswered(self) -> SourceError:
        """The error for a look-up that brought something else."""
        return SourceError(f"{self.context.name}: a look-up by id was not answered.", "Try again.", system=self.context.name)

    def checks(self) -> Iterator[Check]:
        """The store's part of ``recon doctor``."""
        yield from doctor.checks(self)

    def time_there(self) -> datetime | None:
        """The vendor's clock."""
        try:
            found = self.client.get("/v2/time")
        except AuthError:
            return None
        moment = found.get("time") if isinstance(found, dict) else None
        return datetime.fromtimestamp(moment, UTC) if isinstance(moment, int) else None
