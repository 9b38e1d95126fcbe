# Every task of the project. `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run manage test test-full check fix messages bench load clean

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
VENV := .venv/bin
PORT ?= 8000
USERS ?= 1000
export PORT
# Results don't depend on the machine's language or on files that Python finds by chance.
export PYTHONNOUSERSITE := 1
# A hundred processes of one run would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
# How many tests run at once; each process has a stack of its own, and a file stays with one of them, as do the folders that
# share a larger stack (conftest.py). The order is that of pytest.ini: the long files of tests/ come first, so that no process
# waits for the other's last one. Tests wait often, for services and browsers: twice the cores of a small machine.
JOBS ?= 4
PYTEST := $(VENV)/python -m pytest -q --durations=20 --durations-min=0.5 -n $(JOBS) --dist loadfile --no-loadscope-reorder

help: ## list the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
		while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: ## create .venv and install what a start needs
	@$(PYTHON) chatmrpt/stack/install.py

setup-dev: ## and what tests and checks need
	@$(PYTHON) chatmrpt/stack/install.py --dev

run: setup ## start everything, with demo user and data, on PORT (8000)
	@exec $(VENV)/python -m chatmrpt.stack run

manage: ## a command inside the running stack: make manage ARGS="check_isolation"
	@exec $(VENV)/python -m chatmrpt.stack manage $(ARGS)

test: setup-dev ## the tests, on a PostgreSQL and Valkey of their own; pass more with ARGS
	$(PYTEST) -m "not slow" $(ARGS)

test-full: setup-dev ## all tests, the slow ones too
	$(PYTEST) $(ARGS)

check: setup-dev ## format, lint, types, imports, dangerous calls, migrations, templates, isolation
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/mypy --config-file clients/python/pyproject.toml
	$(VENV)/lint-imports
# It says of each piece of a marked statement that is no SQL by itself that the mark was not needed there.
	$(VENV)/bandit -q -c pyproject.toml -r chatmrpt sessions_app reference analysis itn reports assistant crowd clients/python \
		-x '*/tests/*' 2> >(grep -v 'but no failed test' >&2)
	$(VENV)/hadolint docker/Dockerfile
	$(VENV)/cfn-lint deploy/aws/chatmrpt.yml
	$(VENV)/shellcheck .ci/run docker/start docker/setup docker/upgrade $(wildcard scripts/*.sh)
	$(VENV)/python -m scripts.check_words
	$(VENV)/python -m scripts.check_packages
	$(VENV)/python -m scripts.messages --check
	$(VENV)/python -m chatmrpt.stack throwaway scripts/check_database.sh

messages: setup-dev ## gather the texts of the interface into locale/ and compile the translations
	$(VENV)/python -m scripts.messages

docs: setup-dev ## the documentation site, in site/; broken links fail
	$(VENV)/python -m scripts.build_docs

fix: setup-dev ## format the code and repair what can be repaired
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

bench: setup-dev ## speed and scale, as ratios; writes docs/benchmarks.md
	$(VENV)/python -m scripts.bench

load: setup-dev ## USERS (1000) people at once on a stack of their own, while processes die
	$(VENV)/python -m crowd --users $(USERS) $(ARGS)

clean: ## remove the state folder (database, files, secrets) and caches
	@if [ -x $(VENV)/python ]; then $(VENV)/python -m chatmrpt.stack clean; fi
	rm -rf .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis test-artifacts site
