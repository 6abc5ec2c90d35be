"""Merchants made by hand: snapshots of a few records, judged as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from recon.audit.result import AuditResult, RuleOutcome
from recon.audit.run import audit
from recon.config.settings import Settings

GID = "gid://shopify/"
FIELDS = {
    "external_id": "Ext__c", "number": "Number__c", "status": "Status", "currency": "CurrencyIsoCode", "total": "Total__c",
    "email": "Email__c", "is_test": "Test__c", "placed_at": "Placed__c",
}  # fmt: skip


class Merchant:
    """Shops and one org, a snapshot a day."""

    fields = FIELDS

    def __init__(self, folder: Path, write: Callable[..., Path]) -> None:
        self.settings = Settings(path=folder / "recon.toml")
        self._write = write
        self._day = 20

    def order(self, number: int, name: str | None = None, total: str = "15.0", **more: Any) -> list[dict[str, Any]]:
        """JSON lines of a shop order with one line."""

        def bag(amount: str) -> dict[str, Any]:
            return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}, "presentmentMoney": {"amount": amount, "currencyCode": "EUR"}}

        gid, at = f"{GID}Order/{number}", "2026-11-18T10:00:00Z"
        root = {
            "id": gid, "name": name or f"#{number}", "createdAt": at, "processedAt": at, "updatedAt": at, "test": False, "edited": False,
            "taxesIncluded": True, "currencyCode": "EUR", "presentmentCurrencyCode": "EUR", "originalTotalPriceSet": bag(total),
            "currentTotalPriceSet": bag(total), "subtotalPriceSet": bag(total), "totalTaxSet": bag("0"), "totalShippingPriceSet": bag("0"),
        }  # fmt: skip
        line = {"id": f"{GID}LineItem/{number}1", "__parentId": gid, "title": "Cup", "sku": "CUP", "quantity": 1, "currentQuantity": 1}
        return [{**root, **more}, line]

    def copy(self, number: int, **more: str) -> dict[str, str]:
        """The same order in Salesforce, under an id of its own."""
        row = {
            "Id": f"801A{number:011}", "IsDeleted": "false",
            "CreatedDate": "2026-11-18T10:02:00Z", "SystemModstamp": "2026-11-18T10:02:00Z",
            "Ext__c": str(number), "Number__c": f"#{number}", "Status": "Activated", "CurrencyIsoCode": "EUR", "Total__c": "15.0",
            "Email__c": "", "Test__c": "false", "Placed__c": "2026-11-18T10:00:00Z",
        }  # fmt: skip
        return {**row, **more}

    def shop(self, *orders: list[dict[str, Any]], name: str = "shop", **options: Any) -> dict[str, Any]:
        """A shop of which orders were read."""
        rows = [line for order in orders for line in order]
        stream = {"rows": rows, "entities": ["orders", "order_lines"], **options}
        return {"name": name, "kind": "shopify", "side": "shop", "currency": "EUR", "streams": {"orders": stream}}

    def org(
        self, *rows: Mapping[str, str], hidden: Sequence[str] = (), fields: Mapping[str, str] | None = None, **options: Any
    ) -> dict[str, Any]:
        """An org of which orders were read, without the hidden fields."""
        columns = [name for name in self.copy(0) if name not in hidden]
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        stream = {"rows": text.getvalue(), "entities": ["orders"], "unreadable": dict.fromkeys(hidden, "hidden"), **options}
        mapping = {"orders": [{"object": "Order", "fields": dict(fields or self.fields)}]}
        return {"name": "salesforce", "kind": "salesforce", "side": "salesforce", "mapping": mapping, "streams": {"order": stream}}

    def snapshot(self, *systems: dict[str, Any], base: Path | None = None) -> Path:
        """One more day, one more snapshot."""
        self._day += 1
        options = {"mode": "delta", "base": base.name} if base else {}
        return self._write(self.settings.state_dir / "snapshots" / f"202611{self._day}T060000Z-0001", *systems, **options)

    def audit(self, *systems: dict[str, Any], base: Path | None = None, **options: Any) -> AuditResult:
        """Judge one more snapshot."""
        return audit(self.settings, self.snapshot(*systems, base=base), **options)


def _outcome(result: AuditResult, rule_id: str) -> RuleOutcome:
    return next(rule for rule in result.rules if rule.id == rule_id)


@pytest.fixture(scope="session")
def outcome() -> Callable[[AuditResult, str], RuleOutcome]:
    return _outcome


@pytest.fixture
def merchant(tmp_path: Path, write_snapshot: Callable[..., Path]) -> Merchant:
    return Merchant(tmp_path, write_snapshot)
