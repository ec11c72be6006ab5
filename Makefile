# The commands of the course. Each sets up what it needs first: a virtual environment in .venv, once.
# make PYTHON=python3.12 ... chooses the Python; make demo ARGS="--seed 3" passes options on.

VENV ?= .venv
WORKERS ?= 2
ARGS ?=
READY := $(VENV)/.ready
PY := $(VENV)/bin/python
MIN_PYTHON := 3, 11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < ($(MIN_PYTHON)))
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)

# One thread a worker: more of them only get in each other's way.
PYTEST := OMP_NUM_THREADS=1 $(PY) -m pytest -n $(WORKERS) --dist loadscope -q
NOTEBOOKS := $(PYTEST) -p no:cacheprovider --nbval --nbval-current-env --nbval-cell-timeout 300
CHAPTERS := $(sort $(wildcard chapters/*.ipynb))
SOLUTIONS := $(sort $(wildcard solutions/*.ipynb))

# A checkout that was moved or copied has to be installed again: the environment knows it by its old path.
MOVED := $(shell [ ! -e $(READY) ] || [ "$$(cat $(READY))" = "$$(pwd -P)" ] || echo moved)

.PHONY: help demo test lab chapters browser bench lint lock clean moved
.DEFAULT_GOAL := help

help:  ## show this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  %-9s %s\n' "$$name" "$$text"; done

demo: $(READY)  ## train a Dreamer that opens a door, and write runs/demo/report.html (2 to 6 minutes)
	@$(PY) -m mbrl_lite.cli demo $(ARGS)

test: $(READY)  ## run all tests: the library, the chapters as shipped, the solutions (a few minutes)
	@echo "Tests of the library ..."
	@$(PYTEST) $(ARGS)
ifneq ($(CHAPTERS),)
	@echo "The chapters, exercises unsolved ..."
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT INT TERM && \
	MBRL_LITE_HOME="$$home" MBRL_LITE_PRESET=smoke $(NOTEBOOKS) $(CHAPTERS)
endif
ifneq ($(SOLUTIONS),)
	@echo "The solutions, graded ..."
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT INT TERM && \
	MBRL_LITE_HOME="$$home" MBRL_LITE_PRESET=smoke MBRL_LITE_GRADE=1 $(NOTEBOOKS) $(SOLUTIONS)
endif

lab: $(READY)  ## copy the chapters into my/ (never over your work) and open JupyterLab on chapter 00
	@$(PY) -m mbrl_lite.course.lab $(ARGS)

chapters: $(READY)  ## rebuild chapters/ and solutions/ from solutions/*.py
	@$(PY) -m mbrl_lite.course.build $(ARGS)

browser: $(READY)  ## run chapter 00 in JupyterLab in a real browser; needs chromium. Screenshots: runs/pages/
	@$(PY) -m pip install -qq --disable-pip-version-check -e '.[browser]'
	@$(PY) -m pytest -q tests/browser $(ARGS)

bench: $(READY)  ## measure speed on this machine, and write the tables to assets/bench/
	@for file in $(sort $(wildcard tests/bench/bench_*.py)); do echo "$$file"; $(PY) "$$file" $(ARGS) || exit 1; done

lint: $(READY)  ## check the style of the sources
	@$(PY) -m ruff check --output-format concise && $(PY) -m ruff format --check

lock:  ## write requirements.lock from a fresh environment
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT INT TERM && \
	$(MAKE) --no-print-directory VENV="$$fresh/venv" "$$fresh/venv/.ready" && \
	"$$fresh/venv/bin/python" -m pip freeze --all --exclude pip --exclude-editable > "$$fresh/lock" && \
	sed -e 's/+[a-z0-9.]*$$//' -e '/^nvidia-/d' -e '/^cuda-/d' -e '/^triton==/d' "$$fresh/lock" | LC_ALL=C sort -f > requirements.lock && \
	echo "Wrote requirements.lock: $$(wc -l < requirements.lock) packages."

clean:  ## remove the environment and caches; your work in my/ and runs/ stays
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A finished environment is marked .ready, a half-made one .unfinished; the next make starts the latter again.
$(READY): pyproject.toml constraints.txt $(MOVED)
	@if [ -z "$(PYTHON)" ]; then echo "mbrl_lite needs Python 3.11 or newer, and none was found:" \
		"install one, or name it:  make PYTHON=/path/to/python3.12" >&2; exit 1; fi
	@$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "mbrl_lite needs Python 3.11 or newer, and $(PYTHON) is" \
		"$$($(PYTHON) --version 2>/dev/null || echo not one): name a newer one:  make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments:" \
		"install its venv module (on Debian or Ubuntu: apt install python3-venv) and try again" >&2; exit 1; }
	@if [ -e $(READY) ]; then mv $(READY) $(VENV)/.unfinished; $(PY) -c '' 2>/dev/null || rm -rf $(VENV); \
	elif [ -e $(VENV)/.unfinished ]; then echo "Removing the half-made $(VENV) ..."; rm -rf $(VENV); fi
	@echo "Setting up $(VENV): 1 to 3 minutes, once. This is the only step that needs the network ..."
	@if [ ! -e $(PY) ]; then mkdir -p $(VENV) && touch $(VENV)/.unfinished && $(PYTHON) -m venv $(VENV); fi
	@PIP_CONSTRAINT=constraints.txt $(PY) -m pip install -qq --no-compile --disable-pip-version-check -e '.[lab,test,dev]' \
		|| { echo "The set-up did not finish. Is there a network? Then run the same command again." >&2; exit 1; }
	@rm -f $(VENV)/.unfinished && pwd -P > $(READY)
	@echo "Ready: $$($(PY) --version) in $(VENV)."
