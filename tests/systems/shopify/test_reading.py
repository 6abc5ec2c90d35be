"""Both ways of reading, against the stand-in shop."""

from __future__ import annotations

import pytest

ALL = ["shop", "customers", "orders", "refunds", "returns", "fulfillments", "products", "inventory", "locations", "price_lists", "companies", "deletions"]


@pytest.mark.parametrize("way", ["bulk", "pages"])
@pytest.mark.parametrize("version", ["2026-07", "2026-10"])
def test_a_full_read_is_complete_and_proven(world, pour_stream, prove_stream, way, version) -> None:
    reader = world.reader(full_read=way, api_version=version)
    window = world.window()
    assert [stream.name for stream in reader.streams()] == ALL
    for name in ALL:
        landed = pour_stream(reader, name, window)
        proof = prove_stream(reader, name, window, landed)
        assert proof.complete, (name, proof.reason)
        print(name, len(landed.lines), len(landed.roots), proof)
    print(reader.calls)
