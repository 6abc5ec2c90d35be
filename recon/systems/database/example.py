"""What `recon init` asks and writes for this platform."""

from __future__ import annotations

from recon.systems.base import Ask, Example

EXAMPLE = Example(
    title="A database of an ERP",
    name="erp",
    env="ERP",
    asks=(
        Ask("host", "Host of the database", "erp.example.com"),
        Ask("database", "Name of the database", "erp"),
        Ask("user", "User with read rights only", "recon"),
    ),
    text='''\
engine = "postgresql"       # or mysql, mariadb, sqlserver, oracle, sqlite
host = "$host"
database = "$database"
user = "$user"
password = "env:${ENV}_PASSWORD"
# A SELECT per table, its columns named as in docs/model.md (docs/platforms/database.md).
[systems.$name.tables.inventory_levels]
select = """
select sku || '/' || warehouse as record_id, sku, warehouse as location_id, quantity as on_hand, changed_at as updated_at
from stock
"""
''',
)
