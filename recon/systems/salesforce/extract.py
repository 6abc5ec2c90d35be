"""One org as the audited side: what the mapping names, what stands beside it, and its histories."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from recon.config.mapping import Mapping as OrgMapping
from recon.systems.base import Check, Context, SystemFacts
from recon.systems.salesforce import checks, plan
from recon.systems.salesforce.settings import Settings
from recon.systems.salesforce_api import org
from recon.systems.salesforce_api.plan import Plan
from recon.systems.salesforce_api.reader import OrgReader


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

    def checks(self) -> Iterator[Check]:
        """The org's part of ``recon doctor``."""
        return checks.run(self.settings, self.client, self.catalogue)

    def mapping(self) -> OrgMapping:
        """The mapping as far as it applies to this org."""
        with self._lock:
            if self._mapping is None:
                self._mapping = plan.applicable(self.settings.mapping, self.catalogue)
            return self._mapping
