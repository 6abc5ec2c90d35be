"""How a field of the schema gets its value from the documents: for graphql-core and, with the same rules, for bulk exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLResolveInfo

from recon.sandbox.shopify.access import Grant
from recon.sandbox.shopify.defaults import fallback
from recon.sandbox.shopify.documents import ROOTS
from recon.sandbox.shopify.schema import ApiSchema, FieldFacts

if TYPE_CHECKING:
    from recon.sandbox.shopify.shop import Shop

Document = dict[str, Any]
_MISSING = object()
_REFERENCE_KEYS = 2
"""A document with more keys is the record itself, not a reference to it."""

_KEPT = 4096
REFERENCES = frozenset({*ROOTS.values(), "BasicEvent", "ProductVariant"})


class Obj:
    """A document with its GraphQL type and the object it was reached from."""

    __slots__ = ("doc", "full", "parent", "type")

    def __init__(self, kind: str, doc: Document, parent: Obj | None = None) -> None:
        self.type = kind
        self.doc = doc
        self.parent = parent
        self.full: Obj | None = None

    def above(self, kind: str) -> Obj | None:
        """The nearest object of a type among those this one was reached from, itself included."""
        node: Obj | None = self
        while node is not None and node.type != kind:
            node = node.parent
        return node


class Reader:
    """One request's view of the shop: schema of its version, what the app may see, and the warnings it collects."""

    def __init__(self, shop: Shop, schema: ApiSchema, grant: Grant) -> None:
        self.shop = shop
        self.store = shop.store
        self.schema = schema
        self.grant = grant
        self.search: list[Document] = []
        self._stand_ins: dict[str, Obj | None] = {}

    # -- objects ------------------------------------------------------------------------------------------------------

    def lookup(self, gid: str) -> Obj | None:
        """The object of an id, wherever it is kept; None where there is none or the app may not see it."""
        entry = self.store.get(gid)
        if entry is not None:
            return self.root(*entry)
        for root in self.store.roots_of(gid):
            entry = self.store.get(root)
            holder = self.root(*entry) if entry is not None else None
            if holder is not None and (inner := _inside(holder.doc, gid)) is not None:
                return Obj(gid.split("/")[3], inner, holder)
        return None

    def root(self, kind: str, document: Document) -> Obj | None:
        """A root record as an object; None where the app may not see it."""
        if kind == "orders" and (since := self.grant.orders_since) is not None and document["createdAt"] < since:
            return None
        if kind == "fulfillment_orders" and not self.grant.own_fulfillments:
            return None
        return Obj(self.schema.type_of(ROOTS[kind], document), document)

    def listed(self, kind: str, gid: str, root: str, document: Document) -> Obj | None:
        """The object of an index row; ``document`` is the root's as the index knows it."""
        if kind in ROOTS:
            return self.root(kind, document)
        inner = _inside(document, gid)
        entry = self.store.get(root)
        holder = self.root(entry[0], document) if entry is not None else None
        return Obj(gid.split("/")[3], inner, holder) if inner is not None else None

    def whole(self, obj: Obj) -> Obj | None:
        """What is kept under the id of an object that was reached as a reference."""
        if len(obj.doc) > _REFERENCE_KEYS or obj.parent is None:
            return None
        if obj.full is None:
            gid = obj.doc.get("id")
            if not isinstance(gid, str):
                return None
            if gid not in self._stand_ins:
                if len(self._stand_ins) >= _KEPT:
                    self._stand_ins.clear()
                self._stand_ins[gid] = self.lookup(gid)
            obj.full = self._stand_ins[gid]
        return obj.full if obj.full is not None and obj.full.doc is not obj.doc else None

    # -- fields -------------------------------------------------------------------------------------------------------

    def value(self, obj: Obj, facts: FieldFacts, args: Document) -> Any:
        """A field's value: leaves as they are, objects as Obj, connections as the full list of their nodes."""
        special = SPECIAL.get((obj.type, facts.name))
        if special is not None:
            value = special(self, obj, args)
        else:
            value = obj.doc.get(facts.name, _MISSING)
            if value is _MISSING:
                value = self._absent(obj, facts)
        if value is None or facts.leaf:
            return value
        if facts.depth or facts.connection:
            return [self.wrap(item, facts.target, obj) for item in (value[: args["first"]] if facts.depth and args.get("first") else value)]
        wrapped = self.wrap(value, facts.target, obj)
        return None if not facts.non_null and facts.target in REFERENCES and self._gone(wrapped) else wrapped

    def wrap(self, value: Any, target: str, parent: Obj | None) -> Any:
        """A document as an object of its type."""
        if value is None or isinstance(value, Obj):
            return value
        return Obj(self.schema.type_of(target, value), value, parent)

    def _gone(self, obj: Obj) -> bool:
        gid = obj.doc.get("id")
        return len(obj.doc) == 1 and isinstance(gid, str) and self.store.is_deleted(gid)

    def _absent(self, obj: Obj, facts: FieldFacts) -> Any:
        if facts.name == "legacyResourceId":
            return obj.doc["id"].rsplit("/", 1)[-1]
        whole = self.whole(obj)
        if whole is not None:
            value = whole.doc.get(facts.name, _MISSING)
            if value is not _MISSING:
                return value
        doc = whole.doc if whole is not None else obj.doc
        order = obj.above("Order")
        shop, born, top = self.shop.currency, "", obj
        presentment = shop
        if order is not None:
            shop = order.doc.get("currencyCode") or shop
            presentment = order.doc.get("presentmentCurrencyCode") or shop
        while top is not None and not born:
            born = top.doc.get("createdAt") or ""
            top = top.parent  # type: ignore[assignment]
        value = fallback(facts, obj.type, doc, (shop, presentment), born or self.shop.created_at)
        if value is None and facts.non_null and facts.target == "Boolean":
            return False
        return value


def _inside(document: Any, gid: str) -> Document | None:
    """The fullest object with an id inside a document."""
    best: Document | None = None
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if value.get("id") == gid and (best is None or len(value) > len(best)):
                best = value
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
    return best


# -- fields with a meaning of their own ---------------------------------------------------------------------------------

Special = Callable[[Reader, Obj, Document], Any]


def _above(kind: str) -> Special:
    """What an object is part of: given, or the ancestor, or the holder of its id."""

    def special(reader: Reader, obj: Obj, args: Document) -> Any:
        key = {"InventoryItem": "item"}.get(kind, kind[0].lower() + kind[1:])
        if obj.doc.get(key):
            return obj.doc[key]
        found = obj.parent.above(kind) if obj.parent is not None else None
        if found is None:
            whole = reader.lookup(obj.doc["id"])
            found = whole.parent.above(kind) if whole is not None and whole.parent is not None else None
        return found

    return special


def _targets(name: str) -> Special:
    def special(reader: Reader, obj: Obj, args: Document) -> Any:
        found = [reader.lookup(gid) for gid in reader.store.targets(name, obj.doc["id"])]
        return [one for one in found if one is not None]

    return special


def _customer_orders(reader: Reader, obj: Obj, args: Document) -> list[Obj]:
    """All orders of a customer, for bulk; page queries go the way of the root list."""
    from recon.sandbox.shopify.lists import LISTS
    from recon.sandbox.shopify.root import condition

    where, values = condition(reader, LISTS["orders"], args, None, obj)
    rows = reader.store.listed("orders", where, values, "idx.num", -1)
    found = [reader.listed("orders", gid, root, document) for gid, _, _, root, document in rows]
    return [order for order in found if order is not None]


def _last_order(reader: Reader, obj: Obj, args: Document) -> Any:
    orders = _targets("customer.orders")(reader, obj, args)
    return max(orders, key=lambda order: order.doc["createdAt"], default=None)


def _variants(reader: Reader, obj: Obj, args: Document) -> list[Obj]:
    found: list[Obj] = []
    for gid in reader.store.targets("item.product", obj.doc["id"]):
        entry = reader.store.get(gid)
        product = reader.root(*entry) if entry else None
        variants = product.doc.get("variants") or () if product is not None else ()
        found += [Obj("ProductVariant", variant, product) for variant in variants if variant["inventoryItem"]["id"] == obj.doc["id"]]
    return found


def _variant(reader: Reader, obj: Obj, args: Document) -> Any:
    return obj.doc.get("variant") or next(iter(_variants(reader, obj, args)), None)


def _given(key: str) -> Callable[[Reader, Obj], list[Document]]:
    def give(reader: Reader, obj: Obj) -> list[Document]:
        value = obj.doc.get(key)
        if value is None:
            whole = reader.whole(obj)
            value = whole.doc.get(key) if whole is not None else None
        return value or []

    return give


def _levels(reader: Reader, obj: Obj, args: Document) -> list[Document]:
    levels = _given("inventoryLevels")(reader, obj)
    return [level for level in levels if args.get("includeInactive") or level.get("isActive", True)]


def _level(reader: Reader, obj: Obj, args: Document) -> Any:
    return next((level for level in _levels(reader, obj, args) if level["location"]["id"] == args["locationId"]), None)


def _quantities(reader: Reader, obj: Obj, args: Document) -> list[Document]:
    held = {quantity["name"]: quantity for quantity in _given("quantities")(reader, obj)}
    unknown = [name for name in args["names"] if name not in QUANTITY_NAMES]
    if unknown:
        raise GraphQLError(f"The quantity name `{unknown[0]}` does not exist.", extensions={"code": "BAD_REQUEST"})
    return [held.get(name, {"name": name, "quantity": 0, "updatedAt": None}) for name in args["names"]]


def _shipping_lines(reader: Reader, obj: Obj, args: Document) -> list[Document]:
    return [line for line in _given("shippingLines")(reader, obj) if args.get("includeRemovals") or not line.get("isRemoved")]


def _shipping_line(reader: Reader, obj: Obj, args: Document) -> Any:
    return obj.doc.get("shippingLine") or next(iter(_shipping_lines(reader, obj, {})), None)


def _prices(reader: Reader, obj: Obj, args: Document) -> list[Document]:
    wanted = args.get("originType")
    return [price for price in _given("prices")(reader, obj) if wanted in {None, price["originType"]}]


def _return_refunds(reader: Reader, obj: Obj, args: Document) -> list[Any]:
    if obj.doc.get("refunds") is not None:
        return list(obj.doc["refunds"])
    order = obj.above("Order")
    refunds = _given("refunds")(reader, order) if order is not None else []
    return [Obj("Refund", refund, order) for refund in refunds if (refund.get("return") or {}).get("id") == obj.doc["id"]]


def _order_of_fulfillment(reader: Reader, obj: Obj, args: Document) -> Any:
    order = reader.lookup(obj.doc["orderId"])
    if order is None:
        return {"id": obj.doc["orderId"]}
    return order


def _order_fact(name: str) -> Special:
    def special(reader: Reader, obj: Obj, args: Document) -> Any:
        key = {"name": "orderName", "processedAt": "orderProcessedAt"}[name]
        if obj.doc.get(key):
            return obj.doc[key]
        order = reader.lookup(obj.doc["orderId"])
        found = order.doc.get(name) or order.doc.get("createdAt") if order is not None else None
        return found or ("" if name == "name" else obj.doc.get("createdAt") or reader.shop.created_at)

    return special


def _counted(key: str) -> Special:
    def special(reader: Reader, obj: Obj, args: Document) -> Document:
        return {"count": len(_given(key)(reader, obj)), "precision": "EXACT"}

    return special


def _position(reader: Reader, obj: Obj, args: Document) -> int:
    if obj.doc.get("position") is not None:
        return int(obj.doc["position"])
    product = obj.parent.above("Product") if obj.parent is not None else None
    ids = [variant["id"] for variant in (product.doc.get("variants") or ())] if product is not None else []
    return ids.index(obj.doc["id"]) + 1 if obj.doc["id"] in ids else 1


def _taxes_included(reader: Reader, obj: Obj, args: Document) -> bool:
    return bool(obj.doc.get("taxesIncluded", reader.shop.taxes_included))


QUANTITY_NAMES = {
    "available": ("on_hand",),
    "committed": ("on_hand",),
    "damaged": ("on_hand",),
    "incoming": (),
    "on_hand": (),
    "quality_control": ("on_hand",),
    "reserved": ("on_hand",),
    "safety_stock": ("on_hand",),
}
"""name of an inventory quantity → what it is part of"""

SPECIAL: dict[tuple[str, str], Special] = {
    ("Order", "fulfillmentOrders"): _targets("order.fulfillmentOrders"),
    ("Order", "shippingLines"): _shipping_lines,
    ("Order", "shippingLine"): _shipping_line,
    ("Order", "fulfillmentsCount"): _counted("fulfillments"),
    ("Order", "transactionsCount"): _counted("transactions"),
    ("Order", "taxesIncluded"): _taxes_included,
    ("Refund", "order"): _above("Order"),
    ("Return", "order"): _above("Order"),
    ("Return", "refunds"): _return_refunds,
    ("OrderTransaction", "order"): _above("Order"),
    ("Fulfillment", "order"): _above("Order"),
    ("FulfillmentOrder", "order"): _order_of_fulfillment,
    ("FulfillmentOrder", "orderName"): _order_fact("name"),
    ("FulfillmentOrder", "orderProcessedAt"): _order_fact("processedAt"),
    ("Customer", "orders"): _customer_orders,
    ("Customer", "lastOrder"): _last_order,
    ("Product", "variantsCount"): _counted("variants"),
    ("ProductVariant", "product"): _above("Product"),
    ("ProductVariant", "position"): _position,
    ("InventoryItem", "variant"): _variant,
    ("InventoryItem", "variants"): _variants,
    ("InventoryItem", "inventoryLevels"): _levels,
    ("InventoryItem", "inventoryLevel"): _level,
    ("InventoryItem", "locationsCount"): _counted("inventoryLevels"),
    ("InventoryLevel", "item"): _above("InventoryItem"),
    ("InventoryLevel", "quantities"): _quantities,
    ("PriceList", "prices"): _prices,
    ("Company", "locationsCount"): _counted("locations"),
    ("Company", "contactsCount"): _counted("contacts"),
    ("CompanyLocation", "company"): _above("Company"),
    ("CompanyContact", "company"): _above("Company"),
}


def resolve_field(source: Any, info: GraphQLResolveInfo[Any], **args: Any) -> Any:
    """graphql-core's resolver for every field that has no resolver of its own (see :mod:`recon.sandbox.shopify.root`)."""
    from recon.sandbox.shopify.paging import page_of
    from recon.sandbox.shopify.root import resolve_root

    reader: Reader = info.context
    name = info.field_name
    kind = info.parent_type.name
    facts = reader.schema.fields[kind][name]
    reader.grant.check(facts)
    if kind in {"QueryRoot", "Mutation"}:
        return resolve_root(reader, facts, args, info)
    if kind.endswith(("Connection", "Edge")) or kind == "PageInfo":
        return source.doc[name]
    if (kind, name) == ("Customer", "orders"):
        return resolve_root(reader, facts, args, info, customer=source)
    value = reader.value(source, facts, args)
    if facts.connection and value is not None:
        return page_of(value, info.return_type, args)
    return value


def resolve_type(value: Any, info: GraphQLResolveInfo[Any], abstract: Any) -> str:
    """graphql-core asks which object type a value of an interface or union is."""
    return str(value.type)
