"""Wants of findings → changes of records, or the reason why not.

A finding is planned wholly or not at all. What several findings want of one record becomes one change; what a new record hangs on is
made first where it is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Literal

from recon.audit.result import Finding
from recon.config.settings import FixSettings
from recon.fix.declared import Want
from recon.fix.look import Book, Look, Record
from recon.fix.ours import Ours
from recon.fix.plan import Candidate, Change, FieldChange, Merge, Safety, Unplanned
from recon.fix.target import REFERENCES, No, Place, Target, missing_fields
from recon.fix.values import same
from recon.systems.salesforce_api.describe import Field, Object

LOCKED: Mapping[str, frozenset[str]] = {
    "Order": frozenset({"AccountId", "Pricebook2Id", "CurrencyIsoCode"}),
    "OrderItem": frozenset({"Quantity", "UnitPrice"}),
}
"""Fields that nobody can change once the order is activated. Vendor source: Salesforce Help, Edit Activated Orders."""

Key = tuple[str, ...]
Wanted = Mapping[tuple[str, str, str], Mapping[str, str | None]]


@dataclass(frozen=True)
class Ref:
    """A Salesforce record: one that is there, or one that the plan makes."""

    id: str | None = None
    key: Key | None = None

    @property
    def mark(self) -> str:
        """For keys of drafts."""
        return self.id or "/".join(self.key or ())


@dataclass
class Value:
    """What a field is set to."""

    field: Field
    before: str | None
    after: str | None
    made_by: Key | None = None
    derived: bool = False


@dataclass
class Draft:
    """A change in the making."""

    key: Key
    action: Literal["insert", "update"]
    entity: str
    described: Object
    label: str
    record_id: str | None = None
    made_by: Key | None = None
    unique: tuple[str, ...] = ()
    modstamp: str | None = None
    parent: Ref | None = None
    fields: dict[str, Value] = field(default_factory=dict)
    depends: set[Key] = field(default_factory=set)
    safety: Safety = "safe"
    findings: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)

    def parents(self) -> set[Key]:
        """Drafts that must be carried out before."""
        made = {value.made_by for value in self.fields.values() if value.made_by}
        return made | self.depends | ({self.made_by} if self.made_by else set())


class Builder:
    """Takes findings one after the other; :meth:`changes` gives the plan."""

    def __init__(self, target: Target, look: Look, wanted: Wanted, settings: FixSettings, ours: Ours | None = None) -> None:
        self.target, self.look, self.wanted, self.settings = target, look, wanted, settings
        self.ours = ours or Ours()
        """what earlier plans wrote; empty where somebody asks for findings by name, and so knows what they do"""
        self.drafts: dict[Key, Draft] = {}
        self.unplanned: list[Unplanned] = []
        self.merges: list[Merge] = []
        self._trial: dict[Key, Draft] = {}
        self._safety: Safety = "review"
        self._prices: dict[tuple[str, str | None, str | None], str | None] | None = None

    # -- findings ------------------------------------------------------------------------------------------

    def hold(self, wants: Iterable[Want]) -> None:
        """Read every record that may be changed, many at a time."""
        ids: dict[str, tuple[Place, set[str]]] = {}
        orders: set[str] = set()
        for want in wants:
            if want.salesforce_id and self.target.places(want.entity):
                place = self._place_of(want.entity, want.salesforce_id)
                ids.setdefault(f"{want.entity}/{place.described.name}", (place, set()))[1].add(want.salesforce_id)
            elif want.entity == "order_lines" and want.role == "order_id":
                orders |= {sf for sf in (self.look.links.get(("orders", want.system, want.value or "")),) if sf}
        for place, some in ids.values():
            self.look.hold(place.described, some, self.look.fields_of(place))
            for record_id in some:
                record = self.look.record(place.described, record_id)
                orders |= {str(record["OrderId"])} if record and record.get("OrderId") else set()
        for place in self.target.places("orders")[:1]:
            self.look.hold(place.described, orders, self.look.fields_of(place))
        self.look.hold_entries(sf for (entity, _, _), sf in self.look.links.items() if entity == "products")

    def add(self, finding: Finding, wants: Sequence[Want], safety: Safety) -> bool:
        """Plan one finding, or say why not; False where another finding of the plan may make it possible."""
        self.unplanned = [one for one in self.unplanned if one.finding != finding.finding_id]
        self._trial = {}
        self._safety = safety
        try:
            changed = self._finding(finding, wants, safety)
        except No as no:
            self.refuse(finding, no.code, no.reason)
            return no.code != "price_book"
        if not changed:
            self.refuse(finding, "already", "Salesforce holds what is wanted already; the next audit will tell.")
            return True
        for draft in self._trial.values():
            draft.findings = list(dict.fromkeys([*draft.findings, finding.finding_id]))
            draft.rules = list(dict.fromkeys([*draft.rules, finding.rule]))
        self.drafts.update(self._trial)
        return True

    def refuse(self, finding: Finding, code: str, reason: str) -> None:
        """Write down why a finding is not corrected."""
        self.unplanned.append(Unplanned(finding=finding.finding_id, rule=finding.rule, label=finding.label, code=code, reason=reason))

    def _finding(self, finding: Finding, wants: Sequence[Want], safety: Safety) -> bool:
        if finding.owning_system == self.look.system:
            raise No("owner", "Salesforce owns the value, so it is not Salesforce that has to change.")
        if not wants:
            raise No("nothing", "The correction of this rule has nothing to write for this finding.")
        records: dict[tuple[str, str | None, str, str], list[Want]] = {}
        for want in wants:
            if want.reason:
                raise No("decision", want.reason)
            records.setdefault((want.entity, want.salesforce_id, want.system, want.record_id), []).append(want)
        # NOTE: parents first, so that lines find the order that the same finding makes.
        ranks = {"customers": 0, "companies": 0, "products": 1, "prices": 2, "orders": 3, "order_lines": 4, "fulfillment_lines": 6}
        changed = False
        for (entity, salesforce_id, system, record_id), some in sorted(records.items(), key=lambda item: ranks.get(item[0][0], 5)):
            roles = {want.role: want.value for want in some}
            self._safety = "safe" if all((want.safety or safety) == "safe" for want in some) else "review"
            if "duplicate_of" in roles:
                changed |= self._duplicate(
                    finding, entity, [str(want.salesforce_id) for want in wants], str(roles["duplicate_of"]), salesforce_id
                )
                continue
            optional = all(want.optional for want in some)
            try:
                changed |= (
                    self._update(entity, salesforce_id, (system, record_id), roles, optional=optional)
                    if salesforce_id
                    else self._make(entity, system, record_id, roles)
                )
            except No as no:
                if not (optional and no.code == "not_mapped"):
                    raise
        return changed

    # -- changing a record -----------------------------------------------------------------------------------

    def _place_of(self, entity: str, salesforce_id: str) -> Place:
        kind = self.look.kinds.get(salesforce_id, (None, None))[0] if entity == "customers" else None
        return self.target.place(entity, kind)

    def _update(
        self, entity: str, salesforce_id: str, shop: tuple[str, str], roles: Mapping[str, str | None], *, optional: bool
    ) -> bool:  # fmt: skip
        system, place = shop[0], self._place_of(entity, salesforce_id)
        record = self.look.record(place.described, salesforce_id)
        if record is None or record["IsDeleted"] == "true":
            raise No("gone", f"The record {salesforce_id} is not in Salesforce any more.")
        self._not_managed(self._order_under(place, record, salesforce_id))
        self._not_shared(entity, salesforce_id, shop, roles)
        known = False
        for role, value in roles.items():
            for one, ref, text in self._resolved(entity, system, role, value, roles):
                spec = self.target.field(place, one, system)
                if spec is None:
                    continue
                known = True
                if self.look.is_owner(entity, one):
                    raise No("owner", f"Salesforce owns {one.replace('_', ' ')} of {entity.replace('_', ' ')}.")
                self._set(place, record, salesforce_id, system, one, spec, ref, text, roles)
        if not known and not optional:
            raise No("not_mapped", f"No field of {place.described.name} is mapped to {' or '.join(sorted(_plain_roles(roles)))}.")
        return ("update", place.described.name, salesforce_id) in self._trial

    def _set(
        self, place: Place, record: Record, salesforce_id: str, system: str, role: str, spec: Field, ref: Ref | None, text: str | None,
        roles: Mapping[str, str | None],
    ) -> None:  # fmt: skip
        held = record.get(spec.name)
        if ref is not None:
            after, made_by = ref.id, ref.key
        else:
            made_by = None
            after = self._worded(place, role, spec, text, held, roles) if text is not None else None
        after = self.target.checked(place, spec, after, new=False) if made_by is None else None
        if made_by is None and same(spec.type, held, after):
            return
        self._not_locked(place, record, spec, after)
        ours = self.ours.values.get((place.described.name, salesforce_id, spec.name))
        if ours is not None and made_by is None and same(spec.type, ours.after, after) and same(spec.type, ours.before, held):
            what = f"{ours.plan} wrote {place.described.name}.{spec.name} before, and somebody wrote the old value back"
            raise No("came_back", f"{what}: find out who; --finding plans it all the same.")
        key = ("update", place.described.name, salesforce_id)
        draft = self._draft(key, lambda: self._first(place, record, salesforce_id, system))
        other = draft.fields.get(spec.name)
        if other is not None and (other.made_by != made_by or not same(spec.type, other.after, after)):
            raise No("conflict", f"Another finding wants another value in {place.described.name}.{spec.name} of the same record.")
        draft.fields[spec.name] = Value(spec, held, after, made_by)

    def _order_under(self, place: Place, record: Record, salesforce_id: str) -> str:
        """The order that a record is, or belongs to; blank where it belongs to none."""
        path = "OrderId" if place.entity == "order_lines" else place.mapping.fields.get("order_id", "")
        return salesforce_id if place.entity == "orders" else str(record.get(path) or "")

    def _not_shared(self, entity: str, salesforce_id: str, shop: tuple[str, str], roles: Mapping[str, str | None]) -> None:
        """What is right for one of the shop records that a record stands for must not be wrong for another."""
        for other in self.look.sharers.get((entity, salesforce_id), ()):
            if other == shop:
                continue
            if other[0] == shop[0]:
                raise No("shared", f"The record stands for two {entity} of the shop, {shop[1]} and {other[1]}: part them first.")
            wanted = self.wanted.get((entity, *other), {})
            for role in sorted(set(roles) & set(wanted) - _OF_ONE_SHOP):
                one, two = roles[role], wanted[role]
                if two is not None and _loose(one) != _loose(two) and (role, one) not in _ALWAYS_RIGHT:
                    raise No("shared", f"It stands for a record of {other[0]} too, which has another {role.replace('_', ' ')}.")

    def _first(self, place: Place, record: Record, salesforce_id: str, system: str) -> Draft:
        parent = next((str(record[name]) for name in ("OrderId", "AccountId", "Product2Id") if record.get(name)), salesforce_id)
        name = self._name(place, record, salesforce_id)
        return Draft(
            ("update", place.described.name, salesforce_id), "update", place.entity, place.described, name,
            record_id=salesforce_id, modstamp=record["SystemModstamp"], parent=Ref(parent),
        )  # fmt: skip

    def _name(self, place: Place, record: Record, salesforce_id: str) -> str:
        for role in ("number", "email", "sku", "title", "last_name"):
            path = place.mapping.fields.get(role)
            if path and record.get(path):
                return f"{place.described.label} {record[path]}"
        return f"{place.described.label} {salesforce_id}"

    def _not_locked(self, place: Place, record: Record, spec: Field, after: str | None) -> None:
        name = place.described.name
        if name not in LOCKED:
            return
        order = record if name == "Order" else self.look.record(self.target.place("orders").described, str(record.get("OrderId")))
        code = (order or {}).get("StatusCode")
        if code == "Activated" and spec.name in LOCKED[name]:
            raise No("activated", f"The order is activated, and {spec.label} of an activated order cannot be changed.")
        lines = name == "Order" and record["Id"] in self.look.orders_with_lines
        if lines and spec.name in {"CurrencyIsoCode", "Pricebook2Id"}:
            raise No("has_lines", f"{spec.label} of an order is fixed as long as it has lines.")
        if name == "Order" and spec.name == "Status":
            becomes = self.look.statuses.get(after or "", "")
            if code != "Draft" and becomes == "Draft":
                raise No("activated", "An order that was activated does not become a draft again.")
            if code == "Draft" and becomes == "Activated" and not lines:
                raise No("no_lines", "An order without lines cannot be activated.")

    def _not_managed(self, order_id: str) -> None:
        if order_id in self.look.managed:
            raise No("managed", "Order Management keeps this order itself; it must not be written.")

    def _worded(self, place: Place, role: str, spec: Field, value: str, held: str | None, roles: Mapping[str, str | None]) -> str:
        """Salesforce's word for a canonical one."""
        if role == "store":
            words = [word for word, system in place.mapping.stores.items() if system == value] or [value]
        else:
            words = self.target.word(place, role, spec, value, held)
        if (place.entity, role) == ("orders", "status") and len(words) > 1 and self.look.statuses:
            wanted = "Activated" if roles.get("is_paid") == "true" else "Draft"
            words = [word for word in words if self.look.statuses.get(word) == wanted] or words
        if not words:
            raise No("value", f"The mapping has no value of {place.described.name}.{spec.name} for {value}.")
        if len(words) > 1:
            setting = f'[fix.values."{place.entity}.{role}"]'
            raise No("ambiguous", f"{', '.join(words)} all mean {value}; name one under {setting} in recon.toml.")
        return words[0]

    # -- making a record ----------------------------------------------------------------------------------------

    def _make(self, entity: str, system: str, record_id: str, roles: Mapping[str, str | None]) -> bool:
        if entity == "prices":
            return self._price(system, roles)
        if entity in {"orders", "order_lines"} and (linked := self.look.links.get((entity, system, record_id))):
            raise No("there", f"It is in Salesforce as {linked} already.")
        self._need(entity, system, record_id, roles)
        return True

    def _need(self, entity: str, system: str, record_id: str, roles: Mapping[str, str | None] | None = None) -> Ref:
        """The Salesforce record of a shop record: the one that is there, or one that the plan makes."""
        linked = self.look.links.get((entity, system, record_id))
        if linked:
            return Ref(linked)
        key = ("insert", entity, system, record_id)
        if key in self._trial or key in self.drafts:
            self._draft(key, lambda: self.drafts[key])
            return Ref(key=key)
        roles = roles or self.wanted.get((entity, system, record_id))
        if not roles:
            raise No("parent", f"It needs the {entity.rstrip('s').replace('_', ' ')} {record_id} of the shop, which was not read.")
        if roles.get("is_gone") == "true":
            raise No("parent", "The customer was erased or merged in the shop.")
        makers = {"orders": self._order, "order_lines": self._line, "customers": self._customer}
        makers.get(entity, self._plain)(key, system, record_id, roles)
        return Ref(key=key)

    def _plain(self, key: Key, system: str, record_id: str, roles: Mapping[str, str | None]) -> None:
        """A record that is just its fields and references."""
        draft = self._new(key, self.target.place(key[1]), system, roles)
        for one in ("order_id", "product_id", "customer_id", "fulfillment_id"):
            if (key[1], one) in REFERENCES and roles.get(one):
                draft.parent = self._need(REFERENCES[key[1], one], system, str(roles[one]))
                self._not_managed(draft.parent.id or "")
        self._complete(draft)

    def _customer(self, key: Key, system: str, record_id: str, roles: Mapping[str, str | None]) -> None:
        places = self.target.places("customers")
        people = [place for place in places if place.described.name == "Account" and place.described.field("IsPersonAccount")]
        place = people[0] if people else self.target.place("customers", "contact")
        if not roles.get("last_name"):
            raise No("required", "Salesforce needs a last name, and the shop knows none.")
        draft = self._new(key, place, system, roles)
        if place.described.name == "Contact" and "AccountId" not in draft.fields:
            if self.settings.guest_account is None:
                raise No("account", "A contact needs an account, and [fix] guest_account names none.")
            self._structure(draft, "AccountId", Ref(self.settings.guest_account))
        self._complete(draft)

    def _order(self, key: Key, system: str, record_id: str, roles: Mapping[str, str | None]) -> None:
        place = self.target.place("orders")
        status = self.target.field(place, "status", system)
        draft = self._new(key, place, system, {role: value for role, value in roles.items() if role != "status"})
        if place.described.name == "Order":
            if "EffectiveDate" not in draft.fields:
                self._structure(draft, "EffectiveDate", roles.get("placed_date"))
            book = self._book(system, "default")
            if place.described.field("Pricebook2Id"):
                self._structure(draft, "Pricebook2Id", Ref(book.id))
            self._status(draft, place, status, roles)
        elif place.described.name == "Opportunity":
            self._opportunity(draft, place, status, roles)
        draft.parent = next((Ref(v.after, v.made_by) for name, v in draft.fields.items() if name == "AccountId"), None)
        self._complete(draft)

    def _status(self, draft: Draft, place: Place, status: Field | None, roles: Mapping[str, str | None]) -> None:
        """An order is made as a draft; its status comes when its lines are there."""
        first = next((name for name, code in self.look.statuses.items() if code == "Draft"), "Draft")
        self._structure(draft, "Status", first)
        value = roles.get("status")
        if status is None or value is None or status.name != "Status":
            return
        word = self._worded(place, "status", status, value, None, roles)
        if word == first:
            return
        key = ("status", *draft.key)
        held = self.target.checked(place, status, word, new=False)
        later = self._draft(
            key, lambda: Draft(key, "update", "orders", place.described, draft.label, made_by=draft.key, parent=Ref(key=draft.key))
        )
        later.fields["Status"] = Value(status, first, held)
        later.depends.add(draft.key)

    def _opportunity(self, draft: Draft, place: Place, status: Field | None, roles: Mapping[str, str | None]) -> None:
        if "CloseDate" not in draft.fields:
            self._structure(draft, "CloseDate", roles.get("placed_date"))
        if status is not None and roles.get("status"):
            self._put(
                draft,
                status,
                self.target.checked(place, status, self._worded(place, "status", status, str(roles["status"]), None, roles), new=True),
            )
        if "Name" not in draft.fields:
            self._structure(draft, "Name", roles.get("number"))

    def _line(self, key: Key, system: str, record_id: str, roles: Mapping[str, str | None]) -> None:
        place = self.target.place("order_lines")
        order = self._order_of(system, str(roles.get("order_id")))
        book, currency = self._terms(order, system, roles)
        if roles.get("product_id"):
            product = self._need("products", system, str(roles["product_id"]))
        elif self.settings.custom_item:
            product = Ref(self.settings.custom_item)
        else:
            raise No("custom_item", "A line has no product of the shop, and [fix] custom_item names none for such lines.")
        if roles.get("unit_price") is None or roles.get("quantity") is None:
            raise No("required", "The line has no price or no quantity.")
        entry = self._entry(product, book, currency, self._list_price(system, roles, currency))
        # NOTE: a line of an opportunity takes a price or a total, never both. Vendor source: object reference, OpportunityLineItem.
        own = {"product_id", "order_id", *(("total",) if place.described.name == "OpportunityLineItem" else ())}
        draft = self._new(key, place, system, {role: value for role, value in roles.items() if role not in own})
        parent = "OpportunityId" if place.described.name == "OpportunityLineItem" else "OrderId"
        self._structure(draft, parent, order)
        self._structure(draft, "PricebookEntryId", entry)
        if ("update", "PricebookEntry", entry.id or "") in self._trial:
            draft.depends.add(("update", "PricebookEntry", entry.id or ""))
        product_field = place.described.field("Product2Id")
        if product_field is not None and product_field.createable:
            self._structure(draft, "Product2Id", product)
        for name, role in (("Quantity", "quantity"), ("UnitPrice", "unit_price")):
            if name not in draft.fields:
                self._structure(draft, name, roles[role])
        draft.parent = order
        self._complete(draft)
        if order.key:
            later = self._trial.get(("status", *order.key))
            if later is not None:
                later.depends.add(key)

    def _order_of(self, system: str, order_id: str) -> Ref:
        """The order of a new line, if it can take one."""
        order = self._need("orders", system, order_id)
        if order.id is None:
            return order
        self._not_managed(order.id)
        described = self.target.place("orders").described
        record = self.look.record(described, order.id)
        if record is None or record["IsDeleted"] == "true":
            raise No("gone", f"The order {order.id} is not in Salesforce any more.")
        if record.get("StatusCode") not in {None, "Draft"}:
            raise No("activated", "The order is activated, and an activated order takes no more lines.")
        return order

    def _terms(self, order: Ref, system: str, roles: Mapping[str, str | None]) -> tuple[str, str | None]:
        """Price book and currency that a line must be in."""
        if order.id:
            record = self.look.record(self.target.place("orders").described, order.id) or {}
            return record.get("Pricebook2Id") or self._book(system, "default").id, record.get("CurrencyIsoCode")
        return self._book(system, "default").id, roles.get("currency")

    # -- price books --------------------------------------------------------------------------------------------

    def _book(self, system: str, price_list: str) -> Book:
        """The price book that holds a shop's price list."""
        names = set()
        for place in self.target.places("prices"):
            words = place.mapping.values.get("price_list", {})
            stores = place.mapping.stores
            names |= {name for name, word in words.items() if word == price_list and stores.get(name, system) == system}
            names |= {price_list} if price_list not in words.values() else set()
        books = [book for book in self.look.books if book.name in names]
        if not books and price_list == "default" and self.look.standard_book:
            return self.look.standard_book
        if len(books) != 1:
            said = "several price books are" if books else "no price book is"
            raise No("price_book", f"For the price list {price_list} {said} mapped (mapping.prices.values.price_list).")
        return books[0]

    def _list_price(self, system: str, roles: Mapping[str, str | None], currency: str | None) -> str | None:
        """The shop's own price of a product, else what the line was sold at."""
        if self._prices is None:
            self._prices = {
                (owner, price.get("product_id"), price.get("currency")): price.get("amount")
                for (entity, owner, _), price in self.wanted.items()
                if entity == "prices" and price.get("price_list") == "default"
            }
        return self._prices.get((system, roles.get("product_id"), currency or roles.get("currency"))) or roles.get("unit_price")

    def _price(self, system: str, roles: Mapping[str, str | None]) -> bool:
        """An entry for a price of the owner; lists that no price book holds are left out."""
        try:
            book = self._book(roles.get("store") or system, str(roles.get("price_list")))
        except No:
            return False
        product = self._need("products", system, str(roles.get("product_id")))
        held = self.look.entry(product.id, book.id, roles.get("currency")) if product.id else None
        if held is None:
            self._entry(product, book.id, roles.get("currency"), roles.get("amount"))
            return True
        return held["IsActive"] != "true" and self._into_use(str(held["Id"]), system, roles)

    def _into_use(self, entry: str, system: str, roles: Mapping[str, str | None]) -> bool:
        """An inactive entry is taken into use again: Salesforce keeps one for each product, book and currency."""
        place = self.target.place("prices")
        self.look.hold(place.described, [entry], ["IsActive", "UnitPrice"])
        record = self.look.record(place.described, entry)
        if record is None:
            raise No("gone", f"The record {entry} is not in Salesforce any more.")
        for role, name, value in (("is_active", "IsActive", "true"), ("amount", "UnitPrice", roles.get("amount"))):
            spec = place.described.field(name)
            if spec is not None:
                self._set(place, record, entry, system, role, spec, None, value, roles)
        return True

    def _entry(self, product: Ref, book: str, currency: str | None, price: str | None) -> Ref:
        """The price book entry of a product; made where it is not there, after its standard one."""
        if product.id and (held := self.look.entry(product.id, book, currency)):
            used = ("update", "PricebookEntry", str(held["Id"]))
            change = self._trial.get(used) or self.drafts.get(used)
            if change is not None and "IsActive" in change.fields and change.fields["IsActive"].after == "true":
                self._draft(used, lambda: change)  # taken into use again by this plan
            elif held["IsActive"] != "true":
                raise No("price_book", "The product's price book entry is inactive.")
            return Ref(held["Id"])
        described = self.look.door.catalogue.object("PricebookEntry")
        if described is None or price is None:
            raise No("price_book", "The product has no price book entry, and none can be made.")
        key = ("entry", product.mark, book, currency or "")
        if key in self._trial or key in self.drafts:
            self._draft(key, lambda: self.drafts[key])
            return Ref(key=key)
        standard = self.look.standard_book
        before = self._entry(product, standard.id, currency, price) if standard and standard.id != book else None
        draft = self._draft(key, lambda: Draft(key, "insert", "prices", described, "Price book entry", parent=product))
        multi = described.field("CurrencyIsoCode") is not None
        draft.unique = ("Pricebook2Id", "Product2Id", *(("CurrencyIsoCode",) if multi else ()))
        values = {"Pricebook2Id": Ref(book), "Product2Id": product, "UnitPrice": price, "IsActive": "true", "UseStandardPrice": "false"}
        for name, value in (*values.items(), *((("CurrencyIsoCode", currency),) if multi else ())):
            self._structure(draft, name, value)
        if before is not None and before.key:
            draft.depends.add(before.key)
        return Ref(key=key)

    # -- duplicates ---------------------------------------------------------------------------------------------

    def _duplicate(self, finding: Finding, entity: str, losers: list[str], survivor: str, loser: str | None) -> bool:
        """A proposal for people, and a mark on the loser where recon.toml names a field for it."""
        place = self._place_of(entity, survivor)
        if not any(one.finding == finding.finding_id for one in self.merges):
            ids = [survivor, *dict.fromkeys(losers)]
            self.look.hold(place.described, ids, self.look.fields_of(place))
            records = {one: self.look.record(place.described, one) or {} for one in ids}
            fields = sorted({name for name in self.look.fields_of(place) if any(record.get(name) for record in records.values())})
            choices = {name: next(one for one in ids if records[one].get(name)) for name in fields}
            self.merges.append(
                Merge(
                    finding=finding.finding_id, rule=finding.rule, object=place.described.name, survivor=survivor,
                    losers=tuple(one for one in ids if one != survivor), choices=choices, reason=finding.message,
                    candidates=tuple(Candidate(record_id=one, fields={name: records[one].get(name) for name in fields}) for one in ids),
                )
            )  # fmt: skip
        name = self.settings.duplicate_field.get(place.described.name)
        spec = place.described.field(name) if name else None
        record = self.look.record(place.described, loser or "")
        if spec is None or record is None:
            raise No("merge", "Duplicates are merged by people: see merges in the plan for a proposal.")
        self._set(place, record, str(loser), "", "duplicate_of", spec, None, survivor, {})
        return True

    # -- fields of drafts -----------------------------------------------------------------------------------------

    def _draft(self, key: Key, make: object) -> Draft:
        """The draft of a key in this trial: an earlier one is copied, so that a finding that fails changes nothing."""
        if key not in self._trial:
            known = self.drafts.get(key)
            draft = copy(known) if known is not None else make()  # type: ignore[operator]
            draft.fields, draft.depends = dict(draft.fields), set(draft.depends)
            self._trial[key] = draft
            for parent in sorted(draft.parents()):  # what it hangs on is then wanted by this finding too
                if parent in self.drafts:
                    self._draft(parent, lambda parent=parent: self.drafts[parent])
            if known is None:
                draft.safety = self._safety
        draft = self._trial[key]
        if self._safety == "review":
            draft.safety = "review"
        return draft

    def _new(self, key: Key, place: Place, system: str, roles: Mapping[str, str | None]) -> Draft:
        label = str(roles.get("at_label") or place.described.label)
        draft = self._draft(key, lambda: Draft(key, "insert", place.entity, place.described, label))
        spec = self.target.field(place, "external_id", system)
        if spec is None or not (spec.external_id and spec.unique):
            name = spec.name if spec else "external_id"
            raise No(
                "no_key", f"{place.described.name}.{name} is not marked External ID and unique, so nothing would stop a second record."
            )
        draft.unique = (spec.name,)
        for role, value in roles.items():
            for one, ref, text in self._resolved(place.entity, system, role, value, roles):
                spec = self.target.field(place, one, system)
                if spec is None or not spec.createable or not self.target.allowed(place.described, spec) or (ref is None and text is None):
                    continue
                if ref is not None:
                    self._put(draft, spec, self._fitting(spec, ref))
                elif text is not None:
                    word = self._worded(place, one, spec, text, None, roles)
                    self._put(draft, spec, self.target.checked(place, spec, word, new=True))
        return draft

    def _resolved(
        self, entity: str, system: str, role: str, value: str | None, roles: Mapping[str, str | None]
    ) -> list[tuple[str, Ref | None, str | None]]:
        """A role as (role, record) or (role, text): customers of orders become account and contact."""
        if role.startswith(("is_paid", "is_sold", "is_gone", "at_")):
            return []
        if (entity, role) == ("orders", "customer_id"):
            return [(one, ref, None) for one, ref in self._buyer(system, value, roles).items()]
        if (entity, role) in REFERENCES and value is not None:
            kind = REFERENCES[entity, role]
            if kind == "locations":
                linked = self.look.links.get((kind, system, value))
                return [(role, Ref(linked), None)] if linked else []
            return [(role, self._need(kind, system, value), None)]
        return [(role, None, value)]

    def _buyer(self, system: str, customer: str | None, roles: Mapping[str, str | None]) -> dict[str, Ref]:
        """Account, and contact where there is one, of whoever placed an order."""
        if customer is None:
            known = self.look.guest(roles.get("email")) or self.settings.guest_account
            if known is None:
                raise No("guest", "A guest placed it, whom Salesforce does not know, and [fix] guest_account names no account for guests.")
            ref = Ref(known)
        else:
            ref = self._need("customers", system, customer)
        kind, account = self.look.kinds.get(ref.id or "", (None, None))
        if kind == "contact":
            return {"contact_id": ref, **({"customer_id": Ref(account)} if account else {})}
        if ref.key and self._trial[ref.key].described.name == "Contact":
            above = self._trial[ref.key].fields["AccountId"]
            return {"contact_id": ref, "customer_id": Ref(above.after, above.made_by)}
        return {"customer_id": ref}

    def _fitting(self, spec: Field, ref: Ref) -> Ref:
        """The account of a contact where a field holds accounts only."""
        if not spec.targets or "Contact" in spec.targets:
            return ref
        kind, account = self.look.kinds.get(ref.id or "", (None, None))
        if kind == "contact" and account:
            return Ref(account)
        if ref.key and self._trial[ref.key].described.name == "Contact":
            above = self._trial[ref.key].fields["AccountId"]
            return Ref(above.after, above.made_by)
        return ref

    def _structure(self, draft: Draft, name: str, value: str | Ref | None) -> None:
        """A field that the object itself asks for."""
        spec = draft.described.field(name)
        if spec is None or (value is None and spec.nillable):
            return
        if value is None:
            raise No("required", f"{draft.described.name}.{name} must not be blank, and the shop has no value for it.")
        place = self.target.place(draft.entity)
        if not isinstance(value, Ref):
            place = place if place.described.name == draft.described.name else Place(draft.entity, place.mapping, draft.described)
            self._put(draft, spec, self.target.checked(place, spec, value, new=draft.action == "insert"))
        else:
            self._put(draft, spec, value)

    def _put(self, draft: Draft, spec: Field, value: str | Ref | None) -> None:
        if not self.target.allowed(draft.described, spec):
            raise No("not_allowed", f"{draft.described.name}.{spec.name} is not on the list of fields that corrections may write.")
        if isinstance(value, Ref):
            draft.fields[spec.name] = Value(spec, None, value.id, value.key)
        elif value is not None:
            draft.fields[spec.name] = Value(spec, None, value)

    def _complete(self, draft: Draft) -> None:
        missing = missing_fields(draft.described, draft.fields)
        if missing:
            raise No("required", f"A new {draft.described.label} needs {', '.join(missing)}, which nothing is mapped to.")

    # -- the plan -------------------------------------------------------------------------------------------------

    def drop(self, key: Key, code: str, reason: str, findings: Mapping[str, Finding]) -> None:
        """Take a draft back with every finding that asked for it, and what only those asked for."""
        gone = set(self.drafts[key].findings)
        for finding in self.drafts[key].findings:
            self.refuse(findings[finding], code, reason)
        for draft in list(self.drafts.values()):
            draft.findings = [one for one in draft.findings if one not in gone]
            if not draft.findings:
                del self.drafts[draft.key]

    def changes(self) -> tuple[Change, ...]:
        """Drafts in the order of writing."""
        levels: dict[Key, int] = {}

        def level(key: Key) -> int:
            if key not in levels:
                levels[key] = -1  # a circle would end here; there is none, since children never make parents
                levels[key] = max((level(parent) for parent in self.drafts[key].parents()), default=-1) + 1
            return levels[key]

        for draft in self.drafts.values():
            level(draft.key)
        order = sorted(
            self.drafts.values(), key=lambda one: (levels[one.key], one.described.name, one.action, _group(one), one.label, one.key)
        )
        names = {draft.key: f"c{number:04d}" for number, draft in enumerate(order, 1)}
        return tuple(_change(draft, names, levels[draft.key]) for draft in order)


_OF_ONE_SHOP = frozenset({"external_id", "store", "title"})
"""Roles that each shop has for itself, and the name, of which any shop's will do"""
_ALWAYS_RIGHT = frozenset({("email_opt_out", "true"), ("email_consent", "unsubscribed"), ("sms_consent", "unsubscribed")})
"""Who opted out in one shop is not written to, whatever another shop knows."""


def _loose(value: str | None) -> str:
    """A value without what is spelling only."""
    return "".join(letter for letter in (value or "").casefold() if letter.isalnum())


def _group(draft: Draft) -> str:
    return draft.parent.mark if draft.parent else ""


def _change(draft: Draft, names: Mapping[Key, str], level: int) -> Change:
    parent = draft.parent
    return Change(
        id=names[draft.key], level=level, action=draft.action, object=draft.described.name, entity=draft.entity, record_id=draft.record_id,
        made_by=names[draft.made_by] if draft.made_by else None, key=draft.unique, label=draft.label, modstamp=draft.modstamp,
        group=(parent.id or names[parent.key or ()]) if parent else "",
        depends=tuple(sorted(names[key] for key in draft.parents())), safety=draft.safety,
        rules=tuple(sorted(draft.rules)), findings=tuple(sorted(draft.findings)),
        fields=tuple(
            FieldChange(
                field=name, type=value.field.type, before=value.before, after=value.after,
                made_by=names[value.made_by] if value.made_by else None, derived=value.derived,
            )
            for name, value in sorted(draft.fields.items())
        ),
    )  # fmt: skip


def _plain_roles(roles: Mapping[str, str | None]) -> list[str]:
    return [role for role in roles if not role.startswith(("is_paid", "is_sold", "is_gone", "at_"))]
