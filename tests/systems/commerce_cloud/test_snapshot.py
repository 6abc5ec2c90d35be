"""Snapshots of an instance: full, then only what changed, and the warehouse of both."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from recon.config.settings import Settings
from recon.snapshot import run
from recon.warehouse import build, engine

COUNTS = {"orders": 45, "order_lines": 90, "customers": 12, "products": 25, "inventory_levels": 21, "locations": 2}


def test_a_full_snapshot_then_a_delta(world: Any, tmp_path: Path) -> None:
    settings = Settings(systems={"sfcc": world.settings()}, path=tmp_path / "recon.toml")
    start: datetime = world.shop.now()

    def take(now: datetime) -> Any:
        world.shop.clock.offset_seconds = (now - start).total_seconds()
        return run.take(settings, now=lambda: now, sleep=world.shop.advance)

    full = take(start)
    assert full.manifest.complete
    with engine.connect(build.build(full.folder)) as con:
        alive = "select count(*) from {} where deleted_at is null"
        assert {name: con.execute(alive.format(name)).fetchone()[0] for name in COUNTS} == COUNTS
        assert con.execute("select count(*) from payments").fetchone() == (45,)
        unread = con.execute("select entity, reason from coverage where not readable and field is null").fetchall()
        assert {entity for entity, _ in unread} >= {"refunds", "returns", "subscriptions"}
        assert not con.execute("select entity from coverage where readable and not complete and field is null").fetchall()
        fields = con.execute("select field from coverage where entity = 'customers' and field is not null").fetchall()
        assert {"email_consent", "sms_consent"} <= {field for (field,) in fields}
        sums = "subtotal - discount + shipping + case when tax_included then 0 else tax end"
        assert con.execute(f"select count(*) from orders where total <> {sums}").fetchone() == (0,)
    world.shop.clock.offset_seconds = 3_600.0
    world.shop.update("orders", "00000003", {"status": "cancelled"}, owner="Nordhaus")
    delta = take(start + timedelta(hours=2))
    assert delta.manifest.mode == "delta"
    orders = next(stream for stream in delta.manifest.systems[0].streams if stream.name == "orders")
    assert (orders.records, orders.complete) == (1, True)
    with engine.connect(build.build(delta.folder)) as con:
        assert con.execute("select record_id from orders where status = 'cancelled'").fetchall() == [("00000003",)]
        assert con.execute("select count(*), count(distinct record_id) from orders").fetchone() == (45, 45)
