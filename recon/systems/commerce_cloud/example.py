"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="Salesforce B2C Commerce",
    name="sfcc",
    env="SFCC",
    asks=(
        Ask("tenant", "Realm and instance", "zzxy_prd"),
        Ask("short_code", "Short code of the realm", "kv7kzm78"),
        Ask("site", "Id of the site", "RefArch"),
    ),
    text="""\
tenant_id = "$tenant"
short_code = "$short_code"
sites = ["$site"]
# An API client of Account Manager with reading scopes only (docs/platforms/commerce_cloud.md).
client_id = "env:${ENV}_CLIENT_ID"
client_secret = "env:${ENV}_CLIENT_SECRET"
# Stock is read by OCAPI from the instance itself: inventory = "api" and instance_url; or from exported files: "impex".
inventory = "none"
# Customers and price books come from files of exports, in a folder or by WebDAV:
# impex = "exports/sfcc"
""",
)
