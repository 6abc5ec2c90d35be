"""The stand-in store as tests and the demo merchant use it: load records, change them, grant access, plant faults."""

from __future__ import annotations

import json
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from recon.errors import UsageError
from recon.sandbox.control import Clock, utc_now
from recon.sandbox.faults import Fault, Faults
from recon.sandbox.shopify.access import ALL_SCOPES, Grant
from recon.sandbox.shopify.bulk import Bulk
from recon.sandbox.shopify.cost import Bucket
from recon.sandbox.shopify.documents import ROOTS
from recon.sandbox.shopify.paging import WALK_LIMIT
from recon.sandbox.shopify.store import Store

Document = dict[str, Any]

TOKEN_SECONDS = 86_399
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
_SUBJECTS = {"orders": "ORDER", "customers": "CUSTOMER", "products": "PRODUCT", "companies": "COMPANY"}
_SETTINGS = (
    "domain",
    "name",
    "time_zone",
    "currency",
    "presentment_currencies",
    "taxes_included",
    "scopes",
    "protected_data",
    "plan",
    "created_at",
)


class Shop:
    """One store. State lives in ``folder`` and is there again when a Shop is made on the same folder.

    Settings given here win over remembered ones. ``scopes`` are what the app was granted; ``protected_data`` says whether
    it may read protected customer data of level 2; ``now`` is the clock that :attr:`clock` can move.
    """

    def __init__(
        self,
        folder: Path,
        *,
        domain: str | None = None,
        name: str | None = None,
        time_zone: str | None = None,
        currency: str | None = None,
        presentment_currencies: Iterable[str] | None = None,
        taxes_included: bool | None = None,
        scopes: Iterable[str] | None = None,
        protected_data: bool | None = None,
        plan: str | None = None,
        created_at: str | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.clock = Clock(folder / "clock.json", now)
        self.store = Store(folder / "shop.sqlite")
        given = {
            "domain": domain, "name": name, "time_zone": time_zone, "currency": currency, "taxes_included": taxes_included,
            "presentment_currencies": None if presentment_currencies is None else list(presentment_currencies),
            "scopes": None if scopes is None else list(scopes), "protected_data": protected_data, "plan": plan, "created_at": created_at,
        }  # fmt: skip
        defaults = {
            "domain": "acme-demo.myshopify.com", "name": "Acme Demo", "time_zone": "Europe/Berlin", "currency": "EUR",
            "presentment_currencies": [currency or "EUR"], "taxes_included": True, "scopes": list(ALL_SCOPES), "protected_data": True,
            "plan": "Advanced", "created_at": "2021-03-01T09:00:00Z",
        }  # fmt: skip
        self._settings: Document = {}
        for key in _SETTINGS:
            value = given[key] if given[key] is not None else self.store.meta(key, defaults[key])
            self._set(key, value)
        self.faults = Faults(folder / "faults.json")
        self.versions: tuple[str, ...] = VERSIONS
        self.walk_limit = WALK_LIMIT
        self.index_lag = False
        self.gzip_results = False
        self.storage_url = self.store.meta("storage_url", "https://localhost")
        self.signing_key = bytes.fromhex(self._kept("signing_key", lambda: secrets.token_hex(32)))
        self._skipped = 0.0
        self._lock = threading.Lock()
        self.bucket = Bucket(2000, 100, self._seconds)
        self.bulk = Bulk(self)

    def close(self) -> None:
        """Stop background work and give the files back."""
        self.bulk.close()
        self.store.close()

    # -- settings -------------------------------------------------------------------------------------------------------

    def _set(self, key: str, value: Any) -> None:
        self._settings[key] = value
        self.store.set_meta(key, value)

    def _kept(self, key: str, make: Callable[[], str]) -> str:
        value = self.store.meta(key)
        if value is None:
            value = make()
            self.store.set_meta(key, value)
        return str(value)

    @property
    def domain(self) -> str:
        """The store's myshopify.com name."""
        return str(self._settings["domain"])

    @property
    def currency(self) -> str:
        """The shop's currency."""
        return str(self._settings["currency"])

    @property
    def taxes_included(self) -> bool:
        """Whether prices hold their taxes."""
        return bool(self._settings["taxes_included"])

    @property
    def created_at(self) -> str:
        """When the store was opened."""
        return str(self._settings["created_at"])

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self._settings["time_zone"])

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the app was granted; assign to change it."""
        return tuple(self._settings["scopes"])

    @scopes.setter
    def scopes(self, scopes: Iterable[str]) -> None:
        self._set("scopes", list(scopes))

    @property
    def protected_data(self) -> bool:
        """Whether the app may read protected customer data of level 2; assign to change it."""
        return bool(self._settings["protected_data"])

    @protected_data.setter
    def protected_data(self, allowed: bool) -> None:
        self._set("protected_data", allowed)

    def budget(self, maximum: float, restore: float) -> None:
        """Another bucket: points at most, and points restored per second."""
        self.bucket = Bucket(maximum, restore, self._seconds)

    def facts(self) -> Document:
        """The fields of the API's ``shop``."""
        local = self.now().astimezone(self.zone)
        offset = local.utcoffset() or timedelta(0)
        settings = self._settings
        return {
            "id": f"gid://shopify/Shop/{zlib.crc32(self.domain.encode())}",
            "name": settings["name"],
            "myshopifyDomain": self.domain,
            "url": f"https://{self.domain}",
            "createdAt": self.created_at,
            "updatedAt": self.created_at,
            "ianaTimezone": settings["time_zone"],
            "timezoneAbbreviation": local.tzname() or "",
            "timezoneOffset": local.strftime("%z"),
            "timezoneOffsetMinutes": int(offset.total_seconds() // 60),
            "currencyCode": self.currency,
            "enabledPresentmentCurrencies": settings["presentment_currencies"],
            "taxesIncluded": self.taxes_included,
            "taxShipping": False,
            "weightUnit": "KILOGRAMS",
            "orderNumberFormatPrefix": "#",
            "orderNumberFormatSuffix": "",
            "plan": {"publicDisplayName": settings["plan"], "partnerDevelopment": False, "shopifyPlus": settings["plan"] == "Plus"},
        }

    # -- time -----------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The present in the shop, UTC."""
        return self.clock().astimezone(UTC)

    def stamp(self) -> str:
        """The present as the API writes times."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def advance(self, seconds: float) -> None:
        """Let time pass: for tokens, addresses of results, and the bucket of points."""
        with self._lock:
            self._skipped += seconds
            self.clock.offset_seconds += seconds

    def _seconds(self) -> float:
        return time.monotonic() + self._skipped

    # -- records --------------------------------------------------------------------------------------------------------

    def load(self, kind: str, documents: Iterable[Document]) -> int:
        """Store documents (see :mod:`recon.sandbox.shopify.documents`); returns how many. A known id is replaced.

        Raises UsageError for an unknown kind, unknown keys, wrong values or missing keys, and stores nothing then.
        """
        return self.store.put_all(kind, documents, index=not self.index_lag)

    def get(self, gid: str) -> Document | None:
        """A copy of a record's document."""
        entry = self.store.get(gid)
        return json.loads(json.dumps(entry[1])) if entry is not None else None

    def update(self, kind: str, gid: str, changes: Document) -> Document:
        """Set keys of a document, and updatedAt unless given; returns it. Raises UsageError for an unknown record."""
        entry = self.store.get(gid)
        if entry is None or entry[0] != kind:
            raise UsageError(f"The stand-in shop has no {gid} among its {kind}.")
        stamped = {} if kind in {"price_lists", "events", "bulk_operations"} else {"updatedAt": self.stamp()}
        document = {**entry[1], **stamped, **changes}
        gone = _variants(entry[1]) - _variants(document)
        self.store.put_all(kind, [document], index=not self.index_lag)
        self._bury_variants(gone)
        return document

    def delete(self, kind: str, gid: str, *, event: bool = True) -> None:
        """Remove a record for good; orders, customers, products and companies leave a destroy event.

        References to it are null afterwards, also those to the variants of a product.

        Raises UsageError for an unknown record.
        """
        entry = self.store.get(gid)
        if entry is None or entry[0] != kind:
            raise UsageError(f"The stand-in shop has no {gid} among its {kind}.")
        self.store.delete(gid, self.stamp(), index=not self.index_lag)
        self.store.bury(_variants(entry[1]), self.stamp())
        if event and kind in _SUBJECTS:
            self.add_event("destroy", gid, _SUBJECTS[kind])

    def _bury_variants(self, gids: set[str]) -> None:
        """Variants that a product no longer has: an event each, and their order lines point at nothing."""
        self.store.bury(gids, self.stamp())
        for gid in sorted(gids):
            self.add_event("destroy", gid, "PRODUCT_VARIANT")

    def merge_customers(self, loser: str, survivor: str) -> None:
        """Merge two customers: the losing id is gone without an event, its orders belong to the survivor."""
        for order in self.store.targets("customer.orders", loser):
            self.update("orders", order, {"customer": {"id": survivor}})
        self.delete("customers", loser, event=False)
        self.update("customers", survivor, {})

    def add_event(self, action: str, subject: str, subject_type: str) -> None:
        """Add an entry to the store's events."""
        number = 1 + int(self.store.rows("select coalesce(max(num), 0) from docs where kind = 'events'")[0][0])
        event = {
            "__typename": "BasicEvent", "id": f"gid://shopify/BasicEvent/{number}", "action": action, "createdAt": self.stamp(),
            "subjectId": subject, "subjectType": subject_type, "message": f"{subject_type.capitalize()} {action}",
        }  # fmt: skip
        self.store.put_all("events", [event])

    def catch_up(self) -> None:
        """Let the search index see all changes made while :attr:`index_lag` was True."""
        self.store.catch_up()

    def count(self, kind: str) -> int:
        """How many records of a kind there are."""
        if kind not in ROOTS:
            raise UsageError(f"The stand-in shop keeps no {kind}.", f"It keeps {', '.join(ROOTS)}.")
        return int(self.store.rows("select count(*) from docs where kind = ?", (kind,))[0][0])

    # -- access ---------------------------------------------------------------------------------------------------------

    def add_client(self, client_id: str, secret: str) -> None:
        """An app that may ask for tokens with the client-credentials grant."""
        self.store.run("insert or replace into clients values (?, ?)", (client_id, secret))

    def static_token(self, token: str) -> str:
        """A token that never expires, as stores' own custom apps had."""
        self.store.run("insert or replace into tokens values (?, null)", (token,))
        return token

    def new_token(self) -> str:
        """A token for 86,399 seconds."""
        token = f"shpat_{secrets.token_hex(16)}"
        expires = (self.now() + timedelta(seconds=TOKEN_SECONDS)).isoformat()
        self.store.run("insert into tokens values (?, ?)", (token, expires))
        return token

    def knows_client(self, client_id: str, secret: str) -> bool:
        """Whether a client id and secret belong together."""
        rows = self.store.rows("select secret from clients where client_id = ?", (client_id,))
        return bool(rows) and secrets.compare_digest(str(rows[0][0]), secret)

    def accepts(self, token: str) -> bool:
        """Whether a token is known and has not expired."""
        rows = self.store.rows("select expires_at from tokens where token = ?", (token,))
        return bool(rows) and (rows[0][0] is None or datetime.fromisoformat(rows[0][0]) > self.now())

    def revoke(self, token: str) -> None:
        """Forget a token; one that never expires is only refused once by the fault that calls this."""
        self.store.run("delete from tokens where token = ? and expires_at is not null", (token,))

    def grant(self) -> Grant:
        """What the app may do now."""
        scopes = set(self.scopes)
        missing = self.fault("scope_missing", *sorted(scopes))
        if missing is not None:
            scopes -= {str(missing.args.get("scope", missing.match))}
        return Grant(scopes, personal=self.protected_data, now=self.now())

    # -- faults and evidence --------------------------------------------------------------------------------------------

    def fault(self, action: str, *targets: str) -> Fault | None:
        """Whether a fault strikes here, and use it up if so."""
        return self.faults.take(action, action, *targets)

    def note_operation(self, kind: str, name: str | None, fields: list[str]) -> None:
        """Remember a GraphQL operation that was sent."""
        self.store.run(
            "insert into operations (at, kind, name, fields) values (?, ?, ?, ?)", (self.stamp(), kind, name, json.dumps(fields))
        )

    def operations(self) -> list[Document]:
        """All GraphQL operations that were sent, oldest first: what proves that nothing was written."""
        rows = self.store.rows("select at, kind, name, fields from operations order by id")
        return [{"at": at, "kind": kind, "name": name, "fields": json.loads(fields)} for at, kind, name, fields in rows]

    def set_storage_url(self, url: str) -> None:
        """Where result files of bulk operations are served."""
        self.storage_url = url
        self.store.set_meta("storage_url", url)


def _variants(document: Document) -> set[str]:
    return {variant["id"] for variant in document.get("variants") or () if isinstance(variant, dict)}
