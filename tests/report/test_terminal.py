"""What a run says on the terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from recon.audit import result as audit
from recon.report import html, terminal
from recon.report.result import build

Merchant = Callable[..., audit.AuditResult]


def test_one_reason_that_stops_many_rules_is_said_once(merchant: Merchant) -> None:
    source = merchant(blind=True)
    rules = [
        dataclasses.replace(rule, state="not_run", reason="orders of shop were not read." if number else None)
        for number, rule in enumerate(source.rules[:7])
    ]
    said = [line for line in terminal.lines(build(dataclasses.replace(source, rules=tuple(rules)))) if "could not look" in line]
    ids = sorted(rule.id for rule in rules[1:])
    assert len(said) == 2
    line = next(line for line in said if "orders of shop" in line)
    assert line.endswith(" and 3 more rules: orders of shop were not read.")
    assert sum(rule in line for rule in ids) == 3


def test_root_causes_stand_under_their_rule_masked_and_escaped(merchant: Merchant) -> None:
    source = merchant()
    text = "92% of these orders (23 of 25) are from channel <b>ada@example.com</b>, against 7% of all orders."
    cause = audit.Cause(text, "orders", (audit.Condition("channel", "<b>ada@example.com</b>"),), None, 23, 25, 70, 1000)
    rules = [dataclasses.replace(rule, causes=(cause,)) if rule.id == "order.total_drift" else rule for rule in source.rules]
    result = build(dataclasses.replace(source, rules=tuple(rules)))
    said = terminal.lines(result)
    at = next(n for n, line in enumerate(said) if line.endswith("order.total_drift"))
    assert said[at + 1].strip().startswith("↳ 92% of these orders (23 of 25) are from channel")
    page = html.render(result).decode()
    assert page.count("What they have in common.") == 1 and "&lt;b&gt;" in page
    assert "ada@example.com" not in page and "<b>" not in page.split("What they have in common.")[1][:300]


def test_service_levels_are_shown_with_what_they_are_a_share_of(merchant: Merchant) -> None:
    page = html.render(build(merchant(0.1))).decode()
    levels = page.split('id="levels"')[1].split("</table>")[0]
    for words in (
        "Orders that arrive within 5 min",
        "98.21 %",
        'of 5,200; half in 12 s, 95\u00a0% in 3 min 4 s, 99\u00a0% in <span class="warn"><span aria-hidden="true">⚠</span> 15 min</span>',
        "Changed orders that differ now",
        "1.33 %",
        "12 of 900",
        "Stock not written since it changed",
        "0.78 %",
        "Surplus orders",
    ):
        assert words in levels
    assert levels.count("⚠") == 1  # only what has a target can miss it
    assert "no channel" in page and "09:00 UTC" in page
