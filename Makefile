# Runs with any make and a POSIX shell. PYTHON names the interpreter that the environment is made with;
# HOST, PORT and every CHAPPE_* variable reach the server.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: help run test check format schema clean

help: ## Show this list (also without a target)
	@sed -n 's/^\([a-z]*\):.*## /\1: /p' Makefile | while IFS=: read -r target text; do \
		printf '  make %-8s%s\n' "$$target" "$$text"; done

run: $(STAMP) ## Migrate, add demo data to an empty database, and serve on http://127.0.0.1:8000
	@$(BIN)/chappe demo --serve

test: $(STAMP) ## Run all tests, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered --cov-fail-under=95

check: $(STAMP) ## Lint, check the format, the types and the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## Format the code, and mend what the linter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schema: $(STAMP) ## Export schema.graphql from the code
	@$(BIN)/chappe export-schema > schema.graphql

clean: ## Remove the environment, the demo database and all that was made
	rm -rf $(VENV) var .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis

# uv installs exactly what uv.lock names, with its hashes; pip is there to fetch uv.
$(STAMP): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Chappe needs Python 3.11 or newer: name one with 'make PYTHON=python3.12 ...'" >&2; exit 1; }
	@echo "Installing into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --inexact --locked --python $(BIN)/python
	@touch $(STAMP)
