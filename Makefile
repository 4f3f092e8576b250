# Each target alone takes a fresh checkout to its end: it makes the environment first, where there is none.
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
BIN := $(VENV)/bin
RUBRICS_WITH_ANCHORS := $(patsubst rubrics/%/anchors.jsonl,%,$(wildcard rubrics/*/anchors.jsonl))

ANCHORS_NOTE := "Learned from 24 anchors: texts and levels written together for this project. They are no teachers' work, \
and no human rating stands behind them."

# Nothing downloads a model from a hub.
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: help demo test check models soak fuzz statistical pins environment clean

help:
	@echo "make demo         review the demo submissions: a table here, and pages in demo-output/"
	@echo "make test         the quick tests: unit, property, golden, doctest, face, floors, docs"
	@echo "make check        ruff, ruff format, mypy --strict"
	@echo "make models       train the bundles in models/ anew from the anchors in rubrics/"
	@echo "make statistical  simulate what is promised: coverage, certificate (long)"
	@echo "make soak         long runs that are killed and resumed"
	@echo "make fuzz         long runs of mutated input"
	@echo "make pins         write constraints.txt anew after a change of pyproject.toml"
	@echo "make clean        remove what these made, the environment too"

demo: environment
	$(BIN)/reviewkit demo

# The tests' vectors stay out of the user's own cache.
test soak fuzz statistical: export REVIEWKIT_CACHE := $(abspath $(VENV))/test-cache

test: environment
	$(BIN)/python -m pytest -n $(WORKERS)

check: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

models: environment $(RUBRICS_WITH_ANCHORS:%=models/%.made)

models/%.made: environment
	$(BIN)/reviewkit train --rubric rubrics/$*.yaml --submissions rubrics/$*/anchors.jsonl \
	    --ratings rubrics/$*/anchors.csv --out models/$* --seed 0 --coverage 0.8 --stress 24 \
	    --note $(ANCHORS_NOTE) --force

soak fuzz statistical: environment
	$(BIN)/python -m pytest -m $@ tests

pins: environment
	$(BIN)/python .ci/pin.py

environment:
	@$(PYTHON) .ci/environment.py $(VENV)

clean:
	@$(PYTHON) .ci/environment.py $(VENV) --remove
	rm -rf build dist demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
