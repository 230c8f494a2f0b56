# make demo   see it work on this machine
# make test   run all tests
# make lint   style, types and layers
# make bench  measure speed and memory on this machine
# make pictures  take the pictures of the README from a running demonstration
# Each installs what is missing first and says so; a second run has nothing left to install.

PYTHON := .venv/bin/python

.PHONY: demo test lint bench pictures format clean

demo: .venv/ready-run
	@exec .venv/bin/captionbox demo

test: .venv/ready-test
	@$(PYTHON) -m pytest $(ARGS)

lint: .venv/ready-test
	@echo "ruff: style" && $(PYTHON) -m ruff check && $(PYTHON) -m ruff format --check
	@echo "mypy: types" && $(PYTHON) -m mypy
	@echo "import-linter: layers" && .venv/bin/lint-imports

bench: .venv/ready-test
	@$(PYTHON) -m tests.bench $(ARGS)

pictures: .venv/ready-test
	@$(PYTHON) -m tests.pictures

format: .venv/ready-test
	@$(PYTHON) -m ruff format && $(PYTHON) -m ruff check --fix

clean:
	rm -rf .venv build *.egg-info

.venv/ready-%: pyproject.toml .ci/setup
	@.ci/setup $*
	@touch $@
