# The course from the command line. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLASS := _build/class
BOOK := _build/html/index.html

# Two BLAS threads on a busy machine can be ten times slower than one.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help system setup course book pdf links exercises class test trust bench slower lint notebooks lock serve clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

course: ## set up, build the book, make the exercises, grade the sample class
	@$(MAKE) --no-print-directory setup && echo "==> 1/4 environment ready in $(VENV)"
	@echo "==> 2/4 the book" && $(MAKE) --no-print-directory book
	@echo "==> 3/4 the exercises" && $(MAKE) --no-print-directory exercises
	@echo "==> 4/4 the sample class" && $(MAKE) --no-print-directory class
	@echo "book      $(CURDIR)/$(BOOK)"
	@echo "exercises $(CURDIR)/exercises"

setup: system $(READY) ## make .venv from requirements.lock

system:
	@.ci/system

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which with: make PYTHON=/path/to/python3.11")'
	@echo "==> setting up $(VENV) (a few minutes the first time)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --progress-bar on --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

book: $(READY) $(BOOK) ## build the book into _build/html

$(BOOK): _config.yml _toc.yml $(shell find book -type f -not -path '*/.ipynb_checkpoints/*')
	$(BIN)/jupyter-book build --all -W --keep-going --quiet .  # without --all a changed style sheet stays behind
	@touch $@

pdf: book ## print the book into _build/pdf/cnn-course.pdf
	@$(BIN)/cnnkit pdf

links: $(READY) ## try every link of the book that leads outside
	$(BIN)/jupyter-book build --builder linkcheck --path-output _build/links .

exercises: $(READY) ## generate exercises/ from solutions/
	@$(BIN)/cnnkit exercises

class: $(READY) ## grade the sample class into _build/class
	@$(BIN)/python tests/sample_class.py $(CLASS)
	@$(BIN)/cnnkit grade --class-dir $(CLASS)

test: setup lint ## run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --doctest-modules cnnkit benchmarks experiments
	$(BIN)/python -m pytest -n 2 --dist loadfile --nbval --nbval-cell-timeout 120 --nbval-sanitize-with tests/nbval.cfg book
	$(BIN)/python -m pytest -n 2 --dist loadfile --nbval-lax --nbval-cell-timeout 120 solutions

trust: $(READY) ## measure again what the book says about the marks
	$(BIN)/python tests/trust.py

bench: $(READY) ## time the layers beside PyTorch's, into benchmarks/results
	$(BIN)/python benchmarks/cpu.py
	$(BIN)/python benchmarks/ladder.py

slower: $(READY) ## warn where a layer has become slower beside PyTorch than the stored figures
	$(BIN)/python benchmarks/cpu.py --check

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet cnnkit tests benchmarks experiments

notebooks: $(READY) ## re-run every notebook and store its outputs
	@$(BIN)/cnnkit notebooks

lock: $(READY) ## pin the newest versions that pyproject.toml allows
	$(BIN)/pip-compile --quiet --upgrade --extra dev --strip-extras --allow-unsafe --annotation-style line \
	    --no-header --no-emit-find-links --no-emit-index-url --no-emit-trusted-host -o requirements.lock pyproject.toml
	@sed -i -E 's/^(torch==[0-9.]+)\+cpu/\1/; /^(pip==|cnnkit @)/d; /considered to be unsafe/d' requirements.lock
	@sed -i '1i # Every package of the environment, pinned. Made by `make lock` from pyproject.toml; do not edit.' requirements.lock

serve: book ## read the book at http://localhost:8000
	$(BIN)/python -m http.server --directory _build/html 8000

clean: ## remove what was built; keep .venv
	rm -rf _build
