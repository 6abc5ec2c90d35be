"""OAuth 1.0a without a token (RFC 5849), as WooCommerce wants it over plain HTTP: the secret signs and is never sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlsplit

_HASHES = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}


def authorization(method: str, url: str, key: str, secret: str, *, nonce: str, timestamp: int) -> str:
    """Value of the Authorization header for one request; nonce and time may be used once only."""
    given = {
        "oauth_consumer_key": key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(timestamp),
        "oauth_version": "1.0",
    }
    signed = {**given, "oauth_signature": signature(base_string(method, url, given), secret)}
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in signed.items())


def base_string(method: str, url: str, parameters: Mapping[str, str]) -> str:
    """What is signed: method, address and all parameters of query and header in a fixed order (RFC 5849, section 3.4.1)."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    usual = {"http": 80, "https": 443}.get(scheme)
    place = host if parts.port in {None, usual} else f"{host}:{parts.port}"
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()]
    ordered = sorted((_escaped(name), _escaped(value)) for name, value in pairs)
    normal = "&".join(f"{name}={value}" for name, value in ordered)
    return "&".join(_escaped(part) for part in (method.upper(), f"{scheme}://{place}{parts.path or '/'}", normal))


def signature(base: str, secret: str, token_secret: str = "", algorithm: str = "HMAC-SHA256") -> str:
    """Signature of a base string (RFC 5849, section 3.4.2)."""
    key = f"{_escaped(secret)}&{_escaped(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, base.encode(), _HASHES[algorithm]).digest()).decode()


def _escaped(value: str) -> str:
    return quote(value, safe="-._~")
