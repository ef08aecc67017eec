# make study [PROFILE=demo] [CORES=n] · make test · make lab · make book · make env
PROFILE ?= demo
CORES ?= $(shell nproc)
PYTHON ?= python3
BIN := .venv/bin
# --no-compile: 18,000 modules, of which a study imports a third, are compiled when they are first imported
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint requirements.lock
.PHONY: env study test lab book
env: .venv/complete

.venv/complete: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(PIP) --editable '.[dev]'
	$(PIP) --no-deps facenet-pytorch==2.6.0
	touch $@

study: env
	@$(BIN)/fer study run --profile $(PROFILE) --cores $(CORES)

test: env
	$(BIN)/python -m pytest --numprocesses $(CORES) --dist worksteal

lab: env
	$(BIN)/jupyter lab --notebook-dir .

book: env
	$(BIN)/fer book --profile $(PROFILE)
