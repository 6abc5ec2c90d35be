"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="Salesforce",
    name="salesforce",
    env="SALESFORCE",
    asks=(Ask("my_domain", "My Domain of the org", "https://acme.my.salesforce.com"),),
    text="""\
# My Domain of the org, as in Setup > My Domain.
url = "$my_domain"
# An External Client App with the client credentials flow (docs/platforms/salesforce.md) …
client_id = "env:${ENV}_CLIENT_ID"
client_secret = "env:${ENV}_CLIENT_SECRET"
# … or with JWT bearer:
# username = "recon@example.com"
# private_key = "file:~/.config/recon/salesforce.pem"

# Which object and field holds what. `recon doctor` proposes fields that look like external ids; nothing is chosen silently.
# Rules that need a field which is not mapped do not run, and the exit code is then 3: map it, or switch the rule off
# with [rules."<id>"] enabled = false.
[systems.$name.mapping]
preset = "standard"

[systems.$name.mapping.orders]
object = "Order"
[systems.$name.mapping.orders.fields]
# external_id = "Shopify_Order_Id__c"
# number = "Shopify_Order_Number__c"
# total = "Shop_Total__c"

[systems.$name.mapping.customers]
object = "Contact"
kind = "contact"
[systems.$name.mapping.customers.fields]
# external_id = "Shopify_Customer_Id__c"
""",
)
