"""``python -m bench.identity [--size N] [--seed N]``: time, memory and quality of matching customers, in a process of its own."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from bench.people import write
from recon.warehouse.identity.evaluate import evaluate

AIMS = {"precision": 0.96, "recall": 0.86, "certain": 0.992, "peak_mb_per_million": 1536}


def main() -> int:
    """Measure, print, and return 1 where an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="records")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recon-bench-") as folder:
        file = write(Path(folder) / "people.parquet", options.size, options.seed)
        began, spent = time.perf_counter(), time.process_time()
        found = evaluate([file], scratch=Path(folder) / "identity.duckdb")
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    certain, both = found.tiers
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{found.records:,} records, {found.true_pairs:,} true pairs, {found.compared:,} compared")
    print(f"{seconds:.1f} s, {cpu:.1f} s CPU, {peak:,} MB at most")
    for one in (certain, both):
        print(f"{one.tier}: precision {one.precision:.4f}, recall {one.recall:.4f}")
    print(f"certain pairs of different given names: {found.other_given}")
    fits = peak <= AIMS["peak_mb_per_million"] * max(1.0, options.size / 1_000_000)
    good = both.precision >= AIMS["precision"] and both.recall >= AIMS["recall"] and certain.precision >= AIMS["certain"]
    return 0 if fits and good and not found.other_given else 1


if __name__ == "__main__":
    raise SystemExit(main())
