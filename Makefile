# One word per chore; people and CI run the same words. `make` alone lists them.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.SUFFIXES:

VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
# A test waits for half of its time: for the disk, the database, or a screen that comes to rest. What kills and starves minds its time.
WORKERS ?= $(shell expr 3 \* $$(getconf _NPROCESSORS_ONLN) / 2)
MANY ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))
UV := $(shell command -v uv 2>/dev/null)
LOCKER = $(firstword $(UV) $(wildcard $(BIN)/uv))
COMPILE = $(LOCKER) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
          --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(ARGS)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_PYTHON_DOWNLOADS := never

.PHONY: help demo run test test-pooler test-postgres test-services test-faults check bench bench-long docs ci lock format clean

help:
	@echo 'Words (options go through ARGS, such as: make demo ARGS="--for 30s --json"):'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

demo: $(VENV)/.installed-run  ## a simulated provider, an engine and the terminal; no account, no configuration
	@exec $(BIN)/bisonwatch demo $(ARGS)

run: $(VENV)/.installed-run  ## bisonwatch itself, on your configuration
	@exec $(BIN)/bisonwatch $(ARGS)

test: $(VENV)/.installed-dev  ## the tests: fast, no services needed; BISONWATCH_FAULTS=long: each attack in each place
	@$(BIN)/python -m pytest --numprocesses $(MANY) $(ARGS)

# Left out: what reaches no Postgres through the store's door (SQLite only, such as api and sync; the terminal; servers with TLS), since a
# pooler changes nothing there; what sends the same statements in another order (properties); and of the faults all but a killed node and an
# outage: the others take minutes for what these show. Nor plans and upgrades of old schemas, which are the server's business.
POOLED = tests/pooler tests/store tests/ingest tests/engine tests/stories tests/cli \
         --deselect tests/store/test_plans.py --deselect tests/store/test_upgrades.py \
         "tests/faults/test_nodes.py::test_a_leader_killed_under_load_is_succeeded[2]" \
         "tests/faults/test_database_away.py::test_postgres_is_stopped_and_started[fast]"

test-pooler: $(VENV)/.installed-dev  ## the tests that write to Postgres, reached through PgBouncer in transaction mode
	@$(call needs,pgbouncer)
	@$(BIN)/python -m pytest --pooler --numprocesses $(WORKERS) $(POOLED) $(ARGS)

test-postgres: $(VENV)/.installed-dev  ## the store's tests on the newer Postgres of the pip package
	@BISONWATCH_TEST_POSTGRES=packaged $(BIN)/python -m pytest --postgres --numprocesses $(WORKERS) tests/store $(ARGS)

test-services: $(VENV)/.installed-dev  ## the tests that need real programs beside them (tmux, openssl, promtool, a Postgres with TLS)
	@$(call needs,tmux)
	@$(call needs,openssl)
	@$(call needs,promtool,prometheus)
	@$(BIN)/python -m pytest tests/services $(ARGS)

test-faults: $(VENV)/.installed-dev  ## the tests that kill and starve the engine (strace, faketime); BISONWATCH_FAULTS=long: for hours
	@$(call needs,strace)
	@$(call needs,faketime)
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) tests/faults $(ARGS)

check: $(VENV)/.installed-dev  ## format, lint, types, and who may import whom
	@$(BIN)/ruff format --quiet --check --diff .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/.installed-dev  ## the benchmarks against their budgets, in minutes
	@$(BIN)/python -m benchmarks $(ARGS)

bench-long: $(VENV)/.installed-dev  ## the benchmarks that take hours, and 22 GB of disk at their fullest
	@$(BIN)/python -m benchmarks --long $(ARGS)

docs: $(VENV)/.installed-dev  ## checks that the documentation is complete and true
	@$(BIN)/python -m pytest tests/docs $(ARGS)

ci:  ## everything that must pass before a change is taken, in a fresh environment
	@.ci/run

format: $(VENV)/.installed-dev  ## format the code and mend what can be mended by itself
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

lock:  ## pin the dependencies anew out of pyproject.toml (ARGS=--upgrade for newer ones; needs uv)
	@test -n "$(LOCKER)" || { echo "uv is missing: install it, or make test first and pip install uv into $(VENV)" >&2; exit 1; }
	@$(COMPILE) --group build pyproject.toml --output-file requirements/run.txt
	@$(COMPILE) --group dev --constraints requirements/run.txt pyproject.toml --output-file requirements/dev.txt
	@! grep -n '://' requirements/*.txt || { echo "requirements must hold no address" >&2; exit 1; }

clean:  ## remove caches and build results (not the environment)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis snapshot_report.html
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- setting up, all of it said on stderr ---------------------------------------------------------------------------

$(VENV)/.installed-%: requirements/%.txt pyproject.toml | $(BIN)/python
	@echo "Installing what is needed into $(VENV) ($*) …" >&2
	@{ $(call install,--require-hashes -r $<) && $(call install,--no-build-isolation --no-deps --editable .); } >&2
	@touch $@ $(if $(filter dev,$*),$(VENV)/.installed-run)

$(BIN)/python:
	@{ for name in python3 python3.13 python3.12 python3.11; do \
	     python=$$(command -v $$name) || continue; \
	     "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	   done; \
	   test -n "$$python" || { echo "bisonwatch needs Python 3.11 or newer, and found none on the PATH"; exit 1; }; \
	   if test -n "$(UV)"; then $(UV) venv --quiet --python "$$python" $(VENV); \
	   else "$$python" -m venv $(VENV) || { rm -rf $(VENV); \
	     echo "$$python cannot make an environment: install python3-venv, or uv"; exit 1; }; fi; } >&2

define install
$(if $(UV),$(UV) pip install --quiet --python $(BIN)/python $(1),$(BIN)/python -m pip install --quiet $(1))
endef

define needs
PATH="$$PATH:/usr/sbin" command -v $(1) >/dev/null || { echo "$(1) is missing: install it, on Debian with: apt-get install $(or $(2),$(1))" >&2; exit 1; }
endef
