"""Tokens of Account Manager: client credentials with a password, or with a signed assertion (private_key_jwt, RFC 7523).

A token is asked for with one scope only, so that a scope which the client lacks closes one stream and not all. OCAPI and WebDAV know no
scopes. There is no refresh token; a token is renewed before ``expires_in`` is over.
"""

from __future__ import annotations

import base64
import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import jwt

from recon.config.secrets import resolve
from recon.errors import AuthError, ConfigError
from recon.systems.commerce_cloud.settings import Settings
from recon.systems.http import Answer, Http
from recon.systems.redact import register_secret

TOKEN_PATH = "/dwsso/oauth2/access_token"  # noqa: S105 -- a path
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = timedelta(minutes=4)
"""How long an assertion holds"""
_EARLY = 120.0
"""Seconds before its end at which a token is asked for again."""
_USUAL = 1_800
"""Seconds that a token holds where Account Manager does not say (vendor's own software does the same)."""


class ScopeRefused(Exception):
    """The API client was not given the scope."""


@dataclass
class _Token:
    text: str
    ends: float


class Grants:
    """Tokens of one API client, by scope. Safe to use from several threads."""

    def __init__(self, settings: Settings, http: Http, *, front: str = "") -> None:
        self._settings = settings
        self._front = front
        self._http = http
        self._client_id = ""
        self._secret = self._key = ""
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()

    def header(self, scope: str) -> dict[str, str]:
        """The Authorization header for a scope (empty: none). Raises ScopeRefused, AuthError, ConfigError."""
        with self._lock:
            token = self._tokens.get(scope)
            if token is None or self._http.host.clock.now() >= token.ends:
                token = self._tokens[scope] = self._fetch(scope)
            return {"Authorization": f"Bearer {token.text}"}

    def forget(self, scope: str, header: dict[str, str]) -> None:
        """A token was refused: the next question asks for a new one, unless another worker already did."""
        with self._lock:
            token = self._tokens.get(scope)
            if token is not None and header["Authorization"] == f"Bearer {token.text}":
                del self._tokens[scope]

    def _fetch(self, scope: str) -> _Token:
        self._read()
        form = {"grant_type": "client_credentials"}
        if scope:
            form["scope"] = f"SALESFORCE_COMMERCE_API:{self._settings.tenant_id} {scope}"
        headers = {"Accept": "application/json"}
        if self._key:
            form |= {"client_assertion_type": ASSERTION, "client_assertion": self._assertion()}
        else:
            pair = f"{self._client_id}:{self._secret}"  # as they are, which is how the vendor's own software sends them
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = self._http.request("POST", TOKEN_PATH, data=form, headers=headers).data
        text = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(text, str) or not text:
            raise AuthError(
                f"{self._http.system}: Account Manager answered without a token.", "Check account_url.", system=self._http.system
            )
        register_secret(text)
        lasts = answer.get("expires_in")
        seconds = lasts if isinstance(lasts, int) and lasts > 0 else _USUAL
        return _Token(text, self._http.host.clock.now() + max(seconds - min(_EARLY, seconds / 2), 1.0))

    def _read(self) -> None:
        if self._client_id:
            return
        own, front = self._settings, self._front
        client_id, secret, key = (getattr(own, front + name) for name in ("client_id", "client_secret", "private_key"))
        self._secret = self._resolved(secret, f"{front}client_secret")
        self._key = self._resolved(key, f"{front}private_key")
        named = client_id or ""
        self._client_id = resolve(named, f"{front}client_id") if named.startswith(("env:", "file:", "keyring:")) else named

    def _resolved(self, reference: str | None, key: str) -> str:
        if reference is None:
            return ""
        value = resolve(reference, key)
        register_secret(value)
        return value

    def _assertion(self) -> str:
        now = self._http.host.server_now()
        host = urlsplit(self._settings.account_url)
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            # the vendor's own software names the port
            "aud": f"https://{host.hostname}:{host.port or 443}{TOKEN_PATH}",
            "exp": int((now + LIFETIME).timestamp()),
            "jti": uuid.uuid4().hex,
        }
        try:
            assertion = jwt.encode(claims, self._key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise ConfigError(
                f"{self._front}private_key does not name an RSA private key in PEM form.",
                "It begins with -----BEGIN PRIVATE KEY----- and has no passphrase.",
            ) from None
        register_secret(assertion)
        return assertion


def judge(answer: Answer, system: str) -> None:
    """What a refusal of Account Manager means. Its ``error`` word is from RFC 6749; its description is never shown."""
    if answer.status_code not in {400, 401, 403}:
        return
    error = answer.data.get("error") if isinstance(answer.data, dict) else None
    if error == "invalid_scope":
        raise ScopeRefused
    if error == "invalid_client":
        raise AuthError(
            f"{system}: Account Manager does not know the API client, or not this password or key.",
            "Check client_id and client_secret or private_key, and that the clock is right.",
            system=system,
        )
    raise AuthError(
        f"{system}: Account Manager gives no access token (status {answer.status_code}).",
        "Check client_id, and that the API client is enabled and allows the authentication that recon.toml uses.",
        system=system,
    )
