# What can be done here. Nothing needs to be done before any of it.
VENV := .venv
BIN := $(VENV)/bin
# The first Python of 3.11 or later that can make a virtual environment; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTEST_ARGS ?= -n 2 --dist loadgroup
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --extra apprise --extra postgres \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

.PHONY: setup demo test check bench soak parts lock rooms rows weights

setup: $(VENV)/.program  ## .venv with the locked dependencies and the program in it

$(VENV)/.locked: requirements-dev.lock
	@test -x $(BIN)/python || test -n "$(PYTHON)" || { echo "Python 3.11 or later with venv is needed (Debian: python3-venv)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.program: $(VENV)/.locked pyproject.toml CHANGELOG.md
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## the living story: a server goes down, and what the responder does about it
	$(BIN)/responder demo $(DEMO_ARGS)

test: setup  ## every test; absent parts are skipped and said so; ends with the requirements shown
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup  ## format, lint, types, import contracts, the rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_house.py

bench: setup  ## speed beside a real Alertmanager
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

soak: setup  ## kill -9 at 300 random moments of a storm, and at every sub-step of 500 runs
	RESPONDER_KILLS=300 RESPONDER_RUNS=500 $(BIN)/python -m pytest tests/soak --timeout 14400 $(SOAK_ARGS)

parts:  ## as root on Debian: the real servers that tests/real/ runs against
	bash tests/real/parts.sh

lock: setup  ## both lock files anew; LOCK_ARGS=--upgrade takes newer versions
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) $(LOCK_ARGS) -o requirements.lock pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCK) $(LOCK_ARGS) -c requirements.lock --extra dev -o requirements-dev.lock pyproject.toml

rooms: setup  ## the room map of the README, from the captions
	$(BIN)/python -m tests.rooms

weights: setup  ## what each concept weighs in the rules for requests, learnt from the open half of the golden set
	$(BIN)/python -m tests.alerts.requests.weighing

rows: setup  ## which tests show which requirement, in docs/requirements.md
	$(BIN)/python -m tests.rows
