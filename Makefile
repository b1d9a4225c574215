# Everything a newcomer types. Python >= 3.11, git and make are all it needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak docs format clean

help:  ## say what can be typed
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1|/' | column -t -s '|'

$(VENV)/run.stamp: pyproject.toml
	@echo "Setting up guideit in $(VENV) (once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "guideit needs Python 3.11 or newer; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install -e '.[detectors]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	@echo "Setting up the tests' tools (once) ..."
	@$(PIP) install -e '.[dev]'
	@touch $@

$(VENV)/bench.stamp: $(VENV)/dev.stamp
	@echo "Setting up the peers to compare with (once) ..."
	@$(PIP) install -e '.[bench]'
	@touch $@

demo: $(VENV)/run.stamp  ## the whole way on a made-up trial, then where to look
	@$(BIN)/guideit demo --to demo

test: $(VENV)/dev.stamp  ## the tests
	@$(BIN)/pytest -n auto --ignore=tests/soak

check: $(VENV)/dev.stamp  ## style, types, imports, size limits
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/bench.stamp  ## speed and memory, side by side with peers
	@$(BIN)/python -m bench

soak: $(VENV)/dev.stamp  ## the long tests: fifty kills, twenty thousand instances
	@$(BIN)/pytest -n auto tests/soak

docs: $(VENV)/dev.stamp  ## write what the docs generate from code, and test every example in them
	@$(BIN)/python -m tools.docs
	@$(BIN)/pytest tests/docs

format: $(VENV)/dev.stamp  ## put the code in its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## remove what the other lines made
	@rm -rf $(VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
