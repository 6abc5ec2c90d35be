"""Calls of the three origins of an instance: Admin APIs, OCAPI Data, WebDAV; and what their errors and their load mean.

Fractions become text, digit by digit as they came: whoever reads a JSON number as a binary fraction loses some.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from recon.errors import AuthError, SourceError
from recon.systems.base import Context
from recon.systems.body import Download
from recon.systems.commerce_cloud.access import TOKEN_PATH, Grants, ScopeRefused, judge
from recon.systems.commerce_cloud.settings import Settings
from recon.systems.exact import exact
from recon.systems.http import Answer, Host, Http, ReadingPost

ORDERS = "sfcc.orders"
PRODUCTS = "sfcc.products"
"""The scopes that read; those that end in .rw are never asked for."""

BELIEVED = 3
"""How often a status 500 must come before it is taken for the answer and not for a stumble"""
_SLOWEST = 8.0
_THROTTLED = 30.0
"""Seconds between calls while the platform says that it is at its limit"""


class Broken(Exception):
    """Status 500: the answer would have been larger than 10 MB, or the platform stumbles over a record."""


class Refused(Exception):
    """The token was not taken."""


class Forbidden(Exception):
    """The token is good, but does not open this."""


class NotThere(Exception):
    """Status 404."""


class Load:
    """Slows all workers down while the platform says that it is busy.

    Vendor's guide on load shedding: ``sfdc_load_status`` is WARN from 80 percent on and THROTTLE from 90.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._delay = 0.0

    def hear(self, headers: Mapping[str, str]) -> None:
        """Read the headers of an answer."""
        status = headers.get("sfdc_load_status", "").strip().upper()
        if status == "THROTTLE":
            self._host.pause(_THROTTLED)
        elif status == "WARN":
            self._delay = min(max(self._delay * 2, 0.5), _SLOWEST)
            self._host.pause(self._delay)
        elif status:
            self._delay = 0.0


class Client:
    """One instance. Safe to use from several threads."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.name = context.name
        self.host = Host(context)
        self._load = Load(self.host)
        organization = re.escape(settings.organization)
        search = ReadingPost(rf"/product/products/v1/organizations/{organization}/product-search")
        self.account = self._session(context, settings.account_url, (ReadingPost(re.escape(TOKEN_PATH)),), self._judge_grant)
        self.api = self._session(context, settings.api_url, (search,), self._judge)
        self.instance = self._session(context, settings.instance_url, (), self._judge) if settings.instance_url else None
        self.dav: Http | None = None
        if settings.is_dav and settings.impex:
            parts = urlsplit(settings.impex)
            self.dav = self._session(context, f"{parts.scheme}://{parts.netloc}", (), self._judge)
        self.grants = Grants(settings, self.account)
        own = settings.ocapi_client_id is not None
        self.ocapi_grants = Grants(settings, self.account, front="ocapi_") if own else self.grants

    def _session(self, context: Context, url: str, posts: Sequence[ReadingPost], classify: Callable[[Answer], None]) -> Http:
        return Http(
            context,
            url,
            kind="commerce_cloud",
            ca_bundle=self.settings.ca_bundle,
            reading_posts=posts,
            classify=classify,
            observe=self._load.hear,
            parse_float=exact,
            host=self.host,
        )

    @property
    def calls(self) -> int:
        """Requests sent so far, to all origins."""
        return self.host.calls

    def close(self) -> None:
        """Give the connections back."""
        for session in (self.account, self.api, self.instance, self.dav):
            if session is not None:
                session.close()

    # -- questions ---------------------------------------------------------------------------------------

    def orders(self, query: Mapping[str, str | int]) -> list[dict[str, Any]]:
        """One page of orders. There is no total."""
        path = f"/checkout/orders/v1/organizations/{self.settings.organization}/orders?{urlencode(query)}"
        return self._list(self._scapi("GET", path, ORDERS), "data", "the orders")

    def order(self, number: str, site: str) -> dict[str, Any] | None:
        """The order of this number as it is now, or None where a site has none; the index has no part in it."""
        organization = self.settings.organization
        path = f"/checkout/orders/v1/organizations/{organization}/orders/{segment(number)}?{urlencode({'siteId': site})}"
        try:
            found = self._scapi("GET", path, ORDERS)
        except NotThere:
            return None
        if not isinstance(found, dict) or str(found.get("orderNo")) != number:
            raise SourceError(f"{self.name}: a look-up by number was not answered.", "Try again.", system=self.name)
        return found

    def products(self, search: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
        """One page of products, and how many there are in all."""
        site = f"?{urlencode({'siteId': self.settings.sites[0]})}" if self.settings.sites else ""
        path = f"/product/products/v1/organizations/{self.settings.organization}/product-search{site}"
        data = self._scapi("POST", path, PRODUCTS, search)
        return self._list(data, "hits", "the products"), self._total(data, "the products")

    def ocapi(self, path: str, start: int, count: int) -> tuple[list[dict[str, Any]], int]:
        """One page of a list of OCAPI Data, and how many records it has in all."""
        if self.instance is None:
            raise SourceError(f"{self.name}: instance_url is not set.", "Set it in recon.toml.", system=self.name)
        query = urlencode({"start": start, "count": count, "select": "(**)"})
        address = f"/s/-/dw/data/{self.settings.ocapi_version}/{path}?{query}"
        data = self._with_token(
            self.ocapi_grants, "", self.instance, lambda session, headers: session.request("GET", address, headers=headers)
        )
        return self._list(data, "data", path, optional=True), self._total(data, path)

    def folder(self, path: str) -> bytes:
        """WebDAV's answer about a folder and what lies in it, as XML."""
        return bytes(
            self._with_token(
                self.ocapi_grants,
                "",
                self._dav(),
                lambda session, headers: session.request("PROPFIND", path, headers={**headers, "Depth": "1"}, expect="any"),
                whole=True,
            ).content
        )

    def file(self, path: str) -> Download:
        """A file by WebDAV, checked and kept in a temporary file. Close it."""
        found = self._with_token(
            self.ocapi_grants, "", self._dav(), lambda session, headers: session.download(path, headers=headers), whole=True
        )
        if not isinstance(found, Download):
            raise TypeError("a download is expected")
        return found

    def _dav(self) -> Http:
        if self.dav is None:
            raise SourceError(f"{self.name}: impex is no address.", "Set impex in recon.toml.", system=self.name)
        return self.dav

    def _scapi(self, method: str, path: str, scope: str, content: Mapping[str, Any] | None = None) -> Any:
        body = json.dumps(content).encode() if content is not None else None
        own = {"correlation-id": str(uuid.uuid4()), **({"Content-Type": "application/json"} if body else {})}
        return self._with_token(
            self.grants, scope, self.api, lambda session, headers: session.request(method, path, data=body, headers={**headers, **own})
        )

    def _with_token(
        self, grants: Grants, scope: str, session: Http, ask: Callable[[Http, dict[str, str]], Any], *, whole: bool = False
    ) -> Any:
        """Ask; a token that is refused is renewed once, a status 500 is believed only when it comes again and again."""
        renewed, stumbled = False, 0
        while True:
            header = grants.header(scope)
            try:
                answer = ask(session, header)
            except Refused:
                if renewed:
                    raise
                renewed = True
                grants.forget(scope, header)
            except Broken:
                stumbled += 1
                if stumbled >= BELIEVED:
                    raise
                self.host.clock.sleep(2.0)
            else:
                return answer if whole else answer.data

    def _list(self, data: Any, key: str, what: str, *, optional: bool = False) -> list[dict[str, Any]]:
        found = data.get(key, [] if optional else None) if isinstance(data, dict) else None
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise SourceError(f"{self.name}: {what} are not answered with a list.", "Check the addresses in recon.toml.", system=self.name)
        return found

    def _total(self, data: Any, what: str) -> int:
        total = data.get("total") if isinstance(data, dict) else None
        if not isinstance(total, int):
            raise SourceError(f"{self.name}: {what} are answered without a total.", "Check the addresses in recon.toml.", system=self.name)
        return total

    # -- answers -----------------------------------------------------------------------------------------

    def _judge_grant(self, answer: Answer) -> None:
        judge(answer, self.name)

    def _judge(self, answer: Answer) -> None:
        status = answer.status_code
        if status == 401:
            raise Refused
        if status == 403:
            raise Forbidden
        if status == 404:
            raise NotThere
        if status == 500:
            raise Broken

    def asked(self, what: str, ask: Callable[[], Any]) -> Any:
        """An answer, with the platform's own exceptions turned into errors of recon."""
        try:
            return ask()
        except (Refused, Forbidden, ScopeRefused) as error:
            raise AuthError(f"{self.name}: {self.why(what, error)}", "Run recon doctor.", system=self.name) from None
        except NotThere:
            raise SourceError(f"{self.name}: {self.why(what, NotThere())}", "Run recon doctor.", system=self.name) from None
        except Broken:
            raise SourceError(f"{self.name}: {self.why(what, Broken())}", "Run it again later.", system=self.name) from None

    def why(self, what: str, error: Exception) -> str:
        """Why a thing cannot be read, as a sentence."""
        if isinstance(error, ScopeRefused):
            return f"The API client lacks a scope for {what}, or the role Salesforce Commerce API for {self.settings.tenant_id}."
        if isinstance(error, Refused):
            return f"A fresh token is refused for {what}."
        if isinstance(error, Forbidden):
            return f"The API client may not read {what}."
        if isinstance(error, NotThere):
            return f"The instance does not know {what}."
        return f"The instance answers {what} with an internal error."


def segment(text: str) -> str:
    """An id as one part of a path."""
    return quote(text, safe="")
