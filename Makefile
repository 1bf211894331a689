# Needs Python >= 3.11 and make; everything else is installed into .venv from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
FILE ?= examples/clients.csv
PYTEST_ARGS ?= -n 2
# Only what is said to make: HOST in the environment is often the name of the machine.
said = $(if $(filter command,$(origin $1)),$2 "$($1)")
SERVE_OPTIONS = $(strip $(call said,HOST,--host) $(call said,PORT,--port) $(call said,DAGSTER_PORT,--dagster-port))
LOCK = $(PYTHON) -m uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-strip-extras --no-emit-index-url --no-emit-find-links

.PHONY: help setup import serve test lint types lock examples docs bench
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/.ready ## install everything into .venv

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@echo "Installing into .venv; the first time takes a minute or two."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

import: setup ## import examples/clients.csv, or FILE=path
	@$(BIN)/client-import run "$(FILE)" || [ $$? -eq 3 ]

serve: setup ## start the API with its page, and the Dagster UI; HOST=, PORT=, DAGSTER_PORT=
	@$(BIN)/client-import serve $(SERVE_OPTIONS)

test: setup ## run the tests; with CI=true the longest ones too
	@$(BIN)/python -m pytest $(PYTEST_ARGS) $(if $(CI),,-m "not long")

lint: setup ## check style and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## check types
	@$(BIN)/mypy

examples: setup ## make the example files anew
	@$(BIN)/python -m examples.make_examples

docs: setup ## write the pages of docs/ anew
	@$(BIN)/python -m docs.generate

bench: setup ## measure beside other ways to import; BENCH_ARGS="--rows 10000"
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

lock: setup ## pin the newest dependencies that pyproject.toml allows
	@$(PYTHON) -m pip install --quiet uv
	@$(LOCK) --python-version 3.11 --group dev -o requirements.lock --upgrade
	@$(LOCK) --python-version 3.12 --constraint requirements.lock -o deploy/requirements.lock --upgrade
