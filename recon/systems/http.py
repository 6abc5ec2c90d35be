"""The one HTTP layer of all platforms.

A :class:`Http` is a ``requests`` session for one system with everything a run over hours needs: timeouts and a total deadline,
retry by status and by body, one shared wait for all workers of a host, whole bodies or none, size limits, no redirects, same
origin only, a fence that lets nothing but reads pass, and no secret in any message.
"""

from __future__ import annotations

import ipaddress
import os
import random
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from recon.errors import AuthError, ConfigError, QuotaError, ReconError, RetriableError, SourceError, StoreError
from recon.systems import body, redact
from recon.systems.base import Context

T = TypeVar("T")

_chance = random.SystemRandom()

READS = frozenset({"GET", "HEAD", "PROPFIND"})
"""Methods that change nothing by their definition: RFC 9110 section 9.2.1, and RFC 4918 section 9.1 for folders of WebDAV."""

TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may work; other 5xx are retried as well."""


class Again(Exception):
    """Raised by a classifier: the same request should be sent again.

    ``wait``: seconds the server asked for (None: back off); ``everyone``: all workers of the host wait, not only this one;
    ``free``: does not use up an attempt (a shop that asks to slow down has not failed), so only the deadline ends it;
    ``busy``: a quarter of an attempt, for a 429: a crowded server is no broken one, but one that never answers is.
    """

    def __init__(self, reason: str, *, wait: float | None = None, everyone: bool = False, free: bool = False, busy: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.everyone = everyone
        self.cost = 0.0 if free else 0.25 if busy else 1.0


class Answer(requests.Response):
    """An answer whose body was read whole; ``data`` is its JSON (None where it is none), numbers exact."""

    data: Any = None

    def json(self, **_: Any) -> Any:
        """The parsed body; arguments of requests are ignored, since fractions are always exact here."""
        return self.data


@dataclass(frozen=True)
class ReadingPost:
    """A POST that only reads: a path (regular expression, whole path) and, where the body decides, a look at it."""

    path: str
    allows: Callable[[bytes], bool] | None = None


@dataclass(frozen=True)
class Write:
    """A method and a path (regular expression, whole path) that change something; only corrections in Salesforce ask for any."""

    method: str
    path: str


class Clock:
    """Monotonic seconds which also pass when an injected ``sleep`` returns at once."""

    def __init__(self, sleep: Callable[[float], Any]) -> None:
        self._sleep = sleep
        self._skipped = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Let seconds pass."""
        before = time.monotonic()
        self._sleep(seconds)
        missing = seconds - (time.monotonic() - before)
        if missing > 0:
            with self._lock:
                self._skipped += missing


class Host:
    """What all workers that talk to one host share: the pause, the count of calls, its clock and the budget of calls."""

    def __init__(self, context: Context) -> None:
        self.clock = Clock(context.sleep)
        self.calls = 0
        self.budget: int | None = None
        """Calls that this run may still send; None where the platform has no daily quota"""
        self.skew: float | None = None
        """Seconds by which the server's clock is ahead of ours, from its last Date header"""
        self._now: Callable[[], datetime] = context.now
        self._name = context.name
        self._until = 0.0
        self._lock = threading.Lock()

    def pause(self, seconds: float) -> None:
        """No worker sends anything for that long."""
        with self._lock:
            self._until = max(self._until, self.clock.now() + seconds)

    def wait(self) -> None:
        """Return when the pause is over; workers start again a little apart."""
        waited = False
        while (left := self._until - self.clock.now()) > 0:
            self.clock.sleep(left)
            waited = True
        if waited:
            self.clock.sleep(_chance.uniform(0, 0.5))

    def spend(self) -> None:
        """Count a call; raises QuotaError when the budget is used up."""
        with self._lock:
            if self.budget is not None:
                if self.budget <= 0:
                    raise QuotaError(
                        f"{self._name}: this run has used its share of the daily API calls.",
                        "Run it again later; it goes on where it stopped. limits.api_share sets the share.",
                        system=self._name,
                    )
                self.budget -= 1
            self.calls += 1

    def hear(self, headers: Mapping[str, str]) -> None:
        """Compare clocks."""
        try:
            there = parsedate_to_datetime(headers.get("Date", ""))
        except (TypeError, ValueError):
            return
        there = there if there.tzinfo else there.replace(tzinfo=UTC)
        self.skew = (there - self._now()).total_seconds()

    def server_now(self) -> datetime:
        """The present by the server's clock where it is known, by ours otherwise."""
        now = self._now()
        return datetime.fromtimestamp(now.timestamp() + (self.skew or 0.0), UTC)


class _Adapter(HTTPAdapter):
    def build_response(self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse) -> requests.Response:
        plain = super().build_response(req, resp)
        answer = Answer()
        answer.__dict__.update(plain.__dict__)
        return answer


class Http(requests.Session):
    """A session for one system.

    ``base_url`` is the origin that credentials may be sent to. ``reading_posts`` lists the POSTs that only read; every other method
    than those of :data:`READS` is refused before it is sent. ``classify`` looks at each answer after its body was read and may raise
    :class:`Again` or an error of recon. ``observe`` sees every answer's headers (budgets). ``result_hosts`` are other hosts that
    files may come from; they never get credentials. ``auth_headers`` go to the origin only. ``writes`` opens the fence for these calls, for
    corrections in Salesforce; a write is never repeated here. ``plain`` allows an origin without TLS, where the user asked for it.

    Raises (from all calls): RetriableError when attempts or deadline are used up, AuthError for 401 and 403, QuotaError,
    SourceError for the rest.
    """

    def __init__(
        self,
        context: Context,
        base_url: str,
        *,
        kind: str,
        ca_bundle: Path | None = None,
        reading_posts: Iterable[ReadingPost] = (),
        classify: Callable[[Answer], None] | None = None,
        observe: Callable[[Mapping[str, str]], None] | None = None,
        result_hosts: Iterable[str] = (),
        parse_float: Callable[[str], Any] | None = None,
        writes: Iterable[Write] = (),
        host: Host | None = None,
        plain: bool = False,
    ) -> None:
        super().__init__()
        redact.install()
        self.writes = tuple(writes)
        if self.writes and kind != "salesforce":
            raise ValueError("only corrections in Salesforce are ever written")
        self.system = context.name
        self.limits = context.limits
        self.host = host or Host(context)
        self.base_url = base_url.rstrip("/")
        self._origin = _origin(self.base_url)
        self._loopback = is_loopback(self._origin[1])
        self._plain = self._origin[0] == "http" and (self._loopback or plain)
        if self._origin[0] != "https" and not self._plain:
            raise SourceError(f"{self.system}: the address does not begin with https://.", "Correct url in recon.toml.", system=self.system)
        self.auth_headers: dict[str, str] = {}
        self.reading_posts = tuple(reading_posts)
        self.classify = classify
        self.observe = observe
        self.result_hosts = tuple(entry.lower() for entry in result_hosts)
        self._parse_float = parse_float
        self._settle(ca_bundle)

    def _settle(self, ca_bundle: Path | None) -> None:
        self.trust_env = False  # neither .netrc nor another CA list may slip in; proxies are read on purpose below
        if ca_bundle is not None and not (ca_bundle.is_file() and os.access(ca_bundle, os.R_OK)):
            raise ConfigError(f"{self.system}: ca_bundle names {ca_bundle}, which cannot be read.", "Name a file with certificates (PEM).")
        self.verify = str(ca_bundle) if ca_bundle else True
        self.proxies = {} if self._loopback else dict(get_environ_proxies(self.base_url))
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update({"Accept-Encoding": "gzip", "User-Agent": "recon"})
        self.adapters.clear()
        self.mount("https://", _Adapter(pool_maxsize=16, max_retries=urllib3.Retry(0, read=False)))
        if self._loopback or self._plain:
            self.mount("http://", _Adapter(pool_maxsize=16, max_retries=urllib3.Retry(0, read=False)))

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        return self.host.calls

    # -- what platforms call ----------------------------------------------------------------------

    def request(  # type: ignore[override]  # requests' own keyword arguments that nobody here uses are not taken
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        expect: str = "json",
        deadline: float | None = None,
        **_: Any,
    ) -> Answer:
        """Send a request until it has an answer, read its body whole.

        ``url`` may be a path or an address of the same origin; ``expect`` is "json", "csv" or "any"; ``deadline`` seconds for all attempts
        (default limits.deadline_seconds). Timeouts of the caller are ignored: ours hold.
        """
        prepared = self._prepare(method, self.same_origin(url), params=params, data=data, json=json, headers=headers)
        until = self.host.clock.now() + (deadline or self.limits.deadline_seconds)
        return self._attempts(prepared, until, lambda response: self._whole(response, expect, until))

    def download(
        self, url: str, *, params: Any = None, headers: Mapping[str, str] | None = None, expect: str = "any", deadline: float | None = None
    ) -> body.Download:
        """Fetch a large file into a temporary file; a cut or damaged one is fetched again. Close the result.

        ``url`` may lie on one of ``result_hosts``; then no credentials are sent. ``deadline`` defaults to limits.run_seconds.
        """
        until = self.host.clock.now() + (deadline or self.limits.run_seconds)
        foreign = _origin(urljoin(self.base_url + "/", url)) != self._origin
        address = self._result_url(url) if foreign else self.same_origin(url)
        prepared = self._prepare("GET", address, params=params, headers=headers, credentials=not foreign)
        file = body.Download()
        try:
            return self._attempts(prepared, until, lambda response: self._fill(file, response, expect, until))
        except BaseException:
            file.close()
            raise

    def same_origin(self, url: str) -> str:
        """Absolute form of a path or next link; raises SourceError for one that leads elsewhere."""
        absolute = urljoin(self.base_url + "/", url)
        parts = urlsplit(absolute)
        if _origin(absolute) != self._origin or parts.username is not None or parts.password is not None or "\\" in url:
            raise SourceError(
                f"{self.system}: an answer links to another host than the one in recon.toml, so it was not followed.",
                "Check url in recon.toml, and whether something between here and there rewrites answers.",
                system=self.system,
            )
        return absolute

    # -- one request --------------------------------------------------------------------------------

    def _prepare(self, method: str, url: str, *, credentials: bool = True, **parts: Any) -> requests.PreparedRequest:
        given = dict(parts.pop("headers", None) or {})
        headers = {**self.auth_headers, **given} if credentials else given
        return self.prepare_request(requests.Request(method.upper(), url, headers=headers, **parts))

    def _attempts(self, prepared: requests.PreparedRequest, until: float, take: Callable[[Answer], T]) -> T:
        """Send until ``take`` is content. What passes the fence only reads, so it may be repeated."""
        failed = 0.0
        while True:
            self.host.wait()
            try:
                return self._once(prepared, take)
            except Again as again:
                failed += again.cost
                wait = self._wait_for(again, failed)
                if failed >= self.limits.attempts or not self._repeatable(prepared) or self.host.clock.now() + wait > until:
                    raise self._gave_up(prepared, again.reason) from None
                if again.everyone:
                    self.host.pause(wait)
                else:
                    self.host.clock.sleep(wait)

    def _repeatable(self, prepared: requests.PreparedRequest) -> bool:
        return prepared.method in READS or not self._is_write(prepared)

    def _is_write(self, request: requests.PreparedRequest) -> bool:
        path = urlsplit(request.url or "").path
        return any(request.method == write.method and re.fullmatch(write.path, path) for write in self.writes)

    def _wait_for(self, again: Again, failed: float) -> float:
        cap = float(self.limits.wait_seconds)
        if again.wait is not None:
            return min(max(again.wait, 0.0), cap) + _chance.uniform(0, 0.25)
        return min(cap, float(2.0 ** max(failed - 1, 0))) * _chance.uniform(0.5, 1.0)

    def _gave_up(self, prepared: requests.PreparedRequest, reason: str) -> RetriableError:
        return RetriableError(
            f"{self.system}: {where(prepared)} {reason}, also when tried again.",
            "Run it again later; it goes on where it stopped.",
            system=self.system,
        )

    def _once(self, prepared: requests.PreparedRequest, take: Callable[[Answer], T]) -> T:
        try:
            response = self.send(
                prepared, stream=True, timeout=(self.limits.connect_seconds, self.limits.read_seconds), allow_redirects=False
            )
        except requests.exceptions.SSLError:
            raise self._untrusted() from None
        except requests.exceptions.Timeout:
            raise Again("was not answered in time") from None
        except requests.exceptions.RequestException:
            raise Again("could not be sent: no connection") from None
        with response:
            self.host.hear(response.headers)
            if self.observe is not None:
                self.observe(response.headers)
            return take(response)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> Answer:
        """The lowest door: nothing but reads passes, whoever calls; raises SourceError."""
        self._fence(request)
        self.host.spend()
        kwargs.setdefault("proxies", self.proxies)
        answer = super().send(request, **kwargs)
        assert isinstance(answer, Answer)  # noqa: S101 -- our adapter made it
        return answer

    def _fence(self, request: requests.PreparedRequest) -> None:
        method = request.method or ""
        if method in READS or self._is_write(request):
            return
        path = urlsplit(request.url or "").path
        content = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        for post in self.reading_posts:
            if method == "POST" and re.fullmatch(post.path, path) and (post.allows is None or post.allows(content)):
                return
        raise SourceError(
            f"{self.system}: {where(request)} would not be a mere read, so it was not sent.",
            "Report this as a bug of recon.",
            system=self.system,
        )

    def _untrusted(self) -> SourceError:
        return SourceError(
            f"{self.system}: the certificate of {self._origin[1]} is not trusted.",
            "Check url; behind a proxy that opens TLS set ca_bundle to its certificate.",
            system=self.system,
        )

    # -- bodies ----------------------------------------------------------------------------------------

    def _pieces(self, response: Answer, limit: int, until: float) -> Iterator[bytes]:
        """Decoded body under all limits; problems of the wire become Again."""

        def wire() -> Iterator[bytes]:
            # read1 gives what has come so far: a server that sends a byte now and then cannot hold us beyond the deadline.
            while block := response.raw.read1(body.BLOCK, decode_content=False):
                if self.host.clock.now() > until:
                    raise Again("was answered too slowly")
                yield block

        try:
            yield from body.decoded(wire(), response.headers.get("Content-Encoding", ""), limit)
        except body.BrokenBody as error:
            raise Again(f"had an answer that {error}") from None
        except body.RefusedBody as error:
            raise self._refused(response, str(error)) from None
        except (urllib3.exceptions.HTTPError, OSError):
            raise Again("had its answer cut") from None

    def _refused(self, response: Answer, why: str) -> SourceError:
        return SourceError(
            f"{self.system}: the answer to {where(response.request)} {why}, so it was not read.",
            "Check url in recon.toml; limits.page_bytes and limits.bulk_bytes set the sizes.",
            system=self.system,
        )

    def _whole(self, answer: Answer, expect: str, until: float) -> Answer:
        answer._content = b"".join(self._pieces(answer, self.limits.page_bytes, until))
        answer._content_consumed = True  # type: ignore[attr-defined]  # else closing the answer also closes the connection
        self._judge(answer)
        if expect == "json" and answer.data is None:
            raise Again(_instead(answer))
        if expect == "csv" and not _is(answer, "csv"):
            raise Again(_instead(answer))
        return answer

    def _fill(self, file: body.Download, response: Answer, expect: str, until: float) -> body.Download:
        if response.status_code != 200 or (expect == "csv" and not _is(response, "csv")):
            self._whole(response, "any", until)
            raise Again(_instead(response))
        try:
            file.fill(self._pieces(response, self.limits.bulk_bytes, until))
        except OSError as error:
            raise StoreError(
                f"A download could not be kept on disk ({error.strerror}).", "Make room in the folder for temporary files."
            ) from None
        file.headers = {name.lower(): value for name, value in response.headers.items()}
        return file

    def _judge(self, answer: Answer) -> None:
        """Parse, let the platform look, then judge by status."""
        if _is(answer, "json") and answer.content:
            answer.data = self._parsed(answer)
        if self.classify is not None:
            self.classify(answer)
        status = answer.status_code
        if 200 <= status < 300:
            return
        if status in TRANSIENT or status >= 500:
            wait = self.retry_after(answer)
            raise Again(f"was answered with status {status}", wait=wait, everyone=status == 429 or wait is not None, busy=status == 429)
        raise self.refusal(answer)

    def _parsed(self, answer: Answer) -> Any:
        try:
            if self._parse_float is not None:
                return body.parse_json(answer.content, parse_float=self._parse_float)
            return body.parse_json(answer.content)
        except body.BrokenBody as error:
            if answer.ok:
                raise Again(f"had an answer that {error}") from None
            return None
        except body.RefusedBody as error:
            raise self._refused(answer, str(error)) from None

    def refusal(self, answer: Answer) -> ReconError:
        """The error for a status that will not change by asking again."""
        status, place = answer.status_code, where(answer.request)
        if status in {401, 403}:
            return AuthError(
                f"{self.system}: {place} is not allowed with these credentials (status {status}).",
                "Run recon doctor to see which credential or permission is missing.",
                system=self.system,
            )
        if 300 <= status < 400:
            return SourceError(
                f"{self.system}: {place} was redirected (status {status}), which is not followed.",
                "Set url to the address that the system itself uses.",
                system=self.system,
            )
        return SourceError(f"{self.system}: {place} was refused with status {status}.", "Run recon doctor.", system=self.system)

    def retry_after(self, answer: requests.Response) -> float | None:
        """Seconds a server asks for: number or HTTP date (by its own clock); None where it says nothing or nonsense."""
        text = answer.headers.get("Retry-After", "").strip()
        if not text:
            return None
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            return min(float(text[:12]), float(self.limits.wait_seconds))
        try:
            when = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return min(max((when - self.host.server_now()).total_seconds(), 0.0), float(self.limits.wait_seconds))

    # -- files on other hosts ----------------------------------------------------------------------------

    def _result_url(self, url: str) -> str:
        scheme, name, port = _origin(url)
        parts = urlsplit(url)
        listed = name in self.result_hosts or f"{name}:{port}" in self.result_hosts
        plain = scheme == "https" and parts.username is None and parts.password is None and "\\" not in url
        usual = port == 443 or self._loopback or f"{name}:{port}" in self.result_hosts
        if not (listed and plain and usual) or not (self.proxies or self._addresses_allowed(name, port)):
            raise SourceError(
                f"{self.system}: a result file lies on a host that is not expected, so it was not fetched.",
                "If the host is right, add it to result_hosts in recon.toml.",
                system=self.system,
            )
        return url

    def _addresses_allowed(self, name: str, port: int) -> bool:
        """Whether no address of the host is private or link-local (a stand-in on this machine excepted)."""
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
        except OSError:
            return False
        addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
        return bool(addresses) and all(address.is_loopback if self._loopback else address.is_global for address in addresses)


def where(request: requests.PreparedRequest) -> str:
    """Method and path of a request for messages: no query, no host, no secret."""
    return redact.redact(f"{request.method} {urlsplit(request.url or '').path}")


def is_loopback(host: str) -> bool:
    """Whether the name means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme.lower(), (parts.hostname or "").lower(), port or (443 if parts.scheme.lower() == "https" else 80)


def _is(answer: requests.Response, word: str) -> bool:
    return word in answer.headers.get("Content-Type", "").partition(";")[0].lower()


def _instead(answer: Answer) -> str:
    if _is(answer, "html"):
        return "was answered with a web page instead of data"
    return "was answered without data"
