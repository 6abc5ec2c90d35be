"""Exported XML, record by record: as large as it may be, never more than one record in memory.

Only elements are read. A document type, and with it every entity that is not one of XML's own five, is refused: nothing is ever fetched
or multiplied. Names are those of the vendor's schemas; attributes begin with ``@``; text beside attributes is ``#text``. What an audit
has no use for, secrets first, is dropped while it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

DEPTH = 32
LARGEST_RECORD = 32 * 2**20
"""Characters of one record; an order of a thousand lines has about one million."""
_XML = "http://www.w3.org/XML/1998/namespace"
_FRONT = "http://www.demandware.com/xml/impex/"

Element = dict[str, Any]


class Unfit(Exception):
    """The file cannot be read; the message says why and holds nothing of its content."""


@dataclass(frozen=True)
class Shape:
    """How files of one kind are built.

    ``records`` are the paths of elements that become lines of their own; ``lists`` the tags that may stand several times; ``texts`` the
    tags whose attributes may be left out; ``groups`` those that hold elements and never text; ``dropped`` those that are left out.
    """

    kind: str
    root: str
    namespace: str
    records: frozenset[tuple[str, ...]]
    lists: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()


_ORDER_LISTS = frozenset({
    "product-lineitem", "shipping-lineitem", "giftcertificate-lineitem", "option-lineitem", "bundled-product-lineitem", "price-adjustment",
    "shipment", "payment",
})  # fmt: skip
_ORDER_GROUPS = _ORDER_LISTS | {
    "status", "customer", "billing-address", "shipping-address", "product-lineitems", "giftcertificate-lineitems", "shipping-lineitems",
    "option-lineitems", "bundled-product-lineitems", "price-adjustments", "shipments", "totals", "merchandize-total", "shipping-total",
    "adjusted-merchandize-total", "adjusted-shipping-total", "order-total", "shipment-total", "payments", "credit-card", "bank-transfer",
    "bml", "gift-certificate", "dw-apple-pay", "dw-android-pay", "salesforce-payments", "custom-method",
}  # fmt: skip
_ORDER_SECRETS = frozenset({
    "remoteHost", "card-number", "card-holder", "card-token", "from-month", "from-year", "expiration-month", "expiration-year",
    "issue-number", "account-number", "account-holder", "routing-number", "drivers-license", "drivers-license-state-code",
    "giftcertificate-id", "notes", "gift-message", "message", "recipient-email", "recipient-name", "sender-name", "custom-attributes",
    "tax-items", "ek-id", "account-id",
})  # fmt: skip
"""Payment data, addresses of machines, gift certificate codes (they are money) and private messages."""
_CUSTOMER_SECRETS = frozenset({
    "password", "password-question", "password-answer", "birthday", "gender", "customer-payment-profiles", "external-profiles",
    "provider-id", "external-id", "note", "custom-attributes", "customer-groups",
})  # fmt: skip
_CUSTOMER_GROUPS = frozenset({"customer", "credentials", "profile", "addresses", "address"})
_PRODUCT_GROUPS = frozenset({"product", "variations", "variants", "variation-groups", "product-set-products", "retail-set-products"})
_TEXT_OF_A_PRODUCT = frozenset({
    "short-description", "long-description", "images", "image", "thumbnail", "page-attributes", "custom-attributes", "product-links",
    "category-links", "classification-category", "store-attributes", "product-detail-page-meta-tag-rules", "options", "attributes",
})  # fmt: skip

SHAPES = (
    Shape(
        "orders",
        "orders",
        "order/2006-10-31",
        frozenset({("order",)}),
        _ORDER_LISTS,
        frozenset({"quantity"}),
        _ORDER_GROUPS,
        _ORDER_SECRETS,
    ),
    *(
        Shape(
            "customers",
            root,
            "customer/2006-10-31",
            frozenset({("customer",)}),
            frozenset({"address"}),
            groups=_CUSTOMER_GROUPS,
            dropped=_CUSTOMER_SECRETS,
        )
        for root in ("customers", "customer-list")
    ),
    Shape(
        "inventory",
        "inventory",
        "inventory/2007-05-31",
        frozenset({("inventory-list", "header"), ("inventory-list", "records", "record")}),
        dropped=frozenset({"custom-attributes"}),
    ),
    Shape(
        "pricebook",
        "pricebooks",
        "pricebook/2006-10-31",
        frozenset({("pricebook", "header"), ("pricebook", "price-tables", "price-table")}),
        frozenset({"display-name", "amount", "percentage"}),
        frozenset({"display-name", "amount", "percentage"}),
        dropped=frozenset({"custom-attributes", "description"}),
    ),
    Shape(
        "catalog",
        "catalog",
        "catalog/2006-10-31",
        frozenset({("product",)}),
        frozenset({"display-name", "online-flag", "online-from", "online-to", "variants", "variant", "variation-group"}),
        frozenset({"display-name", "online-flag", "online-from", "online-to", "variant", "variation-group"}),
        _PRODUCT_GROUPS,
        _TEXT_OF_A_PRODUCT,
    ),
)


@dataclass
class _Open:
    """An element that has not ended yet."""

    name: str
    value: Element
    text: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """One record: its element's name, what is in it, and the attributes of the root and of the header before it."""

    name: str
    value: Element
    root: Mapping[str, str]
    header: Mapping[str, Any]


class Reader:
    """Reads one file. ``shape`` is known after the first element; None where the file is of no kind that is read."""

    def __init__(self) -> None:
        self.shape: Shape | None = None
        self.is_known = False
        self._root: dict[str, str] = {}
        self._header: Element = {}
        self._path: list[str] = []
        self._open: list[_Open] = []
        self._skipped = 0
        self._size = 0
        self._ready: list[Found] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def records(self, blocks: Iterable[bytes]) -> Iterator[Found]:
        """The records of a file; Unfit where it is broken, cut or not to be trusted. Ends early where the file is of another kind."""
        for block in blocks:
            self._feed(block, last=False)
            yield from self._taken()
            if self.is_known and self.shape is None:
                return
        self._feed(b"", last=True)
        yield from self._taken()

    def probe(self, blocks: Iterable[bytes]) -> Shape | None:
        """What kind of file it is, from its first element. Unfit where there is none."""
        for block in blocks:
            self._feed(block, last=False)
            if self.is_known:
                return self.shape
        raise Unfit("it holds no XML")

    def _taken(self) -> list[Found]:
        taken, self._ready = self._ready, []
        return taken

    def _feed(self, block: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(block, last)
        except expat.ExpatError as error:
            # the parser's own words may not be shown: some of them repeat what they stumbled over
            what = "it ends too early" if last else "it is no well-formed XML"
            raise Unfit(f"{what} (line {error.lineno:,})") from None
        except (UnicodeError, ValueError, LookupError):
            raise Unfit("its encoding is none that can be read") from None

    def _refuse(self, *_: Any) -> None:
        raise Unfit("it declares a document type or entities, which is never needed and never read")

    # -- what the parser calls -----------------------------------------------------------------------------

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        if not self.is_known:
            self._begin(space, tag, attributes)
            return
        self._path.append(tag)
        if len(self._path) > DEPTH:
            raise Unfit(f"its elements lie more than {DEPTH} deep")
        shape = self.shape
        if shape is None or self._skipped or (self._open and tag in shape.dropped):
            self._skipped += 1
            return
        if self._open or tuple(self._path) in shape.records:
            value: Element = {_attribute(key): text for key, text in attributes.items()}
            self._count(sum(map(len, attributes.values())))
            self._open.append(_Open(tag, value))

    def _begin(self, space: str, tag: str, attributes: dict[str, str]) -> None:
        self.is_known = True
        version = space.removeprefix(_FRONT)
        self.shape = next((shape for shape in SHAPES if shape.root == tag and shape.namespace == version), None)
        self._root = {_attribute(key): text for key, text in attributes.items()}

    def _characters(self, text: str) -> None:
        if self._open and not self._skipped:
            self._count(len(text))
            self._open[-1].text.append(text)

    def _count(self, characters: int) -> None:
        self._size += characters
        if self._size > LARGEST_RECORD:
            raise Unfit("one of its records is larger than any honest one")

    def _end(self, name: str) -> None:
        if not self._path:
            return  # the root
        path = tuple(self._path)
        self._path.pop()
        if self._skipped:
            self._skipped -= 1
            return
        if not self._open or self.shape is None:
            return
        done = self._open.pop()
        if self._open:
            self._add(self._open[-1].value, done)
        elif path in self.shape.records:
            self._finish(done)

    def _add(self, parent: Element, done: _Open) -> None:
        """Put an ended element into the one around it."""
        shape = self.shape
        text = "".join(done.text)
        value: Any = done.value
        if (shape is None or done.name not in shape.groups) and all(key.startswith("@") for key in done.value):
            plain = not done.value and shape is not None and done.name not in shape.texts
            value = text if plain else {**done.value, "#text": text}
        if shape is not None and done.name in shape.lists:
            parent.setdefault(done.name, []).append(value)
        elif done.name in parent:
            before = parent[done.name]
            parent[done.name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            parent[done.name] = value

    def _finish(self, done: _Open) -> None:
        self._size = 0
        if done.name == "header":
            self._header = done.value
        self._ready.append(Found(done.name, done.value, self._root, self._header))


def _attribute(name: str) -> str:
    space, _, own = name.rpartition(" ")
    return f"@xml:{own}" if space == _XML else f"@{own}"
