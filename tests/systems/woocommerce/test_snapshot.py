"""A site through the whole of a snapshot: settings, full, delta, warehouse."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from recon.config.load import load_settings
from recon.snapshot.run import take
from recon.systems import registry
from recon.warehouse import build, engine

TEXT = """
config_version = 1
[systems.shop]
kind = "woocommerce"
url = "{url}"
ca_bundle = "{ca}"
consumer_key = "env:RECON_TEST_WOO_KEY"
consumer_secret = "env:RECON_TEST_WOO_SECRET"
look_up = 10
"""


def test_full_then_delta_then_warehouse(world: Any, tmp_path: Path) -> None:
    settings_file = tmp_path / "recon.toml"
    settings_file.write_text(TEXT.format(url=world.running.url, ca=world.settings().ca_bundle))
    settings = load_settings(settings_file, registry.settings_models())
    first = take(settings, now=world.shop.now, sleep=world.sleep)
    assert first.manifest.complete
    assert {stream.name: stream.records for stream in first.manifest.systems[0].streams}["orders"] == 230

    world.shop.advance(6 * 3600)
    world.shop.change("orders", 1001, total="99.00")
    world.shop.trash("orders", 1003)
    world.shop.load("orders", [{"id": 5001, "status": "processing", "total": "1.00", "customer_id": 5}])
    world.shop.delete("customers", 119)
    world.shop.advance(60)
    second = take(settings, now=world.shop.now, sleep=world.sleep)
    assert second.manifest.mode == "delta"
    streams = {stream.name: stream for stream in second.manifest.systems[0].streams}
    assert (streams["orders"].records, streams["customers"].records) == (3, 119)
    assert streams["orders"].window_from == first.manifest.started_at - timedelta(minutes=60)

    with engine.connect(build.build(second.folder, memory="1GB")) as con:

        def value(query: str) -> Any:
            return con.execute(query).fetchone()[0]

        assert value("select count(*) from orders") == 231
        assert value("select total from orders where record_id = '1001'") == 99
        assert value("select deleted_at is not null from orders where record_id = '1003'")
        assert value("select count(*) from customers where not is_guest") == 119 - 3
        assert value("select count(*) from refunds where deleted_at is null") == 12
        readable = con.execute("select entity from coverage where field is null and readable and complete order by 1").fetchall()
        assert {"orders", "order_lines", "refunds", "customers", "products", "prices", "inventory_levels", "locations"} <= {
            name for (name,) in readable
        }
        assert value("select reason from coverage where entity = 'payments'").startswith("WooCommerce keeps no payment")
