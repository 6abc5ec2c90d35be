"""JSON through Python without a digit lost: parse with ``parse_float=exact``, write with :func:`dump`."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

_MARK = secrets.token_hex(16)
_MARKED = re.compile(rf'"{_MARK}([-+0-9.eE]+){_MARK}"')


def exact(number: str) -> str:
    """Keeps a fraction as it was written, through parsing and :func:`dump`. Pass as ``parse_float``."""
    return f"{_MARK}{number}{_MARK}"


def dump(record: Mapping[str, Any]) -> bytes:
    """One JSON line; fractions come out digit by digit as they came in."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    try:
        data = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: kept as the escape it was
        data = json.dumps(record, separators=(",", ":")).encode()
    return _MARKED.sub(r"\1", data.decode()).encode() + b"\n" if _MARK in text else data + b"\n"
