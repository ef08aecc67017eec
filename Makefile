# make study [PROFILE=demo] [CORES=n] [EXECUTOR=slurm [CLUSTER=folder]] · make test · make test-slow · make fuzz · make lab · make book · make env
PROFILE ?= demo
CORES ?= $(shell nproc)
EXECUTOR ?= local
PYTHON ?= python3
BIN := .venv/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --constraint requirements.lock
.PHONY: env study test test-slow lab book slurm fuzz
env: .venv/complete

.venv/complete: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python $(PIP_INSTALL) --editable '.[dev]'
	$(BIN)/python $(PIP_INSTALL) --no-deps facenet-pytorch==2.6.0
	touch $@

# Snakemake and its SLURM plugin, apart from everything else: the plugin asks for a running SLURM whenever Snakemake starts
slurm: .venv-slurm/complete

.venv-slurm/complete: pyproject.toml requirements.lock
	.venv-slurm/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv-slurm
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["slurm"], sep="\n")' >.venv-slurm/requirements.txt
	.venv-slurm/bin/python $(PIP_INSTALL) --requirement .venv-slurm/requirements.txt
	touch $@

study: env $(if $(filter slurm,$(EXECUTOR)),slurm)
	@$(BIN)/fer study run --profile $(PROFILE) --cores $(CORES) --executor $(EXECUTOR) $(if $(CLUSTER),--cluster "$(CLUSTER)")

test: env
	$(BIN)/python -m pytest --numprocesses $(CORES) --dist worksteal

# FER_TEST_SLURM names a script that starts a SLURM (`start`, `stop`); without it, a SLURM that is there is used
test-slow: env $(if $(FER_TEST_SLURM)$(shell command -v sinfo),slurm)
	$(BIN)/python -m pytest -m slow --numprocesses $(CORES) --dist worksteal

# a hundred times as many examples for tests/fuzz as `make test` tries, others each time: half an hour on two cores
fuzz: env
	HYPOTHESIS_PROFILE=night $(BIN)/python -m pytest --numprocesses $(CORES) --dist worksteal --timeout 0 tests/fuzz

lab: env
	$(BIN)/jupyter lab --notebook-dir .

book: env
	$(BIN)/fer book --profile $(PROFILE)
