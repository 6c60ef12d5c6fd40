# Gonio's commands. Each may be run twice, each from a clean clone with no step before it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STAGE ?= local
PORT ?= 8000

APP      := .venv/bin/python
LAUNCHER := PYTHONPATH=localstack:. $(APP) -m launcher

.PHONY: help install demo up down status chalice test check bench deploy lock
help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

install: ## find or install everything that the project needs
	@localstack/launcher/install.sh

demo: install ## stream real recordings from X.509 devices into the database, on this machine
	@$(LAUNCHER) demo

up: install ## start the local stack and deploy to it
	@$(LAUNCHER) up

down: ## stop the local stack
	@if [ -x $(APP) ]; then $(LAUNCHER) down; else echo "nothing is installed here, so nothing runs"; fi

status: install ## one line a component, with its health
	@$(LAUNCHER) status

chalice: install ## serve the API with chalice local, against the running stack, on PORT (8000)
	@PYTHONPATH=localstack:. $(APP) -m launcher.deploying.chalice_local --port $(PORT)

check: install ## format, lint, types, import contracts, docs tests: what needs no server
	@tests/check.sh

test: install ## every test, end-to-end tests included
	@tests/run.sh

bench: install ## the benchmarks, with a table of ratios
	@$(APP) -m bench

deploy: install ## package and deploy to AWS, or to LocalStack with STAGE=local
	@$(APP) -m infra.deploy --stage $(STAGE)

lock: install ## compile the lock files anew
	@localstack/launcher/lock.sh
