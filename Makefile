# make demo   see it work on this machine
# make test   run all tests
# make lint   style, types and layers
# make bench  measure speed and memory on this machine
# make faults  what outages and other faults do to the words, as a table
# make translations  gather what is said to people into the catalogues of all languages
# make pictures  take the pictures of the README from a running demonstration
# Each installs what is missing first and says so; a second run has nothing left to install.

PYTHON := .venv/bin/python

# Most tests wait for speech to be spoken: several at once cost little, even on a small machine.
WORKERS ?= 4

.PHONY: demo test lint bench faults translations pictures proto format clean

demo: .venv/ready-run
	@exec .venv/bin/captionbox demo

test: .venv/ready-test
	@$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: .venv/ready-test
	@echo "ruff: style" && $(PYTHON) -m ruff check && $(PYTHON) -m ruff format --check
	@echo "mypy: types" && $(PYTHON) -m mypy
	@echo "import-linter: layers" && .venv/bin/lint-imports

bench: .venv/ready-test
	@$(PYTHON) -m tests.bench $(ARGS)

faults: .venv/ready-test
	@$(PYTHON) -m tests.faults $(ARGS)

translations: .venv/ready-test
	@$(PYTHON) -m tests.translations

pictures: .venv/ready-test
	@$(PYTHON) -m tests.pictures

# In an environment of its own: what generates decides which protobuf is the oldest that will do.
PROTO := appliance/vendors/stenomatic/stenomatic.proto
proto:
	python3 -m venv .venv-proto && .venv-proto/bin/pip install --quiet 'grpcio-tools==1.74.*'
	.venv-proto/bin/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. $(PROTO)

format: .venv/ready-test
	@$(PYTHON) -m ruff format && $(PYTHON) -m ruff check --fix

clean:
	rm -rf .venv build *.egg-info

.venv/ready-%: pyproject.toml .ci/setup
	@.ci/setup $*
	@touch $@
