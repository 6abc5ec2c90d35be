"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="Shopify",
    name="shop",
    env="SHOPIFY",
    asks=(Ask("shop", "Domain of the shop", "acme.myshopify.com"),),
    text="""\
shop = "$shop"
# An app of the Dev Dashboard, installed on this shop, with read scopes only (docs/platforms/shopify.md).
client_id = "env:${ENV}_CLIENT_ID"
client_secret = "env:${ENV}_CLIENT_SECRET"
# An older custom app with a token that never expires:
# token = "env:${ENV}_TOKEN"
""",
)
