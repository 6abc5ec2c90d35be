"""Calls of the REST API: keys or signatures, where the API lies, totals in headers, and what WooCommerce's error codes mean."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from recon.config.secrets import resolve
from recon.errors import AuthError, ConfigError, RetriableError, SourceError
from recon.systems.base import Context
from recon.systems.exact import exact
from recon.systems.http import Again, Answer, Http, where
from recon.systems.oauth1 import Credentials, authorization
from recon.systems.redact import register_secret
from recon.systems.woocommerce.settings import Settings

NAMESPACE = "wc/v3"
_API_LINK = re.compile(r'<([^>]+)>\s*;\s*rel="https://api\.w\.org/"')
_HEAVY = frozenset({500, 502, 504, 524})
"""Statuses of hosts that ran out of memory or time: a smaller page may pass."""
_OLD = 60
"""Seconds of age from which an answer must have come from a cache; WooCommerce forbids caching of what is behind a key."""


class TooMuch(Exception):
    """The page should be asked for again with fewer records."""


class Missing(SourceError):
    """There is no such route or record."""


@dataclass(frozen=True)
class Page:
    """An answer: its JSON and the number of all records of the list, where the headers tell it."""

    data: Any
    total: int | None


class _Signed(Http):
    """Signs every request just before it leaves: a nonce counts once, so a repeated request needs a signature of its own."""

    key = ""
    secret = ""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> Answer:
        """Sign and send; see :meth:`recon.systems.http.Http.send`."""
        moment = int(self.host.server_now().timestamp())
        credentials = Credentials(self.key, self.secret)
        request.headers["Authorization"] = authorization(credentials, request.method or "GET", request.url or "", timestamp=moment)
        return super().send(request, **kwargs)


class Client:
    """One site."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.name = context.name
        kind = _Signed if settings.signed else Http
        self.http = kind(
            context,
            settings.origin,
            kind="woocommerce",
            ca_bundle=settings.ca_bundle,
            classify=self._classify,
            parse_float=exact,
            plain=settings.plain_http,
        )
        self._root: str | None = None
        self._shrinkable = False
        self._in_query: dict[str, str] = {}
        self._ready = False

    # -- calls -------------------------------------------------------------------------------------------

    def get(self, route: str, params: Mapping[str, Any] | None = None, *, shrinkable: bool = False) -> Page:
        """Ask a route of wc/v3, such as ``orders``.

        Raises Missing where there is none, and with ``shrinkable`` TooMuch where fewer records may pass.
        """
        self._shrinkable = shrinkable
        try:
            return self._page(self._ask("GET", f"{self.root()}{NAMESPACE}/{route}", params or {}))
        finally:
            self._shrinkable = False

    def list(self, route: str, params: Mapping[str, Any], *, shrinkable: bool = False) -> Page:
        """The same for a list; what is none is asked for again, and RetriableError raised where that does not help.

        Nothing, and no total that says so, is also asked for again: proxies answer so where the shop would have said more.
        """
        for attempt in range(self.http.limits.attempts):
            page = self.get(route, params, shrinkable=shrinkable)
            whole = isinstance(page.data, list) and all(isinstance(entry, dict) and "id" in entry for entry in page.data)
            if whole and (page.data or page.total is not None or attempt):
                return page
            self.http.host.clock.sleep(2.0**attempt)
        raise RetriableError(
            f"{self.name}: the list {route} is answered with something else.",
            "Run recon doctor; a plugin may change answers.",
            system=self.name,
        )

    def total(self, route: str, params: Mapping[str, Any]) -> int | None:
        """How many records a list has: headers only."""
        path = f"{self.root()}{NAMESPACE}/{route}"
        return self._page(self._ask("HEAD", path, {**params, "per_page": 1}, expect="any")).total

    def index(self, route: str = "", fields: str = "") -> Any:
        """What the API says of itself: the site (no route), or a namespace and its routes."""
        return self._ask("GET", f"{self.root()}{route}", {"_fields": fields} if fields else {}).data

    def root(self) -> str:
        """Path of the REST API with a slash at its end, as the site itself tells it; asked once."""
        if self._root is None:
            given = self.settings.api_root
            self._root = f"{given.rstrip('/')}/" if given else self._discovered()
        return self._root

    # -- keys and places -----------------------------------------------------------------------------------

    def _ask(self, method: str, path: str, params: Mapping[str, Any], expect: str = "json") -> Answer:
        if not self._ready:
            self._take_keys()
        # NOTE: plugins that cache pages also cache the API; this asks them not to.
        return self.http.request(method, path, params={**params, **self._in_query}, headers={"Cache-Control": "no-cache"}, expect=expect)

    def _take_keys(self) -> None:
        key = resolve(self.settings.consumer_key, "consumer_key")
        secret = resolve(self.settings.consumer_secret, "consumer_secret")
        for value in (key, secret):
            if not value.isascii() or any(c.isspace() for c in value):
                raise ConfigError(f"{self.name}: the API key holds characters that no key has.", "Copy it again: ck_… and cs_….")
        pair = base64.b64encode(f"{key}:{secret}".encode()).decode()
        for value in (key, secret, pair):
            register_secret(value)
        if isinstance(self.http, _Signed):
            self.http.key, self.http.secret = key, secret
        elif self.settings.keys_in_query:
            self._in_query = {"consumer_key": key, "consumer_secret": secret}
        else:
            self.http.auth_headers = {"Authorization": f"Basic {pair}"}
        self._ready = True

    def _discovered(self) -> str:
        """Where WordPress says that its API lies (vendor: Discovery, REST API handbook); most sites say /wp-json/."""
        usual = f"{self.settings.folder}/wp-json/"
        try:
            found = self._ask("GET", usual, {"_fields": "namespaces"}).data
        except Missing:
            return self._linked()
        if not isinstance(found, dict) or "namespaces" not in found:
            return self._linked()
        return usual

    def _linked(self) -> str:
        try:
            answer = self._ask("HEAD", f"{self.settings.folder}/", {}, expect="any")
        except Missing:
            raise self._no_api() from None
        link = _API_LINK.search(answer.headers.get("Link", ""))
        if link is None:
            raise self._no_api()
        if "rest_route=" in link.group(1):
            raise SourceError(
                f"{self.name}: the site uses plain permalinks, with which WooCommerce accepts no key.",
                "In WordPress choose any other structure under Settings, Permalinks.",
                system=self.name,
            )
        return f"{urlsplit(self.http.same_origin(link.group(1))).path.rstrip('/')}/"

    def _no_api(self) -> SourceError:
        return SourceError(
            f"{self.name}: no REST API of WordPress is found at this address.",
            "Correct url (with the site's folder), or set api_root. A security plugin may also hide the API.",
            system=self.name,
        )

    # -- answers -----------------------------------------------------------------------------------------

    def _page(self, answer: Answer) -> Page:
        given = answer.headers.get("X-WP-Total", "")
        return Page(answer.data, int(given) if given.isdecimal() else None)

    def _classify(self, answer: Answer) -> None:
        status, data = answer.status_code, answer.data
        code = str(data.get("code") or "") if isinstance(data, dict) else ""
        if status == 200:
            self._refuse_cached(answer)
        elif status in _HEAVY and self._shrinkable:
            raise TooMuch
        elif status in {401, 403}:
            raise self._denied(answer, code)
        elif status == 404:
            raise Missing(
                f"{self.name}: the site does not know {where(answer.request)}.",
                "Check that the WooCommerce plugin is active there, and run recon doctor.",
                system=self.name,
            )
        elif status == 400:
            raise self._wrong(answer, code)

    def _refuse_cached(self, answer: Answer) -> None:
        age = answer.headers.get("Age", "")
        if f"/{NAMESPACE}" in answer.request.path_url and age.isdecimal() and int(age) > _OLD:
            raise SourceError(
                f"{self.name}: a cache answered instead of the shop, with data {int(age):,} seconds old.",
                "Exclude the REST API from the site's cache plugin or delivery network.",
                system=self.name,
            )

    def _denied(self, answer: Answer, code: str) -> Exception:
        status = answer.status_code
        if not code:
            return SourceError(
                f"{self.name}: something in front of WordPress refuses the API (status {status}).",
                "Let recon's address pass in the firewall or security plugin of the site.",
                system=self.name,
            )
        message = str(answer.data.get("message") or "")
        if code == "woocommerce_rest_authentication_error" and message.startswith(("Invalid timestamp", "Invalid nonce")):
            return Again("was signed at a time that the site does not accept")
        if code == "woocommerce_rest_authentication_error":
            return AuthError(
                f"{self.name}: WooCommerce does not accept the consumer secret.",
                "Check consumer_key and consumer_secret.",
                system=self.name,
            )
        if status == 403:
            return AuthError(
                f"{self.name}: the user of the API key may not read this.",
                "Give that user the role of shop manager; a key can never do more than its user.",
                system=self.name,
            )
        return AuthError(
            f"{self.name}: WooCommerce did not see a key that it knows.",
            "Check consumer_key. If it is right, the host strips the Authorization header (keys_in_query = true helps), or TLS ends at a "
            "proxy that does not tell WordPress so (X-Forwarded-Proto).",
            system=self.name,
        )

    def _wrong(self, answer: Answer, code: str) -> SourceError:
        given = (answer.data.get("data") or {}).get("params") if isinstance(answer.data, dict) else None
        names = ", ".join(sorted(name for name in given or () if re.fullmatch(r"[a-z_]{1,40}", str(name))))
        about = f" the parameter {names}" if names else " a request"
        return SourceError(
            f"{self.name}: WooCommerce does not understand{about} ({code if re.fullmatch('[a-z_]{1,60}', code) else 'no code'}).",
            "Report this as a bug of recon, with the version of WooCommerce.",
            system=self.name,
        )
