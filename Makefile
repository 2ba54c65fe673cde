# Two commands: `make run` builds the graph and draws it, `make test` checks everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: run test format bench reliability clean

run: $(VENV)/run
	$(BIN)/secgraph build
	$(BIN)/secgraph draw --open -o graph.html
	@printf '%s\n' '' 'What next, for instance:' \
	  '  $(BIN)/secgraph find "border police"' \
	  '  $(BIN)/secgraph show pcc-see' \
	  '  $(BIN)/secgraph why iisg launched' \
	  '  $(BIN)/secgraph query members-of-body body="PCC SEE" date=2018-10-01' \
	  '  $(BIN)/secgraph fund total --donor EU --why' \
	  '  $(BIN)/secgraph queries'

test: $(VENV)/test
	@$(BIN)/python tools/need_chromium.py
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=90
	$(BIN)/coverage json --quiet -o .coverage.json
	$(BIN)/python tools/branches.py .coverage.json 90

format: $(VENV)/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/test
	$(BIN)/python benchmarks/build.py
	$(BIN)/secgraph build
	$(BIN)/python benchmarks/queries.py
	$(BIN)/python benchmarks/iati.py
	$(BIN)/python benchmarks/money.py
	$(BIN)/python benchmarks/virtuoso.py

reliability: $(VENV)/test
	$(BIN)/python -m tests.reliability
	$(BIN)/python -m tests.reliability.mutation

$(VENV)/pip:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run: $(VENV)/pip pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[reasoner,pandas,resolve]'
	@touch $@

$(VENV)/test: $(VENV)/run
	$(PIP) install --constraint constraints.txt --editable '.[reasoner,pandas,resolve,dev]'
	@touch $@

clean:
	rm -rf $(VENV) .secgraph dist build graph.html
