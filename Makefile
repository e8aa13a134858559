# Deal Finder. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
ARGS ?=
PYTHON := .venv/bin/python
export PYTHONPATH := $(CURDIR)
export PYTHONUTF8 := 1

.PHONY: help setup build demo up down status notify test test-kill fuzz check audit check-infra format package train \
  bench-models bench soak lock clean

help:  ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

.venv/.locked: requirements.lock scripts/setup.sh
	@scripts/setup.sh

setup: .venv/.locked  ## virtual environment from the hashed lock; checks the prerequisites

build: setup  ## jars from Maven: Kafka, OpenSearch, the application's JVM module
	@$(PYTHON) -m local build

demo: setup  ## everything on this machine, live; ARGS="--once", "--feeds PATH ...", "--dump DIR"
	@exec $(PYTHON) -m scripts.demo $(ARGS)

up: build  ## start the local stack: Kafka, OpenSearch, AWS and Bedrock stand-ins
	@$(PYTHON) -m local up $(ARGS)

down: setup  ## stop the local stack
	@$(PYTHON) -m local down $(ARGS)

status: setup  ## what of the local stack runs, and where
	@$(PYTHON) -m local status $(ARGS)

notify: setup  ## tell of new alerts; ARGS="--from-beginning", "--service URL", "--dry-run"
	@exec $(PYTHON) -m scripts.notify $(ARGS)

test: build  ## every test, the integration tests on the real components included; ARGS="-k ..."
	@$(PYTHON) -m pytest $(ARGS)

test-kill: build  ## 200,000 records under 20 faults, then four broken builds; RING_SEED=N repeats one
	@$(PYTHON) -m pytest tests/kill -m kill -s $(ARGS)

fuzz: setup  ## 100,000 broken inputs of each kind, about ten minutes; ARGS="--inputs N --seed N --kind feed"
	@$(PYTHON) -m tests.fuzz $(ARGS)

check: setup  ## lint, types and format; checks and never rewrites
	@scripts/check

audit: setup  ## are all versions reviewed for known advisories: scripts/audit.toml
	@$(PYTHON) -m scripts.audit

check-infra: setup  ## terraform/: schema, policies, and terraform's own checks where it is installed
	@scripts/check_infra $(ARGS)

package: build  ## the zip for Amazon Managed Service for Apache Flink
	@$(PYTHON) -m scripts.package $(ARGS)

format: setup  ## rewrite the Python files in the project's format
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

train: setup  ## train the models again: ARGS="--data DIR"
	@$(PYTHON) -m models.train $(ARGS)
	@$(PYTHON) -m models.train_score $(ARGS)
	@$(PYTHON) -m models.train_match $(ARGS)

bench-models: setup  ## the fair-price model against its bars: ARGS="--data DIR"
	@$(PYTHON) -m models.bench $(ARGS)

bench: setup  ## evaluate_deals against its peers and the limit: ARGS="--observations N --rounds N"
	@$(PYTHON) -m scripts.bench $(ARGS)

soak: setup  ## all jobs for 20 minutes at a steady rate, memory and lag watched: ARGS="--load" for a burst instead
	@$(PYTHON) -m scripts.soak $(ARGS)

lock: setup  ## renew requirements.lock from pyproject.toml
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	  --all-extras --custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean: setup  ## stop the local stack and delete all that was built or stored
	@$(PYTHON) -m local down
	@rm -rf .local udfs/java/target .venv
