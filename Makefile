# Needs Python >= 3.11 and make; everything else is installed into .venv, from requirements.lock what an import needs,
# from requirements-dev.lock what tests and other tools need, too.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --use-pep517
FILE ?= examples/clients.csv
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder
# Only what is said to make: HOST in the environment is often the name of the machine.
said = $(if $(filter command,$(origin $1)),$2 "$($1)")
SERVE_OPTIONS = $(strip $(call said,HOST,--host) $(call said,PORT,--port) $(call said,DAGSTER_PORT,--dagster-port))
COMPILE = $(PYTHON) -m uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-strip-extras --no-emit-index-url --no-emit-find-links
LOCK = $(COMPILE) pyproject.toml

NO_SPARK = $(findstring --no-spark,$(CLUSTER_ARGS))

.PHONY: help setup dev extras import serve test lint types lock examples docs bench cluster cluster-needs
.DEFAULT_GOAL := help

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/.ready ## install what an import needs into .venv

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@echo "Installing into .venv; the first time takes a minute or two."
	@$(PYTHON) -m venv .venv
	@$(INSTALL) -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

dev: .venv/.ready-dev ## install what tests, lint, docs and the benchmark need, too

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

extras: .venv/.ready-extras ## install what PostgreSQL and Spark need, too

.venv/.ready-extras: .venv/.ready requirements-cluster.lock
	@$(INSTALL) --no-build-isolation -r requirements-cluster.lock
	@touch $@

# A Spark of the version that its client in .venv is of; a folder of another one is said by SPARK_HOME.
.venv-spark/.ready: .venv/.ready requirements-spark.lock
	@echo "Installing Spark into .venv-spark: 500 MB."
	@rm -rf .venv-spark
	@$(INSTALL) --no-build-isolation --ignore-installed --no-warn-script-location --prefix .venv-spark \
		-r requirements-spark.lock
	@touch $@

cluster: cluster-needs extras $(if $(SPARK_HOME)$(NO_SPARK),,.venv-spark/.ready) ## start PostgreSQL and Spark here, import through them, end them
	@exec $(BIN)/python -m examples.cluster $(CLUSTER_ARGS)

cluster-needs:
	@$(PYTHON) -m examples.cluster --check $(CLUSTER_ARGS)

import: setup ## import examples/clients.csv, or FILE=path
	@$(BIN)/client-import run "$(FILE)" || [ $$? -eq 3 ]

serve: setup ## start the API with its page, and the Dagster UI; HOST=, PORT=, DAGSTER_PORT=
	@$(BIN)/client-import serve $(SERVE_OPTIONS)

test: dev ## run the tests; with CI=true the slow ones too
	@$(BIN)/python -m pytest $(PYTEST_ARGS) $(if $(CI),,-m "not slow and not long")

lint: dev ## check style and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: dev ## check types
	@$(BIN)/mypy

examples: dev ## make the example files anew
	@$(BIN)/python -m examples.make_examples

docs: dev ## write the pages of docs/ anew
	@$(BIN)/python -m docs.generate

bench: dev ## measure beside other ways to import; BENCH_ARGS="--rows 10000"
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

lock: setup ## pin the newest dependencies that pyproject.toml allows
	@$(PYTHON) -m pip install --quiet uv
	@$(LOCK) --python-version 3.11 --group build -o requirements.lock --upgrade
	@$(LOCK) --python-version 3.11 --group dev --constraint requirements.lock -o requirements-dev.lock --upgrade
	@$(LOCK) --python-version 3.12 --constraint requirements.lock -o deploy/requirements.lock --upgrade
	@$(LOCK) --python-version 3.11 --extra postgresql --extra spark --constraint requirements.lock \
		-o requirements-cluster.lock --upgrade
	@$(LOCK) --python-version 3.12 --extra postgresql --extra spark --constraint requirements-cluster.lock \
		-o deploy/requirements-cluster.lock --upgrade
	@sed -nE 's/^pyspark-client(==[0-9.]+).*/pyspark\1/p' requirements-cluster.lock | \
		$(COMPILE) - --python-version 3.11 -o requirements-spark.lock --upgrade
