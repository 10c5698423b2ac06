# make run    set up and check a fixture batch: report on the terminal, corrected file in out/
# make test   set up and run every check: ruff, mypy, pytest
# make bench  how fast, beside what one would run instead (takes some minutes)
# make docs   write docs/rules.md anew from the rules

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
BATCH  := fixtures/edi/batch/therapy

.PHONY: run test bench docs clean system

run: $(VENV)/.ready
	@mkdir -p out
	@$(BIN)/scrub837 check $(BATCH)/before.edi --documentation $(BATCH)/minutes.csv \
	    --as-of 2026-11-20 --corrected out/corrected.edi --output out/report.json \
	    --output out/report.html || test $$? -eq 1
	@echo "Corrected file: out/corrected.edi   journal: out/corrected.edi.journal.json"
	@echo "Reports: out/report.html   out/report.json"

test: $(VENV)/.ready system
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

bench: $(VENV)/.ready
	$(BIN)/python bench/bench.py

docs: $(VENV)/.ready
	$(BIN)/scrub837 explain --all --format markdown > docs/rules.md

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "scrub837 needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,parquet,xlsx,sftp,postgres,review]'
	@touch $@

# What tests need that is no Python package; without root and apt such tests skip and say why.
system:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    missing=""; \
	    command -v sshd >/dev/null || [ -x /usr/sbin/sshd ] || missing="$$missing openssh-server"; \
	    command -v chromium >/dev/null || missing="$$missing chromium"; \
	    [ -n "$$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null)" ] || missing="$$missing postgresql"; \
	    [ -z "$$missing" ] || { apt-get update -qq; \
	        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }; \
	fi

clean:
	rm -rf $(VENV) out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
