# make demo   set up, then measure an example function and write its report
# make demo-aws  the same for a function on AWS Lambda, played by a stand-in on this machine
# make test   set up, then run every test; those of pages need Chromium, and say so where there is none
# make gate   compare an example with where this branch left the main one; fails on a regression only
# make check  format, lint, types, tests, docs in sync

# The first interpreter that is new enough; override with make PYTHON=...
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
EXAMPLES := my-func thumbnail io-bound parallel memory-hungry \
	$(if $(wildcard examples/node_hash/node_modules/aws-lambda-ric),node-hash)

.PHONY: demo demo-aws gate test lint check format reports docs node clean

demo: .venv/installed
	$(BIN)/tuner run my-func

demo-aws: .venv/installed
	$(BIN)/python tests/support/demo_aws.py

test: .venv/installed
	$(BIN)/python -m pytest -n 4 --dist worksteal -m "not sandbox and not timing and not browser"
	$(BIN)/python -m pytest -n 2 --dist worksteal -m browser
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "sandbox and not timing"
	$(BIN)/python -m pytest -m timing --reruns 2 --only-rerun AssertionError

gate: .venv/installed
	$(BIN)/tuner gate my-func --memory 1769 --max-seconds 60 || test $$? -ne 1

lint: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test

format: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Tests keep docs/cli.md in step with the real command line.
docs: .venv/installed
	$(BIN)/python docs/write_cli_reference.py

# The gallery. Wants a quiet machine, and takes some minutes.
reports: .venv/installed
	mkdir -p build
	for name in $(EXAMPLES); do $(BIN)/tuner run $$name --save-run build/$$name.json || test $$? = 4 || exit; done
	$(BIN)/tuner report build/my-func.json --output reports/my-func.html
	$(BIN)/python docs/picture_page.py reports/my-func.html
	for cpu in x86_64 arm64; do \
		$(BIN)/tuner run model:mixed --architecture $$cpu --no-report --save-run build/$$cpu.json || test $$? = 4 || exit; done
	$(BIN)/tuner report build/x86_64.json build/arm64.json --output reports/architectures.md
	$(BIN)/python docs/write_gallery.py $(EXAMPLES)

# The interface client of Node.js functions; its build needs a C++ compiler, cmake and autotools.
node:
	cd examples/node_hash && npm install --no-audit --no-fund --no-package-lock

clean:
	rm -rf .venv build dist examples/*/node_modules

.venv/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@
