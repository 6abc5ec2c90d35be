"""Who may read what: access scopes, protected customer data, and the 60 days of orders without ``read_all_orders``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from graphql import GraphQLError

from recon.sandbox.shopify.schema import FieldFacts

ALL_SCOPES = (
    "read_orders",
    "read_all_orders",
    "read_customers",
    "read_companies",
    "read_returns",
    "read_products",
    "read_inventory",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "read_third_party_fulfillment_orders",
    "read_assigned_fulfillment_orders",
)
"""What an auditor asks for; an app released without scopes has a valid token and none of them."""

ORDER_DAYS = 60
"""Without read_all_orders older orders are absent, without an error."""


class Grant:
    """What the app may do, for one request."""

    def __init__(self, scopes: Iterable[str], *, personal: bool, now: datetime) -> None:
        self.scopes = frozenset(scopes)
        self.personal = personal
        self.now = now

    @property
    def orders_since(self) -> str | None:
        """Creation time of the oldest order that exists for the app; None without a limit."""
        if "read_all_orders" in self.scopes:
            return None
        return (self.now - timedelta(days=ORDER_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def own_fulfillments(self) -> bool:
        """Whether the merchant's own fulfillment orders are shown; without the scope they are filtered, not refused."""
        return "read_merchant_managed_fulfillment_orders" in self.scopes

    def refusal(self, facts: FieldFacts) -> str | None:
        """Why a field is refused; None where it may be read."""
        if facts.access and not self.scopes.intersection(facts.access):
            return f"Access denied for {facts.name} field. Required access: {_spoken(facts.access)}"
        if facts.personal and not self.personal:
            return f"This app is not approved to use the {facts.name} field. It is protected customer data of level 2."
        return None

    def check(self, facts: FieldFacts) -> None:
        """Raise ACCESS_DENIED where a field may not be read; other fields of the answer are not touched."""
        refusal = self.refusal(facts)
        if refusal is not None:
            extensions = {"code": "ACCESS_DENIED"}
            if facts.access:
                extensions["requiredAccess"] = _spoken(facts.access)
            raise GraphQLError(refusal, extensions=extensions)


def _spoken(scopes: tuple[str, ...]) -> str:
    named = [f"`{scope}` access scope" for scope in scopes]
    return (f"{', '.join(named[:-1])} or {named[-1]}" if len(named) > 1 else named[0]) + "."
