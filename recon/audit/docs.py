"""Words about rules, made from their headers: docs/rules.md and `recon rules show`."""

from __future__ import annotations

from collections.abc import Mapping

from recon.audit.rules import CONTRACT, Rule, load
from recon.config.settings import SEVERITIES, Settings

_NOTE = "<!-- Written by scripts/docs.py from the headers of queries/rules; change those. -->\n\n"

_MEANING = {
    "system": "required; the system of the record, for pairs the shop",
    "record_id": "required; the shop record, NULL where there is none",
    "salesforce_id": "the Salesforce record, NULL where there is none",
    "label": "required; what a person calls it: order number, e-mail, SKU",
    "message": "required; the failing sentence: names the thing first, ends with a full stop",
    "diff": "the fields that differ: `[diff_field('total', shop, salesforce)]`",
    "amount": "money at stake",
    "currency": "its currency, ISO 4217",
    "occurred_at": "when it went wrong, as near as the data tells, UTC",
    "confidence": "certain, likely or review; certain where it is NULL",
    "related": "other records of a group: `[related_record(system, record_id)]`",
    "severity": "another severity for this finding; NULL takes the rule's",
    "discriminator": "tells findings of one rule about the same records apart",
    "entity": "another canonical table than the rule's, for links and evidence",
}


def rules_markdown() -> str:
    """The whole of docs/rules.md: the built-in rules, and how to write one."""
    rules = load(Settings()).rules
    parts = ["# Rules\n\n", _NOTE, f"recon asks {len(rules)} questions. `recon rules show <rule>` shows one with its SQL.\n\n"]
    parts.append("| rule | severity | the healthy state |\n|---|---|---|\n")
    parts += [
        f"| [{rule.id}](#{_anchor(rule.id)}) | {rule.header.severity} | {rule.header.title} |\n"
        for rule in sorted(rules, key=lambda r: (SEVERITIES.index(r.header.severity), r.id))
    ]
    area = ""
    for rule in rules:
        if rule.id.split(".")[0] != area:
            area = rule.id.split(".")[0]
            parts.append(f"\n## Area {area}\n")
        parts.append(_section(rule))
    parts.append(_WRITING)
    parts += ["| column | type | meaning |\n|---|---|---|\n"]
    parts += [f"| `{name}` | {kinds[0].lower()} | {_MEANING[name]} |\n" for name, kinds in CONTRACT.items()]
    parts.append(_TESTING)
    return "".join(parts)


def _anchor(rule_id: str) -> str:
    return rule_id.replace(".", "").lower()


def _section(rule: Rule) -> str:
    header = rule.header
    lines = [
        f"\n### {rule.id}\n\n**{header.title}.** {header.question}\n",
        f"- Severity: {header.severity}. Looks at {header.entity}. Since {header.since}.",
        f"- Why it matters: {header.why}",
        f"- What to do: {header.remedy}",
        f"- False alarms: {header.false_alarms}",
        f"- Needs: {', '.join(f'`{need}`'.replace('|', '` or `') for need in header.needs)}.",
    ]
    if header.aliases:
        lines.append(f"- Former names: {', '.join(header.aliases)}.")
    if header.params:
        lines.append("\n| parameter | default | meaning |\n|---|---|---|")
        lines += [f"| `{name}` | {_value(p.default)} {p.unit} | {p.help} |" for name, p in header.params.items()]
    return "\n".join(lines) + "\n"


def rule_text(rule: Rule, values: Mapping[str, bool | int | str]) -> str:
    """One rule for the terminal."""
    header = rule.header
    state = header.status if rule.override.enabled else "switched off in recon.toml"
    lines = [
        f"{rule.id}: {header.title}",
        "",
        f"  asks          {header.question}",
        f"  severity      {rule.severity}" + (f" (the rule's own is {header.severity})" if rule.severity != header.severity else ""),
        f"  state         {state}, from {rule.origin}, since {header.since}",
        f"  needs         {', '.join(header.needs)}",
        f"  why           {header.why}",
        f"  what to do    {header.remedy}",
        f"  false alarms  {header.false_alarms}",
    ]
    for name, param in header.params.items():
        changed = "" if values[name] == param.default else f" (default {_value(param.default)})"
        lines.append(f"  ${name} = {_value(values[name])} {param.unit}{changed}: {param.help}")
    return "\n".join([*lines, "", rule.body])


def _value(value: bool | int | str) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_WRITING = """
## A rule of your own

A rule is one SQL file: `queries/rules/<area>/<name>.sql` beside recon.toml is the rule `<area>.<name>`; a file with the id of a built-in
rule replaces it. It begins with a header, TOML between the lines `/* +++` and `+++ */`, followed by one SELECT on the canonical tables
(docs/model.md). Every row is a finding.

```sql
/* +++
title    = "Every large order has a buyer"
question = "Which orders above the limit have no customer?"
severity = "medium"
entity   = "orders"
since    = "0.1"
needs    = ["shop.orders"]
why      = "Nobody can be called when something goes wrong with a large order."
remedy   = "Find the buyer by the payment and add the customer in the shop."
false_alarms = "Orders of the point of sale."
checked  = "select count(*) from orders"

[params.limit_amount]
default = 1000
unit    = "in the order's currency"
help    = "Orders above this amount need a buyer."
+++ */
select
  o.system,
  o.record_id,
  o.number as label,
  'Order ' || o.number || ' has no customer.' as message,
  o.total as amount,
  o.currency
from orders as o
inner join compared as c on o.system = c.system and c.entity = 'orders'
where o.customer_id is null and o.total > $limit_amount
```

- `needs` lists `<side>.<table>` or `<side>.<table>.<column>`; `a|b` means one of them. Sides: `shop` every system that the rule's entity is
  compared of (its owners, docs/several-systems.md), `owner` every system that this very table is compared of, `salesforce`, `any` at least
  one system, `each` every system by itself (those that have no such data are left out, and the report names them), and where an ERP owns
  the entity `erp` and `follower`, the shops that sell with its values. What was not read completely keeps
  the rule from running, and the report says so. `<column>?` may have no field in the mapping; where it has one that could not be read, the
  rule does not run, so that hidden is never taken for blank. `checked` counts the records that were looked at.
- `given` names attributes of root causes (docs/causes.md) by which the rule itself chooses its records.
- The table `compared` says of which systems a table is held against Salesforce; whose value is right the rule need not say: it is the
  owner of the entity, or of the table that `owned` names where a finding is about a product and compares its stock.
- Parameters are declared in the header, used as `$name`, and set in recon.toml. `$as_of` is the present of the snapshot; the clock,
  random numbers, files and the network are out of reach.
- Thresholds, severity and owner can be changed in recon.toml without touching the file:

```toml
[rules."order.missing_in_salesforce"]
severity = "high"
owner = "order desk"
params = { grace_minutes = 60 }
```

### Columns of a finding

Any other column is shown as evidence.

"""

_TESTING = """
### Its test

`queries/rules/<area>/<name>.toml` beside the rule holds rows and what is expected of them; `recon rules test` runs it. A value that is
not given is NULL, an empty text in `expect` stands for NULL, and only what `expect` names is compared.

```toml
as_of = 2026-11-23T09:00:00Z

[[case]]
name = "a large order without buyer is found"
orders = [{ system = "shop", record_id = "1", number = "#1001", total = "1000.01", currency = "EUR" }]
expect = [{ system = "shop", record_id = "1", amount = "1000.01" }]

[[case]]
name = "the limit itself is silent"
orders = [{ system = "shop", record_id = "1", number = "#1001", total = "1000.00", currency = "EUR" }]
expect = []
```
"""
