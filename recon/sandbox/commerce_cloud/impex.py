"""The instance's records as the vendor's import and export XML: what its jobs leave in the Impex folder.

Elements come in the order of the vendor's schemas. Files are written record by record; nothing is held but one record.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from recon.sandbox.commerce_cloud.shop import Document, Shop

_SPACES = "http://www.demandware.com/xml/impex/{}"
HASH = "c2NyeXB0OjE2Mzg0OjA4OjAxOm5vdC1hLXJlYWwtaGFzaA=="
"""Stands where the vendor writes the hash of a password"""

Node = ET.Element


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take them."""


def export(shop: Shop, folder: str = "recon", *, packed: bool = False, stamp: str = "") -> list[Path]:
    """Write all files into ``Impex/src/<folder>``; ``packed`` as .gz, ``stamp`` in front of their names. Returns their paths."""
    target = shop.files / "Impex" / "src" / folder
    target.mkdir(parents=True, exist_ok=True)
    made = []
    for name, root, body in _files(shop):
        path = target / f"{stamp}{name}.xml{'.gz' if packed else ''}"
        with path.open("wb") as plain:
            if packed:
                with gzip.open(plain, "wb") as stream:
                    _write(stream, root, body)
            else:
                _write(plain, root, body)
        written = shop.now().timestamp()
        os.utime(path, (written, written))
        made.append(path)
    return made


def _files(shop: Shop) -> Iterator[tuple[str, tuple[str, str, dict[str, str]], Iterable[Node]]]:
    for site in shop.all("sites"):
        orders = (order(one) for one in shop.all("orders", site["id"]) if one.get("status") not in {"created", "failed"})
        yield f"orders-{site['id']}", ("orders", "order/2006-10-31", {}), orders
    for one in shop.all("customer_lists"):
        attributes = {"list-id": one["id"]}
        people = (customer(person) for person in shop.all("customers", one["id"]))
        yield f"customers-{one['id']}", ("customer-list", "customer/2006-10-31", attributes), people
    lists = (inventory_list(shop, one) for one in shop.all("inventory_lists"))
    yield "inventory", ("inventory", "inventory/2007-05-31", {}), lists
    for one in shop.all("catalogs"):
        goods = (product(item) for item in shop.all("products") if item.get("owningCatalogId") == one["id"])
        yield f"catalog-{one['id']}", ("catalog", "catalog/2006-10-31", {"catalog-id": one["id"]}), goods
    yield "pricebooks", ("pricebooks", "pricebook/2006-10-31", {}), (price_book(one) for one in shop.all("price_books"))


def _write(stream: Sink, root: tuple[str, str, dict[str, str]], body: Iterable[Node]) -> None:
    name, space, attributes = root
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{_SPACES.format(space)}"{written}>\n'.encode())
    for node in body:
        ET.indent(node, "    ")
        stream.write(ET.tostring(node, encoding="utf-8", xml_declaration=False) + b"\n")
    stream.write(f"</{name}>\n".encode())


# -- elements -------------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _node(name: str, *children: Node | None, **attributes: Any) -> Node:
    made = ET.Element(name, {key.replace("_", "-"): _text(value) for key, value in attributes.items() if value is not None})
    made.extend([child for child in children if child is not None])
    return made


def _leaf(name: str, value: Any, **attributes: Any) -> Node | None:
    """An element with text; None where there is no value."""
    if value is None:
        return None
    made = _node(name, **attributes)
    made.text = _text(value)
    return made


def _leaves(record: Mapping[str, Any], names: str) -> list[Node | None]:
    """One element each for ``element`` or ``element=key``; a key without ``=`` is the element in camel case."""
    pairs = [entry.partition("=") for entry in names.split()]
    return [_leaf(name, record.get(key or _camel(name))) for name, _, key in pairs]


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)


def _some(name: str, children: Iterable[Node]) -> Node | None:
    found = list(children)
    return _node(name, *found) if found else None


def _custom(record: Mapping[str, Any]) -> Node | None:
    """The attributes that a merchant added: ``c_x`` in the APIs, ``x`` here."""
    own = [_leaf("custom-attribute", value, attribute_id=key[2:]) for key, value in sorted(record.items()) if key.startswith("c_")]
    return _some("custom-attributes", (node for node in own if node is not None))


def _upper(value: Any) -> str | None:
    return None if value is None else str(value).upper()


def _local(name: str, values: Mapping[str, Any]) -> list[Node]:
    made = []
    for language, value in values.items():
        node = _leaf(name, value)
        if node is not None:
            node.set("xml:lang", "x-default" if language == "default" else language)
            made.append(node)
    return made


# -- orders ---------------------------------------------------------------------------------------------------------------

_CHANNELS = {"storefront": "Storefront", "callcenter": "CallCenter", "marketplace": "Marketplace", "store": "Store"}


def order(record: Document) -> Node:
    """An order with its items, shipments, totals and payments."""
    return _node(
        "order",
        *_leaves(record, "order-date=creationDate created-by currency customer-locale taxation invoice-no"),
        _buyer(record),
        _statuses(record),
        _leaf("business-type", _upper(record.get("businessType"))),
        _leaf("channel-type", _CHANNELS.get(record.get("channelType", ""))),
        *_leaves(record, "cancel-code cancel-description"),
        _some("product-lineitems", map(_product_item, record.get("productItems", []))),
        _some("shipping-lineitems", map(_shipping_item, record.get("shippingItems", []))),
        _some("shipments", map(_shipment, record.get("shipments", []))),
        _totals(record),
        _some("payments", map(_payment, record.get("paymentInstruments", []))),
        *_leaves(record, "remoteHost=remoteHost external-order-no external-order-status external-order-text place-date global-party-id"),
        _custom(record),
        order_no=record["orderNo"],
    )


def _buyer(record: Document) -> Node:
    person = record.get("customerInfo", {})
    billing = record.get("billingAddress")
    return _node(
        "customer",
        *_leaves(person, "guest customer-no customer-name customer-email=email"),
        _address("billing-address", billing) if billing else None,
    )


_PERSON = "salutation title first-name second-name last-name suffix company-name job-title"
_PLACE = "address1 address2 suite postbox=postBox city postal-code state-code country-code phone"


def _address(name: str, record: Mapping[str, Any], **attributes: Any) -> Node:
    return _node(name, *_leaves(record, f"{_PERSON} {_PLACE}"), _custom(record), **attributes)


def _statuses(record: Document) -> Node:
    keys = {"order-status": "status", "shipping-status": "", "confirmation-status": "", "payment-status": "", "export-status": ""}
    return _node("status", *[_leaf(name, _upper(record.get(key or _camel(name)))) for name, key in keys.items()])


_AMOUNTS = "net-price tax gross-price base-price lineitem-text=itemText tax-basis"


def _product_item(record: Document) -> Node:
    return _node(
        "product-lineitem",
        *_leaves(record, f"{_AMOUNTS} position product-id product-name"),
        _leaf("quantity", record.get("quantity"), unit=""),
        *_leaves(record, "tax-rate min-order-quantity step-quantity brand shipment-id inventory-list-id=inventoryId"),
        *_leaves(record, "gift external-line-item-status=externalLineItemStatus external-line-item-text=externalLineItemText"),
        _custom(record),
        _adjustments(record.get("priceAdjustments", [])),
    )


def _adjustments(records: Iterable[Document]) -> Node | None:
    names = f"{_AMOUNTS} promotion-id campaign-id coupon-id=couponCode reason-code"
    return _some("price-adjustments", (_node("price-adjustment", *_leaves(one, names), _custom(one)) for one in records))


def _shipping_item(record: Document) -> Node:
    return _node(
        "shipping-lineitem",
        *_leaves(record, _AMOUNTS),
        _adjustments(record.get("priceAdjustments", [])),
        *_leaves(record, "item-id shipment-id tax-rate"),
        _custom(record),
    )


def _shipment(record: Document) -> Node:
    address = record.get("shippingAddress")
    return _node(
        "shipment",
        _node("status", _leaf("shipping-status", _upper(record.get("shippingStatus")))),
        _leaf("shipping-method", record.get("shippingMethod", {}).get("id")),
        _leaf("tracking-number", record.get("trackingNumber")),
        _address("shipping-address", address) if address else None,
        *_leaves(record, "gift gift-message"),
        _custom(record),
        shipment_id=record["shipmentId"],
    )


def _total(name: str, net: Decimal, gross: Decimal, adjustments: Iterable[Document] = ()) -> Node:
    amounts = {"net-price": net, "tax": gross - net, "gross-price": gross}
    return _node(name, *[_leaf(key, amount) for key, amount in amounts.items()], _adjustments(adjustments))


def _sides(records: Iterable[Mapping[str, Any]]) -> tuple[Decimal, Decimal]:
    net = gross = Decimal(0)
    for one in records:
        net += Decimal(one.get("netPrice", 0))
        gross += Decimal(one.get("grossPrice", 0))
    return net, gross


def _totals(record: Document) -> Node:
    """Sums of goods before and after the order's own adjustments, of shipping before and after its own, and of everything."""
    items, freight = record.get("productItems", []), record.get("shippingItems", [])
    goods = _sides([*items, *(one for item in items for one in item.get("priceAdjustments", []))])
    whole = _sides(record.get("orderPriceAdjustments", []))
    adjusted = goods[0] + whole[0], goods[1] + whole[1]
    shipping = _sides(freight)
    less = _sides(one for item in freight for one in item.get("priceAdjustments", []))
    shipped = shipping[0] + less[0], shipping[1] + less[1]
    total = Decimal(record.get("orderTotal", 0))
    return _node(
        "totals",
        _total("merchandize-total", *goods, record.get("orderPriceAdjustments", [])),
        _total("adjusted-merchandize-total", *adjusted),
        _total("shipping-total", *shipping),
        _total("adjusted-shipping-total", *shipped),
        _total("order-total", total - Decimal(record.get("taxTotal", 0)), total),
    )


def _payment(record: Document) -> Node:
    paid = record.get("paymentTransaction", {})
    return _node(
        "payment",
        _node("custom-method", _leaf("method-name", record.get("paymentMethodId", ""))),
        *_leaves(paid, "amount transaction-id"),
        _custom(paid),
    )


# -- customers ------------------------------------------------------------------------------------------------------------


def customer(record: Document) -> Node:
    """A customer as a list's export writes it, with the hash of its password."""
    login = record.get("credentials")
    return _node(
        "customer",
        _credentials(login) if login else None,
        _profile(record),
        _some("addresses", (_customer_address(one) for one in record.get("addresses", []))),
        customer_no=record["customerNo"],
    )


def _credentials(record: Document) -> Node:
    return _node(
        "credentials",
        _leaf("login", record.get("login")),
        _leaf("password", HASH, encrypted=True, encryptionScheme="scrypt"),
        _leaf("enabled-flag", record.get("enabled", True)),
    )


def _profile(record: Document) -> Node:
    return _node(
        "profile",
        *_leaves(record, f"{_PERSON} email phone-home phone-business"),
        *_leaves(record, "phone-mobile fax birthday gender creation-date last-login-time last-visit-time preferred-locale"),
        _custom(record),
    )


def _customer_address(record: Document) -> Node:
    return _address("address", record, address_id=record["addressId"], preferred=bool(record.get("preferred")))


# -- goods ----------------------------------------------------------------------------------------------------------------


def inventory_list(shop: Shop, record: Document) -> Node:
    """A list with its records."""
    header = _node(
        "header",
        _leaf("default-instock", record.get("default_in_stock", False)),
        *_leaves(record, "description use-bundle-inventory-only=use_bundle_inventory_only on-order=on_order_inventory_enabled"),
        list_id=record["id"],
    )
    records = [_inventory(one) for one in shop.all("inventory_records", record["id"])]
    return _node("inventory-list", header, _node("records", *records))


def _inventory(record: Document) -> Node:
    allocation = record.get("allocation", {})
    return _node(
        "record",
        _leaf("allocation", allocation.get("amount")),
        _leaf("allocation-timestamp", allocation.get("reset_date")),
        *_leaves(record, "perpetual=perpetual_flag preorder-backorder-handling=pre_order_back_order_handling"),
        *_leaves(record, "preorder-backorder-allocation=pre_order_back_order_allocation in-stock-datetime=in_stock_date ats"),
        *_leaves(record, "on-order=quantity_on_order turnover=inventory_turnover"),
        _custom(record),
        product_id=record["product_id"],
    )


def product(record: Document) -> Node:
    """A product with its variants."""
    variants = [_node("variant", product_id=one["productId"]) for one in record.get("variants", [])]
    return _node(
        "product",
        *_leaves(record, "ean upc unit"),
        *_local("display-name", record.get("name", {})),
        *_flags("online-flag", record.get("onlineFlag", {})),
        *_flags("searchable-flag", record.get("searchable", {})),
        *_leaves(record, "tax-class-id brand manufacturer-name manufacturer-sku"),
        _custom(record),
        _node("variations", _node("variants", *variants)) if variants else None,
        product_id=record["id"],
    )


def _flags(name: str, values: Mapping[str, Any]) -> list[Node]:
    made = []
    for key, value in values.items():
        site = key.partition("@")[2]
        node = _leaf(name, value, **({"site_id": site} if site else {}))
        if node is not None:
            made.append(node)
    return made


def price_book(record: Document) -> Node:
    """A price book with its tables."""
    header = _node(
        "header",
        _leaf("currency", record["currency"]),
        *_local("display-name", record.get("name", {})),
        *_leaves(record, "online-flag=online parent"),
        pricebook_id=record["id"],
    )
    return _node("pricebook", header, _node("price-tables", *map(_price_table, record.get("prices", []))))


def _price_table(record: Document) -> Node:
    """``amounts`` are pairs of quantity and amount."""
    return _node(
        "price-table",
        *_leaves(record, "online-from online-to"),
        *[_leaf("amount", amount, quantity=quantity) for quantity, amount in record["amounts"]],
        product_id=record["productId"],
    )
