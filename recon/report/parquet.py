"""findings.parquet: every finding with types, for notebooks and warehouses."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from recon.report import table
from recon.report.model import Finding

_PIECE = 2**20


def render(items: Iterable[Finding]) -> Iterator[bytes]:
    """The file in pieces. Batches are written aside and joined by Polars' streaming engine, so that millions of rows need no memory."""
    import polars as pl

    with tempfile.TemporaryDirectory(prefix="recon-parquet-") as folder:
        parts = Path(folder)
        count = 0
        for batch in table.batches(items):
            table.frame(batch).write_parquet(parts / f"{count:06}.parquet")
            count += 1
        if count == 0:
            table.frame([]).write_parquet(parts / "000000.parquet")
        whole = parts / "whole"
        pl.scan_parquet(str(parts / "*.parquet")).sink_parquet(whole, compression="zstd", maintain_order=True)
        with whole.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
