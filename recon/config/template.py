"""The commented recon.toml that `recon init` writes."""

from __future__ import annotations

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

SHOPIFY = """
[systems.shop]
kind = "shopify"
shop = "{shop}"
# An app of the Dev Dashboard, installed on this shop, with read scopes only (docs/platforms/shopify.md).
client_id = "env:SHOPIFY_CLIENT_ID"
client_secret = "env:SHOPIFY_CLIENT_SECRET"
# An older custom app with a token that never expires:
# token = "env:SHOPIFY_TOKEN"
"""

SALESFORCE = """
[systems.salesforce]
kind = "salesforce"
# My Domain of the org, as in Setup > My Domain.
url = "https://{my_domain}"
# An External Client App with the client credentials flow (docs/platforms/salesforce.md) …
client_id = "env:SALESFORCE_CLIENT_ID"
client_secret = "env:SALESFORCE_CLIENT_SECRET"
# … or with JWT bearer:
# username = "recon@{my_domain}"
# private_key = "file:~/.config/recon/salesforce.pem"

# Which object and field holds what. `recon doctor` proposes fields that look like external ids; nothing is chosen silently.
# Rules that need a field which is not mapped do not run, and the exit code is then 3: map it, or switch the rule off
# with [rules."<id>"] enabled = false.
[systems.salesforce.mapping]
preset = "standard"

[systems.salesforce.mapping.orders]
object = "Order"
[systems.salesforce.mapping.orders.fields]
# external_id = "Shopify_Order_Id__c"
# number = "Shopify_Order_Number__c"
# total = "Shop_Total__c"

[systems.salesforce.mapping.customers]
object = "Contact"
kind = "contact"
[systems.salesforce.mapping.customers.fields]
# external_id = "Shopify_Customer_Id__c"
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


def render(title: str, shop: str | None, my_domain: str | None) -> str:
    """recon.toml for one shop and one org; either may be missing."""
    parts = [HEAD.format(title=title)]
    if shop:
        parts.append(SHOPIFY.format(shop=shop))
    if my_domain:
        parts.append(SALESFORCE.format(my_domain=my_domain))
    return "".join([*parts, TAIL])
