"""Who may come in: Account Manager's token endpoint and what a token opens.

The secret comes in a Basic header only; the other way in is private_key_jwt (RFC 7523) with RS256. A request without scopes gets the
client's default scopes, which hold no tenant: such a token is refused by every Admin API.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from recon.sandbox.commerce_cloud.shop import Document
from recon.sandbox.commerce_cloud.web import Answer, Call, as_json, fault, oauth, problem

TOKEN_PATH = "/dwsso/oauth2/access_token"  # noqa: S105 a path
TENANT_SCOPE = "SALESFORCE_COMMERCE_API:"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AUDIENCES = tuple(f"https://account.demandware.com{port}{TOKEN_PATH}" for port in ("", ":443"))

# the instance's own clock decides, so that a test can move it
_ONLY_SIGNATURE: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False, "verify_sub": False}


def token(call: Call) -> Answer:
    """POST to the token endpoint."""
    if call.method != "POST":
        raise oauth(405, "invalid_request", "Only POST is allowed")
    form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
    if form.get("grant_type") != "client_credentials":
        raise oauth(400, "unsupported_grant_type", "Grant type is not supported")
    client_id, client = _by_assertion(call, form) if "client_assertion" in form else _by_secret(call)
    scopes = _granted(client, form.get("scope", "").split())
    body = {
        "access_token": call.shop.new_token(client_id, scopes),
        "scope": " ".join(scopes),
        "token_type": "Bearer",
        "expires_in": call.shop.token_seconds - 1,
    }
    return as_json(body, headers=[("Cache-Control", "no-store")])


def _granted(client: Document, wanted: list[str]) -> list[str]:
    if not wanted:
        return list(client["scopes"])
    for scope in wanted:
        tenant = scope.removeprefix(TENANT_SCOPE)
        allowed = tenant in client["tenants"] if tenant != scope else scope in client["scopes"]
        if not allowed:
            raise oauth(400, "invalid_scope", f"Unknown/invalid scope(s): [{scope}]")
    return wanted


def _unknown() -> Exception:
    return oauth(401, "invalid_client", "Client authentication failed")


def _by_secret(call: Call) -> tuple[str, Document]:
    word, _, coded = call.header("authorization").partition(" ")
    if word.lower() != "basic":
        raise _unknown()
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        raise _unknown() from None
    client = call.shop.client(unquote(name))
    if client is None or not client["secret"] or not secrets.compare_digest(client["secret"].encode(), unquote(secret).encode()):
        raise _unknown()
    return unquote(name), client


def _by_assertion(call: Call, form: dict[str, str]) -> tuple[str, Document]:
    text = form["client_assertion"]
    try:
        named = jwt.decode(text, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise _unknown() from None
    client_id = str(named.get("iss", ""))
    client = call.shop.client(client_id)
    if form.get("client_assertion_type") != ASSERTION or client is None or not _signed(text, client["public_keys"]):
        raise _unknown()
    here = f"https://{call.header('host')}{TOKEN_PATH}"
    audience = named.get("aud")
    wanted = set(audience if isinstance(audience, list) else [audience])
    now, expires = call.shop.now().timestamp(), named.get("exp")
    timely = isinstance(expires, int | float) and now < expires
    if named.get("sub") != client_id or not wanted & {here, *AUDIENCES} or not timely:
        raise _unknown()
    if "jti" in named and not call.shop.use_assertion(f"{client_id} {named['jti']}"):
        raise _unknown()
    return client_id, client


def _signed(text: str, keys: list[str]) -> bool:
    for pem in keys:
        try:
            jwt.decode(text, _public_key(pem), algorithms=["RS256"], options=_ONLY_SIGNATURE)
        except jwt.PyJWTError:
            continue
        return True
    return False


def _public_key(pem: str) -> Any:
    data = pem.encode()
    return x509.load_pem_x509_certificate(data).public_key() if b"BEGIN CERTIFICATE" in data else load_pem_public_key(data)


# -- what a token opens ---------------------------------------------------------------------------------------------------


def _bearer(call: Call) -> str:
    word, _, made = call.header("authorization").partition(" ")
    return made.strip() if word.lower() == "bearer" else ""


def admin(call: Call, organization: str, scope: str) -> None:
    """Let a call to an Admin API pass that carries this scope (or the one that also writes) for this organisation."""
    made = _bearer(call)
    known = call.shop.token(made)
    if known is None:
        # NOTE: the vendor's answer repeats the token, so the body of a 401 must never be shown or kept.
        raise problem(401, "Invalid Access Token", "The access token does not hold.", accessToken=made)
    call.client, call.scopes = known
    if call.fault("scope_missing") is not None:
        raise problem(403, "Forbidden", "The access token lacks a scope that this resource needs.")
    tenants = {one.removeprefix(TENANT_SCOPE) for one in call.scopes if one.startswith(TENANT_SCOPE)}
    if organization != call.shop.organization or call.shop.tenant not in tenants:
        raise problem(403, "Forbidden", "The access token does not open this organization.")
    writes = f"{scope.removesuffix('.rw')}.rw"
    if scope not in call.scopes and writes not in call.scopes:
        raise problem(403, "Forbidden", "The access token lacks a scope that this resource needs.")


def data(call: Call) -> None:
    """Let a call to OCAPI Data pass whose client was given the resource."""
    known = call.shop.token(_bearer(call))
    if known is None:
        raise fault(401, "InvalidAccessTokenException", "The access token does not hold.")
    call.client, call.scopes = known
    client = call.shop.client(call.client)
    forbidden = call.fault("resource_forbidden") is not None
    if client is None or not client["ocapi"] or forbidden:
        raise fault(403, "ClientAccessForbiddenException", "Access to this resource is not allowed for the client.")


def webdav(call: Call) -> list[str] | None:
    """The folders that the caller may read; None for a caller that is not known."""
    known = call.shop.token(_bearer(call))
    if known is None:
        return None
    call.client, call.scopes = known
    client = call.shop.client(call.client)
    return list(client["webdav"]) if client else []
