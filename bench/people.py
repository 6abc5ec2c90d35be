"""Customers of whom it is known who is who, as a file for `recon identity evaluate`: households, businesses, namesakes, doubles."""

from __future__ import annotations

from pathlib import Path

import duckdb

COLUMNS = "record_id, person, first_name, last_name, email, phone, address1, postal_code"


def write(path: Path, size: int, seed: int = 1) -> Path:
    """Write about ``size`` records as Parquet; the same for the same seed."""
    text = (Path(__file__).parent / "sql" / "people.sql").read_text(encoding="utf-8")
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        con.execute(text.replace("$size", str(size)).replace("$seed", str(seed)))
        con.execute(f"copy (select {COLUMNS} from people order by record_id) to '{path}' (format parquet)")
    return path
