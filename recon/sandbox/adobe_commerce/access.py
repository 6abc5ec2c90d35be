"""Who may come in: OAuth 1.0a with HMAC-SHA256, bearer where it was allowed, tokens of the cloud service."""

from __future__ import annotations

import re
from urllib.parse import unquote
from wsgiref.types import WSGIEnvironment

from recon.sandbox.adobe_commerce.shop import Shop
from recon.systems import oauth1

AHEAD = 600
"""Seconds that a timestamp may lie in the future."""

_PART = re.compile(r'([a-z_]+)="([^"]*)"')


class NotAllowed(Exception):
    """Status 401 with this message."""


def check(shop: Shop, environ: WSGIEnvironment) -> None:
    """Raise NotAllowed unless the request brings credentials that hold."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    if header.startswith("OAuth ") and not shop.service:
        _check_oauth(shop, environ, header)
    elif header.startswith("Bearer "):
        _check_bearer(shop, environ, header.removeprefix("Bearer "))
    else:
        raise NotAllowed("The consumer isn't authorized to access %resources.")


def _check_bearer(shop: Shop, environ: WSGIEnvironment, token: str) -> None:
    if shop.service:
        client = shop.meta("client") or ["", "", ""]
        right = environ.get("HTTP_X_API_KEY") == client[0] and environ.get("HTTP_X_GW_IMS_ORG_ID") == client[2]
        if not (right and shop.knows_token(token)):
            raise NotAllowed("Oauth token is not valid")
        return
    integration = shop.meta("integration") or ["", "", "", ""]
    if not shop.bearer_allowed or token != integration[2]:
        raise NotAllowed("The consumer isn't authorized to access %resources.")


def _check_oauth(shop: Shop, environ: WSGIEnvironment, header: str) -> None:
    given = {name: unquote(value) for name, value in _PART.findall(header)}
    key, secret, token, token_secret = shop.meta("integration") or ["", "", "", ""]
    if given.get("oauth_consumer_key") != key or given.get("oauth_token") != token:
        raise NotAllowed("A consumer having the specified key does not exist")
    if given.get("oauth_signature_method") != "HMAC-SHA256":
        raise NotAllowed("Signature method is not supported")
    stamp = given.get("oauth_timestamp", "")
    if not stamp.isdigit() or int(stamp) > shop.now().timestamp() + AHEAD:
        raise NotAllowed("Incorrect timestamp value in the oauth_timestamp parameter")
    if not shop.use_nonce(given.get("oauth_nonce", ""), int(stamp)):
        raise NotAllowed("The nonce is already being used by the consumer")
    address = f"https://{environ['HTTP_HOST']}{environ['RAW_URI']}"
    signed = [(name, value) for name, value in given.items() if name not in {"oauth_signature", "realm"}]
    text = oauth1.base_string(environ["REQUEST_METHOD"], address, signed)
    blank = shop.version.startswith("2.4.6") and "%20" in environ["RAW_URI"]
    if blank or oauth1.signature(text, secret, token_secret) != given.get("oauth_signature"):
        raise NotAllowed("The signature is invalid. Verify and try again.")
