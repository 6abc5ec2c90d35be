"""Snapshot files into canonical tables in DuckDB."""
