"""Small shop and org records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ORDER = "gid://shopify/Order/"
LINE = "gid://shopify/LineItem/"


@pytest.fixture(scope="session")
def shop_order() -> Callable[..., list[dict[str, Any]]]:
    """JSON lines of one order: root, a line, a shipping line."""

    def make(number: int, total: str = "15.0", updated: str = "2026-11-20T11:00:00Z", **more: Any) -> list[dict[str, Any]]:
        def bag(amount: str) -> dict[str, Any]:
            return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}, "presentmentMoney": {"amount": amount, "currencyCode": "EUR"}}

        gid = f"{ORDER}{number}"
        root = {
            "id": gid, "name": f"#{number}", "updatedAt": updated,
            "createdAt": "2026-11-20T10:00:00Z", "processedAt": "2026-11-20T10:00:00Z",
            "test": False, "edited": False, "taxesIncluded": True, "currencyCode": "EUR", "originalTotalPriceSet": bag(total),
            "subtotalPriceSet": bag("10.0"), "totalTaxSet": bag("2.4"), "totalShippingPriceSet": bag("5.0"),
        }  # fmt: skip
        line = {
            "id": f"{LINE}{number}1",
            "__parentId": gid,
            "title": "Cup",
            "sku": "CUP",
            "quantity": 1,
            "originalUnitPriceSet": bag("10.0"),
        }
        shipping = {"id": f"gid://shopify/ShippingLine/{number}", "__parentId": gid, "isRemoved": False, "discountedPriceSet": bag("5.0")}
        return [{**root, **more}, line, shipping]

    return make
