#!/usr/bin/env bash
# Pins every dependency with hashes and without index addresses: requirements/*.txt. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_NO_CONFIG=1
pin() { uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q "$@"; }
pin pyproject.toml -o requirements/run.txt
pin pyproject.toml --extra sandbox -o requirements/demo.txt
pin pyproject.toml --extra sandbox --extra files --extra postgresql --extra mysql --extra notify --extra metrics --extra otlp --group dev -o requirements/dev.txt
echo "hatchling>=1.27" | pin - -o requirements/build.txt
