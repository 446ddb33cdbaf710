# The commands of this project. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
UV := .tools/bin/uv
UV_VERSION := 0.13.9
PORT ?= 8000
SANDBOX_PORT ?= 8600
export PORT SANDBOX_PORT
# Plugins named one by one: loading all of them costs three seconds a run.
PYTEST := PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/python -m pytest -p pytest_django.plugin -p xdist.plugin -p no:cacheprovider

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-browser test-node check format bench lock migrations clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(STAMP) ## the locked dependencies, in .venv (the other commands do this by themselves)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Bluestamp needs Python 3.11 or newer; this is $$($(PYTHON) --version)."; exit 1; }
	@echo "Preparing the tools (once, about ten seconds) …"
	@$(PYTHON) -m venv .tools || { echo "This Python can't make virtual environments. On Debian and Ubuntu: apt install python3-venv"; rm -rf .tools; exit 1; }
	@.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(STAMP): $(UV) requirements-dev.lock pyproject.toml
	@echo "Installing the locked dependencies …"
	@test -d .venv || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements-dev.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup ## everything: database, app, worker, sandbox Xero and a sample studio; prints where to look
	@exec $(BIN)/bluestamp demo

test: setup ## all tests, the browser's included
	@tools/test

test-fast: setup ## the tests that need no browser
	@$(PYTEST) -n 2 tests/unit tests/property tests/house tests/integration tests/contract

test-browser: setup ## the browser's journeys only
	@tools/browser && tools/test browser

test-node: setup ## Xero's SDK for Node against the sandbox; skipped where there is no Node
	@tools/test-node

check: setup ## format, lint, types, import contracts, migrations, house rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@tools/check-migrations
	@$(PYTEST) -q tests/house

format: setup ## put the code in shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## figures, with the peer beside them
	@$(BIN)/python -m bench

lock: $(UV) ## write the requirement locks anew from pyproject.toml
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.lock

migrations: setup ## write the migrations that the models ask for
	@$(BIN)/bluestamp django makemigrations

clean: ## remove what the commands made (not your data)
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .cache .hypothesis
