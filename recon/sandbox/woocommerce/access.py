"""Who may ask: keys over TLS, OAuth 1.0a signatures without, roles and permissions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from wsgiref.types import WSGIEnvironment

from recon.sandbox.woocommerce.shop import Shop

WINDOW = 15 * 60
"""Seconds by which a signature's time may differ from the site's."""

_MANAGERS = {"shop_manager", "administrator"}
_NO_KEY = (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


class Refused(Exception):
    """Status, code and message of a refusal."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def admit(shop: Shop, environ: WSGIEnvironment) -> None:
    """Let a request pass or raise Refused."""
    secure = environ["wsgi.url_scheme"] == "https"
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    permissions, role = _by_key(shop, environ, query) if secure else _by_signature(shop, environ, query)
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD", "OPTIONS"} and "write" not in permissions:
        raise Refused(401, "woocommerce_rest_authentication_error", "The API key provided does not have write permissions.")
    if role not in _MANAGERS:
        raise Refused(403, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


def _by_key(shop: Shop, environ: WSGIEnvironment, query: dict[str, str]) -> tuple[str, str]:
    key, secret = query.get("consumer_key", ""), query.get("consumer_secret", "")
    scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(*_NO_KEY) from None
    known = shop.key(key)
    if known is None:
        raise Refused(*_NO_KEY)
    if not hmac.compare_digest(known[0], secret):
        raise Refused(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
    return known[1], known[2]


def _by_signature(shop: Shop, environ: WSGIEnvironment, query: dict[str, str]) -> tuple[str, str]:
    given = dict(query)
    scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "oauth":
        given |= {name: unquote(value) for name, value in re.findall(r'([a-z_]+)="([^"]*)"', rest)}
    known = shop.key(given.get("oauth_consumer_key", ""))
    if known is None:
        raise Refused(*_NO_KEY)
    if not hmac.compare_digest(_signature(environ, given, known[0]), given.get("oauth_signature", "")):
        raise Refused(401, "woocommerce_rest_authentication_error", "Invalid signature - provided signature does not match.")
    stamp = int(given.get("oauth_timestamp") or 0)
    if abs(shop.now().timestamp() - stamp) > WINDOW:
        raise Refused(401, "woocommerce_rest_authentication_error", "Invalid timestamp.")
    if not shop.take_nonce(given.get("oauth_nonce", ""), stamp):
        raise Refused(401, "woocommerce_rest_authentication_error", "Invalid nonce - nonce has already been used.")
    return known[1], known[2]


def _signature(environ: WSGIEnvironment, given: dict[str, str], secret: str) -> str:
    """As the plugin makes it: every name and value escaped twice, sorted by name, and joined by escaped signs."""

    def twice(text: str) -> str:
        return quote(text, safe="-._~").replace("%", "%25")

    pairs = sorted((twice(name), twice(value)) for name, value in given.items() if name != "oauth_signature")
    joined = "%26".join(f"{name}%3D{value}" for name, value in pairs)
    address = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}{environ['PATH_INFO']}"
    text = f"{environ['REQUEST_METHOD']}&{quote(address, safe='-._~')}&{joined}"
    method: Any = hashlib.sha1 if given.get("oauth_signature_method") == "HMAC-SHA1" else hashlib.sha256
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), method).digest()).decode()
