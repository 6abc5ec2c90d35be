"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="BigCommerce",
    name="bigcommerce",
    env="BIGCOMMERCE",
    asks=(Ask("store", "Store hash, as in store-<hash> of the control panel's address", "abc123xyz"),),
    text="""\
store = "$store"
# The access token of a store-level API account with read-only scopes (docs/platforms/bigcommerce.md).
token = "env:${ENV}_TOKEN"
""",
)
