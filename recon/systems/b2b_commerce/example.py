"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="B2B and D2C Commerce (Salesforce core)",
    name="b2b",
    env="B2B",
    asks=(Ask("my_domain", "My Domain of the org with the stores", "https://acme.my.salesforce.com"),),
    text="""\
url = "$my_domain"
# An External Client App with the client credentials flow (docs/platforms/b2b_commerce.md).
client_id = "env:${ENV}_CLIENT_ID"
client_secret = "env:${ENV}_CLIENT_SECRET"
# Only some of the org's stores, by name or id:
# stores = ["Trade store"]
""",
)
