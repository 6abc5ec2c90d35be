"""``python -m bench [--size N] [--folder DIR] [--repeat K]`` prints a Markdown table; wall times are good for ratios inside one run.

CPU time is beside them: it hardly moves when other programs use the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench.generate import snapshot

AIMS = {"stage": 2.0, "rules": 10.0, "peak": 4096}
"""For a million orders a side; below that the fixed cost of a statement outweighs what is measured."""


def main() -> int:
    """Measure, print, and return 1 where an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="orders a side")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each step; the median counts")
    parser.add_argument("--folder", type=Path, help="where the data lies or goes; a temporary folder without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recon-bench-") as temporary:
        base = options.folder or Path(temporary)
        sizes = sorted({max(options.size // 10, 1000), options.size})
        results = {size: _measure(snapshot(base / f"s{size}", size), options.repeat) for size in sizes}
    return _report(results)


def _measure(folder: Path, repeat: int) -> dict[str, dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(repeat):
        for step in ("read", "stage", "join", "rules"):
            found.setdefault(step, []).append(_step(step, folder))
    return {step: {**runs[-1], "seconds": median(run["seconds"] for run in runs)} for step, runs in found.items()}


def _step(step: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.steps", step, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ})
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _report(results: dict[int, dict[str, dict[str, Any]]]) -> int:
    missed = 0
    print("| orders a side | what | seconds | against | ratio | aim | CPU s | CPU ratio | peak MB | rows/s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for size, steps in results.items():
        stage, read, join, rules = steps["stage"], steps["read"], steps["join"], steps["rules"]
        lines = [
            ("DuckDB reads the same files", read, None, None, ""),
            ("staging (raw and canonical tables)", stage, read, AIMS["stage"], f"{stage['rows'] / stage['seconds']:,.0f}"),
            ("matching", {**stage, "seconds": stage["matching"], "cpu": stage["matching_cpu"]}, None, None, ""),
            ("one full outer join of the order tables", join, None, None, ""),
            (f"{rules['rules']} rules, {rules['findings']:,} findings", rules, join, AIMS["rules"], ""),
            ("rules of duplicate customers", {**rules, "seconds": rules["apart"], "cpu": rules["apart_cpu"]}, None, None, ""),
        ]
        for name, step, against, aim, speed in lines:
            ratio = step["seconds"] / against["seconds"] if against else None
            if size >= 1_000_000:
                missed += bool(ratio and aim and ratio > aim) + (step["peak_mb"] > AIMS["peak"])
            cells = [f"{size:,}", name, f"{step['seconds']:.2f}"]
            cells += [f"{against['seconds']:.2f}" if against else "", f"{ratio:.2f}" if ratio else "", f"≤ {aim:g}" if aim else ""]
            cells += [format(step["cpu"], ".1f"), f"{step['cpu'] / against['cpu']:.2f}" if against else ""]
            cells += [format(step["peak_mb"], ","), speed]
            print(f"| {' | '.join(cells)} |")
        print(f"\nslowest rules at {size:,}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in rules["slowest"]) + "\n")
    if len(results) == 2:
        small, large = results.values()
        growth = " · ".join(
            f"{step} × {large[step]['seconds'] / small[step]['seconds']:.1f}" for step in ("read", "stage", "join", "rules")
        )
        print(f"ten times the orders: {growth}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
