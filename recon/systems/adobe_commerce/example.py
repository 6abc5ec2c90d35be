"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="Adobe Commerce / Magento",
    name="magento",
    env="MAGENTO",
    asks=(Ask("url", "Address of the shop", "https://shop.example"),),
    text="""\
url = "$url"
# An integration of the shop with read rights only (docs/platforms/adobe_commerce.md).
consumer_key = "env:${ENV}_CONSUMER_KEY"
consumer_secret = "env:${ENV}_CONSUMER_SECRET"
access_token = "env:${ENV}_ACCESS_TOKEN"
access_token_secret = "env:${ENV}_ACCESS_TOKEN_SECRET"
# Commerce as a Cloud Service has client_id, client_secret, organization_id and tenant_id instead.
""",
)
