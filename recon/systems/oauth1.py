"""Signs requests by OAuth 1.0a (RFC 5849) with credentials that were handed out beforehand; knows no platform.

Every request needs a signature of its own: servers refuse a nonce that they have seen with the same timestamp, so a request that is
sent again is signed again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

METHODS = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}
"""Signature methods; HMAC-SHA1 is the one of RFC 5849, HMAC-SHA256 what Magento has asked for since 2.4."""

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Credentials:
    """What a shop hands out for an integration; ``token`` is empty where there are only consumer credentials."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str = ""
    token_secret: str = field(default="", repr=False)


def encode(text: str) -> str:
    """Percent-encoding of RFC 5849 section 3.6: everything but letters, digits and ``-._~``; a blank is ``%20``, never ``+``."""
    return quote(text, safe="-._~")


def encode_query(pairs: Pairs) -> str:
    """A query string that reads the same to whoever signs it and whoever checks it."""
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Decoded names and values of a query string, in its order; ``+`` is a blank, as in forms."""
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.replace("+", " ").partition("=")
            pairs.append((unquote(name), unquote(value)))
    return pairs


def base_string(method: str, url: str, parameters: Pairs) -> str:
    """The text that is signed (RFC 5849 section 3.4.1); ``parameters`` are those of header and form, the query's are added here."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    host = (parts.hostname or "").lower() + ("" if parts.port in {None, usual} else f":{parts.port}")
    address = f"{parts.scheme.lower()}://{host}{parts.path or '/'}"
    encoded = sorted((encode(name), encode(value)) for name, value in (*query_pairs(parts.query), *parameters))
    normal = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join((method.upper(), encode(address), encode(normal)))


def signature(text: str, consumer_secret: str, token_secret: str = "", *, method: str = "HMAC-SHA256") -> str:
    """The signature of a base string, in base64; ValueError for a method that is not known."""
    if method not in METHODS:
        raise ValueError(f"{method} is no signature method")
    key = f"{encode(consumer_secret)}&{encode(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), METHODS[method]).digest()).decode()


def authorization(
    credentials: Credentials,
    method: str,
    url: str,
    *,
    timestamp: int,
    nonce: str | None = None,
    form: Pairs = (),
    signature_method: str = "HMAC-SHA256",
) -> str:
    """Value of the Authorization header for one request.

    ``url`` is the address exactly as it is sent, with its query; ``form`` the fields of a body of type
    application/x-www-form-urlencoded (bodies of other types are not signed); ``timestamp`` seconds since 1970.
    """
    given = {
        "oauth_consumer_key": credentials.consumer_key,
        "oauth_nonce": nonce or secrets.token_hex(16),
        "oauth_signature_method": signature_method,
        "oauth_timestamp": str(timestamp),
        "oauth_version": "1.0",
    }
    if credentials.token:
        given["oauth_token"] = credentials.token
    text = base_string(method, url, (*given.items(), *form))
    given["oauth_signature"] = signature(text, credentials.consumer_secret, credentials.token_secret, method=signature_method)
    return "OAuth " + ", ".join(f'{encode(name)}="{encode(value)}"' for name, value in sorted(given.items()))
