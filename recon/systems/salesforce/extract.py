"""One org as the audited side: what the mapping names, what stands beside it, and its histories."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from recon.config.mapping import ROLES, ObjectMapping, id_fields
from recon.config.mapping import Mapping as OrgMapping
from recon.systems.base import By, Check, Context, SystemFacts
from recon.systems.salesforce import checks, plan
from recon.systems.salesforce.settings import Settings
from recon.systems.salesforce_api import org
from recon.systems.salesforce_api.plan import Plan
from recon.systems.salesforce_api.reader import OrgReader

_BESIDE: Mapping[tuple[str, str, By], str] = {
    ("OrderSummary", "orders", "id"): "OriginalOrderId",
    ("OrderItemSummary", "order_lines", "id"): "OriginalOrderItemId",
    ("OrderItemSummary", "order_lines", "order"): "OrderSummary.OriginalOrderId",
}
"""Companion, canonical table and kind of key → where the key stands"""


def _key_paths(table: str, item: ObjectMapping, source: str, by: By) -> list[str]:
    roles = {**plan.IMPLIED.get((table, source), {}), **item.fields}
    if by == "external":
        return list(id_fields(item).values())
    wanted: dict[By, str] = {"order": "order_id", "variant": "product_id", "product": "product_id", "number": "number"}
    return [roles[role] for role in (wanted[by],) if role in ROLES[table] and role in roles]


class SalesforceExtractor(OrgReader):
    """See :class:`recon.systems.base.Extractor`."""

    def __init__(self, settings: Settings, context: Context) -> None:
        super().__init__(settings, context)
        self.settings = settings
        self._mapping: OrgMapping | None = None

    def make_plans(self) -> dict[str, Plan]:
        """Mapped objects that the integration user can read, what stands beside them, their histories, and users."""
        return plan.plans(self.mapping(), self.catalogue)

    def facts(self) -> SystemFacts:
        """Facts of the org. Raises AuthError when its id is not the one in recon.toml."""
        return org.facts(self.settings, self.client, self.catalogue, plan.as_read(self.mapping(), self.catalogue))

    def not_covered(self) -> Mapping[str, str]:
        """Canonical table → why this org does not offer it."""
        return plan.not_covered(self.mapping(), self.catalogue)

    def absent(self) -> Collection[str]:
        """Tables that no object is mapped to."""
        return plan.absent(self.mapping())

    def key_fields(self, entry: Plan, table: str, by: By) -> tuple[str, ...]:
        """Fields in which such keys of a canonical table stand, by the mapping; a companion is found by the record it belongs to."""
        beside = _BESIDE.get((entry.source, table, by))
        if beside and table not in entry.entities:
            return (beside,)
        items = [item for item in getattr(self.mapping(), table, ()) if item.object.lower() == entry.source.lower()]
        if not items:
            return ()
        if by == "id":
            return ("Id",)
        named = [path for item in items for path in _key_paths(table, item, entry.source, by)]
        described = self.catalogue.object(entry.source)
        found = [self.catalogue.path(described, path) for path in named] if described else []
        return tuple(dict.fromkeys(path[0] for path in found if path is not None and path[1].readable))

    def checks(self) -> Iterator[Check]:
        """The org's part of ``recon doctor``."""
        return checks.run(self.settings, self.client, self.catalogue)

    def mapping(self) -> OrgMapping:
        """The mapping as far as it applies to this org."""
        with self._lock:
            if self._mapping is None:
                self._mapping = plan.applicable(self.settings.mapping, self.catalogue)
            return self._mapping
