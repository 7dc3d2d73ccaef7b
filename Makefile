VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(VENV)/.ready ## Python environment with everything that the others need; at once if it is there

$(VENV)/.ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is missing or older than 3.11. Install one, and name it: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "$(PYTHON) can't make virtual environments. On Debian: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	touch $@

.PHONY: demo
demo: local-aws ## Local AWS, deploy.yml, onboard.yml, one message to the assistant, status.yml; all of it keeps running
	. inventories/local/env && ansible-playbook -i inventories/local playbooks/deploy.yml
	. inventories/local/env && ansible-playbook -i inventories/local playbooks/onboard.yml
	python -m local_aws exec gateway -- node dist/index.js agent --agent main --message "Hello, who are you?"
	. inventories/local/env && ansible-playbook -i inventories/local playbooks/status.yml
	@echo "The gateway: http://127.0.0.1:$${LOCAL_AWS_GATEWAY_PORT:-18789}/ (its health: .../healthz)"
	@echo "By hand:     . inventories/local/env && ansible-playbook -i inventories/local playbooks/onboard.yml"
	@echo "To end it:   make down"

.PHONY: down
down: ## End what `make demo` or `make local-aws` left running
	@if [ -d "$${LOCAL_AWS_DIR:-.local-aws}" ]; then $(BIN)/python -m local_aws stop; fi

.PHONY: local-aws
local-aws: setup ## Local AWS alone; then `. inventories/local/env`
	python -m local_aws.install
	python -m local_aws start

.PHONY: lint
lint: setup ## The linters
	python -m tests.run lint

.PHONY: test
test: setup ## Every check there is
	python -m tests.run

.PHONY: test-long
test-long: setup ## What is too long for `make test`: onboarding ended at each point by each signal, more ways of failing, a plugin
	python -m pytest -m long tests/e2e

.PHONY: test-config
test-config: setup ## The configuration with releases of OpenClaw from npm, and 20,000 cases of each of its properties
	python -m pytest -v -rs tests/config
	PROPERTY_EXAMPLES=20000 python -m pytest -v -m hypothesis tests/unit/plugins/module_utils/_openclaw \
	  tests/unit/plugins/modules/test_openclaw_config_properties.py

.PHONY: test-preflight
test-preflight: setup ## Broken networks and accounts in the local AWS: exactly what is wrong is found; part of `make test`
	python -m pytest tests/unit/plugins/preflight

.PHONY: bench
bench: setup ## Cold deploy, repeat deploy and destroy, measured
	python -m tests.bench.run
