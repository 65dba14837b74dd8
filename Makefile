# make demo, make test: each makes .venv the first time (Python 3.10 to 3.13 and git are all it needs).

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
DEMO ?= casapilot-demo
export VENV PYTHON
# Modules of a cluster put other Pythons' packages there.
unexport PYTHONPATH PYTHONHOME
# CASA's threads spin while they wait and steal each other's cores otherwise.
export OMP_WAIT_POLICY ?= passive

.PHONY: help demo test test-fast explore bench lint lock clean

help:
	@echo 'make demo        two ALMA execution blocks, calibrated before your eyes; the MOUS is $(DEMO)/'
	@echo 'make test        all tests: the fast ones, then those that run CASA'
	@echo 'make test-fast   the tests that need no CASA'
	@echo 'make explore     the property tests with examples never tried before'
	@echo 'make bench       speed, as ratios measured side by side'
	@echo 'make lint        ruff, and mypy --strict on steps/'
	@echo 'make lock        renew constraints.txt from pyproject.toml'
	@echo 'make clean       remove .venv, the demo and caches'
	@echo 'make PYTHON=/path/to/python3.11 ...   the Python to make .venv with'

$(STAMP): pyproject.toml constraints.txt
	@.ci/make-venv

demo: $(STAMP)
	@$(BIN)/casapilot demo $(DEMO)

test: $(STAMP)
	$(BIN)/python -m pytest -q -m 'not casa'
	$(BIN)/python -m pytest -q -m casa

test-fast: $(STAMP)
	$(BIN)/python -m pytest -q -m 'not casa'

explore: $(STAMP)
	$(BIN)/python -m pytest -q -m hypothesis --hypothesis-profile=explore

bench: $(STAMP)
	@$(BIN)/python -m bench

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@# mypy needs the package's real shape: folders of their own names under one root.
	@mkdir -p $(VENV)/types/casapilot && cd $(VENV)/types/casapilot && ln -sfn $(CURDIR)/steps steps && ln -sfn $(CURDIR)/tui tui
	MYPYPATH=$(VENV)/types $(BIN)/mypy --namespace-packages --explicit-package-bases -p casapilot.steps

lock: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	echo 'setuptools>=77' | $(BIN)/uv pip compile --quiet --universal --all-extras --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --python-version 3.10 --upgrade --output-file constraints.txt pyproject.toml -

clean:
	rm -rf $(VENV) $(DEMO) build casapilot.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
