"""One measured step, in a process of its own so that its peak memory is its own: ``python -m bench.steps <step> <folder> [memory]``."""

from __future__ import annotations

import json
import resource
import sys
import time
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from recon import assets
from recon.snapshot.manifest import load
from recon.warehouse import build, engine

MEMORY = "2GB"

MADE = frozenset({
    "compared", "coverage", "current_prices", "customer_clusters", "customer_pairs", "customer_survivors",
    "followers", "fulfillment_pairs", "identity_pairs", "inventory_pairs", "line_pairs", "list_sales", "matched", "missing_orders",
    "order_chains", "order_pairs", "owners", "price_pairs", "product_pairs", "refund_pairs", "return_pairs",
    "shared_values", "systems", "value_changes",
})  # fmt: skip
"""Tables that no staging query fills."""


def stage(folder: Path) -> dict[str, Any]:
    """Build the warehouse; matching is timed apart."""
    matching = cpu = 0.0
    match = build.match

    def timed(*arguments: Any) -> None:
        nonlocal matching, cpu
        began, spent = time.perf_counter(), time.process_time()
        match(*arguments)
        matching, cpu = time.perf_counter() - began, time.process_time() - spent

    build.match = timed  # type: ignore[assignment]
    began = time.perf_counter()
    path = build.build(folder, memory=MEMORY)
    seconds = time.perf_counter() - began
    with engine.connect(path) as con:
        names = [
            name
            for name in build.tables()
            if name not in {"coverage", "owners", "systems", *(file.stem for file in build.matching_files())}
        ]
        rows = sum((con.execute(f"select count(*) from {name}").fetchone() or (0,))[0] for name in names)
    return {"seconds": seconds - matching, "matching": matching, "matching_cpu": cpu, "rows": rows, "bytes": path.stat().st_size}


def read(folder: Path) -> dict[str, Any]:
    """DuckDB's own read of the same files, same columns, same types, into plain tables of a database file."""
    target = folder / "floor.duckdb"
    target.unlink(missing_ok=True)
    began = time.perf_counter()
    with engine.connect(target, read_only=False, memory=MEMORY, locked=False) as con:
        for system in load(folder).systems:
            for stream in system.streams:
                files = [str(folder / file.path) for file in stream.files]
                con.execute(f"create table {system.name}_{stream.name} as {_floor(system.kind, stream)}", {"files": files})
        con.execute("checkpoint")
    seconds = time.perf_counter() - began
    target.unlink()
    return {"seconds": seconds}


def _floor(kind: str, stream: Any) -> str:
    queries = assets.folder("queries") / "staging" / kind / "_raw" / f"{stream.name}.sql"
    if queries.is_file():
        text = queries.read_text(encoding="utf-8")
        return f"select * from read_json({text.split('from read_json(', 1)[1]}"
    types = ", ".join(f"{engine.quote(name)}: 'varchar'" for name in stream.columns)
    options = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"'"
    return f"select * from read_csv($files, {options}, columns = {{{types}}})"


JOIN = """
create or replace temp table joined as
with pairs as (
  select
    coalesce(a.number_key, b.number_key) as number_key,
    a.number_key is null as only_there,
    b.number_key is null as only_here,
    list_filter([
      case when a.status is distinct from b.status then {'f': 'status', 'a': a.status, 'b': b.status} end,
      case when a.currency is distinct from b.currency then {'f': 'currency', 'a': a.currency, 'b': b.currency} end,
      case when a.subtotal is distinct from b.subtotal then {'f': 'subtotal', 'a': a.subtotal::varchar, 'b': b.subtotal::varchar} end,
      case when a.discount is distinct from b.discount then {'f': 'discount', 'a': a.discount::varchar, 'b': b.discount::varchar} end,
      case when a.shipping is distinct from b.shipping then {'f': 'shipping', 'a': a.shipping::varchar, 'b': b.shipping::varchar} end,
      case when a.tax is distinct from b.tax then {'f': 'tax', 'a': a.tax::varchar, 'b': b.tax::varchar} end,
      case when a.total is distinct from b.total then {'f': 'total', 'a': a.total::varchar, 'b': b.total::varchar} end,
      case when a.refunded is distinct from b.refunded then {'f': 'refunded', 'a': a.refunded::varchar, 'b': b.refunded::varchar} end,
      case when a.email_key is distinct from b.email_key then {'f': 'email', 'a': a.email_key, 'b': b.email_key} end,
      case when a.channel is distinct from b.channel then {'f': 'channel', 'a': a.channel, 'b': b.channel} end,
      case when a.placed_at is distinct from b.placed_at then {'f': 'placed_at', 'a': a.placed_at::varchar, 'b': b.placed_at::varchar} end
    ], lambda x: x is not null) as fields
  from (select * from orders where system = 'shop') as a
  full outer join (select * from orders where system = 'salesforce') as b on a.number_key = b.number_key
)
select * from pairs where only_there or only_here or len(fields) > 0
"""


def join(folder: Path) -> dict[str, Any]:
    """One full outer join of the two order tables over twelve columns, output every missing key and every differing field."""
    with engine.connect(folder / engine.FILE_NAME, memory=MEMORY) as con:
        began = time.perf_counter()
        con.execute(JOIN)
        return {"seconds": time.perf_counter() - began}


APART = ("customer.duplicate_in_salesforce", "customer.duplicate_in_shop")
"""Finding duplicates is measured by ``python -m bench.identity``; these two show what it found."""


def rules(folder: Path) -> dict[str, Any]:
    """All rules with their defaults, each result kept as the runner keeps it."""
    files = sorted(path for path in (assets.folder("queries") / "rules").rglob("*.sql") if not path.name.endswith(".fix.sql"))
    each: dict[str, float] = {}
    found, spent = 0, 0.0
    with engine.connect(folder / engine.FILE_NAME, memory=MEMORY) as con:
        for file in files:
            header, _, body = file.read_text(encoding="utf-8").partition("+++ */")
            params = {name: param["default"] for name, param in tomllib.loads(header.split("/* +++", 1)[1]).get("params", {}).items()}
            params["as_of"] = datetime(2026, 11, 22, 12)  # noqa: DTZ001 - DuckDB takes UTC without zone
            sql = f"create or replace temp table found as {body.strip().removesuffix(';')}"
            used = {name: value for name, value in params.items() if f"${name}" in body}
            began, cpu = time.perf_counter(), time.process_time()
            con.execute(sql, used)
            spent += time.process_time() - cpu if (name := f"{file.parent.name}.{file.stem}") in APART else 0.0
            each[name] = time.perf_counter() - began
            found += (con.execute("select count(*) from found").fetchone() or (0,))[0]
    apart = {name: each.pop(name) for name in APART}
    return {
        "seconds": sum(each.values()),
        "rules": len(each),
        "findings": found,
        "slowest": sorted(each.items(), key=lambda e: -e[1])[:5],
        "apart": sum(apart.values()),
        "apart_cpu": spent,
    }


def main() -> None:
    """Run one step and print its figures as JSON."""
    step = {"stage": stage, "read": read, "join": join, "rules": rules}[sys.argv[1]]
    spent = time.process_time()
    figures = step(Path(sys.argv[2]))
    figures["cpu"] = time.process_time() - spent - figures.get("matching_cpu", 0.0) - figures.get("apart_cpu", 0.0)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
