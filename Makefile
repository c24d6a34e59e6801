# Everything runs in the project's own .venv; the stamp files say what is installed in it.
PYTHON ?= python3
BIN := .venv/bin
PRODUCT := .venv/.product
DEV := .venv/.dev
# The stream engines that are measured beside ours are no part of the product: they have a venv of their own.
PEERS := .venv-bench/.peers
SEEDS ?= 2000
START ?= 0
# The tests start the product hundreds of times: each start reads the bytecode of the one before.
export PYTHONDONTWRITEBYTECODE =

.PHONY: install demo lint check test suite simulate chaos bench format
.DEFAULT_GOAL := install

install: $(PRODUCT)  ## the product itself, pinned with hashes

demo: $(PRODUCT)  ## the whole pipeline on this machine, with you as the engineer
	$(BIN)/countersign demo

$(PRODUCT): requirements/product.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Countersign needs Python 3.11 or newer: name one with make PYTHON=python3.12"; exit 1; }
	@echo "installing into .venv, once; this takes a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/product.txt -r requirements/build.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(PRODUCT) requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint  ## lint, types, import contracts, fast tests: under a minute
	EXAMPLES_PERCENT=20 $(BIN)/pytest -q -n 3 -m "not slow and not system and not browser" tests

test: $(DEV)  ## everything; lint and types run beside the tests, whose processes wait a good part of the time
	@$(MAKE) --no-print-directory -j 2 lint suite

suite: $(DEV)  ## every test: six at once, on a machine of two cores
	$(BIN)/python -m tests.support.fetch
	$(BIN)/pytest -q -n 6 --dist loadgroup tests

simulate: $(DEV)  ## many schedules of faults in virtual time: SEEDS=2000 START=0
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --start $(START)

chaos: $(DEV)  ## every fault on a real Kafka, one run each; over two hours: ROWS="kill-* storm-300"
	$(BIN)/python -m tests.chaos $(ROWS)

bench: $(DEV) $(PEERS)  ## measure on a quiet machine: BENCH="triage --records 200000"; without it the list
	$(BIN)/countersign bench $(if $(BENCH),run $(BENCH),list)

$(PEERS): requirements/bench.txt
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	touch $@

format: $(DEV)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
