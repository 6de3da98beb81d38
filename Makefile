# Two commands for a newcomer: `make demo` and `make test`. Each does all the set-up; a repeat is quick.
PYTHON ?= python3
BIN := .venv/bin
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: demo test campaigns versions lint format bench sheets

demo: .venv/demo-installed
	$(BIN)/python examples/demo.py

test: .venv/dev-installed
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not campaign"

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

bench: .venv/dev-installed
	for file in tests/benchmarks/bench_*.py; do echo "$$file"; $(BIN)/python $$file || exit 1; done

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
