# Every target works from a bare clone: it makes .venv itself. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

# One worker per core, four at most: more only queue for the same database. Tests of one group share a worker.
PYTEST := $(PY) -m pytest
PARALLEL := -n logical --maxprocesses 4 --dist loadgroup

.PHONY: help install demo worker test check-slow lint bench clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

install: $(STAMP) ## Make .venv with everything the project needs

# Remade whenever the declared dependencies or their pinned versions change.
$(STAMP): pyproject.toml constraints.txt
	@python=; \
	for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python="$$name"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or later, with its venv module, was not found. Install it (on Debian: apt-get install python3 python3-venv), or run: make PYTHON=/path/to/python" >&2; \
		exit 1; \
	fi; \
	if ! $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then "$$python" -m venv --clear $(VENV); fi; \
	echo "Installing the project's packages into $(VENV) (about a minute) ..."; \
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP) ## Load a small synthetic world and serve the admin on port 8000
	@$(PY) manage.py demo

worker: $(STAMP) ## Run workers and beat; EVERY=60 and FROM=folder try the schedule
	@$(PY) manage.py worker $(if $(EVERY),--every $(EVERY)) $(if $(FROM),--from $(FROM))

test: $(STAMP) ## Run the tests (minutes)
	$(PYTEST) $(PARALLEL)

check-slow: $(STAMP) ## Run the slow tests: kills, browser, fuzzing
	@status=0; \
	$(PYTEST) $(PARALLEL) -m "slow and not alone" || status=$$?; \
	$(PYTEST) -m "alone or browser" || status=$$?; \
	exit $$status

lint: $(STAMP) ## Check style, types and migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy .
	$(PY) manage.py check
	$(PY) manage.py makemigrations --check --dry-run

bench: $(STAMP) ## Measure the speed of the main paths
	@$(PY) manage.py bench

clean: ## Stop the embedded database, remove .venv, .data and caches
	@if [ -x $(PY) ]; then $(PY) manage.py database stop || true; fi
	rm -rf $(VENV) .data .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info staticfiles
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
