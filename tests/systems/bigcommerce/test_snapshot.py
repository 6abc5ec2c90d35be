"""From the store over HTTPS to the warehouse: a full snapshot, then what changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from recon.config.settings import Settings
from recon.sandbox.bigcommerce import documents as docs
from recon.snapshot import run
from recon.systems.bigcommerce import Settings as StoreSettings
from recon.warehouse import build, engine


def test_a_snapshot_and_what_changed_after_it_make_one_warehouse(world: Any, tmp_path: Path) -> None:
    system = StoreSettings(
        store=world.store.hash, token="env:BC_TOKEN", url=world.server.url, b2b=True, b2b_url=world.server.url,
        ca_bundle=world.certs.ca_file, per_order=("shipments", "transactions"),
    )  # fmt: skip
    settings = Settings(systems={"shop": system}, path=tmp_path / "recon.toml")
    start: datetime = world.store.now()

    def take(now: datetime) -> Any:
        world.store.clock.offset_seconds = (now - start).total_seconds()
        return run.take(settings, now=lambda: now, sleep=world.store.skip)

    full = take(start)
    assert full.manifest.complete
    with engine.connect(build.build(full.folder)) as con:
        counts = {
            name: con.execute(f"select count(*) from {name}").fetchone()[0] for name in ("orders", "order_lines", "refunds", "payments")
        }
        assert counts == {"orders": 41, "order_lines": 39 * 2 + 61 + 2, "refunds": 12, "payments": 30}
        assert con.execute("select record_id from orders where status = 'draft'").fetchall() == [("140",)]  # a checkout, never placed
        assert con.execute("select record_id from orders where deleted_at is not null").fetchall() == [("150",)]
        unread = dict(con.execute("select entity, reason from coverage where not readable and field is null").fetchall())
        assert unread.pop("value_changes") == "There is no earlier snapshot of the same systems."
        assert set(unread) == {"returns", "return_lines", "subscriptions", "field_changes", "deletions"}
        assert all(reason.startswith("BigCommerce") for reason in unread.values())
        assert not con.execute("select entity from coverage where readable and not complete").fetchall()
    later = start + timedelta(hours=2)
    world.store.archive(120, docs.rfc2822(start + timedelta(hours=1)))
    world.store.change("orders", 121, status_id=5, date_modified=docs.rfc2822(start + timedelta(hours=1)))
    delta = take(later)
    assert delta.manifest.mode == "delta"
    orders = next(stream for stream in delta.manifest.systems[0].streams if stream.name == "orders")
    assert (orders.records, orders.complete) == (2, True)
    with engine.connect(build.build(delta.folder)) as con:
        assert con.execute("select record_id from orders where deleted_at is not null order by 1").fetchall() == [("120",), ("150",)]
        assert con.execute("select record_id from orders where status = 'cancelled'").fetchall() == [("121",)]
        assert con.execute("select count(*), count(distinct record_id) from orders").fetchone() == (41, 41)
        assert con.execute("select readable from coverage where entity = 'value_changes'").fetchall() == [(True,)]
