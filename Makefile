# The tasks of this repository. `make help` lists them.
SHELL := /bin/sh
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup format lint types imports test e2e pr cfn compile demo demo-broken pacing race soak local-up local-down verify permissions faults cases-local match-oracle bench clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .local/ready ## Make the environments: the project's, the local AWS's and its functions'

$(BIN)/uv:
	@command -v $(PYTHON) >/dev/null || { echo "error: there is no $(PYTHON): run apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11: install python3.11 or newer, or run make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: $(PYTHON) cannot make environments: run apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv==$(UV_VERSION)'

.local/ready: $(BIN)/uv uv.lock
	$(BIN)/uv sync --quiet --inexact --frozen
	UV_PROJECT_ENVIRONMENT=.local/ministack $(BIN)/uv sync --quiet --frozen --python $(BIN)/python --only-group ministack
	UV_PROJECT_ENVIRONMENT=.local/lambda $(BIN)/uv sync --quiet --frozen --python $(BIN)/python --only-group lambda
	@touch $@

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --quiet . || true

lint: setup ## Check format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup ## Check the types
	$(BIN)/mypy

imports: setup ## Check who imports whom
	$(BIN)/lint-imports

test: setup ## Run all tests, the one on the local AWS included
	$(BIN)/pytest -m "not slow and not e2e" -n auto
	$(BIN)/pytest -m "e2e and not slow" tests/e2e

e2e: setup ## Run the tests that need the local AWS
	$(BIN)/pytest -m "e2e and not slow"

compile: setup ## Compile the sources into chalicelib/bundle.json and state_machines/compiled
	$(BIN)/interlock build

cfn: setup ## Check the packaged template with cfn-lint
	$(BIN)/interlock template --out build/template.json
	$(BIN)/cfn-lint build/template.json

pr: lint types imports ## The full gate before a change lands
	$(BIN)/interlock build --check
	$(MAKE) cfn
	$(MAKE) test

demo: setup ## Play an incident through the loop on the local AWS
	$(BIN)/interlock demo

demo-broken: setup ## Play it with a start atom that does nothing: must fail
	$(BIN)/interlock demo --broken

local-up: setup ## Start the local AWS
	$(BIN)/interlock local up

local-down: setup ## Stop the local AWS
	$(BIN)/interlock local down

SIZE ?= default
verify: setup ## Explore control exhaustively, and see every planted mistake found; SIZE=full for the large worlds (many minutes, gigabytes)
	$(BIN)/interlock verify --size $(SIZE) --mutants

faults: setup ## Break every AWS call of a dispatch's life in every way, and any two in memory (minutes)
	$(BIN)/pytest -q -m slow tests/e2e/test_faults.py tests/e2e/test_kills.py tests/unit/control/test_crashes.py

pacing: setup ## Start 10,000 decisions below the quota in virtual time, and 200 throttled ones on the local AWS (minutes)
	$(BIN)/pytest -q -m slow tests/unit/control/test_pacing.py tests/e2e/test_pacing.py

permissions: setup ## Take one right after the other from every atom that the local AWS has
	$(BIN)/pytest -q -m slow tests/e2e/test_permissions.py

cases-local: setup ## Run every case of the workflows on the local AWS (4 minutes)
	$(BIN)/pytest -q -m slow tests/e2e/test_cases_local.py

match-oracle: setup ## Compare the index of rules with trying every rule, on a million pairs
	$(BIN)/pytest -q -m slow tests/properties/test_index.py

PROCESSES ?= 8
ROUNDS ?= 2000
WITHIN ?= 90
race: setup ## Have PROCESSES=8 want the same hosts and services for ROUNDS=2000, or WITHIN=90 minutes, on the local AWS (tens of minutes)
	$(BIN)/python -m tests.race $(PROCESSES) $(ROUNDS) $(WITHIN)

MINUTES ?= 10
SEED ?= 1
soak: setup ## Random work on 200 objects with random faults in virtual time, MINUTES=10 of it; at the end all must reconcile
	$(BIN)/python -m tests.soak $(MINUTES) $(SEED)

bench: setup ## Measure: AWS calls, instructions, package, states entered (JSON; minutes; needs valgrind)
	@command -v valgrind >/dev/null || { echo "error: there is no valgrind: run apt-get install valgrind" >&2; exit 1; }
	$(BIN)/uv sync --quiet --inexact --frozen --group bench
	$(BIN)/python -m bench.calls
	$(BIN)/python -m bench.control
	$(BIN)/python -m bench.imports
	$(BIN)/python -m bench.warm
	$(BIN)/python -m bench.package
	$(BIN)/python -m bench.atoms
	$(BIN)/python -m bench.cold
	$(BIN)/python -m bench.states
	$(BIN)/python -m bench.compile
	$(BIN)/python -m bench.mistakes
	$(BIN)/python -m bench.match
	$(BIN)/python -m bench.api

clean: ## Remove what was built; the environments stay
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
