"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Example

EXAMPLE = Example(
    title="Files of an ERP or of anything else",
    name="erp",
    env="ERP",
    asks=(),
    text="""\
# Which file holds what, and which of its columns is which (docs/platforms/files.md). Paths are relative to recon.toml.
# side = "shop"            # where the files are a shop's exports
[systems.$name.tables.inventory_levels]
path = "exports/stock*.csv"
columns = { record_id = ["sku", "warehouse"], sku = "sku", location_id = "warehouse", on_hand = "quantity" }
""",
)
