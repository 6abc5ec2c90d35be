"""Builds warehouse.duckdb from a snapshot: the same files always give the same tables."""

from __future__ import annotations

from pathlib import Path

import duckdb

from recon import assets


def model_files() -> tuple[Path, ...]:
    """SQL of the canonical model: macros first, then one file per table by name."""
    files = sorted((assets.folder("queries") / "model").glob("*.sql"))
    return tuple(sorted(files, key=lambda file: file.stem != "macros"))


def tables() -> tuple[str, ...]:
    """Names of the canonical tables, links and coverage included."""
    return tuple(file.stem for file in model_files() if file.stem != "macros")


def create_model(con: duckdb.DuckDBPyConnection) -> None:
    """Create all macros and all canonical tables, empty; rule tests run on nothing else."""
    for file in model_files():
        con.execute(file.read_text(encoding="utf-8"))
