"""Calls of the REST API: three ways in, and what the shop's errors mean.

Fractions become text, digit by digit as they came: whoever reads a JSON number as a binary fraction loses some.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from recon.config.secrets import resolve
from recon.errors import AuthError, ConfigError, RetriableError, SourceError
from recon.systems import oauth1
from recon.systems.adobe_commerce.settings import Settings
from recon.systems.base import Context
from recon.systems.http import Answer, Host, Http, ReadingPost
from recon.systems.redact import register_secret

IMS_PATH = "/ims/token/v3"
IMS_SCOPE = "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"
READING_POSTS = ("base-prices-information", "special-price-information", "tier-prices-information")
"""POSTs that only read: a list of SKUs is too long for an address."""

_EARLY = 300.0
"""Seconds before its end at which a token is asked for again."""

Filter = tuple[str, str, str]
"""Field, condition, value."""


class PageTooLarge(Exception):
    """The shop's limits for Web API input allow fewer records in a page."""

    def __init__(self, largest: int) -> None:
        super().__init__(largest)
        self.largest = largest


class NoRoute(Exception):
    """The module behind an address is not installed."""


class Broken(Exception):
    """Status 500: the shop stumbles, often over one record of the page."""


class Refused(Exception):
    """Status 401. ``resource`` is the right that is missing, where the shop names it."""

    def __init__(self, resource: str, *, signature: bool) -> None:
        super().__init__(resource)
        self.resource = resource
        self.signature = signature


class _Session(Http):
    """Signs every request at the moment it is sent."""

    credentials: oauth1.Credentials | None = None
    now: Callable[[], datetime]

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> Answer:
        """Sign, then send."""
        if self.credentials is not None:
            # the past is taken, ten minutes of future are not (vendor's source): the earlier clock counts
            stamp = int(min(self.now(), self.host.server_now()).timestamp())
            request.headers["Authorization"] = oauth1.authorization(
                self.credentials, request.method or "", request.url or "", timestamp=stamp
            )
        return super().send(request, **kwargs)


class Client:
    """One shop. Safe to use from several threads."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self.settings = settings
        self.name = context.name
        host = Host(context)
        posts = "|".join(READING_POSTS)
        self.http = _Session(
            context,
            settings.address,
            kind="adobe_commerce",
            ca_bundle=settings.ca_bundle,
            reading_posts=(ReadingPost(rf"{re.escape(settings.root)}/V1/products/({posts})"),),
            classify=self._classify,
            parse_float=str,
            host=host,
        )
        self.http.now = context.now
        self._ims: Http | None = None
        if settings.is_service:
            self._ims = Http(
                context,
                settings.ims_url,
                kind="adobe_commerce",
                ca_bundle=settings.ca_bundle,
                reading_posts=(ReadingPost(re.escape(IMS_PATH)),),
                classify=self._judge_grant,
                host=host,
            )
        self.page_limit = settings.page_size
        self._lock = threading.Lock()
        self._ready = False
        self._token = ""
        self._expires = float("inf")

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()
        if self._ims is not None:
            self._ims.close()

    # -- questions ---------------------------------------------------------------------------------------

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Any:
        """The JSON of one address below /V1. Raises NoRoute, Refused, PageTooLarge, Broken, and errors of recon."""
        address = f"{self.settings.root}/V1/{path}"
        return self._sent("GET", f"{address}?{oauth1.encode_query(query)}" if query else address, None)

    def post(self, path: str, content: Mapping[str, Any]) -> Any:
        """The JSON of one of :data:`READING_POSTS`."""
        return self._sent("POST", f"{self.settings.root}/V1/{path}", content)

    def search(
        self,
        path: str,
        filters: Sequence[Filter],
        *,
        sort: str | None,
        size: int,
        page: int = 1,
        fields: str | None = None,
    ) -> tuple[list[Any], int]:
        """One page: the records, and how many there are in all. ``items`` may come as null where there are none."""
        query = [*_criteria(filters, sort), ("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(page))]
        if fields:
            query.append(("fields", fields))
        data = self.get(path, query)
        items = data.get("items") if isinstance(data, dict) else None
        total = data.get("total_count") if isinstance(data, dict) else None
        if not isinstance(total, int) or not isinstance(items, list | None):
            raise SourceError(
                f"{self.name}: {path} is not answered with a list.", "Check url, folder and scope in recon.toml.", system=self.name
            )
        return items or [], total

    def _sent(self, method: str, url: str, content: Mapping[str, Any] | None) -> Any:
        self._prepare()
        try:
            return self._once(method, url, content)
        except Refused as refused:
            if self._ims is None or refused.resource:
                raise
        self._renew(self._token)
        return self._once(method, url, content)

    def _once(self, method: str, url: str, content: Mapping[str, Any] | None) -> Any:
        """Send; a status 500 is believed only when it comes twice."""
        try:
            return self.http.request(method, url, json=content).data
        except Broken:
            self.http.host.clock.sleep(2.0)
            return self.http.request(method, url, json=content).data

    # -- the way in ----------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        with self._lock:
            old, ready = self._token, self._ready and self.http.host.clock.now() < self._expires
        if not ready:
            self._renew(old)

    def _renew(self, old: str) -> None:
        """Read the credentials or fetch a new token, unless another worker just did."""
        with self._lock:
            if self._ready and self._token != old:
                return
            settings = self.settings
            if self._ims is not None:
                self._fetch(self._ims)
            elif settings.token is not None:
                self._token = self._secret("token")
                self.http.auth_headers = {"Authorization": f"Bearer {self._token}"}
            else:
                key, secret, token, token_secret = (
                    self._secret(name) for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
                )
                self.http.credentials = oauth1.Credentials(key, secret, token, token_secret)
            self._ready = True

    def _secret(self, name: str) -> str:
        value = resolve(getattr(self.settings, name) or "", name)
        if not value.isascii() or any(c.isspace() for c in value):
            raise ConfigError(f"{self.name}: {name} holds characters that no token has.", "Copy it again from the shop's admin.")
        register_secret(value)
        return value

    def _fetch(self, ims: Http) -> None:
        client_id = self._secret("client_id")
        form = {
            "client_id": client_id,
            "client_secret": self._secret("client_secret"),
            "grant_type": "client_credentials",
            "scope": IMS_SCOPE,
        }
        answer = ims.request("POST", IMS_PATH, data=form, headers={"Accept": "application/json"}).data
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise SourceError(f"{self.name}: Adobe's answer holds no access token.", "Check ims_url.", system=self.name)
        self._token = answer["access_token"]
        register_secret(self._token)
        lasts = answer.get("expires_in")
        self._expires = self.http.host.clock.now() + max((lasts if isinstance(lasts, int) else 3_600) - _EARLY, 1.0)
        self.http.auth_headers = {
            "Authorization": f"Bearer {self._token}",
            "x-api-key": client_id,
            "x-gw-ims-org-id": self.settings.organization_id or "",
            "Store": self.settings.scope,
        }

    def _judge_grant(self, answer: Answer) -> None:
        if answer.status_code in {400, 401, 403}:
            raise AuthError(
                f"{self.name}: Adobe gives no access token (status {answer.status_code}).",
                "Check client_id, client_secret and organization_id, and that the credential has the Commerce API.",
                system=self.name,
            )

    # -- answers -------------------------------------------------------------------------------------------

    def _classify(self, answer: Answer) -> None:
        status, data = answer.status_code, answer.data
        if status == 401:
            raise _refused(data)
        if not isinstance(data, dict) or not isinstance(data.get("message"), str):
            return
        if status == 400 and (largest := _largest_page(data)):
            raise PageTooLarge(largest)
        if status == 404 and "any route" in data["message"]:
            raise NoRoute
        if status == 500:
            raise Broken

    def auth_error(self, path: str, refused: Refused) -> AuthError:
        """What a refusal means, both readings where the shop does not tell them apart."""
        where = f"{self.name}: the shop refuses {path}"
        if refused.signature:
            return AuthError(
                f"{where}: it says that the signature is invalid.",
                "Check the four values of the integration. 2.4.6 and 2.4.6-p1 refuse right signatures where a value holds a blank: "
                "install the later patch, or use token and allow it as bearer.",
                system=self.name,
            )
        bearer = (
            " Since 2.4.4 an integration's token alone is not accepted: give all four values, "
            "or allow it under Stores > Configuration > Services > OAuth."
            if self.settings.token is not None
            else ""
        )
        if refused.resource:
            return AuthError(
                f"{where}: the right {refused.resource} is missing, or the token is wrong.",
                "Tick it under API of the integration (System > Integrations) and save it, or activate the integration again." + bearer,
                system=self.name,
            )
        return AuthError(f"{where} with these credentials.", "Check them, and that the integration is active." + bearer, system=self.name)

    def stumbles(self, path: str) -> RetriableError:
        """The error for a call that the shop answers with status 500 again and again."""
        return RetriableError(
            f"{self.name}: the shop answers {path} with an internal error.", "See the shop's log, then run it again.", system=self.name
        )


def _criteria(filters: Sequence[Filter], sort: str | None) -> list[tuple[str, str]]:
    """Each filter in a group of its own: groups are joined with AND."""
    query = []
    for number, (field, condition, value) in enumerate(filters):
        place = f"searchCriteria[filterGroups][{number}][filters][0]"
        query += [(f"{place}[field]", field), (f"{place}[value]", value), (f"{place}[conditionType]", condition)]
    if sort:
        query += [("searchCriteria[sortOrders][0][field]", sort), ("searchCriteria[sortOrders][0][direction]", "ASC")]
    return query


def _refused(data: Any) -> Refused:
    message = str(data.get("message", "")) if isinstance(data, dict) else ""
    parameters = data.get("parameters") if isinstance(data, dict) else None
    resource = parameters.get("resources", "") if isinstance(parameters, dict) else ""
    named = resource if re.fullmatch(r"[A-Za-z0-9_:, ]{3,200}", str(resource)) and resource != "self" else ""
    return Refused(str(named), signature="signature" in message.lower())


def _largest_page(data: Mapping[str, Any]) -> int:
    """The largest page in the shop's complaint that one is too large; 0 where it complains of something else."""
    if "pageSize" not in data["message"]:
        return 0
    parameters = data.get("parameters")
    values = parameters.values() if isinstance(parameters, dict) else parameters if isinstance(parameters, list) else ()
    found = next((int(str(value)) for value in values if str(value).isdigit()), 0)
    digits = re.search(r"(\d+)\s*\.?$", data["message"])
    return found or (int(digits.group(1)) if digits else 0)


def host_of(url: str) -> str:
    """The host in an address, with its port."""
    return urlsplit(url).netloc
