"""Access tokens: JWT bearer or client credentials. The password flow is not offered, SOAP login neither.

Vendor sources: OAuth 2.0 JWT Bearer Flow and OAuth 2.0 Client Credentials Flow (Salesforce Help). Both send to the token endpoint of
the My Domain; neither gives a refresh token, so a new one is minted.
"""

from __future__ import annotations

import re
from datetime import timedelta

import jwt

from recon.config import secrets
from recon.errors import AuthError, ConfigError
from recon.systems import redact
from recon.systems.http import Http
from recon.systems.salesforce_api.errors import OAuthRefusal
from recon.systems.salesforce_api.settings import OrgSettings

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 -- a path
LIFETIME = timedelta(minutes=3)
"""Longest ``exp`` that Salesforce accepts for the assertion"""
SKEW = 60
"""Seconds from which our clock is called wrong"""

_IDENTITY = re.compile(r"/id/(00D[A-Za-z0-9]{15})/(005[A-Za-z0-9]{15})$")

_REASONS = {
    "invalid_client_id": ("the client id is not known to the org", "Check client_id, and that the app is installed in this org."),
    "invalid_client": ("the client secret is not the app's", "Check client_secret, and whether it was rotated."),
    "inactive_user": ("the user is inactive or locked", "Activate the integration user."),
    "inactive_org": ("the org is locked or expired", "Ask the Salesforce administrator."),
    "unsupported_grant_type": ("the flow is not enabled in the app", "Enable it in the app's settings, or configure the other flow."),
    "invalid_app_access": ("the user is not allowed to use the app", "Assign the app's permission set to the integration user."),
    "unauthorized_client": ("the app may not use this flow", "Enable the flow in the app's settings."),
}
_GRANTS = (
    ("approved", "the user has not been authorised for the app", "Set the app to admin approved users and assign its permission set."),
    ("audience", "the audience is wrong", "Set login_url to https://test.salesforce.com for a sandbox, else https://login.salesforce.com."),
    ("expired", "the assertion is too old or from the future", "Set the clock of this machine."),
    ("client credentials user", "the app has no user to run as", "Choose one under Run As in the app's client credentials policy."),
    ("ip restricted", "this machine's address is not allowed", "Add it to the login IP ranges, or relax the app's policy."),
)


class Credentials:
    """Reads the secrets of one org once and mints tokens with them; raises ConfigError where a secret is missing."""

    def __init__(self, settings: OrgSettings) -> None:
        self._settings = settings
        key = settings.client_id
        self.client_id = secrets.resolve(key, "client_id") if key.partition(":")[0] in {"env", "file", "keyring"} and ":" in key else key
        self._secret = self._read(settings.client_secret, "client_secret")
        self._key = self._read(settings.private_key, "private_key")
        self.identity: tuple[str, str] | None = None
        """Ids of org and user, from the ``id`` of the last token. Vendor source: Identity URLs (Salesforce Help)."""

    def mint(self, http: Http) -> str:
        """A new access token. Raises AuthError saying what to change; a wrong clock here is corrected once by the server's Date."""
        try:
            return self._mint(http)
        except OAuthRefusal as refusal:
            if self._key and refusal.code == "invalid_grant" and abs(http.host.skew or 0) > SKEW:
                try:
                    return self._mint(http)
                except OAuthRefusal as second:
                    refusal = second
            raise _explained(refusal, http.system) from None

    def _mint(self, http: Http) -> str:
        answer = http.request("POST", TOKEN_PATH, data=self._form(http), headers={"Authorization": ""})
        token = answer.data.get("access_token") if isinstance(answer.data, dict) else None
        if not isinstance(token, str) or not token:
            raise AuthError(f"{http.system}: the token endpoint answered without a token.", "Run recon doctor.", system=http.system)
        redact.register_secret(token)
        found = _IDENTITY.search(str(answer.data.get("id") or ""))
        self.identity = (found[1], found[2]) if found else None
        return token

    def _form(self, http: Http) -> dict[str, str]:
        if self._secret:
            return {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self._secret}
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": self._assertion(http)}

    def _assertion(self, http: Http) -> str:
        # The server's clock judges exp; ours is only used before the first answer was seen.
        expires = http.host.server_now() + LIFETIME - timedelta(seconds=10)
        claims = {
            "iss": self.client_id,
            "sub": self._settings.username,
            "aud": self._settings.audience,
            "exp": int(expires.timestamp()),
        }
        try:
            assertion = jwt.encode(claims, self._key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise ConfigError(
                "private_key does not name an RSA private key in PEM form.",
                "It begins with -----BEGIN PRIVATE KEY----- and has no passphrase.",
            ) from None
        redact.register_secret(assertion)
        return assertion

    @staticmethod
    def _read(reference: str | None, key: str) -> str:
        if reference is None:
            return ""
        value = secrets.resolve(reference, key)
        redact.register_secret(value)
        return value


def _explained(refusal: OAuthRefusal, system: str) -> AuthError:
    reason, hint = _REASONS.get(refusal.code, ("", ""))
    if not reason:
        found = next((entry for entry in _GRANTS if entry[0] in refusal.words), None)
        reason, hint = found[1:] if found else (f"the token endpoint says {refusal.code}", "Check the app, its policies and the user.")
    return AuthError(f"{system}: Salesforce gave no access token: {reason}.", hint, system=system)
