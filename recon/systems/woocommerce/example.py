"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="WooCommerce",
    name="woo",
    env="WOO",
    asks=(Ask("url", "Address of the site", "https://www.example.com/store"),),
    text="""\
url = "$url"
# A key with the permission Read (docs/platforms/woocommerce.md).
consumer_key = "env:${ENV}_CONSUMER_KEY"
consumer_secret = "env:${ENV}_CONSUMER_SECRET"
""",
)
