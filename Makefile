# What this project can do. `make` lists it; CI runs `make check test`.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OF_DOMAIN := tests/unit/shared tests/unit/test_histories.py tests/unit/test_histories_in_rows.py

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs calendar lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  ARGS="…" passes options on: make demo ARGS="--region 39 --seed 2"'

setup: $(READY) ## install everything into .venv, by the hashes of requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. If it has another name: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
		{ echo "Could not make $(VENV). On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (a minute or two the first time)"
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## play a school year of a region into a running platform
	@$(BIN)/transfers demo $(ARGS)

test: setup ## every test: unit, property, and those on a real Kafka and PostgreSQL
ifdef ARGS
	@$(BIN)/pytest $(ARGS)
else
	@mkdir -p .cache
	@$(BIN)/coverage run -m pytest $(OF_DOMAIN)
	@$(BIN)/coverage report
	@$(BIN)/pytest $(OF_DOMAIN:%=--deselect %)
endif

check: setup ## format, lint, types, who may import whom, generated pages; under a minute
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m services.docs --check

bench: setup ## how fast it is, on this machine
	@$(BIN)/python -m services.bench $(ARGS)

docs: setup ## write docs/generated and schemas anew
	@$(BIN)/python -m services.docs

calendar: setup ## write the calendar data anew
	@$(BIN)/python -m shared.calendar_build

lock: setup ## choose versions anew and write requirements.lock
	@printf 'hatchling\neditables\n' | uv pip compile --quiet --universal --python-version 3.11 --all-extras \
		--generate-hashes --no-emit-index-url --no-header pyproject.toml - --output-file requirements.lock

clean: ## stop the stack in .transfers and remove what was made here
	@test ! -x $(BIN)/transfers || $(BIN)/transfers stack down
	rm -rf .transfers .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage $(VENV)
