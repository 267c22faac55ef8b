# The front door. Everything runs in .venv, which `make venv` builds from the lock.
# A fresh machine needs python3 (3.11 or newer, with venv), make and git.

PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
LOCK := requirements-dev.txt
STAMP := .venv/lock.txt

.DEFAULT_GOAL := help
.PHONY: help venv audit test slow lint types layers docs check bench lock spark

help: ## show all commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

venv: $(STAMP) ## build .venv from the lock; does nothing while the lock is the same

# The stamp is a copy of the lock, so that a touched file alone installs nothing.
$(STAMP): $(LOCK)
	@cmp -s $(LOCK) $(STAMP) && touch $(STAMP) || $(MAKE) --no-print-directory .install

.PHONY: .install
.install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, but '$(PYTHON)' is $$($(PYTHON) -V 2>/dev/null || echo missing)." >&2; \
	  echo "Name another one: make venv PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Building .venv from $(LOCK) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --only-binary :all: -r $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --editable .
	@cp $(LOCK) $(STAMP)

audit: venv ## audit the sample data into out/sample
	$(BIN)/audit run sample_data/dump --dossier sample_data/dossier \
	  --mapping rules/mappings/state-grid.toml \
	  --period 2022 --cutoff 2022-12-31 --out out/sample --force

spark: venv ## add Spark to .venv, for its tests and benchmark (450 MB)
	@cmp -s requirements-spark.txt $(BIN)/../spark.txt || { \
	  echo "Adding Spark from requirements-spark.txt …"; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	    --require-hashes --no-build-isolation -r requirements-spark.txt && \
	  cp requirements-spark.txt $(BIN)/../spark.txt; }

test: venv ## run the quick tests
	$(BIN)/pytest -m "not slow" -n $(JOBS)

slow: venv ## run the slow tests; AUDITOR_SLOW_SLICE=1 takes a slice of them
	$(BIN)/pytest -m slow

lint: venv ## check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: venv ## check types
	$(BIN)/mypy

layers: venv ## check that imports go one way
	$(BIN)/lint-imports

docs: venv ## write the generated pages and parts of README.md anew
	$(BIN)/python docs/readme.py
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/adversary.py

check: lint types layers test ## everything that must pass before a change lands

bench: venv ## measure speed and memory on generated logs
	$(BIN)/python -m benchmarks --growth

# `make lock UPGRADE=--upgrade` takes newer releases; without it, pins stay.
UV ?= $(firstword $(wildcard $(BIN)/uv) uv)
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 \
  --fork-strategy fewest --generate-hashes --no-annotate --no-emit-index-url \
  --custom-compile-command "make lock" $(UPGRADE)

lock: ## pin what pyproject.toml asks for, with hashes (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(COMPILE) pyproject.toml --group test --group lint --group build --output-file $(LOCK)
	$(COMPILE) pyproject.toml --constraint $(LOCK) --output-file requirements.txt
	$(COMPILE) --constraint $(LOCK) --group spark --output-file requirements-spark.txt
	@! grep -n '://' requirements.txt requirements-spark.txt $(LOCK) || { echo "a lock must name no host" >&2; exit 1; }
