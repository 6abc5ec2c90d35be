# Every target sets up what it needs: `make demo` and `make test` work as the first command on a bare machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-input

.PHONY: setup demo test lint bench clean lock docs

$(VENV)/.run: requirements/demo.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("recon needs Python 3.11 or newer; set PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/build.txt
	$(PIP) --require-hashes -r requirements/demo.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(PIP) --require-hashes -r requirements/dev.txt
	touch $@

setup: $(VENV)/.dev

demo: $(VENV)/.run
	$(BIN)/recon demo --workspace demo

test: $(VENV)/.dev
	scripts/browser.sh
	scripts/databases.sh
	scripts/evaluation.sh
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 queries
	$(BIN)/python scripts/docs.py --check

docs: $(VENV)/.dev
	$(BIN)/python scripts/docs.py

bench: $(VENV)/.dev
	$(BIN)/python -m bench

lock:
	scripts/lock.sh

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build bench/out
