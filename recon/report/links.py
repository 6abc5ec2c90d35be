"""Which addresses may become links: https, no user, no odd port, and only hosts that the snapshot's own systems name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

_PRINTABLE = re.compile(r"[\x21-\x7e]+")


def origin(url: str | None) -> str | None:
    """``host:port`` of a plain https address, None for everything else."""
    if not url or not _PRINTABLE.fullmatch(url) or any(c in url for c in "\\\"'<>`"):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.password is not None:
        return None
    return parts.hostname.lower() if port in {None, 443} else f"{parts.hostname.lower()}:{port}"


def known_hosts(urls: Iterable[str | None]) -> frozenset[str]:
    """Hosts of the systems' own addresses and of their templates for record pages."""
    return frozenset(host for host in (origin(re.sub(r"[{}]", "", url)) if url else None for url in urls) if host)


def safe(url: str | None, hosts: frozenset[str]) -> str | None:
    """The address if it may be linked to."""
    host = origin(url)
    return url if host and host in hosts else None


def record_url(template: str | None, values: Mapping[str, str | None], hosts: frozenset[str]) -> str | None:
    """Address of a record by its system's template; None where the template asks for what is not known."""
    if not template:
        return None
    missing = False

    def fill(hit: re.Match[str]) -> str:
        nonlocal missing
        value = values.get(hit.group(1))
        missing = missing or not value
        return quote(value or "", safe="")

    url = re.sub(r"\{(\w+)\}", fill, template)
    return None if missing else safe(url, hosts)
