"""The stores of one org as a source of streams."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from recon.errors import ConfigError
from recon.systems.b2b_commerce import doctor
from recon.systems.b2b_commerce.settings import Settings
from recon.systems.b2b_commerce.streams import AGAIN, LICENSED, NEVER, READINGS, SELLABLE, Reading
from recon.systems.base import By, Check, Context, SystemFacts, unfilled
from recon.systems.salesforce_api import org, soql
from recon.systems.salesforce_api.describe import Object
from recon.systems.salesforce_api.plan import SYSTEM_FIELDS, Plan, cursor_of, readable
from recon.systems.salesforce_api.reader import OrgReader


@dataclass(frozen=True)
class Store:
    """One web store; ``kind`` is B2B or B2C."""

    id: str
    name: str
    kind: str
    is_deleted: bool


class CommerceExtractor(OrgReader):
    """See :class:`recon.systems.base.Extractor`. What an org lacks is not covered; it is no error."""

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self.settings = settings
        self._stores: tuple[Store, ...] | None = None

    def facts(self) -> SystemFacts:
        """Facts of the org; the title names the stores. Raises AuthError for another org than recon.toml says."""
        found = org.facts(self.settings, self.client, self.catalogue, None)
        names = ", ".join(store.name for store in self.chosen() if not store.is_deleted)
        return replace(found, title=f"{found.title}: {names}") if names else found

    def not_covered(self) -> Mapping[str, str]:
        """Canonical table → why this org does not offer it."""
        refused = [(plan_of(reading), self.why_not(reading)) for reading in READINGS]
        return unfilled(self.streams(), [(plan.stream, why) for plan, why in refused if why], NEVER)

    def absent(self) -> Collection[str]:
        """What needs a licence that this org seems not to have: Salesforce shows no difference between no object and no right to it."""
        return {*NEVER, *(set(LICENSED) & set(self.not_covered()))}

    def checks(self) -> Iterator[Check]:
        """The org's part of ``recon doctor``."""
        return doctor.checks(self)

    # -- what there is -----------------------------------------------------------------------------------

    def make_plans(self) -> dict[str, Plan]:
        """Every object that the org has and shows."""
        found = {}
        for reading in READINGS:
            described = self.catalogue.object(reading.source)
            if described is not None:
                found[reading.name] = self._plan(reading, described)
        if "web_stores" in found and "products" in found:
            found["products"].unreadable |= self._untold(found)
        return found

    def _untold(self, found: Mapping[str, Plan]) -> dict[str, str]:
        """What a product needs to be bought lies in several objects; without one of them nothing is said of any product."""
        lost = [one.source for one in READINGS if one.name not in found and any(SELLABLE in columns for columns in one.means.values())]
        return {SELLABLE: f"The integration user may not read {', '.join(lost)}."} if lost else {}

    def why_not(self, reading: Reading) -> str:
        """Why an object is not read; empty where it is."""
        if self.catalogue.object(reading.source) is not None:
            return ""
        return reading.licence or f"{reading.source} cannot be queried: the integration user has no read permission on it."

    def stores(self) -> tuple[Store, ...]:
        """Web stores of the org, deleted ones too; none where it has no Commerce."""
        with self._lock:
            if self._stores is None:
                has = self.catalogue.object("WebStore") is not None
                rows = self.client.rows("SELECT Id, Name, Type, IsDeleted FROM WebStore") if has else []
                self._stores = tuple(_store(row) for row in rows)
            return self._stores

    def chosen(self) -> tuple[Store, ...]:
        """The stores that are this shop. Raises ConfigError for one that recon.toml names and the org does not have."""
        if not self.settings.stores:
            return self.stores()
        found = []
        for wanted in self.settings.stores:
            match = [one for one in self.stores() if wanted in {one.id, one.id[:15]} or one.name.casefold() == wanted.casefold()]
            if not match:
                names = ", ".join(sorted(store.name for store in self.stores() if not store.is_deleted)) or "none"
                raise ConfigError(f"{self.client.system}: the org has no web store {wanted!r}.", f"Correct stores; the org has: {names}.")
            found += match
        return tuple(dict.fromkeys(found))

    def key_fields(self, entry: Plan, table: str, by: By) -> tuple[str, ...]:
        """Where keys of a canonical table stand in an object."""
        path = AGAIN.get((table, by), {}).get(entry.name)
        described = self.catalogue.object(entry.source)
        return (path,) if path and described and self.catalogue.reaches(described, path) else ()

    # -- inner ---------------------------------------------------------------------------------------------

    def _plan(self, reading: Reading, described: Object) -> Plan:
        plan = plan_of(reading)
        columns = readable(described, (*SYSTEM_FIELDS, "CurrencyIsoCode", *reading.fields))
        plan.columns = tuple(dict.fromkeys(columns))
        plan.cursor = cursor_of(described)
        plan.where = self._where(reading, described)
        plan.unreadable = {
            column: f"{described.name}.{name} does not exist, or field-level security hides it from the integration user."
            for name, columns_without in reading.means.items()
            if described.field(name) is None
            for column in columns_without
        }
        return plan

    def _where(self, reading: Reading, described: Object) -> str:
        """Rows of the chosen stores; without a choice all that belong to any store, and all of an org without stores."""
        if not reading.store or not self.catalogue.reaches(described, reading.store):
            return ""
        if self.settings.stores:
            ids = [store.id for store in self.chosen()]
            return f"{soql.name(reading.store)} IN {soql.literals(ids)}"
        return f"{soql.name(reading.store)} != null" if self.stores() and not reading.is_store_table else ""


def _store(row: Mapping[str, Any]) -> Store:
    return Store(org.id18(str(row["Id"])), str(row.get("Name")), str(row.get("Type")), row.get("IsDeleted") is True)


def plan_of(reading: Reading) -> Plan:
    """The plan of an object before the org was asked what it shows of it."""
    return Plan(
        source=reading.source,
        columns=(),
        cursor="SystemModstamp",
        entities=reading.entities,
        personal=reading.personal,
        title=reading.title,
        name=reading.name,
        has_delta=not reading.whole,
    )
