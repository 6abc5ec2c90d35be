"""Keeps secrets, URL queries and user parts of URLs out of every log line and error message."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST = 4
"""Shorter values would mask ordinary words; no credential of a supported platform is that short."""

_USER = re.compile(r"(?<=://)[^\s/@\"']+@")
_QUERY = re.compile(r"(?<=[\w/.~%-])\?[^\s\"'<>)\]}]+")
_BEARER = re.compile(r"(?i)\b(bearer|basic|oauth)\s+[A-Za-z0-9._~+/!=-]{8,}")
_PAIR = re.compile(
    r"(?i)\b(access_token|refresh_token|client_secret|assertion|password|authorization|x-shopify-access-token|session_?id)"
    r"([\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}]+"
)

_lock = threading.Lock()
_forms: set[str] = set()
_pattern: re.Pattern[str] | None = None


def register_secret(value: str) -> None:
    """Mask this value from now on wherever it would be written: plain, URL-encoded, in JSON, and in base64 at any offset."""
    found = set(_forms_of(value))
    for line in value.splitlines():
        if len(line) >= 16:
            found |= _forms_of(line)
    with _lock:
        _forms.update(found)
        _rebuild()


def redact(text: str) -> str:
    """Text without registered secrets, without what looks like a token, and without queries and users of URLs."""
    pattern = _pattern
    if pattern is not None:
        text = pattern.sub(MASK, text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _PAIR.sub(rf"\1\2{MASK}", text)
    text = _USER.sub(f"{MASK}@", text)
    return _QUERY.sub("?…", text)


def install() -> None:
    """Redact every log record of this process, whichever handler writes it; calling it again does nothing."""
    current = logging.getLogRecordFactory()
    if not getattr(current, "redacts", False):
        logging.setLogRecordFactory(_Factory(current))


class _Factory:
    """Makes log records whose text is final and clean: handlers added later cannot undo that."""

    redacts = True

    def __init__(self, inner: Callable[..., logging.LogRecord]) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._inner(*args, **kwargs)
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)
        record.msg = redact(text)
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact("".join(traceback.format_exception(*record.exc_info))).rstrip("\n")
            record.exc_info = None
        return record


def _forms_of(value: str) -> set[str]:
    if len(value) < _SHORTEST:
        return set()
    forms = {
        value,
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    }
    data = value.encode("utf-8", "surrogatepass")
    for offset in range(3):
        forms |= _base64_at(data, offset)
    return {form for form in forms if len(form) >= _SHORTEST}


def _base64_at(data: bytes, offset: int) -> set[str]:
    """The characters that only depend on ``data`` when it stands ``offset`` bytes (mod 3) into what was encoded."""
    start = (0, 2, 3)[offset]
    encoded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
    end = len(encoded) - (1 if (offset + len(data)) % 3 else 0)
    inner = encoded[start:end]
    if len(inner) < 8:
        return set()
    return {inner, inner.replace("+", "-").replace("/", "_"), quote(inner, safe="")}


def _rebuild() -> None:
    global _pattern  # noqa: PLW0603 -- one list for the process: a secret of one system must not leak through the log of another
    longest_first = sorted(_forms, key=lambda form: (-len(form), form))
    _pattern = re.compile("|".join(re.escape(form) for form in longest_first)) if longest_first else None
