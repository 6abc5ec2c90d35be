"""What is taken out of a text, and what is put in its place."""

from __future__ import annotations

import json
import re
import secrets
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any, Literal
from urllib.parse import quote_plus

from recon.config.forgotten import FORGOTTEN

Kind = Literal["email", "phone", "street", "name", "given", "family", "birth", "place", "other"]

_FIELDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("street", ("street", "address1", "address2", "address_1", "address_2", "addressline", "line1", "line2")),
    ("birth", ("birth", "dob")),
    ("phone", ("phone", "mobile", "fax")),
    ("email", ("email", "e_mail", "e-mail")),
    ("given", ("first_name", "firstname", "first name", "given")),
    ("family", ("last_name", "lastname", "last name", "surname", "family")),
    ("place", ("city", "zip", "postal", "postcode", "company")),
)
_FULL = frozenset({"name", "fullname", "full_name", "label", "customer_name", "buyer"})
_FREE = re.compile("note|comment|message|remark|label|customer|salutation|greeting|memo", re.IGNORECASE)
"""Fields in whose text a person may be called by a part of the name."""

_NO_PERSON = re.compile("consent|opt_?in|opt_?out|marketing|verified|count", re.IGNORECASE)
_BEGIN = r"(?:(?<![\w.+@-])|(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9A-F]{2}))"
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*"|[{}\[\]])(\s*:)?')
_HISTORY = frozenset({"OldValue", "NewValue"})
_ALIKE = 2
"""Fields of an address that a child line must have to be taken for one: a name alone may be that of goods."""
LONG = 10
"""Signs from which an id is nobody else's."""


def kind_of(field: str) -> Kind | None:
    """What a field of this name holds of a person, if anything."""
    name = field.rsplit(".", 1)[-1].lower()
    if _NO_PERSON.search(name):
        return None
    if name in _FULL:
        return "name"
    return next((kind for kind, words in _FIELDS if any(word in name for word in words)), None)


@dataclass(frozen=True)
class Value:
    """One value of a person; ``hard`` ones are his alone and go wherever they stand, others only from his own records."""

    text: str
    kind: Kind
    hard: bool = False


@dataclass(frozen=True)
class Eraser:
    """Takes one person out of texts. ``hard`` values are searched everywhere, ``soft`` ones in what is his own."""

    hard: tuple[Value, ...]
    soft: tuple[Value, ...]
    ids: frozenset[str]
    """ids of his records that are long enough to be nobody else's"""
    tag: str

    @classmethod
    def of(cls, values: Iterable[Value], ids: Iterable[str], tag: str | None = None) -> Eraser:
        """Values that were forgotten before are none."""
        kept = {value for value in values if value.text.strip() and not FORGOTTEN.search(value.text)}
        order = sorted(kept, key=lambda value: (-len(value.text), value.text, value.kind))
        made = tag or "".join(secrets.choice(string.ascii_lowercase) for _ in range(6))
        long = frozenset(one for one in ids if len(one) >= LONG)
        return cls(tuple(v for v in order if v.hard), tuple(v for v in order if not v.hard), long, made)

    def token(self, kind: Kind) -> str:
        """What is put in the place of a value; the same for one person and kind, so that what agreed still agrees."""
        return f"forgotten.{self.tag}@forgotten.invalid" if kind == "email" else f"Forgotten{self.tag}"

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds hard values in any text, however it is written down."""
        return _pattern(self.hard)

    @cached_property
    def _own(self) -> re.Pattern[str] | None:
        return _pattern((*self.hard, *(v for v in self.soft if v.kind in {"email", "phone", "street", "name", "given", "family"})))

    @cached_property
    def _sides(self) -> re.Pattern[str] | None:
        if not self.ids:
            return None
        return re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, self._short_ids))})(?:[A-Z0-9]{{3}})?(?![0-9A-Za-z])")

    @cached_property
    def _short_ids(self) -> tuple[str, ...]:
        """Ids as they stand anywhere: Salesforce also writes its own with fifteen signs."""
        return tuple(sorted({one[:15] if re.fullmatch("[0-9A-Za-z]{18}", one) else one for one in self.ids}))

    @cached_property
    def _needles(self) -> tuple[str, ...]:
        """What a text has to hold, in lower case, before it is worth a closer look."""
        return tuple({form.lower() for value in self.hard if value.kind not in {"phone", "birth"} for form in _written(value.text)})

    @cached_property
    def _numbers(self) -> tuple[str, ...]:
        digits = (re.sub(r"\D", "", value.text) for value in self.hard if value.kind == "phone")
        return tuple({one for one in digits if len(one) >= _DIGITS})

    def _may_hit(self, text: str) -> bool:
        low = text.lower()
        if any(needle in low for needle in self._needles):
            return True
        if not self._numbers:
            return False
        joined = text.translate(_SEPARATORS)
        return any(number in joined for number in self._numbers)

    def hits(self, text: str) -> int:
        """How often a hard value stands in a text."""
        return sum(1 for _ in self.pattern.finditer(text)) if self.pattern and self._may_hit(text) else 0

    def names(self, text: str) -> bool:
        """Whether a record bears an id of his."""
        return bool(self._sides and any(one in text for one in self._short_ids) and self._sides.search(text))

    def is_hit(self, text: str) -> bool:
        """Whether a hard value stands in a text."""
        return bool(self.pattern and self._may_hit(text) and self.pattern.search(text))

    def clean(self, text: str) -> str:
        """Without hard values."""
        return self.pattern.sub(self._replaced, text) if self.pattern and self._may_hit(text) else text

    def clean_own(self, text: str) -> str:
        """A text of his own: without any part of his name either."""
        return self._own.sub(self._replaced, text) if self._own else text

    def leaf(self, field: str, value: str, *, personal: bool) -> str:
        """A value in a record of his own; ``personal``: the stream says that the field holds personal data."""
        if not value.strip() or FORGOTTEN.fullmatch(value.strip()):
            return value
        kind = kind_of(field)
        if personal or (kind == "place" and "company" not in field.lower()):
            return "" if kind == "birth" else self.token(kind or "other")  # a day that is no day would be no value of its field
        if any(value.casefold() == one.text.casefold() for one in self.soft if one.kind not in {"place", "other"}):
            return self.token(kind or "name")
        return self.clean_own(value) if _FREE.search(field) else self.clean(value)

    def tree(self, node: Any, *, own: bool = False, mine: frozenset[str] = frozenset(), field: str = "") -> Any:
        """JSON of any shape. What stands under a key of ``mine``, or names one, is his own."""
        if isinstance(node, str):
            return self.anything(field, node) if own else self.clean(node)
        if isinstance(node, Mapping):
            inside = own or any(isinstance(value, str) and value in mine for value in node.values())
            named = str(node.get("field", "")) or ""
            return {
                self.clean(key): self.tree(value, own=inside or key in mine, mine=mine, field=named if named and key in _SIDES else key)
                for key, value in node.items()
            }
        if isinstance(node, list | tuple):
            return [self.tree(item, own=own, mine=mine, field=field) for item in node]
        return node

    def anything(self, field: str, value: str) -> str:
        """A value of a finding or a plan about him: fields that hold personal data by their name are emptied."""
        kind = kind_of(field)
        if kind and kind != "name" and value.strip() and not FORGOTTEN.search(value):
            return self.token(kind)
        if any(value.casefold() == one.text.casefold() for one in (*self.soft, *self.hard)):
            return self.token(kind or "name")
        return self.clean_own(value)

    def _replaced(self, hit: re.Match[str]) -> str:
        return self.token("email") if "@" in hit.group() or "%40" in hit.group() or "&#64;" in hit.group() else self.token("name")


_DIGITS = 7
_SEPARATORS = dict.fromkeys(map(ord, " -./()\u00a0"))
_SIDES = frozenset({"shop", "salesforce", "before", "after"})


def _pattern(values: Sequence[Value]) -> re.Pattern[str] | None:
    forms: dict[str, None] = {}
    for value in values:
        if value.kind == "birth":
            continue
        if value.kind == "phone":
            digits = re.sub(r"\D", "", value.text)
            if len(digits) >= _DIGITS:
                forms[r"(?:\+|%2B)?" + r"[ \-./()\u00a0]{0,3}".join(digits)] = None
            continue
        for text in _written(value.text):
            forms[re.escape(text)] = None
    if not forms:
        return None
    return re.compile(
        rf"{_BEGIN}(?:{'|'.join(sorted(forms, key=lambda f: (-len(f), f)))})(?![\w@]|-\w|\.\w+@|\.[a-z]{{2,4}}\b)", re.IGNORECASE
    )


def _written(text: str) -> set[str]:
    """A value as JSON, HTML, XML, addresses and either form of Unicode write it."""
    found = set()
    for one in {text, text.strip(), unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}:
        plain = json.dumps(one, ensure_ascii=False)[1:-1]
        found |= {
            one,
            plain,
            plain.replace("/", "\\/"),
            json.dumps(one)[1:-1],
            json.dumps(one)[1:-1].replace("/", "\\/"),
            escape(one),
            escape(one, quote=False),
            quote_plus(one),
        }
        found |= {escape(one).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"), one.replace("'", "''"), one.replace('"', '""')}
    return {one for one in found if len(one) >= 2}


def json_line(eraser: Eraser, text: str, declared: frozenset[str]) -> str:
    """One line of JSON that is his own; everything but the strings that change stays as it was written."""
    try:
        record = json.loads(text)
    except ValueError:
        return eraser.clean_own(text)
    personal = _paths(record, declared)
    named = str(record.get("Field", "")) if isinstance(record, dict) else ""
    path: list[str] = []
    is_key = [False]

    def swap(hit: re.Match[str]) -> str:
        sign = hit.group(1)
        if sign in {"{", "["}:
            path.append("")
            is_key.append(sign == "{")
        elif sign in {"}", "]"}:
            path.pop()
            is_key.pop()
        if sign[0] != '"':
            return hit.group()
        value = json.loads(sign)
        if hit.group(2) and is_key[-1]:
            path[-1] = value
            return hit.group()
        where = ".".join(filter(None, path))
        key = where.rsplit(".", 1)[-1]
        old = key in _HISTORY
        new = eraser.leaf(named if old else key, value, personal=(kind_of(named) is not None) if old else where in personal)
        return hit.group() if new == value else json.dumps(new, ensure_ascii=False) if new else "null"

    return _TOKEN.sub(swap, text)


def _paths(record: Any, declared: frozenset[str]) -> frozenset[str]:
    """Paths of a record that hold personal data; a line that is a child of another one has lost the first part of its path."""
    if not isinstance(record, Mapping) or "__parentId" not in record:
        return declared
    tails: dict[str, set[str]] = {}
    for path in declared:
        head, dot, tail = path.partition(".")
        if dot:
            tails.setdefault(head, set()).add(tail)
    return declared | {tail for found in tails.values() if len(found & set(record)) >= _ALIKE for tail in found}


def csv_record(eraser: Eraser, text: str, header: Sequence[str], personal: frozenset[str], delimiter: str) -> str:
    """One record of CSV that is his own; cells that do not change stay as they were written."""
    cell = re.compile(rf'("(?:[^"]|"")*"|[^{re.escape(delimiter)}\r\n]*)({re.escape(delimiter)}|\r?\n|$)')
    place = -1
    row: dict[str, str] = {}

    def value_of(raw: str) -> str:
        return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw

    for number, hit in enumerate(cell.finditer(text)):
        if number < len(header):
            row[header[number]] = value_of(hit.group(1))
    named = row.get("Field", "")

    def swap(hit: re.Match[str]) -> str:
        nonlocal place
        place += 1
        if place >= len(header):
            return hit.group()
        key, value = header[place], value_of(hit.group(1))
        old = key in _HISTORY
        new = eraser.leaf(named if old else key, value, personal=(kind_of(named) is not None) if old else key in personal)
        if new == value:
            return hit.group()
        quoted = '"' + new.replace('"', '""') + '"' if new and (hit.group(1).startswith('"') or delimiter in new) else new
        return quoted + hit.group(2)

    return cell.sub(swap, text)


def values_of(record: Any, declared: frozenset[str]) -> Iterator[Value]:
    """Personal values of a raw record, by the fields that its stream declares."""
    named = str(record.get("Field", "")) if isinstance(record, Mapping) else ""
    personal = _paths(record, declared)
    for path, value in _leaves(record, ""):
        key = path.rsplit(".", 1)[-1]
        kind = kind_of(named) if key in _HISTORY else (kind_of(key) or "other") if path in personal else None
        if kind and value.strip() and not FORGOTTEN.search(value):
            yield Value(value.strip(), kind)


def _leaves(node: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _leaves(item, path)
    elif isinstance(node, str):
        yield path, node
