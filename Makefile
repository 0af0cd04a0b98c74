# Needs git, make and python3 (3.11 to 3.13) with venv; everything else is set up here.
#
#   make up      set everything up and serve at http://127.0.0.1:8765
#   make test    set everything up and pass the whole suite
#   make check   the quick part of the suite, below three minutes
#   make lock    resolve what pyproject.toml asks for, with hashes
#   make clean   remove what these targets made; a home is never touched

PYTHON  ?= python3
BIN     := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
           --no-header --no-emit-index-url
ALONE   := compat or spark or alone
QUICK   := not slow and not web and not ($(ALONE))
SAME    := --hypothesis-profile repeatable
PARTED  := --numprocesses auto --dist worksteal

.PHONY: up test check lint lock clean

up: .venv/.runtime
	@$(BIN)/ritornello serve

test: lint
	$(BIN)/pytest -ra $(PARTED) $(SAME) -m "$(QUICK)"
	$(BIN)/pytest -ra $(PARTED) $(SAME) -m "slow and not web and not ($(ALONE))"
	$(BIN)/pytest -ra --numprocesses auto --dist loadfile $(SAME) -m web
	$(BIN)/pytest -ra $(SAME) -m "$(ALONE)"

check: lint
	$(BIN)/pytest -ra $(PARTED) --hypothesis-profile quick -m "$(QUICK)"

lint: .venv/.dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/.dev
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --group dev --extra spark --constraint requirements.lock \
		--output-file requirements-dev.lock

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.dev: .venv/.runtime requirements-dev.lock
	$(INSTALL) --require-hashes --requirements requirements-dev.lock
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml | $(BIN)/uv
	$(INSTALL) --require-hashes --requirements requirements.lock
	$(INSTALL) --no-deps --editable .
	@touch $@

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v < (3, 14) or sys.exit( \
		"ritornello needs Python 3.11 to 3.13; $(PYTHON) is %d.%d: make PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
