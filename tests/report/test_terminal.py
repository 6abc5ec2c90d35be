"""What a run says on the terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from recon.audit import result as audit
from recon.report import terminal
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
