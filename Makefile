# Two commands for a newcomer: `make demo` and `make test`. Each does all the set-up; a repeat is quick.
PYTHON ?= python3
BIN := .venv/bin
export TF_CPP_MIN_LOG_LEVEL ?= 2
# Tests start hundreds of processes; one that may not keep compiled modules takes half as long again to import the viewer.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test campaigns versions lint format bench bench-compare sheets

demo: .venv/demo-installed
	$(BIN)/python examples/demo.py

test: .venv/dev-installed
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not campaign" --ignore tests/campaigns

# 1 is the whole (hours: 1,000 kills, 1,000,000 damaged files); .ci/run takes a share of it.
EFFORT ?= 1
campaigns: .venv/dev-installed
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "campaign or scaled" --effort $(EFFORT)

# Lowest and newest versions on every Python that is here, each in an environment of its own; ROWS="core pandas" for some.
versions: .venv/dev-installed
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.campaigns.versions $(ROWS)

lint: .venv/dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# All of tests/benchmarks, and the table of the README: this product beside its rivals (half an hour on two quiet cores).
# QUICK=1 only shows that everything runs.
ROUNDS ?= 4
bench: .venv/dev-installed .venv-bench/installed
	QUICK=$(QUICK) .venv-bench/bin/python -m tests.benchmarks --rounds $(ROUNDS) --python $(BIN)/python

# Of two files of tests/benchmarks/history: make bench-compare A=0.1.0
A ?= 0.1.0
B ?= unreleased
bench-compare: .venv-bench/installed
	.venv-bench/bin/python -m tests.benchmarks.compare $(A) $(B)

sheets: .venv/dev-installed
	$(BIN)/python examples/contact_sheet.py

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/demo-installed: pyproject.toml | .venv/bin/python
	@echo "Installing what the demo needs (TensorFlow among it: a few minutes the first time) ..."
	$(BIN)/python -m pip install --progress-bar on -e '.[demo]' | grep -v "already satisfied" || true
	$(BIN)/python -c "import tensorflow, viewer, recorder"
	touch $@

.venv/dev-installed: pyproject.toml | .venv/bin/python
	@echo "Installing what the tests need (TensorFlow among it: a few minutes the first time) ..."
	$(BIN)/python -m pip install --progress-bar on -e '.[dev]' | grep -v "already satisfied" || true
	$(BIN)/python -c "import tensorflow, pytest, viewer, recorder"
	touch $@

# An environment of its own: what the rivals need may be older than what the tests have. One that cannot be installed is a row that says so.
.venv-bench/installed: pyproject.toml | .venv/bin/python
	$(PYTHON) -m venv .venv-bench
	@echo "Installing the rivals (a few minutes the first time) ..."
	.venv-bench/bin/python -m pip install --quiet -e '.[demo]' pyperf
	.venv-bench/bin/python -m pip install --quiet -e '.[bench]' || $(BIN)/python -m tests.benchmarks.one_by_one .venv-bench/bin/python
	touch $@
