"""``python -m bench.identity [--size N] [--seed N] [--splink]``: time, memory and quality of matching customers, in a process of its own.

``--splink`` lets Splink do the same in the same run, in the environment that scripts/evaluation.sh makes; it takes some minutes and 3 GB.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from bench.people import write
from recon.warehouse.identity.evaluate import Quality, evaluate

AIMS = {"precision": 0.96, "recall": 0.86, "certain": 0.992, "peak_mb_per_million": 1536, "of_splink": 0.7}

HOME = Path(__file__).parent.parent / ".venv" / "evaluation"

_INPUT = """
copy (
  select
    p.rid, p.given, p.family, case when not p.is_mail_shared then p.box || '@' || p.host end as email,
    case when not p.is_phone_shared then p.phone end as phone, p.street || ' ' || p.house as address, p.postal, k.* exclude (rid)
  from people as p left join (select rid, {keys} from keys where is_used group by rid) as k on p.rid = k.rid
) to '{file}' (format parquet)
"""


def main() -> int:
    """Measure, print, and return 1 where an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.identity", description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="records")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--splink", action="store_true", help="measure Splink too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recon-bench-") as folder:
        file = Path(folder) / "people.parquet"
        # In a process of its own, whose memory is not counted.
        making = multiprocessing.get_context("spawn").Process(target=write, args=(file, options.size, options.seed))
        making.start()
        making.join()
        began, spent = time.perf_counter(), time.process_time()
        found = evaluate([file], scratch=Path(folder) / "identity.duckdb")
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        certain, both = found.tiers
        print(f"{found.records:,} records, {found.true_pairs:,} true pairs, {found.compared:,} compared")
        print(f"{seconds:.1f} s, {cpu:.1f} s CPU, {peak:,} MB at most")
        for one in (certain, both):
            print(f"{one.tier}: precision {one.precision:.4f}, recall {one.recall:.4f}")
        print(f"certain pairs of different given names: {found.other_given}")
        quick = not options.splink or _splink(Path(folder), seconds, cpu)
    fits = peak <= AIMS["peak_mb_per_million"] * max(1.0, options.size / 1_000_000)
    good = both.precision >= AIMS["precision"] and both.recall >= AIMS["recall"] and certain.precision >= AIMS["certain"]
    return 0 if fits and good and quick and not found.other_given else 1


def _splink(folder: Path, seconds: float, cpu: float) -> bool:
    """Let Splink compare what was compared, print both, and say whether recon took little enough of its time."""
    python = HOME / "bin" / "python"
    if not python.is_file():
        print("Splink is not there: run scripts/evaluation.sh.")
        return False
    source, target = folder / "splink.parquet", folder / "groups.parquet"
    with duckdb.connect(str(folder / "identity.duckdb"), read_only=True) as con:
        kinds = [kind for (kind,) in con.execute("select distinct kind from keys where is_used order by kind").fetchall()]
        keys = ", ".join(f"max(key) filter (where kind = {kind}) as key_{kind}" for kind in kinds)
        con.execute(_INPUT.format(keys=keys, file=source))
    command = [str(python), str(Path(__file__).parent / "splink_anchor.py"), str(source), str(target)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if done.returncode:
        print(f"Splink ended with {done.returncode}.")
        return False
    took: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"Splink {took['version']}: {took['seconds']:.1f} s, {took['cpu']:.1f} s CPU, {took['peak_mb']:,} MB at most")
    for number, threshold in enumerate(took["thresholds"]):
        one = _quality(folder / "identity.duckdb", target, number, f"p >= {threshold}")
        print(f"Splink {one.tier}: precision {one.precision:.4f}, recall {one.recall:.4f}")
    print(f"recon takes {seconds / took['seconds']:.2f} of its time, {cpu / took['cpu']:.2f} of its CPU time")
    return bool(cpu <= AIMS["of_splink"] * took["cpu"])


def _quality(scratch: Path, groups: Path, number: int, name: str) -> Quality:
    """The same pairs inside groups as recon is measured by."""
    with duckdb.connect(str(scratch), read_only=True) as con:
        pairs, right, true_pairs = con.execute(
            f"with g as (select k.person, p.root_{number} as root from read_parquet('{groups}') as p "
            "inner join known as k on p.rid = k.rid), "
            "pairs as (select sum(n * (n - 1) // 2) as n from (select count(*) as n from g group by root)), "
            "alike as (select sum(n * (n - 1) // 2) as n from (select count(*) as n from g group by root, person)), "
            "persons as (select sum(n * (n - 1) // 2) as n from (select count(*) as n from g group by person)) "
            "select pairs.n, alike.n, persons.n from pairs, alike, persons"
        ).fetchall()[0]
    return Quality(name, int(pairs), int(right), int(true_pairs))


if __name__ == "__main__":
    raise SystemExit(main())
