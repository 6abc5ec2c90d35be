"""Calls of the REST APIs: headers, quota, the statuses that mean something of their own, and queries encoded as each endpoint needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from recon.config.secrets import resolve
from recon.errors import AuthError, SourceError
from recon.systems.base import Context
from recon.systems.bigcommerce.settings import Settings
from recon.systems.exact import exact
from recon.systems.http import Again, Answer, Http
from recon.systems.redact import register_secret

Query = Sequence[tuple[str, str]]


class TooLarge(Exception):
    """The page should be asked for again with fewer records."""


class Unreadable(Exception):
    """The token may not read this, or the store does not have it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Gone(SourceError):
    """What was asked for is not there (404)."""


class Refusal(SourceError):
    """A request that the vendor calls wrong (400, 422)."""


class Client:
    """One store. Safe to use from several threads: they share the pause and the picture of the quota."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.name = context.name
        self.quota: tuple[int, int] | None = None
        """Requests left and allowed in the present window, from the last answer"""
        self.http = self._open(context, settings.address, None)
        self.http.auth_headers = self._headers(settings.token, "token")
        self._b2b: Http | None = None
        if settings.b2b:
            self._b2b = self._open(context, settings.b2b_address, self.http)
            self._b2b.auth_headers = self._headers(settings.b2b_token or settings.token, "b2b_token") | {"X-Store-Hash": settings.store}

    def _open(self, context: Context, address: str, beside: Http | None) -> Http:
        return Http(
            context,
            address,
            kind="bigcommerce",
            ca_bundle=self.settings.ca_bundle,
            classify=self._classify,
            observe=self._observe,
            parse_float=exact,
            host=beside.host if beside else None,
        )

    def _headers(self, reference: str, key: str) -> dict[str, str]:
        token = resolve(reference, key)
        register_secret(token)
        # Several GETs of the vendor's specification demand a content type although they have no body.
        return {"X-Auth-Token": token, "Accept": "application/json", "Content-Type": "application/json"}

    def look(self, path: str, query: Query = (), *, encode_colons: bool = False) -> Any:
        """JSON of a GET below ``/stores/{hash}``; None for 204, which is how V2 says that a list is empty.

        Colons in values stay as they are unless ``encode_colons``: /v3/customers takes no encoded times, the list of refunds wants them
        encoded. Raises Unreadable for 403 and 404, TooLarge for 413, Refusal for 400 and 422.
        """
        return self._data(self.http, f"/stores/{self.settings.store}{path}", query, encode_colons)

    def get(self, path: str, query: Query = (), *, encode_colons: bool = False) -> Any:
        """As :meth:`look`, but what may not be read is an AuthError."""
        try:
            return self.look(path, query, encode_colons=encode_colons)
        except Unreadable as refusal:
            raise self.denied(path, refusal) from None

    def look_b2b(self, path: str, query: Query = ()) -> Any:
        """The same in B2B Edition."""
        if self._b2b is None:
            raise Unreadable(404)
        return self._data(self._b2b, f"/api/v3/io{path}", query, False)

    def denied(self, path: str, refusal: Unreadable) -> SourceError:
        """The error for something without which a stream cannot be read: AuthError for 403, Gone for 404."""
        if refusal.status == 404:
            return Gone(
                f"{self.name}: {path} is not there (status 404).", "It may have been deleted meanwhile; run it again.", system=self.name
            )
        return AuthError(
            f"{self.name}: BigCommerce does not let this API account read {path} (status {refusal.status}).",
            "Run recon doctor: it names the scope. Scopes of an API account cannot be changed; create a new one.",
            system=self.name,
        )

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()
        if self._b2b is not None:
            self._b2b.close()

    def _data(self, http: Http, path: str, query: Query, encode_colons: bool) -> Any:
        safe = "" if encode_colons else ":"
        text = "&".join(f"{quote(name, safe=':')}={quote(value, safe=safe + ',')}" for name, value in query)
        answer = http.request("GET", f"{path}?{text}" if text else path, expect="any")
        return answer.data if answer.status_code != 204 else None

    # -- what answers mean -------------------------------------------------------------------------------

    def _observe(self, headers: Mapping[str, str]) -> None:
        """Wait for the next window when what is left of this one is the others' share."""
        left, quota, reset = (_number(headers.get(f"X-Rate-Limit-{name}")) for name in ("Requests-Left", "Requests-Quota", "Time-Reset-Ms"))
        if left is None or quota is None:
            return
        self.quota = (left, quota)
        if reset and left <= quota * self.settings.quota_reserve:
            self.http.host.pause(min(reset / 1000, float(self.http.limits.wait_seconds)))

    def _classify(self, answer: Answer) -> None:
        status = answer.status_code
        if status == 200 and answer.data is None:
            kind = answer.headers.get("Content-Type", "")
            raise Again("was answered with a web page instead of data" if "html" in kind else "was answered without data")
        if status == 429:
            raise self._slow_down(answer)
        if status in {403, 404}:
            raise Unreadable(status)
        if status == 413:
            raise TooLarge
        if status == 401:
            raise AuthError(
                f"{self.name}: BigCommerce does not accept the access token.",
                "Check store and token; a token dies with its API account. Run recon doctor.",
                system=self.name,
            )
        if status == 207:
            raise Again("was answered in part only")
        if status == 423:
            raise SourceError(f"{self.name}: the store is locked.", "Ask BigCommerce's support why.", system=self.name)
        if status in {400, 422}:
            raise Refusal(f"{self.name}: a request was refused with status {status}.", "Report this as a bug of recon.", system=self.name)

    def _slow_down(self, answer: Answer) -> Again:
        """With the quota's headers the quota is used up; without them the platform itself is overloaded, and only patience helps."""
        reset = _number(answer.headers.get("X-Rate-Limit-Time-Reset-Ms"))
        after = _number(answer.headers.get("X-Retry-After"))
        if reset is not None or after is not None:
            return Again("was told to slow down", wait=after if reset is None else reset / 1000, everyone=True, busy=True)
        return Again("was refused by an overloaded platform", wait=self.http.retry_after(answer), everyone=True)


def _number(text: str | None) -> int | None:
    """A header's number; None for anything else, since other apps and proxies may write there too."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
