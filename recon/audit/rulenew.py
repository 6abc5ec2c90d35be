"""A rule of one's own to begin with: commented SQL and a data test that passes, both to be rewritten."""

from __future__ import annotations

from pathlib import Path

from recon import __version__
from recon.audit.rules import ID_PART, load
from recon.config.settings import Settings
from recon.errors import UsageError
from recon.snapshot.files import explained, write_atomic

_RULE = """/* +++
# What the report says of the rule. Every text here is read by people: title and question, why it matters, what to do.
title    = "Every large order has a buyer"                        # the healthy state, no full stop
question = "Which orders above the limit have no customer?"
severity = "medium"                                               # critical, high, medium, low or info
entity   = "orders"                                               # the table that its findings are about (docs/model.md)
since    = "{since}"
# What has to be read completely before the rule may speak: <side>.<table> or <side>.<table>.<column>; sides are shop, salesforce and any.
needs    = ["shop.orders", "shop.orders.customer_id"]
why      = "Nobody can be called when something goes wrong with a large order."
remedy   = "Find the buyer by the payment, and add the customer in the shop."
false_alarms = "Orders of the point of sale, which have no customer."
# How many records were looked at: what its findings are a part of.
checked  = "select count(*) from orders as o inner join compared as c on o.system = c.system and c.entity = 'orders'"

# A threshold: $limit_amount below, and [rules."{rule}"] params = {{ limit_amount = 500 }} in recon.toml.
[params.limit_amount]
default = 1000
unit    = "in the order's currency"
help    = "Orders above this amount need a buyer."
+++ */
-- One SELECT; every row is a finding. $as_of is the present of the snapshot; the clock, files and the network are out of reach.
-- Required columns: system, record_id, label, message. Others with a meaning: docs/rules.md; all else is shown as evidence.
select
  o.system,
  o.record_id,
  coalesce(o.number, o.record_id) as label,
  'Order ' || coalesce(o.number, o.record_id) || ' of ' || money_text(o.total, o.currency) || ' ' || o.currency
  || ' has no customer.' as message,
  o.total as amount,
  o.currency,
  o.placed_at as occurred_at,
  o.channel
from orders as o
inner join compared as c on o.system = c.system and c.entity = 'orders'
where
  o.customer_id is null
  and o.deleted_at is null
  and o.is_test is not true
  and o.total > $limit_amount
"""

_TEST = """# Rows in, findings out; `recon rules test {rule}` runs it. What a row does not give is NULL; amounts are text.
# Only what `expect` names is compared, and an empty text there stands for NULL.
as_of = 2026-11-23T09:00:00Z

[defaults.orders]
system = "shop"
number = "#1001"
currency = "EUR"

[[case]]
name = "a large order without a customer is found, with its money"
orders = [{{ record_id = "1", total = "1000.01" }}]
expect = [{{ system = "shop", record_id = "1", amount = "1000.01", message = "Order #1001 of 1000.01 EUR has no customer." }}]

[[case]]
name = "the limit itself is silent, and so are test orders and orders with a customer"
orders = [
  {{ record_id = "1", total = "1000.00" }},
  {{ record_id = "2", total = "5000.00", is_test = true }},
  {{ record_id = "3", total = "5000.00", customer_id = "7" }},
]
expect = []

[[case]]
name = "the limit is a parameter"
params = {{ limit_amount = 10 }}
orders = [{{ record_id = "1", total = "10.01" }}]
expect = [{{ record_id = "1" }}]
"""


def create(settings: Settings, rule_id: str) -> tuple[Path, Path]:
    """Write ``queries/rules/<area>/<name>.sql`` and its test beside recon.toml; both paths.

    Raises UsageError for a name that no rule can have, and for one that a rule has already.
    """
    parts = rule_id.split(".")
    if len(parts) != 2 or not all(ID_PART.match(part) for part in parts):
        raise UsageError(f"{rule_id} is no name for a rule.", "Name it area.name, in lower case letters, digits and underscores.")
    path = settings.workspace.joinpath("queries", "rules", *parts).with_suffix(".sql")
    rules = load(settings)
    names = {name for rule in rules.rules for name in (rule.id, *rule.header.aliases)} | {rule.id for rule in rules.broken}
    if rule_id in names or path.exists() or path.with_suffix(".toml").exists():
        raise UsageError(f"There is a rule {rule_id} already.", "Choose another name.")
    since = ".".join(__version__.split(".")[:2])
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, _RULE.format(rule=rule_id, since=since).encode())
    write_atomic(path.with_suffix(".toml"), _TEST.format(rule=rule_id).encode())
    return path, path.with_suffix(".toml")
