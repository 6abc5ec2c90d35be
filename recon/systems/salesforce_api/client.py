"""Calls to one org: one session, one token at a time, one budget."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from recon.errors import SourceError
from recon.systems.base import Context
from recon.systems.body import Download
from recon.systems.http import Answer, Http, ReadingPost, Write
from recon.systems.salesforce_api import errors, soql
from recon.systems.salesforce_api.auth import TOKEN_PATH, Credentials
from recon.systems.salesforce_api.settings import OrgSettings

if TYPE_CHECKING:
    from simple_salesforce.api import Salesforce

T = TypeVar("T")

LONGEST_QUERY = 12_000
"""Characters of a GET's query from which it goes into the body of a composite request: URI and headers together may have 16,384 bytes."""

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
_ONLY_GETS = re.compile(rb'"method"\s*:\s*"(?!GET")')


class Client:
    """Sends requests with the current token; when the org refuses it, mints a new one once and sends the same request again.

    Reading only: GET, the token request, a query job, and a composite of GETs pass; nothing else does, unless ``writes`` names it.
    """

    def __init__(self, settings: OrgSettings, context: Context, writes: Iterable[Write] = ()) -> None:
        self.settings = settings
        self.system = context.name
        self.limits = context.limits
        self.overlaps = context.overlaps
        self.credentials = Credentials(settings)
        self.version = settings.api_version
        self.usage: tuple[int, int] | None = None
        """Daily API calls used and allowed, from the last answer"""
        self._token = ""
        self._library: Salesforce | None = None
        self._lock = threading.Lock()
        self.http = Http(
            context,
            settings.url,
            kind="salesforce",
            ca_bundle=settings.ca_bundle,
            reading_posts=(
                ReadingPost(re.escape(TOKEN_PATH)),
                ReadingPost(r"/services/data/v\d+\.0/jobs/query", _is_query_job),
                ReadingPost(r"/services/data/v\d+\.0/composite", lambda content: not _ONLY_GETS.search(content)),
            ),
            classify=lambda answer: errors.classify(answer, context.name),
            observe=self._observe,
            writes=writes,
        )

    @property
    def base(self) -> str:
        """Path in front of every resource of the pinned version."""
        return f"/services/data/v{self.version}"

    # -- tokens -----------------------------------------------------------------------------------

    def call(self, send: Callable[[], T]) -> T:
        """Run ``send`` with a valid token; raises AuthError when a new token is refused as well."""
        token = self._sign_in("")
        try:
            return send()
        except errors.SessionExpired:
            self._sign_in(token)
            return send()

    def _sign_in(self, refused: str) -> str:
        """The current token, or a new one where there is none or the current one was refused."""
        with self._lock:
            if not self._token or self._token == refused:
                self._token = self.credentials.mint(self.http)
                self._library = None
            return self._token

    @property
    def library(self) -> Salesforce:
        """simple-salesforce in direct mode on our session: it neither logs in nor refreshes by itself."""
        from simple_salesforce.api import Salesforce

        library = self._library
        if library is None:
            library = Salesforce(session_id=self._token, instance_url=self.settings.url, session=self.http, version=self.version)
            library.headers.pop("X-PrettyPrint", None)
            self._library = library
        return library

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    # -- requests ------------------------------------------------------------------------------------

    def get(self, path: str, params: Mapping[str, str] | None = None, *, needs: str) -> dict[str, Any]:
        """JSON object of a resource below /services/data/vXX.0, which must hold the key ``needs``."""
        return self.shaped(self.call(lambda: self.library.restful(path, params=dict(params or {}))), needs)

    def versions(self) -> list[dict[str, Any]]:
        """API versions that the org offers; needs no token."""
        data = self.http.request("GET", "/services/data/").data
        return [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []

    def shaped(self, data: Any, *needs: str) -> dict[str, Any]:
        """``data`` as an object with these keys; SourceError for anything else, which some gateway must have sent."""
        if isinstance(data, dict) and all(key in data for key in needs):
            return data
        raise SourceError(
            f"{self.system}: an answer does not have the shape that Salesforce documents.",
            "Check url, and whether something between here and there rewrites answers.",
            system=self.system,
        )

    def query(self, text: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """First page of a query over all records, deleted ones too (queryAll)."""
        if len(urlencode({"q": text})) > LONGEST_QUERY:
            return self._long_query(text)
        try:
            return self._page(self.call(lambda: self.library.query(text, include_deleted=True, headers=dict(headers or {}))))
        except errors.Refusal as refusal:
            if refusal.code != "URI_TOO_LONG":
                raise
            return self._long_query(text)

    def more(self, link: str) -> dict[str, Any]:
        """Next page; ``link`` is nextRecordsUrl and must stay on this host."""
        self.http.same_origin(link)
        if not link.startswith("/services/data/"):
            raise SourceError(
                f"{self.system}: a link to the next page leads elsewhere.", "Report this as a bug of recon.", system=self.system
            )
        return self._page(self.call(lambda: self.library.query_more(link, identifier_is_url=True)))

    def count(self, source: str, where: str = "") -> int:
        """Number of records, deleted ones too."""
        return int(self.query(soql.count(source, where))["totalSize"])

    def rows(self, text: str) -> list[dict[str, Any]]:
        """All records of a small query."""
        page = self.query(text)
        found: list[dict[str, Any]] = list(page["records"])
        while not page["done"]:
            page = self.more(str(page["nextRecordsUrl"]))
            found.extend(page["records"])
        return found

    @property
    def identity(self) -> tuple[str, str]:
        """Ids of the org and of the user that the token is for; SourceError where the token endpoint did not say."""
        self._sign_in("")
        found = self.credentials.identity
        if found is None:
            raise SourceError(f"{self.system}: the token endpoint does not say whose token it gave.", "Check url.", system=self.system)
        return found

    def request(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **parts: Any) -> Answer:
        """A request that the library does not know, with the token. ``headers`` go along again after a new token was minted."""
        given = dict(headers or {})
        return self.call(lambda: self.http.request(method, self.base + path, headers={**given, **self._authorization()}, **parts))

    def download(self, path: str, params: Mapping[str, str]) -> Download:
        """A CSV result into a temporary file; close it."""
        return self.call(lambda: self.http.download(self.base + path, params=dict(params), headers=self._authorization(), expect="csv"))

    def _long_query(self, text: str) -> dict[str, Any]:
        inner = f"{self.base}/queryAll?{urlencode({'q': text})}"
        body = {"compositeRequest": [{"method": "GET", "url": inner, "referenceId": "page"}]}
        data = self.request("POST", "/composite", json=body).data
        parts = self.shaped(data, "compositeResponse")["compositeResponse"]
        part = self.shaped(parts[0] if isinstance(parts, list) and parts else None, "httpStatusCode", "body")
        if part.get("httpStatusCode") != 200:
            code, _ = errors.code_of(part.get("body"))
            raise errors.Refusal(f"{self.system}: a long query was refused ({code}).", "Run recon doctor.", system=self.system, code=code)
        return self._page(part["body"])

    def _page(self, data: Any) -> dict[str, Any]:
        """A page of records in the documented shape, or SourceError: an empty answer is never an empty table."""
        page = self.shaped(data, "totalSize", "done")
        records = page.get("records", [])
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            self.shaped(None)
        return {**page, "records": records}

    # -- budget --------------------------------------------------------------------------------------

    def _observe(self, headers: Mapping[str, str]) -> None:
        """Keep to our share of what is left of the day. Vendor source: Sforce-Limit-Info on every REST answer."""
        found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
        if not found:
            return
        used, allowed = int(found[1]), int(found[2])
        left = max(allowed - used, 0)
        if self.usage is None:
            self.http.host.budget = int(left * self.limits.api_share)
        elif self.http.host.budget is not None:
            self.http.host.budget = min(self.http.host.budget, left)
        self.usage = (used, allowed)


def _is_query_job(content: bytes) -> bool:
    return re.search(rb'"operation"\s*:\s*"query(All)?"', content) is not None
