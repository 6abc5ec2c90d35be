"""Texts of every script and of none: stored as sent, compared by what a person sees, and never the end of an audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TEXTS = [
    "👩‍👩‍👧‍👦 🏳️‍🌈", "\u202egnirts", "e\u0301", "é", "a\u200b\u200db", "\ufeffbom", "nul\x00nul",
    "\x1b[31mred", "İıßẞŁø",
    "ﷺ", "中文 日本語 한국어",
    "'; drop table orders; --", "<script>alert(1)</script>", "=1+1", "\u2028\u2029",
    "\U0010ffff", "tab\tnew\nline\r\n", '"quoted, text"', "\\",
    "null", "NaN", "1e5", "-0", "x" * 100_000,
]  # fmt: skip


@pytest.mark.fault("shopify", 24)
@pytest.mark.fault("salesforce", 24)
def test_texts_are_stored_as_they_were_sent(merchant: Any, staged: Callable[..., Any]) -> None:
    orders = [merchant.order(n, note=text, sourceName=text) for n, text in enumerate(TEXTS, 1)]
    for order, text in zip(orders, TEXTS, strict=True):
        order[1] |= {"title": text, "sku": text}
    customers = [
        {"id": f"gid://shopify/Customer/{n}", "firstName": text, "lastName": text, "createdAt": "2026-11-18T10:00:00Z"}
        for n, text in enumerate(TEXTS, 1)
    ]
    shop = merchant.shop(*orders)
    shop["streams"]["customers"] = customers
    kept = [text for text in TEXTS if "\r" not in text and "\x00" not in text]
    org = merchant.org(*(merchant.copy(n, Number__c=text) for n, text in enumerate(kept, 1)))
    con = staged(shop, org)
    assert [row[0] for row in con.execute("select channel from orders where system = 'shop' order by record_id::int").fetchall()] == TEXTS
    assert [row[0] for row in con.execute("select title from order_lines order by order_id::int").fetchall()] == TEXTS
    assert [row[0] for row in con.execute("select first_name from customers order by record_id::int").fetchall()] == [
        t.strip(" ") for t in TEXTS
    ]
    assert [row[0] for row in con.execute("select number from orders where system = 'salesforce' order by record_id").fetchall()] == kept


@pytest.mark.fault("shopify", 24)
@pytest.mark.fault("salesforce", 24)
def test_texts_that_look_the_same_are_the_same_key(staged: Callable[..., Any], merchant: Any) -> None:
    con = staged(merchant.shop(), merchant.org())
    for macro, first, second in [
        ("email_key", "mu\u0308ller@example.com", "Müller@example.com"),
        ("email_key", "a\u200b@example.com", "\ufeffa@example.com"),
        ("sku_key", "cafe\u0301", "CAFÉ"),
        ("sku_key", "A\u200bB", "ab"),
        ("number_key", "\u200e#1001", "1001"),
        ("external_key", "123\u200b", "123"),
    ]:
        keys = con.execute(f"select {macro}(?), {macro}(?)", [first, second]).fetchone()
        assert keys[0] == keys[1] is not None, (macro, first, second)
    assert con.execute("select sku_key('A1') <> sku_key('A2'), email_key('a@b.de') <> email_key('á@b.de')").fetchone() == (True, True)


def test_hostile_texts_end_no_audit_and_make_no_finding(merchant: Any) -> None:
    texts = [text for text in TEXTS if "\x00" not in text and "\r" not in text]
    orders = [merchant.order(n, text) for n, text in enumerate(texts, 1)]
    result = merchant.audit(merchant.shop(*orders), merchant.org(*(merchant.copy(n, Number__c=text) for n, text in enumerate(texts, 1))))
    assert result.findings == ()
    assert {rule.state for rule in result.rules} == {"clean", "not_run", "not_applicable"}
