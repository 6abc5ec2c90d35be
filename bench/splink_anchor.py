"""Splink on the records of bench.identity, in an environment of its own: ``.venv/evaluation/bin/python bench/splink_anchor.py IN OUT``.

IN holds the same comparable values, and the same keys under the same caps (``key_…``), as recon compares; OUT gets ``rid`` and a group
at each threshold. The last line on standard output is what it took, as JSON. A model as the tutorials make it: unsupervised, frequencies
of names, EM over blocks of equal names and of equal addresses.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time

import duckdb
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLDS = (0.95, 0.99, 0.999)


def main(source: str, target: str) -> None:
    """Train, predict, group, write."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    began, spent = time.perf_counter(), time.process_time()
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute(f"create table people as select * from read_parquet('{source}')")
    keys = [name for (name, *_) in con.execute("describe people").fetchall() if name.startswith("key_")]
    api = DuckDBAPI(con)
    linker = Linker(api.register("people"), _settings(keys))
    alike = [block_on("given", "family", "email"), block_on("given", "family", "phone"), block_on("given", "family", "address")]
    linker.training.estimate_probability_two_random_records_match(alike, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=1)
    for rule in (block_on("given", "family"), block_on("email"), block_on("phone")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    con.execute("create table groups as select rid from people")
    for number, threshold in enumerate(THRESHOLDS):
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold_match_probability=threshold)
        con.execute(
            f"create or replace table groups as select g.*, f.cluster_id as root_{number} from groups as g "
            f"inner join {found.physical_name} as f on g.rid = f.rid"
        )
    con.execute(f"copy groups to '{target}' (format parquet)")
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - spent}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps({"version": splink.__version__, "thresholds": THRESHOLDS, "peak_mb": peak, **took}) + "\n")


def _settings(keys: list[str]) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="rid",
        comparisons=[
            cl.JaroWinklerAtThresholds("given", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("family", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("phone", [1, 2]),
            cl.LevenshteinAtThresholds("address", [2]),
            cl.ExactMatch("postal"),
        ],
        blocking_rules_to_generate_predictions=[block_on(key) for key in keys],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
