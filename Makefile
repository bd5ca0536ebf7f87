# Two commands matter: `make demo` and `make test`. Both set up .venv first.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLIP ?=
PROMPT ?=

.PHONY: help setup demo test test-core test-blender lint bench extension corpus train evaluate heldout pictures clean

help:           ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(READY) ## make .venv with pinned packages

$(READY): requirements/runtime.txt requirements/torch.txt requirements/text-encoder.txt requirements/dask.txt requirements/demo.txt requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or say 'make PYTHON=/path/to/python3.11 ...'"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -r requirements/torch.txt
	$(BIN)/pip install -q -r requirements/runtime.txt -r requirements/dask.txt -r requirements/demo.txt -r requirements/dev.txt
	$(BIN)/pip install -q --no-deps -r requirements/text-encoder.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation -e . 
	@touch $@

demo: $(READY) ## speech + prompt -> keyed face, .blend, video and contact sheet in demo/ (CLIP=... PROMPT="...")
	$(BIN)/python tools/demo.py $(if $(CLIP),--clip "$(CLIP)") $(if $(PROMPT),--prompt "$(PROMPT)")

test: lint      ## all tests that need no window
	$(MAKE) --no-print-directory -j2 --output-sync=target test-core test-blender

test-core: $(READY)
	$(BIN)/python -m pytest tests/core

test-blender: $(READY)
	$(BIN)/python -m pytest tests/blender

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(READY) ## timings
	$(BIN)/python -m pytest tests/bench tests/blender/bench_keys.py tests/blender/bench_takes.py --benchmark-only --benchmark-columns=min,median,max

extension: $(READY) ## the zip that Blender installs, in dist/
	$(BIN)/python tools/build_extension.py dist

$(VENV)/.training: $(READY) requirements/training.txt
	$(BIN)/pip install -q -r requirements/training.txt
	@touch $@

corpus: $(VENV)/.training ## speech with phone times and TEAD, in corpus/; needs ../shared/data
	$(BIN)/python -m training.corpus
	$(BIN)/python -m training.tead -o corpus/tead.jsonl
	$(BIN)/python -m training.tead.short_prompts

train: $(VENV)/.training ## all weights from the corpus; see docs/training.md for minutes and machines
	$(BIN)/python -m training.speech --minutes 60
	$(BIN)/python -m training.corpus kerstin revoiced
	$(BIN)/python -m training.speech --minutes 62 --rate 7e-4 --start weights --run runs/speech-voices
	$(BIN)/python -m training.speech --minutes 50 --rate 6e-4 --start weights --run runs/speech-revoiced
	mkdir -p runs/speech-held-out && cp weights/speech.safetensors runs/speech-held-out
	$(BIN)/python -m training.speech --minutes 7 --rate 2.5e-4 --start weights --run runs/speech-everything --everything
	$(BIN)/python -m training.train_expclip --everything --output runs/expclip-words
	$(BIN)/python -m training.train_expclip --everything --start runs/expclip-words/expclip.safetensors --keep-space --queries 0 --layers 0 --epochs 8 --output runs/expclip-pooled
	$(BIN)/python -m training.join_expclip runs/expclip-words/expclip.safetensors runs/expclip-pooled/expclip.safetensors --output weights
	$(BIN)/python -m training.train_expclip --everything --start weights/expclip.safetensors --keep-space --together --practise "opposite sides" --rows 15000 --contrast 5 --epochs 3 --rate 5e-4 --output runs/expclip-practised
	$(BIN)/python -m training.train_expclip --everything --start runs/expclip-practised/expclip.safetensors --keep-space --together --contrast 5 --epochs 12 --rate 3e-4 --output weights
	$(BIN)/python -m training.train_generator --half --minutes 36 --development mandarin_2_03 --output runs/generator
	$(BIN)/python -m training.train_generator --half --minutes 9 --rate 5e-4 --seed 1 --development mandarin_2_03 --start runs/generator --output weights

evaluate: $(VENV)/.training ## measure the weights on voices, takes and prompts held out
	$(BIN)/python -m training.evaluate -o docs/evaluation.md
	$(BIN)/python -m training.evaluate_expclip -o docs/evaluation-expclip.md

heldout: $(VENV)/.training ## ExpCLIP of the training split alone, for the numbers of what it never read
	$(BIN)/python -m training.train_expclip --queries 0 --layers 0 --contrast 3 --epochs 6 --output runs/p0
	$(BIN)/python -m training.train_expclip --start runs/p0/expclip.safetensors --keep-space --queries 0 --layers 0 --contrast 8 --epochs 4 --rate 1.2e-3 --seed 6 --output runs/p2
	$(BIN)/python -m training.train_expclip --start runs/p0/expclip.safetensors --keep-space --contrast 5 --epochs 4 --rate 1.2e-3 --seed 2 --output runs/w0
	$(BIN)/python -m training.train_expclip --start runs/w0/expclip.safetensors --keep-space --practise "opposite sides" --rows 15000 --contrast 5 --epochs 14 --rate 1.8e-3 --seed 3 --output runs/w1
	$(BIN)/python -m training.train_expclip --start runs/p2/expclip.safetensors --keep-space --queries 0 --layers 0 --practise "opposite sides" --rows 15000 --contrast 5 --epochs 4 --rate 1.5e-3 --seed 3 --output runs/p3
	$(BIN)/python -m training.join_expclip runs/w1/expclip.safetensors runs/p3/expclip.safetensors --output runs/j1
	$(BIN)/python -m training.train_expclip --start runs/j1/expclip.safetensors --keep-space --together --practise "opposite sides" --rows 15000 --contrast 5 --epochs 4 --rate 8e-4 --seed 4 --output runs/j2
	$(BIN)/python -m training.train_expclip --start runs/j2/expclip.safetensors --keep-space --together --contrast 5 --epochs 3 --rate 3e-4 --seed 16 --output runs/expclip-held-out

pictures: demo  ## the README's pictures, from the product itself; needs ../shared/tools/real-blender
	$(BIN)/python tools/photograph_panels.py
	$(BIN)/python tools/pictures.py

clean:          ## remove what was built, not the environments
	rm -rf demo build dist runs
