# Commands by who runs them. `make run` and `make test` need python3, make and a package index, and nothing else.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)
STAMP := .venv/.installed
DEALS ?= models/store/example-deals.csv
MODEL_STORE := $(or $(ICP_FIT_HOME),models/store)
# the folder of ICP_FIT_NAME in it
NAMED_STORE := $(MODEL_STORE)$(if $(filter-out icp-fit,$(ICP_FIT_NAME)),/names/$(ICP_FIT_NAME))

.PHONY: help setup run train notebooks mlflow serve bento test test-quick coverage mutate test-faults test-wheel check format docs bench clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

## Everybody

setup: $(STAMP)  ## create .venv from the lock

$(STAMP): pyproject.toml uv.lock
	@command -v uv >/dev/null || { test -x $(BIN)/python || $(PYTHON) -m venv .venv; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }
	$(UV) sync --frozen --inexact --quiet --compile-bytecode
	@touch $@

## Data scientists

run: setup $(DEALS)  ## show the page: trains on example deals and promotes where there is no champion, then serves
	@test -e "$(NAMED_STORE)/champion" || { $(BIN)/icp-fit train $(DEALS) && \
		$(BIN)/icp-fit promote challenger && $(BIN)/python -m icp_fit.serving.pages.examples $(DEALS); }
	$(BIN)/icp-fit serve

models/store/example-deals.csv: | $(STAMP)
	@mkdir -p $(@D)
	$(BIN)/icp-fit sample $@ --rows 2000 --seed 7

train: setup  ## train on your own deals: make train DEALS=deals.csv
	$(BIN)/icp-fit train $(DEALS)

notebooks: setup  ## run the notebooks from top to bottom; they are stored without output
	$(UV) sync --frozen --inexact --quiet --group notebooks
	$(BIN)/jupyter execute notebooks/*.ipynb

mlflow: setup  ## look at the training runs in MLflow's own pages
	$(BIN)/mlflow ui --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///$(MODEL_STORE)/mlflow.db}"

## Services

serve: setup  ## answer over HTTP: the API and the sellers' page, on this machine until there are keys
	$(BIN)/icp-fit serve

bento: setup  ## pack the champion and what serves it into a bento, for another machine
	$(BIN)/python -m icp_fit.serving.bento

## Developers

test: setup  ## run the tests
	$(BIN)/pytest -n 2

test-quick: setup  ## run what takes a minute: every room, but nothing slow
	$(BIN)/pytest -n 2 -m "not slow"

coverage: setup  ## run the tests and tell which lines and branches they never take
	$(BIN)/pytest -n 2 --cov --cov-report term:skip-covered

mutate: setup  ## put small faults into the code and see which tests notice: takes long; make mutate MODULES="stack folds"
	$(UV) sync --frozen --inexact --quiet --group mutation
	$(BIN)/python -m tests.mutation $(MODULES)

test-faults: setup  ## kill the service, stop its database, fill its disk and send it anything: takes minutes
	$(BIN)/pytest -n 2 --dist loadfile --durations 0 tests/faults

test-wheel: setup  ## install the wheel outside the checkout, without and with extras, and use it: takes minutes
	$(BIN)/pytest -n 2 --dist loadfile --durations 0 tests/wheel

check: setup  ## format, lint, types, import rules, lock
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(UV) lock --check --quiet

format: setup  ## put the code into the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup  ## build the site of the documents into build/docs, strictly
	$(UV) sync --frozen --inexact --quiet --group docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

bench: setup  ## accuracy, learning, questions and speed, beside peers
	$(UV) sync --frozen --inexact --quiet --group benchmark
	$(BIN)/python -m tests.benchmarks

clean:  ## remove what was built; models/store stays
	rm -rf .venv build dist *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
