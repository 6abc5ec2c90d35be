"""The commented recon.toml that `recon init` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = """\
# Settings of recon. Check them with `recon config check`; try them with `recon doctor`.
# Secrets are never written here, only named: env:NAME, file:/path or keyring:service/user.
config_version = 1
title = "{title}"

# Everything that runs leave behind: snapshots, history, reports. Private to the user who runs recon.
state = ".recon"

[audit]
# How long the integration may take before a difference counts.
grace_minutes = 15
# Severity from which the exit code is 1: critical, high, medium, low or info.
fail_on = "high"
"""

SEVERAL = """
# Several shops write into this org: the field that holds the id of each (docs/several-systems.md). A shop without one shares external_id.
# [systems.{org}.mapping.orders.external_ids]
{fields}
"""

OWNERSHIP = """
# Whose value is right where systems differ. Everything is the shops' unless something else is said (docs/several-systems.md).
# [ownership]
# inventory_levels = "{erp}"
# prices = "{erp}"
# "customers.email" = "{org}"
"""

TAIL = """
# A rule may be changed for this merchant …
# [rules."order.total_drift"]
# severity = "critical"
# owner = "order desk"

# … and a finding may be accepted for a time.
# [[waivers]]
# rule = "order.missing_in_salesforce"
# record_id = "5001"
# reason = "sold before the go-live"
# owner = "ann"
# until = 2027-01-31
"""


@dataclass(frozen=True)
class Table:
    """A system with its table in recon.toml."""

    name: str
    side: str
    text: str


def render(title: str, tables: Sequence[Table]) -> str:
    """recon.toml for these systems."""
    shops = [table.name for table in tables if table.side == "shop"]
    orgs = [table.name for table in tables if table.side == "salesforce"]
    erps = [table.name for table in tables if table.side == "erp"]
    parts = [HEAD.format(title=title), *(f"\n{table.text}" for table in tables)]
    if len(shops) > 1 and orgs:
        fields = "\n".join(f'# {shop} = "{shop.title()}_Order_Id__c"' for shop in shops)
        parts.append(SEVERAL.format(org=orgs[0], fields=fields))
    parts.append(OWNERSHIP.format(erp=erps[0] if erps else "erp", org=orgs[0] if orgs else "salesforce"))
    return "".join([*parts, TAIL])
