# What one can do with this repository; `make help` lists it.

PYTHON ?= python3
SHELL := /bin/sh
PY := .venv/bin/python
APPS := config accounts stats library gamification analytics
ENVIRONMENT = @command -v $(PYTHON) >/dev/null || { echo "eightpoint: $(PYTHON) is not here. Install Python 3.11 or newer." >&2; exit 1; }; $(PYTHON) config/environment.py

# compiled modules are kept: each of the site's processes would compile all of them again at its start
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock

help: ## List what one can do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-6s %s\n", $$1, $$2}'

run: ## Start the site at http://127.0.0.1:8000 (PORT=, DATA_DIR=, DEMO=0)
	$(ENVIRONMENT)
	@exec $(PY) -m config.supervisor --stop-with-parent

test: ## Run every test, on SQLite and, where it runs, on PostgreSQL (ARGS="-k word")
	$(ENVIRONMENT) --dev
	@$(PY) -m tests $(ARGS)

lint: ## Check style, types, imports, templates and for unsafe code
	$(ENVIRONMENT) --dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m djlint --quiet --lint templates
	$(PY) -m bandit --quiet --configfile pyproject.toml --recursive $(APPS)

bench: ## Measure, and compare with the targets (ARGS="--smoke")
	$(ENVIRONMENT) --dev
	@set -e; for file in benchmarks/*.py; do case $$file in */_*) ;; *) $(PY) $$file $(ARGS);; esac; done

lock: ## Pin the newest requirements that requirements*.in allow
	$(ENVIRONMENT) --dev
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@set -e; for name in requirements requirements-dev; do \
		.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command "make lock" $$name.in -o $$name.txt; \
	done
