"""The token endpoint: JWT bearer and client credentials, with the vendor's answers and refusals.

Sources: the vendor's pages on the two flows. ``aud`` must be the login host of the kind of org, ``exp`` near, the app approved.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from recon.sandbox.salesforce.org import Org
from recon.sandbox.salesforce.web import Answer, Call, answer_json

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST = timedelta(minutes=5)
"""How far ``exp`` may lie ahead."""


class Refused(Exception):
    """``error`` and ``error_description`` of the token endpoint."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def token(call: Call) -> Answer:
    """POST /services/oauth2/token."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        client_id, username = _granted(call, form)
        return answer_json(issue(call.org, client_id, username, call.base_url), headers=[("Cache-Control", "no-store")])
    except Refused as refusal:
        return answer_json({"error": refusal.error, "error_description": refusal.description}, 400)


def _granted(call: Call, form: dict[str, str]) -> tuple[str, str]:
    refused = call.take("token_refused")
    if refused is not None:
        raise Refused(str(refused.args.get("error", "invalid_grant")), str(refused.args.get("description", "authentication failure")))
    grant = form.get("grant_type")
    if grant == JWT_BEARER:
        return _by_assertion(call.org, form.get("assertion", ""))
    if grant == "client_credentials":
        return _by_secret(call.org, _basic(call) | form)
    raise Refused("unsupported_grant_type", "grant type not supported")


def _client(org: Org, client_id: str) -> tuple[str | None, str | None, str, bool]:
    found = org.store.one("select secret, public_key, username, approved from clients where client_id = ?", (client_id,))
    if found is None:
        raise Refused("invalid_client_id", "client identifier invalid")
    return found[0], found[1], found[2], bool(found[3])


def _basic(call: Call) -> dict[str, str]:
    """Id and secret from a Basic header, which the endpoint takes in place of the form's fields."""
    word, _, coded = call.headers.get("authorization", "").partition(" ")
    if word.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        raise Refused("invalid_client", "invalid client credentials") from None
    return {"client_id": name, "client_secret": secret}


def _by_secret(org: Org, form: dict[str, str]) -> tuple[str, str]:
    client_id = form.get("client_id", "")
    secret, _, username, _ = _client(org, client_id)
    if secret is None:
        raise Refused("invalid_grant", "no client credentials user enabled")
    if not secrets.compare_digest(secret.encode(), form.get("client_secret", "").encode()):
        raise Refused("invalid_client", "invalid client credentials")
    return client_id, username


def _by_assertion(org: Org, assertion: str) -> tuple[str, str]:
    try:
        unverified = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise Refused("invalid_grant", "invalid assertion") from None
    client_id = str(unverified.get("iss", ""))
    _, key, username, approved = _client(org, client_id)
    if key is None:
        raise Refused("invalid_grant", "app is not configured for digital signatures")
    try:
        claims = jwt.decode(assertion, _public_key(key), algorithms=["RS256"], options=_ONLY_SIGNATURE)
    except jwt.PyJWTError:
        raise Refused("invalid_grant", "invalid assertion") from None
    _check_claims(org, claims, username)
    if not approved:
        raise Refused("invalid_grant", "user hasn't approved this consumer")
    return client_id, username


# the org's own clock decides, so that a test can move it
_ONLY_SIGNATURE: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_sub": False}


def _check_claims(org: Org, claims: dict[str, Any], username: str) -> None:
    audience = "https://test.salesforce.com" if org.options["sandbox"] else "https://login.salesforce.com"
    if claims.get("aud") not in (audience, [audience]):
        raise Refused("invalid_grant", "audience is invalid")
    try:
        expires = float(claims["exp"])
    except (KeyError, TypeError, ValueError):
        raise Refused("invalid_grant", "assertion has no expiration") from None
    now = org.clock().timestamp()
    if expires <= now:
        raise Refused("invalid_grant", "expired assertion")
    if expires > now + LONGEST.total_seconds() + 1:
        raise Refused("invalid_grant", "assertion expires too late")
    if claims.get("sub") != username:
        raise Refused("invalid_grant", "user hasn't approved this consumer")


def _public_key(pem: str) -> Any:
    data = pem.encode()
    return x509.load_pem_x509_certificate(data).public_key() if b"BEGIN CERTIFICATE" in data else load_pem_public_key(data)


def issue(org: Org, client_id: str, username: str, base_url: str) -> dict[str, Any]:
    """Make a token and the endpoint's answer."""
    user_id = org.add_user(username)
    made = f"{org.org_id[:15]}!{secrets.token_urlsafe(48)}"
    now = org.clock()
    expires = now + timedelta(seconds=int(org.options["token_seconds"]))
    row = (made, client_id, user_id, now.isoformat(), expires.isoformat())
    org.store.run("insert into tokens values (?, ?, ?, ?, ?)", row)
    login = "https://test.salesforce.com" if org.options["sandbox"] else "https://login.salesforce.com"
    return {
        "access_token": made,
        "scope": "api",
        "instance_url": base_url,
        "id": f"{login}/id/{org.org_id}/{user_id}",
        "token_type": "Bearer",
        "issued_at": str(int(now.timestamp() * 1000)),
    }


def user_of(org: Org, authorization: str) -> str | None:
    """Id of the user whose token this header carries; None for a token that is unknown or expired."""
    word, _, made = authorization.partition(" ")
    if word.lower() not in {"bearer", "oauth"}:
        return None
    found = org.store.one("select user_id, expires from tokens where token = ?", (made.strip(),))
    if found is None or datetime.fromisoformat(found[1]) <= org.clock():
        return None
    return str(found[0])


def expire(org: Org, authorization: str) -> None:
    """End a token before its time."""
    org.store.run("delete from tokens where token = ?", (authorization.partition(" ")[2].strip(),))


def userinfo(call: Call) -> Answer:
    """GET /services/oauth2/userinfo."""
    user = call.org.get("User", call.user_id) or {}
    return answer_json({
        "sub": f"{call.base_url}/id/{call.org.org_id}/{call.user_id}",
        "user_id": call.user_id,
        "organization_id": call.org.org_id,
        "preferred_username": user.get("Username"),
        "name": user.get("Name"),
        "zoneinfo": user.get("TimeZoneSidKey"),
        "active": user.get("IsActive"),
    })  # fmt: skip
