"""Which routes a version offers, and which parameters each list takes: the stand-in's own index is made of it."""

from __future__ import annotations

from typing import Any

from recon.sandbox.woocommerce.shop import Shop

_COMMON = ("context", "page", "per_page", "offset", "order", "orderby")
_DATED = (
    *_COMMON, "search", "after", "before", "modified_after", "modified_before", "dates_are_gmt", "exclude", "include", "parent",
    "parent_exclude",
)  # fmt: skip
_ORDER_BY = ("date", "id", "include", "title", "slug", "modified")

PARAMETERS: dict[str, tuple[str, ...]] = {
    "orders": (*_DATED, "status", "customer", "product", "dp"),
    "refunds": (*_DATED, "dp"),
    "customers": (*_COMMON, "search", "exclude", "include", "email", "role"),
    "products": (*_DATED, "slug", "status", "type", "sku"),
    "variations": (*_DATED, "slug", "status", "sku"),
    "coupons": tuple(name for name in (*_DATED, "code") if not name.startswith("parent")),
    "taxes": (*_COMMON, "class"),
    "subscriptions": (*_DATED, "status", "customer", "dp"),
}
"""Kind → parameters of its lists; others are ignored silently, as WordPress does."""

ORDERINGS: dict[str, tuple[tuple[str, ...], str, str]] = {
    **dict.fromkeys(("orders", "refunds", "variations", "coupons", "subscriptions", "products"), (_ORDER_BY, "date", "desc")),
    "customers": (("id", "include", "name", "registered_date"), "name", "asc"),
    "taxes": (("id", "order", "priority"), "order", "asc"),
}
"""Kind → what it can be ordered by, the default of that, and the default direction."""

PRODUCT_STATUSES = ("any", "future", "trash", "draft", "pending", "private", "publish")
ROLES = ("all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager")


def order_statuses(shop: Shop) -> list[str]:
    """What the parameter status of orders takes."""
    return ["any", "trash", "auto-draft", *shop.statuses()]


def routes(shop: Shop) -> dict[str, tuple[str, str]]:
    """Route below wc/v3 as an expression → what it answers and the kind it is about."""
    found = {
        "system_status": ("status", ""),
        "settings/tax/woocommerce_prices_include_tax": ("setting", ""),
        "reports/orders/totals": ("totals", ""),
        r"orders/(?P<parent>\d+)/refunds": ("list", "refunds"),
        r"orders/(?P<parent>\d+)/refunds/(?P<id>\d+)": ("item", "refunds"),
        r"products/(?P<parent>\d+)/variations": ("list", "variations"),
        r"products/(?P<parent>\d+)/variations/(?P<id>\d+)": ("item", "variations"),
    }
    for kind in ("orders", "customers", "products", "coupons", "taxes"):
        found[kind] = ("list", kind)
        found[rf"{kind}/(?P<id>\d+)"] = ("item", kind)
    if shop.since(9, 0):
        found["refunds"] = ("list", "refunds")
    if shop.since(10, 3):
        found["variations"] = ("list", "variations")
    if shop.since(10, 0):
        found["orders/statuses"] = ("statuses", "")
    if shop.get("subscriptions"):
        found["subscriptions"] = ("list", "subscriptions")
        found[r"subscriptions/(?P<id>\d+)"] = ("item", "subscriptions")
    return found


def index(shop: Shop) -> dict[str, Any]:
    """What GET wc/v3 answers, with the parameters of lists and their allowed values."""
    found: dict[str, Any] = {}
    for route, (answer, kind) in routes(shop).items():
        shown = "/wc/v3/" + route.replace(r"\d", r"[\d]")
        if "parent" in shown:
            shown = shown.replace("<parent>", "<order_id>" if kind == "refunds" else "<product_id>")
        if route == "settings/tax/woocommerce_prices_include_tax":
            shown = r"/wc/v3/settings/(?P<group_id>[\w-]+)/(?P<id>[\w-]+)"
        args = {name: schema(shop, kind, name) for name in PARAMETERS[kind]} if answer == "list" else {}
        found[shown] = {"namespace": "wc/v3", "methods": ["GET"], "endpoints": [{"methods": ["GET"], "args": args}]}
    return found


def schema(shop: Shop, kind: str, name: str) -> dict[str, Any]:
    """What a parameter takes, as far as the stand-in checks it."""
    if name in {"page", "per_page", "offset"}:
        return {"type": "integer"}
    if name == "order":
        return {"type": "string", "enum": ["asc", "desc"], "default": ORDERINGS[kind][2]}
    if name == "orderby":
        return {"type": "string", "enum": list(ORDERINGS[kind][0]), "default": ORDERINGS[kind][1]}
    if name == "status" and kind == "orders":
        return {"type": "array", "default": "any", "items": {"type": "string", "enum": order_statuses(shop)}}
    if name == "status" and kind in {"products", "variations"}:
        return {"type": "string", "default": "any", "enum": list(PRODUCT_STATUSES)}
    if name == "role":
        return {"type": "string", "default": "customer", "enum": list(ROLES)}
    if name.endswith(("after", "before")):
        return {"type": "string", "format": "date-time"}
    return {"type": "boolean", "default": False} if name == "dates_are_gmt" else {}
