"""Several shops of one merchant that all copy into one org: each lives its own life, and people and goods are shared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from recon.sandbox.merchant import erp as books
from recon.sandbox.merchant import late as latecomers
from recon.sandbox.merchant.build import live, make_world, whole_seconds
from recon.sandbox.merchant.defects import Defect, plant
from recon.sandbox.merchant.integration import STANDARD_BOOK
from recon.sandbox.merchant.mix_defects import MIX_CAUSES, Pair, declare, nothing_tells_whose, share_people
from recon.sandbox.merchant.org import renamed_book, renamed_field
from recon.sandbox.merchant.outlet import Outlet
from recon.sandbox.merchant.platforms import ERP, FIRST, Platform, shops
from recon.sandbox.merchant.truth import SHOP, TruthRow
from recon.sandbox.merchant.world import Late, Row, World


@dataclass
class Whole:
    """The merchant with all its shops, its org, and the truth about them."""

    shops: dict[str, World] = field(default_factory=dict)
    """kind of platform → its world"""
    erp: books.Erp | None = None
    org: dict[str, list[Row]] = field(default_factory=dict)
    truth: list[TruthRow] = field(default_factory=list)
    planted: Counter[str] = field(default_factory=Counter)
    """cause or near miss → records that it was planted on"""
    late: Late = field(default_factory=Late)
    """what happens while it is audited"""


def is_usual(kinds: Iterable[str]) -> bool:
    """Whether this is the demo as it usually is: one Shopify shop and nothing else."""
    return tuple(kinds) == (FIRST,)


def build_mix(kinds: tuple[str, ...], seed: int, orders: int, now: datetime, *, defects: bool = True, late: bool = False) -> Whole:
    """Make the merchant with a shop on each of these platforms and ``orders`` orders in all, ending at ``now``; with an ERP if it
    is among them. ``late`` adds what is still to happen when the audit begins.

    Raises UsageError where so few orders cannot carry all causes.
    """
    chosen = {kind: module for kind, module in shops().items() if kind in kinds}
    whole = Whole()
    for place, (kind, module) in enumerate(chosen.items()):
        world = whole.shops[kind] = make_world(seed, orders // len(chosen), whole_seconds(now), Outlet(place, len(chosen)))
        if shape := getattr(module, "shape", None):
            shape(world)
    pairs = share_people(list(whole.shops.values()), defects=defects)
    if ERP in kinds:
        whole.erp = books.open_books(whole.shops.values())
    for kind, module in chosen.items():
        world = whole.shops[kind]
        live(world, defects=defects, unsaid=module.UNSAID)
        if defects:
            own: tuple[Defect, ...] = getattr(module, "CAUSES", ())
            plant(world, (*own, *(MIX_CAUSES if len(chosen) > 1 else ()), *(latecomers.LATE if late else ())), module.UNSAID)
        if whole.erp:
            books.join(whole.erp, module, world, defects=defects)
        module.prepare(world)
    for pair in pairs:
        declare(pair)
    if defects and len(whole.shops) > 1:
        nothing_tells_whose(list(whole.shops.values()))
    _settle(whole, chosen, pairs)
    return whole


def _settle(whole: Whole, chosen: Mapping[str, Platform], pairs: list[Pair]) -> None:
    """One org and one truth of all worlds."""
    if is_usual(chosen) and whole.erp is None:
        only = whole.shops[FIRST]
        whole.org, whole.truth = {name: list(rows.values()) for name, rows in only.org.items()}, chosen[FIRST].truth(only)
        whole.planted, whole.late = only.done, only.late
        return
    merging = _Merging()
    for kind, module in chosen.items():
        world = whole.shops[kind]
        merging.add(module, world)
        rows = module.truth(world)
        if whole.erp:
            rows = books.held_against(whole.erp, world, rows)
        whole.truth += [replace(row, system=module.SYSTEM) if row.system == SHOP else row for row in rows]
        whole.planted += world.done
        whole.late.add(world.late)
    if whole.erp:
        whole.truth += whole.erp.truth
        whole.planted += whole.erp.done
    prefixes = {id(whole.shops[kind]): module.PREFIX for kind, module in chosen.items()}
    for pair in pairs:
        merging.unite(pair, prefixes[id(pair.second)])
    whole.org = merging.finished()
    kept = merging.kept
    whole.truth = sorted(
        (replace(row, salesforce_id=kept.get(row.salesforce_id or "", row.salesforce_id)) for row in whole.truth), key=lambda row: row.key
    )


class _Merging:
    """Puts the records of all worlds into one org; what stands for the same thing becomes one record with the ids of several shops."""

    def __init__(self) -> None:
        self.org: dict[str, dict[str, Row]] = defaultdict(dict)
        self.kept: dict[str, str] = {}
        """id of a record that went into another → id of that one"""
        self._known: dict[tuple[str, ...], str] = {}

    def add(self, module: Platform, world: World) -> None:
        """The records of one shop's integration, under the names that its fields and price books have in the common org."""
        one_stock = getattr(module, "ONE_STOCK", False)
        for sobject, rows in world.org.items():
            for record_id, own in rows.items():
                row = {renamed_field(name, module.PREFIX): value for name, value in own.items()}
                if sobject in {"Order", "Integration_Error__c"}:
                    row.setdefault("Store__c", module.PREFIX)
                elif sobject == "Pricebook2":
                    row["Name"] = renamed_book(row["Name"], module.PREFIX)
                elif sobject == "ProductItem" and one_stock:
                    row["Quantity_Available__c"] = row["QuantityOnHand"]
                self._put(sobject, record_id, row)

    def _put(self, sobject: str, record_id: str, row: Row) -> None:
        identity = self._identity(sobject, row)
        first = self._known.setdefault((sobject, *identity), record_id) if identity else record_id
        if first == record_id:
            self.org[sobject][record_id] = row
        else:
            self._fold(sobject, first, record_id, row)

    def _fold(self, sobject: str, first: str, record_id: str, row: Row) -> None:
        """The first record takes on what it has not: the other shop's id."""
        self.kept[record_id] = first
        kept = self.org[sobject][first]
        kept |= {name: value for name, value in row.items() if kept.get(name) is None}

    def _identity(self, sobject: str, row: Row) -> tuple[str, ...] | None:
        """What makes records of two integrations the same one; None for what is always another."""
        if sobject == "User" or (sobject == "Pricebook2" and row["Name"] == STANDARD_BOOK):
            return (str(row["Name"]),)
        if sobject == "Product2" and (row.get("StockKeepingUnit") or row["ProductCode"] == "CUSTOM"):
            return (str(row.get("StockKeepingUnit") or row["ProductCode"]),)
        if sobject == "PricebookEntry":
            book, product = str(row["Pricebook2Id"]), str(row["Product2Id"])
            return (self.kept.get(book, book), self.kept.get(product, product), str(row["CurrencyIsoCode"]))
        return None

    def unite(self, pair: Pair, prefix: str) -> None:
        """A person of two shops becomes one account, unless the second integration did not look for it."""
        if pair.cause != "account_per_shop":
            first, second = pair.accounts
            row = self.org["Account"].pop(second)
            if pair.cause is not None:
                row[f"{prefix}_Customer_Id__c"] = None
            self._fold("Account", first, second, row)

    def finished(self) -> dict[str, list[Row]]:
        """The org, with every reference to a record that went into another set right."""
        for rows in self.org.values():
            for row in rows.values():
                row.update({name: self.kept[value] for name, value in row.items() if isinstance(value, str) and value in self.kept})
        return {name: list(rows.values()) for name, rows in self.org.items()}
