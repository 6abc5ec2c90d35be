"""Lists of the stand-in: filters, order, pages, and the totals in headers, with WooCommerce's own oddities.

Seen on running shops: the filters of time are exclusive; an offset together with ``dates_are_gmt`` is first turned into the shop's time and
then taken for UTC; past the end orders state totals of 0; ``any`` leaves statuses of switched-off plugins out, and trash; a list below a
parent that does not exist is empty and no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from recon.sandbox.woocommerce import routes
from recon.sandbox.woocommerce.shop import Shop

Query = Mapping[str, list[str]]


class Wrong(Exception):
    """A parameter that WordPress refuses: name, its message, its code."""

    def __init__(self, name: str, message: str, code: str) -> None:
        super().__init__(name)
        self.name, self.message, self.code = name, message, code


@dataclass(frozen=True)
class Found:
    """A page and what its headers say."""

    records: list[dict[str, Any]]
    total: int
    pages: int
    links: str


def find(shop: Shop, kind: str, query: Query, path: str, parent: int | None) -> Found:
    """The page that a query asks for; raises Wrong."""
    values = {name: given[-1] for name, given in query.items()}
    page, size = _number(values, "page", 1, 1, None), _number(values, "per_page", 10, 1, 100)
    where, bound = _where(shop, kind, query, values, parent)
    order = _order(kind, values)
    total = shop.count(kind, where, bound)
    cap = shop.faults.take("cap_page", f"GET {path}")
    shown = min(size, int(cap.args.get("size", 20))) if cap is not None else size
    offset = _number(values, "offset", (page - 1) * size, 0, None)
    if shop.faults.take("ignore_offset", f"GET {path}") is not None:
        offset = (page - 1) * size
    if shop.faults.take("ignore_page", f"GET {path}") is not None:
        offset = 0
    records = shop.listed(kind, where, bound, order, shown, offset)
    if shop.faults.take("hidden", f"GET {path}") is not None:
        records = records[:-1]
    pages = -(-total // size)
    if kind in {"orders", "subscriptions"} and not records and offset:
        total = pages = 0
    links = []
    for name, number, there in (("prev", page - 1, page > 1), ("next", page + 1, page < pages)):
        if there:
            links.append(f'<{path}?{urlencode({**values, "page": number})}>; rel="{name}"')
    return Found(records, total, pages, ", ".join(links))


def _number(values: Mapping[str, str], name: str, default: int, least: int, most: int | None) -> int:
    text = values.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
        reach = f"must be between {least} (inclusive) and {most} (inclusive)" if most else f"must be greater than or equal to {least}"
        raise Wrong(name, f"{name} {reach}", "rest_out_of_bounds")
    return int(text)


def _order(kind: str, values: Mapping[str, str]) -> str:
    allowed, by, way = routes.ORDERINGS[kind]
    by, way = values.get("orderby", by), values.get("order", way)
    _one_of("orderby", by, allowed)
    _one_of("order", way, ("asc", "desc"))
    column = {"date": "created", "modified": "modified", "registered_date": "created"}.get(by, "id")
    return f"{column} {way}, id {'desc' if column != 'id' else way}"


def _one_of(name: str, value: str, allowed: Any) -> None:
    if value not in allowed:
        raise Wrong(name, f"{name} is not one of {', '.join(allowed)}.", "rest_not_in_enum")


def _where(shop: Shop, kind: str, query: Query, values: Mapping[str, str], parent: int | None) -> tuple[str, list[Any]]:
    terms: list[str] = ["true"]
    bound: list[Any] = []

    def add(term: str, *more: Any) -> None:
        terms.append(term)
        bound.extend(more)

    if parent is not None:
        add("parent = ?", parent)
    if kind in {"orders", "products", "variations", "subscriptions"}:
        _statuses(shop, kind, query, add)
    if kind == "customers":
        role = values.get("role", "customer")
        _one_of("role", role, routes.ROLES)
        if role != "all":
            add("owner = ?", role)
    for name, sign in (("include", "in"), ("exclude", "not in")):
        ids = [int(part) for part in values.get(name, "").split(",") if part.strip().isdecimal()]
        if ids and name in routes.PARAMETERS[kind]:
            add(f"id {sign} ({', '.join('?' * len(ids))})", *ids)
    if "type" in values and kind == "products":
        add("owner = ?", values["type"])
    for name, column, sign in (
        ("after", "created", ">"), ("before", "created", "<"), ("modified_after", "modified", ">"), ("modified_before", "modified", "<"),
    ):  # fmt: skip
        if name in values and name in routes.PARAMETERS[kind]:
            add(f"{column} {sign} ?", moment(shop, name, values[name], is_gmt=values.get("dates_are_gmt") in {"true", "1"}))
    return " and ".join(terms), bound


def _statuses(shop: Shop, kind: str, query: Query, add: Any) -> None:
    given = [part for name, values in query.items() if name == "status" or name.startswith("status[") for part in values[-1].split(",")]
    given = given or ["any"]
    if kind == "subscriptions":
        if given != ["any"]:
            add(f"status in ({', '.join('?' * len(given))})", *given)
        return
    allowed = routes.order_statuses(shop) if kind == "orders" else routes.PRODUCT_STATUSES
    for status in given:
        _one_of("status[0]" if kind == "orders" else "status", status, allowed)
    if "any" not in given:
        add(f"status in ({', '.join('?' * len(given))})", *given)
        return
    if kind == "orders":
        seen = [status for status in shop.statuses() if status not in shop.get("unsearchable")]
        if shop.get("hpos"):
            seen.remove("checkout-draft")
        add(f"status in ({', '.join('?' * len(seen))})", *seen)
    else:
        add("status <> 'trash'")


def moment(shop: Shop, name: str, text: str, *, is_gmt: bool) -> str:
    """The time in UTC that WooCommerce understands, which is not always the one that was meant."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(name, "Invalid date.", "rest_invalid_date") from None
    if given.tzinfo is None:
        meant = given.replace(tzinfo=UTC if is_gmt else shop.zone)
    elif is_gmt:
        meant = given.astimezone(shop.zone).replace(tzinfo=UTC)
    else:
        meant = given
    return meant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
