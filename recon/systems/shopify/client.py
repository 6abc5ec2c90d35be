"""Calls of the GraphQL Admin API: token, version, cost, and errors that come with status 200."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recon.config.secrets import resolve
from recon.errors import AuthError, ConfigError, ReconError, RetriableError, SourceError
from recon.systems.base import Context
from recon.systems.exact import exact
from recon.systems.http import Again, Answer, Http, ReadingPost
from recon.systems.redact import register_secret
from recon.systems.shopify.documents import operations
from recon.systems.shopify.settings import Settings

TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105 -- a path
TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105 -- a header's name
_REFERENCE = re.compile(r"^(env|file|keyring):")
_EARLY = 300.0
"""Seconds before its end at which a token is asked for again."""

_GRANT_PROBLEMS = {
    "shop_not_permitted": "the app belongs to another organization than the shop",
    "application_cannot_be_found": "there is no app with this client id",
    "app_not_installed": "the app is not installed on this shop",
    "invalid_client": "the client id or the secret is wrong",
    "invalid_request": "the client id or the secret is wrong",
}
_STATUSES = {
    402: "the shop is frozen until its plan is paid",
    404: "there is no such shop",
    423: "the shop is locked",
    430: "Shopify holds these calls for a security risk",
}


class TooMuch(Exception):
    """The page should be asked for again with fewer records."""


class Gone(Exception):
    """A result file may not be fetched (any more) under this address."""


class _Refused(Exception):
    """Status 401: the token does not hold any more."""


class _Trouble(Exception):
    """Shopify had an internal error and said so with status 200."""


@dataclass(frozen=True)
class Reply:
    """``data`` of an answer, and the paths to which access was denied (their values are null, which does not mean blank)."""

    data: Mapping[str, Any]
    denied: tuple[tuple[str | int, ...], ...] = ()


class Client:
    """One shop. Safe to use from several threads: they share the token, the pause and the picture of the cost bucket."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.name = context.name
        self.path = f"/admin/api/{settings.api_version}/graphql.json"
        self._start_bulk = operations("operations", settings.api_version)["run"].text()
        self.http = Http(
            context,
            settings.address,
            kind="shopify",
            ca_bundle=settings.ca_bundle,
            reading_posts=(ReadingPost(re.escape(TOKEN_PATH)), ReadingPost(re.escape(self.path), self._only_reads)),
            classify=self._classify,
            result_hosts=settings.result_hosts,
            parse_float=exact,
        )
        self.granted: frozenset[str] | None = None
        """Scopes as the token answer names them; None for a static token"""
        self._lock = threading.Lock()
        self._token = ""
        self._expires = 0.0
        self._bucket: tuple[float, float, float] | None = None
        self._costs: dict[str, float] = {}

    def ask(self, text: str, variables: Mapping[str, Any] | None = None, *, shrinkable: bool = False) -> Reply:
        """Send one operation. With ``shrinkable`` raises TooMuch where a smaller page may work."""
        attempts = self.http.limits.attempts
        for attempt in range(1, attempts + 1):
            self._wait_for_points(text)
            try:
                return self._reply(text, self._post({"query": text, "variables": dict(variables or {})}).data)
            except _Trouble:
                if shrinkable and attempt >= 2:
                    raise TooMuch from None
                if attempt < attempts:
                    self.http.host.clock.sleep(2.0 ** (attempt - 1))
        raise RetriableError(
            f"{self.name}: Shopify answers with internal errors.", "Run it again later; it goes on where it stopped.", system=self.name
        )

    def sleep(self, seconds: float) -> None:
        """Let time pass, on the clock that deadlines are measured with."""
        self.http.host.clock.sleep(seconds)

    # -- token ---------------------------------------------------------------------------------------

    def _post(self, body: Mapping[str, Any]) -> Answer:
        token = self._valid_token()
        try:
            return self.http.request("POST", self.path, json=body)
        except _Refused:
            if self.settings.token is not None:
                raise self._not_accepted() from None
        self._renew(token)
        try:
            return self.http.request("POST", self.path, json=body)
        except _Refused:
            raise self._not_accepted() from None

    def _not_accepted(self) -> AuthError:
        return AuthError(
            f"{self.name}: Shopify does not accept the access token.",
            "Check that the app is installed on this shop, and its token or secret.",
            system=self.name,
        )

    def _valid_token(self) -> str:
        with self._lock:
            token = self._token
            if token and self.http.host.clock.now() < self._expires:
                return token
        return self._renew(token)

    def _renew(self, old: str) -> str:
        """A new token, unless another worker already fetched one."""
        with self._lock:
            if self._token == old:
                self._fetch()
                self.http.auth_headers = {TOKEN_HEADER: self._token}
            return self._token

    def _fetch(self) -> None:
        settings = self.settings
        if settings.token is not None:
            self._token = resolve(settings.token, "token")
            if not self._token.isascii() or any(c.isspace() for c in self._token) or self._token.startswith("shpss_"):
                raise ConfigError(f"{self.name}: token names no access token.", "An access token begins with shpat_; shpss_ is a secret.")
            register_secret(self._token)
            self._expires = float("inf")
            return
        secret = resolve(settings.client_secret or "", "client_secret")
        register_secret(secret)
        given = settings.client_id or ""
        client_id = resolve(given, "client_id") if _REFERENCE.match(given) else given
        form = {"client_id": client_id, "client_secret": secret, "grant_type": "client_credentials"}
        answer = self.http.request("POST", TOKEN_PATH, data=form, headers={"Accept": "application/json"}).data
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise SourceError(f"{self.name}: Shopify's answer holds no access token.", "Check shop and url.", system=self.name)
        self._token = answer["access_token"]
        register_secret(self._token)
        self.granted = frozenset(filter(None, re.split(r"[,\s]+", str(answer.get("scope") or ""))))
        lasts = answer.get("expires_in")
        self._expires = self.http.host.clock.now() + max((lasts if isinstance(lasts, int) else 86_399) - _EARLY, 1.0)

    # -- cost ------------------------------------------------------------------------------------------

    def _wait_for_points(self, text: str) -> None:
        """Wait until the bucket holds what this operation asked for last time."""
        with self._lock:
            bucket, need = self._bucket, self._costs.get(text, 0.0)
        if bucket is None:
            return
        available, rate, seen = bucket
        missing = need - (available + rate * (self.http.host.clock.now() - seen))
        if missing > 0:
            self.sleep(min(missing / rate, float(self.http.limits.wait_seconds)))

    def _note_cost(self, text: str, data: Mapping[str, Any]) -> None:
        cost = (data.get("extensions") or {}).get("cost")
        found = _points(cost)
        if found is None:
            return
        requested, available, rate = found
        with self._lock:
            self._bucket = (available, rate, self.http.host.clock.now())
            self._costs[text] = requested

    # -- answers -----------------------------------------------------------------------------------------

    def _reply(self, text: str, data: Any) -> Reply:
        self._note_cost(text, data)
        for search in (data.get("extensions") or {}).get("search") or ():
            if search.get("warnings"):
                raise SourceError(
                    f"{self.name}: Shopify did not understand a filter and would have returned other records than asked for.",
                    "Report this as a bug of recon, with the API version.",
                    system=self.name,
                )
        denied = tuple(tuple(error.get("path") or ()) for error in data.get("errors") or () if _code(error) == "ACCESS_DENIED")
        return Reply(data.get("data") or {}, denied)

    def _classify(self, answer: Answer) -> None:
        path = answer.request.path_url
        if path == TOKEN_PATH:
            self._judge_grant(answer)
        elif path == self.path:
            self._judge(answer)
        elif 400 <= answer.status_code < 500 and answer.status_code not in {408, 429}:
            raise Gone

    def _judge_grant(self, answer: Answer) -> None:
        if answer.status_code not in {400, 401, 403, 404}:
            return
        code = answer.data.get("error") if isinstance(answer.data, dict) else None
        why = _GRANT_PROBLEMS.get(str(code), f"status {answer.status_code}")
        raise AuthError(
            f"{self.name}: Shopify gives no access token: {why}.",
            "Check client_id, client_secret and shop in recon.toml.",
            system=self.name,
        )

    def _judge(self, answer: Answer) -> None:
        status = answer.status_code
        if status == 401:
            raise _Refused
        if status in _STATUSES:
            raise SourceError(
                f"{self.name}: Shopify refuses calls: {_STATUSES[status]} (status {status}).", "See the shop's admin.", system=self.name
            )
        if status != 200 or answer.data is None:
            return
        self._check_version(answer.headers.get("X-Shopify-API-Version", ""))
        if not isinstance(answer.data, dict) or not ({"data", "errors"} & answer.data.keys()):
            raise Again("was not answered by GraphQL")
        errors = answer.data.get("errors") or []
        codes = {_code(error) for error in errors} if isinstance(errors, list) else {"?"}
        self._judge_codes(codes - {"ACCESS_DENIED"}, answer.data)
        if not codes and not isinstance(answer.data.get("data"), dict):
            raise Again("was answered without data")

    def _judge_codes(self, codes: set[str], data: Mapping[str, Any]) -> None:
        if not codes:
            return
        if "THROTTLED" in codes:
            found = _points((data.get("extensions") or {}).get("cost"))
            wait = 2.0 if found is None else max(0.0, found[0] - found[1]) / found[2]
            raise Again("was throttled", wait=max(wait, 0.1), everyone=True, free=True)
        if "MAX_COST_EXCEEDED" in codes:
            raise TooMuch
        if codes & {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
            raise _Trouble
        raise self._failure(codes)

    def _failure(self, codes: set[str]) -> ReconError:
        if "SHOP_INACTIVE" in codes:
            return SourceError(f"{self.name}: the shop is not active.", "See the shop's admin.", system=self.name)
        named = ", ".join(sorted(code for code in codes if re.fullmatch(r"[A-Za-z_]{2,60}", code))) or "without a code"
        return SourceError(
            f"{self.name}: Shopify could not run a query ({named}).",
            "Report this as a bug of recon, with the API version.",
            system=self.name,
        )

    def _check_version(self, served: str) -> None:
        """A version that is no longer served falls forward silently to another one, whose fields may mean something else."""
        asked = self.settings.api_version
        if served != asked:
            raise SourceError(
                f"{self.name}: Shopify answered with API version {served[:20] or 'unknown'} where {asked} was asked for.",
                "Set api_version to a supported one, or update recon.",
                system=self.name,
            )

    def _only_reads(self, content: bytes) -> bool:
        """The fence: no mutation but starting a bulk query leaves this process."""
        try:
            text = json.loads(content)["query"]
        except (ValueError, KeyError, TypeError):
            return False
        return isinstance(text, str) and (text == self._start_bulk or (text.startswith("query ") and "mutation" not in text))


def _code(error: Any) -> str:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return str((extensions or {}).get("code") or "?")


def _points(cost: Any) -> tuple[float, float, float] | None:
    """Points requested, points available, points restored per second; None where the answer does not say."""
    try:
        status = cost["throttleStatus"]
        found = tuple(_number(value) for value in (cost["requestedQueryCost"], status["currentlyAvailable"], status["restoreRate"]))
    except (KeyError, TypeError, ValueError):
        return None
    requested, available, rate = found
    return (requested, available, rate) if rate > 0 else None


def _number(value: Any) -> float:
    """Points may come as whole numbers or, marked by :func:`exact`, as fractions."""
    return float(re.sub(r"^[0-9a-f]{32}|[0-9a-f]{32}$", "", value) if isinstance(value, str) else value)
