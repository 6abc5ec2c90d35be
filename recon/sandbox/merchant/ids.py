"""Ids of both systems, counted and therefore the same in every run."""

from __future__ import annotations

import random
from collections import Counter

from recon.sandbox.salesforce.ids import mint

PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "User": "005",
    "Order": "801",
    "OrderItem": "802",
    "Product2": "01t",
    "Pricebook2": "01s",
    "PricebookEntry": "01u",
    "Location": "131",
    "ProductItem": "1ys",
    "Order_Refund__c": "a10",
    "Subscription__c": "a20",
    "History": "017",
    "Order_Shipment__c": "a30",
    "Order_Return__c": "a40",
    "Integration_Error__c": "a50",
}

FIRST_NUMBERS = {
    "Customer": 7_204_110_000_107,
    "Order": 510_000_100_211,
    "LineItem": 13_400_200_000_019,
    "Product": 8_100_300_000_013,
    "ProductVariant": 44_100_400_000_031,
    "InventoryItem": 46_200_500_000_017,
    "Location": 71_200_600_023,
    "Refund": 880_400_700_009,
    "OrderTransaction": 6_300_800_000_011,
    "Fulfillment": 5_400_900_000_017,
    "Return": 9_300_100_000_023,
}
"""Where the counting of some gids begins; order ids stay short enough for a gid to fit a text field of 32 characters."""


_SHOP_GIDS, _SHOP_RECORDS = 10_000_000_000, 50_000_000
"""How far the ids of two shops lie apart."""


class Ids:
    """Hands out ids: Shopify gids with gaps between them, Salesforce ids of 18 characters; no two shops of a merchant share one."""

    def __init__(self, place: int = 0) -> None:
        self._given: Counter[str] = Counter()
        self._place = place

    def gid(self, kind: str) -> str:
        """The next gid of a type."""
        self._given[kind] += 1
        first = FIRST_NUMBERS.get(kind, 1_000_900_000_003)
        return f"gid://shopify/{kind}/{first + self._place * _SHOP_GIDS + 37 * self._given[kind]}"

    def salesforce(self, sobject: str) -> str:
        """The next record id of an object."""
        self._given["sf:" + sobject] += 1
        return mint(PREFIXES[sobject], 400_000 + self._place * _SHOP_RECORDS + 3 * self._given["sf:" + sobject])


def tail(gid: str) -> str:
    """The number at the end of a gid."""
    return gid.rsplit("/", 1)[1]


def seeded(*parts: object) -> random.Random:
    """A generator of its own for each topic: adding to one never changes the others."""
    return random.Random(":".join(str(part) for part in parts))  # noqa: S311 made-up data, nothing secret
