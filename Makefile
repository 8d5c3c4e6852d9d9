# Works with any make and a POSIX shell. PYTHON names the interpreter for the environment. Every CHAPPE_* variable
# reaches the server (`make run CHAPPE_PORT=9000`). SMPP_URL=smpp://user:password@host:port makes `run` send over that link.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
GRAPHIQL = server/web/graphiql
PANEL = server/web/panel
PANEL_SOURCES != find server/web/panel/src -type f ! -name graphql-env.d.ts 2>/dev/null
CHROMIUM = tests/browser/node_modules/.chromium/chromium
AUDITS = tests/conformance/node_modules/.package-lock.json
CLIENTS = tests/conformance/clients/node_modules/.package-lock.json
WITH_NODE = $(MAKE) -s $(VENV)/.node && PATH="$$(cd $(BIN) && pwd):$$PATH" && export PATH
PYTEST =

.PHONY: help run test quick coverage check bench format schema docs migration graphiql panel wheel clean

help: ## Show this list (also without a target)
	@sed -n 's/^\([a-z]*\):.*## /\1: /p' Makefile | while IFS=: read -r target text; do \
		printf '  make %-10s%s\n' "$$target" "$$text"; done

run: $(STAMP) ## Migrate, add demo data to an empty database, and serve on http://127.0.0.1:8000
	@$(MAKE) -s panel 2>/dev/null || echo "The control panel is not built ('make panel' says why). Everything else works."
	@$(MAKE) -s graphiql 2>/dev/null || echo "GraphiQL is not built ('make graphiql' says why). Everything else works."
	@echo "Migrating the database, adding demo data if it is empty, and starting the server ..."
	@CHAPPE_SMPP_URL="$${SMPP_URL:-$$CHAPPE_SMPP_URL}" $(BIN)/chappe demo --serve

test: $(STAMP) panel graphiql $(AUDITS) $(CLIENTS) ## Run all tests, on SQLite and PostgreSQL
	@command -v chromium >/dev/null || $(MAKE) -s $(CHROMIUM)
	@$(BIN)/python -m pytest -n auto --dist worksteal $(PYTEST)

quick: check ## Catch most mistakes in about a minute: lint, types, unit tests, and a few end-to-end tests
	@$(BIN)/python -m pytest -q -n auto tests/unit tests/integration/web/http2sms/test_routes.py -k 'not postgres'

coverage: ## Run all tests and measure coverage, which takes half as long again; rules need 100 %
	@$(MAKE) -s test PYTEST="--cov --cov-report=term:skip-covered --cov-fail-under=95"
	@$(BIN)/coverage report --include='server/rules/**' --fail-under=100 >/dev/null
	@$(BIN)/coverage report --include='server/operations/**' --fail-under=99 >/dev/null

check: $(STAMP) ## Lint, and check format, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP) ## Measure speed, each figure next to a yardstick of the same run
	@$(BIN)/python -m tests.bench

format: $(STAMP) ## Format the code, and fix what the linter can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schema: $(STAMP) ## Export schema.graphql from the code, and show what it changes for clients
	@before=$$(git show HEAD:./schema.graphql 2>/dev/null || cat schema.graphql) && \
		after=$$($(BIN)/chappe export-schema) && printf '%s\n' "$$after" > schema.graphql && \
		{ $(MAKE) -s $(AUDITS) && $(WITH_NODE) && \
		printf '%s\n' "$$before" | node tests/conformance/changes.mjs schema.graphql || \
		echo "schema.graphql is written, but the changes for clients could not be shown."; }

docs: $(STAMP) ## Write docs/configuration.md, which lists the settings, from the code
	@$(BIN)/chappe config --markdown > docs/configuration.md

migration: $(STAMP) ## Write the missing migration for the models: make migration NAME=message_remarks
	@test -n "$(NAME)" || { echo "Say what it does: make migration NAME=message_remarks" >&2; exit 2; }
	@$(BIN)/tortoise -c server.store.database.FOR_WRITING_MIGRATIONS makemigrations --name $(NAME)

panel: $(PANEL)/dist/index.html ## Build the control panel, the page at /

graphiql: $(GRAPHIQL)/dist/index.html ## Build the page at /graphiql

wheel: $(STAMP) panel graphiql ## Build the package into dist, with the server's pages
	@VIRTUAL_ENV= $(BIN)/uv build --quiet --wheel --out-dir dist

clean: ## Remove the environment and everything built; keep var, with its database and secret
	rm -rf $(GRAPHIQL)/dist $(GRAPHIQL)/node_modules $(PANEL)/dist $(PANEL)/node_modules
	rm -rf tests/*/node_modules tests/conformance/clients/node_modules
	rm -rf $(VENV) dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis

# uv installs exactly the versions of uv.lock, with their hashes; pip only installs uv.
$(STAMP): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Chappe needs Python 3.11 or newer: name one with 'make PYTHON=python3.12 ...'" >&2; exit 1; }
	@echo "Installing Chappe and what it needs into $(VENV), once: a minute or so ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --inexact --locked --python $(BIN)/python
	@touch $(STAMP)

$(PANEL)/dist/index.html: $(PANEL)/node_modules/.package-lock.json schema.graphql $(PANEL_SOURCES) \
		$(PANEL)/index.html $(PANEL)/types.mjs $(PANEL)/tsconfig.json $(PANEL)/vite.config.ts server/web/precompress.mjs
	@echo "Building the control panel, once: some seconds ..."
	@$(WITH_NODE) && cd $(PANEL) && npm --silent run build

$(PANEL)/node_modules/.package-lock.json: $(PANEL)/package-lock.json
	@echo "Installing what the control panel is built from, once: a minute or so ..."
	@$(WITH_NODE) && cd $(PANEL) && npm --loglevel=error ci >/dev/null
	@touch $@

$(GRAPHIQL)/dist/index.html: $(GRAPHIQL)/node_modules/.package-lock.json $(GRAPHIQL)/src/* \
		$(GRAPHIQL)/index.html $(GRAPHIQL)/tsconfig.json $(GRAPHIQL)/vite.config.ts
	@echo "Building GraphiQL, once: some seconds ..."
	@$(WITH_NODE) && cd $(GRAPHIQL) && npm --silent run build

$(GRAPHIQL)/node_modules/.package-lock.json: $(GRAPHIQL)/package-lock.json
	@echo "Installing what GraphiQL needs, once: a minute or so ..."
	@$(WITH_NODE) && cd $(GRAPHIQL) && npm --loglevel=error ci >/dev/null
	@touch $@

# For the browser tests, on a machine without Chromium.
$(CHROMIUM): tests/browser/package-lock.json tests/browser/unpack.js
	@echo "Unpacking a Chromium for the tests ..."
	@$(WITH_NODE) && cd tests/browser && npm --loglevel=error ci >/dev/null && npm --silent run unpack

# The audits of the endpoint (GraphQL over HTTP) and of the schema, with other people's tools.
$(AUDITS): tests/conformance/package-lock.json
	@echo "Installing the audits of GraphQL over HTTP and of the schema ..."
	@$(WITH_NODE) && cd tests/conformance && npm --loglevel=error ci >/dev/null
	@touch $@

$(CLIENTS): tests/conformance/clients/package-lock.json
	@echo "Installing the clients that the tests use ..."
	@$(WITH_NODE) && cd tests/conformance/clients && npm --loglevel=error ci >/dev/null
	@touch $@

# Node with npm: the machine's if Vite works with it, otherwise the one in uv.lock.
$(VENV)/.node: $(STAMP)
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
		&& npm --version >/dev/null 2>&1 || { echo "Installing Node into $(VENV) ..." && \
		VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --inexact --locked --group node \
			--python $(BIN)/python; }
	@touch $@
