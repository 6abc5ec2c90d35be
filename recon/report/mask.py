"""Personal data is masked in every report unless somebody asks for it: e-mail addresses, phone numbers, streets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"'|/=]+@[^\s@,;:<>()\[\]\"'|/=]+\.[^\s@,;:<>()\[\]\"'|/=.]+")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)[1-9](?:[ \-./()\u00a0]{0,2}\d){6,14}(?!\w)")
_KIND = (
    ("email", ("email",)),
    ("phone", ("phone", "mobile", "fax")),
    ("street", ("street", "address1", "address2", "address_1", "address_2", "postal_key")),
    ("birth", ("birth",)),
)
_NOT_PERSONAL = ("email_opt", "email_consent", "sms_consent", "email_count", "consent")


def kind_of(field: str) -> str | None:
    """Which sort of personal data a field of this name holds, if any."""
    name = field.lower()
    if any(word in name for word in _NOT_PERSONAL):
        return None
    return next((kind for kind, words in _KIND if any(word in name for word in words)), None)


def email(value: str) -> str:
    """``a…@example.com``: the first letter and the domain stay, so that a person can still recognise the record."""
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}…@{domain}"


def phone(value: str) -> str:
    """``+49…67``: the country and the last two digits stay."""
    digits = [c for c in value if c.isdigit()]
    head = re.match(r"\s*(?:\+|00)\d{2}", value)
    tail = "".join(digits[-2:]) if len(digits) > 5 else ""
    return f"{head.group().strip() if head else ''}…{tail}"


def street(value: str) -> str:
    """Only the first letter stays."""
    return f"{value.strip()[:1]}…"


def value_of(kind: str, value: str) -> str:
    """Mask one value of a known kind; what is already masked stays."""
    if not value.strip() or "…" in value:
        return value
    if kind == "email":
        return email(value) if "@" in value else f"{value[:1]}…"
    return phone(value) if kind == "phone" else street(value)


def text(value: str, known: Mapping[str, str] | None = None) -> str:
    """Mask everything in free text that looks like an e-mail address or an international phone number, and all ``known`` values."""
    for secret, masked in (known or {}).items():
        if secret in value:
            value = value.replace(secret, masked)
    if "@" in value:
        value = _EMAIL.sub(lambda hit: hit.group() if "…" in hit.group() else email(hit.group()), value)
    if "+" in value or "00" in value:
        value = _PHONE.sub(lambda hit: phone(hit.group()), value)
    return value


def known_values(pairs: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Value → masked value of all personal fields among (field, value), longest first: the same value may stand in a sentence."""
    found: dict[str, str] = {}
    for field, value in pairs:
        kind = kind_of(field)
        if kind is None:
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, str) and len(one.strip()) >= 4 and "…" not in one:
                found[one] = value_of(kind, one)
    return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


def told_apart(known: Mapping[str, str]) -> dict[str, str]:
    """Different values that look the same when masked get numbers: ``r…@example.com (1)`` and ``r…@example.com (2)``."""
    groups: dict[str, list[str]] = {}
    for value, masked in known.items():
        groups.setdefault(masked, []).append(value)
    return {
        value: masked if len(groups[masked]) == 1 else f"{masked} ({sorted(groups[masked]).index(value) + 1})"
        for value, masked in known.items()
    }


def anything(field: str, value: Any, known: Mapping[str, str]) -> Any:
    """Mask a value of any JSON shape; keys of objects say what they hold."""
    if isinstance(value, str):
        kind = kind_of(field)
        return value_of(kind, value) if kind else text(value, known)
    if isinstance(value, Mapping):
        return {key: anything(str(key), item, known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [anything(field, item, known) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and kind_of(field) == "phone":
        return phone(str(value))
    return value
