# Every target sets up what it needs, from a bare checkout with Python 3.11 and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: install run demo test compiled quick races servers screenshots bench eval check frontend check-frontend measure-frontend lock clean

install: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Buildtime Trend needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

run: install
	$(BIN)/python service.py

demo: install
	$(BIN)/buildtimetrend demo

# In the order of tests/conftest.py: what takes longest begins first.
XDIST := --dist=loadscope --no-loadscope-reorder

# Hundreds of processes are started: each would compile our modules anew where Python is told to keep nothing.
test quick races compiled: export PYTHONDONTWRITEBYTECODE :=

# Four processes for two cores: half of them run what starts, kills and stops others, and often waits.
test: install servers
	$(BIN)/python -m pytest $(XDIST) --numprocesses=4 --durations=40 --durations-min=5

# Once, in place of each process of the tests.
compiled: install
	$(BIN)/python -m compileall -q src
	$(BIN)/python -m pytest --collect-only --quiet >/dev/null || true # the tests tell of it

# For the way of working: what needs no server and no other process, and neither races nor takes long.
quick: install
	$(BIN)/python -m pytest $(XDIST) --numprocesses=2 -m "not servers and not races and not long" --durations=5

# What kills, waits or races, twenty times beside a load of 4.
TIMES := 20
races: install servers
	$(BIN)/python -m tests.races --times $(TIMES)

servers:
	tests/install.sh

# Of every page, to be looked at, and those of the README.
screenshots: install servers
	$(BIN)/python -m tests.browser.screenshots

bench: install
	$(BIN)/python -m benchmarks

# How well changes are found, beside what else is in use.
eval: install
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/eval.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/otava.txt
	OMP_NUM_THREADS=1 $(BIN)/python -m evaluation

check: install check-frontend
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The vendored bundle of the pages, made anew. It is in the repository: nothing but these three targets needs Node.
MODULES := frontend/node_modules/.installed
frontend: $(MODULES)
	cd frontend && npm run --silent build

$(MODULES): frontend/package-lock.json frontend/package.json
	cd frontend && npm ci --silent
	touch $@

check-frontend:
	@missing=; for tool in node npm; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	if [ -z "$$missing" ]; then \
		$(MAKE) -s $(MODULES) && cd frontend && npm run --silent check; \
	else \
		echo "The pages' scripts are NOT CHECKED: that needs$$missing." >&2; \
		[ "$$BTT_TEST_REQUIRE_SERVICES" != 1 ]; \
	fi

measure-frontend: install $(MODULES)
	$(BIN)/python frontend/measure/measure.py

# Needs uv. Universal: the files bind nobody to the Python and platform that they were made on.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
lock:
	$(LOCK) -o requirements/run.txt
	$(LOCK) --extra dev -o requirements/dev.txt
	cp requirements/dev.txt requirements/eval.txt # so that both pin the same
	$(LOCK) --extra dev --extra eval -o requirements/eval.txt
	echo "apache-otava==0.8.0" | $(LOCK:pyproject.toml=-) --no-deps -o requirements/otava.txt
	$(PYTHON) requirements/build.py

clean:
	rm -rf $(VENV) frontend/node_modules dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
